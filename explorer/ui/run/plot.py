"""Lines over the files of a run. Importing this brings pyqtgraph along: import it when there is one."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QGraphicsSimpleTextItem, QWidget

from explorer.formatting import every_digit
from explorer.ui import theme
from explorer.ui.plots.graph_plot import OVERHANG, GraphPlot
from explorer.ui.plots.ticks import figures, powers_of_ten, round_numbers
from explorer.ui.run.lines import LineLooks, RunLine

_TICKS: Final = 5
_HEADROOM: Final = 1.06
_ODD_HEADROOM: Final = 1.16
"""Where there are crosses for what is not finite, above all lines."""
_ENDS: Final = 0.25
"""So much of the way between two files is shown before the first and behind the last."""
_NAMES: Final = 220
"""Pixels that the names of lines take at most."""
_FAR: Final = 307.0
"""Powers of ten that float64 holds."""
_BACK: Final = 0.45
"""How strong lines are beside one that stands out."""
_NEAR: Final = 24.0
"""Pixels within which a line is meant by the mouse."""


class RunPlot(GraphPlot):
    """Draws a line for each of some layers; the selected ones stand out, and so does the one that is pointed at.

    Signals:
        pointed: What is under the cursor, in words; "" when it left.
        chosen: The row of a line that was clicked.
        named: Other lines have their names at their ends.
    """

    pointed = Signal(str)
    named = Signal()
    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Change over the files of a run", parent)
        self._lines: Sequence[RunLine] = ()
        self._looks = LineLooks()
        self._files: Sequence[str] = ()
        self._log = False
        self._at: int | None = None
        self._first = 0
        self._pointed: int | None = None
        self._span = (0.0, 1.0)
        self._known = np.zeros(0, np.int64)
        self._drawn: list[pg.PlotDataItem] = []
        self._crosses = pg.ScatterPlotItem(symbol="x", size=11, pen=None)
        self._crosses.setZValue(2)
        self._plot.addItem(self._crosses)
        self._names: list[QGraphicsSimpleTextItem] = []
        self._plot.getAxis("left").setWidth(64)
        self._plot.getViewBox().sigRangeChanged.connect(self._label)
        self._plot.getViewBox().sigResized.connect(self._label)
        self._recolour()

    @property
    def lines(self) -> Sequence[RunLine]:
        """What is drawn."""
        return self._lines

    def show_lines(
        self, lines: Sequence[RunLine], files: Sequence[str], unread: frozenset[int], *, log: bool, first: int = 0
    ) -> None:
        """Draw other lines.

        Args:
            lines: Of one length.
            files: What each file is called.
            unread: Places of files of which nothing is known: lines go on behind them.
            log: On a logarithmic axis, on which what is 0 has no place.
            first: The place of the first file that has figures.
        """
        if len(files) != len(self._files):
            self._at = None
        fits = list(files) != list(self._files) or first != self._first
        self._first, self._pointed = first, None
        self._lines, self._files, self._log = lines, files, log
        self._looks.assign([line.name for line in lines])
        self._known = np.array([at for at in range(len(files)) if at not in unread], np.int64)
        self._draw()
        last = max(len(files) - 1, first + 1)
        self._set_whole(first - _ENDS, last + _ENDS, min(1.0, last - first))
        if fits:
            self.reset()

    def unnamed(self) -> list[tuple[str, str]]:
        """Lines whose names have no room at their ends: sign and name, and the colour of each."""
        shown = {name.data(0) for name in self._names}
        return [
            (f"{self._looks.sign(line.name)} {line.name}", self._color(line))
            for line in self._lines
            if line.row not in shown
        ]

    def describe(self, at: int, line: RunLine) -> str:
        """What a line is at a file: ``layer1.conv, 2000: 0.034``."""
        value = float(line.values[at])
        said = "not finite" if at in line.odd else "no figure" if math.isnan(value) else every_digit(value)
        return f"{line.name}, {self._files[at]}: {said}"

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Keep the names at the ends of their lines."""
        super().resizeEvent(event)
        self._label()

    def _hover(self, position: QPointF | None) -> None:
        if position is None:
            self._stand_out(None)
            self._point(None)
            return
        line, at = self._nearest(position)
        self._stand_out(None if line is None else line.row)
        self.setCursor(Qt.CursorShape.ArrowCursor if line is None else Qt.CursorShape.PointingHandCursor)
        if line is None:
            self._point(None)
        else:
            # The crosses of all lines are at one place.
            there = [each for each in self._lines if at in each.odd] if at in line.odd else [line]
            self.pointed.emit(" · ".join(self.describe(at, each) for each in there))

    def _click(self, position: QPointF) -> None:
        line, _at = self._nearest(position)
        if line is not None:
            self.chosen.emit(line.row)

    def _stand_out(self, row: int | None) -> None:
        if row != self._pointed:
            self._pointed = row
            self._style_lines()
            self._label()

    def _stands_out(self, line: RunLine) -> bool:
        return line.selected or line.row == self._pointed

    def _color(self, line: RunLine) -> str:
        return self._looks.color(line.name, theme.current(self))

    def _nearest(self, position: QPointF) -> tuple[RunLine | None, int]:
        """The line under the mouse, and the file."""
        box = self._plot.getViewBox()
        scene = self._view.mapToScene(position.toPoint())
        if not self._files or not box.sceneBoundingRect().contains(scene):
            return None, 0
        at = min(max(round(box.mapSceneToView(scene).x()), self._first), len(self._files) - 1)
        best, distance = None, _NEAR
        for line in self._lines:
            y = self._odd_place if at in line.odd else self._place(float(line.values[at]))
            if y is not None:
                apart = abs(box.mapViewToScene(QPointF(at, y)).y() - scene.y())
                if apart < distance or (apart == distance and line.selected):
                    best, distance = line, apart
        return best, at

    @property
    def _odd_place(self) -> float:
        """Where what is not finite is drawn: above all lines."""
        low, high = self._span
        return high - (high - low) * (_ODD_HEADROOM - _HEADROOM) / 2

    def _place(self, value: float) -> float | None:
        """Where a value is drawn; None where it has no place."""
        if not math.isfinite(value) or (self._log and value <= 0):
            return None
        return math.log10(value) if self._log else value

    def _draw(self) -> None:
        values = np.array([line.values for line in self._lines]) if self._lines else np.zeros((0, 0))
        some = values[np.isfinite(values) & (values > 0)]
        low, high = (float(some.min()), float(some.max())) if some.size else (0.0, 1.0)
        headroom = _ODD_HEADROOM if any(line.odd for line in self._lines) else _HEADROOM
        if self._log and some.size:
            low, high = math.log10(low), math.log10(high)
            room = max((high - low) * (_HEADROOM - 1), 0.05)
            self._span = low - room, high + max(room, (high - low) * (headroom - 1))
            least, most = (10.0 ** min(max(end, -_FAR), _FAR) for end in self._span)
            ticks = [(math.log10(at), text) for at, text in _labelled(powers_of_ten(least, most, _TICKS))]
        else:
            self._span = 0.0, high * headroom
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
        self._drawn = []
        for line in self._lines:
            values = line.values[self._known].tolist()
            places = np.array([np.nan if (y := self._place(value)) is None else y for value in values])
            # pyqtgraph asks for the range of what it draws, which a line without any figure has not.
            some = not np.isnan(places).all()
            item = pg.PlotDataItem(
                self._known.astype(np.float64) if some else [],
                places if some else [],
                connect="finite",
                symbol=self._looks.shape(line.name),
                symbolPen=None,
                antialias=True,
            )
            self._plot.addItem(item)
            self._drawn.append(item)
        odd = sorted({at for line in self._lines for at in line.odd})
        self._crosses.setData(x=odd, y=[self._odd_place] * len(odd), brush=QColor(theme.current(self).bad))
        self._style_lines()
        self._label()

    def _style_lines(self) -> None:
        """Have some lines stand out, and the others stand back while there are any."""
        some = any(self._stands_out(line) for line in self._lines)
        for line, item in zip(self._lines, self._drawn, strict=True):
            out = self._stands_out(line)
            color = QColor(self._color(line))
            if some and not out:
                color.setAlphaF(_BACK)
            item.setPen(pg.mkPen(color, width=2.5 if out else 1.5))
            item.setSymbolBrush(color)
            item.setSymbolSize(9 if out else 7)
            item.setZValue(1 if out else 0)

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
        shown = range(self._first, len(self._files), every)
        self._plot.getAxis("bottom").setTicks([[(at, _cut(metrics, self._files[at], pixels / 2)) for at in shown]])
        self._name_lines(metrics, right)

    def _name_lines(self, metrics: QFontMetricsF, room: int) -> None:
        for name in self._names:
            self._view.scene().removeItem(name)
        self._names = []
        box = self._plot.getViewBox()
        area = self._plot.mapRectFromScene(box.sceneBoundingRect())
        ends = []
        for at, line in enumerate(self._lines):
            known = np.flatnonzero(~np.isnan(line.values))
            y = self._place(float(line.values[known[-1]])) if known.size else None
            y = self._odd_place if line.ends_odd else y
            if y is not None:
                ends.append((self._plot.mapFromScene(box.mapViewToScene(QPointF(0.0, y))).y(), at))
        # Where there is no room for all names, those of lines that stand out come first: pointing at others names them.
        most = max(1, int(area.height() / metrics.height()))
        ends = sorted(sorted(ends, key=lambda end: not self._stands_out(self._lines[end[1]]))[:most])
        middles = _apart([y for y, _at in ends], metrics.height(), area.top(), area.bottom())
        for y, (_end, at) in zip(middles, ends, strict=True):
            line, out = self._lines[at], self._stands_out(self._lines[at])
            name = QGraphicsSimpleTextItem(_cut(metrics, line.name, room - 12), self._plot)
            font = theme.small_font(self.font())
            font.setBold(out)
            name.setFont(font)
            name.setBrush(QColor(self._color(line)))
            name.setPos(area.right() + 6, y - metrics.height() / 2)
            name.setData(0, line.row)
            self._names.append(name)
        self.named.emit()

    def _point(self, x: float | None) -> None:
        place = self._at if x is None and self.hasFocus() else x
        if place is None or not self._files:
            self.pointed.emit("")
            return
        at = min(max(round(place), self._first), len(self._files) - 1)
        chosen = [line for line in self._lines if line.selected] or list(self._lines[:1])
        self.pointed.emit(" · ".join(self.describe(at, line) for line in chosen[:3]) if chosen else self._files[at])

    def _step(self, by: int) -> None:
        if not self._files:
            return
        last = len(self._files) - 1
        self._at = min(self._first if self._at is None else max(self._at + by, self._first), last)
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


def _apart(middles: list[float], height: float, top: float, bottom: float) -> list[float]:
    """Move labels, from the uppermost down, as little as it takes for none to lie on another, and all in the room."""
    placed: list[float] = []
    for y in middles:
        placed.append(max(y, placed[-1] + height) if placed else max(y, top + height / 2))
    below = bottom - height / 2
    for at in range(len(placed) - 1, -1, -1):
        placed[at] = min(placed[at], below)
        below = placed[at] - height
    return placed
