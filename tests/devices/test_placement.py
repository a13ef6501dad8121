"""Moving tensors: all or nothing, shared bytes once, bytes that are proved, and sentences where it fails."""

import io
import threading
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.reader import open_checkpoint
from explorer.devices.errors import DeviceError, OutOfMemoryError
from explorer.devices.host_memory import Room
from explorer.devices.placement import Moved, Placement
from explorer.devices.torch_devices import PIECE, TorchDevices
from explorer.progress import Cancelled, no_report
from tests.checkpoint.sharded_files import grid, save_chunks
from tests.checkpoint.values.test_channels import rewrite
from tests.devices.stand_in import StandIn


def tensors() -> dict[str, torch.Tensor]:
    base = torch.arange(120, dtype=torch.float32)
    return {
        "a": base.view(10, 12),
        "b": base[12:36].view(4, 6).t(),
        "c": torch.arange(7).to(torch.bfloat16),
        "d": torch.tensor([1 + 2j, 3 - 4j]).conj(),
        "e": torch.ones(1).expand(5),
        "f": torch.empty(0, 3),
        "g": torch.tensor(True),
    }


STORAGES_NBYTES = 480 + 14 + 16 + 4 + 0 + 1


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    path = tmp_path_factory.mktemp("saved") / "a.pt"
    torch.save(tensors(), path)
    return open_checkpoint(path)


def move(
    placement: Placement, device: str | None, devices: TorchDevices, *keys: str, report: object = no_report
) -> Moved:
    table = placement.checkpoint.tensors
    numbers = [number for number in range(len(table)) if not keys or table.key(number) in keys]
    return placement.move(placement.plan(numbers, device, devices), devices, report)  # type: ignore[arg-type]


def places(placement: Placement) -> dict[str, str | None]:
    table = placement.checkpoint.tensors
    held = {table.key(number): placement.held(table.storage_of[number]) for number in range(len(table))}
    return {key: None if here is None else here.device for key, here in held.items()}


def assert_equal(placement: Placement, wanted: dict[str, torch.Tensor]) -> None:
    for number, (key, value) in enumerate(wanted.items()):
        assert placement.checkpoint.tensors.key(number) == key
        here = placement.tensor(number)
        assert here.stride() == value.stride()
        assert torch.equal(here.cpu(), value), key


def test_all_of_a_file_comes_to_this_computer_and_goes_back(saved: Checkpoint) -> None:
    placement, devices = Placement(saved), TorchDevices()
    assert set(places(placement).values()) == {None}
    plan = placement.plan(range(len(saved.tensors)), "cpu", devices)
    assert (plan.tensors, plan.along, plan.needed, plan.fits) == (7, 0, STORAGES_NBYTES, True)
    moved = move(placement, "cpu", devices)
    assert (moved.nbytes, moved.checked) == (STORAGES_NBYTES, STORAGES_NBYTES)
    assert sorted(moved.numbers) == list(range(7))
    assert_equal(placement, tensors())
    assert placement.nbytes() == {"cpu": STORAGES_NBYTES}
    # What shares bytes in the file shares them here.
    assert placement.tensor(0)[1, 0].data_ptr() == placement.tensor(1)[0, 0].data_ptr()
    undone = placement.move(placement.plan_back(moved, devices), devices, no_report)
    assert set(places(placement).values()) == {None}
    again = placement.plan_back(undone, devices)
    assert (again.device, again.tensors, again.needed) == ("cpu", 7, STORAGES_NBYTES)
    placement.move(again, devices, no_report)
    assert_equal(placement, tensors())
    placement.release()
    assert placement.nbytes() == {}


def test_one_that_shares_its_bytes_takes_the_others_along(saved: Checkpoint) -> None:
    placement, devices = Placement(saved), StandIn()
    plan = placement.plan([1, 2], "cuda:0", devices)
    assert (plan.tensors, plan.along, plan.needed) == (2, 1, 494)
    move(placement, "cuda:0", devices, "b", "c")
    assert [key for key, place in places(placement).items() if place == "cuda:0"] == ["a", "b", "c"]
    stays = placement.plan([0, 2, 3], "cuda:0", devices)
    assert (stays.tensors, stays.stay, stays.needed) == (1, 2, 16)
    move(placement, "cuda:1", devices, "c")
    assert devices.used("cuda:0") == placement.nbytes()["cuda:0"] == 480
    assert devices.used("cuda:1") == placement.nbytes()["cuda:1"] == 14
    move(placement, None, devices)
    assert devices.used("cuda:0") == devices.used("cuda:1") == 0


