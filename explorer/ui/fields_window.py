"""Small windows with fields to type in."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from explorer.ui.side_window import SideWindow


class FieldsWindow(SideWindow):
    """A side window whose fields are taken over at once."""

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Let Enter take over what was typed, and close nothing."""
        if event.key() not in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            super().keyPressEvent(event)
