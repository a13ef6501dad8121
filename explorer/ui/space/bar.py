"""A bar cut into parts, with what each stands for below it."""

from typing import Final, NamedTuple

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from explorer import formatting
from explorer.ui import theme
from explorer.ui.text import set_tooltip

_BAR_HEIGHT: Final = 24
_GAP: Final = 8
_SWATCH: Final = 10
_SHADES: Final = (255, 170, 110, 70)


class Part(NamedTuple):
    """A part of the bar.

    Attributes:
        name: What it stands for.
        nbytes: How large it is.
        kind: ``tensors``, ``unused`` or ``rest``.
    """

    name: str
    nbytes: int
    kind: str


class SpaceBar(QWidget):
    """Draws parts side by side, as long as they are large; the exact figures under the mouse."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[Part] = []
        self._total = 1
        self.setMouseTracking(True)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setSizePolicy(policy)

    def show_parts(self, parts: list[Part], total: int) -> None:
        """Draw other parts.

        Args:
            parts: From the left.
            total: What they add up to, in bytes.
        """
        self._parts, self._total = parts, max(1, total)
        said = ", ".join(f"{part.name} {formatting.exact_bytes(part.nbytes)}" for part in parts)
        self.setAccessibleName(f"Bytes of the file: {said}")
        self._fit()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As high as the bar and the lines below it."""
        return QSize(300, self._height(max(1, self.width())))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Give the lines below the bar the room they need."""
        super().resizeEvent(event)
        self._fit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Say exactly what is under the mouse."""
        place = event.position()
        found = None
        for part, left, width in self._spans():
            if left <= place.x() <= left + width and place.y() <= _BAR_HEIGHT:
                found = part
        for part, room in zip(self._parts, self._legend(self.width()), strict=True):
            found = part if room.contains(place.toPoint()) else found
        share = "" if found is None else formatting.percent(found.nbytes, self._total)
        set_tooltip(self, "" if found is None else f"{found.name}\n{formatting.exact_bytes(found.nbytes)}, {share}")

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name and arguments
        """Draw the bar and what its parts stand for."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look = theme.current(self)
        brushes = self._brushes()
        for (_part, left, width), brush in zip(self._spans(), brushes, strict=True):
            painter.fillRect(QRectF(left, 0, max(1.0, width - 1), _BAR_HEIGHT), QColor(look.panel))
            painter.fillRect(QRectF(left, 0, max(1.0, width - 1), _BAR_HEIGHT), brush)
        painter.setPen(QPen(QColor(look.text)))
        for part, room, brush in zip(self._parts, self._legend(self.width()), brushes, strict=True):
            top = room.top() + (room.height() - _SWATCH) / 2
            painter.fillRect(QRectF(room.left(), top, _SWATCH, _SWATCH), brush)
            text = room.adjusted(_SWATCH + 6, 0, 0, 0)
            words = self.fontMetrics().elidedText(_words(part), Qt.TextElideMode.ElideMiddle, text.width())
            painter.drawText(text, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, words)
        painter.end()

    def _fit(self) -> None:
        self.setFixedHeight(self._height(max(1, self.width())))

    def _height(self, width: int) -> int:
        rooms = self._legend(width)
        return rooms[-1].bottom() + 1 if rooms else _BAR_HEIGHT

    def _spans(self) -> list[tuple[Part, float, float]]:
        left, found = 0.0, []
        for part in self._parts:
            width = self.width() * part.nbytes / self._total
            found.append((part, left, width))
            left += width
        return found

    def _legend(self, width: int) -> list[QRect]:
        """Where the words about each part stand, in as many lines as they take."""
        metrics = self.fontMetrics()
        height = metrics.height() + 4
        left, top = 0, _BAR_HEIGHT + _GAP
        rooms = []
        for part in self._parts:
            needed = min(width, metrics.horizontalAdvance(_words(part)) + _SWATCH + 8)
            if left and left + needed > width:
                left, top = 0, top + height
            rooms.append(QRect(left, top, needed, height))
            left += needed + 2 * _GAP
        return rooms

    def _brushes(self) -> list[QBrush]:
        look = theme.current(self)
        brushes, shade = [], 0
        for part in self._parts:
            if part.kind == "tensors":
                color = QColor(look.bars)
                color.setAlpha(_SHADES[min(shade, len(_SHADES) - 1)])
                shade += 1
                brushes.append(QBrush(color))
            elif part.kind == "unused":
                # Told by more than its colour.
                brushes.append(QBrush(QColor(look.b_fill), Qt.BrushStyle.BDiagPattern))
            else:
                brushes.append(QBrush(QColor(look.faint)))
        return brushes


def _words(part: Part) -> str:
    return f"{part.name}  {formatting.nbytes(part.nbytes)}"
