"""What is left of a process that ended by a crash of native code: where each of its threads was.

Each process has a file of its own, empty while all is well and locked as long as it lives. Whoever starts next finds
the files of those that are gone.
"""

import faulthandler
import os
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

if sys.platform != "win32":
    import fcntl

KEPT: Final = 3
"""So many reports are kept after they were offered; Help > Show the log has them."""
_MAX_NBYTES: Final = 200_000
_YOUNG_S: Final = 60.0
"""An empty file that is younger may be one that its process has not locked yet."""


class Report(NamedTuple):
    """A crash.

    Attributes:
        when: Seconds since the epoch.
        text: What Python could say of its threads.
    """

    when: float
    text: str

    def __str__(self) -> str:
        """As text for people, with its time."""
        ended = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self.when))
        return f"Ended {ended}\n\n{self.text}"


class CrashFile:
    """Takes the report of this process, should it crash."""

    def __init__(self, folder: Path) -> None:
        """Open the file and have Python write to it; where that cannot be, a crash leaves no report.

        Args:
            folder: Takes the file; it is made where it is missing.
        """
        self._path = folder / f"crash-{os.getpid()}-{time.time_ns()}.txt"
        self._descriptor: int | None = None
        self._was_enabled = faulthandler.is_enabled()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._descriptor = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except OSError:
            return
        _lock(self._descriptor)
        faulthandler.enable(self._descriptor)

    def close(self) -> None:
        """All went well: take the file away."""
        if self._descriptor is None:
            return
        faulthandler.disable()
        if self._was_enabled and sys.stderr is not None:
            faulthandler.enable()
        os.close(self._descriptor)
        self._descriptor = None
        with suppress(OSError):
            self._path.unlink()


def take_reports(folder: Path) -> list[Report]:
    """Take the reports of processes that crashed since the last call, by whichever process; the oldest first.

    They are kept under another name, the last `KEPT` of them. Files of processes that live are left alone, and empty
    ones of those that were killed are deleted.

    Args:
        folder: Where `CrashFile` puts them.
    """
    reports = []
    for path in _files(folder, "crash"):
        # It may be taken by another process that starts now.
        with suppress(OSError):
            report = _take(path)
            if report is not None:
                reports.append(report)
    for path in _files(folder, "report")[:-KEPT]:
        with suppress(OSError):
            path.unlink()
    return sorted(reports)


def kept_reports(folder: Path) -> Iterator[Report]:
    """The reports that were taken before, the newest first.

    Args:
        folder: As in `take_reports`.
    """
    for path in reversed(_files(folder, "report")):
        with suppress(OSError), path.open("rb") as file:
            yield _read(file.fileno())


def _files(folder: Path, kind: str) -> list[Path]:
    try:
        return sorted(folder.glob(f"{kind}-*.txt"), key=lambda path: path.stat().st_mtime)
    except OSError:
        return []


def _take(path: Path) -> Report | None:
    # For writing, without which files on some servers cannot be locked.
    with path.open("r+b") as file:
        # On Windows an open file can neither be deleted nor renamed, which does instead of a lock.
        if not _lock(file.fileno()):
            return None
        report = _read(file.fileno())
    if report.text:
        path.rename(path.with_name(path.name.replace("crash", "report", 1)))
        return report
    if time.time() - report.when > _YOUNG_S:
        path.unlink()
    return None


def _read(descriptor: int) -> Report:
    when = os.fstat(descriptor).st_mtime
    return Report(when, os.read(descriptor, _MAX_NBYTES).decode("utf-8", "replace").strip())


def _lock(descriptor: int) -> bool:
    """Lock a file until it is closed, at the latest with its process; whether nobody else had locked it."""
    if sys.platform != "win32":
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True
