"""The program's icons in the colours of the theme."""

from typing import Final

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QWidget

from explorer.resources_path import resource
from explorer.ui import theme

_DRAWN_IN: Final = "#000000"
_SIZES: Final = (16, 20, 24, 32, 40, 48, 64)
"""Pixels a side: the usual sizes, and what they become on screens of higher density."""


def icon(name: str, look: QWidget | theme.Theme, color: str | None = None) -> QIcon:
    """Load an icon.

    Args:
        name: Of a file in ``resources/icons``, without ``.svg``.
        look: A theme, or a widget that has it; ask again when it changes.
        color: Of its strokes, as ``#rrggbb``; None for the colour of text.

    Raises:
        OSError: There is no such file.
        ValueError: The file is no SVG.
    """
    colors = look if isinstance(look, theme.Theme) else theme.current(look)
    made = QIcon()
    for mode, stroke in ((QIcon.Mode.Normal, color or colors.text), (QIcon.Mode.Disabled, colors.faint)):
        renderer = _renderer(name, stroke)
        for size in _SIZES:
            made.addPixmap(_drawn(renderer, size), mode)
    return made


def picture(name: str, color: str, size: int, density: float) -> QPixmap:
    """Draw an icon once, to stand by itself.

    Args:
        name: As for `icon`.
        color: Of its strokes, as ``#rrggbb``.
        size: Of a side, in pixels of the layout.
        density: Pixels of the screen to one of those.

    Raises:
        OSError: There is no such file.
        ValueError: The file is no SVG.
    """
    drawn = _drawn(_renderer(name, color), round(size * density))
    drawn.setDevicePixelRatio(density)
    return drawn


def _renderer(name: str, stroke: str) -> QSvgRenderer:
    source = resource("icons", f"{name}.svg").read_text("utf-8")
    renderer = QSvgRenderer(QByteArray(source.replace(_DRAWN_IN, stroke).encode()))
    if not renderer.isValid():
        raise ValueError(f"{name}.svg is no SVG picture.")
    return renderer


def _drawn(renderer: QSvgRenderer, size: int) -> QPixmap:
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter)
    painter.end()
    return pixmap
