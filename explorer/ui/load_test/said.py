"""A sentence in the place of the report, with what Python says below it, and what can be done about it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from explorer import formatting
from explorer.ui import theme
from explorer.ui.text import label


class Said(QWidget):
    """Stands where the report will be.

    Signals:
        again_asked: The model file that was not run is to be looked at once more.
    """

    again_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.message = label(wrap=True, selectable=True)
        self.words = QPlainTextEdit(readOnly=True)
        self.words.setFont(theme.fixed_font())
        self.words.setAccessibleName("What Python says")
        self.again = QPushButton("Look at it again…")
        self.again.clicked.connect(self.again_asked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.addWidget(self.message)
        layout.addWidget(self.again, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self.words, 1)
        layout.addStretch(1)

    def say(self, sentence: str, details: str = "", *, again: bool = False) -> None:
        """Say something else.

        Args:
            sentence: What there is to say.
            details: What Python says of it; "" for nothing.
            again: Whether there is a model file that could be looked at once more.
        """
        self.message.setText(formatting.plain(sentence))
        self.words.setPlainText(formatting.plain(details))
        self.words.setVisible(bool(details))
        self.again.setVisible(again)
