"""The bar at the top of the window that says what went wrong, or what is worth knowing, without stopping anybody."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from explorer.ui.text import label, set_tone, set_tooltip


class MessageBar(QFrame):
    """One sentence with Copy and Close; hidden while there is nothing to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)
        self.setAccessibleName("Message")
        self._text = label(selectable=True, wrap=True)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        copy = QPushButton("Copy")
        copy.clicked.connect(self._copy)
        close = QPushButton("Close")
        close.clicked.connect(self.hide)
        for button, tip in ((copy, "Copy this message"), (close, "Close this message")):
            button.setProperty("flat", True)
            set_tooltip(button, tip)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 4, 8, 4)
        layout.addWidget(self._text, 1)
        layout.addWidget(copy, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    @property
    def sentence(self) -> str:
        """What the bar says; "" while it is hidden."""
        return "" if self.isHidden() else self._text.text()

    def show_error(self, sentence: str) -> None:
        """Say what failed."""
        self._show(sentence, "bad")

    def show_note(self, sentence: str) -> None:
        """Say something worth knowing."""
        self._show(sentence, None)

    def _show(self, sentence: str, tone: str | None) -> None:
        set_tone(self._text, tone)  # type: ignore[arg-type]  # one of the tones, or none
        self._text.setText(sentence)
        self.show()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text.text())
