"""Keeps the current row in sight when its view becomes lower, as when a dock opens below it."""

from PySide6.QtCore import QEvent, QObject, QRect
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView


class Staying(QObject):
    """Follows a view: a row that was in sight stays so, one that was scrolled away from stays away."""

    def __init__(self, view: QAbstractItemView) -> None:
        """Begin.

        Args:
            view: A tree or table.
        """
        super().__init__(view)
        self._view = view
        view.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """See that the view became lower."""
        # That first: a view that goes away has no viewport any more.
        if isinstance(event, QResizeEvent) and watched is self._view.viewport():
            before, now = event.oldSize(), event.size()
            current = self._view.currentIndex()
            if now.height() < before.height() and current.isValid():
                row = self._view.visualRect(current)
                seen = row.intersects(QRect(row.left(), 0, max(row.width(), 1), before.height()))
                if seen and row.bottom() >= now.height():
                    self._view.scrollTo(current)
        return False
