"""Small windows beside the one that asked for them."""

from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from explorer.ui.following_scroll_area import FollowingScrollArea
from explorer.ui.layout import FRAME
from explorer.ui.tab_order import go_on
from explorer.ui.text import set_window_title

_AROUND: Final = 16
"""Pixels between what is shown and the edges."""
_LEAST: Final = 240
"""Pixels of height that what such a window is about has at least; where there is no room for more, it scrolls."""


class SideWindow(QDialog):
    """A window that stands beside its parent, closes with Escape and is gone then.

    Attributes:
        body: Takes what it is about.
        buttons: Below it; Close is the last.
        close_button: That button.
    """

    def __init__(self, title: str, parent: QWidget, *, scrolls: bool = False) -> None:
        """Make it.

        Args:
            title: Of the window.
            parent: Beside which it stands.
            scrolls: Its body scrolls where the screen is too low for it; needless where tables in it do.
        """
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        set_window_title(self, title)
        self.setAccessibleName(title)
        self.body = QVBoxLayout()
        self.body.setSpacing(8)
        self.close_button = QPushButton("Close")
        self.close_button.setDefault(True)
        self.close_button.clicked.connect(self.reject)
        self.buttons = QHBoxLayout()
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_AROUND, _AROUND, _AROUND, _AROUND)
        layout.setSpacing(16)
        self._scrolled: FollowingScrollArea | None = None
        if scrolls:
            inside = QWidget()
            inside.setLayout(self.body)
            self._scrolled = FollowingScrollArea(inside, _LEAST)
            layout.addWidget(self._scrolled, 1)
            # The bar that scrolls stands at the very edge, off what is scrolled.
            layout.setContentsMargins(_AROUND, _AROUND, 0, _AROUND)
            for each in (self.body, self.buttons):
                each.setContentsMargins(0, 0, _AROUND, 0)
        else:
            layout.addLayout(self.body, 1)
        layout.addLayout(self.buttons)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Fit the screen that it comes up on."""
        super().showEvent(event)
        if not event.spontaneous():
            self._bound(self.size())

    def fit(self) -> None:
        """Be as large as all that is shown needs; Qt would take no more than two thirds of the screen for it."""
        if self._scrolled is not None:
            # What was changed in it is told to the window later only.
            self._scrolled.updateGeometry()
        self._bound(self.sizeHint())

    def _bound(self, size: QSize) -> None:
        """Take a size, but no larger one than the screen has room for, with the frame of the desktop."""
        self.resize(size.boundedTo(self.screen().availableGeometry().size() - FRAME))

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802 - Qt's name and arguments
        """Have Tab go through the controls as they stand."""
        return go_on(self, forward=forward) or super().focusNextPrevChild(forward)


def brought_forward(window: QWidget, kind: type[SideWindow]) -> bool:
    """Bring a side window to the front.

    Args:
        window: Beside which it stands.
        kind: Of side window.

    Returns:
        Whether there is one.
    """
    for shown in window.findChildren(kind):
        if shown.isVisible():
            shown.raise_()
            shown.activateWindow()
            return True
    return False
