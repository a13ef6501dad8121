"""The field that filters the tree of layers."""

from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from explorer.ui.session import Session
from explorer.ui.text import set_tooltip

FILTER_DELAY_MS: Final = 120


class FilterField(QLineEdit):
    """Takes words, once something is open.

    Signals:
        asked: The tree is to show only what fits (the text); a moment after the last key.
    """

    asked = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText("Filter by name   (Ctrl+F)")
        self.setAccessibleName("Filter by name")
        self.setClearButtonEnabled(True)
        self.setMaximumWidth(420)
        self.setMinimumWidth(280)
        self.setEnabled(False)
        # A file that is dropped on it is to be opened, not looked for.
        self.setAcceptDrops(False)
        set_tooltip(self, "Open a checkpoint first")
        self._timer = QTimer(self, singleShot=True, interval=FILTER_DELAY_MS)
        self._timer.timeout.connect(self._ask)
        self.textChanged.connect(self._timer.start)
        session.opened.connect(self._allow)

    def begin(self) -> None:
        """Put the cursor into it."""
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.selectAll()

    def _allow(self) -> None:
        self.setEnabled(True)
        self.clear()
        set_tooltip(self, "Show only tensors whose name contains this (Ctrl+F)")

    def _ask(self) -> None:
        self.asked.emit(self.text())
