"""A long random use of the window over real and hostile files: ``python -m benchmarks.soak FOLDER... [--minutes N]``.

Opens, selects, filters, sorts, cancels, closes and begins anew, and writes what the process holds every so often. After
the first files, memory, threads, open files and child processes are to stay as they are, and to be gone at the end; the
exit status is 1 where they do not, or where the program made an error.
"""

import argparse
import gc
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from benchmarks.interaction import wait
from benchmarks.measures import turn
from explorer.resources_path import resource
from explorer.tasks.garbage import EVERY_MS, PAUSE, Collecting
from explorer.ui.faults.crash_hooks import CrashHooks, Fault
from explorer.ui.main_window import MainWindow
from explorer.ui.settings import Settings

FILTERS = ("weight", "bias", "layer.1", "conv", "dtype:f32 nan>0", "zeros>50%", "nothing has this name", "")
SELDOM = {"close": 0.5, "pause": 0.8}
"""How often what could be done is not."""

PARTS = 20
"""So often it is looked at what is held; the first quarter of the time is for what is only loaded once."""
MEMORY_MIB = 64
"""What the memory may still grow by after that: a histogram of a larger tensor than any before."""


class Held(NamedTuple):
    """What the process holds while nothing runs.

    Attributes:
        memory: MiB, resident.
        threads: Of Python.
        files: Open files, pipes and sockets.
        children: Processes, also those that ended and were not waited for.
        windows: Main windows, shown or not.
    """

    memory: float
    threads: int
    files: int
    children: int
    windows: int

    def __str__(self) -> str:
        """As cells of the table."""
        return f"{self.memory:.0f} MiB | {self.threads} | {self.files} | {self.children} | {self.windows}"


