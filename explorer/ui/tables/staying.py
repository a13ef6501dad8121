"""Keeps the current row in sight: in its view, and in what the view itself is scrolled with."""

from PySide6.QtCore import QEvent, QObject, QRect, QTimer, Slot
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QScrollArea


class Staying(QObject):
    """Follows a view: a row that was in sight stays so, one that was scrolled away from stays away.

    Where there is too little room for the view, so that it is scrolled as a whole with what stands around it, that
    follows the current row as long as the view has the keyboard.
    """

    def __init__(self, view: QAbstractItemView) -> None:
        """Begin.

        Args:
            view: A tree or table, with its model.
        """
        super().__init__(view)
        self._view = view
        # When what stands around it has its place too.
        self._laid_out = QTimer(self, singleShot=True, interval=0)
        self._laid_out.timeout.connect(self._bring)
        view.viewport().installEventFilter(self)
        # After the view, which scrolls to the row itself then.
        view.selectionModel().currentChanged.connect(self._bring)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """See that the view became lower or higher."""
        # That first: a view that goes away has no viewport any more.
        if isinstance(event, QResizeEvent) and watched is self._view.viewport():
            before, now = event.oldSize(), event.size()
            current = self._view.currentIndex()
            if now.height() < before.height() and current.isValid():
                row = self._view.visualRect(current)
                seen = row.intersects(QRect(row.left(), 0, max(row.width(), 1), before.height()))
                if seen and row.bottom() >= now.height():
                    self._view.scrollTo(current)
            if now.height() != before.height():
                self._laid_out.start()
        return False

    @Slot()
    def _bring(self) -> None:
        # What is pressed stays under the mouse.
        if self._view.hasFocus() and not QGuiApplication.mouseButtons():
            bring_row(self._view)


def bring_row(view: QAbstractItemView) -> None:
    """Scroll all that a view is in, as little as it takes to see its current row; that is no part of the view's own.

    Args:
        view: It shows the row, or nothing is done.
    """
    viewport, current = view.viewport(), view.currentIndex()
    row = view.visualRect(current) if current.isValid() else QRect()
    row = QRect(0, row.top(), viewport.width(), row.height()).intersected(viewport.rect())
    if row.isEmpty():
        return
    around = view.parentWidget()
    while around is not None:
        if isinstance(around, QScrollArea) and around.viewport().isAncestorOf(view):
            frame, bar = around.viewport(), around.verticalScrollBar()
            top = viewport.mapTo(frame, row.topLeft()).y()
            below = top + row.height() - frame.height()
            # With the first row come the heads of the columns, where there is room for both.
            heads = view.mapTo(frame, view.rect().topLeft()).y() if row.top() <= 0 else top
            first = heads if top + row.height() - heads <= frame.height() else top
            if first < 0:
                bar.setValue(bar.value() + first)
            elif below > 0:
                bar.setValue(bar.value() + below)
        around = around.parentWidget()
