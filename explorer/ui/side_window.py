"""Small windows beside the one that asked for them."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from explorer.ui.layout import FRAME
from explorer.ui.scrolled import Scrolled
from explorer.ui.tab_order import go_on
from explorer.ui.text import set_window_title

_LEAST: Final = 240
"""Pixels of height that what such a window is about has at least; where there is no room for more, it scrolls."""


class SideWindow(QDialog):
    """A window that stands beside its parent, closes with Escape and is gone then.

    Attributes:
        body: Takes what it is about.
        buttons: Below it; Close is the last.
        close_button: That button.
    """

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        set_window_title(self, title)
        self.setAccessibleName(title)
        inside = QWidget()
        self.body = QVBoxLayout(inside)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(8)
        self.close_button = QPushButton("Close")
        self.close_button.setDefault(True)
        self.close_button.clicked.connect(self.reject)
        self.buttons = QHBoxLayout()
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(16)
        layout.addWidget(Scrolled(inside, _LEAST), 1)
        layout.addLayout(self.buttons)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Be no larger than the screen has room for, with the frame of the desktop."""
        super().showEvent(event)
        if not event.spontaneous():
            self.resize(self.size().boundedTo(self.screen().availableGeometry().size() - FRAME))

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
