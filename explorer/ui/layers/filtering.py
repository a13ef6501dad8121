"""Finds the tensors that fit the filter: at once in small files, behind the window in large ones."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from explorer.analysis.told_words import Differences, ToldWords
from explorer.checkpoint.tree import Layer, look_ahead
from explorer.progress import Report, no_report
from explorer.query.fitting import Work
from explorer.query.parsing import Query, Wrong, parse
from explorer.query.searching import Hits, Known, search
from explorer.tasks.jobs import Job, Jobs
from explorer.ui.layers.tree import WIDE_ROWS
from explorer.ui.measuring.measurements import Measurements
from explorer.ui.session import Session

if TYPE_CHECKING:
    from explorer.analysis.compare.comparing import Comparison

AT_ONCE_TENSORS: Final = 2_000
"""So many are searched, grouped and summed up in 5 ms; of 100,000 that takes 230 ms, of a million two seconds."""
REFRESH_MS: Final = 300
"""Between two answers to one question, while figures arrive; more where showing one takes long."""
_REST: Final = 4
"""So many times as long as showing an answer takes, the next one waits."""


class Found(NamedTuple):
    """An answer.

    Attributes:
        hits: What fits.
        root: The tree of them, with its first picture worked out.
        beside: What came of all that follows beside the tree.
    """

    hits: Hits
    root: Layer
    beside: tuple[object, ...]


class Filtering(QObject):
    """Keeps what is asked for, and asks anew, without haste, when figures arrive that it depends on.

    Attributes:
        text: As it stands in the filter.
        wrong: What of it makes no sense; None where all does.
        query: What is looked for: where something is wrong, still what was looked for before.
        words: The text of that.
        jobs: Their worker, also for others who look for the same.
        problems: Tells kinds of the problems that were found, by the tensor's number.

    Signals:
        asked: Something else is looked for (a `Query`).
        found: The answer to the latest question (`Found`).
        searching: It will take a moment.
    """

    asked = Signal(object)
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
        self.jobs = Jobs("filter")
        self._job: Job | None = None
        self._stale = False
        self._pending = 0
        self._told: ToldWords | None = None
        self._differences: Differences | None = None
        self.text = self.words = ""
        self.query = Query()
        self.wrong: Wrong | None = None
        self._followers: list[tuple[Callable[[], Work], Callable[[Any], None]]] = []
        self.problems: Callable[[], Mapping[int, Collection[str]]] = dict
        self._timer = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._timer.timeout.connect(self._search)
        if measurements is not None:
            measurements.measured.connect(self._refresh_soon)

    def ask(self, text: str) -> bool:
        """Take another text; `search` looks for it.

        Args:
            text: As `explorer.query.parsing.parse` understands it.

        Returns:
            Whether it makes sense; where it does not, what was asked for before still is.
        """
        query = parse(text)
        if self._compared is None:
            query = query.without_comparison()
        self.text, self.wrong = text, query.wrong
        if query.wrong is not None:
            return False
        self.query, self.words = query, text
        self._tell_asked()
        return True

    def follow(self, begin: Callable[[], Work], take: Callable[[Any], None]) -> None:
        """Have something beside the tree show only what fits.

        Args:
            begin: Gives the work that finds out what does, which is done with that for the tree.
            take: Takes what came of it; None where everything fits.
        """
        self._followers.append((begin, take))
        self.refresh()

    def _tell_asked(self) -> None:
        self.asked.emit(self.query)
        if self.query.empty:
            for _, take in self._followers:
                take(None)

    def ask_anew(self) -> None:
        """Judge the text again, where something else is open or compared; if it makes no sense, look for nothing."""
        if not self.ask(self.text):
            self.query, self.words = Query(), ""
            self._tell_asked()

    def compare(self, comparison: "Comparison") -> bool:
        """Know another comparison; whether that changes what is asked for."""
        self._differences = Differences(comparison)
        return parse(self.text).needs("difference")

    @property
    def _compared(self) -> Differences | None:
        """What is known of the shown entry."""
        differences, session = self._differences, self._session
        return differences if differences and differences.are_of(session.checkpoint, session.entry) else None

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
        key = None if selected is None else selected.key
        beside = [begin() for begin, _ in self._followers]
        work = partial(_find, self.query, whole, self.known(self.query), self._compared, key, beside)
        if len(entry.numbers) <= AT_ONCE_TENSORS:
            self._take(work(no_report))
            return
        self._job = Job(work, "filter")
        self._job.succeeded.connect(self._take)
        self._job.failed.connect(self._fail)
        self.jobs.start(self._job)

    @property
    def busy(self) -> bool:
        """The answer to the latest question is not there yet."""
        return self._job is not None

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
        self.jobs.close()

    def refresh(self) -> None:
        """Ask again before long: there is something else to be asked about."""
        if self._job is not None:
            self._stale = True
        elif not (self.query.empty or self._timer.isActive()):
            self._timer.start()

    def known(self, query: Query) -> Known:
        """What is known of the open file, as far as a query asks for it."""
        checkpoint = self._session.checkpoint
        if checkpoint is not None and (self._told is None or self._told.checkpoint is not checkpoint):
            self._told = ToldWords(checkpoint)
        known = Known(told=self._told, problems=self.problems() if query.needs("problem") else {})
        if self._measurements is None or not query.needs("statistics"):
            return known
        return replace(known, statistics=self._measurements.known(), unreadable=self._measurements.unreadable())

    def _refresh_soon(self) -> None:
        if self._job is not None:
            # A large file would never get to the end of an answer that is given up for each new figure.
            self._stale = self._stale or self.query.needs("statistics")
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
        # What came to follow since is answered next.
        for (_, take), fits in zip(self._followers, found.beside, strict=False):
            take(fits)
        self._timer.setInterval(max(REFRESH_MS, round(_REST * 1000 * (monotonic() - began))))
        if self._stale:
            self._stale = False
            self.refresh()


def _find(
    query: Query,
    whole: Layer,
    known: Known,
    differences: Differences | None,
    selected: str | None,
    beside: Sequence[Work],
    report: Report,
) -> Found:
    if differences is not None and query.needs("difference"):
        known = replace(known, differences=differences.by_number)
    hits = search(query.tree, whole.table, whole.numbers, known, report)
    # Where everything fits, the whole tree has been looked at already.
    root = whole if hits.numbers is whole.numbers else Layer.root(whole.table, hits.numbers, whole.name)
    look_ahead(root, report)
    if selected is not None:
        for layer in root.way_to(selected):
            if len(layer.children) > WIDE_ROWS:
                break

    def fitting(numbers: Sequence[int]) -> Sequence[int]:
        return search(query.tree, whole.table, numbers, known, report).numbers

    return Found(hits, root, tuple(work(query, fitting) for work in beside))
