"""What scrolls up and down as a whole where there is too little room for it."""

from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Slot
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QWidget

from explorer.ui import theme

_AROUND: Final = 12
"""Pixels above and below what is scrolled to."""


class Scrolled(QScrollArea):
    """Never scrolls across; follows the keyboard."""

    def __init__(self, inside: QWidget, least: int) -> None:
        """Make it.

        Args:
            inside: What it shows.
            least: Pixels of height it has at least, where what it shows needs more.
        """
        super().__init__()
        self._inside = inside
        self._least = least
        self._brought: QWidget | None = None
        self._laid_out = QTimer(self, singleShot=True, interval=0)
        self._laid_out.timeout.connect(self._bring)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        theme.let_shine_through(self)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._follow)

    def bring(self, widget: QWidget) -> None:
        """Scroll to a part that has just been made, once it is laid out."""
        self._brought = widget
        self._laid_out.start()

    def _bring(self) -> None:
        if self._brought is not None and self._inside.isAncestorOf(self._brought):
            self.ensureWidgetVisible(self._brought, 0, _AROUND)
        self._brought = None

    @Slot(QWidget, QWidget)
    def _follow(self, _before: QWidget | None, now: QWidget | None) -> None:
        """Scroll to what has the keyboard, which Qt does for Tab only."""
        if now is not None and self._inside.isAncestorOf(now):
            self.ensureWidgetVisible(now)

    def event(self, event: QEvent) -> bool:
        """Need more or less room when what it shows does."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().event(event)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Room for the widest part, and for the bar that scrolls where there may be one."""
        least = self._inside.minimumSizeHint()
        if least.height() <= self._least:
            return least
        return QSize(least.width() + self.verticalScrollBar().sizeHint().width(), self._least)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Room for all of it."""
        hint = self._inside.sizeHint()
        if self._inside.hasHeightForWidth():
            hint.setHeight(self._inside.heightForWidth(hint.width()))
        return hint.expandedTo(self.minimumSizeHint())
