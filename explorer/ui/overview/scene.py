"""Where everything of an overview is drawn, in pixels."""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSizeF
from PySide6.QtGui import QFontMetricsF

from explorer.analysis.draw.axes import Axis
from explorer.analysis.draw.overview import Overview, State, places
from explorer.analysis.draw.sections import sections
from explorer.ui.overview.names import Name, fitting_names
from explorer.ui.plots.columns import (
    ABOVE,
    BELOW,
    CROWDED,
    GAP,
    OUTSIDE,
    TICK_EVERY,
    columns_of,
    draw_bands,
    mark,
)
from explorer.ui.plots.ticks import axis_numbers, figures

Numbers = NDArray[np.float64]

_ALIKE: Final = 0.2
"""A way along the vertical axis, in powers of ten, that is too short to fill it."""
_NARROWEST_SECTION: Final = 6.0
"""The ends of narrower ones would fill the plot with lines."""
_READ_AGAIN: Final = 1_000
"""Of so many tensors, or fewer, that are shown, the sections are worked out anew."""


class Scene(NamedTuple):
    """What is drawn.

    Attributes:
        room: Of the columns; labels stand to its left and below.
        left: The row at its left end, possibly in the middle of one.
        right: That at its right end.
        together: Tensors for each column.
        crowded: There is no room for thin lines.
        ticks: Places along y and their labels.
        zero: Where 0 is along y; None at an end.
        cuts: Places along x where a section ends.
        names: Of sections that have room for them.
        ends: From the smallest value to the largest.
        outer: From 5 to 95 %.
        inner: From 25 to 75 %.
        medians: The medians.
        not_finite: Places along x of columns with NaN or Inf.
        unreadable: Of columns with a tensor that cannot be read.
        marks: Where those are along y.
    """

    room: QRectF
    left: float
    right: float
    together: int
    crowded: bool
    ticks: list[tuple[float, str]]
    zero: float | None
    cuts: list[float]
    names: list[Name]
    ends: list[QRectF]
    outer: list[QRectF]
    inner: list[QRectF]
    medians: list[QRectF]
    not_finite: list[float]
    unreadable: list[float]
    marks: float

    def x_of(self, row: float) -> float:
        """Where a row begins."""
        return self.room.left() + (row - self.left) / (self.right - self.left) * self.room.width()

    def row_at(self, x: float) -> float:
        """The inverse of `x_of`."""
        return self.left + (x - self.room.left()) / self.room.width() * (self.right - self.left)


class _Height(NamedTuple):
    """The vertical axis: what is shown of it, and where."""

    axis: Axis
    bottom: float
    top: float
    ticks: list[tuple[float, str]]
    low: float
    high: float

    def y_of(self, room: QRectF, at: float) -> float:
        return room.bottom() - (at - self.bottom) / (self.top - self.bottom) * room.height()

    def ys_of(self, room: QRectF, at: Numbers) -> Numbers:
        ys: Numbers = room.bottom() - (at - self.bottom) / (self.top - self.bottom) * room.height()
        return ys


