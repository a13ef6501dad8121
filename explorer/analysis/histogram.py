"""How the values of a tensor are spread: counted exactly in a second pass, or drawn from the first."""

import math
import sys
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.statistics import Blocks, Statistics, finite_numbers, real_numbers
from explorer.progress import Report


@dataclass(frozen=True, slots=True, eq=False)  # eq would compare arrays with ==, which has no single answer
class Histogram:
    """Counts of finite values in equal bins, each with its left edge and without its right, the last with both.

    Attributes:
        edges: float64[n + 1], increasing; empty where no value is finite.
        counts: int64[n].
        below: Finite values under the first edge.
        above: Finite values over the last edge.
        exact: Every value was compared with the edges; else the counts are an estimate.
    """

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]
    below: int
    above: int
    exact: bool

    @property
    def total(self) -> int:
        """All finite values, inside and outside the edges."""
        return int(self.counts.sum()) + self.below + self.above


def count_bins(
    blocks: Blocks, total: int, report: Report, low: float, high: float, bins: int, multiplicity: int = 1
) -> Histogram:
    """Walk over the values and count them in equal bins, as `numpy.histogram` would their float64.

    Args:
        blocks: The values.
        total: How many there are, for the report.
        report: Called after each block with the elements done.
        low: First edge. Where it equals `high`, both move apart by 0.5, as in numpy; where float64 has too few numbers
            between them for that many bins, and numpy gives up, they move apart until it has.
        high: Last edge.
        bins: How many.
        multiplicity: Elements that each value stands for, in an expanded view.

    Returns:
        A histogram that is exact for its edges; empty where no value is finite.

    Raises:
        Cancelled: By `report`.
        ValueError: `low` and `high` are not finite or not in order, or there is no bin.
    """
    edges = _equal_edges(float(low), float(high), bins)
    # In slot 0 what is below, in slot i what is in bin i - 1, in the last what is at the last edge or above.
    slots = np.zeros(bins + 2, np.int64)
    above = done = 0
    for block in blocks():
        numbers = finite_numbers(real_numbers(block)).astype(np.float64, copy=False)
        in_slots = np.bincount(_slots(numbers, edges), minlength=bins + 2)
        slots += in_slots
        if in_slots[-1]:
            above += int(np.count_nonzero(numbers > edges[-1]))
        done += block.size
        report(done, total, "statistics")
    if not slots.any():
        return _empty(exact=True)
    counts = slots[1:-1].copy()
    counts[-1] += slots[-1] - above
    return Histogram(edges, counts * multiplicity, int(slots[0]) * multiplicity, above * multiplicity, exact=True)


def robust_range(statistics: Statistics) -> tuple[float, float]:
    """The smallest range of whole buckets that leaves at most 0.5 % of the finite values out on each side.

    Its ends are ends of buckets, which are up to 0.8 % wide, and no quantiles. Where 99 % of the values are equal, it
    is as narrow as their bucket.

    Args:
        statistics: Of the tensor.

    Returns:
        Lower and upper end, within minimum and maximum, and equal to them where there are fewer than 200 finite
        values; (0.0, 0.0) where there are none.
    """
    if statistics.finite == 0:
        return 0.0, 0.0
    lows, highs, counts = _filled_buckets(statistics)
    allowed = statistics.finite // 200
    first = int(np.searchsorted(np.cumsum(counts), allowed, side="right"))
    last = int(np.searchsorted(np.cumsum(counts[::-1]), allowed, side="right"))
    return float(lows[first]), float(highs[::-1][last])


