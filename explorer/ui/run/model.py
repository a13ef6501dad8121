"""The table of a run for Qt: a row for each layer, with its name at the side, and a column for each file."""

import math
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QObject, Qt, Signal
from PySide6.QtGui import QBrush, QColor

from explorer import formatting
from explorer.progress import Report
from explorer.ui.tables.columns import EXACT, LEFT, NOWHERE, RIGHT, Index, Separator, Writer, heading
from explorer.ui.tables.heads import Head
from explorer.ui.text import tooltip
from explorer.ui.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.ui.run.comparing import Shown


class RunModel(QAbstractTableModel):
    """Names and figures.

    Signals:
        sort_asked: The user wants the rows by another file, -1 for the order of the keys, and in which direction.
    """

    sort_asked = Signal(int, Qt.SortOrder)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shown: Shown | None = None
        self._rows: list[int] = []
        self._heads: Sequence[Head] = ()
        self._muted = self._caution = self._bad = ""

    @property
    def shown(self) -> "Shown | None":
        """What is shown; None where nothing is."""
        return self._shown

    def wear(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._muted, self._caution, self._bad = theme.muted, theme.caution, theme.bad
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, self.columnCount() - 1))

    def show_run(self, shown: "Shown | None") -> None:
        """Show other rows, or none for None."""
        self.beginResetModel()
        self._shown = shown
        self._rows = [] if shown is None else shown.table.order.tolist()
        known = () if shown is None else zip(shown.files, shown.about, strict=True)
        self._heads = [Head(name, figures=True, about=about) for name, about in known]
        self.endResetModel()

    def row_of(self, row: int) -> int | None:
        """Which row of the `RunTable` a row shows."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def place_of(self, number: int) -> int | None:
        """Where a row of the `RunTable` is shown."""
        return self._rows.index(number) if number in self._rows else None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Ask for other rows: whoever has the table sorts it, in a worker."""
        self.sort_asked.emit(column, order)

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802 - Qt's name
        """One for each layer."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802 - Qt's name
        """One for each file."""
        return 0 if parent.isValid() or self._shown is None else len(self._shown.files)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:  # noqa: ANN401 - what Qt asks for
        """What each column, and each row, is called."""
        shown = self._shown
        if shown is None:
            return None
        if orientation == Qt.Orientation.Vertical:
            row = self.row_of(section)
            return None if row is None else self._head(shown, row, role)
        return heading(self._heads, section, orientation, role)

    def _head(self, shown: "Shown", row: int, role: int) -> Any:  # noqa: ANN401 - what Qt asks for
        if role == Qt.ItemDataRole.DisplayRole:
            return self.name(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            lines = [formatting.visible(shown.table.names[row], 1000) or self.name(row)]
            lines += [f"Of {formatting.visible(weight, 1000)}"] if (weight := shown.table.parameters[row]) else []
            return tooltip("\n".join(lines) + f"\n{formatting.plural(int(shown.table.tensors[row]), 'tensor')}")
        return LEFT if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - what Qt asks for
        """What stands in a cell."""
        shown, row = self._shown, self.row_of(index.row()) if index.isValid() else None
        if shown is None or row is None:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT
        return self._figure(shown, row, index.column(), role)

    def writer(self) -> Writer | None:
        """What writes the table."""
        return None if self._shown is None else partial(_write, self._shown)

    def name(self, row: int) -> str:
        """What a row of the `RunTable` is called."""
        return "" if self._shown is None else self._shown.table.title(row)

    def _figure(self, shown: "Shown", row: int, at: int, role: int) -> Any:  # noqa: ANN401 - what Qt asks for
        from explorer.analysis.run.words import about_cell, cell_words, column_words, mark_words  # noqa: PLC0415 - brings numpy

        table = shown.table
        said = cell_words(table, row, at)
        if role == Qt.ItemDataRole.DisplayRole:
            return said
        words, value = mark_words(int(table.marks[row, at])), float(table.values[row, at])
        if role == EXACT:
            return words if math.isnan(value) else value
        if role == Qt.ItemDataRole.ForegroundRole:
            odd = bool(table.is_odd(row)[at])
            color = self._bad if odd else self._caution if words else self._muted if said == "=" else ""
            return QBrush(QColor(color)) if color else None
        if role == Qt.ItemDataRole.ToolTipRole:
            lines = about_cell(table, row, at)
            return tooltip("\n".join([self.name(row), column_words(table, at), *lines])) if lines else None
        return None


def _write(shown: "Shown", separator: Separator, report: Report) -> str:
    from explorer.analysis.run.words import run_text  # noqa: PLC0415 - brings numpy

    return run_text(shown.table, separator, report)
