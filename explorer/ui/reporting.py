"""File > Export > Report: one page about the open file, written behind the window."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from explorer.analysis.judge.thresholds import Thresholds
from explorer.checkpoint.document import Checkpoint
from explorer.formatting import visible
from explorer.progress import Report
from explorer.tasks.jobs import Job, Jobs
from explorer.ui.export import file_name, saved
from explorer.ui.failures import why
from explorer.ui.files.dialogs import ask_where_to_save
from explorer.ui.files.showing import show_file, show_folder
from explorer.ui.running.work_row import WorkRow

if TYPE_CHECKING:
    from explorer.analysis.judge.problems import Problem
    from explorer.analysis.measure.statistics import Statistics
    from explorer.ui.main_window import MainWindow


class Reporting(QObject):
    """Asks where, measures what is not measured yet, and writes the page, whole or not at all.

    Attributes:
        progress: Tells in the status bar how far it is, with Cancel.
    """

    def __init__(self, window: "MainWindow") -> None:
        """Write nothing yet.

        Args:
            window: Whose file is written about.
        """
        super().__init__(window)
        self._window = window
        self._jobs = Jobs("report")
        self._job: Job | None = None
        self._path = Path()
        self.progress = WorkRow("the report", "Writing the report", in_status=True)
        self.progress.cancel_asked.connect(self.cancel)
        window.status.add(self.progress)

    @property
    def busy(self) -> bool:
        """A page is being written."""
        return self._job is not None

    def ask(self) -> QFileDialog | None:
        """Ask where to save; None where nothing is open."""
        window = self._window
        checkpoint = window.session.checkpoint
        if checkpoint is None:
            return None
        # Another file may be open by the time that a place is chosen: what is saved is about this one.
        name = file_name(checkpoint.path.stem, "report", "html")
        save = partial(self.save, checkpoint)
        return ask_where_to_save(window, "Export report", window.settings.last_folder, name, save)

    def save(self, checkpoint: Checkpoint, path: Path) -> None:
        """Write the page.

        Args:
            checkpoint: What it is about.
            path: Where; there is nothing yet.
        """
        window = self._window
        window.settings.last_folder = path.absolute().parent
        known: Mapping[int, Statistics] = {}
        looked: Collection[int] = ()
        found: Sequence[Problem] = ()
        if checkpoint is window.session.checkpoint:
            known = dict(window.measurements.known())
            looked, found = window.problems.finding.looked_at, window.problems.of_each_alone
        work = partial(_write, checkpoint, path, known, looked, found, window.settings.thresholds)
        self.cancel()
        job = self._job = Job(work, "report")
        job.progressed.connect(self.progress.follow)
        self._path = path
        job.succeeded.connect(self._end)
        job.failed.connect(self._fail)
        job.stopping.connect(self._stopped)
        self.progress.begin(f"Writing {visible(path.name)}")
        self._jobs.start(job)

    def cancel(self) -> None:
        """Write no more; nothing is left behind."""
        if self._job is not None:
            self._job.cancel()

    def close(self) -> None:
        """End the worker."""
        self.cancel()
        self._jobs.close()

    def _end(self) -> None:
        self._forget()
        path = self._path
        offers = {"Open the report": partial(show_file, path), "Show in folder": partial(show_folder, path)}
        self._window.messages.show_offer(saved(path), offers)

    def _fail(self, error: Exception) -> None:
        self._forget()
        self._window.messages.show_error(f"The report was not written. {why(error)}")

    def _stopped(self, job: Job) -> None:
        if job is self._job:
            self._forget()

    def _forget(self) -> None:
        self._job = None
        self.progress.end()


def _write(
    checkpoint: Checkpoint,
    path: Path,
    known: "Mapping[int, Statistics]",
    looked: Collection[int],
    found: "Sequence[Problem]",
    thresholds: Thresholds,
    report: Report,
) -> None:
    from explorer.analysis.judge.health import check_rest  # noqa: PLC0415 - brings NumPy
    from explorer.analysis.report.model_report import report_pieces  # noqa: PLC0415 - as above
    from explorer.checkpoint.writing.new_file import NewFile  # noqa: PLC0415 - not on the way to the window

    with NewFile(path, checkpoint.path) as page:
        health = check_rest(checkpoint, known, looked, found, thresholds, report)
        for piece in report_pieces(checkpoint, health, report):
            page.write(piece.encode("utf-8", "backslashreplace"))
        page.finish(report)
        page.publish()
