"""What every plot does with the mouse and the keyboard, however it draws."""

from typing import Any, Final

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QWidget

from explorer.ui import theme

ZOOM: Final = 0.7
"""So much of what was shown is shown after one step."""
WHEEL_STEP: Final = 120
_MOVED_BY_WHEEL: Final = 0.1
"""A step of a wheel to the side moves by this part of what is shown."""
_RING: Final = 2
"""Pixels of the line around the plot that has the keyboard."""


class Plot(QWidget):
    """A drawing along x, with which everything is done in the same way.

    The wheel zooms at the mouse, and moves where it is turned to the side. Dragging moves, a click chooses what is
    under the mouse, a double click shows all. Left and Right read one place after the other, + and - zoom, 0 and Home
    show all.
    """

    inset = 0
    """Pixels that a picture leaves free to either side, where the drawing itself leaves none."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """Make an empty one.

        Args:
            name: For screen readers.
            parent: What it stands in.
        """
        super().__init__(parent)
        self._pressed: QPointF | None = None
        self._dragged: Any = None
        self._ring = _FocusRing(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAccessibleName(name)

    @property
    def room(self) -> QRectF | None:
        """Where places are, in pixels; None before there is something to draw."""
        raise NotImplementedError

    @property
    def zoomed(self) -> bool:
        """Less than all is shown."""
        raise NotImplementedError

    @property
    def reads(self) -> bool:
        """The keyboard reads a place."""
        return self._fixed_place() is not None

    def reset(self) -> None:
        """Show the whole range."""
        raise NotImplementedError

    def render_into(self, painter: QPainter, target: QRectF) -> None:
        """Draw the plot as it is shown, without its cursor.

        Args:
            painter: Of a picture.
            target: Where in the picture; of the same proportions as the plot.
        """
        raise NotImplementedError

    def place_at(self, x: float) -> float:
        """The place at a pixel."""
        room, (left, right) = self.room or QRectF(0, 0, 1, 1), self._shown_range()
        return left + (x - room.left()) / room.width() * (right - left)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Zoom at the mouse, or move."""
        if self.room is None:
            return
        across, steps = event.angleDelta().x() / WHEEL_STEP, event.angleDelta().y() / WHEEL_STEP
        if abs(across) > abs(steps):
            left, right = self._shown_range()
            moved = -across * _MOVED_BY_WHEEL * (right - left)
            self._show_range(left + moved, right + moved)
        else:
            self._zoom(ZOOM**steps, self.place_at(event.position().x()))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Begin a click, or a drag."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragged = event.position(), None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002, N802 - Qt's name and arguments
        """Show all."""
        self.reset()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Drag, or read out."""
        if self._pressed is None or self.room is None:
            self._hover(event.position())
            return
        moved = event.position() - self._pressed
        if self._dragged is None and moved.manhattanLength() >= QApplication.startDragDistance():
            self._dragged = self._begin_drag()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        if self._dragged is not None:
            self._drag(self._dragged, moved)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Choose what is clicked, or end a drag."""
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return
        dragged, self._pressed, self._dragged = self._dragged, None, None
        if dragged is None:
            self._click(event.position())
        else:
            self._hover(event.position())

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Read out no more."""
        super().leaveEvent(event)
        self._hover(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Read places, zoom, and show all."""
        key = event.key()
        self._ring.appear()
        if key in {Qt.Key.Key_Left, Qt.Key.Key_Right}:
            self._step(1 if key == Qt.Key.Key_Right else -1)
        elif key in {Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus}:
            self._zoom_with_key(1 / ZOOM if key == Qt.Key.Key_Minus else ZOOM)
        elif key in {Qt.Key.Key_Home, Qt.Key.Key_0}:
            self.reset()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """Show where the keys would read."""
        super().focusInEvent(event)
        if event.reason() != Qt.FocusReason.MouseFocusReason:
            self._ring.appear()
        self._draw_cursor()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """Take the cursor away."""
        super().focusOutEvent(event)
        self._ring.hide()
        self._draw_cursor()
        self._hover(None)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Keep the line around the plot there."""
        super().resizeEvent(event)
        self._ring.setGeometry(self.rect())

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Take on another theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._recolour()

    def _hover(self, position: QPointF | None) -> None:
        """Read out what is under the mouse; None where it left."""
        room = self.room
        inside = position is not None and room is not None and room.contains(position)
        self._point(self.place_at(position.x()) if position is not None and inside else None)

    def _click(self, position: QPointF) -> None:
        """Choose what is clicked."""

    def _begin_drag(self) -> Any:  # noqa: ANN401 - whatever it takes
        """What `_drag` is to move from."""
        return self._shown_range()

    def _drag(self, begun: Any, moved: QPointF) -> None:  # noqa: ANN401 - see `_begin_drag`
        """Move from what was shown, by pixels."""
        room, (left, right) = self.room, begun
        if room is not None:
            places = moved.x() / room.width() * (right - left)
            self._show_range(left - places, right - places)

    def _point(self, x: float | None) -> None:
        """Read out a place along x; None for nothing under the mouse."""
        raise NotImplementedError

    def _step(self, by: int) -> None:
        """Move what the keyboard reads, to the right for 1 and to the left for -1."""
        raise NotImplementedError

    def _draw_cursor(self) -> None:
        """Draw what the keyboard reads, while this has the keyboard."""
        raise NotImplementedError

    def _fixed_place(self) -> float | None:
        """Where to zoom to with the keyboard; None for the middle."""
        raise NotImplementedError

    def _shown_range(self) -> tuple[float, float]:
        """The ends of what is shown."""
        raise NotImplementedError

    def _show_range(self, left: float, right: float) -> None:
        """Show another part, as far as there is one."""
        raise NotImplementedError

    def _recolour(self) -> None:
        """Wear the theme's colours."""
        raise NotImplementedError

    def _bring_into_view(self, low: float, high: float) -> None:
        left, right = self._shown_range()
        if low < left or high > right:
            moved = min(low - left, 0) or high - right
            self._show_range(left + moved, right + moved)

    def _zoom_with_key(self, factor: float) -> None:
        at, (left, right) = self._fixed_place(), self._shown_range()
        self._zoom(factor, (left + right) / 2 if at is None else at)

    def _zoom(self, factor: float, at: float) -> None:
        """Show so much of what is shown, with one place where it is."""
        left, right = self._shown_range()
        middle = min(max(at, left), right)
        self._show_range(middle - (middle - left) * factor, middle + (right - middle) * factor)


def within(shown: tuple[float, float], whole: tuple[float, float], least: float) -> tuple[float, float]:
    """The nearest part that there is, of the same length where that can be.

    Args:
        shown: What is asked for.
        whole: All there is.
        least: The shortest part; where there is less, all of it.
    """
    most = whole[1] - whole[0]
    long = min(max(shown[1] - shown[0], min(least, most)), most)
    low = min(max((shown[0] + shown[1] - long) / 2, whole[0]), whole[1] - long)
    return low, low + long


class _FocusRing(QWidget):
    """A line around the plot that has the keyboard, over whatever it draws."""

    def __init__(self, plot: Plot) -> None:
        super().__init__(plot)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def appear(self) -> None:
        """Be seen, over all else."""
        self.show()
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name and arguments
        """Draw the line."""
        painter = QPainter(self)
        painter.setPen(QPen(QColor(theme.current(self).accent), _RING))
        painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()
