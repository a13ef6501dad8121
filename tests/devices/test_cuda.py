"""Moving to a real CUDA device and back: the same bytes, seen in the same way, nothing left there of what failed."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.analysis.measure.statistics import measure
from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.values.reading import PIECE as FILE_PIECE
from explorer.checkpoint.values.walks import prepare_walk
from explorer.devices.errors import DeviceError, OutOfMemoryError
from explorer.devices.placement import Placement
from explorer.devices.stored_bytes import StoredBytes
from explorer.devices.sums import ByteSum, device_rows
from explorer.devices.torch_devices import PIECE, TorchDevices
from explorer.progress import Cancelled, no_report
from tests.checkpoint.sharded_files import grid, save_chunks
from tests.devices.test_measure import assert_same
from tests.devices.test_placement import (
    STORAGES_NBYTES,
    assert_equal,
    cancelling,
    move,
    places,
    saved_in_all_layouts,
    tensors,
)

pytestmark = pytest.mark.cuda

THERE = "cuda:0"
DTYPES = (
    *("float16", "bfloat16", "float32", "float64", "complex32", "complex64", "complex128", "bool"),
    *("float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu"),
    *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    path = tmp_path_factory.mktemp("saved") / "a.pt"
    torch.save(tensors(), path)
    return open_checkpoint(path)


@pytest.fixture(autouse=True)
def nothing_left_there() -> Iterator[None]:
    """Fail a test that leaves bytes on the device."""
    before = torch.cuda.memory_allocated(THERE)
    yield
    assert torch.cuda.memory_allocated(THERE) == before


def on_device(placement: Placement) -> int:
    """Bytes that a placement takes there, as PyTorch gives them out: by 512."""
    table = placement.checkpoint.tensors
    held = (placement.held(number) for number in range(len(table.storages)))
    return sum(-(-each.data.numel() // 512) * 512 for each in held if each is not None and each.device == THERE)


def random_bits(dtype: str, numel: int) -> torch.Tensor:
    made = torch.from_numpy(np.random.default_rng(len(dtype)).integers(0, 256, (numel, 16), np.uint8))
    if dtype == "bool":
        return made[:, 0] > 99
    width = torch.empty(0, dtype=getattr(torch, dtype)).element_size()
    return made[:, :width].contiguous().view(getattr(torch, dtype)).reshape(-1)


def raw(tensor: torch.Tensor) -> torch.Tensor:
    """Its bytes: NaN is not equal to NaN."""
    return tensor.cpu().resolve_conj().resolve_neg().contiguous().reshape(-1).view(torch.uint8)


def test_it_is_offered_with_its_room() -> None:
    first, second = TorchDevices().offered()[:2]
    assert (first.name, second.name, second.why_not) == ("cpu", THERE, "")
    assert second.what == torch.cuda.get_device_name(0)
    assert second.room.total is not None
    assert second.room.free is not None
    assert 0 < second.room.free <= second.room.total


def test_all_of_a_file_comes_there_shares_what_it_shared_and_goes_back(saved: Checkpoint) -> None:
    placement, devices = Placement(saved), TorchDevices()
    before = torch.cuda.memory_allocated(THERE)
    moved = move(placement, THERE, devices)
    assert (moved.nbytes, moved.checked) == (STORAGES_NBYTES, STORAGES_NBYTES)
    assert set(places(placement).values()) == {THERE}
    assert placement.nbytes() == {THERE: STORAGES_NBYTES}
    assert {str(placement.tensor(number).device) for number in range(7)} == {THERE}
    assert_equal(placement, tensors())
    assert placement.tensor(0)[1, 0].data_ptr() == placement.tensor(1)[0, 0].data_ptr()
    assert torch.cuda.memory_allocated(THERE) - before == on_device(placement)
    back = placement.move(placement.plan_back(moved, devices), devices, no_report)
    assert set(places(placement).values()) == {None}
    assert torch.cuda.memory_allocated(THERE) == before
    # Undone once more, and to this computer from there: the bytes are not read from the file again.
    placement.move(placement.plan_back(back, devices), devices, no_report)
    assert move(placement, "cpu", devices).checked == STORAGES_NBYTES
    assert_equal(placement, tensors())
    move(placement, THERE, devices)
    assert_equal(placement, tensors())
    placement.release()


def test_a_part_takes_along_what_shares_its_bytes_once(saved: Checkpoint) -> None:
    placement, devices = Placement(saved), TorchDevices()
    before = torch.cuda.memory_allocated(THERE)
    plan = placement.plan([1], THERE, devices)
    assert (plan.tensors, plan.along, plan.needed, plan.fits) == (1, 1, 480, True)
    move(placement, THERE, devices, "b")
    assert [key for key, place in places(placement).items() if place] == ["a", "b"]
    assert torch.cuda.memory_allocated(THERE) - before == 512
    move(placement, THERE, devices, "c")
    move(placement, "cpu", devices, "a")
    assert places(placement) == dict.fromkeys("defg") | {"a": "cpu", "b": "cpu", "c": THERE}
    assert torch.equal(placement.tensor(2).cpu(), tensors()["c"])
    placement.release()


@pytest.mark.filterwarnings("ignore:ComplexHalf support is experimental")
def test_every_dtype_comes_with_its_bits_and_is_measured_as_in_the_file(tmp_path: Path) -> None:
    torch.save({dtype: random_bits(dtype, 40_000) for dtype in DTYPES}, tmp_path / "a.pt")
    wanted = torch.load(tmp_path / "a.pt", weights_only=True, map_location=THERE)
    checkpoint = open_checkpoint(tmp_path / "a.pt")
    placement, devices = Placement(checkpoint), TorchDevices()
    moved = move(placement, THERE, devices)
    assert moved.checked == moved.nbytes > 0
    for tensor in placement.checkpoint.tensors:
        here, theirs = placement.tensor(tensor.number), wanted[tensor.key]
        assert (here.dtype, here.shape, here.device) == (theirs.dtype, theirs.shape, theirs.device)
        assert torch.equal(raw(here), raw(theirs)), tensor.key
        walk, from_file = prepare_walk(placement.checkpoint, tensor), prepare_walk(checkpoint, tensor)
        ours, of_file = (measure(each.blocks, each.total, no_report, each.multiplicity) for each in (walk, from_file))
        assert_same(ours, of_file, tensor.key)
    placement.release()


@settings(max_examples=25)
@given(st.data())
def test_any_view_is_what_pytorch_makes_of_it(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    sizes = data.draw(st.lists(st.integers(0, 5), max_size=4))
    strides = [data.draw(st.integers(0, 7)) for _ in sizes]
    offset = data.draw(st.integers(0, 9))
    base = torch.randn(160)
    path = tmp_path_factory.mktemp("view") / "a.pt"
    torch.save({"base": base, "view": base.as_strided(sizes, strides, offset)}, path)
    placement, devices = Placement(open_checkpoint(path)), TorchDevices()
    move(placement, THERE, devices, "view")
    view = torch.load(path, weights_only=True, map_location=THERE)["view"]
    here = placement.tensor(1)
    assert (here.shape, here.stride(), here.storage_offset()) == (view.shape, view.stride(), view.storage_offset())
    assert torch.equal(here, view)
    assert here.untyped_storage().data_ptr() == placement.tensor(0).untyped_storage().data_ptr()
    del here
    placement.release()


def test_the_checksum_computed_there_is_that_of_the_file(tmp_path: Path) -> None:
    # Longer than the buffers that send it, and no whole number of rows.
    torch.save({"a": random_bits("uint8", 2 * PIECE + 12_345), "b": random_bits("bfloat16", 77)}, tmp_path / "a.pt")
    checkpoint = open_checkpoint(tmp_path / "a.pt")
    placement, devices = Placement(checkpoint), TorchDevices()
    move(placement, THERE, devices)
    for storage in checkpoint.tensors.storages:
        file, of_file, there = StoredBytes(checkpoint), ByteSum(), ByteSum()
        for piece in file.native_bytes(storage, 1):
            of_file.add(piece)
        file.close()
        held = placement.held(storage.number)
        assert held is not None
        for row in device_rows(held.data):
            there.add_row(row)
        assert there.value(storage.nbytes) == of_file.value(storage.nbytes) == held.checksum
    placement.release()


def test_other_bytes_there_are_noticed(saved: Checkpoint) -> None:
    class Flipping(TorchDevices):
        def copy(self, target: torch.Tensor, source: torch.Tensor) -> None:
            super().copy(target, source)
            target[-1] ^= 1

        def send(self, target: torch.Tensor, source: torch.Tensor) -> Callable[[], None]:
            wait = super().send(target, source)
            target[-1] ^= 1
            return wait

    placement, devices = Placement(saved), Flipping()
    move(placement, "cpu", devices, "c")
    for key in ("c", "a"):
        with pytest.raises(DeviceError, match=f"cuda:0 has other bytes of {key} than the file; nothing was moved"):
            move(placement, THERE, devices, key)
    assert places(placement) == dict.fromkeys("abdefg") | {"c": "cpu"}
    placement.release()


def test_all_layouts_of_bytes_come_there(tmp_path: Path) -> None:
    numbers, paths = saved_in_all_layouts(tmp_path)
    whole = torch.arange(7.0 * 5).view(7, 5)
    save_chunks(tmp_path / "folder", {"a": whole}, {"a": grid((7, 5), [(3,), (2, 4)])})
    for path, wanted in (*((path, numbers) for path in paths), (tmp_path / "folder", {"a": whole})):
        placement = Placement(open_checkpoint(path))
        move(placement, THERE, TorchDevices())
        assert_equal(placement, wanted)
        placement.release()


def test_cancelled_at_any_point_nothing_is_left_there(tmp_path: Path) -> None:
    torch.save(tensors() | {"h": random_bits("uint8", PIECE + 3 * FILE_PIECE)}, tmp_path / "a.pt")
    placement, devices = Placement(open_checkpoint(tmp_path / "a.pt")), TorchDevices()
    move(placement, THERE, devices, "a", "c")
    move(placement, "cpu", devices, "d")
    before, used = places(placement), torch.cuda.memory_allocated(THERE)
    cancelled = 0
    for at in range(100):
        try:
            move(placement, THERE, devices, report=cancelling(at))
        except Cancelled:
            cancelled += 1
            assert places(placement) == before
            assert torch.cuda.memory_allocated(THERE) == used
            continue
        break
    assert cancelled >= 20
    assert set(places(placement).values()) == {THERE}
    # And on the way back.
    used = torch.cuda.memory_allocated(THERE)
    for at in range(3):
        with pytest.raises(Cancelled):
            move(placement, "cpu", devices, report=cancelling(at))
        assert set(places(placement).values()) == {THERE}
        assert torch.cuda.memory_allocated(THERE) == used
    placement.release()


@contextmanager
def filled(left: int) -> Iterator[None]:
    """Take all memory of the device but so many bytes."""
    torch.cuda.empty_cache()
    free, _total = torch.cuda.mem_get_info(0)
    filler = [torch.empty(max(0, free - left), dtype=torch.uint8, device=THERE)]
    try:
        yield
    finally:
        filler.clear()
        torch.cuda.empty_cache()


def test_out_of_memory_is_a_sentence_and_changes_nothing(tmp_path: Path) -> None:
    size = 24 << 20
    torch.save({key: torch.ones(size, dtype=torch.uint8) for key in "abcd"}, tmp_path / "a.pt")
    placement, devices = Placement(open_checkpoint(tmp_path / "a.pt")), TorchDevices()
    move(placement, "cpu", devices, "a")
    early = placement.plan(range(4), THERE, devices)
    assert early.fits
    with filled(math.ceil(2.5 * size)):
        late = placement.plan(range(4), THERE, devices)
        assert not late.fits
        for plan, needed in ((late, r"100\.\d* MB|101 MB"), (early, r"25\.2 MB")):
            used = torch.cuda.memory_allocated(THERE)
            with pytest.raises(
                OutOfMemoryError, match=rf"^cuda:0 is out of memory: ({needed}) are needed, and "
            ) as caught:
                placement.move(plan, devices, no_report)
            assert str(caught.value).endswith(" are free.")
            assert caught.value.free is not None
            assert caught.value.free < caught.value.needed
            assert places(placement) == {"a": "cpu", "b": None, "c": None, "d": None}
            assert torch.cuda.memory_allocated(THERE) == used
    # There is room again, and nothing has been harmed.
    moved = placement.move(early, devices, no_report)
    assert moved.checked == 4 * size
    placement.release()


def test_memory_that_is_given_back_is_free_for_other_programs(tmp_path: Path) -> None:
    torch.save({"a": torch.ones(64 << 20, dtype=torch.uint8)}, tmp_path / "a.pt")
    placement, devices = Placement(open_checkpoint(tmp_path / "a.pt")), TorchDevices()
    devices.give_back()
    before = devices.room(THERE).free
    moved = move(placement, THERE, devices)
    between = devices.room(THERE).free
    placement.move(placement.plan_back(moved, devices), devices, no_report)
    after = devices.room(THERE).free
    assert before is not None
    assert between is not None
    assert before - between >= 64 << 20
    assert after is not None
    assert after > between
