"""The tree view of layers: its columns and keys, and rows that are drawn fast."""

from typing import Final

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QRect, Qt
from PySide6.QtGui import QHoverEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyleOptionViewItem, QTreeView

from explorer.ui.layers.columns import STATISTIC_COLUMNS, Column
from explorer.ui.layers.delegate import LayerDelegate
from explorer.ui.layers.model import LayerModel

WIDE_ROWS: Final = 5_000
"""Qt takes 85 ms to lay out so many rows: no more are opened without being asked for."""
_SAMPLES: Final = {
    Column.DISTRIBUTION: "Distribution",
    Column.SHAPE: "512×512×3×3",
    Column.TYPE: "f8e4m3z",
    Column.PARAMETERS: "11.7 M mm",
    Column.BYTES: "44.7 MB mm",
    Column.SAVED_ON: "Saved on mm",
    **dict.fromkeys(STATISTIC_COLUMNS, "-1.234e-05 m"),
}


class LayerTree(QTreeView):
    """A tree of layers and tensors; Enter opens and closes layers."""

    def __init__(self, model: LayerModel) -> None:
        super().__init__()
        self._model = model
        self._delegate = LayerDelegate(model, self)
        self._hovered_y = -1
        self._current_row = -1
        self._any_selected = False
        self._rooms: list[tuple[Column, int, int]] = []
        self.setModel(model)
        model.layoutAboutToBeChanged.connect(self.executeDelayedItemsLayout)
        model.layoutChanged.connect(self._keep_layout)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName("Layers")
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setIndentation(16)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(Column.NAME, QHeaderView.ResizeMode.Stretch)
        for column, sample in _SAMPLES.items():
            header.resizeSection(column, self.fontMetrics().horizontalAdvance(sample) + 16)
        # The third click on a title goes back to the file's order.
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Open and close layers with Enter."""
        current = self.currentIndex().siblingAtColumn(0)
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.model().hasChildren(current):
            self.setExpanded(current, not self.isExpanded(current))
            return
        super().keyPressEvent(event)

    def width_of(self, column: Column) -> int:
        """Width of a column in pixels, also of one that is hidden."""
        if self.isColumnHidden(column):
            return self.fontMetrics().horizontalAdvance(_SAMPLES[column]) + 16
        return self.columnWidth(column)

    def rows_on_screen(self) -> list[QModelIndex]:
        """The rows that are seen, from the top; their first cells."""
        rows = []
        index = self.indexAt(QPoint(0, 0)).siblingAtColumn(0)
        while index.isValid() and self.visualRect(index).top() <= self.viewport().height():
            rows.append(index)
            index = self.indexBelow(index)
        return rows

    def _keep_layout(self) -> None:
        # Qt would ask for every row anew, which takes a second for 70,000 siblings. This drops what it has put off.
        if self._model.only_tensors_move:
            QAbstractItemView.doItemsLayout(self)

    def viewportEvent(self, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Note where the mouse is: the row under it is drawn by Qt."""
        if isinstance(event, QHoverEvent):
            left = event.type() == QEvent.Type.HoverLeave
            self._hovered_y = -1 if left else int(event.position().y())
        return super().viewportEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the rows that are seen."""
        header = self.header()
        self._rooms = [
            (column, header.sectionViewportPosition(column), header.sectionSize(column))
            for column in Column
            if not header.isSectionHidden(column)
        ]
        self._current_row = self.currentIndex().row()
        self._any_selected = self.selectionModel().hasSelection()
        super().paintEvent(event)

    def drawRow(  # noqa: N802 - Qt's name
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw a row; one that is neither selected nor under the mouse without Qt's detour through each cell."""
        rect = option.rect
        if (
            rect.top() <= self._hovered_y <= rect.bottom()
            or index.row() == self._current_row
            or (self._any_selected and self.selectionModel().isSelected(index))
        ):
            super().drawRow(painter, option, index)
            return
        painter.save()
        name_left = self.visualRect(index).left()
        for column, left, width in self._rooms:
            room = QRect(left, rect.top(), width, rect.height())
            if column == Column.NAME:
                self.drawBranches(painter, QRect(left, rect.top(), name_left - left, rect.height()), index)
                room.setLeft(name_left)
            self._delegate.draw_cell(painter, option, room, index, column)
        painter.restore()
