"""Puts on the theme that is chosen, and remembers it."""

from typing import Final

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication

from explorer.ui import theme
from explorer.ui.settings import Settings, ThemeChoice

_GONE_MS: Final = 50
"""So long after a choice its menu is gone from the screen, and what was below it is painted."""


class ThemeChange(QObject):
    """Changes the look of all windows once the menu or list that it was chosen in is gone: it takes half a second."""

    def __init__(self, settings: Settings, parent: QObject) -> None:
        """Prepare; the theme stays as it is.

        Args:
            settings: Remember the choice.
            parent: Keeps it.
        """
        super().__init__(parent)
        self._settings = settings
        self._timer = QTimer(self, singleShot=True, interval=_GONE_MS)
        self._timer.timeout.connect(self._apply)

    @property
    def waiting(self) -> bool:
        """A theme was chosen that is not put on yet."""
        return self._timer.isActive()

    def choose(self, choice: ThemeChoice) -> None:
        """Wear another theme soon, and remember it."""
        self._settings.theme = choice
        self._timer.start()

    @Slot()
    def _apply(self) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.apply(app, self._settings.theme)
