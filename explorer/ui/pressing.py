"""Return and Tab in a main window: a button is pressed as in a dialog, and Tab goes as one reads."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QMainWindow

from explorer.ui.tab_order import go_on


class PressingWindow(QMainWindow):
    """A window in which Return presses the button that has the keyboard, and so opens the menu of one that has one.

    Of itself Qt has only Space press it, outside of dialogs.
    """

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Take what no widget in the window wanted."""
        focused = self.focusWidget()
        returned = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not event.isAutoRepeat()
        if returned and isinstance(focused, QAbstractButton):
            focused.click()
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802 - Qt's name and arguments
        """Have Tab go through the controls as they stand."""
        return go_on(self, forward=forward) or super().focusNextPrevChild(forward)
