"""Quantile bands of all tensors, side by side. Importing this brings pyqtgraph: import it when there is one."""

import math
from typing import Final, NamedTuple

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from explorer.analysis.axes import Axis
from explorer.analysis.overview import Overview, State, fitting_axis, places, sections
from explorer.ui import theme
from explorer.ui.histogram.ticks import axis_numbers, figures
from explorer.ui.overview.names import fitting_name
from explorer.ui.plot import BEHIND_ALL, BEHIND_BARS, Plot, bars

_BAR: Final = 0.8
"""The part of a column that its bar takes."""
_WIDEST: Final = 64
"""Pixels; few tensors would fill the plot with blocks."""
_TOUCHING: Final = 5
"""In columns narrower than this, in pixels, bars leave no gaps."""
_CROWDED: Final = 3
"""In columns narrower than this, in pixels, a thin line would leave no room beside it."""
_ABOVE, _BELOW = 20, 8
"""Pixels between the highest value and the upper end, where the marks are, and below the lowest."""
_TICK_EVERY: Final = 36
"""Pixels for each label of the vertical axis, about."""
_NARROWEST_SECTION: Final = 6
"""Pixels; the ends of narrower ones would fill the plot with lines."""
_READ_AGAIN: Final = 1_000
"""Of so many tensors, or fewer, that are shown, the sections are worked out anew."""
_NEAR: Final = 8
"""Pixels for each tensor after a click that zooms in."""
_LEAST_SHOWN: Final = 4


class Column(NamedTuple):
    """Rows that are drawn as one: from `first` to the one before `end`."""

    first: int
    end: int