def test_what_has_no_values_stays_and_says_why(tmp_path: Path) -> None:
    torch.save({"here": torch.ones(2), "gone": torch.empty(3, device="meta")}, tmp_path / "a.pt")
    placement, devices = Placement(open_checkpoint(tmp_path / "a.pt")), TorchDevices()
    plan = placement.plan([0, 1], "cpu", devices)
    assert plan.tensors == 1
    assert dict(plan.left_out) == {"It was saved on the meta device, which holds no values.": 1}


def test_what_is_made_of_several_parts_is_not_moved_by_half(tmp_path: Path) -> None:
    # PyTorch means to give up quantized tensors; files of them stay.
    with warnings.catch_warnings(action="ignore"):
        channels = torch.quantize_per_channel(torch.ones(2, 3), torch.ones(2), torch.zeros(2), 0, torch.qint8)
        whole = torch.quantize_per_tensor(torch.ones(4), 0.5, 0, torch.qint8)
        eye = torch.eye(3)
        parts = {
            "coo": eye.to_sparse(),
            "csr": eye.to_sparse_csr(),
            "nested": torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
            "channels": channels,
        }
        values = parts["coo"].coalesce().values()
        torch.save(parts | {"plain": torch.ones(2), "whole": whole, "of_coo": values}, tmp_path / "a.pt")
    placement, devices = Placement(open_checkpoint(tmp_path / "a.pt")), StandIn()
    plan = placement.plan(range(7), "cuda:0", devices)
    assert (plan.tensors, plan.along, plan.needed) == (2, 0, 8 + 4)
    reasons = {reason.split(":")[0]: count for reason, count in plan.left_out.items()}
    assert {key: count for key, count in reasons.items() if not key.startswith("It shares")} == {
        "It is sparse": 2,
        "It is nested": 1,
        "It is quantized by channel": 1,
    }
    assert "It shares its bytes with a tensor that is not moved." in reasons
    placement.move(plan, devices, no_report)
    assert {key for key, place in places(placement).items() if place is not None} == {"plain", "whole"}
    assert devices.used("cuda:0") == plan.needed


@pytest.mark.parametrize("gone", [True, False])
def test_the_only_copy_is_not_let_go_of(tmp_path: Path, *, gone: bool) -> None:
    path = tmp_path / "a.pt"
    torch.save({"a": torch.arange(5.0)}, path)
    placement, devices = Placement(open_checkpoint(path)), StandIn()
    moved = move(placement, "cuda:0", devices)
    if gone:
        path.unlink()
    else:
        torch.save({"a": torch.zeros(9)}, path)
    said = "cannot be read any more" if gone else "changed since it was opened"
    for plan in (*(placement.plan([0], to, devices) for to in (None, "meta")), placement.plan_back(moved, devices)):
        with pytest.raises(DeviceError, match=f"The file {said}: .*What is in memory stays there"):
            placement.move(plan, devices, no_report)
    move(placement, "cuda:1", devices)
    assert_equal(placement, {"a": torch.arange(5.0)})


def test_meta_holds_shapes_and_the_file_has_the_values(saved: Checkpoint) -> None:
    placement, devices = Placement(saved), TorchDevices()
    moved = move(placement, "meta", devices)
    assert moved.checked == 0
    assert placement.nbytes() == {"meta": 0}
    assert {placement.tensor(number).device.type for number in range(7)} == {"meta"}
    assert placement.tensor(1).shape == (6, 4)
    move(placement, "cpu", devices)
    assert_equal(placement, tensors())


