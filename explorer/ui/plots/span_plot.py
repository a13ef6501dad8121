"""A plot of places in a row, drawn by hand: the wheel and dragging zoom and move, a click chooses a place."""

import math
from typing import Final, NamedTuple

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QWidget

from explorer.ui import theme
from explorer.ui.plots.plot import ZOOM, Plot

_WHEEL_STEP: Final = 120
_MOVED_BY_WHEEL: Final = 0.1
"""A step of a wheel to the side moves by this part of what is shown."""
_LEAST_SHOWN: Final = 4.0
_LEAST_CURSOR: Final = 4.0
"""Pixels of the cursor, on places that are narrower."""


class Span(NamedTuple):
    """Places that are drawn as one: from `first` to the one before `end`."""

    first: int
    end: int


class SpanPlot(Plot):
    """Draws places from 0 on, some of which may share a column. What is drawn is for those that derive from it."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """Make an empty one.

        Args:
            name: For screen readers.
            parent: What it stands in.
        """
        super().__init__(name, parent)
        self._length = 0
        self._range = (0.0, 1.0)
        self._at: int | None = None
        self._hovered: int | None = None
        self._pressed: QPointF | None = None
        self._dragged: tuple[float, float] | None = None
        self.setMouseTracking(True)
        self.setMinimumSize(160, 96)

    @property
    def room(self) -> QRectF | None:
        """Of the columns, in pixels; None before there is something to draw."""
        raise NotImplementedError

    @property
    def together(self) -> int:
        """How many places each column stands for."""
        return 1

    @property
    def zoomed(self) -> bool:
        """Less than all places are shown."""
        return self._range != (0.0, float(self._length))

    @property
    def pointed_at(self) -> Span | None:
        """The column that is read out."""
        return self.span_at(self._at if self._hovered is None and self.hasFocus() else self._hovered)

    def span_at(self, place: float | None) -> Span | None:
        """The column that a place is in; None where there is none."""
        if place is None or not 0 <= place < self._length:
            return None
        first = int(place) // self.together * self.together
        return Span(first, min(first + self.together, self._length))

    def x_of(self, place: float) -> float:
        """Where a place begins, in pixels."""
        room, (left, right) = self.room or QRectF(0, 0, 1, 1), self._range
        return room.left() + (place - left) / (right - left) * room.width()

    def place_at(self, x: float) -> float:
        """The inverse of `x_of`."""
        room, (left, right) = self.room or QRectF(0, 0, 1, 1), self._range
        return left + (x - room.left()) / room.width() * (right - left)

    def begin(self, length: int) -> None:
        """Show all of so many places, and read none."""
        self._length = length
        self._range = (0.0, float(max(length, 1)))
        self._at = self._hovered = self._pressed = self._dragged = None
        self._lay_out()

    def reset(self) -> None:
        """Show all places."""
        self._show_range(0.0, float(self._length))

    def render_into(self, painter: QPainter, target: QRectF) -> None:
        """Draw the plot as it is shown, without its cursor.

        Args:
            painter: Of a picture.
            target: Where in the picture; of the same proportions as the plot.
        """
        painter.save()
        painter.translate(target.topLeft())
        painter.scale(target.width() / self.width(), target.height() / self.height())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        self._paint(painter)
        painter.restore()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name and arguments
        """Draw all of it."""
        painter = QPainter(self)
        colors = theme.current(self)
        painter.fillRect(self.rect(), QColor(colors.panel))
        span, room = self.pointed_at, self.room
        if span is not None and room is not None:
            painter.fillRect(self._column(span).intersected(room), QColor(colors.selection))
        self._paint(painter)
        painter.end()

    def _column(self, span: Span) -> QRectF:
        """Where a column stands, in pixels, as high as the room and wide enough to be seen."""
        room = self.room or QRectF()
        left, right = self.x_of(span.first), self.x_of(span.end)
        more = max(0.0, _LEAST_CURSOR - (right - left)) / 2
        return QRectF(left - more, room.top(), right - left + 2 * more, room.height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Use the room there is."""
        super().resizeEvent(event)
        self._lay_out()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Use the font there is."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._lay_out()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Zoom at the mouse, or move."""
        if self.room is None:
            return
        across, steps = event.angleDelta().x() / _WHEEL_STEP, event.angleDelta().y() / _WHEEL_STEP
        if abs(across) > abs(steps):
            left, right = self._range
            moved = -across * _MOVED_BY_WHEEL * (right - left)
            self._show_range(left + moved, right + moved)
        else:
            self._zoom(ZOOM**steps, self.place_at(event.position().x()))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Begin a click, or a drag."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragged = event.position(), None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002, N802 - Qt's name and arguments
        """Show all places."""
        self.reset()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Drag, or read out."""
        room = self.room
        if self._pressed is None or room is None:
            self._point(self._under(event.position()))
            return
        moved = event.position() - self._pressed
        if self._dragged is None and moved.manhattanLength() >= QApplication.startDragDistance():
            self._dragged = self._range
        if self._dragged is not None:
            left, right = self._dragged
            places = moved.x() / room.width() * (right - left)
            self._show_range(left - places, right - places)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Choose what is clicked."""
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return
        dragged, self._pressed, self._dragged = self._dragged, None, None
        if dragged is None:
            span = self.span_at(self._under(event.position()))
            if span is not None:
                self._choose(span)

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Read out no more."""
        super().leaveEvent(event)
        self._point(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Choose with Enter; the rest as every plot."""
        span = self.span_at(self._at)
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and span is not None:
            self._choose(span)
        else:
            super().keyPressEvent(event)

    def _under(self, position: QPointF) -> float | None:
        room = self.room
        return self.place_at(position.x()) if room is not None and room.contains(position) else None

    def _point(self, x: float | None) -> None:
        span = self.span_at(x)
        hovered = None if span is None else span.first
        if hovered != self._hovered:
            self._hovered = hovered
            self.update()
        self._read(self.pointed_at)

    def _step(self, by: int) -> None:
        if not self._length:
            return
        self._at = max(0, math.ceil(self._range[0])) if self._at is None else self._at + by * self.together
        self._at = min(max(self._at, 0), self._length - 1)
        span = self.span_at(self._at)
        if span is not None:
            self._bring_into_view(span.first, span.end)
        self._hovered = None
        self.update()
        self._read(span)

    def _fixed_place(self) -> float | None:
        return None if self._at is None else self._at + 0.5

    def _shown_range(self) -> tuple[float, float]:
        return self._range

    def _show_range(self, left: float, right: float) -> None:
        if not self._length:
            return
        wide = min(max(right - left, min(_LEAST_SHOWN, float(self._length))), float(self._length))
        first = min(max((left + right - wide) / 2, 0.0), self._length - wide)
        self._range = (first, first + wide)
        self._lay_out()

    def _draw_cursor(self) -> None:
        self.update()

    def _recolour(self) -> None:
        self.update()

    def _choose(self, span: Span) -> None:
        """Take a click on a column."""
        raise NotImplementedError

    def _read(self, span: Span | None) -> None:
        """Read out a column; None for none."""
        raise NotImplementedError

    def _lay_out(self) -> None:
        """Work out where everything stands, and have it drawn."""
        raise NotImplementedError

    def _paint(self, painter: QPainter) -> None:
        """Draw all but the cursor."""
        raise NotImplementedError
