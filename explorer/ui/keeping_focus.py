"""Keeps the keyboard near where it was when the widget that has it goes away, is hidden or disabled.

Of itself Qt gives it to the next widget in the order of Tab, which may be a button of the tool bar that Return would
press, or a field that takes the next digit.
"""

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QApplication,
    QMainWindow,
    QPlainTextEdit,
    QTabBar,
    QWidget,
)


class FocusKeeper(QObject):
    """Does so in a window."""

    def __init__(self, window: QMainWindow) -> None:
        """Begin.

        Args:
            window: Which it is about; its dialogs are not.
        """
        super().__init__(window)
        self._window = window
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._follow)

    @Slot(QWidget, QWidget)
    def _follow(self, before: QWidget | None, now: QWidget | None) -> None:
        if before is None or now is None or before.window() is not self._window or now.window() is not self._window:
            return
        if before.isVisible() and before.isEnabled():
            return
        place = _near(before)
        if place is not None and place is not now:
            place.setFocus(Qt.FocusReason.OtherFocusReason)


def _near(gone: QWidget) -> QWidget | None:
    """What to look at with the keys in the nearest panel: a list, a plot or tabs, of which a key changes nothing."""
    around = gone.parentWidget()
    while around is not None:
        for kind in (QAbstractScrollArea, QTabBar):
            found = (each for each in around.findChildren(kind) if _takes(each))
            first = next(found, None)
            if first is not None:
                return first
        around = around.parentWidget()
    return None


def _takes(widget: QWidget) -> bool:
    """It can have the keyboard, and is none to write in."""
    if isinstance(widget, QPlainTextEdit) and not widget.isReadOnly():
        return False
    by_tab = bool(widget.focusPolicy().value & Qt.FocusPolicy.TabFocus.value)
    return by_tab and widget.isVisible() and widget.isEnabled()
