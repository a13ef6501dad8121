"""What is measured, each against its reference in the same run."""

import gc
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QElapsedTimer, QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from benchmarks.rows import ROUNDS, Row
from explorer.tasks.garbage import Collecting
from explorer.ui.main_window import MainWindow
from explorer.ui.settings import Settings


def make_window() -> tuple[QApplication, MainWindow]:
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    if app.findChild(Collecting) is None:
        Collecting(app)
    window = MainWindow(Settings(Path(tempfile.gettempdir()) / "checkpoint-explorer-bench" / "settings.ini"))
    window.resize(1280, 800)
    window.show()
    app.processEvents()
    return app, window


def _open_and_paint(window: MainWindow, path: Path) -> float:
    """Seconds from the path to the painted tree; the reader process is warm."""
    window.opening.warm()
    turn(600)
    loop = QEventLoop()
    window.opening.ended.connect(loop.quit)
    begin = time.perf_counter()
    window.open_file(path)
    loop.exec()
    window.layers.tree.viewport().repaint()
    seconds = time.perf_counter() - begin
    window.opening.ended.disconnect(loop.quit)
    window.measurements.cancel()
    return seconds


def turn(milliseconds: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def evict(path: Path) -> None:
    """Have the system forget a file's pages."""
    descriptor = os.open(path, os.O_RDONLY)
    os.fsync(descriptor)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


def open_to_tree(what: str, path: Path, wanted: float, *, mmap: bool = True, evicted: bool = False) -> Row:
    """Path to painted tree against torch.load, its import not counted; both find the file read before, or evicted."""
    import torch  # noqa: PLC0415 - what measures the window alone runs without it, as the window does

    _app, window = make_window()
    ours, theirs = [], []
    _open_and_paint(window, path)
    for _ in range(ROUNDS):
        if evicted:
            evict(path)
        ours.append(_open_and_paint(window, path))
        if evicted:
            evict(path)
        with _pythons_own_collections():
            begin = time.perf_counter()
            torch.load(path, mmap=mmap or None)
            theirs.append(time.perf_counter() - begin)
    window.close()
    mine, reference = statistics.median(ours), statistics.median(theirs)
    return Row(
        what, f"{mine * 1e3:.1f} ms", f"{reference * 1e3:.1f} ms", f"1/{reference / mine:.1f}", f"<= {_as_part(wanted)}"
    )


@contextmanager
def _pythons_own_collections() -> Iterator[None]:
    """Garbage is collected as in any other program, not as `Collecting` does."""
    gc.unfreeze()
    gc.enable()
    yield
    gc.disable()
    gc.freeze()


def _as_part(value: float) -> str:
    return f"1/{1 / value:.0f}"


def loop_gap(house: Path, path: Path) -> Row:
    """The longest time between two turns of a 5 ms timer while a file opens, in a process of its own."""
    program = (
        "import sys;from pathlib import Path;from benchmarks.measures import longest_gap;"
        "print(longest_gap(Path(sys.argv[1])))"
    )
    command = [sys.executable, "-c", program, str(path)]
    made = subprocess.run(command, cwd=house, capture_output=True, text=True, check=True)
    what = "longest event-loop gap, opening 100,000 tensors"
    return Row(what, f"{float(made.stdout.split()[-1]):.0f} ms", "–", "", "<= 50 ms")


def longest_gap(path: Path) -> float:
    """Milliseconds; the median over the rounds of the longest gap of each."""
    _app, window = make_window()
    longest = []
    for _ in range(ROUNDS):
        clock = QElapsedTimer()
        gaps: list[float] = []
        timer = QTimer(interval=5)
        timer.timeout.connect(lambda clock=clock, gaps=gaps: gaps.append(clock.nsecsElapsed() / 1e6) or clock.restart())
        window.opening.warm()
        turn(600)
        clock.start()
        timer.start()
        loop = QEventLoop()
        window.opening.ended.connect(loop.quit)
        window.open_file(path)
        loop.exec()
        turn(100)
        timer.stop()
        window.measurements.cancel()
        longest.append(max(gaps))
    window.close()
    return statistics.median(longest)


def reader_cost(path: Path) -> list[Row]:
    """Memory that window and reader gain by opening a large file, and bytes that the reader reads."""
    _app, window = make_window()
    before = _rss()
    _open_and_paint(window, path)
    grown = (_rss() - before) / 2**20
    window.close()
    program = (
        "import sys,os,json;sys.path.insert(0,os.getcwd());from explorer.checkpoint import reader_process as r\n"
        "def rss(): return int(open('/proc/self/statm').read().split()[1])*4096\n"
        "def count(): return int(open('/proc/self/io').read().split()[1])\n"
        "class Sink:\n def write(self,data): pass\n"
        f"b=rss();c=count();r._read({str(path)!r},r.Answer(Sink()),{{}});print(rss()-b,count()-c)"
    )
    made = subprocess.run([sys.executable, "-S", "-c", program], capture_output=True, text=True, check=True)
    reader, read = (int(word) for word in made.stdout.split())
    return [
        Row("5 GB zip: memory the window gains", f"{grown:.1f} MiB", "–", "", "<= 16 MiB"),
        Row("5 GB zip: memory the reader gains", f"{reader / 2**20:.1f} MiB", "–", "", "<= 16 MiB"),
        Row("5 GB zip: bytes read", f"{read:,}", "–", "", "<= directory + data.pkl + 1 MiB"),
    ]


def _rss() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096
