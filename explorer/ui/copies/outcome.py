"""What came of a copy: a few lines or many, which are scrolled, so that no field gives them its room."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea

from explorer.ui.text import Label, label
from explorer.ui.vertical_scrolling import scroll_up_and_down

_LINES: Final = 3
"""That it has room for in any case."""


class Outcome(QScrollArea):
    """Holds the words.

    Attributes:
        words: What is said.
    """

    def __init__(self) -> None:
        """Make it, empty."""
        super().__init__()
        self.words: Label = label(wrap=True, selectable=True)
        self.words.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.words.setAccessibleName("What came of it")
        self.setAccessibleName("What came of it, to be scrolled")
        scroll_up_and_down(self)
        self.setWidget(self.words)
        self.setMinimumHeight(_LINES * self.fontMetrics().lineSpacing())
        self.verticalScrollBar().rangeChanged.connect(self._take_keys)

    def _take_keys(self, _least: int, most: int) -> None:
        """Have Tab stop here only where there is something to scroll."""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if most else Qt.FocusPolicy.NoFocus)

    def say(self, words: str) -> None:
        """Say something else, from its beginning."""
        self.words.setText(words)
        self.verticalScrollBar().setValue(0)
