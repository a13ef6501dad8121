"""Statistics of the open checkpoint's tensors, measured behind the window: what is looked at first, then the rest."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

from explorer.checkpoint.document import Checkpoint, Entry
from explorer.progress import Report
from explorer.tasks.jobs import Job, Jobs, Progress
from explorer.ui.failures import why
from explorer.ui.measuring.held_back import HeldBack, why_held_back
from explorer.ui.measuring.kept_figures import KeptFigures, Portions, Prepared
from explorer.ui.measuring.lazy_judge import LazyJudge
from explorer.ui.measuring.order import LARGE, Order
from explorer.ui.measuring.pace import Pace
from explorer.ui.session import Session
from explorer.ui.settings import Settings

if TYPE_CHECKING:
    from explorer.analysis.judge.judging import Problems
    from explorer.analysis.measure.statistics import Statistics
    from explorer.analysis.measuring import Measured

JOB_S: Final = 0.12
"""One job measures for so long, so that what comes into view never waits long for its turn, and the window is told of
all that is known then at once. The worker tells the window two things for a job, and the window all panels one."""

_AFTER_PAINT_MS: Final = 100
"""The tree is painted first: a worker that starts at once would take Python's lock from it."""
_TELL_MS: Final = 34
_CANCELLED_ROWS: Final = "What comes into view next is measured again."


