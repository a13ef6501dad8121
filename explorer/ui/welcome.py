"""What the window shows while nothing is open: a place to drop a file, recent files, the example."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from explorer.formatting import visible
from explorer.ui.text import caption, label, set_tooltip


class Welcome(QWidget):
    """The empty state.

    Signals:
        open_asked: The user wants to choose a file.
        example_asked: The user wants the shipped example.
        recent_asked: The user chose a recent file (its path).
    """

    open_asked = Signal()
    example_asked = Signal()
    recent_asked = Signal(object)

    def __init__(self, recent: list[Path], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        heading = label("Drop a checkpoint here", title=True)
        formats = label(
            ".pth, .pt, .bin, .ckpt and .safetensors files are read, and folders of shards; nothing in them is run.",
            muted=True,
        )
        open_button = QPushButton("Open…")
        open_button.setProperty("primary", True)
        open_button.clicked.connect(self.open_asked)
        example = QPushButton("Open the example")
        example.clicked.connect(self.example_asked)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(open_button)
        buttons.addWidget(example)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addStretch(2)
        for words in (heading, formats):
            words.setAlignment(Qt.AlignmentFlag.AlignCenter)
            layout.addWidget(words)
        layout.addLayout(buttons)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(12)
        layout.addLayout(self._recent)
        self._shown: list[Path] = []
        layout.addStretch(3)
        self.show_recent(recent)

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
        button = QPushButton(caption(visible(path.name)))
        button.setProperty("flat", True)
        set_tooltip(button, str(path))
        button.clicked.connect(lambda: self.recent_asked.emit(path))
        return button