def preview(statistics: Statistics, low: float, high: float, bins: int) -> Histogram:
    """Estimate a histogram without another walk over the values: each bucket's are taken as evenly spread over it.

    Args:
        statistics: Of the tensor.
        low: First edge; treated as by `count_bins`, and so is `high`.
        high: Last edge.
        bins: How many.

    Returns:
        A histogram that is not exact, with every finite value in it or outside its edges; empty where there is none.

    Raises:
        ValueError: `low` and `high` are not finite or not in order, or there is no bin.
    """
    edges = _equal_edges(float(low), float(high), bins)
    if statistics.finite == 0:
        return _empty(exact=False)
    lows, highs, counts = _filled_buckets(statistics)
    ends = np.cumsum(counts)
    # Below an edge lie all buckets before the last that begins under it, and of that one the part under the edge.
    begun = np.searchsorted(lows, edges)
    bucket = np.maximum(begun - 1, 0)
    widths = (highs - lows)[bucket]
    under = np.clip(edges, lows[bucket], highs[bucket]) - lows[bucket]
    part = np.divide(under, widths, out=np.ones(bins + 1), where=widths > 0)
    below = np.rint(np.where(begun > 0, ends[bucket] - (1 - part) * counts[bucket], 0)).astype(np.int64)
    if edges[-1] >= highs[-1]:
        below[-1] = statistics.finite
    return Histogram(edges, np.diff(below), int(below[0]), statistics.finite - int(below[-1]), exact=False)


def _empty(*, exact: bool) -> Histogram:
    return Histogram(np.empty(0), np.empty(0, np.int64), 0, 0, exact)


def _equal_edges(low: float, high: float, bins: int) -> NDArray[np.float64]:
    """float64[bins + 1], strictly increasing."""
    if not (math.isfinite(low) and math.isfinite(high) and low <= high and bins > 0):
        raise ValueError(f"no {bins} bins from {low} to {high}")
    if low == high:
        low, high = low - 0.5, high + 0.5
    edges = _evenly(low, high, bins)
    if (edges[1:] > edges[:-1]).all():
        return edges
    # Room for 4 numbers a bin on either side: enough where numbers lie twice as far apart, or end, on one of them.
    room = 4 * bins * math.ulp(max(-low, high))
    middle, largest = low / 2 + high / 2, sys.float_info.max
    return _evenly(max(middle - room, -largest), min(middle + room, largest), bins)


def _evenly(low: float, high: float, bins: int) -> NDArray[np.float64]:
    scale = 1.0
    if high - low > 1e307:
        scale = 0.25
    elif high - low < 1e-290 and max(-low, high) < 1e-270:
        # Here a step has so few digits that it would not lead from one end to the other.
        scale = 2.0**200
    with np.errstate(over="ignore"):
        return np.linspace(low * scale, high * scale, bins + 1) / scale


def _slots(numbers: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.intp]:
    """How many of the equal edges are at or below each finite number."""
    low, high, bins = float(edges[0]), float(edges[-1]), edges.size - 1
    step = (high - low) / bins
    if not 32 * math.ulp(max(-low, high)) <= step < math.inf or step < 1e-290:
        return np.searchsorted(edges, numbers, side="right")
    # Rounding moves neither an edge nor a number's place by a quarter of a bin here. So the edge next to its place has
    # every lower edge below the number and every higher edge above it, and one comparison settles the count.
    with np.errstate(over="ignore"):
        places = numbers - low
        places *= 1 / step
    np.clip(places, 0, bins, out=places)
    nearest = np.rint(places, out=places).astype(np.intp)
    nearest += numbers >= np.take(edges, nearest)
    return nearest


def _filled_buckets(
    statistics: Statistics,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Lower ends, upper ends and counts of the buckets that hold something, from the lowest up; not past the values."""
    filled = np.flatnonzero(statistics.counts)
    first_negative = int(np.searchsorted(filled, 0x8000))
    positive, negative = filled[:first_negative], filled[first_negative:][::-1]
    lows = np.concatenate((-_float_of_upper_half(negative - 0x8000 + 1), _float_of_upper_half(positive)))
    highs = np.concatenate((-_float_of_upper_half(negative - 0x8000), _float_of_upper_half(positive + 1)))
    ends = float(statistics.min or 0), float(statistics.max or 0)
    counts = statistics.counts[np.concatenate((negative, positive))]
    return np.clip(lows, *ends), np.clip(highs, *ends), counts


def _float_of_upper_half(bits: NDArray[np.intp]) -> NDArray[np.float64]:
    return (bits.astype(np.uint32) << np.uint32(16)).view(np.float32).astype(np.float64)
