"""Moving 1 GB in 200 tensors: against the same copies in a plain loop, and beside a window.

A second place in this computer's memory stands in for a device, and clones for the transfer.
"""

import statistics
import time
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from benchmarks.interaction import alone, longest_gap, wait
from benchmarks.measures import ROUNDS, Row, make_window, turn
from explorer.checkpoint.reader import open_checkpoint
from explorer.devices.host_memory import Room
from explorer.devices.moving import CHECKING
from explorer.devices.placement import Moved, Placement
from explorer.devices.torch_devices import TorchDevices
from explorer.progress import no_report
from explorer.ui.main_window import MainWindow

THERE = "cuda:0"
TENSORS = 200
ELEMENTS = 1_250_000


class Cloning(TorchDevices):
    """This computer's memory as a device."""

    def room(self, device: str) -> Room:
        """The stand-in does not tell."""
        return Room(None, None) if device == THERE else super().room(device)

    def empty(self, nbytes: int, device: str) -> torch.Tensor:
        """There it is this computer's memory, too."""
        return super().empty(nbytes, "cpu" if device == THERE else device)

    def wait(self, device: str) -> None:
        """There is nothing to wait for."""


def moves() -> list[Row]:
    """Rate, gap and cancel."""
    with TemporaryDirectory(prefix="checkpoint-explorer-bench-") as folder:
        path = Path(folder) / "gigabyte.pt"
        torch.save({f"layers.{number}.weight": torch.randn(ELEMENTS) for number in range(TENSORS)}, path)
        return [*_rates(path), *_beside_a_window(path)]


def _rates(path: Path) -> list[Row]:
    devices = Cloning()
    placement = Placement(open_checkpoint(path))
    begin = time.perf_counter()
    _move(placement, "cpu", devices)
    from_file = time.perf_counter() - begin
    nbytes = sum(source.numel() for source in _sources(placement))
    ours, checked, plain = [], [], []
    for _ in range(ROUNDS):
        begin = time.perf_counter()
        clones = [source.clone() for source in _sources(placement)]
        plain.append(time.perf_counter() - begin)
        del clones
        copied: list[float] = []
        begin = time.perf_counter()
        moved = _move(placement, THERE, devices, copied)
        checked.append(time.perf_counter() - begin)
        ours.append(copied[0] - begin)
        placement.move(placement.plan_back(moved, devices), devices, no_report)
    mine, theirs, whole = (statistics.median(times) for times in (ours, plain, checked))
    return [
        Row(
            "1 GB in 200 tensors: copied by a move / by clone in a loop, one thread",
            f"{nbytes / mine / 1e9:.2f} GB/s",
            f"{nbytes / theirs / 1e9:.2f} GB/s",
            f"{theirs / mine:.2f}",
            ">= 0.9",
        ),
        Row("1 GB in 200 tensors: moved, and the checksums compared", f"{whole:.2f} s", "–", "", "no figure"),
        Row("1 GB in 200 tensors: from the file into memory, checked", f"{from_file:.2f} s", "–", "", "no figure"),
    ]


def _sources(placement: Placement) -> list[torch.Tensor]:
    """What is held of each storage."""
    held = (placement.held(number) for number in range(len(placement.checkpoint.tensors.storages)))
    return [each.data for each in held if each is not None]


def _move(placement: Placement, device: str, devices: TorchDevices, copied: list[float] | None = None) -> Moved:
    """Move everything, and note when the first checksum is begun with: all is copied then."""

    def report(_done: int, _total: int, what: str) -> None:
        if what == CHECKING and copied is not None:
            copied.append(time.perf_counter())

    numbers = range(len(placement.checkpoint.tensors))
    return placement.move(placement.plan(numbers, device, devices), devices, report)


def _beside_a_window(path: Path) -> list[Row]:
    idle, gap = (float(word) for word in alone(__name__, "gaps", path).split())
    cancelled = [float(word) for word in alone(__name__, "cancels", path).split()]
    return [
        Row("longest event-loop gap while 1 GB is moved", f"{gap:.0f} ms", f"{idle:.0f} ms idle", "", "<= 50 ms"),
        Row("moving 1 GB: from Cancel to stopped", f"{max(cancelled):.1f} ms", "–", "longest of five", "<= 100 ms"),
    ]


def gaps(path: Path) -> None:
    """Print the longest gap of a window that does nothing, and of one that moves."""
    _app, window = make_window()
    window.warm()
    turn(1500)
    window.placing.torch_devices = Cloning()
    window.open_file(path)
    wait(lambda: not window.opening.busy)
    wait(lambda: not window.measurements.busy)
    idle = longest_gap(lambda: turn(1000))
    moving = []
    for _ in range(ROUNDS):
        _ask(window)
        window.placing.move()
        moving.append(longest_gap(lambda: wait(lambda: not window.placing.at_work)))
        window.placing.release(range(TENSORS))
        wait(lambda: not window.placing.at_work)
    print(idle, statistics.median(moving))
    window.close()


def _ask(window: MainWindow) -> None:
    window.placing.ask(range(TENSORS), THERE)
    wait(lambda: window.placing.plan is not None)


def _has_stopped(window: MainWindow) -> bool:
    return not window.placing.at_work


def cancels(path: Path) -> None:
    """Print the milliseconds of each round."""
    _app, window = make_window()
    window.placing.torch_devices = Cloning()
    window.open_file(path)
    wait(lambda: not window.opening.busy)
    window.measurements.cancel()
    for number in range(ROUNDS):
        _ask(window)
        window.placing.move()
        turn(150 * (number + 1))
        begin = time.perf_counter()
        window.placing.cancel()
        wait(partial(_has_stopped, window))
        print(1e3 * (time.perf_counter() - begin))
        assert window.session.placement is not None
        if window.session.placement.nbytes():
            window.placing.release(range(TENSORS))
            wait(partial(_has_stopped, window))
    window.close()
