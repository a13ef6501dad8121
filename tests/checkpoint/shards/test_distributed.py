"""Folders of torch.distributed.checkpoint: each tensor put together from its chunks, and the rest under Contents."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch.distributed.checkpoint.metadata import Metadata
from torch.distributed.checkpoint.state_dict_saver import save

from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.values.reading import BLOCK, open_values
from tests.checkpoint.sharded_files import Box, grid, save_chunks
from tests.checkpoint.stored_bytes import stored_bytes

DTYPES = (torch.float32, torch.float64, torch.bfloat16, torch.float8_e4m3fn, torch.int16, torch.bool, torch.complex64)


def raw(tensor: torch.Tensor) -> bytes:
    return bytes(tensor.contiguous().reshape(-1).view(torch.uint8).tolist())


def bytes_of(checkpoint: Checkpoint) -> dict[str, bytes]:
    with open_values(checkpoint) as values:
        return {
            tensor.key: stored_bytes(values, tensor).tobytes()
            for tensor in checkpoint.tensors
            if tensor.kind.problem is None
        }


def problems(checkpoint: Checkpoint) -> dict[str, str]:
    return {tensor.key: tensor.kind.problem for tensor in checkpoint.tensors if tensor.kind.problem is not None}


def contents(checkpoint: Checkpoint) -> dict[str, str]:
    """Texts by the names from the top, joined by slashes."""
    paths: list[str] = []
    for row in checkpoint.contents:
        paths.append(row.name if row.parent < 0 else f"{paths[row.parent]}/{row.name}")
    return dict(zip(paths, (row.text for row in checkpoint.contents), strict=True))


@pytest.fixture
def training(tmp_path: Path) -> Path:
    """A folder that PyTorch itself wrote, of a model, its optimizer and more."""
    state = {
        "model": {"net.0.weight": torch.arange(15.0).reshape(5, 3), "net.0.bias": torch.zeros(5)},
        "optimizer": {
            "state": {0: {"step": torch.tensor(3.0), "exp_avg": torch.ones(5, 3)}},
            "param_groups": [{"lr": 0.125, "params": [0]}],
        },
        "epoch": 3,
        "turned": torch.arange(24.0).reshape(4, 6).T,
    }
    with pytest.warns(UserWarning, match="single process"):
        save(state, checkpoint_id=tmp_path / "training", no_dist=True)
    return tmp_path / "training"


@pytest.mark.parametrize("given", ["", ".metadata"])
def test_what_pytorch_wrote_is_read(training: Path, given: str) -> None:
    checkpoint = open_checkpoint(training / given)
    assert (checkpoint.container, checkpoint.verdict, checkpoint.message) == ("sharded", "data-only", None)
    assert (checkpoint.code, checkpoint.warnings) == ((), ())
    assert [(entry.path, entry.kind, entry.chosen) for entry in checkpoint.entries] == [
        ("", "state_dict", False),
        ("model", "state_dict", True),
        ("optimizer", "optimizer", False),
    ]
    assert {"/".join(tensor.path): tensor.kind.shape for tensor in checkpoint.tensors} == {
        "turned": (6, 4),
        "model/net.0.weight": (5, 3),
        "model/net.0.bias": (5,),
        "optimizer/state/0/step": (),
        "optimizer/state/0/exp_avg": (5, 3),
    }
    held = bytes_of(checkpoint)
    assert held["net.0.weight"] == raw(torch.arange(15.0))
    assert held["turned"] == raw(torch.arange(24.0).reshape(4, 6).T)
    assert held["state.0.step"] == raw(torch.tensor(3.0))
    told = contents(checkpoint)
    assert told["epoch"] == "3"
    assert told["optimizer/param_groups/0/lr"] == "0.125"
    assert checkpoint.nbytes == sum(file.stat().st_size for file in training.glob("*.distcp"))


def test_without_keys_from_the_top_names_stay_as_they_are(tmp_path: Path) -> None:
    folder = save_chunks(tmp_path / "flat", {"model.a.weight": torch.ones(2)}, {}, {"note": "hello"})
    checkpoint = open_checkpoint(folder)
    assert [tensor.key for tensor in checkpoint.tensors] == ["model.a.weight"]
    assert contents(checkpoint)["note"] == "hello"


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_tensors_of_any_chunks_read_back_as_they_were(tmp_path: Path, data: st.DataObject) -> None:
    generator = torch.Generator().manual_seed(0)
    state: dict[str, torch.Tensor] = {}
    boxes: dict[str, list[Box]] = {}
    for place in range(data.draw(st.integers(1, 6))):
        shape = data.draw(st.lists(st.integers(0, 6), max_size=4))
        dtype = data.draw(st.sampled_from(DTYPES))
        nbytes = int(np.prod(shape, dtype=int)) * dtype.itemsize
        if dtype == torch.bool:
            tensor = torch.randint(0, 2, shape, generator=generator).bool()
        else:
            flat = torch.randint(0, 255, (nbytes,), dtype=torch.uint8, generator=generator)
            tensor = flat.view(dtype).reshape(shape) if nbytes else torch.empty(shape, dtype=dtype)
        state[f"t{place}"] = tensor
        cuts = [data.draw(st.lists(st.integers(0, max(1, size)), max_size=3)) for size in shape]
        boxes[f"t{place}"] = data.draw(st.permutations(grid(shape, cuts)))
    folder = tmp_path / "any"
    save_chunks(folder, state, boxes, files=data.draw(st.integers(1, 3)), transposed=data.draw(st.booleans()))
    checkpoint = open_checkpoint(folder)
    assert problems(checkpoint) == {}
    assert bytes_of(checkpoint) == {key: raw(tensor) for key, tensor in state.items()}


def test_blocks_of_a_large_tensor_come_in_the_order_of_its_elements(tmp_path: Path) -> None:
    tensor = torch.arange(3 * BLOCK, dtype=torch.int32).reshape(-1, 96)
    rows = tensor.shape[0]
    folder = save_chunks(tmp_path / "large", {"w": tensor}, {"w": grid(tensor.shape, [[rows // 2], [32, 64]])})
    checkpoint = open_checkpoint(folder)
    with open_values(checkpoint) as values:
        blocks = list(values.blocks(checkpoint.tensors[0]))
        sample = values.sample(checkpoint.tensors[0], blocks=8, elements=64)
    assert max(block.size for block in blocks) <= BLOCK
    assert np.array_equal(np.concatenate(blocks), np.arange(3 * BLOCK))
    assert sample.size == 512
    assert np.all(np.diff(sample.reshape(8, 64), axis=1) == 1)


def test_small_tensors_in_chunks_are_read_together_with_others(tmp_path: Path) -> None:
    state = {"whole": torch.arange(6.0), "cut": torch.arange(8.0), "bare": torch.empty(0)}
    folder = save_chunks(tmp_path / "small", state, {"cut": grid((8,), [[3]])})
    checkpoint = open_checkpoint(folder)
    found: dict[str, list[float]] = {}
    with open_values(checkpoint) as values:
        for numbers, read, starts, _, failures in values.together(checkpoint.tensors):
            assert failures == {}
            for place, number in enumerate(numbers):
                found[checkpoint.tensors[number].key] = read[starts[place] : starts[place + 1]].tolist()
    assert found == {key: tensor.tolist() for key, tensor in state.items()}


STATE = {"cut": torch.arange(12.0).reshape(4, 3), "whole": torch.arange(5.0)}
HALVES: list[Box] = [((0, 0), (2, 3)), ((2, 0), (2, 3))]


def test_a_missing_file_is_named_and_the_rest_shown(tmp_path: Path) -> None:
    folder = save_chunks(tmp_path / "model", STATE, {"cut": HALVES}, {"epoch": 3})
    (folder / "__1_0.distcp").unlink()
    checkpoint = open_checkpoint(folder)
    assert checkpoint.verdict == "malformed"
    assert "1 of 2 shards is missing: '__1_0.distcp';" in (checkpoint.message or "")
    assert list(problems(checkpoint)) == ["cut"]
    assert "'__1_0.distcp'" in problems(checkpoint)["cut"]
    assert {tensor.key: tensor.kind.shape for tensor in checkpoint.tensors} == {"cut": (4, 3), "whole": (5,)}
    assert bytes_of(checkpoint) == {"whole": raw(STATE["whole"])}
    assert contents(checkpoint)["epoch"].startswith("cannot be read: '__1_0.distcp'")


def test_files_that_are_still_to_be_fetched_say_what_to_do(tmp_path: Path) -> None:
    folder = save_chunks(tmp_path / "model", STATE, {"cut": HALVES})
    file = folder / "__1_0.distcp"
    file.write_text(f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 4242\n")
    checkpoint = open_checkpoint(folder)
    assert checkpoint.verdict == "malformed"
    assert "it stands for a file of 4,242 bytes; run git lfs pull." in (checkpoint.message or "")
    assert "this is a Git LFS pointer" in problems(checkpoint)["cut"]
    file.write_bytes(b"")
    assert "'__1_0.distcp': the file is empty" in (open_checkpoint(folder).message or "")


def test_a_file_that_is_cut_spoils_only_what_lies_behind(tmp_path: Path) -> None:
    folder = save_chunks(tmp_path / "model", {"first": torch.ones(4), "last": torch.ones(4)}, {}, files=1)
    os.truncate(folder / "__0_0.distcp", (folder / "__0_0.distcp").stat().st_size - 5)
    checkpoint = open_checkpoint(folder)
    assert list(problems(checkpoint)) == ["last"]
    assert "5 bytes" in (checkpoint.message or "")
    assert list(bytes_of(checkpoint)) == ["first"]


@pytest.mark.parametrize(
    ("boxes", "without", "said"),
    [
        ([((0, 0), (2, 3)), ((1, 0), (2, 3))], [], "lie over each other"),
        ([((0, 0), (2, 3)), ((3, 0), (1, 3))], [], "leave out 3 of its elements"),
        (HALVES, [("cut", 1)], "does not say where its chunk at [2, 0] is"),
    ],
)
def test_chunks_that_do_not_make_up_a_tensor_are_its_problem(
    tmp_path: Path, boxes: list[Box], without: list[tuple[str, int]], said: str
) -> None:
    checkpoint = open_checkpoint(save_chunks(tmp_path / "model", STATE, {"cut": boxes}, without=without))
    assert said in problems(checkpoint)["cut"]
    assert said in (checkpoint.message or "")
    assert checkpoint.verdict == "malformed"
    assert list(bytes_of(checkpoint)) == ["whole"]


def change(folder: Path, harm: Callable[[Metadata], object]) -> None:
    path = folder / ".metadata"
    metadata = pickle.loads(path.read_bytes())
    harm(metadata)
    path.write_bytes(pickle.dumps(metadata))


def swap(metadata: Metadata) -> None:
    """Each of the first two chunks is said to be where the other is."""
    first, second, *_ = metadata.storage_data
    metadata.storage_data[first], metadata.storage_data[second] = (
        metadata.storage_data[second],
        metadata.storage_data[first],
    )


def move(**facts: object) -> Callable[[Metadata], None]:
    def moved(metadata: Metadata) -> None:
        info = next(iter(metadata.storage_data.values()))
        for name, value in facts.items():
            setattr(info, name, value)

    return moved


def describe(**facts: object) -> Callable[[Metadata], None]:
    def described(metadata: Metadata) -> None:
        about = metadata.state_dict_metadata["a"]
        for name, value in facts.items():
            setattr(about, name, value)

    return described


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (swap, "The metadata describes float32 [4], but the file holds float64 [7]"),
        (move(relative_path="../secret.distcp"), "not that of a file beside the index"),
        (move(relative_path="/etc/passwd"), "not that of a file beside the index"),
        (move(relative_path=7), "does not say where"),
        (move(offset=-1), "does not say where"),
        (move(offset=1 << 62), "behind the end"),
        (move(offset=1), "is damaged"),
        (move(length=30), "is damaged"),
        (move(transform_descriptors=("stream.zstd",)), "stream.zstd"),
        (describe(size=torch.Size([5])), "leave out 1 of its elements"),
        (describe(size=(-4,)), "does not describe a tensor"),
        (describe(chunks="none"), "does not describe a tensor"),
        (describe(properties=None), "does not describe a tensor"),
    ],
)
def test_metadata_that_does_not_fit_is_the_problem_of_a_tensor(
    tmp_path: Path, harm: Callable[[Metadata], object], said: str
) -> None:
    state = {"a": torch.ones(4), "b": torch.ones(7, dtype=torch.float64), "c": torch.arange(3.0)}
    folder = save_chunks(tmp_path / "model", state, {}, files=1)
    change(folder, harm)
    checkpoint = open_checkpoint(folder)
    assert said in problems(checkpoint)["a"]
    assert checkpoint.verdict == "malformed"
    assert bytes_of(checkpoint)["c"] == raw(state["c"])


def test_a_part_alone_leads_to_its_folder(tmp_path: Path) -> None:
    folder = save_chunks(tmp_path / "model", STATE, {"cut": HALVES})
    with pytest.raises(CheckpointError, match="open the folder that it lies in"):
        open_checkpoint(folder / "__0_0.distcp")


def test_metadata_without_lists_is_refused(tmp_path: Path) -> None:
    folder = save_chunks(tmp_path / "model", STATE, {})
    change(folder, lambda metadata: setattr(metadata, "storage_data", None))
    with pytest.raises(CheckpointError, match="metadata of the distributed checkpoint is damaged"):
        open_checkpoint(folder)


class Harmful:
    """Would run a command if it were unpickled."""

    def __reduce__(self) -> tuple[object, ...]:
        return os.system, ("echo harmful > harmful.txt",)


def test_code_in_a_value_is_named_and_not_run(tmp_path: Path) -> None:
    folder = save_chunks(tmp_path / "model", STATE, {}, {"extra": Harmful(), "held": {"x": torch.arange(3.0)}})
    checkpoint = open_checkpoint(folder)
    assert checkpoint.verdict == "references-code"
    assert checkpoint.code == (f"{os.name}.system",)
    assert raw(torch.arange(3.0)) in bytes_of(checkpoint).values()


def test_names_that_contradict_each_other_are_kept_apart(tmp_path: Path) -> None:
    state = {"a": torch.ones(1), "a.b": torch.ones(2), "again": torch.ones(3), "deep": torch.ones(4)}
    paths = {"a": ("a",), "a.b": ("a", "b"), "again": ("a",), "deep": tuple("x" * 1_000)}
    checkpoint = open_checkpoint(save_chunks(tmp_path / "model", state, {}, paths=paths))
    assert sorted(tensor.key for tensor in checkpoint.tensors) == ["a", "a.b", "again", "deep"]
    assert problems(checkpoint) == {}
