"""A table of rows whose columns are described once."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Generic

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt
from PySide6.QtGui import QBrush, QColor

from explorer import formatting
from explorer.progress import Report
from explorer.ui.tables.columns import (
    EXACT,
    LEFT,
    NOWHERE,
    RIGHT,
    Column,
    Index,
    Of,
    Row,
    Separator,
    Writer,
    heading,
    move_rows,
    sorted_places,
    written,
)
from explorer.ui.tables.fitting import fit_words
from explorer.ui.text import tooltip
from explorer.ui.theme import Theme


class TableModel(QAbstractTableModel, Generic[Of, Row]):
    """Rows in their own order, or sorted by a column."""

    def __init__(self, columns: Sequence[Column[Of, Row]], parent: QObject | None = None) -> None:
        """Begin without rows.

        Args:
            columns: From the left.
            parent: Owner.
        """
        super().__init__(parent)
        self._columns = columns
        self.heads = tuple(column.head for column in columns)
        self._of: Any = None
        self._natural: list[Row] = []
        self._rows: list[Row] = []
        self._kept: frozenset[Row] | None = None
        self._sorting = (-1, Qt.SortOrder.AscendingOrder)
        self._theme: Theme | None = None

    def show_rows(self, of: Of | None, rows: Sequence[Row]) -> None:
        """Show other rows, sorted as the last ones were.

        Args:
            of: What all of them are of; anything where there are none.
            rows: In their own order.
        """
        self.beginResetModel()
        self._of, self._natural = of, list(rows)
        self._arrange()
        self.endResetModel()

    def show_only(self, kept: frozenset[Row] | None) -> None:
        """Show some of the rows, also of those that come later; None for all."""
        if kept != self._kept:
            self._kept = kept
            self.show_rows(self._of, self._natural)

    def about_filter(self) -> str:
        """How many rows fit the filter, as a sentence; "" where all are shown."""
        return "" if self._kept is None else fit_words(len(self._rows), formatting.exact(len(self._natural)))

    @property
    def none_fits(self) -> bool:
        """There are rows, and the filter leaves none of them."""
        return bool(self._natural) and not self._rows

    def wear(self, theme: Theme) -> None:
        """Take the colours of a theme; whoever shows this draws it anew."""
        self._theme = theme

    @property
    def rows(self) -> list[Row]:
        """As they stand."""
        return list(self._rows)

    def row(self, place: int) -> Row:
        """What a row stands for."""
        return self._rows[place]

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort the rows, and those that come later; -1 puts them into their own order."""
        if self._sorting != (column, order):
            self._sorting = column, order
            self._move()

    def writer(self) -> Writer:
        """What writes all rows as they stand now."""
        return partial(_write, self._columns, self._of, list(self._rows))

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802 - Qt's name
        """One for each row."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802 - Qt's name
        """As many in every row."""
        return 0 if parent.isValid() else len(self._columns)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:  # noqa: ANN401 - what Qt asks for
        """Titles of the columns."""
        return heading(self.heads, section, orientation, role)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - what Qt asks for
        """What stands in a cell."""
        if not index.isValid():
            return None
        column, row = self._columns[index.column()], self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.shown(self._of, row)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if column.head.figures else LEFT
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(column.said(self._of, row)) or None
        if role == EXACT:
            exact = column.written(self._of, row)
            return "" if exact is None else exact
        if role == Qt.ItemDataRole.ForegroundRole and column.tone is not None and self._theme is not None:
            tone = column.tone(self._of, row)
            return QBrush(QColor(getattr(self._theme, tone))) if tone else None
        return None

    def _arrange(self) -> None:
        kept = self._kept
        rows = self._rows = [row for row in self._natural if kept is None or row in kept]
        column, order = self._sorting
        if column >= 0:
            of, key = self._of, self._columns[column].sort_key
            self._rows = [rows[at] for at in sorted_places([key(of, row) for row in rows], order)]

    def _move(self) -> None:
        places: dict[int, int] = {}

        def move() -> None:
            self._arrange()
            places.update((id(row), place) for place, row in enumerate(self._rows))

        def name(index: Index) -> Row:
            return self._rows[index.row()]

        def find(row: Row, column: int) -> QModelIndex:
            return self.index(places[id(row)], column)

        move_rows(self, move, name, find)


def _write(
    columns: Sequence[Column[Of, Row]], of: Of, rows: Sequence[Row], separator: Separator, report: Report
) -> str:
    cells = ((column.written(of, row) for column in columns) for row in rows)
    return written((column.head.title for column in columns), cells, separator, report)