class OverviewPlot(Plot):
    """Draws a column for each tensor: a light band from 5 to 95 %, a dark one from 25 to 75 %, the median, the ends.

    Where there are more tensors than pixels, a column stands for neighbours: its bands reach around all of theirs.
    A click on a column, or Enter, chooses its tensor; where it stands for several, it zooms in on them.

    Signals:
        pointed: The `Column` under the cursor; None when it left.
        chosen: The number of a tensor.
        zoomed: Columns stand for more tensors, or for fewer, than before.
    """

    pointed = Signal(object)
    chosen = Signal(int)
    zoomed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Overview", parent)
        self._overview: Overview | None = None
        self._axis = Axis("symlog")
        self._together = 1
        self._crowded = False
        self._at: int | None = None
        self._hovered: int | None = None
        self._pressed: QPointF | None = None
        self._lines = pg.PlotCurveItem(connect="pairs")
        self._zero = pg.PlotCurveItem()
        for behind in (self._lines, self._zero):
            behind.setZValue(BEHIND_ALL)
            self._plot.addItem(behind)
        self._ends, self._outer, self._inner, self._median = (bars() for _ in range(4))
        self._not_finite = pg.ScatterPlotItem(symbol="t", size=9, pen=pg.mkPen(None))
        self._unreadable = pg.ScatterPlotItem(symbol="x", size=9, pen=pg.mkPen(None))
        for item in (self._ends, self._outer, self._inner, self._median, self._not_finite, self._unreadable):
            self._plot.addItem(item)
        self._cursor.setZValue(BEHIND_BARS)
        self._plot.getAxis("bottom").setStyle(tickLength=0, hideOverlappingLabels=False)
        self._view.viewport().setCursor(Qt.CursorShape.PointingHandCursor)
        self._plot.getViewBox().sigXRangeChanged.connect(self._draw)
        self._plot.getViewBox().sigResized.connect(self._draw)
        self._recolour()

    @property
    def together(self) -> int:
        """How many tensors each column stands for."""
        return self._together

    @property
    def crowded(self) -> bool:
        """Columns are so narrow that what is thin elsewhere fills them."""
        return self._crowded

    @property
    def pointed_at(self) -> Column | None:
        """The column that is read out."""
        return self._column_at(self._at if self._hovered is None and self.hasFocus() else self._hovered)

    @property
    def axis(self) -> Axis:
        """The vertical axis."""
        return self._axis

    def show_overview(self, overview: Overview) -> None:
        """Draw an overview: all of it, unless it is the one that is drawn already, with more rows filled.

        Args:
            overview: One with at least one row.
        """
        if overview is not self._overview:
            # Nothing is drawn while the axis is not the new one's.
            self._overview = self._at = self._hovered = None
            rows = len(overview)
            self._plot.getViewBox().setLimits(xMin=0, xMax=rows, minXRange=min(rows, _LEAST_SHOWN))
            self._plot.setXRange(0, rows, padding=0)
            self._overview = overview
        self._axis = fitting_axis(overview.bands)
        self._draw()

    def reset(self) -> None:
        """Show all columns."""
        if self._overview is not None:
            self._plot.setXRange(0, len(self._overview), padding=0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Choose what is clicked."""
        if isinstance(event, QMouseEvent):
            if event.type() == QEvent.Type.MouseButtonDblClick:
                # Its first click has chosen.
                return False
            if event.type() == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton:
                self._pressed = event.position()
            elif event.type() == QEvent.Type.MouseButtonRelease and self._pressed is not None:
                moved, self._pressed = event.position() - self._pressed, None
                if moved.manhattanLength() < QApplication.startDragDistance():
                    self._choose(self._column_at(self._under(event.position())))
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Choose with Enter; the rest as every plot."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self._at is not None:
            self._choose(self._column_at(self._at))
        else:
            super().keyPressEvent(event)

    def _column_at(self, x: float | None) -> Column | None:
        if self._overview is None or x is None or not 0 <= x < len(self._overview):
            return None
        first = int(x) // self._together * self._together
        return Column(first, min(first + self._together, len(self._overview)))

    def _choose(self, column: Column | None) -> None:
        if column is None or self._overview is None:
            return
        if column.end - column.first == 1:
            self.chosen.emit(int(self._overview.numbers[column.first]))
            return
        middle = (column.first + column.end) / 2
        half = max(self._pixels()[0] / _NEAR, column.end - column.first) / 2
        self._plot.setXRange(middle - half, middle + half, padding=0)

    def _point(self, x: float | None) -> None:
        column = self._column_at(x)
        self._hovered = None if column is None else column.first
        self._draw_cursor()
        self.pointed.emit(column)

    def _step(self, by: int) -> None:
        if self._overview is None:
            return
        left, _right = self._shown_range()
        self._at = max(0, math.ceil(left)) if self._at is None else self._at + by * self._together
        self._at = min(max(self._at, 0), len(self._overview) - 1)
        column = self._column_at(self._at)
        if column is not None:
            self._bring_into_view(column.first, column.end)
        self._point(self._at)

    def _fixed_place(self) -> float | None:
        return None if self._at is None else self._at + 0.5

    def _pixels(self) -> tuple[float, float]:
        room = self._plot.getViewBox().rect()
        return max(1.0, room.width()), max(1.0 + _ABOVE + _BELOW, room.height())

    def _draw(self) -> None:
        overview = self._overview
        if overview is None:
            return
        left, right = self._shown_range()
        width, _height = self._pixels()
        before = self._together, self._crowded
        self._together = max(1, math.ceil((right - left) / width - 1e-6))
        first = min(max(0, math.floor(left)), len(overview) - 1) // self._together * self._together
        end = min(len(overview), max(first + 1, math.ceil(right)))
        bottom, top, pixel = self._draw_axis(overview)
        shown = overview.envelope(first, end, self._together)
        x0 = shown.firsts.astype(np.float64)
        x1 = np.minimum(x0 + self._together, len(overview))
        across = (right - left) / width
        lows, highs = places(self._axis, shown.lows), places(self._axis, shown.highs)
        middle, half = (x0 + x1) / 2, (x1 - x0) / 2
        # A hair wider, where bars touch: no background is to shine through between them.
        wide = half if self._together < _TOUCHING * across else np.minimum(half * _BAR, _WIDEST * across / 2)
        self._crowded = self._together < _CROWDED * across
        thin = half if self._crowded else np.minimum(half, across / 2)
        self._color_by_room()
        for item, place, reach in ((self._ends, 0, thin), (self._outer, 1, wide), (self._inner, 2, wide)):
            _set_bars(item, middle, reach, lows[:, place], highs[:, place], 0.0)
        _set_bars(self._median, middle, wide, lows[:, 3], highs[:, 3], pixel)
        self._mark(overview, Column(first, end), top - _ABOVE * pixel / 2)
        self._draw_sections(overview, Column(first, end), bottom, top)
        self._draw_cursor()
        if (self._together, self._crowded) != before:
            self.zoomed.emit()

    def _color_by_room(self) -> None:
        colors = theme.current(self)
        faint = _mixed(colors.bars, colors.panel, 0.2)
        self._ends.setOpts(brush=faint if self._crowded else QColor(colors.faint))
        # From the smallest median of several tensors to the largest can be far.
        strong = QColor(colors.text)
        self._median.setOpts(brush=strong if self._together == 1 else _mixed(colors.text, colors.bars, 0.35))

    def _draw_axis(self, overview: Overview) -> tuple[float, float, float]:
        """Fit the vertical axis; its ends, and how much a pixel is."""
        low = float(np.fmin.reduce(overview.bands[:, 0], initial=math.inf))
        high = float(np.fmax.reduce(overview.bands[:, -1], initial=-math.inf))
        if not low <= high:
            low, high = 0.0, 0.0
        first, last = self._axis.place(low), self._axis.place(high)
        alike = last - first < 0.2
        if alike:
            first, last = first - 0.1, last + 0.1
        _width, height = self._pixels()
        pixel = (last - first) / (height - _ABOVE - _BELOW)
        bottom, top = first - _BELOW * pixel, last + _ABOVE * pixel
        self._plot.setYRange(bottom, top, padding=0)
        numbers = axis_numbers(self._axis, low, high, max(3, int(height / _TICK_EVERY)))
        if not numbers:
            numbers = [low] if alike else [low, high]
        ticks = [(self._axis.place(value), text) for value, text in zip(numbers, figures(numbers), strict=True)]
        self._plot.getAxis("left").setTicks([ticks])
        rows = len(overview)
        self._grid.setData(np.tile([0.0, rows], len(ticks)), np.repeat([at for at, _text in ticks], 2))
        self._zero.setData([0.0, rows] if low < 0 < high else [], [0.0, 0.0] if low < 0 < high else [])
        return bottom, top, pixel

    def _mark(self, overview: Overview, shown: Column, y: float) -> None:
        states = overview.states[shown.first : shown.end]
        for item, state in ((self._not_finite, State.NOT_FINITE), (self._unreadable, State.UNREADABLE)):
            columns = np.unique(np.flatnonzero(states == state) // self._together)
            first = shown.first + columns * self._together
            x = (first + np.minimum(first + self._together, len(overview))) / 2
            item.setData(x, np.full(x.size, y))

    def _draw_sections(self, overview: Overview, shown: Column, bottom: float, top: float) -> None:
        if shown.end - shown.first <= _READ_AGAIN and shown.end - shown.first < len(overview):
            offset, found = shown.first, sections(overview.keys(*shown))
        else:
            offset, found = 0, overview.sections
        left, right = self._shown_range()
        width, _height = self._pixels()
        firsts = np.array([section.first for section in found], np.float64) + offset
        starts, ends = np.maximum(firsts, left), np.minimum(np.append(firsts[1:], len(overview)), right)
        wide = np.flatnonzero((ends - starts) * width / (right - left) >= _NARROWEST_SECTION)
        cuts = np.unique(np.concatenate((starts[wide], ends[wide])))
        cuts = cuts[(cuts > left) & (cuts < right)]
        self._lines.setData(np.repeat(cuts, 2), np.tile([bottom, top], cuts.size))
        metrics = QFontMetricsF(theme.small_font(self.font()))
        labels = []
        for place in wide.tolist():
            start, end = float(starts[place]), float(ends[place])
            text = fitting_name(found[place].name, (end - start) * width / (right - left) - 4, metrics)
            if text:
                labels.append(((start + end) / 2, text))
        self._plot.getAxis("bottom").setTicks([labels])

    def _draw_cursor(self) -> None:
        column = self.pointed_at
        if column is None:
            self._cursor.setOpts(x0=[], x1=[], y0=[], height=[])
            return
        left, right = self._shown_range()
        middle, across = (column.first + column.end) / 2, (right - left) / self._pixels()[0]
        half = max((column.end - column.first) / 2, 2 * across)
        low, high = self._plot.getViewBox().viewRange()[1]
        self._cursor.setOpts(x0=[middle - half], x1=[middle + half], y0=[low], height=[high - low])

    def _recolour(self) -> None:
        super()._recolour()
        colors = theme.current(self)
        for item, brush in (
            (self._outer, _mixed(colors.bars, colors.panel, 0.4)),
            (self._inner, QColor(colors.bars)),
        ):
            item.setOpts(brush=brush)
        self._not_finite.setBrush(QColor(colors.bad))
        self._unreadable.setBrush(QColor(colors.caution))
        self._lines.setPen(pg.mkPen(colors.line))
        self._zero.setPen(pg.mkPen(colors.faint))
        self._draw()


def _mixed(color: str, ground: str, share: float) -> QColor:
    """A colour as if it were drawn translucent, which takes ten times as long to draw."""
    over, under = QColor(color), QColor(ground)
    parts = ((over.red(), under.red()), (over.green(), under.green()), (over.blue(), under.blue()))
    return QColor(*(round(share * above + (1 - share) * below) for above, below in parts))


def _set_bars(
    item: pg.BarGraphItem,
    middle: NDArray[np.float64],
    half: NDArray[np.float64],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    least: float,
) -> None:
    """Draw bars, which reach beyond both ends by `least`."""
    some = np.isfinite(low)
    middle, half, low, high = middle[some], half[some], low[some] - least, high[some] + least
    item.setOpts(x0=middle - half, x1=middle + half, y0=low, height=high - low)
