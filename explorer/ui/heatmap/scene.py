"""Where everything of a heat map stands, in pixels."""

import math
from typing import NamedTuple

from PySide6.QtCore import QRectF, QSizeF
from PySide6.QtGui import QFontMetricsF

from explorer.formatting import figure

_GAP = 8.0
_STRIP = 36.0
"""Pixels of the longest bar of a norm."""
_BAR = 12.0
"""Width of the bar of colours."""
_LEAST_ROOM = 16.0


class Scene(NamedTuple):
    """Rooms of what is drawn.

    Attributes:
        room: The picture.
        row_strip: Norms of the rows, to its right; without width where there are none.
        column_strip: Norms of the columns, above it; without height where there are none.
        bar: The colours, to the right of all.
        rows: What is shown of the table down, from its first row on.
        columns: What is shown across.
    """

    room: QRectF
    row_strip: QRectF
    column_strip: QRectF
    bar: QRectF
    rows: tuple[float, float]
    columns: tuple[float, float]

    def x_of(self, column: float) -> float:
        """Where a column begins."""
        left, right = self.columns
        return self.room.left() + (column - left) / (right - left) * self.room.width()

    def y_of(self, row: float) -> float:
        """Where a row begins."""
        top, bottom = self.rows
        return self.room.top() + (row - top) / (bottom - top) * self.room.height()

    def column_at(self, x: float) -> float:
        """The inverse of `x_of`."""
        left, right = self.columns
        return left + (x - self.room.left()) / self.room.width() * (right - left)

    def row_at(self, y: float) -> float:
        """The inverse of `y_of`."""
        top, bottom = self.rows
        return top + (y - self.room.top()) / self.room.height() * (bottom - top)


def scene_of(
    size: QSizeF,
    metrics: QFontMetricsF,
    rows: tuple[float, float],
    columns: tuple[float, float],
    limit: float | None,
    *,
    norms: bool,
) -> Scene:
    """Lay a heat map out.

    Args:
        size: Of the whole drawing.
        metrics: Of the labels.
        rows: What is shown of the table down.
        columns: What is shown across.
        limit: Where the colours end; None before that is known.
        norms: Leave room for those of rows and columns.
    """
    row_labels = metrics.horizontalAdvance(str(math.floor(max(rows[1], 1000))))
    ends = [figure(sign * (limit or 1e-10)) for sign in (1, -1)]
    bar_labels = max(metrics.horizontalAdvance(text) for text in (*ends, "-0.0004444", "+Inf"))
    strip = _STRIP if norms else 0.0
    gap = _GAP if norms else 0.0
    left, top = 12 + row_labels + _GAP, 12 + strip + gap
    bar_left = size.width() - 12 - bar_labels - _GAP - _BAR
    right = bar_left - 2 * _GAP - strip - gap
    bottom = size.height() - metrics.height() - _GAP - 4
    room = QRectF(left, top, max(right - left, _LEAST_ROOM), max(bottom - top, _LEAST_ROOM))
    return Scene(
        room=room,
        row_strip=QRectF(room.right() + gap, room.top(), strip, room.height()),
        column_strip=QRectF(room.left(), 12, room.width(), strip),
        bar=QRectF(bar_left, room.top(), _BAR, room.height()),
        rows=rows,
        columns=columns,
    )
