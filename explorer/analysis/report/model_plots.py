"""The plots of a report, as SVG within the page: a column for each tensor, in the file's order."""

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from explorer import formatting
from explorer.analysis.draw.axes import Axis
from explorer.analysis.draw.overview import Overview, places
from explorer.analysis.draw.row_bars import bars
from explorer.analysis.measure.statistics import Statistics
from explorer.analysis.report.html_page import named

_WIDTH, _HEIGHT = 1000.0, 300.0
_LEFT, _TOP, _BOTTOM = 72.0, 12.0, 28.0
_COLUMNS: Final = 400
"""At most; of more tensors a column stands for several."""
_LETTER: Final = 7.0
_LETTERS: Final = 20
"""Pixels of a letter, and letters of a name below a plot."""
_WIDEST: Final = 24.0
_SMALL: Final = (72, 18)
_DECADES: Final = 12
"""Of a logarithmic axis, at most."""

_Floats = NDArray[np.float64]


def bands_plot(overview: Overview) -> str:
    """Quantile bands: from 5 to 95 %, from 25 to 75 %, the median, the ends.

    Args:
        overview: With at least one row, filled.
    """
    if overview.span is None:
        return ""
    axis, (low, high) = overview.axis, overview.span
    bottom, top = axis.place(low), axis.place(high)
    plot = _Plot(overview, bottom, top if top > bottom else bottom + 1)
    shown = overview.envelope(0, len(overview), plot.together)
    lows, highs = (plot.ys(places(axis, values)) for values in (shown.lows, shown.highs))
    parts = [plot.grid([(axis.place(value), formatting.figure(value)) for value in _round_numbers(axis, low, high)])]
    for at, first in enumerate(shown.firsts.tolist()):
        if math.isfinite(lows[at, 0]):
            parts.append(_column(plot, at, plot.tip(first), lows[at].tolist(), highs[at].tolist()))
    return plot.page("Quantiles of every tensor by depth", parts)


def sizes_plot(overview: Overview) -> str:
    """Standard deviation and largest magnitude on a logarithmic axis; of several tensors the smallest and the largest.

    Args:
        overview: With at least one row, filled.
    """
    both = (overview.stds, overview.largest)
    positive = np.concatenate([values[np.isfinite(values) & (values > 0)] for values in both])
    if not positive.size:
        return ""
    top = math.log10(float(positive.max()))
    bottom = max(math.log10(float(positive.min())), top - _DECADES)
    plot = _Plot(overview, math.floor(bottom), math.ceil(top) if math.ceil(top) > math.floor(bottom) else top + 1)
    step = max(1, math.ceil((math.ceil(top) - math.floor(bottom)) / 8))
    ticks = [
        (float(power), formatting.figure(10.0**power)) for power in range(math.floor(bottom), math.ceil(top) + 1, step)
    ]
    parts = [plot.grid(ticks)]
    starts = np.arange(0, len(overview), plot.together)
    for values, look in zip(both, ("dot", "ring"), strict=True):
        # A tensor of zeros has no logarithm: it stands at the lower end.
        with np.errstate(divide="ignore"):
            at = np.maximum(np.log10(np.abs(values)), math.floor(bottom))
        lows, highs = plot.ys(np.fmin.reduceat(at, starts)), plot.ys(np.fmax.reduceat(at, starts))
        for place, (low, high) in enumerate(zip(lows.tolist(), highs.tolist(), strict=True)):
            if math.isfinite(low):
                x, wide = plot.middle(place), max(2.0, min(plot.wide * 0.8, 8.0))
                parts.append(
                    f'<rect class="{look}" x="{x - wide / 2:.1f}" y="{high - 1.5:.1f}" width="{wide:.1f}" '
                    f'height="{low - high + 3:.1f}"><title>{plot.tip(int(starts[place]))}</title></rect>\n'
                )
    return plot.page("Standard deviation and largest magnitude by depth", parts)


def small_histogram(statistics: Statistics | None) -> str:
    """The small histogram of a row; "" where there is no shape to be drawn."""
    heights = bars(statistics) if statistics is not None else ()
    if not heights:
        return ""
    width, height = _SMALL
    step = width / len(heights)
    path = "".join(
        f"M{at * step:.1f} {height}v-{max(1.0, share * height):.1f}h{step * 0.8:.1f}V{height}z"
        for at, share in enumerate(heights)
        if share > 0
    )
    shape = f'<path class="bar" d="{path}"/>'
    return f'<svg width="{width}" height="{height}" role="img" aria-label="distribution">{shape}</svg>'


