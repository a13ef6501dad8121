"""How every table looks and moves: its rows, its heads, and which columns there is room for."""

from collections.abc import Iterable, Sequence
from typing import Final

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QBrush, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QTreeView,
)

from explorer.ui import theme
from explorer.ui.tables.columns import copied
from explorer.ui.tables.header import ROOM, Header
from explorer.ui.tables.heads import Head
from explorer.ui.tables.staying import Staying

_CELL: Final = 18
"""Pixels of a cell that are not for its words."""
_ROOM: Final = 96
"""Pixels that the columns which take what is left have at least."""
_MANY: Final = 4
"""From so many columns on, some can be hidden."""

View = QTableView | QTreeView


class RowDelegate(QStyledItemDelegate):
    """Marks the row that the keyboard acts on at its beginning, wherever in it the current cell is."""

    def initStyleOption(  # noqa: N802 - Qt's name
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Move the mark."""
        super().initStyleOption(option, index)
        colored = index.data(Qt.ItemDataRole.ForegroundRole)
        if isinstance(colored, QBrush):
            # What is bad stays so where its row is selected.
            option.palette.setBrush(QPalette.ColorRole.HighlightedText, colored)
        view = option.widget
        option.state &= ~QStyle.StateFlag.State_HasFocus
        # Where names stand at the side, they have the mark.
        if isinstance(view, QTableView | QTreeView) and view.hasFocus() and not view.property("names"):
            current = view.currentIndex()
            first = header_of(view).logicalIndex(0)
            if index.column() == first and current.row() == index.row() and current.siblingAtColumn(first) == index:
                option.state |= QStyle.StateFlag.State_HasFocus


def header_of(view: View) -> QHeaderView:
    """The head of the columns."""
    return view.header() if isinstance(view, QTreeView) else view.horizontalHeader()


def dress(view: View, name: str) -> None:
    """Give a view what all tables have.

    Args:
        view: With its model.
        name: For screen readers.
    """
    view.setAccessibleName(name)
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setItemDelegate(RowDelegate(view))
    view.setTabKeyNavigation(False)
    Staying(view)
    header = Header(view)
    if isinstance(view, QTreeView):
        view.setHeader(header)
        view.setUniformRowHeights(True)
        header.setSectionsMovable(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    else:
        view.setHorizontalHeader(header)
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.setCornerButtonEnabled(False)
        view.verticalHeader().hide()
        view.verticalHeader().setDefaultSectionSize(theme.row_height(view.fontMetrics()))
    header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
    # The third click on a title goes back to the rows' own order.
    header.setSortIndicatorClearable(True)
    view.setSortingEnabled(True)
    header.setSortIndicatorShown(False)
    # A cell is drawn anew that is the current one; the mark stands at the beginning of its row.
    view.selectionModel().currentChanged.connect(view.viewport().update)


class Fitting(QObject):
    """Gives columns the widths that their heads tell, and hides those that there is no room for.

    Signals:
        chosen: The user wants these columns beside the first; None for what there is room for.
    """

    chosen = Signal(object)

    def __init__(self, view: View, heads: Sequence[Head], room: int = _ROOM) -> None:
        """Fit them, and again whenever the view has another size.

        Args:
            view: Whose columns.
            heads: Of them.
            room: Pixels for the columns that take what is left.
        """
        super().__init__(view)
        self._view = view
        self._heads = heads
        self._room = room
        self._chosen: frozenset[int] | None = None
        header = header_of(view)
        for column, head in enumerate(heads):
            if head.sample:
                header.resizeSection(column, width_for(view, head))
            else:
                header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        view.installEventFilter(self)

    @property
    def choosable(self) -> tuple[int, ...]:
        """Columns that can be hidden."""
        many = len(self._heads) > _MANY
        return tuple(column for column in range(1, len(self._heads)) if many)

    def show(self, columns: Iterable[int] | None) -> None:
        """Show these columns beside the first, or as many as there is room for."""
        self._chosen = None if columns is None else frozenset(columns)
        self.fit()

    def choose(self, columns: Iterable[int] | None) -> None:
        """Likewise, and tell of it."""
        self.show(columns)
        self.chosen.emit(self._chosen)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Fit them into another size."""
        if event.type() == QEvent.Type.Resize:
            self.fit()
        return super().eventFilter(watched, event)

    def fit(self) -> None:
        """Hide columns that there is no room for, unless others were chosen."""
        view, heads = self._view, self._heads
        if self._chosen is not None:
            for column in self.choosable:
                view.setColumnHidden(column, column not in self._chosen)
            return
        going = sorted((at for at, head in enumerate(heads) if head.goes), key=lambda at: heads[at].goes)
        for column in going:
            view.setColumnHidden(column, False)
        needed = sum(view.columnWidth(at) for at, head in enumerate(heads) if head.sample)
        for column in going:
            if needed > view.width() - self._room:
                needed -= view.columnWidth(column)
                view.setColumnHidden(column, True)


def width_for(view: View, head: Head) -> int:
    """Pixels that a column needs for its title and for what it usually shows."""
    title = header_of(view).fontMetrics().horizontalAdvance(head.title) + ROOM
    return max(title, view.fontMetrics().horizontalAdvance(head.sample) + _CELL)


def shown_columns(view: View) -> list[int]:
    """The columns that are shown, from the left."""
    header = header_of(view)
    places = (header.logicalIndex(place) for place in range(header.count()))
    return [column for column in places if not header.isSectionHidden(column)]


def selected_rows(view: View) -> str:
    """The selected rows as text, from top to bottom: see `copied`."""
    rows = sorted(view.selectionModel().selectedRows(), key=lambda row: view.visualRect(row).top())
    return copied(view.model(), rows, shown_columns(view))


def go_to_row(view: QTableView, row: int) -> None:
    """Select a row and bring it into view, without moving the table across."""
    bar = view.horizontalScrollBar()
    across = bar.value()
    view.selectRow(row)
    bar.setValue(across)


def press_head(view: View, column: int) -> None:
    """Sort as a click on a title does: the usual way first, then the other, then not at all."""
    header, model = header_of(view), view.model()
    usual = model.headerData(column, Qt.Orientation.Horizontal, Qt.ItemDataRole.InitialSortOrderRole)
    first = Qt.SortOrder(usual or 0)
    order = header.sortIndicatorOrder()
    if header.sortIndicatorSection() != column:
        view.sortByColumn(column, first)
    elif order == first:
        up = order == Qt.SortOrder.DescendingOrder
        view.sortByColumn(column, Qt.SortOrder.AscendingOrder if up else Qt.SortOrder.DescendingOrder)
    else:
        view.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
