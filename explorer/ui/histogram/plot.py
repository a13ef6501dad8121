"""A histogram as bars. Importing this brings pyqtgraph along, which takes a while: import it when there is one."""

import math
from typing import Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QGraphicsSimpleTextItem, QWidget

from explorer.analysis.draw.axes import Axis
from explorer.analysis.draw.histogram import Histogram
from explorer.formatting import figure, percent, plural
from explorer.ui import theme
from explorer.ui.histogram.heights import HeightAxis, heights_of, heights_together
from explorer.ui.plots.graph_plot import OVERHANG, GraphPlot, bars
from explorer.ui.plots.ticks import edge_figures, labels_along

_BETWEEN: Final = 4
"""Pixels between labels above each other."""


class HistogramPlot(GraphPlot):
    """Draws one histogram, and the outline of a second over it.

    Bars are drawn by the number of their bin, not by value: float64 has ranges that no drawing can compute with.

    Signals:
        pointed: What is under the cursor, in words; "" when it left.
    """

    pointed = Signal(str)

    def __init__(
        self, parent: QWidget | None = None, *, own: str = "", other: str = "pinned", quiet: bool = False
    ) -> None:
        """Make the plot.

        Args:
            parent: What it stands in.
            own: What the first histogram is called beside another; "" where that goes without saying.
            other: What the second histogram is called.
            quiet: In grey: it is beside another, which matters more.
        """
        super().__init__("Histogram", parent)
        self._quiet = quiet
        self._own, self._other = own, other
        self._histogram: Histogram | None = None
        self._pinned: Histogram | None = None
        self._axis = Axis()
        self._densities = self._log = False
        self._heights: HeightAxis | None = None
        self._frozen = False
        self._at: int | None = None
        # One shape, not a bar for each bin: between bars a picture would have fine light lines.
        self._bars, self._ends = pg.PlotCurveItem(pen=pg.mkPen(None)), bars()
        self._outline, self._end_outlines = pg.PlotCurveItem(), bars()
        for item in (self._bars, self._ends, self._outline, self._end_outlines):
            self._plot.addItem(item)
        self._note = QGraphicsSimpleTextItem("axes frozen", self._plot.getViewBox())
        self._note.hide()
        self._plot.getViewBox().sigXRangeChanged.connect(self._label_x)
        self._plot.getViewBox().sigResized.connect(self._label_x)
        self._plot.getViewBox().sigResized.connect(self._label_y)
        self._recolour()

    @property
    def height_axis(self) -> HeightAxis | None:
        """The vertical axis that is shown; None before the first histogram."""
        return self._heights

    @property
    def beyond(self) -> str:
        """How high the highest bar is, where a frozen axis ends below it; else ""."""
        if self._heights is None:
            return ""
        shown, _densities = heights_together(self._both(), densities=self._heights.densities)
        highest = max(heights.highest for heights in shown)
        return self._heights.label(highest) if highest > self._heights.top else ""

    def show_histogram(self, histogram: Histogram, axis: Axis | None = None, pinned: Histogram | None = None) -> None:
        """Draw another histogram: all of it, unless the axes are frozen and it has the edges of the last.

        Args:
            histogram: One with at least one bin.
            axis: On which its bins are equal; None for a linear one.
            pinned: Another with the same edges, drawn as an outline; one without bins is left out.
        """
        before = self._histogram
        self._histogram = histogram
        self._pinned = pinned if pinned is not None and pinned.counts.size else None
        self._axis = axis or Axis()
        stays = before is not None and self._frozen and np.array_equal(before.edges, histogram.edges)
        if not stays:
            self._at = None
        self._draw()
        self._fit(all_of_it=not stays)

    def set_looks(self, *, densities: bool = False, log: bool = False, frozen: bool = False) -> None:
        """Choose how this histogram, and those to come, are drawn.

        Args:
            densities: As densities, where float64 can hold them; else as counts.
            log: On a logarithmic axis. A count of 0 has no bar on either.
            frozen: Keep the vertical axis, whatever the other two are, and what is shown of the horizontal one.
        """
        if (densities, log, frozen) == (self._densities, self._log, self._frozen):
            return
        self._densities, self._log, self._frozen = densities, log, frozen
        self._note.setVisible(frozen)
        self._draw()

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
        if not 0 <= x < bins:
            below_or_above = int(x >= bins)
            said = [(self._own, _end(shown, below_or_above))]
            if self._pinned is not None:
                said.append((self._other, _end(self._pinned, below_or_above)))
            return " · ".join(f"{name}: {end}" if name else end for name, end in said if end)
        at = int(x)
        close = "]" if at == bins - 1 else ")"
        low, high = edge_figures(shown.edges, at)
        parts = [f"[{low}, {high}{close}"]
        for name, each in ((self._own, shown), (self._other, self._pinned)):
            if each is not None:
                values, *rest = self._figures(each, at)
                parts += [f"{name}: {values}" if name else values, *rest]
        return " · ".join(parts)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Keep the note in its corner."""
        super().resizeEvent(event)
        self._place_note()

    def _figures(self, histogram: Histogram, at: int) -> list[str]:
        values = int(histogram.counts[at])
        said = [plural(values, "value"), percent(values, histogram.total)]
        heights = heights_of(histogram, densities=True) if self._heights and self._heights.densities else None
        return said if heights is None else [*said, f"density {figure(float(heights.bars[at]))}"]

    def _point(self, x: float | None) -> None:
        at = self._at if x is None and self.hasFocus() else x
        self.pointed.emit("" if at is None else self.describe(at))

    def _step(self, by: int) -> None:
        shown = self._histogram
        if shown is None:
            return
        left, right = self._shown_range()
        first, last = -1 if shown.below else 0, shown.counts.size - (0 if shown.above else 1)
        if self._at is None:
            # In the middle of what is shown, where most values are.
            self._at = int((left + right) / 2)
        else:
            self._at += by
        self._at = min(max(self._at, first), last)
        # One bar of what is outside is wider than a bin.
        room = self._end_width() * 2 if self._at in {-1, shown.counts.size} else 1
        low = -room if self._at == -1 else self._at
        self._bring_into_view(low, low + room)
        self._draw_cursor()
        self._point(self._at)
        self.setAccessibleDescription(self.describe(self._at))

    def _fixed_place(self) -> float | None:
        return None if self._at is None else self._at + 0.5

    def _end_width(self) -> float:
        return 0.0 if self._histogram is None else max(1.0, self._histogram.counts.size / 60)

    def _both(self) -> list[Histogram]:
        return [shown for shown in (self._histogram, self._pinned) if shown is not None]

    def _draw(self) -> None:
        if self._histogram is None:
            return
        axis = self._heights if self._frozen else None
        shown, densities = heights_together(self._both(), densities=axis.densities if axis else self._densities)
        if axis is None or axis.densities != densities:
            axis = HeightAxis.fitting(shown, densities=densities, log=self._log)
        self._heights = axis
        self._plot.setYRange(*axis.span, padding=0)
        self._label_y()
        bins, width = self._histogram.counts.size, self._end_width()
        ends = np.array([-1.5 * width, bins + 0.5 * width])
        sides = np.repeat(np.arange(bins + 1), 2)
        self._bars.setData(sides, _steps(shown[0].bars, axis), fillLevel=axis.base)
        _set_bars(self._ends, ends, width, shown[0].ends, axis)
        if len(shown) > 1:
            self._outline.setData(sides, _steps(shown[1].bars, axis))
            _set_bars(self._end_outlines, ends, width, shown[1].ends, axis)
        else:
            self._outline.setData([], [])
            _set_bars(self._end_outlines, ends, width, np.zeros(2), axis)
        self._draw_cursor()

    def _fit(self, *, all_of_it: bool) -> None:
        if self._histogram is None:
            return
        bins, room = self._histogram.counts.size, self._end_width()
        low = -2 * room if any(shown.below for shown in self._both()) else 0.0
        high = bins + (2 * room if any(shown.above for shown in self._both()) else 0.0)
        self._set_whole(low, high, 2)
        if all_of_it:
            self.reset()
        self._label_x()

    def _draw_cursor(self) -> None:
        if self._heights is None or self._histogram is None or self._at is None or not self.hasFocus():
            self._cursor.setOpts(x0=[], x1=[], y0=[], height=[])
            return
        bins, width = self._histogram.counts.size, self._end_width()
        left, wide = {-1: (-1.5 * width, width), bins: (bins + 0.5 * width, width)}.get(self._at, (self._at, 1.0))
        low, high = self._heights.span
        self._cursor.setOpts(x0=[left], x1=[left + wide], y0=[low], height=[high - low])

    def _label_y(self) -> None:
        if self._heights is None or self._histogram is None:
            return
        high = QFontMetricsF(theme.small_font(self.font())).height() + _BETWEEN
        ticks = self._heights.ticks(max(1, int(self._plot.getViewBox().height() / high)))
        self._plot.getAxis("left").setTicks([ticks])
        bins, width = self._histogram.counts.size, self._end_width()
        self._grid.setData(np.tile([-2 * width, bins + 2 * width], len(ticks)), np.repeat([at for at, _ in ticks], 2))

    def _label_x(self) -> None:
        shown = self._histogram
        if shown is None:
            return
        left, right = (min(max(x, 0.0), shown.counts.size) for x in self._shown_range())
        if left >= right:
            return
        axis, side = self._plot.getAxis("bottom"), self._plot.getAxis("left")
        metrics = QFontMetricsF(theme.small_font(self.font()))
        # Not of the drawing, whose own width depends on the labels' below.
        pixels = max(1.0, self._view.width() - side.width() - 2 * OVERHANG)
        ticks = labels_along(self._axis, shown.edges, left, right, pixels, metrics.horizontalAdvance)
        axis.setTicks([ticks])
        overhang = max(OVERHANG, *(math.ceil(metrics.horizontalAdvance(text) / 2) + 2 for _place, text in ticks))
        axis.setStyle(hideOverlappingLabels=overhang)
        self._plot.layout.setContentsMargins(max(4, overhang - int(side.width())), 12, overhang, 4)
        self._place_note()

    def _place_note(self) -> None:
        room = self._plot.getViewBox().rect()
        self._note.setPos(room.right() - self._note.boundingRect().width(), room.top() + 2)

    def _recolour(self) -> None:
        super()._recolour()
        colors = theme.current(self)
        self._bars.setBrush(QColor(colors.muted if self._quiet else colors.bars))
        self._ends.setOpts(brush=QColor(colors.faint))
        pinned = pg.mkPen(colors.b_fill, width=2)
        # Without joins that stick out: steep steps would look like spikes.
        pinned.setJoinStyle(Qt.PenJoinStyle.BevelJoin)
        self._outline.setPen(pinned)
        self._end_outlines.setOpts(pen=pinned, brush=None)
        self._note.setBrush(QColor(colors.caution))
        self._note.setFont(theme.small_font(self.font()))


def outside(histogram: Histogram) -> tuple[str, str]:
    """What lies below and above the edges: ``1,204 values below -0.3``; "" where nothing does."""
    edges = histogram.edges
    below = f"{plural(histogram.below, 'value')} below {edge_figures(edges, 0)[0]}"
    above = f"{plural(histogram.above, 'value')} above {edge_figures(edges, edges.size - 2)[1]}"
    return below if histogram.below else "", above if histogram.above else ""


def _end(histogram: Histogram, above: int) -> str:
    """What lies on one side of the edges, with its share."""
    said = outside(histogram)[above]
    values = histogram.above if above else histogram.below
    return f"{said} · {percent(values, histogram.total)}" if said else ""


def _steps(heights: NDArray[np.float64], axis: HeightAxis) -> NDArray[np.float64]:
    """The upper edge of bars that stand side by side, from the base on and back to it."""
    return np.concatenate(([axis.base], np.repeat(axis.places(heights), 2), [axis.base]))


def _set_bars(
    item: pg.BarGraphItem, x0: NDArray[np.float64], width: float, heights: NDArray[np.float64], axis: HeightAxis
) -> None:
    some = heights > 0
    tall = axis.places(heights[some]) - axis.base
    item.setOpts(x0=x0[some], x1=x0[some] + width, y0=np.full(tall.size, axis.base), height=tall)
