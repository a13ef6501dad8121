"""A small picture of a colour, or of several side by side."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap

SIDE: Final = 16
"""Of a picture, in pixels: as large as icons of rows are."""
_EDGE: Final = 2


def swatch(colors: Sequence[str], ratio: float) -> QIcon:
    """Draw colours from the left to the right.

    Args:
        colors: As ``#rrggbb``, at least one.
        ratio: Of the screen: pixels of it in one of ours.
    """
    pixmap = QPixmap(round(SIDE * ratio), round(SIDE * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    side = SIDE - 2 * _EDGE
    for place, color in enumerate(colors):
        painter.fillRect(QRectF(_EDGE + place * side / len(colors), _EDGE, side / len(colors), side), QColor(color))
    painter.end()
    icon = QIcon()
    # In a selected row Qt would tint it.
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):
        icon.addPixmap(pixmap, mode)
    return icon
