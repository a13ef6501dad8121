"""Statistics of the open checkpoint's tensors, measured behind the window: what is looked at first, then the rest."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from explorer.checkpoint.document import Checkpoint, Entry
from explorer.progress import Report
from explorer.tasks.jobs import Job, Jobs, Progress
from explorer.ui.session import Session

if TYPE_CHECKING:
    from explorer.analysis.measuring import Measured
    from explorer.analysis.statistics import Statistics

MAX_FILE_BYTES: Final = 8_000_000_000
"""Of larger files only what is looked at is measured without being asked for."""

TOGETHER_BYTES: Final = 16_000_000
TOGETHER_TENSORS: Final = 1_024
"""One job measures at most so much, so that what comes into view never waits long for its turn."""

_AFTER_PAINT_MS: Final = 100
"""The tree is painted first: a worker that starts at once would take Python's lock from it."""
_TELL_MS: Final = 34
_RATE_OVER_S: Final = 2.0


class Measuring(NamedTuple):
    """How far the measuring of a whole checkpoint is.

    Attributes:
        done: Bytes that are measured.
        total: Bytes in all.
        rate: Bytes per second of late; 0.0 until that is known.
    """

    done: int
    total: int
    rate: float

    @property
    def remaining_s(self) -> float | None:
        """Seconds that the rest will take at that rate; None while there is no rate."""
        return (self.total - self.done) / self.rate if self.rate > 0 else None