class Measurements(QObject):
    """Measures every tensor of the open checkpoint once, all of its values.

    Of a large file, and of one on a network share, only those that are looked at, until it is asked for the rest.

    Attributes:
        jobs: The worker, also for what is done with many statistics: beside another one both would take Python's lock
            from the window.
        judge: Finds the problems of the open checkpoint; None where nothing is open.
        judged: What it found, of each tensor that was measured here, as `measured` tells of them; taken by others.

    Signals:
        measured: Numbers of tensors whose statistics, or why there are none, are known now. At most 30 times a second.
        progressed: An `explorer.ui.measuring.pace.Measuring`, as often.
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
        self._asked = False
        self._stopped = ""
        self._held = False
        self._kept = KeptFigures(settings, self.known, self)
        self.judge: LazyJudge | None = None
        self._judging: LazyJudge | None = None
        self.judged: dict[int, Problems] = {}
        self._statistics: dict[int, Statistics] = {}
        self._problems: dict[int, str] = {}
        self._order = Order(self._is_known)
        self._news: list[int] = []
        self._done = self._inside = self._total = 0
        self._pace = Pace()
        self._begin_timer = QTimer(self, singleShot=True, interval=_AFTER_PAINT_MS)
        self._begin_timer.timeout.connect(self._next)
        self._portions = Portions(_TELL_MS, self._take_portion, self)
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
        return self.busy and (self._order.whole or self._asked or not self._prepared)

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
        if self._order.whole or not self._prepared:
            return None
        why = self._why_not_whole(checkpoint)
        if self._order.declined:
            return HeldBack("statistics of these rows cancelled", f"{_CANCELLED_ROWS} {why}")
        return HeldBack("statistics of what is looked at", why)

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
        self._kept.note_new()
        if self._job is None:
            self._kept.keep_later()
        self._tell()
        self.held_back_changed.emit()

    def look_at(self, numbers: Sequence[int]) -> None:
        """Measure these next: they are on the screen."""
        order = self._order
        order.visible = numbers
        if order.declined and not order.declined.issubset(numbers):
            # What comes back into view is looked at anew.
            order.declined.intersection_update(numbers)
            self.held_back_changed.emit()
        self._go_on()
        if order.lacks_what_is_visible:
            self._put_off()

    def leave(self, number: int | None) -> None:
        """Do not measure a large tensor: whoever shows it measures it, and has it kept; None for none any more."""
        checkpoint, before = self._session.checkpoint, self._order.elsewhere
        self._order.elsewhere = None
        if number is not None and checkpoint is not None and checkpoint.tensors.walked_nbytes(number) >= LARGE:
            self._order.elsewhere = number
            self._put_off(number)
        elif before is not None:
            self._go_on()

    def _go_on(self) -> None:
        if self._job is None and not self._begin_timer.isActive() and not self._stopped:
            self._next()

    def _put_off(self, number: int | None = None) -> None:
        """Where a large tensor is being measured that nobody looks at, or this one, measure all else before it."""
        if self._job is not None and self._order.put_off(even_visible=number):
            self._job.cancel()
            self._job = None
            self._inside = 0
            self._next()

    def compute_all(self) -> None:
        """Measure everything, also of a file of which it is not done without being asked for."""
        self._stopped = ""
        self._asked = True
        self._start()
        self.held_back_changed.emit()

    def cancel(self) -> None:
        """Stop; what is measured is kept.

        The rest waits for `compute_all`; of a file of which only what is looked at is measured by itself, for that or
        for being looked at anew.
        """
        was_busy = self.busy
        self._begin_timer.stop()
        self._portions.stop()
        if self._job is not None:
            self._job.cancel()
        checkpoint = self._session.checkpoint
        self._asked = False
        if checkpoint is not None and self._prepared and self._why_not_whole(checkpoint):
            self._order.decline()
        elif not self._stopped:
            self._stopped = "The statistics were cancelled; what was measured until then is shown."
        self._end(told=was_busy)

    def hold(self) -> None:
        """Begin with nothing before `release`: what the window does first would take several times as long."""
        self._held = True

    def release(self) -> None:
        """Begin."""
        self._held = False
        if self._begin_timer.isActive():
            self._begin_timer.stop()
            self._next()

    def close(self) -> None:
        """End the worker. What was measured is kept behind the closed window."""
        self._kept.forget()
        self.cancel()
        self.jobs.close()

    def _forget(self) -> None:
        self._kept.forget()
        self.cancel()
        self._statistics, self._problems, self._news, self.judged = {}, {}, [], {}
        checkpoint = self._session.checkpoint
        self.judge = None if checkpoint is None else LazyJudge(checkpoint, self._settings.thresholds)
        self._order.clear()
        self._done = self._total = 0
        self._prepared = self._on_share = self._asked = False
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
        if self._why_not_whole(checkpoint):
            self._order.follow(())
        else:
            self._order.follow(chain(entry.numbers, range(len(checkpoint.tensors))), whole=True)
        self.held_back_changed.emit()

    def _why_not_whole(self, checkpoint: Checkpoint) -> str:
        return "" if self._asked else why_held_back(checkpoint.nbytes, self._settings, on_share=self._on_share)

    def _follow_settings(self) -> None:
        checkpoint = self._session.checkpoint
        if checkpoint is None or not self._prepared or self._stopped:
            return
        if self.complete:
            return
        if self._order.whole == bool(self._why_not_whole(checkpoint)):
            self._start()
        else:
            # The reason may be another.
            self.held_back_changed.emit()

    def _next(self) -> None:
        checkpoint = self._session.checkpoint
        if checkpoint is None:
            return
        if self._held:
            self._begin_timer.start()
            return
        if not self._prepared:
            self._run(self._kept.prepare(checkpoint), self._take_prepared)
            return
        numbers = [] if self.complete else self._order.take(checkpoint.tensors)
        if not numbers:
            self._end()
            return
        if not self._tell_timer.isActive():
            self._pace = Pace()
            self._tell_timer.start()
            self.began.emit()
        self._inside, self._judging = 0, self.judge
        self._run(partial(_measure, checkpoint, numbers, self.judge), self._take_in)

    def _run(self, work: Callable[[Report], object], then: Callable[[Any], None]) -> None:
        self._job = Job(work, "statistics", interval_s=JOB_S)
        self._job.progressed.connect(self._follow)
        self._job.succeeded.connect(then)
        self._job.failed.connect(self._give_up)
        self.jobs.start(self._job)

    def _take_prepared(self, prepared: Prepared) -> None:
        self._prepared = True
        self._on_share = prepared.on_share
        self._total = prepared.total
        self._plan()
        self._portions.start(prepared.statistics)

    def _take_portion(self, statistics: "dict[int, Statistics]", last: bool) -> None:
        if last:
            self._note(statistics, {})
            return
        self._take_up(statistics, {})
        self._tell()

    def _is_known(self, number: int) -> bool:
        return number in self._statistics or number in self._problems

    def _follow(self, progress: Progress) -> None:
        self._inside = progress.done

    def _take_in(self, measured: "Measured") -> None:
        if measured.statistics:
            self._kept.note_new()
        if self._judging is self.judge:
            # Else other thresholds hold meanwhile.
            self.judged |= {number: measured.found.get(number, ()) for number in measured.statistics}
        self._note(measured.statistics, measured.problems)

    def _note(self, statistics: "dict[int, Statistics]", problems: dict[int, str]) -> None:
        self._take_up(statistics, problems)
        self._order.put_back()
        self._inside = 0
        self._job = None
        self._next()

    def _take_up(self, statistics: "dict[int, Statistics]", problems: dict[int, str]) -> None:
        known, refused = self._statistics, self._problems
        new = [number for number in (*statistics, *problems) if number not in known and number not in refused]
        self._statistics.update(statistics)
        self._problems.update(problems)
        self._order.declined.difference_update(new)
        if self._session.checkpoint is not None:
            self._done += sum(map(self._session.checkpoint.tensors.walked_nbytes, new))
        self._news += new

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
        if self._order.whole or self._stopped or self.complete:
            self._kept.keep()
        else:
            self._kept.keep_later()

    def _tell(self) -> None:
        if self._news:
            news, self._news = self._news, []
            self.measured.emit(news)
        checkpoint = self._session.checkpoint
        if self._tell_timer.isActive() and checkpoint is not None and self._order.whole:
            self.progressed.emit(self._pace.at(self._done + self._inside, self._total))


def _measure(checkpoint: Checkpoint, numbers: Sequence[int], judge: LazyJudge | None, report: Report) -> "Measured":
    # NumPy is imported on the worker, behind the window.
    from explorer.analysis.measuring import measure_for  # noqa: PLC0415

    return measure_for(JOB_S, checkpoint, numbers, report, None if judge is None else judge.ready(report))
