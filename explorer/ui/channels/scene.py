"""Where everything of a plot of channels is drawn, in pixels."""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSizeF
from PySide6.QtGui import QFontMetricsF

from explorer.analysis.draw.axes import Axis
from explorer.analysis.draw.channels import Channels, drawn_figures, envelope
from explorer.analysis.draw.overview import places
from explorer.analysis.judge.channel_marks import ChannelMarks
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
    rectangles,
)
from explorer.ui.plots.ticks import axis_numbers, figures, index_ticks

Numbers = NDArray[np.float64]

_NORMS: Final = 0.22
"""The part of the height that the norms take."""
_MANY_TIMES: Final = 25.0
"""Where the farthest value is so many times as far from 0 as the wider quarter of the channels reach, the axis is
logarithmic: else those would be a line."""


class Scene(NamedTuple):
    """What is drawn.

    Attributes:
        upper: Of the distributions.
        lower: Of the norms.
        together: Channels for each column.
        crowded: There is no room for thin lines.
        ticks: Places along y of the distributions, and their labels.
        norm_ticks: The same of the norms.
        zero: Where 0 is along y; None at an end.
        indices: Places along x, and the channels that stand there.
        ends: From the smallest value to the largest.
        outer: From 5 to 95 %.
        inner: From 25 to 75 %.
        medians: The medians.
        largest: Up to the largest norm of a column.
        smallest: Up to its smallest.
        dead: Places along x of columns with such a channel.
        outliers: Likewise.
        not_finite: Likewise.
        marks: Where those are along y.
    """

    upper: QRectF
    lower: QRectF
    together: int
    crowded: bool
    ticks: list[tuple[float, str]]
    norm_ticks: list[tuple[float, str]]
    zero: float | None
    indices: list[tuple[float, str]]
    ends: list[QRectF]
    outer: list[QRectF]
    inner: list[QRectF]
    medians: list[QRectF]
    largest: list[QRectF]
    smallest: list[QRectF]
    dead: list[float]
    outliers: list[float]
    not_finite: list[float]
    marks: float


class Frame(NamedTuple):
    """What does not change while one zooms and moves.

    Attributes:
        order: In which the channels stand.
        figures: As of `explorer.analysis.draw.channels.drawn_figures`.
        axis: The vertical one.
        low: The smallest value.
        high: The largest.
        longest: The largest norm, or 1.
    """

    order: NDArray[np.int64]
    figures: Numbers
    axis: Axis
    low: float
    high: float
    longest: float


def frame_of(found: Channels, order: NDArray[np.int64]) -> Frame:
    """Prepare to draw channels.

    Args:
        found: At least one.
        order: In which they stand.
    """
    low = float(np.fmin.reduce(found.column("min"), initial=math.inf))
    high = float(np.fmax.reduce(found.column("max"), initial=-math.inf))
    if not low <= high:
        low = high = 0.0
    norms = found.column("norm")
    longest = float(norms[np.isfinite(norms)].max(initial=0.0)) or 1.0
    return Frame(order, drawn_figures(found, order), _fitting_axis(found, max(-low, high)), low, high, longest)


