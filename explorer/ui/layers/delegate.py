"""Paints the cells of the tree of layers: text, and small histograms."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPalette
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from explorer.ui import theme
from explorer.ui.layers.model import Column, Role

_MARGIN = 5


class LayerDelegate(QStyledItemDelegate):
    """Text and bars; asks the model for no more than it draws, so that long trees scroll smoothly."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw a cell."""
        widget = option.widget
        widget.style().drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, widget)
        room = option.rect.adjusted(_MARGIN, 0, -_MARGIN, 0)
        preview = index.data(Role.PREVIEW) if index.column() == Column.DISTRIBUTION else None
        if preview:
            _draw_bars(painter, room, preview, QColor(theme.current(widget).bars))
            return
        shown = index.data()
        if not shown:
            return
        painter.save()
        is_name = index.column() == Column.NAME
        if is_name:
            font = index.data(Qt.ItemDataRole.FontRole)
            # A font of the model tells its weight only; the family and size are the view's.
            own = option.font
            if font is not None:
                own.setWeight(font.weight())
            painter.setFont(own)
        else:
            painter.setFont(theme.tabular(option.font))
        role = QPalette.ColorRole.Text if is_name else QPalette.ColorRole.PlaceholderText
        painter.setPen(option.palette.color(role))
        mode = Qt.TextElideMode.ElideMiddle if is_name else Qt.TextElideMode.ElideRight
        elided = painter.fontMetrics().elidedText(shown, mode, room.width())
        alignment = index.data(Qt.ItemDataRole.TextAlignmentRole)
        painter.drawText(room, int(alignment) | Qt.TextFlag.TextSingleLine, elided)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: N802 - Qt's name
        """Rows of one height, and columns as wide as their text."""
        shown = index.data() or ""
        width = option.fontMetrics.horizontalAdvance(shown) + 2 * _MARGIN
        return QSize(width, theme.row_height(option.fontMetrics))


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
