"""A line around what has the keyboard and does not show it by itself: plots, boxes, words, lists without a row."""

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QAbstractSlider, QApplication, QCheckBox, QRadioButton, QWidget

from explorer.ui import theme
from explorer.ui.plots.plot import Plot
from explorer.ui.text import Label


class FocusRing(QObject):
    """Follows the keyboard in a window and in those beside it."""

    def __init__(self, window: QWidget) -> None:
        """Begin to follow.

        Args:
            window: The main window.
        """
        super().__init__(window)
        self._window = window
        self._line: _Line | None = None
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._follow)

    def _follow(self, _before: QWidget | None, now: QWidget | None) -> None:
        if self._line is not None and shiboken6.isValid(self._line):
            self._line.hide()
            self._line.deleteLater()
        self._line = None
        if now is None or self._window not in {now.window(), now.window().parentWidget()}:
            return
        rowless = isinstance(now, QAbstractItemView) and not now.currentIndex().isValid()
        if rowless or isinstance(now, Plot | Label | QCheckBox | QRadioButton | QAbstractSlider):
            self._line = _Line(now)


class _Line(QWidget):
    """Lies over a widget, and lets the mouse through."""

    def __init__(self, around: QWidget) -> None:
        super().__init__(around)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        around.installEventFilter(self)
        rows = around.selectionModel() if isinstance(around, QAbstractItemView) else None
        if rows is not None:
            rows.currentChanged.connect(self.hide)
        self.resize(around.size())
        self.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Stay as large as what it is around."""
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.resize(watched.size())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name and arguments
        """Draw the line."""
        painter = QPainter(self)
        painter.setPen(QColor(theme.current(self).accent))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()
