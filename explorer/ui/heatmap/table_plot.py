"""Moving about in a drawn table with the mouse and the keyboard, whatever is drawn of it."""

import math
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from explorer.ui import theme
from explorer.ui.heatmap.scene import Scene
from explorer.ui.plots.plot import ZOOM, Plot

Range = tuple[float, float]
SeenPlace = tuple[tuple[int, int], tuple[Range, Range], tuple[int, int] | None]
"""How large a table is, what is seen of it, and the cell that is read."""

_WHEEL_STEP: Final = 120
_NEAR: Final = 24.0
"""Rows or columns to either side of what is looked at."""
_LEAST_SHOWN: Final = 4.0
"""Rows or columns; where there are fewer, all of them."""
_ARROWS: Final = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class TablePlot(Plot):
    """Shows a part of a table; what is painted is for those that derive from it.

    The wheel zooms: with Shift across only, with Ctrl down only. Dragging moves, a double click shows all again; the
    arrow keys read one cell after the other.

    Signals:
        pointed: Row and column under the cursor; None when it left.
        moved: Another part is shown, or the same in another size.
    """

    pointed = Signal(object)
    moved = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """Make an empty one.

        Args:
            name: For screen readers.
            parent: What it stands in.
        """
        super().__init__(name, parent)
        self._size = (1, 1)
        self._rows: Range = (0.0, 1.0)
        self._columns: Range = (0.0, 1.0)
        self._scene: Scene | None = None
        self._at: tuple[int, int] | None = None
        self._hovered: tuple[int, int] | None = None
        self._pressed: QPointF | None = None
        self._dragged: tuple[Range, Range] | None = None
        self.setMouseTracking(True)
        self.setMinimumSize(200, 140)

    @property
    def scene(self) -> Scene | None:
        """Where everything stands; None before there is a table."""
        return self._scene

    @property
    def shown(self) -> tuple[Range, Range]:
        """What is seen of the table: rows and columns."""
        return self._rows, self._columns

    @property
    def zoomed(self) -> bool:
        """Less than all of the table is shown."""
        return self.shown != ((0.0, float(self._size[0])), (0.0, float(self._size[1])))

    @property
    def pixels(self) -> tuple[int, int]:
        """Of the screen, that the picture has down and across."""
        room = QRectF(0, 0, 1, 1) if self._scene is None else self._scene.room
        ratio = self.devicePixelRatioF()
        return max(1, int(room.height() * ratio)), max(1, int(room.width() * ratio))

    def show_table(self, height: int, width: int) -> None:
        """Begin with another table, of which nothing is drawn yet."""
        self._size = (height, width)
        self._forget_pictures()
        self._at = self._hovered = self._pressed = self._dragged = None
        self._rows, self._columns = (0.0, float(height)), (0.0, float(width))
        self._lay_out()

    def reset(self) -> None:
        """Show all of the table."""
        self._show((0.0, float(self._size[0])), (0.0, float(self._size[1])))

    def go_to(self, row: int, column: int) -> None:
        """Bring a place into view, and read it."""
        self._at = row, column
        ranges = []
        for place, (low, high) in ((row, self._rows), (column, self._columns)):
            moved = 0.0 if low <= place and place + 1 <= high else place + 0.5 - (low + high) / 2
            ranges.append((low + moved, high + moved))
        self._show(*ranges)
        self.pointed.emit(self._at)

    def look_at(self, row: int, column: int) -> None:
        """The same as `go_to`, near enough to tell its row and its column from their neighbours."""
        near = [
            (at - _NEAR, at + _NEAR + 1) if at else shown for at, shown in ((row, self._rows), (column, self._columns))
        ]
        self._show(*near)
        self.go_to(row, column)

    @property
    def place(self) -> SeenPlace:
        """What is seen, to come back to it."""
        return self._size, self.shown, self._at

    def go_back(self, place: SeenPlace) -> None:
        """Show again what was seen of a table of that size; of another one nothing changes."""
        size, shown, at = place
        if size == self._size:
            self._show(*shown)
            self._at = at
            self._point(None)
            self.update()

    def render_into(self, painter: QPainter, target: QRectF) -> None:
        """Draw the plot as it is shown, without its cursor.

        Args:
            painter: Of a picture.
            target: Where in the picture; of the same proportions as the plot.
        """
        painter.save()
        painter.translate(target.topLeft())
        painter.scale(target.width() / self.width(), target.height() / self.height())
        self._paint(painter, None)
        painter.restore()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name and arguments
        """Draw all of it."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.current(self).panel))
        self._paint(painter, self._at)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Use the room there is."""
        super().resizeEvent(event)
        self._lay_out()
        self.moved.emit()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Use the font there is."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._lay_out()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Zoom at the mouse."""
        if self._scene is None:
            return
        # With Shift or Alt some systems turn the wheel to the side.
        delta = event.angleDelta().y() or event.angleDelta().x()
        modifiers, position = event.modifiers(), self._in_scene(event.position())
        self._zoom_at(
            ZOOM ** (delta / _WHEEL_STEP),
            self._scene.row_at(position.y()),
            self._scene.column_at(position.x()),
            down=not modifiers & Qt.KeyboardModifier.ShiftModifier,
            across=not modifiers & Qt.KeyboardModifier.ControlModifier,
        )
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Begin a drag."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragged = event.position(), None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002, N802 - Qt's name and arguments
        """Show all of the table."""
        self.reset()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Drag, or read out."""
        if self._pressed is None or self._scene is None:
            self._hover(event.position())
            return
        moved = event.position() - self._pressed
        if self._dragged is None and moved.manhattanLength() >= QApplication.startDragDistance():
            self._dragged = self.shown
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        if self._dragged is not None:
            (top, bottom), (left, right) = self._dragged
            rows = moved.y() / self._scene.room.height() * (bottom - top)
            columns = moved.x() / self._scene.room.width() * (right - left)
            self._show((top - rows, bottom - rows), (left - columns, right - columns))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """End a drag; a click has the arrow keys begin there."""
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return
        if self._dragged is None:
            self._at = self._under(event.position()) or self._at
            self.update()
        self._pressed = self._dragged = None
        self._hover(event.position())

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Read out no more."""
        super().leaveEvent(event)
        self._hovered = None
        self._point(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Read cells, zoom, and show all."""
        key = Qt.Key(event.key())
        if key in _ARROWS and self._has_pictures:
            self._move(*_ARROWS[key])
        elif key in {Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus}:
            (top, bottom), (left, right) = self.shown
            row, column = ((top + bottom) / 2, (left + right) / 2) if self._at is None else self._at
            self._zoom_at(1 / ZOOM if key == Qt.Key.Key_Minus else ZOOM, row, column)
        else:
            super().keyPressEvent(event)

    @property
    def _has_pictures(self) -> bool:
        """Something is drawn of the table."""
        raise NotImplementedError

    def _forget_pictures(self) -> None:
        """Draw nothing any more."""
        raise NotImplementedError

    def _step_of_cells(self) -> tuple[int, int]:
        """Rows and columns that a drawn cell stands for."""
        raise NotImplementedError

    def _lay_out(self) -> None:
        """Make the scene for the room there is, and draw it."""
        raise NotImplementedError

    def _paint(self, painter: QPainter, cursor: tuple[int, int] | None) -> None:
        """Paint all of it, with a cursor at a place or none."""
        raise NotImplementedError

    def _in_scene(self, position: QPointF) -> QPointF:
        """Where a place of the widget would be in the scene: elsewhere only where a table is drawn several times."""
        return position

    def _move(self, down: int, across: int) -> None:
        step = self._step_of_cells()
        (top, bottom), (left, right) = self.shown
        row, column = self._at or (int((top + bottom) / 2), int((left + right) / 2))
        if self._at is not None:
            row, column = row + down * step[0], column + across * step[1]
        self.go_to(min(max(row, 0), self._size[0] - 1), min(max(column, 0), self._size[1] - 1))
        self.update()

    def _hover(self, position: QPointF) -> None:
        at = self._under(position)
        self.setCursor(Qt.CursorShape.ArrowCursor if at is None else Qt.CursorShape.CrossCursor)
        if at != self._hovered:
            self._hovered = at
            self._point(None)

    def _under(self, position: QPointF) -> tuple[int, int] | None:
        scene, place = self._scene, self._in_scene(position)
        if scene is None or not self._has_pictures or not scene.room.contains(place):
            return None
        row, column = math.floor(scene.row_at(place.y())), math.floor(scene.column_at(place.x()))
        return (row, column) if 0 <= row < self._size[0] and 0 <= column < self._size[1] else None

    def _zoom_at(self, factor: float, row: float, column: float, *, down: bool = True, across: bool = True) -> None:
        ranges = []
        for at, (low, high), changes in ((row, self._rows, down), (column, self._columns, across)):
            fixed = min(max(at, low), high)
            by = factor if changes else 1.0
            ranges.append((fixed - (fixed - low) * by, fixed + (high - fixed) * by))
        self._show(*ranges)

    def _show(self, rows: Range, columns: Range) -> None:
        """Show another part, as far as there is one."""
        before = self.shown
        self._rows, self._columns = _within(rows, self._size[0]), _within(columns, self._size[1])
        if self.shown != before:
            self._lay_out()
            self.moved.emit()

    def _point(self, x: float | None) -> None:  # noqa: ARG002 - as of every plot
        self.pointed.emit(self._hovered or self._at)

    def _step(self, by: int) -> None:
        self._move(0, by)

    def _draw_cursor(self) -> None:
        self.update()

    def _fixed_place(self) -> float | None:
        return None if self._at is None else self._at[1] + 0.5

    def _shown_range(self) -> tuple[float, float]:
        return self._columns

    def _show_range(self, left: float, right: float) -> None:
        self._show(self._rows, (left, right))


def _within(shown: Range, size: int) -> Range:
    """The nearest part of a side that there is, of the same length where that can be."""
    long = min(max(shown[1] - shown[0], min(_LEAST_SHOWN, float(size))), float(size))
    low = min(max((shown[0] + shown[1] - long) / 2, 0.0), size - long)
    return low, low + long
