"""Finds the tensors that fit the filter: at once in small files, behind the window in large ones."""

import gc
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from explorer.checkpoint.document import TensorTable
from explorer.checkpoint.tree import Layer, look_ahead
from explorer.progress import Report, no_report
from explorer.tasks.jobs import Job, Jobs
from explorer.ui.layers.query import Query, parse
from explorer.ui.layers.tree import WIDE_ROWS
from explorer.ui.measurements import Measurements
from explorer.ui.session import Session

if TYPE_CHECKING:
    from explorer.analysis.statistics import Statistics

AT_ONCE_TENSORS: Final = 2_000
"""So many are searched, grouped and summed up in 5 ms; of 100,000 that takes 230 ms, of a million two seconds."""
REFRESH_MS: Final = 300
"""Between two answers to one question, while figures arrive; more where showing one takes long."""
_REST: Final = 4
"""So many times as long as showing an answer takes, the next one waits."""
_SLICE: Final = 65_536


class Hits(NamedTuple):
    """What fits.

    Attributes:
        numbers: Rows of the tensors in the table, in the file's order.
        pending: Tensors that fit in all but their statistics, which are not known yet.
    """

    numbers: Sequence[int]
    pending: int


class Found(NamedTuple):
    """An answer.

    Attributes:
        hits: What fits.
        root: The tree of them, with its first picture worked out.
    """

    hits: Hits
    root: Layer


@dataclass(frozen=True)
class Known:
    """What was measured when the question was put.

    Attributes:
        statistics: By the tensor's number.
        unreadable: Numbers of tensors that have none.
    """

    statistics: "Mapping[int, Statistics]"
    unreadable: Container[int]


def search(query: Query, table: TensorTable, numbers: Sequence[int], known: Known, report: Report) -> Hits:
    """Find the tensors that fit.

    Args:
        query: Without a problem.
        table: Of the checkpoint.
        numbers: Rows of the tensors that are looked at.
        known: A tensor without statistics fits no term about them, also none that leaves out.
        report: Called with the tensors done.

    Raises:
        Cancelled: By `report`.
    """
    kind_of, statistics = table.kind_of, known.statistics
    by_kind = bool(query.kinds or query.figures)
    fitting = [
        all(term.fits(kind) for term in query.kinds) and not (query.figures and kind.problem)
        for kind in (table.kinds if by_kind else ())
    ]
    names = [(term.text.casefold(), term.excluded) for term in query.names]
    keys = table.casefolded_keys if names else ()
    found: list[int] = []
    pending = 0
    for start in range(0, len(numbers), _SLICE):
        report(start, len(numbers), "filter")
        part = numbers[start : start + _SLICE]
        if by_kind:
            part = [number for number in part if fitting[kind_of[number]]]
        for text, excluded in names:
            # Two loops: asking for each tensor would take as long as looking.
            if excluded:
                part = [number for number in part if text not in keys[number]]
            else:
                part = [number for number in part if text in keys[number]]
        if query.figures:
            pending += sum(number not in statistics and number not in known.unreadable for number in part)
            part = [
                number
                for number in part
                if number in statistics and all(term.fits(statistics[number]) for term in query.figures)
            ]
        found += part
    return Hits(numbers if len(found) == len(numbers) else found, pending)


class Filtering(QObject):
    """Keeps what is asked for, and asks anew, without haste, when figures arrive that it depends on.

    Signals:
        found: The answer to the latest question (`Found`).
        searching: It will take a moment.
    """

    found = Signal(object)
    searching = Signal()

    def __init__(self, session: Session, measurements: Measurements | None, parent: QObject | None = None) -> None:
        """Ask for nothing yet.

        Args:
            session: What is searched.
            measurements: Figures of its tensors; None for none.
            parent: Owner.
        """
        super().__init__(parent)
        self._session = session
        self._measurements = measurements
        self._jobs = Jobs("filter")
        self._job: Job | None = None
        self._stale = False
        self._pending = 0
        self.text = ""
        self.query = Query()
        self._timer = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._timer.timeout.connect(self._search)
        if measurements is not None:
            measurements.measured.connect(self._refresh_soon)

    def ask(self, text: str) -> None:
        """Take another text; `search` looks for it."""
        self.text = text
        self.query = parse(text)

    def search(self) -> None:
        """Look for what is asked in the shown entry; `found` follows, before this returns where that is quick."""
        self._search()
        if self._job is not None:
            self.searching.emit()

    def _search(self) -> None:
        self.stop()
        entry, whole, selected = self._session.entry, self._session.layers, self._session.tensor
        if entry is None or whole is None:
            return
        work = partial(_find, self.query, whole, self._known(), None if selected is None else selected.key)
        if len(entry.numbers) <= AT_ONCE_TENSORS:
            self._take(work(no_report))
            return
        self._job = Job(partial(_find_behind, work), "filter")
        self._job.succeeded.connect(self._take)
        self._job.failed.connect(self._fail)
        self._jobs.start(self._job)

    def stop(self) -> None:
        """Look no more; the text stays."""
        self._timer.stop()
        self._stale = False
        self._pending = 0
        job, self._job = self._job, None
        if job is not None:
            job.cancel()

    def close(self) -> None:
        """End the worker."""
        self.stop()
        self._jobs.close()

    def _known(self) -> Known:
        if self._measurements is None or not self.query.figures:
            return Known({}, ())
        return Known(self._measurements.known(), self._measurements.unreadable())

    def _refresh_soon(self) -> None:
        if self._job is not None:
            # A large file would never get to the end of an answer that is given up for each new figure.
            self._stale = True
        elif self._pending and not self._timer.isActive():
            self._timer.start()

    def _fail(self, error: Exception) -> None:
        # Nothing in it can fail but for a mistake of ours, which is to be heard of.
        self._job = None
        raise error

    def _take(self, found: Found) -> None:
        self._job = None
        self._pending = found.hits.pending
        began = monotonic()
        self.found.emit(found)
        self._timer.setInterval(max(REFRESH_MS, round(_REST * 1000 * (monotonic() - began))))
        if self._stale:
            self._stale = False
            self._refresh_soon()


def _find(query: Query, whole: Layer, known: Known, selected: str | None, report: Report) -> Found:
    hits = search(query, whole.table, whole.numbers, known, report)
    # Where everything fits, the whole tree has been looked at already.
    root = whole if hits.numbers is whole.numbers else Layer.root(whole.table, hits.numbers, whole.name)
    look_ahead(root)
    if selected is not None:
        for layer in root.way_to(selected):
            if len(layer.children) > WIDE_ROWS:
                break
    return Found(hits, root)


def _find_behind(work: Callable[[Report], Found], report: Report) -> Found:
    # The garbage collector would look through everything that is made here again and again, on whichever thread.
    gc.disable()
    try:
        return work(report)
    finally:
        gc.enable()