class Measurements(QObject):
    """Measures every tensor of the open checkpoint once, all of its values.

    Signals:
        measured: Numbers of tensors whose statistics, or why there are none, are known now. At most 30 times a second.
        progressed: A `Measuring`, as often.
        began: Something is to be measured.
        ended: Nothing is measured any more: all is, it was cancelled, or the file is gone.
    """

    measured = Signal(list)
    progressed = Signal(object)
    began = Signal()
    ended = Signal()

    def __init__(self, session: Session, folder: Path, parent: QObject | None = None) -> None:
        """Begin with the next checkpoint that the session opens.

        Args:
            session: Tells what is open.
            folder: Where figures are kept from one start to the next.
            parent: Owner.
        """
        super().__init__(parent)
        self._session = session
        self._folder = folder
        self._jobs = Jobs("statistics")
        self._job: Job | None = None
        self._recalled = False
        self._stored = False
        self._cancelled = False
        self._statistics: dict[int, Statistics] = {}
        self._problems: dict[int, str] = {}
        self._visible: Sequence[int] = ()
        self._rest: Iterator[int] = iter(())
        self._whole = False
        self._news: list[int] = []
        self._done = self._inside = self._batch_nbytes = 0
        self._pace: list[tuple[float, int]] = []
        self._begin_timer = QTimer(self, singleShot=True, interval=_AFTER_PAINT_MS)
        self._begin_timer.timeout.connect(self._next)
        self._tell_timer = QTimer(self, interval=_TELL_MS)
        self._tell_timer.timeout.connect(self._tell)
        session.opened.connect(self._forget)
        session.entry_changed.connect(self._begin)

    @property
    def busy(self) -> bool:
        """Tensors are being measured, or are about to be."""
        return self._job is not None or self._begin_timer.isActive()

    @property
    def measuring_all(self) -> bool:
        """Everything is being measured, not only what is looked at."""
        return self.busy and self._whole

    @property
    def complete(self) -> bool:
        """Every tensor of the checkpoint is known."""
        checkpoint = self._session.checkpoint
        known = len(self._statistics) + len(self._problems)
        return checkpoint is not None and known == len(checkpoint.tensors)

    def of(self, number: int) -> "Statistics | None":
        """Statistics of a tensor; None while they are not known."""
        return self._statistics.get(number)

    def known(self) -> "dict[int, Statistics]":
        """All statistics that are known now, by the tensor's number; the caller's own."""
        return dict(self._statistics)

    def problem(self, number: int) -> str | None:
        """Why a tensor has no statistics, as a sentence; None while that is not known."""
        return self._problems.get(number)

    def unreadable(self) -> set[int]:
        """Numbers of all tensors that are known now to have no statistics; the caller's own."""
        return set(self._problems)

    def keep(self, statistics: "dict[int, Statistics]") -> None:
        """Take statistics that were measured elsewhere, by the tensor's number."""
        self._take_up(statistics, {})
        self._tell()

    def look_at(self, numbers: Sequence[int]) -> None:
        """Measure these next: they are on the screen."""
        self._visible = numbers
        if self._job is None and not self._begin_timer.isActive() and not self._cancelled:
            self._next()

    def compute_all(self) -> None:
        """Measure everything, also of a file so large that it is not done without being asked for."""
        self._cancelled = False
        self._start(whole=True)

    def cancel(self) -> None:
        """Stop; what is measured is kept, and the rest waits for `compute_all`."""
        self._cancelled = True
        was_busy = self.busy
        self._begin_timer.stop()
        if self._job is not None:
            self._job.cancel()
        self._end(told=was_busy)

    def close(self) -> None:
        """End the worker."""
        self.cancel()
        self._jobs.close()

    def _forget(self) -> None:
        self.cancel()
        self._statistics, self._problems, self._news = {}, {}, []
        self._visible = ()
        self._done = 0
        self._recalled = self._stored = self._cancelled = False

    def _begin(self, entry: Entry | None) -> None:
        checkpoint = self._session.checkpoint
        if entry is not None and checkpoint is not None and not self._cancelled:
            self._start(whole=checkpoint.nbytes <= MAX_FILE_BYTES)

    def _start(self, *, whole: bool) -> None:
        checkpoint, entry = self._session.checkpoint, self._session.entry
        if checkpoint is None or entry is None or self.complete:
            return
        self._whole = whole
        self._rest = chain(entry.numbers, range(len(checkpoint.tensors))) if whole else iter(())
        if self._job is None:
            self._begin_timer.start()

    def _next(self) -> None:
        checkpoint = self._session.checkpoint
        if checkpoint is None:
            return
        if not self._recalled:
            self._run(partial(_recall, self._folder, checkpoint), self._take_recalled)
            return
        numbers = self._take(checkpoint)
        if not numbers:
            self._end()
            return
        if not self._tell_timer.isActive():
            self._pace = []
            self._tell_timer.start()
            self.began.emit()
        self._inside = 0
        self._run(partial(_measure, checkpoint, numbers), self._take_in)

    def _run(self, work: Callable[[Report], object], then: Callable[[Any], None]) -> None:
        self._job = Job(work, "statistics")
        self._job.progressed.connect(self._follow)
        self._job.succeeded.connect(then)
        self._job.failed.connect(self._give_up)
        self._jobs.start(self._job)

    def _take_recalled(self, statistics: "dict[int, Statistics]") -> None:
        self._recalled = True
        self._stored = bool(statistics)
        self._note(statistics, {})

    def _take(self, checkpoint: Checkpoint) -> list[int]:
        numbers: dict[int, None] = {}
        nbytes = 0
        for number in chain(self._visible, self._rest):
            if not self._known(number):
                numbers[number] = None
                nbytes += checkpoint.tensors.kind(number).nbytes
            if len(numbers) == TOGETHER_TENSORS or nbytes >= TOGETHER_BYTES:
                break
        self._batch_nbytes = nbytes
        return list(numbers)

    def _known(self, number: int) -> bool:
        return number in self._statistics or number in self._problems

    def _follow(self, progress: Progress) -> None:
        self._inside = self._batch_nbytes * progress.done // max(1, progress.total)

    def _take_in(self, measured: "Measured") -> None:
        self._note(measured.statistics, measured.problems)

    def _note(self, statistics: "dict[int, Statistics]", problems: dict[int, str]) -> None:
        self._take_up(statistics, problems)
        self._inside = 0
        self._job = None
        self._next()

    def _take_up(self, statistics: "dict[int, Statistics]", problems: dict[int, str]) -> None:
        new = [number for number in (*statistics, *problems) if not self._known(number)]
        self._statistics.update(statistics)
        self._problems.update(problems)
        for number in new:
            self._count(number)
        self._news += new

    def _count(self, number: int) -> None:
        if self._session.checkpoint is not None:
            self._done += self._session.checkpoint.tensors.kind(number).nbytes

    def _give_up(self, _error: Exception) -> None:
        # The file changed or went away: whoever looks at a tensor is told so there.
        self._cancelled = True
        self._job = None
        self._end()

    def _end(self, *, told: bool = False) -> None:
        self._job = None
        self._tell()
        if self._tell_timer.isActive() or told:
            self._tell_timer.stop()
            self.ended.emit()
        checkpoint = self._session.checkpoint
        if checkpoint is not None and self.complete and not self._stored and not self._cancelled:
            self._stored = True
            work = partial(_store, self._folder, checkpoint, dict(self._statistics))
            self._jobs.start(Job(work, "keeping statistics", priority=1))

    def _tell(self) -> None:
        if self._news:
            news, self._news = self._news, []
            self.measured.emit(news)
        checkpoint = self._session.checkpoint
        if self._tell_timer.isActive() and checkpoint is not None and self._whole:
            total = max(checkpoint.sums.nbytes, self._done)
            done = min(self._done + self._inside, total)
            self.progressed.emit(Measuring(done, total, self._rate(done)))

    def _rate(self, done: int) -> float:
        now = monotonic()
        self._pace.append((now, done))
        while now - self._pace[0][0] > _RATE_OVER_S:
            self._pace.pop(0)
        since, before = self._pace[0]
        return (done - before) / (now - since) if now > since else 0.0


def _measure(checkpoint: Checkpoint, numbers: Sequence[int], report: Report) -> "Measured":
    # NumPy is imported on the worker, behind the window.
    from explorer.analysis.measuring import measure_tensors  # noqa: PLC0415

    return measure_tensors(checkpoint, numbers, report)


def _recall(folder: Path, checkpoint: Checkpoint, _report: Report) -> "dict[int, Statistics]":
    from explorer.analysis.statistics_cache import StatisticsCache  # noqa: PLC0415 - brings NumPy

    return StatisticsCache(folder).load(checkpoint)


def _store(folder: Path, checkpoint: Checkpoint, statistics: "dict[int, Statistics]", _report: Report) -> None:
    from explorer.analysis.statistics_cache import StatisticsCache  # noqa: PLC0415 - brings NumPy

    StatisticsCache(folder).save(checkpoint, statistics)
