"""How long the user waits: for a first picture, for the window while it works, and for work to stop."""

import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random

from PySide6.QtCore import QElapsedTimer, QEventLoop, QModelIndex, QTimer

from benchmarks.measures import evict, make_window, turn
from benchmarks.rows import ROUNDS, Row
from explorer.ui.layers.tree import LayerTree
from explorer.ui.main_window import MainWindow

STEPS = 120
"""Selections, scrolls and openings of layers in a round of using the window."""
STEP_MS = 25
IDLE_MS = 5_000
"""Longer than the window waits before it looks through memory."""


def preview(path: Path) -> Row:
    """From the click on a large tensor to its picture, the file not in the system's memory."""
    taken = [float(word) for word in alone(__name__, "previews", path).split()]
    return Row(
        "256 MiB float32, file evicted: from click to preview",
        f"{statistics.median(taken):.0f} ms",
        "–",
        "",
        "<= 50 ms",
    )


def preview_while_measuring(path: Path) -> Row:
    """The same as a user has it, who clicks while all tensors of the file are measured."""
    taken = [float(word) for word in alone(__name__, "previews_while_measuring", path).split()]
    return Row(
        "256 MiB float32 beside other large tensors, file evicted: from click to preview, while everything is measured",
        f"{statistics.median(taken):.0f} ms",
        f"longest {max(taken):.0f} ms",
        "",
        "<= 50 ms",
    )


def previews(path: Path) -> None:
    """Print the milliseconds of each round, in which nothing else is done."""
    _previews(path, measuring=False)


def previews_while_measuring(path: Path) -> None:
    """Print the milliseconds of each round, in which others than the tensor are being measured."""
    _previews(path, measuring=True)


def _previews(path: Path, *, measuring: bool) -> None:
    _app, window = make_window()
    window.warm()
    turn(1500)
    # What was written just now is to be on the disk first: to wait for that would outlast the measuring.
    evict(path)
    for _ in range(ROUNDS):
        _open(window, path)
        if not measuring:
            window.measurements.cancel()
        turn(300)
        evict(path)
        checkpoint = window.session.checkpoint
        assert checkpoint is not None
        assert window.measurements.busy == measuring
        assert len(checkpoint.tensors) - 1 not in window.measurements.known(), "the last is the one that is clicked"
        begin = time.perf_counter()
        window.layers.select_key("weight")
        wait(window.histogram.view.isVisible)
        window.histogram.repaint()
        print(1e3 * (time.perf_counter() - begin))
        wait(lambda: not window.histogram.busy)
        window.measurements.cancel()
        wait(lambda: not window.measurements.busy)
        turn(100)
    window.close()


def gaps(what: str, path: Path) -> list[Row]:
    """The longest time between two turns of a 5 ms timer while everything is measured and the window is used."""
    idle, longest, opening, rows = (float(word) for word in alone(__name__, "longest_gaps", path).split())
    return [
        Row(
            f"longest event-loop gap while computing, scrolling and selecting: {what}",
            f"{longest:.0f} ms",
            f"{idle:.0f} ms idle",
            "",
            "<= 50 ms",
        ),
        Row(
            f"longest event-loop gap while computing and opening all in the first layer: {what}",
            f"{opening:.0f} ms",
            f"{rows:,.0f} rows",
            "",
            "no figure",
        ),
    ]


def longest_gaps(path: Path) -> None:
    """Print the longest gap of a window that does nothing, of one that is used, and of one that opens a layer.

    Medians, in milliseconds; last the rows of that layer.
    """
    _app, window = make_window()
    window.warm()
    turn(1500)
    tree = window.layers.tree
    idle, used, opening = [], [], []
    for number in range(ROUNDS):
        idle.append(longest_gap(lambda: turn(1000)))
        _open(window, path)
        turn(200)
        first = tree.model().index(0, 0, tree.model().index(0, 0))
        opening.append(longest_gap(partial(_open_layer, tree, first)))
        rows = tree.model().rowCount(first)
        used.append(longest_gap(partial(_use, window, Random(number))))  # noqa: S311 - the same each time
        window.measurements.cancel()
        wait(lambda: not window.measurements.busy and not window.histogram.busy)
    print(*(statistics.median(times) for times in (idle, used, opening)), rows)
    window.close()


