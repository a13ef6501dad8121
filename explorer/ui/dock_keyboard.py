"""The keyboard goes into a dock that its user shows, and back to where it was when the dock is hidden."""

from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QApplication, QMenuBar, QPushButton, QTableView, QWidget

from explorer.ui.docks import Dock
from explorer.ui.text import Label

if TYPE_CHECKING:
    from explorer.ui.main_window import MainWindow

_NONE = Qt.FocusPolicy.NoFocus


class DockKeyboard(QObject):
    """Does so for all docks of a window."""

    def __init__(self, window: "MainWindow") -> None:
        """Begin.

        Args:
            window: With its docks made.
        """
        super().__init__(window)
        self._window = window
        self._outside: QWidget | None = None
        self._within: Dock | None = None
        self._entering = False
        # Qt gives the keyboard away while it hides a dock, and when it closes the menu that hid it: after both.
        self._returning = QTimer(self, singleShot=True, interval=0)
        self._returning.timeout.connect(self._give_back)
        for dock in window.findChildren(Dock):
            dock.entering.connect(self._keep)
            dock.entered.connect(self._enter)
            dock.visibilityChanged.connect(self._note_hidden)
            for table in dock.findChildren(QTableView):
                table.model().modelReset.connect(self._go_on)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._follow)

    def leave(self) -> bool:
        """Hide the dock that has the keyboard; whether there is one."""
        dock = _dock_of(QApplication.focusWidget())
        if dock is None or dock.window() is not self._window:
            return False
        dock.hide()
        return True

    @Slot()
    def _keep(self) -> None:
        """From here on the keyboard moves because the room does."""
        self._entering = True

    @Slot(object)
    def _enter(self, dock: Dock) -> None:
        self._entering = False
        self._go_into(dock)

    @Slot()
    def _go_on(self) -> None:
        """Leave the sentence that said why there was nothing to go through, once there is."""
        focused = QApplication.focusWidget()
        if self._within is not None and isinstance(focused, Label) and self._within.isAncestorOf(focused):
            self._go_into(self._within)

    def _go_into(self, dock: Dock) -> None:
        place = _first_in(dock)
        if place is not None and not place.hasFocus():
            place.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @Slot(QWidget, QWidget)
    def _follow(self, _before: QWidget | None, now: QWidget | None) -> None:
        if now is None or now.window() is not self._window or isinstance(now, QMenuBar) or self._returning.isActive():
            return
        dock = _dock_of(now)
        if dock is None and self._within is not None and self._within.isHidden():
            # Nobody chose that place.
            self._returning.start()
            return
        self._within = dock
        if dock is None and not self._entering:
            self._outside = now

    @Slot(bool)
    def _note_hidden(self, in_front: bool) -> None:
        if not in_front and self._within is not None and self._within.isHidden():
            self._returning.start()

    @Slot()
    def _give_back(self) -> None:
        place, self._within = self._outside, None
        if place is not None and shiboken6.isValid(place) and place.isVisible() and place.isEnabled():
            place.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self._window.take_keyboard()


def _dock_of(widget: QWidget | None) -> Dock | None:
    while widget is not None and not isinstance(widget, Dock):
        widget = widget.parentWidget()
    return widget


def _first_in(dock: Dock) -> QWidget | None:
    """The table where it has rows, else a button, else the sentence that says why there is neither, until there is."""
    tables = (each for each in dock.findChildren(QTableView) if each.isVisible() and each.model().rowCount() > 0)
    buttons = (each for each in dock.findChildren(QPushButton) if each.isVisible() and each.isEnabled())
    sentences = (each for each in dock.findChildren(Label) if each.isVisible() and each.focusPolicy() != _NONE)
    return next(tables, None) or next(buttons, None) or next(sentences, None)
