"""Paints the cells of the tree of layers: text, and small histograms."""

import string
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetrics, QPainter, QPalette, QPen
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from explorer.analysis.judge.problem_words import SHAPES
from explorer.ui import theme
from explorer.ui.layers.cells import Role
from explorer.ui.layers.columns import NEAR, NOT_DRAWN, RIGHT_COLUMNS, Column
from explorer.ui.layers.marks import IN_SHORT
from explorer.ui.layers.model import LayerModel
from explorer.ui.tables.columns import Index

Room = tuple[Column, int, int]
"""A cell of a row: its column, left edge and width in pixels."""

_MARGIN: Final = 8
"""Pixels at both sides of a cell's text, as in the header above it."""
_CAUTION: Final = SHAPES["caution"]
_BESIDE_BARS: Final = (_CAUTION, SHAPES["note"])
"""Marks whose word stands in the tool tip: what they are about is seen beside them."""
_GAP: Final = 4
"""Pixels between a name and its mark."""
_PRINTED: Final = string.ascii_letters + string.digits + string.punctuation + " "
# Joining flags as Python's enum does takes longer than drawing a cell.
_SINGLE_LINE: Final = Qt.TextFlag.TextSingleLine.value | Qt.AlignmentFlag.AlignVCenter.value
_LEFT: Final = _SINGLE_LINE | Qt.AlignmentFlag.AlignLeft.value
_RIGHT: Final = _SINGLE_LINE | Qt.AlignmentFlag.AlignRight.value
_ELIDE_MIDDLE, _ELIDE_RIGHT = Qt.TextElideMode.ElideMiddle, Qt.TextElideMode.ElideRight


