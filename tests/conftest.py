"""What holds for every test: its own settings, nothing left behind, and skipped where it cannot run.

A test leaves something behind when a thread, a process, an open file, or a window that it made is still there ten
seconds after it. Where the system has no /proc, processes and files are not looked at.
"""

import gc
import itertools
import os
import stat
import sys
import threading
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

pytest_plugins = ["pytester"]

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

settings.register_profile(
    "repeatable",
    deadline=None,
    max_examples=40,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],  # it measures the machine
)
settings.load_profile("repeatable")

GRACE_S = 10.0
FAILED = pytest.StashKey[bool]()
PROC = Path("/proc")
NOT_OURS = (b"multiprocessing.resource_tracker", b"multiprocessing.forkserver")
"""Processes that Python keeps for later, once it has started them."""
KEPT_BY_QT = {"mime.cache", "icon-theme.cache"}
"""Files of the system that Qt keeps open, once it has needed them."""


def why_no_corpus() -> str | None:
    """The reason to skip tests of real checkpoints."""
    folder = os.environ.get("CORPUS")
    if not folder:
        return "needs the folder of real checkpoints in CORPUS"
    return None if Path(folder).is_dir() else f"CORPUS is no folder: {folder}"


def why_no_hostile() -> str | None:
    """The reason to skip tests of files that were made to break readers."""
    folder = os.environ.get("HOSTILE")
    if not folder:
        return "needs the folder of hostile files in HOSTILE"
    return None if Path(folder).is_dir() else f"HOSTILE is no folder: {folder}"


def why_no_display() -> str | None:
    """The reason to skip tests of real windows."""
    if not os.environ["QT_QPA_PLATFORM"].startswith("xcb"):
        return "needs QT_QPA_PLATFORM=xcb and an X display, for example by xvfb-run"
    return None if os.environ.get("DISPLAY") else "needs an X display, and DISPLAY is not set"


@cache
def why_no_cuda() -> str | None:
    """The reason to skip tests of a CUDA device."""
    import torch  # noqa: PLC0415 - it takes seconds, and only a test with this marker needs it here

    if not torch.cuda.is_available():
        return "needs a CUDA device"
    # CUDA begins here, not in a test: it keeps files and pipes open from then on.
    torch.ones(1, device="cuda").sum().item()
    return None


REASONS: dict[str, Callable[[], str | None]] = {
    "corpus": why_no_corpus,
    "hostile": why_no_hostile,
    "xvfb": why_no_display,
    "cuda": why_no_cuda,
}


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Have the settings of pytest-qt known where it is missing: all but the tests of windows run there."""
    if not pluginmanager.has_plugin("pytest-qt"):
        for name in ("qt_api", "qt_log_level_fail", "qt_log_ignore"):
            parser.addini(name, "not used: pytest-qt is missing")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker, why_not in REASONS.items():
        if item.get_closest_marker(marker) is not None:
            reason = why_not()
            if reason is not None:
                pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real checkpoints."""
    reason = why_no_corpus()
    if reason is not None:
        pytest.skip(reason)
    return Path(os.environ["CORPUS"])


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folders, not made yet, in which one test each keeps its settings."""
    folder = tmp_path_factory.mktemp("homes")
    return (folder / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def own_settings(homes: Iterator[Path]) -> Iterator[None]:
    """Give each test settings, cache and data folders of its own."""
    home = next(homes)
    if "PySide6.QtCore" in sys.modules:
        from PySide6.QtCore import QSettings  # noqa: PLC0415 - not for tests that need no Qt

        QSettings.setDefaultFormat(QSettings.Format.IniFormat)
        for kind in (QSettings.Format.IniFormat, QSettings.Format.NativeFormat):
            QSettings.setPath(kind, QSettings.Scope.UserScope, str(home / "config"))
            QSettings.setPath(kind, QSettings.Scope.SystemScope, str(home / "system"))
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("CONFIG", "CACHE", "DATA", "STATE"):
            patch.setenv(f"XDG_{variable}_HOME", str(home / variable.lower()))
        yield


@dataclass(frozen=True)
class Held:
    """What the test process holds at one moment.

    Attributes:
        threads: Those of Python, running.
        processes: Command lines of its children by their ids.
        files: How often it has each file, pipe and socket open, by device and inode.
        names: What those are called.
        windows: Widgets without a parent, shown or not.
    """

    threads: set[threading.Thread]
    processes: dict[int, str]
    files: Counter[tuple[int, int]]
    names: dict[tuple[int, int], str]
    windows: list["QWidget"]

    @classmethod
    def now(cls) -> "Held":
        files, names = open_files()
        return cls(running_threads(), child_processes(), files, names, open_windows())

    def beyond(self, before: "Held") -> list[str]:
        """What came to it since, in words."""
        threads = (f"thread {thread.name!r}" for thread in self.threads - before.threads)
        processes = (
            f"process {number}: {command}"
            for number, command in self.processes.items()
            if number not in before.processes
        )
        files = (f"open file {self.names[file]}" for file in self.files - before.files)
        windows = (
            f"window {type(window).__name__} {window.windowTitle()!r}"
            for window in self.windows
            if not any(window is other for other in before.windows)
        )
        return sorted([*threads, *processes, *files, *windows])


def running_threads() -> set[threading.Thread]:
    """Python's threads, without those that something else started: they cannot be waited for."""
    return {thread for thread in threading.enumerate() if not isinstance(thread, threading._DummyThread)}


