"""The contents of a file for Qt: its rows as they are, made into text only when they are looked at."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import compress, repeat
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, Qt

from explorer.checkpoint.document import Checkpoint, ContentRow, is_nan
from explorer.formatting import UNNAMED, plain, plural, visible
from explorer.progress import Report
from explorer.query.names import may_fit
from explorer.query.parsing import Query
from explorer.ui.tables.columns import (
    EXACT,
    NOWHERE,
    Index,
    Separator,
    Writer,
    heading,
    move_rows,
    sorted_places,
    written,
)
from explorer.ui.tables.heads import Head, natural
from explorer.ui.text import tooltip

if TYPE_CHECKING:
    from PySide6.QtGui import QColor

HEADS: Final = (
    Head("Name", sample="learning_rate_of_everything mm"),
    Head("Type", sample="list of 888 mm"),
    Head("Value"),
)
_TOP: Final = -1
_VALUE: Final = 2
_LONGEST: Final = 10_000
"""Characters of a row's names together: a file may nest them as deep as it likes."""
_AT_ONCE: Final = 500
"""Rows between two looks at whether anybody still waits for them."""

Sorting = tuple[int, Qt.SortOrder]


class Listing(NamedTuple):
    """What a filter leaves, in an order.

    Attributes:
        sorting: The column and the way; -1 for the file's order.
        fits: Of each row, whether it fits; None where all do.
        kept: Likewise, with what a row that fits stands in.
        below: The rows in each row that are kept, as they stand.
        places: Of each row, its place among them.
    """

    sorting: Sorting
    fits: list[bool] | None
    kept: list[bool] | None
    below: dict[int, list[int]]
    places: list[int]


