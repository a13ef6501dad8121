"""Docks: panels at the lower or right edge of the window, hidden until they are asked for."""

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabBar, QTabWidget, QVBoxLayout, QWidget

_BOTTOM = Qt.DockWidgetArea.BottomDockWidgetArea
_LEAST = 184
"""Pixels of one that is shown alone: a sentence, and a few rows."""


def settle_tabs(window: QMainWindow) -> None:
    """Give the tabs of docks a name for screen readers, and no keyboard: the entries of the menu choose among docks.

    Args:
        window: In which Qt makes such tabs, also where no dock is shown.
    """
    for tabs in window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
        tabs.setAccessibleName("Panels")
        tabs.setFocusPolicy(Qt.FocusPolicy.NoFocus)


class Dock(QDockWidget):
    """At the lower edge, hidden; those that are shown there together are tabs.

    Signals:
        entering: Its user shows it; until it has its room, what is above may have less than it will have.
        entered: It has, and its user goes on in it (the dock).
    """

    entering = Signal()
    entered = Signal(object)

    def __init__(self, title: str, panel: QWidget, window: QMainWindow) -> None:
        """Put a panel into a dock, and that into a window.

        Args:
            title: Over it; the layout of the window is remembered by it.
            panel: What it holds.
            window: Takes the dock.
        """
        super().__init__(title, window)
        self._window = window
        self._entry = title
        self._behind = False
        # Qt lays out what its own entry shows only later.
        self._shown = QTimer(self, singleShot=True, interval=0)
        self._shown.timeout.connect(self._settle)
        self.setObjectName(title.lower())
        around = QWidget()
        room = QVBoxLayout(around)
        room.setContentsMargins(6, 0, 6, 0)
        room.addWidget(panel)
        self.setWidget(around)
        self.setAllowedAreas(_BOTTOM | Qt.DockWidgetArea.RightDockWidgetArea)
        others = [each for each in window.findChildren(Dock) if each is not self]
        window.addDockWidget(_BOTTOM, self)
        window.setTabPosition(_BOTTOM, QTabWidget.TabPosition.North)
        if others:
            window.tabifyDockWidget(others[0], self)
        self.windowTitleChanged.connect(self._keep_entry)
        self.toggleViewAction().triggered.connect(self._come_forward)
        self.visibilityChanged.connect(self._note)
        self.hide()
        self._note(False)

    def entry(self, text: str) -> QAction:
        """The entry of a menu that shows and hides it.

        Args:
            text: Of the entry, which stays, whatever stands over the dock.
        """
        self._entry = text
        self._keep_entry()
        return self.toggleViewAction()

    def bring(self, height: int) -> None:
        """Show it, in front of those that it is a tab with.

        Args:
            height: In pixels, where no other dock is shown that has one.
        """
        if self.isHidden():
            self.show()
            self._give_room(height)
        self.raise_()

    @Slot()
    def _settle(self) -> None:
        self._give_room(max(self.height(), _LEAST))
        self.enter()

    def enter(self) -> None:
        """Give it the keyboard, if it is shown."""
        if not self.isHidden():
            self.entered.emit(self)

    def _give_room(self, height: int) -> None:
        docks = self._window.findChildren(Dock)
        if not any(each.isVisible() and not each.isFloating() for each in docks if each is not self):
            self._window.resizeDocks([self], [height], Qt.Orientation.Vertical)

    @Slot()
    def _keep_entry(self) -> None:
        # Qt gives its entry the title, which counts and has no letter to press.
        self.toggleViewAction().setText(self._entry)

    @Slot(bool)
    def _note(self, in_front: bool) -> None:
        # One that is hidden while it is behind was behind.
        self._behind = not in_front and (self._behind or not self.isHidden())
        settle_tabs(self._window)

    @Slot(bool)
    def _come_forward(self, shown: bool) -> None:
        """What was behind another comes to the front, also where Qt has just hidden it."""
        if shown or self._behind:
            self.entering.emit()
            self.show()
            self.raise_()
            self._shown.start()
