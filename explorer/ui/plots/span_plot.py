"""A plot of places in a row, painted by hand, some of which may share a column."""

import math
from typing import Final, NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import QWidget

from explorer.ui import theme
from explorer.ui.plots.painted_plot import PaintedPlot
from explorer.ui.plots.plot import within

_LEAST_CURSOR: Final = 4.0
"""Pixels of the cursor, on places that are narrower."""


class Span(NamedTuple):
    """Places that are drawn as one: from `first` to the one before `end`."""

    first: int
    end: int


class SpanPlot(PaintedPlot):
    """Draws places from 0 on. A click on one, or Enter, chooses it; what is drawn is for those that derive from it."""

    least_shown = 4.0
    """Places that are shown at least."""

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
        self.setMinimumSize(160, 96)

    @property
    def together(self) -> int:
        """How many places each column stands for."""
        return 1

    @property
    def zoomed(self) -> bool:
        """Less than all places are shown."""
        return bool(self._length) and self._range != (0.0, float(self._length))

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
        """Where a place begins, in pixels: the inverse of `place_at`."""
        room, (left, right) = self.room or QRectF(0, 0, 1, 1), self._range
        return room.left() + (place - left) / (right - left) * room.width()

    def begin(self, length: int) -> None:
        """Show all of so many places, and read none."""
        self._length = length
        self._range = (0.0, float(max(length, 1)))
        self._at = self._hovered = self._pressed = self._dragged = None
        self._lay_out()

    def reset(self) -> None:
        """Show all places."""
        self._show_range(0.0, float(self._length))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Choose with Enter; the rest as every plot."""
        span = self.span_at(self._at)
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and span is not None:
            self._choose(span)
        else:
            super().keyPressEvent(event)

    def _paint_all(self, painter: QPainter, *, cursor: bool) -> None:
        span, room = self.pointed_at, self.room
        if cursor and span is not None and room is not None:
            painter.fillRect(self._column(span).intersected(room), QColor(theme.current(self).selection))
        self._paint(painter)

    def _column(self, span: Span) -> QRectF:
        """Where a column stands, in pixels, as high as the room and wide enough to be seen."""
        room = self.room or QRectF()
        left, right = self.x_of(span.first), self.x_of(span.end)
        more = max(0.0, _LEAST_CURSOR - (right - left)) / 2
        return QRectF(left - more, room.top(), right - left + 2 * more, room.height())

    def _click(self, position: QPointF) -> None:
        room = self.room
        inside = room is not None and room.contains(position)
        span = self.span_at(self.place_at(position.x())) if inside else None
        if span is not None:
            self._choose(span)

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
        if self._length:
            self._range = within((left, right), (0.0, float(self._length)), self.least_shown)
            self._lay_out()

    def _choose(self, span: Span) -> None:
        """Take a click on a column."""
        raise NotImplementedError

    def _read(self, span: Span | None) -> None:
        """Read out a column; None for none."""
        raise NotImplementedError

    def _paint(self, painter: QPainter) -> None:
        """Draw all but the cursor."""
        raise NotImplementedError