class ContentsModel(QAbstractItemModel):
    """Names, types and values as a tree; first what code the file names. An index carries the number of its row.

    Attributes:
        nan: Names of values that are NaN, in their order.
        bad_color: Of such values.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[ContentRow] = []
        self._below: dict[int, list[int]] = {}
        self._places: list[int] = []
        self._fits: list[bool] | None = None
        self._kept: list[bool] | None = None
        self._sorting: Sorting = (-1, Qt.SortOrder.AscendingOrder)
        self.nan: list[str] = []
        self.bad_color: QColor | None = None

    def __len__(self) -> int:
        return len(self._rows)

    def show_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Take the rows of a file in place of the last one's."""
        self.beginResetModel()
        code = _code_rows(checkpoint.code)
        first = len(code)
        self._rows = [
            *code,
            *(row._replace(parent=row.parent + first if row.parent >= 0 else _TOP) for row in checkpoint.contents),
        ]
        self._fits = self._kept = None
        self.nan = [visible(row.name) or UNNAMED for row in checkpoint.contents if is_nan(row)]
        for number, row in enumerate(self._rows):
            if row.parent >= number:
                self._rows[number] = row._replace(parent=_TOP)
        self._arrange()
        self.endResetModel()

    def finding(self, query: Query) -> Callable[[Report], Listing]:
        """What finds the rows that fit a filter, by words in their values or in the names down to them.

        Args:
            query: Of what is looked for.

        Returns:
            Work that any thread may do; `show_only` takes what comes of it.
        """
        return partial(_found, self._rows, query, self._sorting)

    def show_only(self, found: Listing) -> None:
        """Show rows that fit a filter, and the way there."""
        self.beginResetModel()
        self._fits, self._kept = found.fits, found.kept
        if found.sorting == self._sorting:
            self._below, self._places = found.below, found.places
        else:
            self._arrange()
        self.endResetModel()

    @property
    def fitting(self) -> int:
        """How many rows fit the filter."""
        return len(self._rows) if self._fits is None else sum(self._fits)

    def index(self, row: int, column: int, parent: Index = NOWHERE) -> QModelIndex:
        """Point to a cell."""
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        return self.createIndex(row, column, self._below[self._number(parent)][row])

    def parent(self, index: Index) -> QModelIndex:  # type: ignore[override]  # QObject has another without arguments
        """Point to what a row stands in."""
        above = self._rows[self._number(index)].parent if index.isValid() else _TOP
        return QModelIndex() if above == _TOP else self.createIndex(self._places[above], 0, above)

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802 - Qt's name
        """How many rows stand in another, or at the top."""
        return 0 if parent.column() > 0 else len(self._below.get(self._number(parent), ()))

    def columnCount(self, parent: Index = NOWHERE) -> int:  # noqa: ARG002, N802 - Qt's name and arguments
        """Name, type and value."""
        return len(HEADS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """What a cell says; under the cursor a long value is seen as a whole."""
        if not index.isValid():
            return None
        row = self._rows[self._number(index)]
        text = _cells(row)[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return visible(text) or (UNNAMED if index.column() == 0 else "")
        if role == EXACT:
            return visible(text, 10_000)
        if role == Qt.ItemDataRole.ForegroundRole:
            return self.bad_color if index.column() == _VALUE and is_nan(row) else None
        if role == Qt.ItemDataRole.ToolTipRole and index.column() != 1:
            return tooltip(plain(text))
        return None

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """The titles of the columns."""
        return heading(HEADS, section, orientation, role)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort what stands in each row."""
        self._sorting = column, order
        move_rows(
            self, self._arrange, self._number, lambda number, at: self.createIndex(self._places[number], at, number)
        )

    def writer(self) -> Writer | None:
        """What writes all rows that are shown, each with the names of those that it stands in."""
        return partial(_write, list(self._rows), self._kept) if self._rows else None

    def _arrange(self) -> None:
        """Put siblings into their order; the rows themselves stay as they are."""
        self._below, self._places = _arranged(self._rows, self._kept, self._sorting)

    def _number(self, index: Index) -> int:
        return int(index.internalId()) if index.isValid() else _TOP


def _cells(row: ContentRow) -> tuple[str, str, str]:
    return row.name, row.type, row.text


def _code_rows(code: tuple[str, ...]) -> list[ContentRow]:
    if not code:
        return []
    said = f"{plural(len(code), 'name')}; none was imported or run"
    return [ContentRow(_TOP, "code the file names", "", said), *(ContentRow(0, name, "code", "") for name in code)]


def _found(rows: Sequence[ContentRow], query: Query, sorting: Sorting, report: Report) -> Listing:
    fits: list[bool] | None = None
    kept: list[bool] | None = None
    if not query.empty:
        fits = []
        for number, (name, row) in enumerate(zip(_whole_names(rows), rows, strict=True)):
            if number % _AT_ONCE == 0:
                report(number, len(rows), "contents")
            fits.append(may_fit(query, f"{name}\n{row.text}"))
        kept = list(fits)
        # What a row stands in comes before it.
        for number in range(len(rows) - 1, -1, -1):
            above = rows[number].parent
            if kept[number] and above >= 0:
                kept[above] = True
    return Listing(sorting, fits, kept, *_arranged(rows, kept, sorting))


def _arranged(
    rows: Sequence[ContentRow], kept: Sequence[bool] | None, sorting: Sorting
) -> tuple[dict[int, list[int]], list[int]]:
    below: dict[int, list[int]] = {}
    for number, row in enumerate(rows):
        if kept is None or kept[number]:
            below.setdefault(row.parent, []).append(number)
    column, order = sorting
    if column >= 0:
        for above, siblings in below.items():
            keys = [natural(_cells(rows[number])[column]) for number in siblings]
            below[above] = [siblings[place] for place in sorted_places(keys, order)]
    places = [0] * len(rows)
    for siblings in below.values():
        for place, number in enumerate(siblings):
            places[number] = place
    return below, places


def _whole_names(rows: Sequence[ContentRow]) -> list[str]:
    whole: list[str] = []
    for row in rows:
        name = visible(row.name, 1000) or UNNAMED
        whole.append(name if row.parent < 0 else f"{whole[row.parent]} › {name}"[:_LONGEST])
    return whole


def _write(rows: Sequence[ContentRow], kept: Sequence[bool] | None, separator: Separator, report: Report) -> str:
    shown = compress(zip(_whole_names(rows), rows, strict=True), repeat(True) if kept is None else kept)
    cells = ((name, row.type, visible(row.text, 100_000)) for name, row in shown)
    return written([head.title for head in HEADS], cells, separator, report)
