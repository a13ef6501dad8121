"""A window beside which 1 GB is moved: each function runs in a process of its own, and prints milliseconds."""

import statistics
import time
from functools import partial
from pathlib import Path

from benchmarks.cloning import THERE, Cloning
from benchmarks.interaction import longest_gap, wait
from benchmarks.measures import make_window, turn
from benchmarks.rows import ROUNDS
from explorer.devices.torch_devices import TorchDevices
from explorer.ui.main_window import MainWindow

TENSORS = 200


def cuda_gaps(path: Path) -> None:
    """As `cloned_gaps`, of a real device."""
    _gaps(path, TorchDevices())


def cloned_gaps(path: Path) -> None:
    """Print the longest gap of a window that does nothing, when devices are first asked for, and while one moves."""
    _gaps(path, Cloning())


def _gaps(path: Path, devices: TorchDevices) -> None:
    _app, window = make_window()
    window.warm()
    turn(1500)
    window.placing.torch_devices = devices
    window.open_file(path)
    wait(lambda: not window.opening.busy)
    wait(lambda: not window.measurements.busy)
    idle = longest_gap(lambda: turn(1000))
    first = longest_gap(partial(_look, window))
    moving = []
    for _ in range(ROUNDS):
        _ask(window)
        window.placing.move()
        moving.append(longest_gap(lambda: wait(lambda: not window.placing.at_work)))
        _put_back(window)
    print(idle, first, statistics.median(moving), max(moving))
    window.close()


def _look(window: MainWindow) -> None:
    window.placing.look()
    wait(lambda: not window.placing.looking)


def _ask(window: MainWindow) -> None:
    window.placing.ask(range(TENSORS), THERE)
    wait(lambda: window.placing.plan is not None)


def _put_back(window: MainWindow) -> None:
    window.placing.release(range(TENSORS))
    wait(lambda: not window.placing.at_work)


def cuda_cancels(path: Path) -> None:
    """As `cloned_cancels`, of a real device."""
    _cancels(path, TorchDevices())


def cloned_cancels(path: Path) -> None:
    """Print the milliseconds from Cancel to stopped, at another point of the move each time."""
    _cancels(path, Cloning())


def _cancels(path: Path, devices: TorchDevices) -> None:
    _app, window = make_window()
    window.placing.torch_devices = devices
    window.open_file(path)
    wait(lambda: not window.opening.busy)
    window.measurements.cancel()
    # With the first, PyTorch and the device begin.
    whole = min(_whole_move(window) for _ in range(2))
    number = 0
    while number < ROUNDS:
        _ask(window)
        window.placing.move()
        turn(round(1e3 * whole * (number + 0.5) / ROUNDS))
        if window.placing.at_work:
            begin = time.perf_counter()
            window.placing.cancel()
            wait(lambda: not window.placing.at_work)
            print(1e3 * (time.perf_counter() - begin))
            number += 1
        else:
            whole *= 0.8
        _put_back(window)
    assert window.session.placement is not None
    assert not window.session.placement.nbytes()
    window.close()


def _whole_move(window: MainWindow) -> float:
    """Seconds that moving everything takes; it is put back after it."""
    _ask(window)
    begin = time.perf_counter()
    window.placing.move()
    wait(lambda: not window.placing.at_work)
    taken = time.perf_counter() - begin
    _put_back(window)
    return taken
