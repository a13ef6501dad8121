"""Indexes over shards: one tree of all of them, and what is said where they do not fit each other."""

import json
import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.values.reading import open_values
from tests.checkpoint.sharded_files import model, save_shards, shard_name

SUFFIXES = pytest.mark.parametrize("suffix", ["safetensors", "bin"])


def values_of(checkpoint: Checkpoint) -> dict[str, list[float]]:
    """Values of each tensor that can be read, one by one."""
    with open_values(checkpoint) as values:
        return {
            tensor.key: np.concatenate(list(values.blocks(tensor))).tolist()
            for tensor in checkpoint.tensors
            if tensor.kind.problem is None
        }


def expected(state: dict[str, torch.Tensor]) -> dict[str, list[float]]:
    return {key: tensor.flatten().tolist() for key, tensor in state.items()}


def problems(checkpoint: Checkpoint) -> dict[str, str]:
    return {tensor.key: tensor.kind.problem for tensor in checkpoint.tensors if tensor.kind.problem is not None}


@SUFFIXES
@pytest.mark.parametrize("given", ["index", "folder"])
def test_all_shards_make_one_tree_in_the_order_of_the_index(tmp_path: Path, suffix: str, given: str) -> None:
    state = model()
    path = save_shards(tmp_path / "model", state, suffix=suffix)
    checkpoint = open_checkpoint(path if given == "index" else path.parent)
    assert (checkpoint.container, checkpoint.verdict, checkpoint.message) == ("sharded", "data-only", None)
    assert checkpoint.warnings == ()
    assert [tensor.key for tensor in checkpoint.tensors] == list(state)
    assert [(entry.path, entry.kind, entry.tensors) for entry in checkpoint.entries] == [("", "state_dict", 5)]
    assert checkpoint.sums.parameters == sum(tensor.numel() for tensor in state.values())
    assert checkpoint.nbytes == sum(shard.stat().st_size for shard in path.parent.glob(f"*.{suffix}"))
    assert values_of(checkpoint) == expected(state)
    assert ("total_size", str(4 * 96 + 4)) in [(row.name, row.text) for row in checkpoint.contents]


def test_small_tensors_of_several_shards_are_read_together(tmp_path: Path) -> None:
    state = model(30)
    checkpoint = open_checkpoint(save_shards(tmp_path / "model", state, 7, "bin"))
    found: dict[str, list[float]] = {}
    with open_values(checkpoint) as values:
        for numbers, read, starts, _, failures in values.together(checkpoint.tensors):
            assert failures == {}
            found |= {
                checkpoint.tensors[number].key: read[starts[place] : starts[place + 1]].tolist()
                for place, number in enumerate(numbers)
            }
    assert found == expected(state)


def test_more_shards_than_are_open_at_once(tmp_path: Path) -> None:
    state = {f"layers.{place}": torch.full((3,), float(place)) for place in range(150)}
    checkpoint = open_checkpoint(save_shards(tmp_path / "model", state, 150))
    assert len(checkpoint.shards) == 150
    assert values_of(checkpoint) == expected(state)


def test_shards_may_be_links_as_in_the_cache_of_a_hub(tmp_path: Path) -> None:
    path = save_shards(tmp_path / "model", model())
    kept = tmp_path / "blobs"
    kept.mkdir()
    for number, file in enumerate(sorted(path.parent.iterdir())):
        file.rename(kept / str(number))
        file.symlink_to(Path("..", "blobs", str(number)))
    checkpoint = open_checkpoint(path)
    assert checkpoint.verdict == "data-only"
    assert values_of(checkpoint) == expected(model())


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 8)


