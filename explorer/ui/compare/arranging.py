"""Which pairs are listed, and in which order: worked out behind the window, as there may be a hundred thousand."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QObject, Qt, Signal

from explorer.analysis.compare.difference import STATE_WORDS
from explorer.progress import Report, asking
from explorer.query.parsing import Query
from explorer.query.searching import Known
from explorer.tasks.jobs import Jobs
from explorer.ui.compare.comparing import Compared
from explorer.ui.compare.filtering import PairFilter
from explorer.ui.compare.model import FIELDS, Arranged, Column, value_of
from explorer.ui.running.current_job import CurrentJob
from explorer.ui.running.work_row import WorkRow

if TYPE_CHECKING:
    from explorer.analysis.compare.union_tree import UnionTree

_RANKS: Final = {state: rank for rank, state in enumerate(STATE_WORDS)}


class _Order(NamedTuple):
    """What is listed.

    Attributes:
        state: Pairs in this one, or in all for "".
        column: By which they are sorted; -1 for what differs first, in a tree for the file's order.
        down: The largest first.
        query: What they have to fit.
        as_tree: They are to be a tree.
    """

    state: str = ""
    column: int = -1
    down: bool = False
    query: Query = Query()
    as_tree: bool = False


class Arranging(QObject):
    """Lists the pairs of one comparison after the other.

    Attributes:
        progress: Shows how far it is.
        known: Tells what is known of A, as far as a query asks for it.
        current: Tells the key of the pair that is selected, which stays so where the same pairs are listed otherwise.

    Signals:
        arranged: What is shown now (`Arranged`).
    """

    arranged = Signal(object)

    def __init__(self, progress: WorkRow) -> None:
        """Begin with nothing to list.

        Args:
            progress: Shows how far it is.
        """
        super().__init__(progress)
        self.progress = progress
        self._jobs = Jobs("rows")
        self._work = CurrentJob(self._jobs, progress)
        self._order = _Order()
        self._compared: Compared | None = None
        self._key: str | None = None
        self._tree: UnionTree | None = None
        self._filter: PairFilter | None = None
        self.known: Callable[[Query], Known] = lambda _query: Known()
        self.current: Callable[[], str | None] = lambda: None

    @property
    def busy(self) -> bool:
        """The list is being made."""
        return self._work.runs

    @property
    def state(self) -> str:
        """Only pairs in this one are listed; "" for all."""
        return self._order.state

    def show(self, compared: Compared, state: str = "", key: str | None = None) -> None:
        """List another comparison.

        Args:
            compared: Which.
            state: As for `show_state`.
            key: Of the pair to select then; None for the first that is not identical.
        """
        if self._compared is None or compared.comparison is not self._compared.comparison:
            self._tree = None
            self._filter = PairFilter(compared.comparison)
        self._compared, self._key = compared, key
        self._arrange(self._order._replace(state=state))

    def show_state(self, state: str) -> None:
        """List the pairs in one state; "" for all."""
        self._arrange(self._order._replace(state=state))

    def show_fitting(self, query: Query) -> None:
        """List the pairs that fit the filter."""
        if query != self._order.query:
            self._arrange(self._order._replace(query=query))

    def show_all_states(self, key: str) -> None:
        """List all pairs of all states and names, with one of them selected.

        Args:
            key: Of that pair.
        """
        self._key = key
        self._arrange(self._order._replace(state="", query=Query()))

    def show_as(self, *, tree: bool, key: str | None) -> None:
        """List them as a tree, or one below the other.

        Args:
            tree: As a tree.
            key: Of the pair that stays selected.
        """
        if tree != self._order.as_tree:
            self._key = key
            self._arrange(self._order._replace(as_tree=tree))

    def sort(self, column: int, order: Qt.SortOrder) -> None:
        """Sort by a column, -1 for none; what has no figure comes last either way."""
        self._arrange(self._order._replace(column=column, down=order == Qt.SortOrder.DescendingOrder))

    def forget(self) -> None:
        """List nothing."""
        self._work.drop()
        self._compared = self._key = self._tree = None

    def close(self) -> None:
        """End the worker."""
        self._work.drop()
        self._jobs.close()

    def _arrange(self, order: _Order) -> None:
        self._order = order
        if self._compared is not None and self._filter is not None:
            fits = partial(self._filter.fitting, order.query, self.known(order.query))
            key = self.current() if self._key is None else self._key
            work = partial(_arrange, self._compared, order, key, self._tree, fits)
            self._work.start(work, "sorting", self._take)

    def _take(self, arranged: Arranged) -> None:
        self._key = None
        if arranged.tree is not None:
            self._tree = arranged.tree.tree
        self.arranged.emit(arranged)


def _arrange(
    compared: Compared,
    order: _Order,
    key: str | None,
    tree: "UnionTree | None",
    fitting: Callable[[Report], list[bool]],
    report: Report,
) -> Arranged:
    """In the worker: which pairs are listed."""
    comparison = compared.comparison
    differences, pairs = comparison.differences, comparison.pairing.pairs
    fits = fitting(report)
    if order.state:
        fits = [fit and difference.state == order.state for fit, difference in zip(fits, differences, strict=True)]
    rows = None
    if order.as_tree:
        from explorer.analysis.compare.union_rows import UnionRows  # noqa: PLC0415 - brings numpy
        from explorer.analysis.compare.union_tree import UnionTree  # noqa: PLC0415 - as above

        by = {-1: "file", Column.NAME: "file", Column.STATE: "state"}.get(order.column) or FIELDS[order.column]
        rows = UnionRows(tree or UnionTree(comparison, report), fits, (by, order.down), report)
        places: Sequence[int] = rows.places
    else:
        places = _sorted(
            compared, [place for place in asking(compared.order, report, "rows") if fits[place]], order, report
        )
    row_of = [-1] * len(pairs)
    for row, place in enumerate(asking(places, report, "rows")):
        row_of[place] = row
    differing = [row for row, place in enumerate(places) if differences[place].state != "identical"]
    first = differing[0] if differing else 0
    if key is not None:
        first = next((row for row, place in enumerate(places) if pairs[place].key == key), first)
    return Arranged(compared, places, differing, first, row_of, rows)


def _sorted(compared: Compared, places: list[int], order: _Order, report: Report) -> list[int]:
    if order.column < 0:
        return places
    found = {place: _sort_key(compared, place, order) for place in asking(places, report, "rows")}
    keys = {place: key for place, key in found.items() if key is not None}
    # Python sorts without letting the window run meanwhile: plain numbers, which it compares fastest.
    sorted_places = sorted(keys, key=keys.__getitem__, reverse=order.down)
    return [*sorted_places, *(place for place in places if place not in keys)]


def _sort_key(compared: Compared, place: int, order: _Order) -> float | None:
    """What a pair is sorted by; None for what comes last."""
    if order.column == Column.NAME:
        return float(place)
    difference = compared.comparison.differences[place]
    if order.column == Column.STATE:
        return float(_RANKS[difference.state])
    value = value_of(difference, order.column)
    return None if value is None or math.isnan(value) else float(value)