def _fitting_axis(found: Channels, largest: float) -> Axis:
    """The vertical axis: linear, unless a few values far outside would leave no room for the others."""
    with np.errstate(invalid="ignore"):
        sizes = np.fmax(np.abs(found.column("5 %")), np.abs(found.column("95 %")))
    sizes = np.sort(sizes[sizes > 0])
    if not sizes.size:
        return Axis("linear")
    usual = float(sizes[3 * (sizes.size - 1) // 4])
    if largest <= _MANY_TIMES * usual and largest < 1e300:
        return Axis("linear")
    return Axis("symlog", float(f"1e{max(math.floor(math.log10(usual)), -300)}"))


def scene_of(
    frame: Frame, marks: ChannelMarks, shown: tuple[float, float], size: QSizeF, metrics: QFontMetricsF
) -> Scene:
    """Lay channels out.

    Args:
        frame: The channels.
        marks: Those that deserve a look.
        shown: The first place, possibly from its middle on, and the end of the last.
        size: Of the whole drawing.
        metrics: Of the font of its labels.
    """
    order, axis, low, high, longest = frame.order, frame.axis, frame.low, frame.high, frame.longest
    channels = order.size
    height = max(2.0, size.height() - 2 * GAP - metrics.height() - OUTSIDE)
    lower_height = height * _NORMS
    upper_height = max(1.0, height - lower_height - GAP)
    most = max(3, int(upper_height / TICK_EVERY))
    # Between so few round numbers there may be one alone.
    several = (found for found in (axis_numbers(axis, low, high, times * most) for times in (1, 2)) if len(found) > 1)
    numbers = next(several, sorted({low, high}))
    labels = [*figures(numbers), *figures([0.0, longest])]
    left_room = max(map(metrics.horizontalAdvance, labels)) + 2 * GAP
    width = max(1.0, size.width() - left_room - OUTSIDE)
    upper = QRectF(left_room, OUTSIDE, width, upper_height)
    lower = QRectF(left_room, upper.bottom() + GAP, width, lower_height)
    left, right = shown
    together = max(1, math.ceil((right - left) / width - 1e-6))
    pixels = width / (right - left) * together
    height_of = _Height(axis, low, high, upper)
    scene = Scene(
        upper=upper,
        lower=lower,
        together=together,
        crowded=pixels < CROWDED,
        ticks=list(zip(height_of.ys(np.array(numbers)).tolist(), figures(numbers), strict=True)),
        norm_ticks=[(lower.bottom(), "0"), (lower.top(), figures([0.0, longest])[1])],
        zero=float(height_of.ys(np.zeros(1))[0]) if low < 0 < high else None,
        indices=[
            (upper.left() + (place + 0.5 - left) / (right - left) * width, str(order[place]))
            for place in index_ticks(left, right, width, channels)
        ],
        ends=[],
        outer=[],
        inner=[],
        medians=[],
        largest=[],
        smallest=[],
        dead=[],
        outliers=[],
        not_finite=[],
        marks=upper.top() + ABOVE / 2,
    )
    first = min(math.floor(left), channels - 1) // together * together
    end = min(channels, first + max(1, math.ceil((right - first) / together)) * together)
    _draw_columns(scene, frame, (first, end), shown, height_of)
    _mark(scene, marks, order, (first, end), shown)
    return scene


class _Height:
    """The vertical axis."""

    def __init__(self, axis: Axis, low: float, high: float, room: QRectF) -> None:
        self._axis, self._room = axis, room
        first, last = axis.place(low), axis.place(high)
        if last - first <= 1e-9 * max(abs(first), abs(last), 1e-290):
            around = abs(first) / 2 or 1.0
            first, last = first - around, last + around
        # A part of the way each, because the whole way may be more than float64 holds.
        self._pixels = max(1.0, room.height() - ABOVE - BELOW)
        self._first, self._last = first, last

    def ys(self, values: Numbers) -> Numbers:
        at = values if self._axis.kind == "linear" else places(self._axis, values)
        half = self._last / 2 - self._first / 2
        ys: Numbers = self._room.bottom() - BELOW - (at / 2 - self._first / 2) / half * self._pixels
        return ys


def _draw_columns(
    scene: Scene, frame: Frame, part: tuple[int, int], shown: tuple[float, float], height: _Height
) -> None:
    drawn = envelope(frame.figures, *part, scene.together)
    lows, highs = height.ys(drawn.lows), height.ys(drawn.highs)
    columns = columns_of(drawn.firsts, shown, scene.together, frame.order.size, scene.upper)
    draw_bands(scene, columns, scene.upper, lows, highs)
    with np.errstate(invalid="ignore", over="ignore"):
        tops = scene.lower.bottom() - np.minimum(drawn.norms / frame.longest, 1.0) * scene.lower.height()
    ground = np.full(len(tops), scene.lower.bottom())
    for bars, place in ((scene.smallest, 0), (scene.largest, 1)):
        left, right = columns.middle - columns.wide, columns.middle + columns.wide
        bars.extend(rectangles(scene.lower, left, right, ground, tops[:, place], 0.0))


def _mark(
    scene: Scene, marks: ChannelMarks, order: NDArray[np.int64], part: tuple[int, int], shown: tuple[float, float]
) -> None:
    scale = scene.upper.width() / (shown[1] - shown[0])
    for drawn, channels in (
        (scene.dead, marks.dead),
        (scene.outliers, marks.outliers),
        (scene.not_finite, marks.not_finite),
    ):
        if not channels.size:
            continue
        flags = np.zeros(order.size, bool)
        flags[channels] = True
        found = np.flatnonzero(flags[order[part[0] : part[1]]]) + part[0]
        for start in sorted(set((found // scene.together * scene.together).tolist())):
            stop = min(start + scene.together, order.size)
            middle = scene.upper.left() + ((start + stop) / 2 - shown[0]) * scale
            mark(drawn, middle, scene.upper)
