"""A long random use of the window over real files: ``python -m benchmarks.soak FOLDER [MINUTES]``.

Selects, filters, sorts, cancels and opens again, and writes what the process holds every so often. After the first
files, memory, threads and open files are to stay as they are; the exit status is 1 where they do not.
"""

import gc
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from random import Random

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from benchmarks.interaction import wait
from benchmarks.measures import turn
from explorer.resources_path import resource
from explorer.ui.main_window import MainWindow
from explorer.ui.settings import Settings

FILTERS = ("weight", "bias", "layer.1", "conv", "nothing has this name", "")
SETTLED = 4
"""The first of so many parts of the time is for what is only loaded once."""
MEMORY_MIB = 64
"""What the memory may still grow by after that: a histogram of a larger tensor than any before."""


def main() -> int:
    """Use the window; returns the exit status."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    folder = Path(sys.argv[1])
    minutes = float(sys.argv[2]) if len(sys.argv) > 2 else 5.0
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()] + [resource("example", "digits.pth")]
    app = QApplication([])
    assert app is QApplication.instance()
    with tempfile.TemporaryDirectory() as home:
        return _soak(Settings(Path(home) / "settings.ini"), files, 60 * minutes)


def _soak(settings: Settings, files: list[Path], seconds: float) -> int:
    window = MainWindow(settings)
    window.resize(1280, 800)
    window.show()
    window.warm()
    begin = time.monotonic()
    hand = _Hand(window, files)
    lines = [
        "# Soak",
        "",
        f"Written by `make soak`: the window used at random over {len(files)} files, and what the process holds.",
        "",
        "| after | memory | threads | open files | actions |",
        "|---|---|---|---|---|",
    ]
    held: list[tuple[float, int, int]] = []
    part = seconds / (SETTLED * 4)
    while (passed := time.monotonic() - begin) < seconds:
        hand.act()
        if passed > part * len(held):
            _settle(window)
            held.append(_holds())
            memory, threads, descriptors = held[-1]
            lines.append(f"| {passed:.0f} s | {memory:.0f} MiB | {threads} | {descriptors} | {hand.done.total():,} |")
            print(lines[-1], dict(hand.done))
    window.close()
    settled = held[len(held) // SETTLED :]
    memories, threads_held, files_held = zip(*settled, strict=True)
    grown = (max(memories[-2:]) - min(memories[:2]), max(threads_held) - min(threads_held), files_held)
    said = f"memory grew by {grown[0]:.0f} MiB; threads differ by {grown[1]}; open files {sorted(set(files_held))}"
    lines += ["", f"From a quarter of the time on: {said}."]
    print(lines[-1])
    (Path(__file__).parent / "SOAK.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return int(grown[0] > MEMORY_MIB or grown[1] > 1 or max(files_held) - min(files_held) > 2)


class _Hand:
    """Does at random what a user does; a method for each action."""

    def __init__(self, window: MainWindow, files: list[Path]) -> None:
        self._window = window
        self._tree = window.layers.tree
        self._files = files
        self._random = Random(0)  # noqa: S311 - the same each time
        self.done: Counter[str] = Counter()

    def act(self) -> None:
        action = self._random.choice((self.open, *[self.select] * 8, self.filter, self.sort, self.cancel, self.key))
        self.done[action.__name__] += 1
        action()
        turn(self._random.choice((1, 5, 20, 60)))

    def open(self) -> None:
        self._window.open_file(self._random.choice(self._files))
        if self._random.random() < 0.7:
            wait(lambda: not self._window.opening.busy)

    def select(self) -> None:
        bar = self._tree.verticalScrollBar()
        bar.setValue(self._random.randint(0, bar.maximum()))
        rows = self._tree.rows_on_screen()
        if rows:
            self._tree.setCurrentIndex(self._random.choice(rows))

    def filter(self) -> None:
        self._window.filter.setText(self._random.choice(FILTERS))

    def sort(self) -> None:
        self._tree.sortByColumn(self._random.randint(-1, 6), self._random.choice(list(Qt.SortOrder)))

    def cancel(self) -> None:
        self._window.escape()

    def key(self) -> None:
        key = self._random.choice((Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Return))
        for kind in (QKeyEvent.Type.KeyPress, QKeyEvent.Type.KeyRelease):
            QApplication.sendEvent(self._tree, QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier))


def _settle(window: MainWindow) -> None:
    """Let what runs end, so that what is held is what stays."""
    window.escape()
    window.measurements.cancel()
    window.statistics_jobs.cancel_all()
    wait(lambda: not (window.opening.busy or window.measurements.busy or window.statistics_jobs.busy))
    turn(700)
    gc.collect()


def _holds() -> tuple[float, int, int]:
    """Memory in MiB, threads of Python, and open files, pipes and sockets."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 2**20, threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))


if __name__ == "__main__":
    sys.exit(main())
