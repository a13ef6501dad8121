"""Where bins begin and end: the range and the axis that fit what is drawn."""

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from explorer.analysis.draw.axes import Axis, Bins
from explorer.ui.settings import HistogramChoices

if TYPE_CHECKING:
    from explorer.analysis.measure.statistics import Statistics


_EXACT_HALVES: Final = 2**52
"""Below this float64 tells every half from its neighbours."""


def why_no_log(statistics: "Statistics", which: str) -> str:
    """Why values have no place on a logarithmic axis, as a sentence; "" where they have one.

    Args:
        statistics: Of the values.
        which: Whose they are, as in ``this tensor``.
    """
    if statistics.min is None or statistics.min > 0:
        return ""
    return f"A log axis has room for values above 0 only, and {which} has others."


def fitting_bins(statistics: "Statistics", pinned: "Statistics | None", choices: HistogramChoices) -> Bins:
    """Bins for what is drawn, wide enough for what is pinned too.

    Args:
        statistics: Of what is drawn.
        pinned: Of what is pinned; None where nothing is.
        choices: Range, number and axis; an axis that the values do not fit on becomes a linear one.
    """
    from explorer.analysis.draw.histogram_on_axis import symlog_threshold  # noqa: PLC0415 - brings numpy

    both = [each for each in (statistics, pinned) if each is not None and each.finite]
    if not both:
        return Bins(Axis(), 0.0, 0.0, choices.bins)
    axis = Axis(choices.axis)
    if axis.kind == "log" and any(why_no_log(each, "it") for each in both):
        axis = Axis()
    elif axis.kind == "symlog":
        axis = axis._replace(threshold=min(map(symlog_threshold, both)))
    ranges = [_range(each, robust=choices.robust) for each in both]
    bins = Bins(axis, min(low for low, _high in ranges), max(high for _low, high in ranges), choices.bins)
    if axis.kind == "linear" and all(isinstance(each.min, int) for each in both):
        return _around_whole_numbers(bins)
    return replace(bins, axis=Axis()) if bins.edges() is None else bins


def _around_whole_numbers(bins: Bins) -> Bins:
    """As many whole numbers in each bin: with two in one and three in the next, level values would look like a comb."""
    low, high = math.floor(bins.low), math.ceil(bins.high)
    numbers = high - low + 1
    if max(-low, high, numbers) >= _EXACT_HALVES:
        return bins
    in_each = -(-numbers // bins.count)
    count = -(-numbers // in_each)
    return Bins(bins.axis, low - 0.5, low - 0.5 + count * in_each, count)


def collapses(statistics: "Statistics") -> bool:
    """Tell whether the robust range is a single value though there are others: nearly all values are equal."""
    from explorer.analysis.draw.histogram import robust_range  # noqa: PLC0415 - brings numpy

    low, high = robust_range(statistics)
    return low == high and statistics.min != statistics.max


def _range(statistics: "Statistics", *, robust: bool) -> tuple[float, float]:
    from explorer.analysis.draw.histogram import robust_range  # noqa: PLC0415 - brings numpy

    if robust and not collapses(statistics):
        return robust_range(statistics)
    return float(statistics.min or 0), float(statistics.max or 0)
