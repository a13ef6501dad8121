"""A histogram as bars. Importing this brings pyqtgraph along, which takes a while: import it when there is one."""

import math
from typing import Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPointF, Signal
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from explorer.analysis.histogram import Histogram
from explorer.formatting import count, figure, percent, plural
from explorer.ui import theme

_LOG_BASE: Final = math.log10(0.5)
"""Where bars stand on a logarithmic axis, so that a single value has a height."""
_X_TICKS: Final = 7
_Y_TICKS: Final = 6


class HistogramPlot(QWidget):
    """Draws one histogram; the wheel and dragging zoom and move along x, a double click shows all of it again.

    Bars are drawn by the number of their bin, not by value: float64 has ranges that no drawing can compute with.

    Signals:
        pointed: What is under the cursor, in words; "" when it left.
    """

    pointed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._histogram: Histogram | None = None
        self._log = False
        self._view = pg.PlotWidget(self)
        self._plot = self._view.getPlotItem()
        self._bars = pg.BarGraphItem(x0=[], x1=[], height=[], pen=pg.mkPen(None), brush="k")
        self._ends = pg.BarGraphItem(x0=[], x1=[], height=[], pen=pg.mkPen(None), brush="k")
        self._plot.addItem(self._bars)
        self._plot.addItem(self._ends)
        self._plot.setMenuEnabled(False)
        # pyqtgraph makes the menu all the same, as a window that nothing would delete.
        self._plot.ctrlMenu.setParent(self, self._plot.ctrlMenu.windowFlags())
        self._plot.setMouseEnabled(x=True, y=False)
        self._plot.hideButtons()
        # The labels of the outermost ticks reach beyond the axis.
        self._plot.layout.setContentsMargins(4, 12, 28, 4)
        self._plot.getAxis("left").setStyle(tickLength=0, hideOverlappingLabels=False)
        self._plot.getAxis("bottom").setStyle(tickLength=-4, hideOverlappingLabels=True)
        self._plot.getViewBox().setDefaultPadding(0)
        self._view.setFrameShape(pg.PlotWidget.Shape.NoFrame)
        self._view.setAccessibleName("Histogram")
        self._view.viewport().installEventFilter(self)
        self._plot.getViewBox().sigXRangeChanged.connect(self._label_x)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._view)
        self._recolour()

    def show_histogram(self, histogram: Histogram) -> None:
        """Draw another histogram, all of it.

        Args:
            histogram: One with at least one bin.
        """
        self._histogram = histogram
        self._draw()
        self.reset()

    def set_log(self, log: bool) -> None:
        """Give the counts a logarithmic axis or an even one. A count of 0 has no bar on either."""
        self._log = log
        if self._histogram is not None:
            self._draw()

    def reset(self) -> None:
        """Show the whole range."""
        if self._histogram is None:
            return
        bins, room = self._histogram.counts.size, self._end_width()
        low = -2 * room if self._histogram.below else 0.0
        high = bins + (2 * room if self._histogram.above else 0.0)
        self._plot.getViewBox().setLimits(xMin=low, xMax=high, minXRange=2)
        self._plot.setXRange(low, high, padding=0)
        self._label_x()

    def describe(self, x: float) -> str:
        """What stands at a place along the axis.

        Args:
            x: In bins from the first edge; what lies outside the bins is an end bar, if there is one.

        Returns:
            Range, count and share of the bin; "" where nothing is.
        """
        shown = self._histogram
        if shown is None:
            return ""
        bins = shown.counts.size
        if x < 0:
            return outside(shown)[0]
        if x >= bins:
            return outside(shown)[1]
        at = int(x)
        values = int(shown.counts[at])
        close = "]" if at == bins - 1 else ")"
        return (
            f"[{figure(float(shown.edges[at]))}, {figure(float(shown.edges[at + 1]))}{close} · "
            f"{plural(values, 'value')} · {percent(values, shown.total)}"
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Follow the mouse."""
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonDblClick:
            self.reset()
        elif isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseMove:
            self.pointed.emit(self._under(event.position()))
        elif event.type() == QEvent.Type.Leave:
            self.pointed.emit("")
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Take on another theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._recolour()

    def _under(self, position: QPointF) -> str:
        box = self._plot.getViewBox()
        at = self._view.mapToScene(position.toPoint())
        return self.describe(box.mapSceneToView(at).x()) if box.sceneBoundingRect().contains(at) else ""

    def _end_width(self) -> float:
        return 0.0 if self._histogram is None else max(1.0, self._histogram.counts.size / 60)

    def _draw(self) -> None:
        shown = self._histogram
        if shown is None:
            return
        bins, width = shown.counts.size, self._end_width()
        x0 = np.arange(bins, dtype=np.float64)
        self._set_bars(self._bars, x0, 1.0, shown.counts)
        ends = np.array([-1.5 * width, bins + 0.5 * width])
        self._set_bars(self._ends, ends, width, np.array([shown.below, shown.above]))
        most = max(int(shown.counts.max()), shown.below, shown.above, 1)
        if self._log:
            top = math.log10(most)
            powers = range(0, math.floor(top) + 1, max(1, math.ceil(top / 6)))
            ticks = [(float(power), count(10**power)) for power in powers]
            self._plot.setYRange(_LOG_BASE, top * 1.02 + 0.02, padding=0)
        else:
            ticks = [(at, count(round(at))) for at in _nice(0.0, float(most), _Y_TICKS) if at == round(at)]
            self._plot.setYRange(0, most * 1.02, padding=0)
        self._plot.getAxis("left").setTicks([ticks])

    def _set_bars(
        self, item: pg.BarGraphItem, x0: NDArray[np.float64], width: float, counts: NDArray[np.int64]
    ) -> None:
        some = counts > 0
        base = _LOG_BASE if self._log else 0.0
        tops = np.log10(counts[some]) if self._log else counts[some].astype(np.float64)
        item.setOpts(x0=x0[some], x1=x0[some] + width, y0=np.full(tops.size, base), height=tops - base)

    def _label_x(self) -> None:
        shown = self._histogram
        if shown is None:
            return
        bins = shown.counts.size
        first, last = float(shown.edges[0]), float(shown.edges[-1])
        left, right = (min(max(x, 0.0), bins) for x in self._plot.getViewBox().viewRange()[0])
        low, high = (first * (1 - x / bins) + last * (x / bins) for x in (left, right))
        values = _nice(low, high, _X_TICKS)
        span = last - first
        if len(values) < 2 or not 0 < span < math.inf:
            # Too close together, or too far apart, for round numbers: the ends say what is to be said.
            ticks = [(left, figure(low)), (right, figure(high))]
        else:
            ticks = [((value - first) / span * bins, figure(value)) for value in values]
        self._plot.getAxis("bottom").setTicks([ticks])

    def _recolour(self) -> None:
        colors = theme.current(self)
        self._view.setBackground(colors.panel)
        self._bars.setOpts(brush=QColor(colors.bars))
        self._ends.setOpts(brush=QColor(colors.faint))
        for name in ("left", "bottom"):
            axis = self._plot.getAxis(name)
            axis.setPen(pg.mkPen(colors.line) if name == "bottom" else pg.mkPen(None))
            axis.setTextPen(colors.muted)
            axis.setZValue(-1000)  # grid lines go behind the bars
            axis.setTickFont(theme.small_font(self.font()))
        self._plot.getAxis("left").setTickPen(pg.mkPen(colors.line))
        self._plot.showGrid(x=False, y=True, alpha=1.0)


def outside(histogram: Histogram) -> tuple[str, str]:
    """What lies below and above the edges: ``1,204 values below -0.3``; "" where nothing does."""
    below = f"{plural(histogram.below, 'value')} below {figure(float(histogram.edges[0]))}"
    above = f"{plural(histogram.above, 'value')} above {figure(float(histogram.edges[-1]))}"
    return below if histogram.below else "", above if histogram.above else ""


def _nice(low: float, high: float, most: int) -> list[float]:
    """Round numbers from low to high, 1, 2 or 5 times a power of ten apart; none where float64 cannot tell them."""
    rough = (high - low) / most
    if not 64 * math.ulp(max(abs(low), abs(high))) < rough < math.inf or rough < 1e-290:
        return []
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * times for times in (1, 2, 5, 10, 20) if power * times >= rough)
    return [at * step for at in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]