def main() -> int:
    """Use the window; returns the exit status."""
    parser = argparse.ArgumentParser(description="Uses the window at random, and writes what the process holds.")
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--minutes", type=float, default=10.0)
    arguments = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    files = [path for folder in arguments.folders for path in sorted(folder.rglob("*")) if path.is_file()]
    app = QApplication([])
    assert app is QApplication.instance()
    collecting = Collecting(app)
    before = _holds()
    hooks = CrashHooks()
    hooks.install()
    faults: dict[int, Fault] = {}
    hooks.caught.connect(lambda fault: faults.update({fault.number: fault}))
    with tempfile.TemporaryDirectory() as home:
        hand = _Hand(Settings(Path(home) / "settings.ini"), [*files, resource("example", "digits.pth")])
        lines, held = _use(hand, 60 * arguments.minutes)
        hand.window.close()
        hand.window.deleteLater()
        del hand
        _settle()
    collecting.stop()
    after = _holds()
    turn(200)
    hooks.remove()
    lines.append(f"| closed | {after} | |")
    said, wrong = _judge(held, before, after)
    if faults:
        wrong = True
        said += "".join(f"\n- An error of the program: {fault.what}" for fault in faults.values())
    lines += ["", said]
    print(said)
    (Path(__file__).parent / "SOAK.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return int(wrong)


def _use(hand: "_Hand", seconds: float) -> tuple[list[str], list[Held]]:
    lines = [
        "# Soak",
        "",
        f"Written by `make soak`: the window used at random over {len(hand.files)} files, and what the process holds.",
        "",
        "| after | memory | threads | open files | child processes | windows | actions |",
        "|---|---|---|---|---|---|---|",
    ]
    held: list[Held] = []
    begin = time.monotonic()
    while (passed := time.monotonic() - begin) < seconds:
        hand.act()
        if passed > seconds / PARTS * len(held):
            hand.rest()
            held.append(_holds())
            lines.append(f"| {passed:.0f} s | {held[-1]} | {hand.done.total():,} |")
            print(lines[-1], dict(hand.done), flush=True)
    done = ", ".join(f"{name} {times:,}" for name, times in sorted(hand.done.items()))
    lines[2] += f" What was done: {done}."
    return lines, held


def _judge(held: list[Held], before: Held, after: Held) -> tuple[str, bool]:
    settled = held[len(held) // 4 :]
    third = max(1, len(settled) // 3)
    early, late = settled[:third], settled[-third:]
    grown = sum(each.memory for each in late) / third - sum(each.memory for each in early) / third
    ranges = [
        f"{name} {min(values)} to {max(values)}"
        for name, values in zip(Held._fields[1:], list(zip(*settled, strict=True))[1:], strict=True)
    ]
    said = (
        f"From a quarter of the time on: the memory of the last third is {grown:+.0f} MiB against the first; "
        f"{', '.join(ranges)}. Before the window: {before.threads} threads, {before.files} files, "
        f"{before.children} children; after it: {after.threads}, {after.files}, {after.children}."
    )
    flat = all(max(values) - min(values) <= 2 for values in list(zip(*settled, strict=True))[1:])
    gone = after.threads <= before.threads and after.children <= before.children and after.windows == 0
    return said, grown > MEMORY_MIB or not flat or not gone


class _Hand:
    """Does at random what a user does; a method for each action."""

    def __init__(self, settings: Settings, files: list[Path]) -> None:
        self._settings = settings
        self.files = files
        self._random = Random(0)  # noqa: S311 - the same each time
        self.done: Counter[str] = Counter()
        self.window = self._new_window()

    def _new_window(self) -> MainWindow:
        window = MainWindow(self._settings)
        window.resize(1280, 800)
        window.show()
        window.warm()
        self._tree = window.layers.tree
        return window

    def act(self) -> None:
        often = [self.select] * 12 + [self.open] * 2 + [self.filter] * 2
        action = self._random.choice(
            (*often, self.sort, self.cancel, self.key, self.look_at_file, self.close, self.pause)
        )
        if action in (self.close, self.pause) and self._random.random() < SELDOM[action.__name__]:
            return
        self.done[action.__name__] += 1
        action()
        turn(self._random.choice((1, 5, 20, 60)))

    def rest(self) -> None:
        """Let what runs end, so that what is held is what stays."""
        window = self.window
        window.escape()
        window.measurements.cancel()
        window.statistics_jobs.cancel_all()
        window.overview.cancel()
        wait(lambda: not (window.opening.busy or window.measurements.busy or window.statistics_jobs.busy))
        _settle()

    def open(self) -> None:
        self.window.open_file(self._random.choice(self.files))
        if self._random.random() < 0.7:
            wait(lambda: not self.window.opening.busy)

    def close(self) -> None:
        """Close the window in the middle of whatever it does, and go on in a new one."""
        self.window.close()
        self.window.deleteLater()
        self.window = self._new_window()

    def pause(self) -> None:
        """Read what is there."""
        turn(2 * EVERY_MS * PAUSE)

    def look_at_file(self) -> None:
        self.window.tabs.setCurrentIndex(self._random.randrange(self.window.tabs.count()))
        self.window.layers.select_file()
        self.window.details.show_file_as(self._random.choice(("overview", "histogram")))

    def select(self) -> None:
        bar = self._tree.verticalScrollBar()
        bar.setValue(self._random.randint(0, bar.maximum()))
        rows = self._tree.rows_on_screen()
        if rows:
            self._tree.setCurrentIndex(self._random.choice(rows))

    def filter(self) -> None:
        self.window.filter.setText(self._random.choice(FILTERS))

    def sort(self) -> None:
        self._tree.sortByColumn(self._random.randint(-1, 6), self._random.choice(list(Qt.SortOrder)))

    def cancel(self) -> None:
        self.window.escape()

    def key(self) -> None:
        key = self._random.choice((Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Return))
        for kind in (QKeyEvent.Type.KeyPress, QKeyEvent.Type.KeyRelease):
            QApplication.sendEvent(self._tree, QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier))


def _settle() -> None:
    turn(700)
    # Of windows that are gone rings of references are left.
    gc.collect()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def _holds() -> Held:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    tasks = Path("/proc/self/task").iterdir()
    children = sum(len((task / "children").read_text(encoding="ascii").split()) for task in tasks)
    windows = sum(isinstance(window, MainWindow) for window in QApplication.topLevelWidgets())
    files = len(list(Path("/proc/self/fd").iterdir()))
    return Held(pages * 4096 / 2**20, threading.active_count(), files, children, windows)


if __name__ == "__main__":
    sys.exit(main())
