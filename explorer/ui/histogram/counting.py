"""Counts what is to be drawn behind the window: of many values some first, then all."""

from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from explorer.checkpoint.errors import CheckpointError
from explorer.formatting import visible
from explorer.tasks.jobs import Job, Jobs
from explorer.ui.failures import why
from explorer.ui.histogram.drawing import PREVIEW_ELEMENTS, Drawings, Wanted, draw, draw_preview
from explorer.ui.running.current_job import CurrentJob


class Counting(QObject):
    """What is begun drops what was counted before.

    Signals:
        estimated: Drawings of some of the values.
        counted: Drawings of all of them.
        measures: Whether all of them are being looked at for their statistics, which were not known.
    """

    estimated = Signal(object)
    counted = Signal(object)
    measures = Signal(bool)

    def __init__(self, jobs: Jobs, job: CurrentJob) -> None:
        """Count nothing yet.

        Args:
            jobs: Count some of the values.
            job: Counts all of them, with its progress.
        """
        super().__init__(job)
        self._jobs = jobs
        self._job = job
        self._preview: Job | None = None

    def begin(self, wanted: Wanted) -> None:
        """Count the values of a subject."""
        subject = wanted.subject
        if subject.stored > PREVIEW_ELEMENTS:
            self._preview = Job(partial(draw_preview, wanted), name=f"Preview of {visible(subject.name)}")
            self._preview.succeeded.connect(self._on_preview)
            self._preview.failed.connect(self._on_no_preview)
            self._jobs.start(self._preview)
        self._job.start(partial(draw, wanted), f"Statistics of {visible(subject.name)}", self._on_result)
        self.measures.emit(wanted.statistics is None)

    def drop(self) -> None:
        """Have nothing to wait for any more."""
        preview, self._preview = self._preview, None
        self._job.drop()
        if preview is not None:
            preview.cancel()
        self.measures.emit(False)

    @Slot(object)
    def _on_preview(self, drawings: Drawings | None) -> None:
        if drawings is not None:
            self.estimated.emit(drawings)

    @Slot(object)
    def _on_no_preview(self, error: Exception) -> None:
        # All values are about to be read, where it will be told that the file cannot be.
        if not isinstance(error, CheckpointError):
            why(error)

    @Slot(object)
    def _on_result(self, drawings: Drawings) -> None:
        self.counted.emit(drawings)
        self.measures.emit(False)