def test_tags_and_accounting_of_devices_that_pytorch_only_pretends_to_have(saved: Checkpoint) -> None:
    class Pretended(TorchDevices):
        def room(self, device: str) -> Room:
            return Room(1_000, 1_000) if device.startswith("cuda") else super().room(device)

    if torch.cuda.is_available() and torch.cuda.device_count() < 2:
        pytest.skip("where there is one device, PyTorch does not pretend to have a second")
    placement, devices = Placement(saved), Pretended(in_pieces=False)
    with FakeTensorMode():
        move(placement, "cuda:0", devices, "a", "c")
        assert {str(placement.tensor(number).device) for number in (0, 1, 2)} == {"cuda:0"}
        moved = move(placement, "cuda:1", devices)
        assert moved.nbytes == STORAGES_NBYTES
        assert {str(placement.tensor(number).device) for number in (0, 1, 2, 3, 4, 6)} == {"cuda:1"}
        assert placement.nbytes() == {"cuda:1": STORAGES_NBYTES}
        back = placement.plan_back(moved, devices)
        # Some come from cuda:0 and some from the file.
        assert (back.device, back.needed, back.tensors) == (None, 494, 7)
        placement.move(back, devices, no_report)
        assert placement.nbytes() == {"cuda:0": 494}
        move(placement, "cpu", devices)
        assert placement.tensor(0).device.type == "cpu"


def cancelling(at: int) -> Callable[[int, int, str], None]:
    left = iter(range(at))

    def report(_done: int, _total: int, _what: str) -> None:
        if next(left, None) is None:
            raise Cancelled

    return report


def test_cancelled_at_any_point_everything_is_where_it_was(saved: Checkpoint) -> None:
    placement, devices = Placement(saved), StandIn()
    move(placement, "cuda:0", devices, "a", "c")
    move(placement, "cpu", devices, "d")
    before, used = places(placement), devices.used("cuda:0")
    for at in range(100):
        try:
            move(placement, "cuda:1", devices, report=cancelling(at))
        except Cancelled:
            assert places(placement) == before
            assert (devices.used("cuda:0"), devices.used("cuda:1")) == (used, 0)
            continue
        break
    assert at >= 10
    assert set(places(placement).values()) == {"cuda:1"}
    assert_equal(placement, tensors())


def test_without_room_nothing_is_begun(saved: Checkpoint) -> None:
    placement, devices = Placement(saved), StandIn(total=500)
    with pytest.raises(OutOfMemoryError, match="cuda:0 is out of memory: 515 B are needed, and 500 B are free"):
        move(placement, "cuda:0", devices)
    assert devices.used("cuda:0") == 0


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried ..."), r"is out of memory: 16 B are needed, and 1.00 MB"),
        (MemoryError(), "cuda:0 is out of memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), "cuda:0 is out of memory"),
        (RuntimeError("CUDA error: device lost\nCompile with TORCH_USE"), "does not answer: CUDA error: device lost."),
        (torch.AcceleratorError("unspecified launch failure"), "cuda:0 does not answer"),
    ],
)
def test_a_device_that_fails_in_the_middle_changes_nothing(saved: Checkpoint, error: Exception, sentence: str) -> None:
    placement, devices = Placement(saved), StandIn()
    calls = iter(range(4))

    def fault(_device: str) -> None:
        if next(calls, None) is None:
            raise error

    devices.fault = fault
    with pytest.raises(DeviceError, match=sentence) as caught:
        move(placement, "cuda:0", devices)
    assert set(places(placement).values()) == {None}
    # Not even the error, which somebody shows, keeps bytes there.
    assert devices.used("cuda:0") == 0
    assert "\n" not in str(caught.value)


def test_a_device_that_has_vanished_is_left_through_the_file(saved: Checkpoint) -> None:
    class Vanishing(StandIn):
        gone = False

        def copy(self, target: torch.Tensor, source: torch.Tensor) -> None:
            if self.gone:
                raise RuntimeError("CUDA error: device lost")
            super().copy(target, source)

    placement, devices = Placement(saved), Vanishing()
    move(placement, "cuda:0", devices)
    devices.gone = True
    move(placement, "cpu", devices)
    assert_equal(placement, tensors())
    assert set(places(placement).values()) == {"cpu"}
    with pytest.raises(DeviceError, match="cuda:0 does not answer"):
        move(placement, "cuda:0", devices)
    assert_equal(placement, tensors())


def test_other_bytes_on_the_device_are_noticed(saved: Checkpoint) -> None:
    placement, devices = Placement(saved), StandIn()
    move(placement, "cpu", devices, "c")
    devices.flip = True
    for key in ("c", "a"):
        with pytest.raises(DeviceError, match=f"cuda:0 has other bytes of {key} than the file; nothing was moved"):
            move(placement, "cuda:0", devices, key)
    assert places(placement) == dict.fromkeys("abdefg") | {"c": "cpu"}
    assert devices.used("cuda:0") == 0


