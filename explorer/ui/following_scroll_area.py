"""An area that scrolls up and down where there is too little room, to what has the keyboard or was just made."""

from typing import Final

import shiboken6
from PySide6.QtCore import QEvent, QObject, QSize, QTimer, Slot
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QScrollArea, QWidget

from explorer.ui import theme
from explorer.ui.tables.staying import bring_row
from explorer.ui.vertical_scrolling import scroll_up_and_down

_AROUND: Final = 12
"""Pixels above and below what is scrolled to."""


class FollowingScrollArea(QScrollArea):
    """Never scrolls across; scrolls to what has the keyboard."""

    def __init__(self, inside: QWidget, least: int) -> None:
        """Make it.

        Args:
            inside: What it shows.
            least: Pixels of height it has at least, where what it shows needs more.
        """
        super().__init__()
        self._least = least
        self._brought: QWidget | None = None
        self._follows = False
        self._laid_out = QTimer(self, singleShot=True, interval=0)
        self._laid_out.timeout.connect(self._bring)
        self.verticalScrollBar().actionTriggered.connect(self._leave)
        self.setWidget(inside)
        scroll_up_and_down(self)
        theme.let_shine_through(self)
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            # Not focusChanged, which also hands over what had the keyboard, and that may be half gone.
            app.focusObjectChanged.connect(self._follow)

    def bring(self, widget: QWidget) -> None:
        """Scroll to a part that has just been made, until all of it is seen or the user goes elsewhere."""
        self._brought = widget
        self._laid_out.start()

    @Slot()
    def _bring(self) -> None:
        brought, inside = self._brought, self.widget()
        if brought is not None and inside is not None and shiboken6.isValid(brought) and inside.isAncestorOf(brought):
            # Of a field that takes words ensureWidgetVisible shows where they are written only.
            middle = brought.mapTo(inside, brought.rect().center())
            self.ensureVisible(middle.x(), middle.y(), 0, brought.height() // 2 + _AROUND)
            if brought.height() >= brought.heightForWidth(brought.width()) and _is_seen(brought):
                self._leave()
        elif self._follows and inside is not None:
            focused = inside.focusWidget()
            if isinstance(focused, QAbstractItemView) and focused.hasFocus():
                bring_row(focused)

    @Slot()
    def _leave(self) -> None:
        self._brought = None
        self._follows = False

    @Slot(QObject)
    def _follow(self, now: QObject | None) -> None:
        """Scroll to what has the keyboard, which Qt does for Tab only."""
        inside = self.widget() if shiboken6.isValid(self) else None
        if inside is not None and isinstance(now, QWidget) and inside.isAncestorOf(now):
            self._leave()
            self.ensureWidgetVisible(now)
            if isinstance(now, QAbstractItemView) and not QGuiApplication.mouseButtons():
                bring_row(now)
            self._follows = True

    def event(self, event: QEvent) -> bool:
        """Need more or less room when what it shows does."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
            if self._brought is not None or self._follows:
                # A new part is shown, and those in it get their places, one after the other.
                self._laid_out.start()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Keep the row in sight that the keyboard is at."""
        super().resizeEvent(event)
        if self._follows:
            self._laid_out.start()

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Room for the widest part, and for the bar that scrolls where there may be one."""
        inside = self.widget()
        if inside is None:
            return super().minimumSizeHint()
        least = inside.minimumSizeHint()
        if least.height() <= self._least:
            return least
        return QSize(least.width() + self.verticalScrollBar().sizeHint().width(), self._least)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Room for all of it."""
        inside = self.widget()
        if inside is None:
            return super().sizeHint()
        hint = inside.sizeHint()
        if inside.hasHeightForWidth():
            hint.setHeight(inside.heightForWidth(hint.width()))
        return hint.expandedTo(self.minimumSizeHint())


def _is_seen(widget: QWidget) -> bool:
    return widget.visibleRegion().boundingRect() == widget.rect()
