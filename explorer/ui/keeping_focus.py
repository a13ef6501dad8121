"""Keeps the keyboard near where it was when the widget that has it goes away, is hidden or disabled.

Of itself Qt gives it to the next widget in the order of Tab, which may be a button of the tool bar that Return would
press, or a field that takes the next digit. When the window is gone back to from a dialog, it gives it even to what was
hidden meanwhile, or to the menu bar that the dialog was asked for in.
"""

from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QApplication,
    QMenuBar,
    QPlainTextEdit,
    QTabBar,
    QWidget,
)

if TYPE_CHECKING:
    from explorer.ui.main_window import MainWindow


class FocusKeeper(QObject):
    """Does so in a window."""

    def __init__(self, window: "MainWindow") -> None:
        """Begin.

        Args:
            window: Which it is about; its dialogs are not.
        """
        super().__init__(window)
        self._window = window
        self._last: QWidget | None = None
        # Once a page has taken the place of another, and whoever showed it has given the keyboard to something in it.
        self._settling = QTimer(self, singleShot=True, interval=0)
        self._settling.timeout.connect(self._settle)
        window.installEventFilter(self)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._follow)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """See where the keyboard will be, before Qt gives it to the window that is gone back to."""
        if event.type() == QEvent.Type.WindowActivate and watched is self._window:
            focused: QWidget | None = self._window.focusWidget()
            if focused is not None and not _can_have(focused):
                last = self._last if self._last is not None and shiboken6.isValid(self._last) else focused
                if _can_have(last):
                    last.setFocus(Qt.FocusReason.ActiveWindowFocusReason)
                else:
                    self._go_near(last)
        return False

    @Slot(QWidget, QWidget)
    def _follow(self, before: QWidget | None, now: QWidget | None) -> None:
        if now is None or now.window() is not self._window:
            return
        if not isinstance(now, QMenuBar):
            self._last = now
            if now.focusPolicy() == Qt.FocusPolicy.NoFocus:
                # Qt gives a page the keyboard in which there is nothing that takes it.
                self._settling.start()
        if before is None or before.window() is not self._window or (before.isVisible() and before.isEnabled()):
            return
        self._go_near(before)

    @Slot()
    def _settle(self) -> None:
        now = QApplication.focusWidget()
        if now is not None and now is self._last and now.focusPolicy() == Qt.FocusPolicy.NoFocus:
            self._go_near(now)

    def _go_near(self, gone: QWidget) -> None:
        """Look with the keys at something in the nearest panel; from outside of all, at what the window shows."""
        place, around = None, gone.parentWidget()
        # Whatever else there is in the window is not near.
        while place is None and around not in (None, self._window, self._window.pages):
            place, around = _in(around), around.parentWidget()
        if place is None:
            self._window.take_keyboard()
        elif not place.hasFocus():
            place.setFocus(Qt.FocusReason.OtherFocusReason)


def _in(panel: QWidget) -> QWidget | None:
    """A list, a plot or tabs, of which a key changes nothing."""
    for kind in (QAbstractScrollArea, QTabBar):
        found = next((each for each in panel.findChildren(kind) if _takes(each)), None)
        if found is not None:
            return found
    return None


def _can_have(widget: QWidget) -> bool:
    """It can be worked with by the keyboard, and shows so; a menu bar does while a menu is open."""
    return widget.isVisible() and widget.isEnabled() and not isinstance(widget, QMenuBar)


def _takes(widget: QWidget) -> bool:
    """It can have the keyboard, and is none to write in."""
    if isinstance(widget, QPlainTextEdit) and not widget.isReadOnly():
        return False
    by_tab = bool(widget.focusPolicy().value & Qt.FocusPolicy.TabFocus.value)
    return by_tab and widget.isVisible() and widget.isEnabled()
