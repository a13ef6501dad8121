"""The table of what is directly in a layer."""

import csv
import io
from typing import TYPE_CHECKING, Any, Final, Literal

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from explorer import formatting
from explorer.ui import text, theme
from explorer.ui.help.meanings import tree as meanings
from explorer.ui.help.meanings import values
from explorer.ui.help.meanings.meaning import tip_of
from explorer.ui.layers.columns import TITLES, Column, figure_text, figure_tip

if TYPE_CHECKING:
    from explorer.analysis.measure.layer_figures import Child

_COUNTS: Final = ("Name", "Tensors", "Params")
_FIGURES: Final = (Column.MIN, Column.MAX, Column.MEAN, Column.STD, Column.ZEROS, Column.NOT_FINITE)
_TITLES: Final = (*_COUNTS, *(TITLES[figure] for figure in _FIGURES))
_FIGURES_WIDE: Final = ("-0.0004444", "-4.444e+20")
_SAMPLES: Final = {
    1: ("1.00 k",),
    2: ("11.7 M",),
    **dict.fromkeys(range(3, 7), _FIGURES_WIDE),
    7: ("99.60 %",),
    8: ("11.7 M",),
}
_FIRST_TO_GO: Final = (1, 2, 7)
"""Numbers of tensors, of parameters, and the share of zeros: the tree and the figures above say them too."""
_ROOM_FOR_NAME: Final = 96
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_NOWHERE: Final = QModelIndex()

Index = QModelIndex | QPersistentModelIndex


class ChildrenModel(QAbstractTableModel):
    """A row for each layer or tensor that is directly in a layer."""

    def __init__(self) -> None:
        super().__init__()
        self._children: list[Child] = []

    def show_children(self, children: "list[Child]") -> None:
        """Show other rows.

        Args:
            children: In the file's order.
        """
        self.beginResetModel()
        self._children = children
        self.endResetModel()

    @property
    def children_shown(self) -> "list[Child]":
        """What the rows stand for."""
        return list(self._children)

    def rowCount(self, parent: Index = _NOWHERE) -> int:  # noqa: N802 - Qt's name
        """One for each child."""
        return 0 if parent.isValid() else len(self._children)

    def columnCount(self, parent: Index = _NOWHERE) -> int:  # noqa: N802 - Qt's name
        """As many in every row."""
        return 0 if parent.isValid() else len(_TITLES)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:  # noqa: ANN401 - what Qt asks for
        """Titles of the columns."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(_TITLES):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return _TITLES[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return text.tooltip(tip_of(_TITLES[section], meanings.COLUMNS, values.FIGURES))
        return (_RIGHT if section else _LEFT) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - what Qt asks for
        """What stands in a cell."""
        if not index.isValid():
            return None
        child, column = self._children[index.row()], index.column()
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column else _LEFT
        if role == Qt.ItemDataRole.DisplayRole:
            return _shown(child, column)
        tip = _tip(child, column) if role == Qt.ItemDataRole.ToolTipRole else None
        return None if tip is None else text.tooltip(tip)


class ChildrenTable(QTableView):
    """Shows `ChildrenModel`, without the least needed columns where there is no room for all of them.

    Signals:
        chosen: A row is to be looked at (its number): by double click or Enter.
    """

    chosen = Signal(int)

    def __init__(self, model: ChildrenModel) -> None:
        super().__init__()
        self.setModel(model)
        self.setAccessibleName("What is in the layer")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(theme.row_height(self.fontMetrics()))
        header = self.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(48)
        width_of = self.fontMetrics().horizontalAdvance
        for column, title in enumerate(_TITLES):
            header.resizeSection(
                column, max(width_of(title) + 16, *(width_of(text) + 18 for text in _SAMPLES.get(column, ("",))))
            )
        self.activated.connect(self._choose)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Show as many columns as there is room for."""
        super().resizeEvent(event)
        room = self.width() - _ROOM_FOR_NAME
        for column in range(1, len(_TITLES)):
            self.showColumn(column)
        needed = sum(self.columnWidth(column) for column in range(1, len(_TITLES)))
        for column in _FIRST_TO_GO:
            if needed > room:
                needed -= self.columnWidth(column)
                self.hideColumn(column)

    def _choose(self, index: QModelIndex) -> None:
        self.chosen.emit(index.row())


def _shown(child: "Child", column: int) -> str:
    match column:
        case 0:
            return formatting.visible(child.name) or formatting.UNNAMED
        case 1:
            return formatting.count(child.tensors)
        case 2:
            return formatting.count(child.parameters)
    if child.statistics is None:
        return formatting.NOTHING
    return figure_text(child.statistics, _FIGURES[column - len(_COUNTS)])


def _tip(child: "Child", column: int) -> str | None:
    match column:
        case 0:
            return formatting.visible(child.name, 1000) or formatting.UNNAMED
        case 1:
            return formatting.plural(child.tensors, "tensor")
        case 2:
            return formatting.plural(child.parameters, "parameter")
    return None if child.statistics is None else figure_tip(child.statistics, _FIGURES[column - len(_COUNTS)])


def as_text(children: "list[Child]", separator: Literal[",", "\t"]) -> str:
    """Write the table for other programs: every digit, and nothing where there is no figure.

    Args:
        children: The rows.
        separator: Between the columns.
    """
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator="\n")
    figures = ("min", "max", "mean", "std")
    writer.writerow(["name", "tensors", "parameters", "values", *figures, "zeros", "NaN", "+Inf", "-Inf"])
    for child in children:
        row = [formatting.visible(child.name, 10_000), child.tensors, child.parameters]
        if child.statistics is not None:
            known = child.statistics
            row += [known.count, *(getattr(known, name) for name in figures)]
            row += [known.zeros, known.nan, known.posinf, known.neginf]
        writer.writerow([*row, *[""] * (12 - len(row))])
    return text.getvalue()