def test_a_file_that_changed_is_not_moved(tmp_path: Path) -> None:
    torch.save(tensors(), tmp_path / "a.pt")
    placement, devices = Placement(open_checkpoint(tmp_path / "a.pt")), StandIn()
    torch.save(tensors() | {"a": torch.zeros(999)}, tmp_path / "a.pt")
    with pytest.raises(CheckpointError, match="changed"):
        move(placement, "cuda:0", devices)
    assert devices.used("cuda:0") == 0


def saved_in_all_layouts(folder: Path) -> tuple[dict[str, torch.Tensor], list[Path]]:
    """The same tensors in files that hold their bytes in other ways."""
    numbers = {"a": torch.arange(150_000, dtype=torch.float64), "b": torch.tensor([1 - 2j]), "c": torch.ones(3)}
    stored, legacy, deflated, big, both = (
        folder / f"{name}.pt" for name in ("stored", "legacy", "deflated", "big", "both")
    )
    torch.save(numbers, stored)
    torch.save(numbers, legacy, _use_new_zipfile_serialization=False)
    rewrite(stored, deflated, zipfile.ZIP_DEFLATED)
    rewrite(stored, big, zipfile.ZIP_STORED, big={"0": 8, "1": 4, "2": 4})
    rewrite(stored, both, zipfile.ZIP_DEFLATED, big={"0": 8, "1": 4, "2": 4})
    return numbers, [legacy, deflated, big, both]


def test_all_layouts_of_bytes_come_as_pytorch_has_them(tmp_path: Path) -> None:
    numbers, paths = saved_in_all_layouts(tmp_path)
    for path in paths:
        checkpoint = open_checkpoint(path)
        for devices, device in ((TorchDevices(), "cpu"), (StandIn(10_000_000), "cuda:0")):
            placement = Placement(checkpoint)
            move(placement, device, devices)
            assert_equal(placement, numbers)


def test_bytes_longer_than_the_buffers_that_send_them(tmp_path: Path) -> None:
    whole = torch.from_numpy(np.random.default_rng(0).integers(0, 256, PIECE + 12_345, np.uint8))
    buffer = io.BytesIO()
    torch.save({"a": whole}, buffer)
    (tmp_path / "a.pt").write_bytes(buffer.getvalue())
    placement, devices = Placement(open_checkpoint(tmp_path / "a.pt")), StandIn(100_000_000)
    steps: list[int] = []
    move(placement, "cuda:0", devices, report=lambda done, _total, what: steps.append(done) if what == "a" else None)
    assert_equal(placement, {"a": whole})
    assert max(np.diff(steps)) <= 1 << 20
    move(placement, "cuda:1", devices)
    assert_equal(placement, {"a": whole})
    move(placement, None, devices)
    move(placement, "cpu", devices)
    assert_equal(placement, {"a": whole})


@pytest.mark.parametrize("device", ["cpu", "cuda:0"])
def test_what_reads_ahead_ends_with_the_move(tmp_path: Path, device: str) -> None:
    path = tmp_path / "a.pt"
    torch.save({"a": torch.zeros(2 * PIECE, dtype=torch.uint8)}, path)
    placement, devices = Placement(open_checkpoint(path)), StandIn(100_000_000)
    with pytest.raises(Cancelled):
        move(placement, device, devices, report=cancelling(3))

    def shorten(_done: int, _total: int, _what: str) -> None:
        path.write_bytes(path.read_bytes()[: PIECE // 2])

    # A part of it is read already when it becomes shorter; then nothing more is there.
    with pytest.raises(CheckpointError, match=r"became shorter while it was read|changed since it was opened"):
        move(placement, device, devices, report=shorten)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("reading ahead")]
    assert devices.used(device) == 0
    assert places(placement) == {"a": None}


def test_chunks_in_several_files_come_as_one(tmp_path: Path) -> None:
    whole = torch.arange(7.0 * 5).view(7, 5)
    save_chunks(tmp_path / "folder", {"a": whole}, {"a": grid((7, 5), [(3,), (2, 4)])})
    placement, devices = Placement(open_checkpoint(tmp_path / "folder")), TorchDevices()
    move(placement, "cpu", devices)
    assert_equal(placement, {"a": whole})