def scene_of(overview: Overview, axis: Axis, left: float, right: float, size: QSizeF, metrics: QFontMetricsF) -> Scene:
    """Lay an overview out.

    Args:
        overview: With at least one row.
        axis: The vertical one.
        left: The first row to be shown, possibly from its middle on.
        right: The last one's end, above `left`.
        size: Of the whole drawing.
        metrics: Of the font of its labels.
    """
    height = max(1.0, size.height() - 2 * GAP - metrics.height() - OUTSIDE)
    vertical = _height_of(overview, axis, height)
    labels = max(metrics.horizontalAdvance(text) for _at, text in vertical.ticks)
    width = max(1.0, size.width() - labels - 2 * GAP - OUTSIDE)
    room = QRectF(labels + 2 * GAP, OUTSIDE, width, height)
    together = max(1, math.ceil((right - left) / width - 1e-6))
    pixels = width / (right - left) * together
    scene = Scene(
        room=room,
        left=left,
        right=right,
        together=together,
        crowded=pixels < CROWDED,
        ticks=[(vertical.y_of(room, at), text) for at, text in vertical.ticks],
        zero=vertical.y_of(room, 0.0) if vertical.low < 0 < vertical.high else None,
        cuts=[],
        names=[],
        ends=[],
        outer=[],
        inner=[],
        medians=[],
        not_finite=[],
        unreadable=[],
        marks=room.top() + ABOVE / 2,
    )
    first = min(math.floor(left), len(overview) - 1) // together * together
    # A column that is shown in part stands for all of its tensors all the same.
    end = min(len(overview), first + max(1, math.ceil((right - first) / together)) * together)
    _draw_columns(scene, overview, vertical, first, end)
    _mark(scene, overview, first, end)
    _draw_sections(scene, overview, metrics, math.floor(left), min(len(overview), math.ceil(right)))
    return scene


def _height_of(overview: Overview, axis: Axis, pixels: float) -> _Height:
    low, high = overview.span or (0.0, 0.0)
    first, last = axis.place(low), axis.place(high)
    alike = last - first < _ALIKE
    if alike:
        first, last = first - _ALIKE / 2, last + _ALIKE / 2
    pixel = (last - first) / max(1.0, pixels - ABOVE - BELOW)
    numbers = axis_numbers(axis, low, high, max(3, int(pixels / TICK_EVERY)))
    if not numbers:
        numbers = [low] if alike else [low, high]
    ticks = [(axis.place(value), text) for value, text in zip(numbers, figures(numbers), strict=True)]
    return _Height(axis, first - BELOW * pixel, last + ABOVE * pixel, ticks, low, high)


def _draw_columns(scene: Scene, overview: Overview, vertical: _Height, first: int, end: int) -> None:
    shown = overview.envelope(first, end, scene.together)
    lows, highs = (vertical.ys_of(scene.room, places(vertical.axis, values)) for values in (shown.lows, shown.highs))
    shown_part = scene.left, scene.right
    columns = columns_of(shown.firsts, shown_part, scene.together, len(overview), scene.room)
    draw_bands(scene, columns, scene.room, lows, highs)


def _mark(scene: Scene, overview: Overview, first: int, end: int) -> None:
    states = overview.states[first:end]
    for marks, state in ((scene.not_finite, State.NOT_FINITE), (scene.unreadable, State.UNREADABLE)):
        # Not np.unique, which imports numpy.ma when it is first used.
        rows = np.flatnonzero(states == state)
        for start in sorted(set((first + rows // scene.together * scene.together).tolist())):
            middle = scene.x_of((start + min(start + scene.together, len(overview))) / 2)
            mark(marks, middle, scene.room)


def _draw_sections(scene: Scene, overview: Overview, metrics: QFontMetricsF, first: int, end: int) -> None:
    if end - first <= _READ_AGAIN and end - first < len(overview):
        offset, found = first, sections(overview.keys(first, end))
    else:
        offset, found = 0, overview.sections
    firsts = np.array([section.first for section in found], np.float64) + offset
    starts = np.maximum(firsts, scene.left)
    stops = np.minimum(np.append(firsts[1:], len(overview)), scene.right)
    scale = scene.room.width() / (scene.right - scene.left)
    wide = np.flatnonzero((stops - starts) * scale >= _NARROWEST_SECTION)
    cuts = {*starts[wide].tolist(), *stops[wide].tolist()}
    scene.cuts.extend(scene.x_of(cut) for cut in sorted(cuts) if scene.left < cut < scene.right)
    ends = [(scene.x_of(float(starts[place])), scene.x_of(float(stops[place]))) for place in wide.tolist()]
    rooms = [(left, right, found[place].name) for (left, right), place in zip(ends, wide.tolist(), strict=True)]
    scene.names.extend(fitting_names(rooms, scene.room, metrics))