@SUFFIXES
@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (Path.unlink, "1 of 3 shards is missing: "),
        (lambda path: path.write_bytes(b"GGUF" + bytes(99)), "a GGUF file"),
        (lambda path: path.write_bytes(b""), "the file is empty"),
        (lambda path: (path.unlink(), path.mkdir()), "this is a folder"),
    ],
    ids=["missing", "another-kind", "empty", "a-folder"],
)
def test_a_shard_that_cannot_be_read_is_named_and_the_rest_shown(
    tmp_path: Path, suffix: str, harm: Callable[[Path], object], said: str
) -> None:
    state = model()
    path = save_shards(tmp_path / "model", state, suffix=suffix)
    lost = shard_name(1, 3, suffix)
    harm(path.parent / lost)
    checkpoint = open_checkpoint(path)
    assert checkpoint.verdict == "malformed"
    assert checkpoint.message is not None
    assert lost in checkpoint.message
    assert said in checkpoint.message
    # Once is enough.
    assert "the other 2 cannot." in checkpoint.message
    assert not checkpoint.warnings
    assert [tensor.key for tensor in checkpoint.tensors] == list(state)
    assert set(problems(checkpoint)) == set(list(state)[1::3])
    assert all(lost in problem for problem in problems(checkpoint).values())
    held = {key: tensor for key, tensor in state.items() if key not in problems(checkpoint)}
    assert values_of(checkpoint) == expected(held)
    assert checkpoint.sums.parameters == sum(tensor.numel() for tensor in held.values())


def test_of_a_cut_shard_what_is_there_is_shown(tmp_path: Path) -> None:
    state = model()
    path = save_shards(tmp_path / "model", state)
    cut(path.parent / shard_name(0, 3))
    checkpoint = open_checkpoint(path)
    assert checkpoint.verdict == "malformed"
    assert checkpoint.message is not None
    assert "1 of 3 shards is damaged" in checkpoint.message
    assert "8 of its" in checkpoint.message or "8 bytes" in checkpoint.message
    ((problem),) = problems(checkpoint).values()
    assert problem.startswith(f"In '{shard_name(0, 3)}': the file is cut")
    assert len(values_of(checkpoint)) == 4


