"""A plot as a picture that says what it shows."""

from typing import Final, NamedTuple

from PySide6.QtCore import QBuffer, QIODevice, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

from explorer.ui import theme
from explorer.ui.plots.plot import Plot

_MARGIN: Final = 12
_SHARPNESS: Final = 2
"""Pixels of a picture, along each side, for one on the screen."""


class Line(NamedTuple):
    """A line of words above or below the plot: the text, its font, its colour as ``#rrggbb``."""

    text: str
    font: QFont
    color: str


def size_of(plot: Plot, above: list[Line], below: list[Line]) -> QSize:
    """Pixels that a plot takes, as wide as on the screen, with its lines of words."""
    return QSize(plot.width(), plot.height() + _height(plot, above) + _height(plot, below) + 2 * _MARGIN)


def image_of(plot: Plot, above: list[Line], below: list[Line]) -> QImage:
    """Draw a plot, twice as sharp as on most screens."""
    size = size_of(plot, above, below)
    image = QImage(size * _SHARPNESS, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(_SHARPNESS)
    painter = QPainter(image)
    _paint(painter, plot, above, below)
    painter.end()
    return image


def png_of(plot: Plot, above: list[Line], below: list[Line]) -> bytes:
    """The same as the content of a PNG file."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image_of(plot, above, below).save(buffer, "PNG")  # type: ignore[call-overload]  # it takes str, not bytes
    return bytes(buffer.data().data())


def svg_of(plot: Plot, above: list[Line], below: list[Line]) -> bytes:
    """The same as the content of an SVG file, with shapes and text."""
    size = size_of(plot, above, below)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(size)
    generator.setViewBox(QRect(0, 0, size.width(), size.height()))
    generator.setTitle(plot.accessibleName())
    # Without it letters come out larger than the room that was measured for them.
    generator.setResolution(plot.logicalDpiX())
    painter = QPainter(generator)
    _paint(painter, plot, above, below)
    painter.end()
    return bytes(buffer.data().data())


def _paint(painter: QPainter, plot: Plot, above: list[Line], below: list[Line]) -> None:
    size = size_of(plot, above, below)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillRect(QRect(0, 0, size.width(), size.height()), QColor(theme.current(plot).panel))
    _write(painter, plot, above, _MARGIN)
    top = _MARGIN + _height(plot, above)
    plot.render_into(painter, QRectF(0, top, plot.width(), plot.height()))
    _write(painter, plot, below, top + plot.height())


def _write(painter: QPainter, plot: Plot, lines: list[Line], top: int) -> None:
    for line in lines:
        painter.setFont(line.font)
        painter.setPen(QColor(line.color))
        metrics = painter.fontMetrics()
        room = QRect(_MARGIN, top, plot.width() - 2 * _MARGIN, metrics.height())
        text = metrics.elidedText(line.text, Qt.TextElideMode.ElideMiddle, room.width())
        painter.drawText(room, Qt.TextFlag.TextSingleLine, text)
        top += _line_height(plot, line)


def _height(plot: Plot, lines: list[Line]) -> int:
    return sum(_line_height(plot, line) for line in lines)


def _line_height(plot: Plot, line: Line) -> int:
    return QFontMetrics(line.font, plot).height() + 4
