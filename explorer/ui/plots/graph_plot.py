"""A plot that pyqtgraph draws. Importing this brings it along, which takes a while: import it when there is one.

Never on a worker: pyqtgraph then looks at every class of Qt, which crashes where the window does so at that moment.
"""

from typing import Final, cast

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from explorer.ui import theme
from explorer.ui.plots.plot import Plot, within

OVERHANG: Final = 28
"""Pixels that labels below the plot may reach beyond it, to either side."""
_BEHIND_BARS, _BEHIND_ALL = -10, -1000


class GraphPlot(Plot):
    """Draws with pyqtgraph, and leaves none of the mouse to it: every plot does the same."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """Make an empty one.

        Args:
            name: For screen readers.
            parent: What it stands in.
        """
        super().__init__(name, parent)
        self._whole = (0.0, 1.0)
        self._least = 0.0
        self._view = pg.PlotWidget(self, enableMenu=False)
        self._plot = self._view.getPlotItem()
        # Not the axis's own grid: with that pyqtgraph leaves out the labels at both ends, and so the 0.
        self._grid = pg.PlotCurveItem(connect="pairs")
        self._grid.setZValue(_BEHIND_ALL)
        self._cursor = bars()
        self._cursor.setZValue(_BEHIND_BARS)
        for item in (self._grid, self._cursor):
            self._plot.addItem(item)
        # pyqtgraph makes a part of the menu all the same, as a window that nothing would delete.
        self._plot.ctrlMenu.setParent(self, self._plot.ctrlMenu.windowFlags())
        self._plot.setMouseEnabled(x=False, y=False)
        self._plot.hideButtons()
        # The labels of the outermost ticks reach beyond the axis.
        self._plot.layout.setContentsMargins(4, 12, OVERHANG, 4)
        self._plot.getAxis("left").setStyle(tickLength=0, tickAlpha=0, hideOverlappingLabels=False)
        self._plot.getAxis("bottom").setStyle(tickLength=-4, hideOverlappingLabels=OVERHANG)
        self._plot.getViewBox().setDefaultPadding(0)
        self._view.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        self._view.setAccessibleName("Drawing")
        # The keys are this widget's, and so is the menu.
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._view.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self._view.viewport().installEventFilter(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._view)

    def render_into(self, painter: QPainter, target: QRectF) -> None:
        """Draw the plot as it is shown, without its cursor.

        Args:
            painter: Of a picture.
            target: Where in the picture; of the same proportions as the plot.
        """
        self._cursor.hide()
        self._view.render(painter, target, self._view.viewport().rect())
        self._cursor.show()

    @property
    def room(self) -> QRectF | None:
        """Of the drawing, in pixels."""
        scene = self._plot.getViewBox().sceneBoundingRect()
        return QRectF(self._view.mapFromScene(scene).boundingRect())

    @property
    def zoomed(self) -> bool:
        """Less than all is shown."""
        left, right = self._shown_range()
        return right - left < (self._whole[1] - self._whole[0]) * (1 - 1e-9)

    def reset(self) -> None:
        """Show the whole range."""
        self._show_range(*self._whole)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Take the mouse, before pyqtgraph does something of its own with it."""
        handle = {
            QEvent.Type.MouseMove: self.mouseMoveEvent,
            QEvent.Type.MouseButtonPress: self.mousePressEvent,
            QEvent.Type.MouseButtonRelease: self.mouseReleaseEvent,
            QEvent.Type.MouseButtonDblClick: self.mouseDoubleClickEvent,
        }.get(event.type())
        if handle is not None:
            handle(cast("QMouseEvent", event))
            return True
        if event.type() == QEvent.Type.Wheel:
            self.wheelEvent(cast("QWheelEvent", event))
            return True
        if event.type() == QEvent.Type.Leave:
            self._hover(None)
        return super().eventFilter(watched, event)

    def _shown_range(self) -> tuple[float, float]:
        left, right = self._plot.getViewBox().viewRange()[0]
        return float(left), float(right)

    def _show_range(self, left: float, right: float) -> None:
        self._plot.setXRange(*within((left, right), self._whole, self._least), padding=0)

    def _set_whole(self, left: float, right: float, least: float) -> None:
        """Say what there is to be shown along x, and how much of it at least; what is shown stays within it."""
        self._whole, self._least = (left, right), least
        self._show_range(*self._shown_range())

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
