"""Where a network moved: a cell for each layer, the darker the further, hatched where nothing changed."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from explorer import formatting
from explorer.analysis.moved_layers import MovedLayer, words_of
from explorer.ui import theme
from explorer.ui.text import ElidedLabel, label

if TYPE_CHECKING:
    from explorer.ui.compare.comparing import Compared

MOST: Final = 120
"""So many layers are drawn, each wide enough to be pointed at."""

_HEIGHT: Final = 40
_DECADES: Final = 3
"""What moved so many powers of ten less than the layer that moved furthest has the faintest colour."""

_FAINTEST: Final = 0.15


class MovedMap(QWidget):
    """A title, the cells, and a line that says what is under the mouse.

    Signals:
        chosen: The pair that tells of a layer was asked for (its place in `Pairing.pairs`).
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = label("Where it moved", muted=True)
        self.cells = Cells()
        self.said = ElidedLabel()
        self.said.setProperty("muted", True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 0, 8, 8)
        layout.setSpacing(4)
        layout.addWidget(self.title)
        layout.addWidget(self.cells)
        layout.addWidget(self.said)
        self.cells.pointed.connect(self._say)
        self.cells.chosen.connect(self.chosen)
        self.hide()

    def show_compared(self, compared: "Compared | None") -> None:
        """Show the layers of another comparison; hidden where there are fewer than two."""
        layers = () if compared is None else compared.layers
        self.cells.show_layers(layers)
        self.setVisible(len(layers) > 1)
        if compared is not None:
            of = f", {len(layers)} of {formatting.exact(compared.layers_in_all)} layers"
            more = of if len(layers) < compared.layers_in_all else ""
            self.title.setText(f"Where it moved (largest relative L2 in a layer; hatched: identical){more}")
        self._say("")

    def show_key(self, key: str) -> None:
        """Mark the layer that a tensor is in."""
        self.cells.mark(key)
        self._say("")

    def _say(self, words: str) -> None:
        self.said.setText(
            words or self.cells.marked_words() or "Click on a layer to see its tensor that moved furthest."
        )


class Cells(QWidget):
    """The cells; arrow keys go from one to the next.

    Signals:
        pointed: What is under the mouse, in words; "" when it left.
        chosen: As of `MovedMap`.
    """

    pointed = Signal(str)
    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layers: Sequence[MovedLayer] = ()
        self._marked: int | None = None
        self.setAccessibleName("Where it moved, layer by layer")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Room for the cells."""
        return QSize(200, _HEIGHT)

    def show_layers(self, layers: Sequence[MovedLayer]) -> None:
        """Show other layers, with none marked."""
        self._layers, self._marked = layers, None
        self.update()

    def mark(self, key: str) -> None:
        """Mark the layer that a tensor is in."""
        # A layer may hold others, and tensors of its own.
        fitting = [at for at, layer in enumerate(self._layers) if _is_in(key, layer.name)]
        self._marked = max(fitting, key=lambda at: len(self._layers[at].name), default=None)
        self.update()

    def marked_words(self) -> str:
        """What there is to say of the marked layer; "" where none is."""
        return "" if self._marked is None else _words(self._layers[self._marked])

    def cell(self, at: int) -> QRectF:
        """Where a cell is."""
        width = self.width() / max(1, len(self._layers))
        return QRectF(at * width, 0, width, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's name and arguments
        """Draw the cells."""
        painter = QPainter(self)
        colors = theme.current(self)
        top = max((layer.change for layer in self._layers if layer.change), default=0.0)
        for at, layer in enumerate(self._layers):
            cell = self.cell(at).adjusted(0.5, 2.5, -1.5, -2.5)
            if layer.unmoved:
                painter.setPen(QPen(QColor(colors.line)))
                painter.setBrush(QBrush(QColor(colors.good), Qt.BrushStyle.BDiagPattern))
            elif layer.change is None and not layer.from_zero:
                painter.setPen(QPen(QColor(colors.caution), 1, Qt.PenStyle.DotLine))
                painter.setBrush(Qt.BrushStyle.NoBrush)
            else:
                strength = 1.0 if layer.from_zero else _strength(layer.change or 0.0, top)
                painter.setPen(QPen(QColor(colors.line)))
                painter.setBrush(_between(QColor(colors.panel), QColor(colors.b_fill), strength))
            painter.drawRect(cell)
        if self._marked is not None:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colors.accent), 2))
            painter.drawRect(self.cell(self._marked).adjusted(0, 1, -1, -1))
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Say what is under the mouse."""
        at = self._at(event.position())
        self.pointed.emit("" if at is None else _words(self._layers[at]))

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Say nothing more."""
        super().leaveEvent(event)
        self.pointed.emit("")

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Go to a layer."""
        at = self._at(event.position())
        if at is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(self._layers[at].place)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Go to the layer before or after."""
        by = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if by is None or not self._layers:
            super().keyPressEvent(event)
            return
        at = 0 if self._marked is None else min(max(self._marked + by, 0), len(self._layers) - 1)
        self.chosen.emit(self._layers[at].place)

    def _at(self, point: QPointF) -> int | None:
        return next((at for at in range(len(self._layers)) if self.cell(at).contains(point)), None)


def _is_in(key: str, layer: str) -> bool:
    return key.startswith(f"{layer}.") if layer else "." not in key


def _words(layer: MovedLayer) -> str:
    of = f"{formatting.plural(layer.pairs, 'tensor')}, {formatting.exact(layer.identical)} identical"
    return f"{formatting.visible(layer.name) or '(top)'}: {words_of(layer)} · {of}"


def _strength(change: float, top: float) -> float:
    """From faint to full, by the powers of ten below the largest."""
    if not change:
        return _FAINTEST
    below = math.log10(top) - math.log10(change)
    return _FAINTEST + (1 - _FAINTEST) * max(0.0, 1 - below / _DECADES)


def _between(faint: QColor, full: QColor, strength: float) -> QColor:
    red, green, blue = (
        low + (high - low) * strength
        for low, high in (
            (faint.redF(), full.redF()),
            (faint.greenF(), full.greenF()),
            (faint.blueF(), full.blueF()),
        )
    )
    return QColor.fromRgbF(red, green, blue)
