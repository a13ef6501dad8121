"""Where the bytes of a file are: every byte once, and the parts add up to the file."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

from explorer.analysis.space import Space, account
from explorer.checkpoint.reader import open_checkpoint
from explorer.progress import Cancelled
from tests.checkpoint.sharded_files import model, save_shards

DTYPES = (torch.float32, torch.float16, torch.int64, torch.uint8, torch.complex64, torch.bool)


def assert_adds_up(space: Space, path: Path) -> None:
    assert space.total == path.stat().st_size
    assert space.tensors + space.unused + space.rest == space.total
    assert min(space.tensors, space.unused, space.rest) >= 0
    assert sum(amount.nbytes for amount in space.entries) == space.tensors
    assert sum(amount.nbytes for amount in space.dtypes) == space.tensors
    assert sum(amount.nbytes for amount in space.rests) == space.rest
    assert all(amount.nbytes > 0 for amount in (*space.largest, *space.wasteful, *space.rests))


def accounted(path: Path) -> Space:
    space = account(open_checkpoint(path))
    assert_adds_up(space, path)
    return space


@st.composite
def tensors(draw: st.DrawFn) -> dict[str, torch.Tensor]:
    """Tensors of their own, and views of shared storages: slices, steps, transposed, expanded, repeated."""
    found: dict[str, torch.Tensor] = {}
    for number in range(draw(st.integers(1, 3))):
        dtype = draw(st.sampled_from(DTYPES))
        base = torch.zeros(draw(st.integers(1, 12)), draw(st.integers(1, 12)), dtype=dtype)
        for view in range(draw(st.integers(1, 4))):
            rows = slice(draw(st.integers(0, 11)), draw(st.integers(0, 12)), draw(st.integers(1, 3)))
            columns = slice(draw(st.integers(0, 11)), draw(st.integers(0, 12)), draw(st.integers(1, 3)))
            tensor = base[rows, columns]
            tensor = tensor.t() if draw(st.booleans()) else tensor
            found[f"layer{number}.t{view}"] = tensor
    return found


def used_nbytes(state: dict[str, torch.Tensor]) -> tuple[int, int]:
    """Bytes of storages that some element lies in, and bytes of all storages, by marking each."""
    marks: dict[int, torch.Tensor] = {}
    for tensor in state.values():
        storage = tensor.untyped_storage()
        mark = marks.setdefault(storage.data_ptr(), torch.zeros(storage.nbytes() // tensor.element_size()))
        mark.as_strided(tensor.shape, tensor.stride(), tensor.storage_offset()).fill_(1)
    sizes = {tensor.untyped_storage().data_ptr(): tensor.element_size() for tensor in state.values()}
    used = sum(int(mark.sum()) * sizes[place] for place, mark in marks.items())
    return used, sum(mark.numel() * sizes[place] for place, mark in marks.items())


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
@settings(max_examples=6)
@given(state=tensors(), cut=st.integers(0, 400))
def test_the_parts_add_up_and_the_waste_is_what_no_element_lies_in(
    tmp_path_factory: pytest.TempPathFactory, *, zipped: bool, state: dict[str, torch.Tensor], cut: int
) -> None:
    path = tmp_path_factory.mktemp("space") / "a.pt"
    torch.save({"model": state, "epoch": 3}, path, _use_new_zipfile_serialization=zipped)
    space = accounted(path)
    used, whole = used_nbytes(state)
    assert not space.at_least
    assert (space.tensors, space.unused) == (used, whole - used)
    # Cut, it still adds up.
    if cut and not zipped:
        os.truncate(path, path.stat().st_size - min(cut, whole))
        accounted(path)


@settings(max_examples=6)
@given(st.dictionaries(st.text("abc.", min_size=1, max_size=5), st.integers(0, 9), min_size=1, max_size=5))
def test_safetensors_add_up(tmp_path_factory: pytest.TempPathFactory, sizes: dict[str, int]) -> None:
    path = tmp_path_factory.mktemp("space") / "a.safetensors"
    save_file({name: torch.zeros(size) for name, size in sizes.items()}, path)
    space = accounted(path)
    assert space.tensors == 4 * sum(sizes.values())
    assert space.unused == 0
    assert [amount.name for amount in space.rests] == ["Header"]


def test_a_storage_that_was_saved_whole_for_a_slice_is_unused_but_for_it(tmp_path: Path) -> None:
    large = torch.zeros(1000)
    torch.save({"slice": large[10:20], "own": torch.ones(5)}, tmp_path / "a.pt")
    space = accounted(tmp_path / "a.pt")
    assert (space.tensors, space.unused) == (60, 3960)
    assert [(amount.name, amount.nbytes) for amount in space.wasteful] == [("slice", 3960)]
    assert space.sharers == {}


def test_what_entries_share_is_counted_with_the_first(tmp_path: Path) -> None:
    weight, momentum = torch.zeros(100), torch.zeros(100)
    torch.save({"model": {"w": weight}, "ema": {"w": weight}, "optimizer": {"state": {0: momentum}}}, tmp_path / "a.pt")
    space = accounted(tmp_path / "a.pt")
    assert {amount.name: amount.nbytes for amount in space.entries} == {"model": 400, "ema": 0, "optimizer": 400}
    assert list(space.sharers.values()) == [[0, 1]]
    assert {amount.name for amount in space.rests} >= {"Pickles", "Directory of the zip archive"}


def test_storages_of_no_listed_tensor_are_told_apart(tmp_path: Path) -> None:
    torch.save({"bare": torch.zeros(7).untyped_storage(), "plain": torch.zeros(3)}, tmp_path / "a.pt")
    space = accounted(tmp_path / "a.pt")
    bare = {amount.name: amount.nbytes for amount in space.rests}["Storages of no listed tensor"]
    assert (space.tensors, bare) == (3 * 4, 7 * 4)


@pytest.mark.filterwarnings("ignore:.*quantize.*")  # PyTorch warns that it will drop quantized tensors
def test_indices_and_scales_are_bytes_of_their_tensor(tmp_path: Path) -> None:
    indices = torch.arange(30).reshape(3, 10)
    sparse = torch.sparse_coo_tensor(indices[:1, 2:4], torch.tensor([1.0, 2.0]), (9,), check_invariants=True)
    scales = torch.tensor([0.5, 0.25], dtype=torch.float64)
    packed = torch.quantize_per_channel(torch.ones(2, 5), scales, torch.tensor([0, 1]), 0, torch.qint8)
    torch.save({"sparse": sparse, "packed": packed, "plain": torch.zeros(3)}, tmp_path / "a.pt")
    space = accounted(tmp_path / "a.pt")
    nbytes = {amount.name: amount.nbytes for amount in space.largest}
    # Two values and two indices of 8 bytes; ten integers, two scales and two zero points of 8 bytes.
    assert nbytes == {"packed": 10 + 2 * 8 + 2 * 8, "sparse": 2 * 4 + 2 * 8, "plain": 3 * 4}
    assert "Storages of no listed tensor" not in {amount.name for amount in space.rests}
    # The indices were saved with all of what they are a slice of.
    assert [(amount.name, amount.nbytes) for amount in space.wasteful] == [("sparse", 28 * 8)]


def test_what_is_no_tensors_is_told_apart_in_shards_too(tmp_path: Path) -> None:
    path = save_shards(tmp_path / "model", model(), 2, "bin")
    space = account(open_checkpoint(path))
    assert space.total == sum(shard.stat().st_size for shard in path.parent.glob("*.bin"))
    assert space.tensors == 4 * 96 + 4
    assert {amount.name: amount.items for amount in space.rests} == {
        "Record headers and alignment": 0,
        "Pickles": 2,
        "Directory of the zip archive": 2,
        "Other records": space.rests[-1].items,
    }


def test_a_cut_archive_adds_up(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(100), "b": torch.zeros(100)}, tmp_path / "a.pt")
    data = (tmp_path / "a.pt").read_bytes()
    for length in range(420, len(data), 170):
        (tmp_path / "cut.pt").write_bytes(data[:length])
        space = accounted(tmp_path / "cut.pt")
        assert space.tensors <= 800


def test_the_largest_layers_and_tensors_come_first(tmp_path: Path) -> None:
    state = {"net.small.w": torch.zeros(10), "net.big.w": torch.zeros(100), "net.big.b": torch.zeros(3)}
    torch.save(state, tmp_path / "a.pt")
    space = accounted(tmp_path / "a.pt")
    assert [(amount.name, amount.nbytes, amount.number) for amount in space.largest] == [
        ("net.big.w", 400, 1),
        ("net.small.w", 40, 0),
        ("net.big.b", 12, 2),
    ]
    assert [(amount.layer, amount.nbytes, amount.items) for amount in space.layers] == [("net.big", 412, 2)]


def test_it_stops_when_it_is_told_to(tmp_path: Path) -> None:
    """Also where one storage holds all tensors: a window that closes waits for it."""
    base = torch.zeros(10)
    torch.save({f"t{number}": base[number % 10 :] for number in range(9_000)}, tmp_path / "a.pt")
    checkpoint = open_checkpoint(tmp_path / "a.pt")
    told: list[str] = []
    account(checkpoint, lambda _done, _total, what: told.append(what))
    assert len(told) >= 8
    for stop in range(1, len(told) + 1):
        left = iter(range(stop - 1))

        def report(_done: int, _total: int, _what: str, left: Iterator[int] = left) -> None:
            if next(left, None) is None:
                raise Cancelled

        with pytest.raises(Cancelled):
            account(checkpoint, report)
