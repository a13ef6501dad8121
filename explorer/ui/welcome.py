"""What the window shows while nothing is open: a place to drop a file, recent files, the example."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from explorer.formatting import visible
from explorer.ui.message_page import MessagePage
from explorer.ui.settings import Settings
from explorer.ui.text import caption, label, set_tooltip

_INVITATION: Final = "Drop a checkpoint here"


def recent_name(path: Path, among: list[Path]) -> str:
    """A recent file for people: its name, with its folder where others have the same name.

    Args:
        path: Of the file.
        among: All recent files.
    """
    alike = sum(other.name == path.name for other in among) > 1
    return f"{visible(path.name)}  –  {visible(str(path.parent), 60)}" if alike else visible(path.name)


class Welcome(MessagePage):
    """The empty state.

    Signals:
        open_asked: The user wants to choose a file.
        example_asked: The user wants the shipped example.
        recent_asked: The user chose a recent file (its path).
    """

    open_asked = Signal()
    example_asked = Signal()
    recent_asked = Signal(object)

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        """Make it.

        Args:
            settings: Remember the recent files.
            parent: What it stands in.
        """
        super().__init__("Open…", parent, sentence=_INVITATION, shows="file", title=True)
        self._settings = settings
        self.heading = self.message
        self.formats = label(
            ".pth, .pt, .bin, .ckpt and .safetensors files are read, and folders of shards; nothing in them is run.",
            muted=True,
        )
        self.formats.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.button.setProperty("primary", True)
        self.button.clicked.connect(self.open_asked)
        example = QPushButton("Open the example")
        example.clicked.connect(self.example_asked)
        self.buttons = QWidget()
        buttons = QHBoxLayout(self.buttons)
        buttons.setContentsMargins(0, 0, 0, 0)
        buttons.addStretch(1)
        buttons.addWidget(self.button)
        buttons.addWidget(example)
        buttons.addStretch(1)
        self.recent = QWidget()
        self._recent = QVBoxLayout(self.recent)
        self._recent.setContentsMargins(0, 0, 0, 0)
        self._recent.setSpacing(12)
        for part in (self.formats, self.buttons, self.recent):
            self.column.insertWidget(self.column.count() - 1, part)
        self.column.setSpacing(12)
        self.column.setStretch(0, 2)
        self.column.setStretch(self.column.count() - 1, 3)
        self._shown: list[Path] = []
        self.button.show()
        settings.changed.connect(self._follow_settings)
        self._follow_settings()

    def show_opening(self, name: str) -> None:
        """Say what is being opened, in the place of what can be.

        Args:
            name: Of the file, for people; "" where nothing is being opened.
        """
        self.say(f"Opening {name}…" if name else _INVITATION, offer=True)
        for part in (self.formats, self.buttons, self.recent):
            part.setVisible(not name)

    @Slot()
    def _follow_settings(self) -> None:
        self.show_recent(self._settings.recent)

    def show_recent(self, recent: list[Path]) -> None:
        """Offer recent files.

        Args:
            recent: The newest first; the first five are shown.
        """
        if recent == self._shown:
            return
        self._shown = recent
        while (item := self._recent.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        if not recent:
            return
        title = label("Recent files", muted=True)
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        title.setContentsMargins(0, 16, 0, 0)
        self._recent.addWidget(title)
        for path in recent[:5]:
            self._recent.addWidget(self._recent_button(path), 0, Qt.AlignmentFlag.AlignHCenter)

    def _recent_button(self, path: Path) -> QPushButton:
        button = QPushButton(caption(recent_name(path, self._shown)))
        button.setProperty("flat", True)
        set_tooltip(button, str(path))
        button.clicked.connect(lambda: self.recent_asked.emit(path))
        return button
