"""Why there is nothing to see, in its place: an icon, a sentence, and a button where something can be done about it."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from explorer.ui import theme
from explorer.ui.icons import picture
from explorer.ui.text import label, set_tone
from explorer.ui.themed import Themed

_ICON: Final = 32
"""Pixels a side."""
_ROOM: Final = 160
"""Pixels of height below which the icon leaves its room to the words."""


class MessagePage(Themed, QWidget):
    """In the middle of the room there is; every panel, dock and window says so in the same way.

    Attributes:
        icon: Above the sentence.
        message: The sentence.
        button: What can be done.
        column: All of it, from top to bottom, for more than that below.
    """

    def __init__(
        self,
        caption: str = "",
        parent: QWidget | None = None,
        *,
        sentence: str = "",
        shows: str = "info",
        title: bool = False,
    ) -> None:
        """Make it.

        Args:
            caption: Of the button; "" where nothing can ever be done here.
            parent: What it stands in.
            sentence: What it says; "" for nothing.
            shows: The icon, where nothing went wrong.
            title: The sentence is the title of a page that has more below it.
        """
        super().__init__(parent)
        self._shows = shows
        self._failed = False
        self.icon = label()
        self.icon.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message = label(wrap=True, muted=not title, title=title, selectable=True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.button = QPushButton(caption)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(24, 12, 24, 12)
        self.column.setSpacing(8)
        self.column.addStretch(1)
        self.column.addWidget(self.icon)
        self.column.addWidget(self.message)
        self.column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        self.column.addStretch(1)
        self.say(sentence)
        self._begin_to_wear()

    def say(self, sentence: str, *, offer: bool = False, failed: bool = False) -> None:
        """Say something else.

        Args:
            sentence: "" for nothing.
            offer: Show the button.
            failed: Something went wrong.
        """
        if failed != self._failed:
            set_tone(self.message, "bad" if failed else None)
        self._failed = failed
        self.message.setText(sentence)
        self.button.setVisible(offer)
        self._wear()
        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Leave the room to the words where there is little."""
        super().resizeEvent(event)
        self._make_room()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the icon: a window has ten such pages, of which one or two are ever seen."""
        super().showEvent(event)
        self._wear()

    def _wear(self) -> None:
        if not self.isVisible():
            return
        colors = theme.current(self)
        name, color = ("error", colors.bad) if self._failed else (self._shows, colors.muted)
        self.icon.setPixmap(picture(name, color, _ICON, self.devicePixelRatioF()))

    def _make_room(self) -> None:
        self.icon.setVisible(bool(self.message.text()) and self.height() >= _ROOM)
