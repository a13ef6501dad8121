"""The problems of the open checkpoint as they are found, behind the window."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

from explorer.checkpoint.document import Checkpoint
from explorer.progress import Report
from explorer.tasks.jobs import Job
from explorer.ui.failures import why
from explorer.ui.measuring.lazy_judge import LazyJudge
from explorer.ui.measuring.measurements import JOB_S, Measurements
from explorer.ui.session import Session
from explorer.ui.settings import Settings

if TYPE_CHECKING:
    from explorer.analysis.draw.spectrum import Spectrum
    from explorer.analysis.judge.problems import Problem
    from explorer.analysis.measure.statistics import Statistics

    Found = dict[int, tuple[Problem, ...]]

_BEHIND: Final = 1
"""Priority of its jobs: what is measured goes first."""


class Finding(QObject):
    """Follows what is measured. Tensors whose figures came from elsewhere, such as the disk, are looked at here.

    Attributes:
        looked: How many tensors were looked at.
        failed: Why no more are looked at, as a sentence; "" while they are.

    Signals:
        began: Another checkpoint is open, or other thresholds hold: there are no problems yet.
        found: Problems, as a list: more than there were. At most some 30 times a second.
        beside: Those that tensors have beside each other, as a list; it takes the place of the last one.
        looked_changed: More was looked at, or nothing is looked at any more.
    """

    began = Signal()
    found = Signal(list)
    beside = Signal(list)
    looked_changed = Signal()

    def __init__(self, session: Session, measurements: Measurements, settings: Settings, parent: QObject) -> None:
        """Begin with the next checkpoint that the session opens.

        Args:
            session: Tells what is open.
            measurements: Measures and judges, and has the worker.
            settings: Tell the thresholds.
            parent: Owner.
        """
        super().__init__(parent)
        self._session = session
        self._measurements = measurements
        self._settings = settings
        self._known: set[int] = set()
        self._compared = 0
        self._spectra: dict[int, Spectrum] = {}
        self._unjudged: set[int] = set()
        self._job: Job | None = None
        self.failed = ""
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self._next)
        session.opened.connect(self._begin_with_file)
        measurements.measured.connect(self._take_measured)
        measurements.ended.connect(self._timer.start)
        settings.changed.connect(self._follow_settings)

    @property
    def looked(self) -> int:
        """Tensors that were looked at."""
        return len(self._known)

    @property
    def looked_at(self) -> frozenset[int]:
        """Their numbers."""
        return frozenset(self._known)

    @property
    def busy(self) -> bool:
        """Something is looked at, or about to be."""
        return self._job is not None or self._timer.isActive()

    def close(self) -> None:
        """Look at nothing more."""
        self._timer.stop()
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def take_spectrum(self, number: int, spectrum: "Spectrum") -> None:
        """Judge the singular values of a tensor of the open checkpoint, which were asked for."""
        if number not in self._spectra:
            self._spectra[number] = spectrum
            self._unjudged.add(number)
            self._timer.start()

    def _begin_with_file(self) -> None:
        self._spectra = {}
        self._begin()

    def _begin(self) -> None:
        self.close()
        self._known, self._compared, self.failed = set(), 0, ""
        self._unjudged = set(self._spectra)
        self.began.emit()

    def _follow_settings(self) -> None:
        judge, checkpoint = self._measurements.judge, self._session.checkpoint
        if judge is None or checkpoint is None or judge.thresholds == self._settings.thresholds:
            return
        self._measurements.judge = LazyJudge(checkpoint, self._settings.thresholds)
        self._measurements.judged.clear()
        self._begin()
        self._timer.start()

    def _take_measured(self, numbers: list[int]) -> None:
        judged = self._measurements.judged
        self._take({number: judged.pop(number) for number in numbers if number in judged})
        self._timer.start()

    def _take(self, found: "Found") -> None:
        self._known.update(found)
        problems = [problem for some in found.values() for problem in some]
        if problems:
            self.found.emit(problems)
        self.looked_changed.emit()

    def _next(self) -> None:
        """Look at what was measured elsewhere, then at all beside each other."""
        checkpoint, judge = self._session.checkpoint, self._measurements.judge
        if checkpoint is None or judge is None or self._job is not None or self.failed or self._measurements.busy:
            return
        if self._unjudged:
            spectra = {number: self._spectra[number] for number in self._unjudged}
            self._run(partial(_judge_spectra, judge, spectra), self._take_spectra)
            return
        statistics = self._measurements.known()
        if len(statistics) > len(self._known):
            left = {number: one for number, one in statistics.items() if number not in self._known}
            self._run(partial(_look, judge, checkpoint, left), self._take_looked)
        elif self._compared != len(statistics):
            self._compared = len(statistics)
            self._run(partial(_compare, judge, statistics), self._take_beside)
        else:
            self.looked_changed.emit()

    def _run(self, work: Callable[[Report], object], then: Callable[[Any], None]) -> None:
        self._job = Job(work, "problems", priority=_BEHIND, interval_s=JOB_S)
        self._job.succeeded.connect(then)
        self._job.failed.connect(self._give_up)
        self._measurements.jobs.start(self._job)

    def _take_looked(self, found: "Found") -> None:
        self._job = None
        self._take(found)
        self._timer.start()

    def _take_spectra(self, judged: "tuple[dict[int, Spectrum], list[Problem]]") -> None:
        self._job = None
        self._unjudged.difference_update(judged[0])
        if judged[1]:
            self.found.emit(judged[1])
        self._timer.start()

    def _take_beside(self, problems: "list[Problem]") -> None:
        self._job = None
        self.beside.emit(problems)
        self._timer.start()

    def _give_up(self, error: Exception) -> None:
        # The file changed or went away.
        self._job = None
        self.failed = why(error)
        self.looked_changed.emit()


def _look(judge: LazyJudge, checkpoint: Checkpoint, known: "dict[int, Statistics]", report: Report) -> "Found":
    from explorer.analysis.measuring import judge_for  # noqa: PLC0415 - brings NumPy

    return judge_for(JOB_S, checkpoint, known, judge.ready(report), report)


def _compare(judge: LazyJudge, statistics: "dict[int, Statistics]", report: Report) -> "list[Problem]":
    return judge.ready(report).across(statistics, report)


def _judge_spectra(
    judge: LazyJudge, spectra: "dict[int, Spectrum]", report: Report
) -> "tuple[dict[int, Spectrum], list[Problem]]":
    from explorer.analysis.judge.spectrum_problems import judge_spectrum  # noqa: PLC0415 - as above

    roles = judge.ready(report).roles
    found = [
        problem
        for number, spectrum in spectra.items()
        for problem in judge_spectrum(number, roles[number], spectrum, judge.thresholds)
    ]
    return spectra, found
