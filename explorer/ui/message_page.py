"""A sentence in the place of a plot, with a button where something can be done about it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from explorer.ui.text import label, set_tone


class MessagePage(QWidget):
    """In the middle of the room there is.

    Attributes:
        message: The sentence.
        button: What can be done.
    """

    def __init__(self, caption: str, parent: QWidget | None = None) -> None:
        """Make it, saying nothing.

        Args:
            caption: Of the button.
            parent: What it stands in.
        """
        super().__init__(parent)
        self.message = label(wrap=True, muted=True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.button = QPushButton(caption)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 24)
        layout.setSpacing(8)
        layout.addStretch(1)
        layout.addWidget(self.message)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(1)
        self.say("")

    def say(self, sentence: str, *, offer: bool = False, failed: bool = False) -> None:
        """Say something else.

        Args:
            sentence: "" for nothing.
            offer: Show the button.
            failed: Something went wrong.
        """
        set_tone(self.message, "bad" if failed else None)
        self.message.setText(sentence)
        self.button.setVisible(offer)
