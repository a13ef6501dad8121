"""What every plot does: zoom, move, reset, read out. Importing this brings pyqtgraph: import it when there is one."""

from typing import Final

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QVBoxLayout, QWidget

from explorer.ui import theme

ZOOM: Final = 0.7
"""So much of what was shown is shown after one step."""
OVERHANG: Final = 28
"""Pixels that labels below the plot may reach beyond it, to either side."""
BEHIND_BARS: Final = -10
BEHIND_ALL: Final = -1000


class Plot(QWidget):
    """A drawing along x, which the mouse and the keyboard read, zoom and move.

    The wheel and dragging zoom and move along x, a double click shows all of it again. With the keyboard: Left and
    Right read one place after the other, + and - zoom, Home shows all.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """Make an empty one.

        Args:
            name: For screen readers.
            parent: What it stands in.
        """
        super().__init__(parent)
        self._view = pg.PlotWidget(self, enableMenu=False)
        self._plot = self._view.getPlotItem()
        # Not the axis's own grid: with that pyqtgraph leaves out the labels at both ends, and so the 0.
        self._grid = pg.PlotCurveItem(connect="pairs")
        self._grid.setZValue(BEHIND_ALL)
        self._cursor = bars()
        self._cursor.setZValue(BEHIND_BARS)
        for item in (self._grid, self._cursor):
            self._plot.addItem(item)
        # pyqtgraph makes a part of the menu all the same, as a window that nothing would delete.
        self._plot.ctrlMenu.setParent(self, self._plot.ctrlMenu.windowFlags())
        self._plot.setMouseEnabled(x=True, y=False)
        self._plot.hideButtons()
        # The labels of the outermost ticks reach beyond the axis.
        self._plot.layout.setContentsMargins(4, 12, OVERHANG, 4)
        self._plot.getAxis("left").setStyle(tickLength=0, tickAlpha=0, hideOverlappingLabels=False)
        self._plot.getViewBox().setDefaultPadding(0)
        self._view.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        self._view.setAccessibleName("Drawing")
        # The keys are this widget's, and so is the menu.
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._view.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)
        self._view.viewport().installEventFilter(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._view)

    def reset(self) -> None:
        """Show the whole range."""
        raise NotImplementedError

    def render_into(self, painter: QPainter, target: QRectF) -> None:
        """Draw the plot as it is shown, without its cursor.

        Args:
            painter: Of a picture.
            target: Where in the picture; of the same proportions as the plot.
        """
        self._cursor.hide()
        self._view.render(painter, target, self._view.viewport().rect())
        self._cursor.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Follow the mouse."""
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonDblClick:
            self.reset()
        elif isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseMove:
            self._point(self._under(event.position()))
        elif event.type() == QEvent.Type.Leave:
            self._point(None)
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Read places, zoom, and show all."""
        key = event.key()
        if key in {Qt.Key.Key_Left, Qt.Key.Key_Right}:
            self._step(1 if key == Qt.Key.Key_Right else -1)
        elif key in {Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus}:
            self._zoom(1 / ZOOM if key == Qt.Key.Key_Minus else ZOOM)
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
        left, right = self._plot.getViewBox().viewRange()[0]
        return float(left), float(right)

    def _under(self, position: QPointF) -> float | None:
        box = self._plot.getViewBox()
        at = self._view.mapToScene(position.toPoint())
        return float(box.mapSceneToView(at).x()) if box.sceneBoundingRect().contains(at) else None

    def _bring_into_view(self, low: float, high: float) -> None:
        left, right = self._shown_range()
        if low < left or high > right:
            moved = min(low - left, 0) or high - right
            self._plot.setXRange(left + moved, right + moved, padding=0)

    def _zoom(self, factor: float) -> None:
        left, right = self._shown_range()
        at = self._fixed_place()
        middle = (left + right) / 2 if at is None else min(max(at, left), right)
        self._plot.setXRange(middle - (middle - left) * factor, middle + (right - middle) * factor, padding=0)

    def _recolour(self) -> None:
        colors = theme.current(self)
        self._view.setBackground(colors.panel)
        self._cursor.setOpts(brush=QColor(colors.selection))
        self._grid.setPen(pg.mkPen(colors.line))
        for name in ("left", "bottom"):
            axis = self._plot.getAxis(name)
            axis.setPen(pg.mkPen(colors.line) if name == "bottom" else pg.mkPen(None))
            axis.setTextPen(colors.muted)
            axis.setTickFont(theme.small_font(self.font()))


def bars() -> pg.BarGraphItem:
    """Bars without outlines, none of them yet."""
    return pg.BarGraphItem(x0=[], x1=[], y0=[], height=[], pen=pg.mkPen(None), brush="k")
