"""The heads of columns, with the arrow of sorting beside the words that it is about."""

from typing import Final

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF
from PySide6.QtWidgets import QHeaderView, QStyleOptionHeader, QWidget

from explorer.ui import theme
from explorer.ui.tables.columns import IN_SHORT

_PADDING: Final = 8
_GAP: Final = 6
_DOWN: Final = QPolygonF([QPointF(0, -2), QPointF(8, -2), QPointF(4, 2.5)])
_UP: Final = QPolygonF([QPointF(0, 2.5), QPointF(8, 2.5), QPointF(4, -2)])
ROOM: Final = 2 * _PADDING + 2 * _GAP + 8
"""Pixels that a head needs beside its words."""


class Header(QHeaderView):
    """Draws the arrow itself: a style has it at one place of all columns, over words that stand there."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        self.setMinimumSectionSize(48)

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:  # noqa: N802 - Qt's name
        """Draw a head."""
        painter.save()
        super().paintSection(painter, rect, section)
        painter.restore()
        if section == self.sortIndicatorSection():
            self._draw_arrow(painter, rect, section)

    def initStyleOptionForIndex(self, option: QStyleOptionHeader, section: int) -> None:  # noqa: N802 - Qt's name
        """Say less where there is no room for the title."""
        super().initStyleOptionForIndex(option, section)
        if self.fontMetrics().horizontalAdvance(option.text) > self.sectionSize(section) - 2 * _PADDING:
            option.text = self.model().headerData(section, Qt.Orientation.Horizontal, IN_SHORT) or option.text

    def _draw_arrow(self, painter: QPainter, rect: QRect, section: int) -> None:
        title = str(self.model().headerData(section, Qt.Orientation.Horizontal) or "")
        where = self.model().headerData(section, Qt.Orientation.Horizontal, Qt.ItemDataRole.TextAlignmentRole)
        words = _PADDING + self.fontMetrics().horizontalAdvance(title) + _GAP
        right = where is not None and bool(Qt.AlignmentFlag(where) & Qt.AlignmentFlag.AlignRight)
        x = max(rect.left() + 1, rect.right() - words - 8) if right else min(rect.left() + words, rect.right() - 9)
        up = self.sortIndicatorOrder() == Qt.SortOrder.AscendingOrder
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.current(self).muted))
        painter.drawConvexPolygon((_UP if up else _DOWN).translated(x, rect.center().y()))
        painter.restore()
