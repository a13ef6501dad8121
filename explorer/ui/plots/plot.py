"""What every plot does with the keyboard, however it draws."""

from typing import Final

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter
from PySide6.QtWidgets import QWidget

ZOOM: Final = 0.7
"""So much of what was shown is shown after one step."""


class Plot(QWidget):
    """A drawing along x: Left and Right read one place after the other, + and - zoom, Home shows all."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """Make an empty one.

        Args:
            name: For screen readers.
            parent: What it stands in.
        """
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)

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

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Read places, zoom, and show all."""
        key = event.key()
        if key in {Qt.Key.Key_Left, Qt.Key.Key_Right}:
            self._step(1 if key == Qt.Key.Key_Right else -1)
        elif key in {Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus}:
            at = self._fixed_place()
            left, right = self._shown_range()
            self._zoom(1 / ZOOM if key == Qt.Key.Key_Minus else ZOOM, (left + right) / 2 if at is None else at)
        elif key == Qt.Key.Key_Home:
            self.reset()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """Show where the keys would read."""
        super().focusInEvent(event)
        self._draw_cursor()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """Take the cursor away."""
        super().focusOutEvent(event)
        self._draw_cursor()
        self._point(None)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Take on another theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._recolour()

    def _point(self, x: float | None) -> None:
        """Read out a place along x; None for nothing."""
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

    def _zoom(self, factor: float, at: float) -> None:
        """Show so much of what is shown, with one place where it is."""
        left, right = self._shown_range()
        middle = min(max(at, left), right)
        self._show_range(middle - (middle - left) * factor, middle + (right - middle) * factor)
