"""A plot as a picture that says what it shows."""

from typing import Final, NamedTuple

from PySide6.QtCore import QBuffer, QIODevice, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

from explorer.ui import theme
from explorer.ui.plots.plot import Plot
from explorer.ui.plots.wrapping import wrapped

_MARGIN: Final = 12
_SHARPNESS: Final = 2
"""Pixels of a picture, along each side, for one on the screen."""


class Line(NamedTuple):
    """Words above or below the plot, in as many lines as they need: the text, its font, its colour as ``#rrggbb``."""

    text: str
    font: QFont
    color: str


def size_of(plot: Plot, above: list[Line], below: list[Line]) -> QSize:
    """Pixels that a plot takes, as wide as on the screen, with its lines of words."""
    words = _height(plot, above) + _height(plot, below)
    return QSize(plot.width() + 2 * plot.inset, plot.height() + words + 2 * _MARGIN)


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
    plot.render_into(painter, QRectF(plot.inset, top, plot.width(), plot.height()))
    _write(painter, plot, below, top + plot.height())


def _write(painter: QPainter, plot: Plot, lines: list[Line], top: int) -> None:
    for line in lines:
        painter.setFont(line.font)
        painter.setPen(QColor(line.color))
        for text in _broken(plot, line):
            room = QRect(_MARGIN, top, _width(plot), painter.fontMetrics().height())
            painter.drawText(room, Qt.TextFlag.TextSingleLine | Qt.TextFlag.TextDontClip, text)
            top += QFontMetrics(line.font, plot).height() + 4


def _height(plot: Plot, lines: list[Line]) -> int:
    return sum(len(_broken(plot, line)) * (QFontMetrics(line.font, plot).height() + 4) for line in lines)


def _broken(plot: Plot, line: Line) -> list[str]:
    return wrapped(line.text, QFontMetrics(line.font, plot), _width(plot))


def _width(plot: Plot) -> int:
    return plot.width() + 2 * plot.inset - 2 * _MARGIN
