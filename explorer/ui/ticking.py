"""Space in a menu: ticks what can be ticked, and leaves the menu open for the next."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QMenu


def tick_with_space(menu: QMenu) -> None:
    """Have Space do so; of itself Qt closes the menu with it, and ticks nothing.

    Args:
        menu: With entries that can be ticked.
    """
    menu.installEventFilter(_Ticking(menu))


class _Ticking(QObject):
    """Looks at the keys of its menu."""

    def __init__(self, menu: QMenu) -> None:
        super().__init__(menu)
        self._menu = menu

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if watched is not self._menu or not isinstance(event, QKeyEvent):
            return False
        entry: QAction | None = self._menu.activeAction()
        if event.key() != Qt.Key.Key_Space or entry is None or not entry.isCheckable() or not entry.isEnabled():
            return False
        if event.type() == QEvent.Type.KeyPress:
            entry.trigger()
        return True