class _Plot:
    """Where things stand."""

    def __init__(self, overview: Overview, bottom: float, top: float) -> None:
        self._overview = overview
        self._bottom, self._top = bottom, top
        self.together = max(1, math.ceil(len(overview) / _COLUMNS))
        self._columns = math.ceil(len(overview) / self.together)
        self.wide = (_WIDTH - _LEFT) / self._columns

    def middle(self, column: int) -> float:
        return _LEFT + (column + 0.5) * self.wide

    def ys(self, at: _Floats) -> _Floats:
        found: _Floats = _TOP + (self._top - at) / (self._top - self._bottom) * (_HEIGHT - _TOP - _BOTTOM)
        return found

    def tip(self, first: int) -> str:
        last = min(first + self.together, len(self._overview)) - 1
        names = self._overview.keys(first, first + 1) + (self._overview.keys(last, last + 1) if last > first else [])
        return " … ".join(map(named, names))

    def grid(self, ticks: Sequence[tuple[float, str]]) -> str:
        lines = []
        for at, text in ticks:
            y = float(self.ys(np.array([at]))[0])
            lines.append(
                f'<line class="line" x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'
                f'<text class="q" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{text}</text>\n'
            )
        sections = self._overview.sections
        ends = [*(section.first for section in sections[1:]), len(self._overview)]
        scale = self.wide / self.together
        taken = 0.0
        for section, end in zip(sections, ends, strict=True):
            left, right = _LEFT + section.first * scale, _LEFT + end * scale
            name = _short(section.name)
            half = len(name) * _LETTER / 2
            middle = (left + right) / 2
            lines.append(f'<line class="line" x1="{left:.1f}" x2="{left:.1f}" y1="{_TOP}" y2="{_HEIGHT - _BOTTOM}"/>\n')
            if middle - half >= taken and middle + half <= _WIDTH:
                taken = middle + half + _LETTER
                lines.append(
                    f'<text class="q" x="{middle:.1f}" y="{_HEIGHT - 8}" text-anchor="middle">{named(name)}</text>\n'
                )
        return "".join(lines)

    def page(self, what: str, parts: Sequence[str]) -> str:
        note = ""
        if self.together > 1:
            each = formatting.plural(self.together, "tensor")
            note = f'<p class="muted">Each column stands for {each}: the outermost figures of all of them.</p>\n'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH:.0f}" height="{_HEIGHT:.0f}" '
            f'viewBox="0 0 {_WIDTH:.0f} {_HEIGHT:.0f}" role="img" aria-label="{what}">\n{"".join(parts)}</svg>\n{note}'
        )


def _column(plot: _Plot, at: int, tip: str, lows: Sequence[float], highs: Sequence[float]) -> str:
    x, wide = plot.middle(at), min(plot.wide * 0.8, _WIDEST)
    shapes = [f'<line class="thin" x1="{x:.1f}" x2="{x:.1f}" y1="{highs[0]:.1f}" y2="{lows[0]:.1f}"/>']
    for band, look in ((1, "pale"), (2, "bar")):
        if math.isfinite(lows[band]):
            shapes.append(
                f'<rect class="{look}" x="{x - wide / 2:.1f}" y="{highs[band]:.1f}" width="{wide:.1f}" '
                f'height="{lows[band] - highs[band]:.1f}"/>'
            )
    if math.isfinite(lows[3]):
        y, thick = (lows[3] + highs[3]) / 2, max(1.5, lows[3] - highs[3])
        shapes.append(
            f'<line class="mid" x1="{x - wide / 2:.1f}" x2="{x + wide / 2:.1f}" y1="{y:.1f}" y2="{y:.1f}" '
            f'stroke-width="{thick:.1f}"/>'
        )
    return f"<g><title>{tip}</title>{''.join(shapes)}</g>\n"


def _short(name: str) -> str:
    """As many of the last parts of a dotted name as there may be room for."""
    parts = formatting.visible(name).split(".")
    while len(parts) > 1 and len(".".join(parts)) > _LETTERS:
        parts = parts[1:]
    return ".".join(parts)[:_LETTERS]


def _round_numbers(axis: Axis, low: float, high: float) -> list[float]:
    """Zero, the threshold of the axis, and powers of ten beyond it."""
    sizes = [
        axis.threshold * 10.0**power for power in range(_DECADES) if axis.threshold * 10.0**power <= max(-low, high)
    ]
    sizes = sizes[:: max(1, math.ceil(len(sizes) / 5))]
    numbers = [-size for size in reversed(sizes)] + [0.0, *sizes]
    return [number for number in numbers if low <= number <= high]