class LayerDelegate(QStyledItemDelegate):
    """Text and bars; asks the model for no more than it draws, so that long trees scroll smoothly."""

    def __init__(self, model: LayerModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._fonts = _Fonts(parent.font())
        self.prepare(parent)

    def prepare(self, widget: QWidget) -> None:
        """Look up colours and fonts once for all cells of a picture.

        Args:
            widget: The view that is about to be drawn.
        """
        if widget.font() != self._fonts.base:
            self._fonts = _Fonts(widget.font())
        palette = widget.palette()
        self._name_pen = QPen(palette.color(QPalette.ColorRole.Text))
        self._pen = QPen(palette.color(QPalette.ColorRole.PlaceholderText))
        self._bars = QBrush(QColor(theme.current(widget).bars))
        colours = theme.current(widget)
        self._mark_pen = QPen(QColor(colours.bad))
        self._tones = {tone: QPen(QColor(getattr(colours, tone))) for tone in ("good", "caution", "bad")}
        self._caution_pen = QPen(QColor(colours.caution))

    def draw_cells(self, painter: QPainter, row: QRect, index: Index, rooms: Sequence[Room]) -> None:
        """Draw what stands in cells of a row, without their background; the painter's pen and font are changed.

        Args:
            painter: Where to.
            row: Tells top and height.
            index: Any cell of the row.
            rooms: The cells.
        """
        top, height = row.top(), row.height()
        columns = [column for column, _left, _width in rooms]
        for (column, cell_left, cell_width), cell in zip(rooms, self._model.cells(index, columns), strict=True):
            if not cell:
                continue
            left, width = cell_left + _MARGIN, cell_width - 2 * _MARGIN
            if isinstance(cell, tuple):
                _draw_bars(painter, QRectF(left, top + 4, width, height - 8), cell, self._bars)
                continue
            if column == Column.DISTRIBUTION and cell.startswith(_BESIDE_BARS):
                bars = self._model.data(index, Role.PREVIEW)
                if bars:
                    painter.setFont(self._fonts.base)
                    painter.setPen(self._caution_pen if cell.startswith(_CAUTION) else self._pen)
                    painter.drawText(left, top, width, height, _LEFT, cell[0])
                    mark = painter.fontMetrics().horizontalAdvance(cell[0]) + _GAP
                    _draw_bars(painter, QRectF(left + mark, top + 4, width - mark, height - 8), bars, self._bars)
                    continue
            named = column == Column.NAME
            if named:
                width -= self._draw_load_mark(painter, QRect(left, top, width, height), index, cell)
            font, widest = self._fonts.of_weight(self._model.weight(index)) if named else self._fonts.tabular
            painter.setPen(self._name_pen if named else self._mark_pen if column == Column.DISTRIBUTION else self._pen)
            if column == Column.DISTRIBUTION and cell.startswith((*_BESIDE_BARS, NEAR, NOT_DRAWN)):
                painter.setPen(self._caution_pen if cell.startswith(_CAUTION) else self._pen)
            painter.setFont(font)
            # Measuring text takes as long as drawing it.
            fits = len(cell) * widest <= width and cell.isascii()
            mode = _ELIDE_MIDDLE if named else _ELIDE_RIGHT
            shown = cell if fits else painter.fontMetrics().elidedText(cell, mode, width)
            if column == Column.DISTRIBUTION and shown != cell:
                shown = IN_SHORT.get(cell, shown)
                if cell.startswith(NEAR):
                    shown = painter.fontMetrics().elidedText(f"≈ {cell.removeprefix(NEAR)}", mode, width)
            painter.drawText(left, top, width, height, _RIGHT if column in RIGHT_COLUMNS else _LEFT, shown)

    def _draw_load_mark(self, painter: QPainter, room: QRect, index: Index, name: str) -> int:
        """Draw what a test-load made of a row at the right of its name; tell how much of the name's room it takes."""
        mark = self._model.load_mark(index)
        if mark is None:
            return 0
        painter.setFont(self._fonts.base)
        painter.setPen(self._tones[mark.tone])
        width_of = painter.fontMetrics().horizontalAdvance
        # It stands in the cell's margin as well: names have little room.
        edge = _MARGIN - 2
        taken = width_of(mark.word) + _GAP - edge
        word = mark.word
        if width_of(name) + taken > room.width():
            word, taken = mark.short, width_of(mark.short) + _GAP - edge
        painter.drawText(room.adjusted(0, 0, edge, 0), _RIGHT, word)
        return taken

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802 - Qt's name
        """Rows of one height, and columns as wide as their text."""
        shown = index.data() or ""
        width = option.fontMetrics.horizontalAdvance(shown) + 2 * _MARGIN
        return QSize(width, theme.row_height(option.fontMetrics))


class _Fonts:
    """The fonts that a tree draws with, each with the width of its widest ASCII character in pixels."""

    def __init__(self, base: QFont) -> None:
        self.base = base
        self.tabular = _measured(theme.tabular(base))
        self._by_weight: dict[QFont.Weight | None, tuple[QFont, int]] = {None: _measured(base)}

    def of_weight(self, weight: QFont.Weight | None) -> tuple[QFont, int]:
        if weight not in self._by_weight:
            font = QFont(self.base)
            font.setWeight(weight)  # type: ignore[arg-type]  # None is there from the start
            self._by_weight[weight] = _measured(font)
        return self._by_weight[weight]


def _measured(font: QFont) -> tuple[QFont, int]:
    metrics = QFontMetrics(font)
    return font, max(metrics.horizontalAdvance(character) for character in _PRINTED)


def _draw_bars(painter: QPainter, field: QRectF, heights: tuple[float, ...], brush: QBrush) -> None:
    step = field.width() / len(heights)
    gap = 1.0 if step >= 3 else 0.0
    left, bottom, whole = field.left(), field.bottom(), field.height()
    bars = [
        # A bar that is not empty is never too low to be seen.
        QRectF(left + place * step, bottom - tall, step - gap, tall)
        for place, height in enumerate(heights)
        if height > 0
        for tall in (max(1.0, height * whole),)
    ]
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(brush)
    painter.drawRects(bars)
