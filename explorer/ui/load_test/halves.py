"""How the view of Test-load is laid out: what is asked at the left, what is answered at the right."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from explorer.ui.following_scroll_area import FollowingScrollArea
from explorer.ui.kept_room import keep_room
from explorer.ui.text import ElidedLabel, label
from explorer.ui.usual import set_usual_sizes

_LEAST: Final = 68
"""Pixels of height that what is asked has at least."""


class Halves(QSplitter):
    """Two halves beside each other."""

    def __init__(self, asked: QWidget, answers: Sequence[QWidget], progress: QWidget) -> None:
        """Lay parts out.

        Args:
            asked: Scrolls as a whole where there is little room.
            answers: One at a time.
            progress: Below the answers.
        """
        super().__init__(Qt.Orientation.Horizontal)
        self.back = QPushButton("‹ Layers")
        self.back.setProperty("flat", True)
        self.back.setAccessibleName("Back to the layers")
        self.entry = ElidedLabel()
        self.entry.setProperty("muted", True)
        self.body = QStackedWidget()
        for part in answers:
            self.body.addWidget(part)
        head = QHBoxLayout()
        head.setContentsMargins(16, 8, 16, 0)
        head.addWidget(self.back)
        head.addWidget(label("Test-load", title=True))
        head.addStretch(1)
        head.addWidget(self.entry)
        left = self._add_half()
        left.addLayout(head)
        self._asked = FollowingScrollArea(asked, _LEAST)
        left.addWidget(self._asked, 1)
        right = self._add_half()
        right.addWidget(self.body, 1)
        right.addWidget(progress)
        # What is above it is not to jump away from the mouse when it comes.
        keep_room(progress)
        self.setHandleWidth(6)
        set_usual_sizes(self, [430, 830])

    @Slot(QWidget)
    def bring(self, widget: QWidget) -> None:
        """Scroll to a part of what is asked, once it is laid out."""
        self._asked.bring(widget)

    def _add_half(self) -> QVBoxLayout:
        half = QFrame()
        half.setProperty("panel", True)
        column = QVBoxLayout(half)
        column.setContentsMargins(0, 0, 0, 0)
        self.addWidget(half)
        return column
