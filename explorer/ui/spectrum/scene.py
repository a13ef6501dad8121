"""Where everything of a plot of singular values is drawn, in pixels."""

import math
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, QSizeF
from PySide6.QtGui import QFontMetricsF

from explorer.analysis.draw.axes import Axis
from explorer.analysis.draw.spectrum import Spectrum
from explorer.ui.plots.ticks import axis_numbers, figures, index_ticks, round_numbers
from explorer.ui.spectrum.work import BINS, Computed

Form = Literal["index", "histogram"]
Numbers = NDArray[np.float64]

_ABOVE: Final = 12.0
_OUTSIDE: Final = 28.0
_GAP: Final = 8.0
_TICK_EVERY: Final = 36.0
_LABEL_EVERY: Final = 90.0
_DEEPEST: Final = 1e-18
"""Of the largest value: what is smaller is rounding alone."""
_DOTS: Final = 5.0
"""Pixels from one value to the next from which on each is a dot."""
_NONE: Final = 0.5
"""Where a logarithmic axis of counts begins, so that one value has some height."""


class Scene(NamedTuple):
    """What is drawn.

    Attributes:
        room: Of the plot; labels stand to its left and below.
        ticks: Places along y, and their labels.
        labels: Places along x, and theirs.
        values: The values in their order; nothing in a histogram.
        dots: They are far enough apart for that.
        bars: Of a histogram.
        random: The same of a random matrix, as a line.
        edge: Of the random matrix, where it is shown.
    """

    room: QRectF
    ticks: list[tuple[float, str]]
    labels: list[tuple[float, str]]
    values: list[QPointF]
    dots: bool
    bars: list[QRectF]
    random: list[QPointF]
    edge: QLineF | None


def scene_of(
    computed: Computed,
    spectrum: Spectrum,
    form: Form,
    shown: tuple[float, float],
    size: QSizeF,
    metrics: QFontMetricsF,
    *,
    log: bool,
) -> Scene:
    """Lay singular values out.

    Args:
        computed: What is known of them.
        spectrum: They themselves.
        form: One behind the other, or how many there are of which size.
        shown: The first value or bin, possibly from its middle on, and the end of the last.
        size: Of the whole drawing.
        metrics: Of the font of its labels.
        log: Draw the vertical axis logarithmic.
    """
    heights = spectrum.values if form == "index" else computed.counts.astype(np.float64)
    others = computed.random if form == "index" else computed.expected
    edge_shown = spectrum.random_edge if form == "index" else 0.0
    top = float(max(heights.max(initial=0.0), others.max(initial=0.0), edge_shown)) or 1.0
    low = 0.0
    if log:
        positive = heights[heights > 0]
        least = float(positive.min()) if form == "index" and positive.size else _NONE
        low = max(least, top * _DEEPEST)
        low, top = (low, top) if low < top else (low / 10, top * 10)
    axis = Axis("log") if log else Axis("linear")
    height = max(1.0, size.height() - 2 * _GAP - metrics.height() - _OUTSIDE)
    numbers = axis_numbers(axis, low, top, max(3, int(height / _TICK_EVERY))) or [low, top]
    if form == "histogram":
        numbers = [number for number in numbers if number == int(number)] or numbers
    labels = figures(numbers)
    left_room = max(map(metrics.horizontalAdvance, labels)) + 2 * _GAP
    room = QRectF(left_room, _OUTSIDE, max(1.0, size.width() - left_room - _OUTSIDE), height)
    drawn = _Drawn(room, shown, axis.place(low), axis.place(top), log=log)
    edge = _edge(drawn, spectrum, computed, form)
    if form == "index":
        scale = room.width() / (shown[1] - shown[0])
        return Scene(
            room=room,
            ticks=[(drawn.y(number), text) for number, text in zip(numbers, labels, strict=True)],
            labels=[
                (drawn.x(place + 0.5), str(place)) for place in index_ticks(*shown, room.width(), spectrum.values.size)
            ],
            values=drawn.line(spectrum.values, 0.5),
            dots=scale >= _DOTS,
            bars=[],
            random=drawn.line(computed.random, 0.5),
            edge=edge,
        )
    return Scene(
        room=room,
        ticks=[(drawn.y(number), text) for number, text in zip(numbers, labels, strict=True)],
        labels=_values_below(drawn, computed),
        values=[],
        dots=False,
        bars=drawn.bars(heights),
        random=drawn.steps(computed.expected),
        edge=edge,
    )


def _edge(drawn: "_Drawn", spectrum: Spectrum, computed: Computed, form: Form) -> QLineF | None:
    room, at = drawn.room, spectrum.random_edge
    if form == "index":
        y = drawn.y(at)
        return QLineF(room.left(), y, room.right(), y) if room.top() <= y <= room.bottom() else None
    x = drawn.x(at / computed.top * BINS)
    return QLineF(x, room.top(), x, room.bottom()) if room.left() <= x <= room.right() else None


def _values_below(drawn: "_Drawn", computed: Computed) -> list[tuple[float, str]]:
    low, high = (computed.top * place / BINS for place in drawn.shown)
    numbers = round_numbers(low, high, max(2, int(drawn.room.width() / _LABEL_EVERY)))
    return [
        (drawn.x(number / computed.top * BINS), text) for number, text in zip(numbers, figures(numbers), strict=True)
    ]


class _Drawn:
    """From values to pixels."""

    def __init__(self, room: QRectF, shown: tuple[float, float], low: float, high: float, *, log: bool) -> None:
        self.room, self.shown = room, shown
        self._low, self._high, self._log = low, high, log

    def x(self, place: float) -> float:
        left, right = self.shown
        return self.room.left() + (place - left) / (right - left) * self.room.width()

    def y(self, value: float) -> float:
        return float(self._ys(np.array([value]))[0])

    def _ys(self, values: Numbers) -> Numbers:
        with np.errstate(divide="ignore"):
            at = np.log10(values) if self._log else values
        pixels = max(1.0, self.room.height() - _ABOVE)
        ys: Numbers = self.room.bottom() - (at - self._low) / ((self._high - self._low) or 1.0) * pixels
        return ys

    def _part(self, values: Numbers) -> tuple[int, Numbers]:
        """Those that are shown, with one more at either end: the first, and where they are along y."""
        first = max(0, math.floor(self.shown[0]) - 1)
        return first, self._ys(values[first : math.ceil(self.shown[1]) + 1])

    def line(self, values: Numbers, within: float) -> list[QPointF]:
        first, ys = self._part(values)
        return [
            QPointF(self.x(first + place + within), y)
            for place, y in enumerate(ys.tolist())
            # What is 0 has no place on a logarithmic axis.
            if y <= self.room.bottom() + 1
        ]

    def steps(self, values: Numbers) -> list[QPointF]:
        first, ys = self._part(values)
        found = []
        for place, y in enumerate(np.minimum(ys, self.room.bottom()).tolist(), start=first):
            found += [QPointF(self.x(place), y), QPointF(self.x(place + 1), y)]
        return found

    def bars(self, values: Numbers) -> list[QRectF]:
        first, ys = self._part(values)
        found = []
        for place, y in enumerate(ys.tolist(), start=first):
            bar = QRectF(QPointF(self.x(place) + 0.5, y), QPointF(self.x(place + 1) - 0.5, self.room.bottom()))
            if y < self.room.bottom():
                found.append(bar.intersected(self.room))
        return found
