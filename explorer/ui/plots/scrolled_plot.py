"""A plot with what is told below it: where there is little room the plot keeps enough, and the rest is scrolled to."""

from typing import Final

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from explorer.ui import theme
from explorer.ui.vertical_scrolling import scroll_up_and_down

PLOT_HEIGHT: Final = 124
"""Pixels that a plot with its axes has at least: below that its heights are not told apart any more."""


class ScrolledPlot(QScrollArea):
    """Scrolls up and down; it is as wide as what is in it needs."""

    def __init__(self, *parts: QWidget) -> None:
        """Lay parts out below each other.

        Args:
            parts: The first holds the plot, and has all the room that is left.
        """
        super().__init__()
        self._inside = inside = QWidget()
        lines = QVBoxLayout(inside)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(0)
        for part in parts:
            lines.addWidget(part)
        lines.setStretch(0, 1)
        scroll_up_and_down(self)
        self.setWidget(inside)
        theme.let_shine_through(self)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Room for all of it."""
        return self._inside.sizeHint()

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Room for the plot."""
        return QSize(self._inside.minimumSizeHint().width(), PLOT_HEIGHT)
