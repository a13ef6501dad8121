"""A against B as a density, with the line on which nothing changed."""

import math
from typing import Final

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPen
from PySide6.QtWidgets import QWidget

from explorer.formatting import exact
from explorer.ui import theme
from explorer.ui.compare.scatter_work import UNITS, ScatterDrawn, value_at
from explorer.ui.heatmap.colors import SHOWN_CODES, table_of
from explorer.ui.heatmap.painting import paint_cells, paint_cursor
from explorer.ui.heatmap.plot import image_of
from explorer.ui.heatmap.scene import Scene
from explorer.ui.heatmap.table_plot import TablePlot
from explorer.ui.plots.ticks import figures, round_numbers

_FINEST: Final = 256
_COARSEST: Final = 32
"""Cells along either side; a power of two, so that they end where the range does."""
_PIXELS: Final = 2
"""Of a cell, at least."""
_ON_A_LINE: Final = 3
"""Times as many cells stand along a side as pairs would that stood evenly."""
_TICK_EVERY: Final = 80.0
"""About, in pixels, between figures along either side."""
_BAR: Final = 10.0
_LONGEST_BAR: Final = 160.0


class ScatterPlot(TablePlot[ScatterDrawn, QImage]):
    """Draws cells, the darker the more pairs they hold: A runs across and B up, on the same range."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Scatter of A against B", parent)
        self._bar = QRectF()
        self._most = _FINEST

    @property
    def pixels(self) -> tuple[int, int]:
        """Cells that there is room for, down and across; fewer where there are few pairs, which would be dots."""
        down, across = super().pixels
        return _power_below(min(down // _PIXELS, self._most)), _power_below(min(across // _PIXELS, self._most))

    def expect_pairs(self, pairs: int) -> None:
        """So many pairs are to be drawn."""
        self._most = _ON_A_LINE * math.isqrt(pairs)

    def _images_of(self, drawn: ScatterDrawn) -> QImage:
        return image_of(drawn.codes, theme.current(self))

    def _lay_out(self) -> None:
        metrics = QFontMetricsF(theme.small_font(self.font()))
        line = metrics.height()
        left = 12 + metrics.horizontalAdvance("-0.00004444") + 8
        # Below: figures, the bar of colours, and its figures.
        bottom = self.height() - (4 + line) - (8 + _BAR) - (2 + line) - 4
        room = QRectF(left, 4 + line + 4, max(self.width() - left - 24, 16), max(bottom - 8 - line, 16))
        nothing = QRectF()
        self._scene = Scene(room, nothing, nothing, nothing, self._rows, self._columns)
        self._bar = QRectF(room.left(), room.bottom() + 4 + line + 8, min(room.width(), _LONGEST_BAR), _BAR)
        self.update()

    def _paint(self, painter: QPainter, cursor: tuple[int, int] | None) -> None:
        scene = self._scene
        if scene is None or not self._pictures:
            return
        colors, finest = theme.current(self), self._pictures[-1][0]
        painter.setFont(theme.tabular(theme.small_font(self.font())))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=False)
        painter.save()
        painter.setClipRect(scene.room)
        for drawn, image in self._pictures:
            if drawn is finest and len(self._pictures) > 1:
                # Cells without a pair have no colour, and would let the coarse ones be seen.
                painter.fillRect(_room_of(scene, drawn), QColor(colors.panel))
            if not image.isNull():
                paint_cells(painter, scene, drawn.found, image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colors.muted), 1, Qt.PenStyle.DashLine))
        left, right = scene.columns
        painter.drawLine(
            QLineF(scene.x_of(left), scene.y_of(UNITS - left), scene.x_of(right), scene.y_of(UNITS - right))
        )
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if cursor is not None:
            paint_cursor(painter, scene, finest.found.step, cursor, colors)
        painter.restore()
        painter.setPen(QColor(colors.line))
        painter.drawRect(scene.room)
        if finest.span is not None:
            self._paint_axes(painter, scene, finest.span, colors)
            self._paint_bar(painter, finest.most, colors)

    def _paint_axes(self, painter: QPainter, scene: Scene, span: tuple[float, float], colors: theme.Theme) -> None:
        height = painter.fontMetrics().height()
        room = scene.room
        painter.setPen(QColor(colors.accent))
        one_line = Qt.TextFlag.TextSingleLine
        below = QRectF(room.left(), room.bottom() + 8 + height, room.width(), height)
        painter.drawText(below, Qt.AlignmentFlag.AlignRight | one_line, "A")
        painter.setPen(QColor(colors.b_text))
        above = QRectF(room.left(), 4, room.width(), height)
        painter.drawText(above, Qt.AlignmentFlag.AlignLeft | one_line, "B")
        painter.setPen(QColor(colors.muted))
        painter.drawText(above, Qt.AlignmentFlag.AlignRight | one_line, "– – y = x")
        left, right = (value_at(span, place) for place in scene.columns)
        low, high = (value_at(span, UNITS - place) for place in reversed(scene.rows))
        for value, text in _labels(left, right, room.width()):
            x = room.left() + _share(left, right, value) * room.width()
            painter.drawText(QRectF(x - 60, room.bottom() + 4, 120, height), Qt.AlignmentFlag.AlignHCenter, text)
        for value, text in _labels(low, high, room.height()):
            y = room.bottom() - _share(low, high, value) * room.height()
            painter.drawText(QRectF(0, y - height / 2, room.left() - 8, height), Qt.AlignmentFlag.AlignRight, text)

    def _paint_bar(self, painter: QPainter, most: int, colors: theme.Theme) -> None:
        """The colours from a single pair to the fullest cell."""
        bar, half = self._bar, SHOWN_CODES // 2
        faintest = half - half // 4
        table = QImage(faintest + 1, 1, QImage.Format.Format_RGB32)
        for place in range(faintest + 1):
            table.setPixel(place, 0, table_of(colors)[faintest - place])
        painter.drawImage(bar, table, QRectF(0, 0, faintest + 1, 1))
        painter.setPen(QColor(colors.line))
        painter.drawRect(bar)
        painter.setPen(QColor(colors.muted))
        height = painter.fontMetrics().height()
        below = QRectF(bar.left(), bar.bottom() + 2, bar.width(), height)
        one_line = Qt.TextFlag.TextSingleLine
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft | one_line, "1 pair")
        painter.drawText(below, Qt.AlignmentFlag.AlignRight | one_line, exact(most))


def _room_of(scene: Scene, drawn: ScatterDrawn) -> QRectF:
    """Where the cells of a picture are, as far as they are seen."""
    left, right = (scene.x_of(place) for place in drawn.found.columns)
    top, bottom = (scene.y_of(place) for place in drawn.found.rows)
    return QRectF(left, top, right - left, bottom - top).intersected(scene.room)


def _power_below(cells: int) -> int:
    """The largest power of two that is not above, within bounds."""
    return min(max(1 << (max(cells, 1).bit_length() - 1), _COARSEST), _FINEST)


def _labels(low: float, high: float, pixels: float) -> list[tuple[float, str]]:
    """Round numbers along a side."""
    numbers = round_numbers(low, high, max(2, int(pixels / _TICK_EVERY)))
    return list(zip(numbers, figures(numbers), strict=True))


def _share(low: float, high: float, value: float) -> float:
    # Halves, because the whole way may be wider than float64 holds.
    return (value / 2 - low / 2) / (high / 2 - low / 2)
