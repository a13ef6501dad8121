"""What is found out about the open file as a whole: where its bytes are, and whether its checksums are right."""

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal

from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.errors import CheckpointError
from explorer.progress import Report
from explorer.tasks.jobs import Job, Jobs
from explorer.ui.allowing import OPEN_FIRST
from explorer.ui.session import Session

if TYPE_CHECKING:
    from explorer.analysis.space import Space
    from explorer.checkpoint.checksums import Checksums

_AFTER_PAINT_MS: Final = 200


class FileCheck(QObject):
    """Counts the bytes of each file that is opened, and verifies checksums when it is asked to.

    Attributes:
        space: Where the bytes are; None while that is not known.
        checksums: What came out; None where nothing was verified.
        stopped: A verifying that began after that was cancelled.
        why_not: Why checksums cannot be verified, as a sentence; "" where they can.

    Signals:
        counted: `space` is known, or not any more (it).
        verifiable: `why_not` is known (it).
        began: Checksums are being verified.
        progressed: A `Progress`, in bytes.
        ended: They are not being verified any more.
        verified: `checksums` is known, or not any more (it).
        failed: They could not be verified (one sentence).
    """

    counted = Signal(object)
    verifiable = Signal(str)
    began = Signal()
    progressed = Signal(object)
    ended = Signal()
    verified = Signal(object)
    failed = Signal(str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = Jobs("file")
        self._counting: Job | None = None
        self._verifying: Job | None = None
        self.space: Space | None = None
        self.checksums: Checksums | None = None
        self.stopped = False
        self.why_not = OPEN_FIRST
        self._timer = QTimer(self, singleShot=True, interval=_AFTER_PAINT_MS)
        self._timer.timeout.connect(self._count)
        session.opened.connect(self._begin)

    @property
    def busy(self) -> bool:
        """Something is being found out."""
        return self._timer.isActive() or self._counting is not None or self.verifying

    @property
    def verifying(self) -> bool:
        """Checksums are being verified."""
        return self._verifying is not None

    def verify(self) -> None:
        """Compare every stored checksum of the open file with its bytes."""
        checkpoint = self._session.checkpoint
        if checkpoint is None or self.why_not or self.verifying:
            return
        self._verifying = Job(partial(_verify, checkpoint), "checksums")
        self._verifying.progressed.connect(self.progressed)
        self._verifying.succeeded.connect(self._take_checksums)
        self._verifying.failed.connect(self._fail)
        self._verifying.stopping.connect(self._end)
        self.stopped = False
        self.began.emit()
        self._jobs.start(self._verifying)

    def cancel(self) -> None:
        """Stop verifying; what came out before stays."""
        if self._verifying is not None:
            self.stopped = True
            self._verifying.cancel()

    def close(self) -> None:
        """End the worker."""
        self._timer.stop()
        self._counting = None
        self.cancel()
        self._jobs.close()

    def _begin(self, _checkpoint: Checkpoint) -> None:
        self.cancel()
        if self._counting is not None:
            self._counting.cancel()
        self._counting = None
        self.space = self.checksums = None
        self.stopped = False
        self.why_not = "It is not known yet whether the file has checksums."
        self._timer.start()
        self.counted.emit(None)
        self.verified.emit(None)
        self.verifiable.emit(self.why_not)

    def _count(self) -> None:
        checkpoint = self._session.checkpoint
        if checkpoint is not None:
            self._counting = Job(partial(_account, checkpoint), "counting bytes")
            self._counting.succeeded.connect(self._take_space)
            self._jobs.start(self._counting)

    def _take_space(self, found: "tuple[Space, str]") -> None:
        self._counting = None
        self.space, self.why_not = found
        self.counted.emit(self.space)
        self.verifiable.emit(self.why_not)

    def _take_checksums(self, checksums: "Checksums") -> None:
        self.checksums = checksums
        self._end()
        self.verified.emit(checksums)

    def _fail(self, error: Exception) -> None:
        self._end()
        self.failed.emit(error.sentence if isinstance(error, CheckpointError) else f"{type(error).__name__}: {error}.")

    def _end(self) -> None:
        self._verifying = None
        self.ended.emit()


def _account(checkpoint: Checkpoint, report: Report) -> "tuple[Space, str]":
    from explorer.analysis.space import account  # noqa: PLC0415 - as below
    from explorer.checkpoint.checksums import why_no_checksums  # noqa: PLC0415 - NumPy is imported on the worker

    return account(checkpoint, report), why_no_checksums(checkpoint) or ""


def _verify(checkpoint: Checkpoint, report: Report) -> "Checksums":
    from explorer.checkpoint.checksums import verify  # noqa: PLC0415 - as above

    return verify(checkpoint, report)
