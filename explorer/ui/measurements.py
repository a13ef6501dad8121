"""Statistics of the open checkpoint's tensors, measured behind the window: what is looked at first, then the rest."""

import gc
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
from explorer.ui.failures import why
from explorer.ui.held_back import HeldBack, why_held_back
from explorer.ui.session import Session
from explorer.ui.settings import Settings
from explorer.ui.shares import lies_on_share

if TYPE_CHECKING:
    from explorer.analysis.measuring import Measured
    from explorer.analysis.statistics import Statistics

TOGETHER_BYTES: Final = 16_000_000
TOGETHER_TENSORS: Final = 1_024
"""One job measures at most so much, so that what comes into view never waits long for its turn."""

FROZEN_TENSORS: Final = 4_096
"""After so many new figures the garbage collector is told that they stay: else it would look through all of them again
and again, for a tenth of a second each time where there are a hundred thousand."""

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


class Prepared(NamedTuple):
    """What is known of a file before any of its values is read.

    Attributes:
        statistics: That were kept the last time, by the tensor's number.
        on_share: The file lies on a network share.
    """

    statistics: "dict[int, Statistics]"
    on_share: bool


class Measurements(QObject):
    """Measures every tensor of the open checkpoint once, all of its values.

    Of a large file, and of one on a network share, only those that are looked at, until it is asked for the rest.

    Attributes:
        jobs: The worker, also for what is done with many statistics: beside another one both would take Python's lock
            from the window.

    Signals:
        measured: Numbers of tensors whose statistics, or why there are none, are known now. At most 30 times a second.
        progressed: A `Measuring`, as often.
        began: Something is to be measured.
        ended: Nothing is measured any more: all is, it was cancelled, or the file is gone.
        held_back_changed: `held_back` may say something else now.
    """

    measured = Signal(list)
    progressed = Signal(object)
    began = Signal()
    ended = Signal()
    held_back_changed = Signal()

    def __init__(self, session: Session, settings: Settings, parent: QObject | None = None) -> None:
        """Begin with the next checkpoint that the session opens.

        Args:
            session: Tells what is open.
            settings: Tell what is measured without being asked for, and whether and where figures are kept.
            parent: Owner.
        """
        super().__init__(parent)
        self._session = session
        self._settings = settings
        self.jobs = Jobs("statistics")
        self._job: Job | None = None
        self._prepared = False
        self._on_share = False
        self._stored = False
        self._asked = False
        self._stopped = ""
        self._statistics: dict[int, Statistics] = {}
        self._problems: dict[int, str] = {}
        self._visible: Sequence[int] = ()
        self._rest: Iterator[int] = iter(())
        self._whole = False
        self._news: list[int] = []
        self._done = self._inside = self._batch_nbytes = self._unfrozen = 0
        self._pace: list[tuple[float, int]] = []
        self._begin_timer = QTimer(self, singleShot=True, interval=_AFTER_PAINT_MS)
        self._begin_timer.timeout.connect(self._next)
        self._tell_timer = QTimer(self, interval=_TELL_MS)
        self._tell_timer.timeout.connect(self._tell)
        session.opened.connect(self._forget)
        session.entry_changed.connect(self._begin)
        settings.changed.connect(self._follow_settings)

    @property
    def busy(self) -> bool:
        """Tensors are being measured, or are about to be."""
        return self._job is not None or self._begin_timer.isActive()

    @property
    def measuring_all(self) -> bool:
        """All that is not known yet is being measured or about to be, or it is not decided yet whether it will be."""
        return self.busy and (self._whole or self._asked or not self._prepared)

    @property
    def complete(self) -> bool:
        """Every tensor of the checkpoint is known."""
        checkpoint = self._session.checkpoint
        known = len(self._statistics) + len(self._problems)
        return checkpoint is not None and known == len(checkpoint.tensors)

    @property
    def held_back(self) -> HeldBack | None:
        """Why not everything is measured; None where it is, or will be without being asked for."""
        checkpoint = self._session.checkpoint
        if checkpoint is None or self.complete:
            return None
        if self._stopped:
            return HeldBack("statistics stopped", self._stopped)
        if self._whole or not self._prepared:
            return None
        return HeldBack("statistics of what is looked at", self._why_not_whole(checkpoint))

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
        self.held_back_changed.emit()

    def look_at(self, numbers: Sequence[int]) -> None:
        """Measure these next: they are on the screen."""
        self._visible = numbers
        if self._job is None and not self._begin_timer.isActive() and not self._stopped:
            self._next()

    def compute_all(self) -> None:
        """Measure everything, also of a file of which it is not done without being asked for."""
        self._stopped = ""
        self._asked = True
        self._start()
        self.held_back_changed.emit()

    def cancel(self) -> None:
        """Stop; what is measured is kept, and the rest waits for `compute_all`."""
        self._stopped = "They were cancelled; what was measured until then is shown."
        was_busy = self.busy
        self._begin_timer.stop()
        if self._job is not None:
            self._job.cancel()
        self._end(told=was_busy)

    def close(self) -> None:
        """End the worker."""
        self.cancel()
        self.jobs.close()
        gc.unfreeze()

    def _forget(self) -> None:
        self.cancel()
        gc.unfreeze()
        self._statistics, self._problems, self._news = {}, {}, []
        self._visible, self._rest = (), iter(())
        self._done = self._unfrozen = 0
        self._prepared = self._on_share = self._stored = self._asked = self._whole = False
        self._stopped = ""
        self.held_back_changed.emit()

    def _begin(self, entry: Entry | None) -> None:
        if entry is not None and not self._stopped:
            self._start()

    def _start(self) -> None:
        if self._session.entry is None or self.complete:
            return
        if self._prepared:
            self._plan()
        if self._job is None:
            self._begin_timer.start()

    def _plan(self) -> None:
        """Decide what is measured beside that which is looked at."""
        checkpoint, entry = self._session.checkpoint, self._session.entry
        if checkpoint is None or entry is None:
            return
        self._whole = not self._why_not_whole(checkpoint)
        self._rest = chain(entry.numbers, range(len(checkpoint.tensors))) if self._whole else iter(())
        self.held_back_changed.emit()

    def _why_not_whole(self, checkpoint: Checkpoint) -> str:
        return "" if self._asked else why_held_back(checkpoint.nbytes, self._settings, on_share=self._on_share)

    def _follow_settings(self) -> None:
        checkpoint = self._session.checkpoint
        if checkpoint is None or not self._prepared or self._stopped:
            return
        if self.complete:
            self._store()
        elif self._whole == bool(self._why_not_whole(checkpoint)):
            self._start()
        else:
            # The reason may be another.
            self.held_back_changed.emit()

    def _next(self) -> None:
        checkpoint = self._session.checkpoint
        if checkpoint is None:
            return
        if not self._prepared:
            folder = self._settings.cache_folder if self._settings.keeps_figures else None
            self._run(partial(_prepare, folder, checkpoint), self._take_prepared)
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
        self.jobs.start(self._job)

    def _take_prepared(self, prepared: Prepared) -> None:
        self._prepared = True
        self._on_share = prepared.on_share
        self._stored = bool(prepared.statistics)
        self._plan()
        self._note(prepared.statistics, {})

    def _take(self, checkpoint: Checkpoint) -> list[int]:
        numbers: dict[int, None] = {}
        nbytes = 0
        nbytes_of, statistics, problems = checkpoint.tensors.nbytes, self._statistics, self._problems
        for number in chain(self._visible, self._rest):
            if number not in statistics and number not in problems:
                numbers[number] = None
                nbytes += nbytes_of(number)
            if len(numbers) == TOGETHER_TENSORS or nbytes >= TOGETHER_BYTES:
                break
        self._batch_nbytes = nbytes
        return list(numbers)

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
        known, refused = self._statistics, self._problems
        new = [number for number in (*statistics, *problems) if number not in known and number not in refused]
        self._statistics.update(statistics)
        self._problems.update(problems)
        if self._session.checkpoint is not None:
            self._done += sum(map(self._session.checkpoint.tensors.nbytes, new))
        self._news += new
        self._unfrozen += len(new)
        if self._unfrozen >= FROZEN_TENSORS:
            self._unfrozen = 0
            gc.freeze()

    def _give_up(self, error: Exception) -> None:
        # The file changed or went away: whoever looks at a tensor is told so there as well.
        self._stopped = why(error)
        self._job = None
        self._end()

    def _end(self, *, told: bool = False) -> None:
        self._job = None
        self._tell()
        if self._tell_timer.isActive() or told:
            self._tell_timer.stop()
            self.ended.emit()
        self.held_back_changed.emit()
        if self.complete and not self._stopped:
            self._store()

    def _store(self) -> None:
        checkpoint = self._session.checkpoint
        if checkpoint is not None and not self._stored and self._settings.keeps_figures:
            self._stored = True
            work = partial(_keep, self._settings.cache_folder, checkpoint, dict(self._statistics))
            self.jobs.start(Job(work, "keeping statistics", priority=1))

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


def _prepare(folder: Path | None, checkpoint: Checkpoint, _report: Report) -> Prepared:
    from explorer.analysis.statistics_cache import StatisticsCache  # noqa: PLC0415 - brings NumPy

    kept = {} if folder is None else StatisticsCache(folder).load(checkpoint)
    return Prepared(kept, lies_on_share(checkpoint.path))


def _keep(folder: Path, checkpoint: Checkpoint, statistics: "dict[int, Statistics]", _report: Report) -> None:
    from explorer.analysis.statistics_cache import StatisticsCache  # noqa: PLC0415 - brings NumPy

    StatisticsCache(folder).save(checkpoint, statistics)
