"""Moving about in a drawn table with the mouse and the keyboard, whatever is drawn of it."""

import math
from typing import Final, Generic, TypeVar

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from explorer.ui.heatmap.picture import Picture
from explorer.ui.heatmap.scene import Scene
from explorer.ui.plots.painted_plot import PaintedPlot
from explorer.ui.plots.plot import WHEEL_STEP, ZOOM, within

Range = tuple[float, float]
SeenPlace = tuple[tuple[int, int], tuple[Range, Range], tuple[int, int] | None]
"""How large a table is, what is seen of it, and the cell that is read."""

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


D = TypeVar("D", bound=Picture)
"""A picture of a table, or of a part of it, in numbers."""
C = TypeVar("C")
"""The same in colours."""


class TablePlot(PaintedPlot, Generic[D, C]):
    """Shows a part of a table; what is painted is for those that derive from it.

    The wheel zooms both ways: with Shift across only, with Ctrl down only. All arrow keys read cells.

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
        self._pictures: list[tuple[D, C]] = []
        self._size = (1, 1)
        self._rows: Range = (0.0, 1.0)
        self._columns: Range = (0.0, 1.0)
        self._scene: Scene | None = None
        self._at: tuple[int, int] | None = None
        self._hovered: tuple[int, int] | None = None
        self.setMinimumSize(200, 140)

    @property
    def scene(self) -> Scene | None:
        """Where everything stands; None before there is a table."""
        return self._scene

    @property
    def room(self) -> QRectF | None:
        """Of the picture, in pixels."""
        return None if self._scene is None else self._scene.room

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
        self._pictures = []
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

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Use the room there is."""
        super().resizeEvent(event)
        self.moved.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Zoom at the mouse."""
        if self._scene is None:
            return
        # With Shift or Alt some systems turn the wheel to the side.
        delta = event.angleDelta().y() or event.angleDelta().x()
        modifiers, position = event.modifiers(), self._in_scene(event.position())
        self._zoom_at(
            ZOOM ** (delta / WHEEL_STEP),
            self._scene.row_at(position.y()),
            self._scene.column_at(position.x()),
            down=not modifiers & Qt.KeyboardModifier.ShiftModifier,
            across=not modifiers & Qt.KeyboardModifier.ControlModifier,
        )
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Read cells in all directions; the rest as every plot."""
        step = _ARROWS.get(Qt.Key(event.key()))
        if step is not None and self._pictures:
            self._ring.appear()
            self._move(*step)
        else:
            super().keyPressEvent(event)

    @property
    def pictures(self) -> list[D]:
        """What is drawn, the finest last."""
        return [drawn for drawn, _images in self._pictures]

    def show_pictures(self, *pictures: D) -> None:
        """Draw other pictures of the same table.

        Args:
            pictures: That of the whole, and one of a part over it.
        """
        known = {id(drawn): (drawn, images) for drawn, images in self._pictures}
        self._pictures = [known.get(id(drawn)) or (drawn, self._images_of(drawn)) for drawn in pictures]
        self._lay_out()

    def _recolour(self) -> None:
        self._pictures = [(drawn, self._images_of(drawn)) for drawn, _images in self._pictures]
        self.update()

    def _images_of(self, drawn: D) -> C:
        """A picture in the colours of the theme."""
        raise NotImplementedError

    def _paint_all(self, painter: QPainter, *, cursor: bool) -> None:
        self._paint(painter, self._at if cursor else None)

    def _paint(self, painter: QPainter, cursor: tuple[int, int] | None) -> None:
        """Paint all of it, with a cursor at a place or none."""
        raise NotImplementedError

    def _in_scene(self, position: QPointF) -> QPointF:
        """Where a place of the widget would be in the scene: elsewhere only where a table is drawn several times."""
        return position

    def _move(self, down: int, across: int) -> None:
        step = self._pictures[-1][0].found.step
        (top, bottom), (left, right) = self.shown
        row, column = self._at or (int((top + bottom) / 2), int((left + right) / 2))
        if self._at is not None:
            row, column = row + down * step[0], column + across * step[1]
        self.go_to(min(max(row, 0), self._size[0] - 1), min(max(column, 0), self._size[1] - 1))
        self.update()

    def _hover(self, position: QPointF | None) -> None:
        at = None if position is None else self._under(position)
        self.setCursor(Qt.CursorShape.ArrowCursor if at is None else Qt.CursorShape.CrossCursor)
        if at != self._hovered or position is None:
            self._hovered = at
            self._point(None)

    def _click(self, position: QPointF) -> None:
        """Have the arrow keys begin there."""
        self._at = self._under(position) or self._at
        self.update()
        self._hover(position)

    def _begin_drag(self) -> tuple[Range, Range]:
        return self.shown

    def _drag(self, begun: tuple[Range, Range], moved: QPointF) -> None:
        if self._scene is not None:
            (top, bottom), (left, right) = begun
            rows = moved.y() / self._scene.room.height() * (bottom - top)
            columns = moved.x() / self._scene.room.width() * (right - left)
            self._show((top - rows, bottom - rows), (left - columns, right - columns))

    def _under(self, position: QPointF) -> tuple[int, int] | None:
        scene, place = self._scene, self._in_scene(position)
        if scene is None or not self._pictures or not scene.room.contains(place):
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
        whole = [(0.0, float(size)) for size in self._size]
        self._rows, self._columns = within(rows, whole[0], _LEAST_SHOWN), within(columns, whole[1], _LEAST_SHOWN)
        if self.shown != before:
            self._lay_out()
            self.moved.emit()

    def _point(self, x: float | None) -> None:  # noqa: ARG002 - as of every plot
        self.pointed.emit(self._hovered or self._at)

    def _step(self, by: int) -> None:
        self._move(0, by)

    def _zoom_with_key(self, factor: float) -> None:
        (top, bottom), (left, right) = self.shown
        row, column = ((top + bottom) / 2, (left + right) / 2) if self._at is None else self._at
        self._zoom_at(factor, row, column)

    def _fixed_place(self) -> float | None:
        return None if self._at is None else self._at[1] + 0.5

    def _shown_range(self) -> tuple[float, float]:
        return self._columns

    def _show_range(self, left: float, right: float) -> None:
        self._show(self._rows, (left, right))