def test_a_git_lfs_pointer_among_the_shards_says_what_to_do(tmp_path: Path) -> None:
    path = save_shards(tmp_path / "model", model())
    pointer = path.parent / shard_name(1, 3)
    pointer.write_text(f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 4242\n")
    checkpoint = open_checkpoint(path)
    assert checkpoint.message is not None
    assert "it stands for a file of 4,242 bytes; run git lfs pull." in checkpoint.message
    assert all(problem.endswith("; run git lfs pull.") for problem in problems(checkpoint).values())
    (path.parent / shard_name(2, 3)).unlink()
    message = open_checkpoint(path).message
    assert message is not None
    assert "run git lfs pull, and fetch the others into the same folder." in message


def test_without_any_shard_the_names_are_listed(tmp_path: Path) -> None:
    path = save_shards(tmp_path / "model", model())
    for shard in path.parent.glob("*.safetensors"):
        shard.unlink()
    checkpoint = open_checkpoint(path)
    assert len(problems(checkpoint)) == len(checkpoint.tensors) == 5
    assert (checkpoint.nbytes, checkpoint.sums.nbytes, checkpoint.sums.parameters) == (0, 0, 0)
    assert {tensor.kind.dtype for tensor in checkpoint.tensors} == {"unknown"}


@pytest.mark.parametrize(
    "name",
    [
        *("../model-00001-of-00003.safetensors", "sub/model.safetensors", "..", ".", "", "a\\b.safetensors"),
        *("C:model.safetensors", "nul\0.safetensors", "\ud800.safetensors", "x" * 300),
    ],
)
def test_only_files_beside_the_index_are_opened(tmp_path: Path, name: str) -> None:
    save_file({"secret": torch.ones(1)}, tmp_path / shard_name(0, 3))
    (tmp_path / "model" / "sub").mkdir(parents=True)
    save_file({"secret": torch.ones(1)}, tmp_path / "model" / "sub" / "model.safetensors")
    state = model()
    path = save_shards(tmp_path / "model", state, 1)
    path.write_text(json.dumps({"weight_map": {"secret": name} | dict.fromkeys(state, shard_name(0, 1))}))
    checkpoint = open_checkpoint(path)
    assert list(problems(checkpoint)) == ["secret"]
    assert checkpoint.verdict == "malformed"
    assert values_of(checkpoint) == expected(state)


def test_an_absolute_path_is_no_file_beside_the_index(tmp_path: Path) -> None:
    save_file({"secret": torch.ones(1)}, tmp_path / "other.safetensors")
    path = save_shards(tmp_path / "model", {}, 0, index={"secret": str(tmp_path / "other.safetensors")})
    assert list(problems(open_checkpoint(path))) == ["secret"]


def test_a_name_that_its_shard_does_not_hold_is_marked(tmp_path: Path) -> None:
    state = model()
    fitting = {key: shard_name(place % 2, 2) for place, key in enumerate(state)}
    path = save_shards(tmp_path / "model", state, 2, index={**fitting, "ghost": shard_name(0, 2)})
    checkpoint = open_checkpoint(path)
    assert problems(checkpoint) == {"ghost": f"Its shard '{shard_name(0, 2)}' does not hold it."}
    assert checkpoint.verdict == "malformed"
    assert checkpoint.message is not None
    assert "'ghost'" in checkpoint.message
    assert len(values_of(checkpoint)) == 5


def test_what_the_index_does_not_name_is_shown_with_a_warning(tmp_path: Path) -> None:
    state = model()
    index = {key: shard_name(place % 3, 3) for place, key in enumerate(state) if key != "layers.2.weight"}
    checkpoint = open_checkpoint(save_shards(tmp_path / "model", state, index=index))
    assert [tensor.key for tensor in checkpoint.tensors][-1] == "layers.2.weight"
    assert values_of(checkpoint) == expected(state)
    assert checkpoint.verdict == "data-only"
    (warning,) = checkpoint.warnings
    assert "'layers.2.weight'" in warning
    assert shard_name(1, 3) in warning


def test_a_tensor_that_two_shards_hold_is_listed_apart(tmp_path: Path) -> None:
    path = save_shards(tmp_path / "model", model(), 2)
    held = {"layers.3.weight": torch.zeros(2), "head.bias": torch.zeros(1)}
    save_file(held, path.parent / shard_name(1, 2))
    checkpoint = open_checkpoint(path)
    assert [entry.path for entry in checkpoint.entries] == ["", shard_name(1, 2)]
    assert [entry.chosen for entry in checkpoint.entries] == [True, False]
    again = [tensor for tensor in checkpoint.tensors if tensor.entry == shard_name(1, 2)]
    assert {tensor.key: tensor.kind.shape for tensor in again} == {"layers.3.weight": (2,), "head.bias": (1,)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"weight_map": {"a": "%s", "a": "%s"}}', "stands in it twice"),
        ('{"weight_map": {"a": "%s", "b": 3}}', "gives no file for 'b'"),
        ('{"weight_map": {"a": "%s", "b": null, "c": ["%s"]}}', "gives no file for 'b'"),
    ],
)
def test_what_is_wrong_in_an_index_is_said_and_the_rest_shown(tmp_path: Path, text: str, said: str) -> None:
    path = save_shards(tmp_path / "model", {"a": torch.ones(3)}, 1)
    path.write_text(text.replace("%s", shard_name(0, 1)))
    checkpoint = open_checkpoint(path)
    assert checkpoint.verdict == "malformed"
    assert said in (checkpoint.message or "")
    assert values_of(checkpoint) == {"a": [1.0, 1.0, 1.0]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"weight_map": ["a"]}', "gives no file"),
        ('{"weight_map": {"a": "b"', "index of the shards is damaged"),
        ('{"weight_map": ' + "[" * 100_000, "index of the shards is damaged"),
        ('{"weight_map": {}}', "empty"),
        ('{"hidden_size": 64}', "JSON text"),
        ("{not json", "JSON text"),
    ],
)
def test_an_index_that_says_nothing_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "model.safetensors.index.json"
    path.write_text(text)
    with pytest.raises(CheckpointError, match=said):
        open_checkpoint(path)


