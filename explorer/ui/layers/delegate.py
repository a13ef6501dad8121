"""Paints the cells of the tree of layers: text, and small histograms."""

import string
from typing import Final

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from explorer.ui import theme
from explorer.ui.layers.columns import RIGHT_COLUMNS, Column
from explorer.ui.layers.model import Index, LayerModel

_MARGIN: Final = 8
"""Pixels at both sides of a cell's text, as in the header above it."""
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

    def draw_cell(
        self, painter: QPainter, option: QStyleOptionViewItem, rect: QRect, index: Index, column: Column
    ) -> None:
        """Draw what stands in a cell, without its background; the painter's pen and font are changed.

        Args:
            painter: Where to.
            option: Font and palette.
            rect: The cell.
            index: Any cell of the row.
            column: The cell's.
        """
        room = rect.adjusted(_MARGIN, 0, -_MARGIN, 0)
        cell = self._model.cell(index, column)
        if not cell:
            return
        if isinstance(cell, tuple):
            _draw_bars(painter, room, cell, QColor(theme.current(option.widget).bars))
            return
        if option.font != self._fonts.base:
            self._fonts = _Fonts(option.font)
        if column == Column.NAME:
            font, widest = self._fonts.of_weight(self._model.weight(index))
            painter.setPen(option.palette.color(QPalette.ColorRole.Text))
        else:
            font, widest = self._fonts.tabular
            painter.setPen(option.palette.color(QPalette.ColorRole.PlaceholderText))
        painter.setFont(font)
        # Measuring text takes as long as drawing it.
        if len(cell) * widest > room.width() or not cell.isascii():
            mode = _ELIDE_MIDDLE if column == Column.NAME else _ELIDE_RIGHT
            cell = painter.fontMetrics().elidedText(cell, mode, room.width())
        painter.drawText(room, _RIGHT if column in RIGHT_COLUMNS else _LEFT, cell)

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


def _draw_bars(painter: QPainter, room: QRect, heights: tuple[float, ...], color: QColor) -> None:
    field = QRectF(room.adjusted(0, 4, 0, -4))
    step = field.width() / len(heights)
    gap = 1.0 if step >= 3 else 0.0
    bars = [
        # A bar that is not empty is never too low to be seen.
        QRectF(field.left() + place * step, field.bottom() - tall, step - gap, tall)
        for place, height in enumerate(heights)
        if height > 0
        for tall in (max(1.0, height * field.height()),)
    ]
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRects(bars)
    painter.restore()
