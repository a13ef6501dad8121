"""Lines over the files of a run. Importing this brings pyqtgraph along: import it when there is one."""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QGraphicsSimpleTextItem, QWidget

from explorer.formatting import figure
from explorer.ui import theme
from explorer.ui.histogram.ticks import figures, powers_of_ten, round_numbers
from explorer.ui.plots.graph_plot import OVERHANG, GraphPlot

_TICKS: Final = 5
_HEADROOM: Final = 1.06
_ENDS: Final = 0.25
"""So much of the way between two files is shown before the first and behind the last."""
_NAMES: Final = 220
"""Pixels that the names of lines take at most."""
_FAR: Final = 307.0
"""Powers of ten that float64 holds."""
_NEAR: Final = 24.0
"""Pixels within which a line is meant by the mouse."""


class RunLine(NamedTuple):
    """A line.

    Attributes:
        row: Whose, in the `RunTable`.
        name: What stands at its end.
        values: float64[files]; NaN where it has a gap.
        selected: It stands out.
    """

    row: int
    name: str
    values: NDArray[np.float64]
    selected: bool


class RunPlot(GraphPlot):
    """Draws a line for each of some layers; the selected ones stand out.

    Signals:
        pointed: What is under the cursor, in words; "" when it left.
        chosen: The row of a line that was clicked.
    """

    pointed = Signal(str)
    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Change over the files of a run", parent)
        self._lines: Sequence[RunLine] = ()
        self._files: Sequence[str] = ()
        self._log = False
        self._at: int | None = None
        self._span = (0.0, 1.0)
        self._known = np.zeros(0, np.int64)
        self._drawn: list[pg.PlotDataItem] = []
        self._names: list[QGraphicsSimpleTextItem] = []
        self._plot.getAxis("left").setWidth(64)
        self._plot.getViewBox().sigRangeChanged.connect(self._label)
        self._plot.getViewBox().sigResized.connect(self._label)
        self._recolour()

    @property
    def lines(self) -> Sequence[RunLine]:
        """What is drawn."""
        return self._lines

    def show_lines(self, lines: Sequence[RunLine], files: Sequence[str], unread: frozenset[int], *, log: bool) -> None:
        """Draw other lines.

        Args:
            lines: Of one length.
            files: What each file is called.
            unread: Places of files of which nothing is known: lines go on behind them.
            log: On a logarithmic axis, on which what is 0 has no place.
        """
        if len(files) != len(self._files):
            self._at = None
        fits = list(files) != list(self._files)
        self._lines, self._files, self._log = lines, files, log
        self._known = np.array([at for at in range(len(files)) if at not in unread], np.int64)
        self._draw()
        if fits:
            self.reset()

    def reset(self) -> None:
        """Show all files."""
        last = max(len(self._files) - 1, 1)
        self._plot.getViewBox().setLimits(xMin=-_ENDS, xMax=last + _ENDS, minXRange=min(1.0, last))
        self._plot.setXRange(-_ENDS, last + _ENDS, padding=0)

    def describe(self, at: int, line: RunLine) -> str:
        """What a line is at a file: ``layer1.conv, 2000: 0.034``."""
        value = float(line.values[at])
        return f"{line.name}, {self._files[at]}: {'no figure' if math.isnan(value) else figure(value)}"

    @property
    def drawing(self) -> QWidget:
        """What takes the mouse."""
        viewport: QWidget = self._view.viewport()
        return viewport

    def position_of(self, at: int, value: float) -> QPointF:
        """Where on `drawing` a value is drawn.

        Args:
            at: The place of its file.
            value: One that has a place on the axis.
        """
        y = self._place(value)
        scene = self._plot.getViewBox().mapViewToScene(QPointF(at, 0.0 if y is None else y))
        return QPointF(self._view.mapFromScene(scene))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Choose the line that is clicked."""
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseMove:
            line, at = self._nearest(event.position())
            self.pointed.emit("" if line is None else self.describe(at, line))
            return False
        if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonRelease:
            line, _at = self._nearest(event.position())
            if line is not None and event.button() == Qt.MouseButton.LeftButton:
                self.chosen.emit(line.row)
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Keep the names at the ends of their lines."""
        super().resizeEvent(event)
        self._label()

    def _nearest(self, position: QPointF) -> tuple[RunLine | None, int]:
        """The line under the mouse, and the file."""
        box = self._plot.getViewBox()
        scene = self._view.mapToScene(position.toPoint())
        if not self._files or not box.sceneBoundingRect().contains(scene):
            return None, 0
        at = min(max(round(box.mapSceneToView(scene).x()), 0), len(self._files) - 1)
        best, distance = None, _NEAR
        for line in self._lines:
            y = self._place(float(line.values[at]))
            if y is not None:
                apart = abs(box.mapViewToScene(QPointF(at, y)).y() - scene.y())
                if apart < distance or (apart == distance and line.selected):
                    best, distance = line, apart
        return best, at

    def _place(self, value: float) -> float | None:
        """Where a value is drawn; None where it has no place."""
        if not math.isfinite(value) or (self._log and value <= 0):
            return None
        return math.log10(value) if self._log else value

    def _draw(self) -> None:
        values = np.array([line.values for line in self._lines]) if self._lines else np.zeros((0, 0))
        some = values[np.isfinite(values) & (values > 0)]
        low, high = (float(some.min()), float(some.max())) if some.size else (0.0, 1.0)
        if self._log and some.size:
            low, high = math.log10(low), math.log10(high)
            room = max((high - low) * (_HEADROOM - 1), 0.05)
            self._span = low - room, high + room
            least, most = (10.0 ** min(max(end, -_FAR), _FAR) for end in self._span)
            ticks = [(math.log10(at), text) for at, text in _labelled(powers_of_ten(least, most, _TICKS))]
        else:
            self._span = 0.0, high * _HEADROOM
            ticks = _labelled(round_numbers(0.0, self._span[1], _TICKS))
        self._plot.setYRange(*self._span, padding=0)
        self._plot.getAxis("left").setTicks([ticks])
        last = max(len(self._files) - 1, 1)
        ends = np.tile([-_ENDS, last + _ENDS], len(ticks))
        self._grid.setData(ends, np.repeat(np.array([at for at, _text in ticks]), 2))
        self._draw_lines()
        self._draw_cursor()

    def _draw_lines(self) -> None:
        for item in self._drawn:
            self._plot.removeItem(item)
        colors = theme.current(self)
        self._drawn = []
        for line in self._lines:
            color = QColor(colors.accent if line.selected else colors.bars)
            if not line.selected:
                color.setAlphaF(0.75)
            values = line.values[self._known].tolist()
            places = np.array([np.nan if (y := self._place(value)) is None else y for value in values])
            item = pg.PlotDataItem(
                self._known.astype(np.float64),
                places,
                connect="finite",
                pen=pg.mkPen(color, width=2.5 if line.selected else 1.5),
                symbol="o",
                symbolSize=6 if line.selected else 4,
                symbolBrush=color,
                symbolPen=None,
                antialias=True,
            )
            item.setZValue(1 if line.selected else 0)
            self._plot.addItem(item)
            self._drawn.append(item)
        self._label()

    def _label(self) -> None:
        """Name the files below, and the lines at their ends."""
        if not self._files:
            return
        metrics = QFontMetricsF(theme.small_font(self.font()))
        wide = max((metrics.horizontalAdvance(line.name) for line in self._lines), default=0.0)
        right = math.ceil(min(wide, _NAMES)) + 14 if self._lines else OVERHANG
        self._plot.layout.setContentsMargins(4, 12, max(right, OVERHANG), 4)
        left, end = self._shown_range()
        pixels = max(1.0, self._plot.getViewBox().width())
        room = max(metrics.horizontalAdvance(name) for name in self._files) + 16
        every = max(1, math.ceil(room / (pixels / max(end - left, 1e-9))))
        shown = range(0, len(self._files), every)
        self._plot.getAxis("bottom").setTicks([[(at, _cut(metrics, self._files[at], pixels / 2)) for at in shown]])
        self._name_lines(metrics, right)

    def _name_lines(self, metrics: QFontMetricsF, room: int) -> None:
        for name in self._names:
            self._view.scene().removeItem(name)
        self._names = []
        colors, box = theme.current(self), self._plot.getViewBox()
        area = self._plot.mapRectFromScene(box.sceneBoundingRect())
        taken: list[float] = []
        for line in sorted(self._lines, key=lambda line: not line.selected):
            known = np.flatnonzero(~np.isnan(line.values))
            y = self._place(float(line.values[known[-1]])) if known.size else None
            if y is None:
                continue
            at = self._plot.mapFromScene(box.mapViewToScene(QPointF(0.0, y))).y()
            # Where two would lie on each other the second is left out: pointing at its line names it.
            if any(abs(at - other) < metrics.height() for other in taken):
                continue
            taken.append(at)
            name = QGraphicsSimpleTextItem(_cut(metrics, line.name, room - 12), self._plot)
            name.setFont(theme.small_font(self.font()))
            name.setBrush(QColor(colors.accent if line.selected else colors.muted))
            name.setPos(area.right() + 6, at - metrics.height() / 2)
            self._names.append(name)

    def _point(self, x: float | None) -> None:
        if x is None or not self._files:
            self.pointed.emit("")
            return
        at = min(max(round(x), 0), len(self._files) - 1)
        chosen = [line for line in self._lines if line.selected] or list(self._lines[:1])
        self.pointed.emit(" · ".join(self.describe(at, line) for line in chosen[:3]) if chosen else self._files[at])

    def _step(self, by: int) -> None:
        if not self._files:
            return
        self._at = 0 if self._at is None else min(max(self._at + by, 0), len(self._files) - 1)
        self._bring_into_view(self._at - _ENDS, self._at + _ENDS)
        self._draw_cursor()
        self._point(self._at)

    def _fixed_place(self) -> float | None:
        return None if self._at is None else float(self._at)

    def _draw_cursor(self) -> None:
        if self._at is None or not self.hasFocus():
            self._cursor.setOpts(x0=[], x1=[], y0=[], height=[])
            return
        low, high = self._span
        self._cursor.setOpts(x0=[self._at - 0.1], x1=[self._at + 0.1], y0=[low], height=[high - low])

    def _recolour(self) -> None:
        super()._recolour()
        if self._lines:
            self._draw_lines()


def _labelled(numbers: list[float]) -> list[tuple[float, str]]:
    return list(zip(numbers, figures(numbers), strict=True))


def _cut(metrics: QFontMetricsF, text: str, room: float) -> str:
    # It is the ends of names that tell layers apart.
    return metrics.elidedText(text, Qt.TextElideMode.ElideLeft, room)