def test_code_in_all_shards_is_reported_together(tmp_path: Path) -> None:
    path = save_shards(tmp_path / "model", model(), suffix="bin")
    for number, called in enumerate(("os.system", "posix.system"), 1):
        name = path.parent / shard_name(number, 3, "bin")
        module, _, function = called.partition(".")
        harmful = f"c{module}\n{function}\n(S'true'\ntR.".encode()
        name.write_bytes(b"\x80\x02" + harmful)
    checkpoint = open_checkpoint(path)
    assert checkpoint.code == ("os.system", "posix.system")
    assert "This file names code: os.system, posix.system. It was not run." in (checkpoint.message or "")
    assert len(values_of(checkpoint)) == 2


def big_endian(path: Path, key: str, numbers: list[float]) -> None:
    """A file of torch.save's as a computer of the other order of bytes writes it."""
    little = path.with_suffix(".little")
    torch.save({key: torch.tensor(numbers)}, little)
    with zipfile.ZipFile(little) as read, zipfile.ZipFile(path, "w") as written:
        for record in read.infolist():
            data = read.read(record)
            if record.filename.endswith("/byteorder"):
                data = b"big"
            elif record.filename.endswith("/data/0"):
                data = struct.pack(f">{len(numbers)}f", *numbers)
            written.writestr(record.filename, data)
    little.unlink()


def test_each_shard_has_its_own_order_of_bytes(tmp_path: Path) -> None:
    path = save_shards(tmp_path / "model", {"a": torch.tensor([1.0, 2.0])}, 1)
    big_endian(path.parent / "big.bin", "b", [3.0, 4.0])
    path.write_text(json.dumps({"weight_map": {"b": "big.bin", "a": shard_name(0, 1)}}))
    assert values_of(open_checkpoint(path)) == {"b": [3.0, 4.0], "a": [1.0, 2.0]}


def test_a_shard_that_changed_is_not_read(tmp_path: Path) -> None:
    path = save_shards(tmp_path / "model", model())
    checkpoint = open_checkpoint(path)
    save_file({"layers.2.weight": torch.zeros(4, 6)}, path.parent / shard_name(1, 3))
    with pytest.raises(CheckpointError, match=rf"{shard_name(1, 3)}' changed since it was opened"):
        values_of(checkpoint)


def test_a_folder_prefers_safetensors_and_tells_of_the_other_index(tmp_path: Path) -> None:
    save_shards(tmp_path / "model", model(), suffix="bin")
    path = save_shards(tmp_path / "model", model())
    checkpoint = open_checkpoint(path.parent)
    assert all(shard.path.suffix == ".safetensors" for shard in checkpoint.shards)
    assert checkpoint.index == path
    assert checkpoint.warnings == ("The folder also holds 'model.bin.index.json', which can be opened by itself.",)
    for number in range(12):
        path.with_name(f"other{number:02}.index.json").write_text("{}")
    (warning,) = open_checkpoint(path.parent).warnings
    assert warning.count(".index.json'") == 10
    assert warning.endswith("'other08.index.json' and 3 more, which can be opened by themselves.")


def test_a_folder_without_an_index_tells_what_could_be_opened(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="This is a folder: it holds no sharded checkpoint") as caught:
        open_checkpoint(tmp_path)
    for name in ("b.pt", "a.safetensors", "notes.txt", "c.pth", "d.bin"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(CheckpointError) as caught:
        open_checkpoint(tmp_path)
    said = caught.value.sentence
    assert said.endswith("open a file inside it: 'a.safetensors', 'b.pt', 'c.pth' or 1 more.")
