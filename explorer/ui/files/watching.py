"""Watches the open file: says when it is cut, overwritten, replaced or gone, without waiting for anybody to read it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QFileSystemWatcher, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from explorer.checkpoint.document import Checkpoint, FileIdentity, SourceFile
from explorer.formatting import visible
from explorer.tasks.jobs import Job, Jobs
from explorer.ui.files.shares import lies_on_share
from explorer.ui.session import Session

_AFTER_PAINT_MS: Final = 150

FOLLOWED: Final = 200
"""Files of a sharded checkpoint of which the system is asked to tell; it follows only so many for everybody."""


class Watching(QObject):
    """Compares the open file with what was read: when it is opened, when the system tells, when the user comes back.

    File servers tell nothing of what others write; of those files the change is seen when the user comes back.

    Signals:
        changed: The open file is not what was read any more (one sentence). Once for each opening.
    """

    changed = Signal(str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._checkpoint: Checkpoint | None = None
        self._job: Job | None = None
        self._once_more = False
        self._jobs = Jobs("watching")
        self._watcher = QFileSystemWatcher(self)
        self._watcher.fileChanged.connect(self.check)
        self._watcher.directoryChanged.connect(self.check)
        # The tree is painted first.
        self._begin_timer = QTimer(self, singleShot=True, interval=_AFTER_PAINT_MS)
        self._begin_timer.timeout.connect(self._begin)
        session.opened.connect(self._watch)
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.applicationStateChanged.connect(self._come_back)

    def check(self) -> None:
        """Compare now, on the worker: a file server that does not answer would stop the window."""
        checkpoint = self._checkpoint
        if checkpoint is None:
            return
        if self._job is not None:
            self._once_more = True
            return
        self._job = Job(lambda _report: (checkpoint, what_changed(checkpoint)), "watching")
        self._job.succeeded.connect(self._tell)
        self._job.finished.connect(self._finish)
        self._jobs.start(self._job)

    def close(self) -> None:
        """End the worker."""
        self._forget()
        self._jobs.close()

    def _watch(self, checkpoint: Checkpoint) -> None:
        self._forget()
        self._checkpoint = checkpoint
        self._begin_timer.start()

    def _begin(self) -> None:
        checkpoint = self._checkpoint
        if checkpoint is not None:
            job = Job(lambda _report: (checkpoint, lies_on_share(checkpoint.path)), "watching")
            job.succeeded.connect(self._follow)
            self._jobs.start(job)

    def _follow(self, found: tuple[Checkpoint, bool]) -> None:
        checkpoint, on_share = found
        if checkpoint is self._checkpoint:
            if not on_share:
                # To ask a file server for it may stop the window, and it would tell nothing.
                paths = [str(file.path) for file in checkpoint.files[:FOLLOWED]]
                # What is missing would come into its folder.
                paths += {str(path.parent) for path in checkpoint.missing}
                self._watcher.addPaths(paths)
            # It may have changed while it was read.
            self.check()

    def _forget(self) -> None:
        self._checkpoint = None
        self._begin_timer.stop()
        watched = [*self._watcher.files(), *self._watcher.directories()]
        if watched:
            self._watcher.removePaths(watched)

    def _come_back(self, state: Qt.ApplicationState) -> None:
        if state == Qt.ApplicationState.ApplicationActive:
            self.check()

    def _tell(self, found: tuple[Checkpoint, str]) -> None:
        checkpoint, said = found
        if said and checkpoint is self._checkpoint:
            self._forget()
            self.changed.emit(said)

    def _finish(self) -> None:
        self._job = None
        if self._once_more:
            self._once_more = False
            self.check()


def what_changed(checkpoint: Checkpoint) -> str:
    """What happened to the files of a checkpoint since it was opened, as a sentence; "" for nothing."""
    said = first_difference(checkpoint.files)
    if said:
        return said
    come = next((path for path in checkpoint.missing if path.exists()), None)
    return "" if come is None else f"{visible(come.name)}, which was missing, is there now: reload to read it."


def first_difference(files: Sequence[SourceFile]) -> str:
    """What happened to the first file of a checkpoint that is not any more what was read; "" where all are."""
    return next((said for file in files if (said := difference(file.path, file.identity))), "")


def difference(path: Path, identity: FileIdentity) -> str:
    """What happened to a file since it was read.

    Args:
        path: Where it was.
        identity: What it was.

    Returns:
        One sentence: what, and what that means; "" where it is the same.
    """
    name = visible(path.name)
    try:
        facts = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return f"{name} is not there any more: it was deleted, moved or renamed. What is shown was read before."
    except OSError as error:
        why = (error.strerror or "unknown error").lower()
        return f"{name} cannot be read any more: {why}. What is shown was read before."
    now = FileIdentity(facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns)
    if now == identity:
        return ""
    if (now.device, now.inode) != (identity.device, identity.inode):
        what = "was replaced by another file"
    elif now.nbytes < identity.nbytes:
        what = "became shorter"
    else:
        what = "was written to by another program"
    return f"{name} {what} since it was opened: its values cannot be read any more until it is opened again."
