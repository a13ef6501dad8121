"""Opens checkpoints behind the window: one job at a time, cancellable, with what it says on the way."""

import logging
import stat
import traceback
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.reader import Reader
from explorer.checkpoint.tree import Layer, first_layers
from explorer.formatting import exact_bytes, visible
from explorer.progress import Report
from explorer.tasks.jobs import Job, Jobs, Progress
from explorer.ui.failures import why
from explorer.ui.session import Session

WARM_AGAIN_MS: Final = 500
"""So long after a file was opened the process for the next is started."""

_log = logging.getLogger(__name__)


class Opening(QObject):
    """Takes paths and gives the session checkpoints.

    Signals:
        started: Reading a file began (its name).
        progressed: A `Progress`.
        ended: Nothing is being read any more.
        succeeded: A file is open (its path).
        vanished: A file is not there any more (its path); `failed` follows.
        failed: A file could not be opened (one sentence); what was open stays open.

    Attributes:
        details: More about the last failure, over several lines.
    """

    started = Signal(str)
    progressed = Signal(object)
    ended = Signal()
    succeeded = Signal(object)
    vanished = Signal(object)
    failed = Signal(str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._reader = Reader()
        self._jobs = Jobs("opening")
        self._job: Job | None = None
        self._path = Path()
        self._size: list[str] = []
        self.details = ""
        # The next process is started once the first statistics of this file are on the screen: it takes time from them.
        self._warm_timer = QTimer(self, singleShot=True, interval=WARM_AGAIN_MS)
        self._warm_timer.timeout.connect(self.warm)

    def warm(self) -> None:
        """Start a reader process on the worker, before the first file is asked for."""
        self._jobs.start(Job(lambda _report: self._reader.warm(), "warming the reader", priority=1))

    def open(self, path: Path) -> None:
        """Open a file; one that is still being read is given up."""
        self.cancel()
        self._path, self._size = path, []
        self._job = Job(lambda report: self._read(path, report), "opening", on_cancel=self._reader.stop)
        self._job.progressed.connect(self._follow)
        self._job.succeeded.connect(self._show)
        self._job.failed.connect(self._say)
        self._job.finished.connect(self._finish)
        self.started.emit(visible(path.name))
        self._jobs.start(self._job)

    def cancel(self) -> None:
        """Give up the file that is being read; its reader process is killed."""
        if self._job is not None:
            self._job.cancel()

    @property
    def busy(self) -> bool:
        """A file is being read."""
        return self._job is not None

    def close(self) -> None:
        """End the reader processes and the worker."""
        self.cancel()
        self._jobs.close()
        self._warm_timer.stop()
        self._reader.close()

    def _read(self, path: Path, report: Report) -> tuple[Checkpoint, Layer | None]:
        """Read a file and work out, still on the worker, what the first picture of it needs."""
        _log.info("Opening %s", visible(path.name))
        try:
            checkpoint = self._reader.open(path, report)
        except CheckpointError:
            self._size = _size_of(path)
            raise
        _ = checkpoint.sums, checkpoint.readable, checkpoint.calls
        return checkpoint, first_layers(checkpoint, report)

    def _follow(self, progress: Progress) -> None:
        # How many tensors a file has is known only at its end.
        if progress.total:
            self.progressed.emit(progress)

    def _show(self, opened: tuple[Checkpoint, Layer | None]) -> None:
        self._session.show_checkpoint(*opened)
        self.succeeded.emit(self._path)

    def _say(self, error: Exception) -> None:
        self.details = "\n".join([f"File: {visible(str(self._path.absolute()))}", *self._size, *_more(error)])
        if isinstance(error, CheckpointError) and error.verdict == "unreadable" and _is_gone(self._path):
            self.vanished.emit(self._path)
        self.failed.emit(f"{visible(self._path.name)} was not opened. {why(error)}")

    def _finish(self) -> None:
        if self.sender() is self._job or self._job is None or self._job.cancelled:
            self._job = None
            self.ended.emit()
            self._warm_timer.start()


def _more(error: Exception) -> list[str]:
    if not isinstance(error, CheckpointError):
        return ["", *"".join(traceback.format_exception(error)).splitlines()]
    return [f"Names code: {visible(name)}" for name in error.code]


def _size_of(path: Path) -> list[str]:
    """How large a file is, in a line; nothing for what is none."""
    try:
        facts = path.stat()
    except (OSError, ValueError):
        return []
    return [f"Size: {exact_bytes(facts.st_size)}"] if stat.S_ISREG(facts.st_mode) else []


def _is_gone(path: Path) -> bool:
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False
