"""The tree view of layers: its columns and keys, and rows that are drawn fast."""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QPointF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFont,
    QFontMetrics,
    QHoverEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyleOptionViewItem, QTreeView

from explorer.formatting import exact
from explorer.ui import theme
from explorer.ui.layers.columns import STATISTIC_COLUMNS, Column
from explorer.ui.layers.delegate import LayerDelegate, Room
from explorer.ui.layers.model import LayerModel
from explorer.ui.layers.name_room import Name
from explorer.ui.tables.header import Header
from explorer.ui.tables.staying import Staying

WIDE_ROWS: Final = 5_000
"""Qt takes 85 ms to lay out so many rows: no more are opened without being asked for."""
_ROWS_AT_ONCE: Final = 20_000
"""Likewise, where it was asked for."""
_SAMPLES: Final = {
    Column.DISTRIBUTION: "Distribution",
    Column.SHAPE: "512×512×3×3",
    Column.TYPE: "f8e4m3z",
    Column.PARAMETERS: "Params m",
    Column.BYTES: "44.7 MB",
    Column.SAVED_ON: "Saved on m",
    Column.IS_ON: "cuda:0 m",
    **dict.fromkeys(STATISTIC_COLUMNS, "-1.234e-05 m"),
}

_INDENTATION: Final = 16
_NARROW_INDENTATION: Final = 14
_MARGINS: Final = 18
"""Of a cell, in pixels; and a fraction of one by which a text is wider than Qt says."""
_NARROW_BARS: Final = 48
"""Of a small histogram where names have little room, in pixels: two for each bar."""
_MARK_WIDTH: Final = 2
"""Of the mark at the row that the keyboard acts on, in pixels."""
_ARROW_RIGHT: Final = QPolygonF([QPointF(-2, -4), QPointF(2.5, 0), QPointF(-2, 4)])
_ARROW_DOWN: Final = QPolygonF([QPointF(-4, -2), QPointF(4, -2), QPointF(0, 2.5)])