def idle_gap(what: str, path: Path) -> Row:
    """The longest time between two turns of a 5 ms timer while nobody touches the window and all is measured."""
    taken = [float(word) for word in alone(__name__, "idle_gaps", path).split()]
    return Row(
        f"longest event-loop gap while being idle for 5 s after everything is measured, PyTorch imported: {what}",
        f"{statistics.median(taken):.0f} ms",
        f"{max(taken):.0f} ms in the worst of {ROUNDS}",
        "",
        "<= 50 ms",
    )


def idle_gaps(path: Path) -> None:
    """Print the longest gap of each round, in milliseconds."""
    _app, window = make_window()
    window.warm()
    turn(1500)
    # That imports PyTorch as the program does: behind the window.
    window.placing.look()
    wait(lambda: not window.placing.looking)
    assert "torch" in sys.modules
    for _ in range(ROUNDS):
        _open(window, path)
        wait(lambda: window.measurements.complete and not window.measurements.busy)
        print(longest_gap(lambda: turn(IDLE_MS)))
    window.close()


def _open_layer(tree: LayerTree, layer: QModelIndex) -> None:
    tree.setExpanded(layer, True)
    turn(100)


def _use(window: MainWindow, random: Random) -> None:
    """Select rows, open layers and scroll, as fast as a hand can."""
    tree = window.layers.tree
    rows = tree.rows_on_screen()
    for _ in range(STEPS):
        match random.randrange(4):
            case 0 | 1:
                rows = tree.rows_on_screen() or rows
                tree.setCurrentIndex(random.choice(rows))
            case 2:
                tree.setExpanded(random.choice(tree.rows_on_screen() or rows), True)
            case _:
                bar = tree.verticalScrollBar()
                bar.setValue(random.randint(0, bar.maximum()))
        turn(STEP_MS)


def cancel(path: Path) -> Row:
    """From Cancel to the end of the work for it."""
    taken = [float(word) for word in alone(__name__, "cancels", path).split()]
    return Row("measuring 256 MiB: from Cancel to stopped", f"{max(taken):.1f} ms", "–", "longest of five", "<= 50 ms")


def cancels(path: Path) -> None:
    """Print the milliseconds of each round."""
    _app, window = make_window()
    window.warm()
    turn(1500)
    for _ in range(ROUNDS):
        _open(window, path)
        wait(lambda: window.measurements.busy)
        turn(120)
        assert window.measurements.busy
        begin = time.perf_counter()
        window.measurements.cancel()
        wait(lambda: not window.measurements.jobs.busy)
        print(1e3 * (time.perf_counter() - begin))
    window.close()


def wait(ready: Callable[[], bool]) -> None:
    """Turn the event loop until something is so."""
    loop = QEventLoop()
    timer = QTimer(interval=1)
    timer.timeout.connect(lambda: loop.quit() if ready() else None)
    timer.start()
    if not ready():
        loop.exec()
    timer.stop()


def _open(window: MainWindow, path: Path) -> None:
    # What was measured in the last round is to be measured again.
    shutil.rmtree(window.settings.cache_folder, ignore_errors=True)
    window.open_file(path)
    wait(lambda: not window.opening.busy)


def longest_gap(work: Callable[[], None]) -> float:
    """Milliseconds; the longest time between two turns of a 5 ms timer during some work that turns the event loop."""
    clock = QElapsedTimer()
    longest = 0.0

    def note() -> None:
        nonlocal longest
        longest = max(longest, clock.nsecsElapsed() / 1e6)
        clock.restart()

    timer = QTimer(interval=5)
    timer.timeout.connect(note)
    clock.start()
    timer.start()
    work()
    timer.stop()
    return longest


def alone(module: str, function: str, path: Path) -> str:
    """Run a function in a process without torch, as the window is; what it prints.

    Args:
        module: It is in, by its whole name.
        function: Takes the path.
        path: Of a file.
    """
    program = f"import sys;from pathlib import Path;from {module} import {function} as f;f(Path(sys.argv[1]))"
    house = Path(__file__).resolve().parents[1]
    command = [sys.executable, "-c", program, str(path)]
    return subprocess.run(command, cwd=house, capture_output=True, text=True, check=True).stdout
