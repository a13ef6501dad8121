"""The bar at the top of the window that says what went wrong, or what is worth knowing, without stopping anybody."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from explorer.formatting import plain
from explorer.ui import theme
from explorer.ui.text import label, set_tone, set_tooltip

_DETAIL_LINES = 8


class MessageBar(QFrame):
    """One sentence with Details, Copy and Close; hidden while there is nothing to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)
        self.setAccessibleName("Message")
        self._text = label(selectable=True, wrap=True)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.details = QPlainTextEdit(readOnly=True)
        self.details.setFont(theme.fixed_font())
        self.details.setAccessibleName("Details")
        self.details.setTabChangesFocus(True)
        self._more = QPushButton("Details")
        self._more.setCheckable(True)
        self._more.toggled.connect(self.details.setVisible)
        copy = QPushButton("Copy")
        copy.clicked.connect(self._copy)
        close = QPushButton("Close")
        close.clicked.connect(self.hide)
        line = QHBoxLayout()
        line.addWidget(self._text, 1)
        for button, tip in (
            (self._more, "Show what is known about it"),
            (copy, "Copy this message and its details"),
            (close, "Close this message"),
        ):
            button.setProperty("flat", True)
            set_tooltip(button, tip)
            line.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 4, 8, 4)
        layout.addLayout(line)
        layout.addWidget(self.details)
        self.hide()

    @property
    def sentence(self) -> str:
        """What the bar says; "" while it is hidden."""
        return "" if self.isHidden() else self._text.text()

    def show_error(self, sentence: str, details: str = "") -> None:
        """Say what failed.

        Args:
            sentence: What, why and what to do.
            details: More of it, over several lines, for who wants to know; "" where there is no more.
        """
        self._show(sentence, "bad", details)

    def show_note(self, sentence: str) -> None:
        """Say something worth knowing."""
        self._show(sentence, None, "")

    def _show(self, sentence: str, tone: str | None, details: str) -> None:
        set_tone(self._text, tone)  # type: ignore[arg-type]  # one of the tones, or none
        self._text.setText(sentence)
        self.details.setPlainText(plain(details))
        lines = min(self.details.blockCount(), _DETAIL_LINES)
        self.details.setFixedHeight(self.details.fontMetrics().lineSpacing() * lines + 16)
        self._more.setVisible(bool(details))
        self._more.setChecked(False)
        self.details.hide()
        self.show()

    def _copy(self) -> None:
        parts = (self._text.text(), self.details.toPlainText())
        QGuiApplication.clipboard().setText("\n\n".join(part for part in parts if part))