class LayerTree(QTreeView):
    """A tree of layers and tensors; Enter opens and closes layers.

    Signals:
        arranged: The user made a column wider or narrower, or moved it.
        resized: It has another size now.
        entered: Enter was pressed on a tensor (its number).
        menu_asked: The menu of a row is to be opened (its index, and where on the screen).
        told: Something that was asked for was done in part (a sentence).
    """

    arranged = Signal()
    resized = Signal()
    entered = Signal(int)
    menu_asked = Signal(QModelIndex, QPoint)
    told = Signal(str)

    def __init__(self, model: LayerModel) -> None:
        super().__init__()
        self._model = model
        self._delegate = LayerDelegate(model, self)
        self._hovered_y = -1
        self._current = (-1, 0)
        self._any_selected = False
        self._rooms: list[Room] = []
        self._selection = self._hover = self._accent = QColor()
        self._arrows: dict[tuple[bool, int], QPixmap] = {}
        self._arrows_look: tuple[str, float] | None = None
        self.setModel(model)
        model.layoutAboutToBeChanged.connect(self.executeDelayedItemsLayout)
        model.layoutChanged.connect(self._keep_layout)
        self.setItemDelegate(self._delegate)
        Staying(self)
        self.setAccessibleName("Layers")
        self.setUniformRowHeights(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setIndentation(_INDENTATION)
        header = Header(self)
        self.setHeader(header)
        header.setSectionsMovable(True)
        header.setTextElideMode(Qt.TextElideMode.ElideRight)
        header.setSectionResizeMode(Column.NAME, QHeaderView.ResizeMode.Stretch)
        self._widths: dict[Column, int] = {}
        self._arranging = self._narrow = False
        self.arrange({}, tuple(Column))
        header.sectionResized.connect(self._note_width)
        header.sectionMoved.connect(self._note_move)
        # The third click on a title goes back to the file's order.
        header.setSortIndicatorClearable(True)
        self._sorted = (-1, Qt.SortOrder.AscendingOrder)
        header.setSortIndicator(*self._sorted)
        header.sortIndicatorChanged.connect(self._note_sorted)
        self.setSortingEnabled(True)
        # After the rows were sorted: others stand where the selected one was.
        header.sortIndicatorChanged.connect(self._keep_in_view)
        header.setSortIndicatorShown(False)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Tell of the new size."""
        super().resizeEvent(event)
        self.resized.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Open and close layers with Enter, and with * all that is below one."""
        current = self.currentIndex().siblingAtColumn(0)
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.model().hasChildren(current):
            self.setExpanded(current, not self.isExpanded(current))
            return
        if (
            event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
            and (number := self._model.tensor_number(current)) is not None
        ):
            self.entered.emit(number)
            return
        if event.key() == Qt.Key.Key_Asterisk and self.model().hasChildren(current):
            self.expand_below(current)
            return
        super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        """Ask for the menu of the row under the mouse, or of the one that the keyboard is at."""
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            self.menu_asked.emit(self.indexAt(event.pos()), event.globalPos())
        else:
            index = self.currentIndex()
            self.menu_asked.emit(index, self.viewport().mapToGlobal(self.visualRect(index).bottomLeft()))

    def expand_below(self, index: QModelIndex) -> None:
        """Open a layer and those below it, level by level, as many as can be laid out without a wait."""
        room, left, waiting = _ROWS_AT_ONCE, 0, deque([index])
        opened: list[QModelIndex] = []
        while waiting:
            index = waiting.popleft()
            rows = self._model.rowCount(index)
            if rows > room:
                left += 1
                continue
            room -= rows
            opened.append(index)
            waiting += self._model.layers_in(index)
        self._open(opened)
        if left:
            layers = "layer is" if left == 1 else "layers are"
            self.told.emit(f"{exact(left)} {layers} still closed: so many rows take long. Press * on one to open it.")

    def _open(self, layers: list[QModelIndex]) -> None:
        """Open layers of which each stands behind the one it is in: they are laid out once."""
        if layers:
            self.collapse(layers[0])
        for index in reversed(layers):
            self.expand(index)

    def collapse_below(self, index: QModelIndex) -> None:
        """Close the layers below a layer; it stays open."""
        waiting, opened = [index], []
        while waiting:
            within = [each for each in self._model.layers_in(waiting.pop()) if self.isExpanded(each)]
            opened += within
            waiting += within
        was_open = self.isExpanded(index)
        self.collapse(index)
        for each in opened:
            self.collapse(each)
        self.setExpanded(index, was_open)

    def width_of(self, column: Column) -> int:
        """Width of a column in pixels, also of one that is hidden."""
        return self._widths.get(column, self._usual_width(column))

    def width_of_name(self, name: Name) -> int:
        """Pixels that a row needs to show a name whole."""
        font = QFont(self.font())
        if name.layer:
            font.setWeight(QFont.Weight.DemiBold)
        return self.indentation() * (name.depth + 1) + QFontMetrics(font).horizontalAdvance(name.text) + _MARGINS

    @property
    def room(self) -> int:
        """Pixels for all columns, whether the bar that scrolls is shown or not."""
        return self.width() - 2 * self.frameWidth() - self.verticalScrollBar().sizeHint().width()

    @property
    def widths(self) -> dict[Column, int]:
        """Pixels of the columns that the user made wider or narrower."""
        return dict(self._widths)

    @property
    def order(self) -> tuple[Column, ...]:
        """All columns, from the left."""
        return tuple(Column(self.header().logicalIndex(place)) for place in range(len(Column)))

    def arrange(self, widths: Mapping[Column, int], order: Sequence[Column]) -> None:
        """Have the columns stand as they did.

        Args:
            widths: As `widths`; any other column has its usual one.
            order: As `order`.
        """
        self._arranging = True
        self._widths = {column: width for column, width in widths.items() if column in _SAMPLES}
        for column in _SAMPLES:
            self.header().resizeSection(column, self.width_of(column))
        for place, column in enumerate(order):
            self.header().moveSection(self.header().visualIndex(column), place)
        self._arranging = False

    def make_room(self, *, narrow: bool) -> None:
        """Draw distributions narrower where names have little room, unless the user has set their width.

        Args:
            narrow: They have; layers are indented less then too.
        """
        if narrow != self._narrow:
            self._narrow = narrow
            self._arrows.clear()
            self.setIndentation(_NARROW_INDENTATION if narrow else _INDENTATION)
            self._arranging = True
            self.header().resizeSection(Column.DISTRIBUTION, self.width_of(Column.DISTRIBUTION))
            self._arranging = False

    def widen_shapes(self, longest: str, spare: int) -> None:
        """Let shapes be seen whole as far as nothing else needs the room, unless the user has set their width.

        Args:
            longest: The one with the most letters, as it is shown.
            spare: Pixels that their usual width, the other columns and the names leave.
        """
        if Column.SHAPE not in self._widths:
            usual = self.width_of(Column.SHAPE)
            needed = self.fontMetrics().horizontalAdvance(longest) + _MARGINS
            self._arranging = True
            self.header().resizeSection(Column.SHAPE, max(usual, min(needed, usual + spare)))
            self._arranging = False

    def keep_names(self, width: int | None) -> None:
        """Give names this room, so that the other columns are scrolled sideways; None for what these leave.

        Args:
            width: In pixels.
        """
        mode = QHeaderView.ResizeMode.Stretch if width is None else QHeaderView.ResizeMode.Interactive
        if self.header().sectionResizeMode(Column.NAME) != mode:
            self.header().setSectionResizeMode(Column.NAME, mode)
            if width is not None:
                self.header().resizeSection(Column.NAME, width)

    def bring_column(self, column: Column) -> None:
        """Scroll sideways as far as a column needs to be seen.

        Args:
            column: One that is shown.
        """
        # How far one can scroll is found out later, otherwise.
        self.updateGeometries()
        right = self.header().sectionViewportPosition(column) + self.columnWidth(column)
        bar = self.horizontalScrollBar()
        bar.setValue(bar.value() + max(0, right - self.viewport().width()))

    def _usual_width(self, column: Column) -> int:
        if column == Column.DISTRIBUTION and self._narrow:
            return _NARROW_BARS + 16
        return self.fontMetrics().horizontalAdvance(_SAMPLES[column]) + _MARGINS

    def _note_width(self, column: int, before: int, now: int) -> None:
        # A column that is hidden or shown again goes to nothing and back, and the name takes what is left.
        if before and now and column in _SAMPLES and not self._arranging:
            self._widths[Column(column)] = now
            self.arranged.emit()

    def _keep_in_view(self) -> None:
        if self.selectionModel().hasSelection():
            self.scrollTo(self.currentIndex())

    def _note_sorted(self, column: int, order: Qt.SortOrder) -> None:
        # Drawings have no order: the arrow stays where it was.
        if column == Column.DISTRIBUTION:
            self.header().setSortIndicator(*self._sorted)
        else:
            self._sorted = (column, order)

    def _note_move(self) -> None:
        if not self._arranging:
            self.arranged.emit()

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
        """Note where the mouse is."""
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
        current = self.currentIndex()
        self._current = (current.row(), current.internalId()) if self.hasFocus() else (-1, 0)
        self._any_selected = self.selectionModel().hasSelection()
        colours = theme.current(self)
        self._selection, self._hover, self._accent = (
            QColor(colour) for colour in (colours.selection, colours.hover, colours.accent)
        )
        look = (colours.muted, self.devicePixelRatioF())
        if look != self._arrows_look:
            self._arrows_look = look
            self._arrows.clear()
        self._delegate.prepare(self)
        super().paintEvent(event)

    def drawRow(  # noqa: N802 - Qt's name
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw a row, without Qt's detour through style sheet and each cell."""
        rect = option.rect
        top, height = rect.top(), rect.height()
        if self._any_selected and self.selectionModel().isSelected(index):
            painter.fillRect(rect, self._selection)
        elif top <= self._hovered_y < top + height:
            painter.fillRect(rect, self._hover)
        if (index.row(), index.internalId()) == self._current:
            painter.fillRect(rect.left(), top, _MARK_WIDTH, height, self._accent)
        painter.save()
        column, left, width = self._rooms[0]
        branches = self.indentation() * (self._model.depth(index) + 1)
        if self._model.hasChildren(index):
            painter.drawPixmap(left + branches - self.indentation(), top, self._arrow(height, index))
        rooms = [(column, left + branches, width - branches), *self._rooms[1:]]
        self._delegate.draw_cells(painter, rect, index, rooms)
        painter.restore()

    def _arrow(self, height: int, index: QModelIndex | QPersistentModelIndex) -> QPixmap:
        """The arrow of a layer: to the right where it is closed, down where it is open."""
        look = (self.isExpanded(index), height)
        if look not in self._arrows:
            # A polygon with smooth edges takes as long to draw as the rest of its row.
            self._arrows[look] = self._picture_of(_ARROW_DOWN if look[0] else _ARROW_RIGHT, height)
        return self._arrows[look]

    def _picture_of(self, arrow: QPolygonF, height: int) -> QPixmap:
        size, ratio = QSize(self.indentation(), height), self.devicePixelRatioF()
        picture = QPixmap(size * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.current(self).muted))
        painter.drawConvexPolygon(arrow.translated(size.width() / 2, size.height() / 2))
        painter.end()
        return picture