def child_processes() -> dict[int, str]:
    """Children of this process, also those that ended and were not waited for."""
    if not (PROC / "self" / "stat").exists():
        return {}
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return {}
    children = {}
    for folder in PROC.iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            state, parent = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()[:2]
            command = (folder / "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(parent) == os.getpid() and not any(name in command for name in NOT_OURS):
            words = command.replace(b"\0", b" ").decode(errors="replace").strip()
            children[int(folder.name)] = "ended, not waited for" if state == "Z" else words
    return children


def open_files() -> tuple[Counter[tuple[int, int]], dict[tuple[int, int], str]]:
    """Files, pipes and sockets that are open, and what they are called. Devices and the like do not count."""
    files: Counter[tuple[int, int]] = Counter()
    names = {}
    folder = PROC / "self" / "fd"
    for entry in folder.iterdir() if folder.exists() else ():
        try:
            found = os.fstat(int(entry.name))
            name = entry.readlink()
        except OSError:
            continue
        if name.name in KEPT_BY_QT:
            continue
        if stat.S_ISREG(found.st_mode) or stat.S_ISFIFO(found.st_mode) or stat.S_ISSOCK(found.st_mode):
            files[found.st_dev, found.st_ino] += 1
            names[found.st_dev, found.st_ino] = str(name)
    return files, names


def open_windows() -> list["QWidget"]:
    """Widgets without a parent, after those that were asked to go have gone."""
    if "PySide6.QtWidgets" not in sys.modules:
        return []
    from PySide6.QtCore import QEvent  # noqa: PLC0415 - not for tests that need no Qt
    from PySide6.QtWidgets import QApplication  # noqa: PLC0415 - as above

    if not isinstance(QApplication.instance(), QApplication):
        return []
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    # Qt keeps one tooltip and deletes it in its own time.
    return [
        window
        for window in QApplication.topLevelWidgets()
        if window.parent() is None and window.metaObject().className() != "QTipLabel"
    ]


def let_go() -> None:
    """Free what only rings of references hold, and give threads and windows a moment to end."""
    gc.collect()
    if "PySide6.QtCore" in sys.modules:
        from PySide6.QtCore import QCoreApplication  # noqa: PLC0415 - not for tests that need no Qt

        QCoreApplication.processEvents()
    threading.Event().wait(0.01)


@pytest.fixture(autouse=True)
def garbage_between_events(request: pytest.FixtureRequest) -> Iterator[None]:
    """Collect as the program does: Python's own collector may free a QObject while Qt holds the lock for that."""
    if "qapp" not in request.fixturenames:
        yield
        return
    from explorer.tasks.garbage import Collecting  # noqa: PLC0415 - not for tests that need no Qt

    request.getfixturevalue("qapp")
    collecting = Collecting()
    yield
    collecting.stop()


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves threads, processes, open files or windows behind."""
    before = Held.now()
    yield
    # What a failed test held is held by its traceback.
    if request.node.stash.get(FAILED, False):
        return
    deadline = monotonic() + GRACE_S
    while (left := Held.now().beyond(before)) and monotonic() < deadline:
        let_go()
    if left:
        pytest.fail("the test leaves behind " + "; ".join(left), pytrace=False)
