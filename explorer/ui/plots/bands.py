"""Columns that show a distribution each, and the marks above them."""

from typing import Final, Protocol

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from explorer.ui import theme

_MARK: Final = 4.5
"""Pixels from the middle of a mark to its end."""


class Bands(Protocol):
    """Where columns are drawn, in pixels."""

    @property
    def together(self) -> int:
        """How many distributions each column stands for."""

    @property
    def crowded(self) -> bool:
        """There is no room for thin lines."""

    @property
    def ends(self) -> list[QRectF]:
        """From the smallest value to the largest."""

    @property
    def outer(self) -> list[QRectF]:
        """From 5 to 95 %."""

    @property
    def inner(self) -> list[QRectF]:
        """From 25 to 75 %."""

    @property
    def medians(self) -> list[QRectF]:
        """The medians."""


def paint_bands(painter: QPainter, bands: Bands, colors: theme.Theme) -> None:
    """Draw the columns, without marks."""
    painter.setPen(Qt.PenStyle.NoPen)
    # From the smallest median of several to the largest can be far.
    medians = QColor(colors.text) if bands.together == 1 else mixed(colors.text, colors.bars, 0.35)
    for bars, color in (
        (bands.ends, mixed(colors.bars, colors.panel, 0.2) if bands.crowded else QColor(colors.faint)),
        (bands.outer, pale(colors)),
        (bands.inner, QColor(colors.bars)),
        (bands.medians, medians),
    ):
        painter.setBrush(color)
        painter.drawRects(bars)


def pale(colors: theme.Theme) -> QColor:
    """The colour of an outer band."""
    return mixed(colors.bars, colors.panel, 0.4)


def mixed(color: str, ground: str, share: float) -> QColor:
    """A colour as if it were drawn translucent, which takes ten times as long to draw."""
    over, under = QColor(color), QColor(ground)
    parts = ((over.red(), under.red()), (over.green(), under.green()), (over.blue(), under.blue()))
    return QColor(*(round(share * above + (1 - share) * below) for above, below in parts))


def triangle(x: float, y: float) -> QPolygonF:
    """A mark that points down: values that are not finite."""
    return QPolygonF([QPointF(x - _MARK, y - _MARK), QPointF(x + _MARK, y - _MARK), QPointF(x, y + _MARK)])


def diamond(x: float, y: float) -> QPolygonF:
    """A mark for what is far outside."""
    return QPolygonF([QPointF(x - _MARK, y), QPointF(x, y - _MARK), QPointF(x + _MARK, y), QPointF(x, y + _MARK)])


def cross(x: float, y: float) -> list[QLineF]:
    """A mark for what is dead, or cannot be read."""
    reach = _MARK * 0.8
    return [QLineF(x - reach, y - reach, x + reach, y + reach), QLineF(x - reach, y + reach, x + reach, y - reach)]
