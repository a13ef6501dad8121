"""The work that a panel waits for: one job at a time, with its progress."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot

from explorer.progress import Report
from explorer.tasks.jobs import Job, Jobs
from explorer.ui.running.work_row import WorkRow


class CurrentJob(QObject):
    """Starting another job drops the one before, of which nothing is heard any more.

    Signals:
        failed: The exception that the work raised.
        stopped: The job was cancelled, by whomever, and not dropped for another.
    """

    failed = Signal(object)
    stopped = Signal()

    def __init__(self, jobs: Jobs, progress: WorkRow) -> None:
        """Begin without a job.

        Args:
            jobs: Does the work.
            progress: Shows how far it is; its Cancel cancels it.
        """
        super().__init__(progress)
        self._jobs = jobs
        self._progress = progress
        self._job: Job | None = None
        progress.cancel_asked.connect(self.cancel)

    @property
    def runs(self) -> bool:
        """A job was started and has not ended."""
        return self._job is not None

    def start(
        self,
        work: Callable[[Report], object],
        name: str,
        then: Callable[..., None],
        on_cancel: Callable[[], None] | None = None,
    ) -> None:
        """Start a job.

        Args:
            work: Done in the worker.
            name: What is being done, for people.
            then: Called with what the work returned; a bound method of a QObject.
            on_cancel: As of `Job`.
        """
        self.drop()
        job = self._job = Job(work, name=name, on_cancel=on_cancel)
        job.progressed.connect(self._progress.follow)
        # First: whoever is told of the end may start another.
        job.succeeded.connect(self._forget)
        job.failed.connect(self._forget)
        job.succeeded.connect(then)
        job.failed.connect(self.failed)
        job.stopping.connect(self._on_stopping)
        self._progress.begin()
        self._jobs.start(job)

    def drop(self) -> None:
        """Have nothing to wait for any more."""
        job = self._job
        self._forget()
        if job is not None:
            job.cancel()

    @Slot()
    def cancel(self) -> None:
        """Stop it, and tell so."""
        if self._job is not None:
            self._job.cancel()

    @Slot()
    def _forget(self) -> None:
        self._job = None
        self._progress.end()

    @Slot(object)
    def _on_stopping(self, job: Job) -> None:
        # A job that was dropped for another is not ours any more.
        if job is self._job:
            self._forget()
            self.stopped.emit()
