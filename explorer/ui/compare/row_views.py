"""The two views of the compared tensors, a list and a tree: how they look, with nothing that ties them together."""

from typing import Final, Literal

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTabBar,
    QTableView,
    QTreeView,
)

from explorer.ui import theme
from explorer.ui.compare.model import OTHER_NAME, TITLES, Column, ComparisonModel
from explorer.ui.compare.tree_model import UnionModel

_ARROW: Final = "  ←  "
_MARGINS: Final = 18
"""Pixels of a cell that are not for its words."""
_NARROW: Final = 660
_WIDE: Final = 800
"""Pixels."""
_NAME: Final = "What changed, tensor by tensor"
Room = Literal["little", "some", "much"]
_WIDEST: Final = {
    Column.MAX: "8.888e-308",
    Column.MEAN: "8.888e-308",
    Column.RELATIVE: "8.888e-308",
    Column.COSINE: "−1 + 8.8e-88",
    Column.CHANGED: "<88.88 %",
}
"""What is as wide as anything that a column of figures shows."""
_STATES: Final[dict[Room, str]] = {
    "little": "not compared",
    "some": "8 differ · 8 shape",
    "much": "88 differ · 8 not finite",
}
_CELL: Final = 14
_HEAD: Final = 26
"""Pixels of a title that are not for its words: some are for the arrow that tells by what is sorted."""


class _NameDelegate(QStyledItemDelegate):
    """Shows both names of what rules renamed: ``A's ← B's``."""

    def initStyleOption(  # noqa: N802 - Qt's name
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Add the other name."""
        super().initStyleOption(option, index)
        other = index.data(OTHER_NAME)
        if other:
            # Cut as one, the end of the first and the beginning of the second would be lost.
            metrics = option.fontMetrics
            room = option.rect.width() - _MARGINS - metrics.horizontalAdvance(_ARROW)
            own_room = max(room * 2 // 3, room - metrics.horizontalAdvance(other))
            own = metrics.elidedText(option.text, Qt.TextElideMode.ElideMiddle, own_room)
            rest = room - metrics.horizontalAdvance(own)
            option.text = f"{own}{_ARROW}{metrics.elidedText(other, Qt.TextElideMode.ElideMiddle, rest)}"


def switch_of_forms() -> QTabBar:
    """Between the tree and the list."""
    made = QTabBar()
    made.setDrawBase(False)
    made.setExpanding(False)
    made.setAccessibleName("Tree or list")
    for title in ("Tree", "List"):
        made.addTab(title)
    return made


def list_of_pairs(model: ComparisonModel) -> QTableView:
    """A row for each pair."""
    table = QTableView()
    table.setModel(model)
    table.setAccessibleName(_NAME)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTabKeyNavigation(False)
    table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(theme.row_height(table.fontMetrics()))
    table.setSortingEnabled(_prepare(table, table.horizontalHeader()))
    return table


def tree_of_pairs(model: UnionModel) -> QTreeView:
    """Layers and pairs."""
    tree = QTreeView()
    tree.setModel(model)
    tree.setAccessibleName(f"{_NAME}, by layers")
    tree.setUniformRowHeights(True)
    tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    tree.setIndentation(16)
    tree.header().setStretchLastSection(False)
    tree.setSortingEnabled(_prepare(tree, tree.header()))
    return tree


def _prepare(view: QTableView | QTreeView, header: QHeaderView) -> bool:
    """What both views have in common; true, once nothing is sorted yet."""
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    view.setItemDelegateForColumn(Column.NAME, _NameDelegate(view))
    header.setMinimumSectionSize(48)
    header.setHighlightSections(False)
    header.setSectionResizeMode(Column.NAME, QHeaderView.ResizeMode.Stretch)
    header.setSortIndicator(-1, Qt.SortOrder.DescendingOrder)
    header.setSortIndicatorClearable(True)
    header.moveSection(header.visualIndex(Column.MEAN), header.visualIndex(Column.MAX) + 1)
    header.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
    give_room(view, "some")
    return True


def room_of(width: int) -> Room:
    """How much room there is for the columns in so many pixels."""
    return "little" if width < _NARROW else "some" if width < _WIDE else "much"


def give_room(view: QTableView | QTreeView, room: Room) -> None:
    """Set the widths of the columns: figures are never cut, and names get what is left.

    Args:
        view: One of the two.
        room: How much there is.
    """
    header = _header(view)
    cells, titles = view.fontMetrics(), header.fontMetrics()
    # Only layers are in several states.
    state = _STATES[room if isinstance(view, QTreeView) else "little"]
    for column, widest in (_WIDEST | {Column.STATE: state}).items():
        title = titles.horizontalAdvance(TITLES[column]) + _HEAD
        header.resizeSection(column, max(cells.horizontalAdvance(widest) + _CELL, title))


def show_mean(view: QTableView | QTreeView, *, on: bool) -> None:
    """Show the mean difference, or not."""
    _header(view).setSectionHidden(Column.MEAN, not on)


def _header(view: QTableView | QTreeView) -> QHeaderView:
    return view.header() if isinstance(view, QTreeView) else view.horizontalHeader()


def mark_sorted(header: QHeaderView, column: int, order: Qt.SortOrder) -> None:
    """Show in the other view by what is sorted, without asking for it again."""
    blocked = QSignalBlocker(header)
    header.setSortIndicator(column, order)
    blocked.unblock()
