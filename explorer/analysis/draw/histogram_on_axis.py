"""Histograms on any axis: counted over arbitrary edges, and as densities."""

import math
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.draw.axes import Bins
from explorer.analysis.draw.equal_bins import equal_edges
from explorer.analysis.draw.histogram import Histogram, count_bins, sampled
from explorer.analysis.measure.elsewhere import Elsewhere
from explorer.analysis.measure.numbers import Array, finite_numbers, real_numbers
from explorer.progress import Report, no_report

if TYPE_CHECKING:
    from explorer.analysis.measure.statistics import Blocks, Statistics

_DECADES: Final = 12
"""At most so many powers of ten lie between the threshold of a symmetric axis and the largest value."""
_MANY: Final = 1 << 18
_WITHIN: Final = 0.01
"""This share of the values other than 0, at most, may be smaller than the threshold."""


def count_on(blocks: "Blocks", total: int, report: Report, bins: Bins, multiplicity: int = 1) -> Histogram:
    """Walk over the values and count them in bins that are equal on an axis.

    Args:
        blocks: The values.
        total: How many there are, for the report.
        report: Called after each block with the elements done.
        bins: Where the edges are. Equal bins hand out equal edges, so that two tensors can be compared.
        multiplicity: Elements that each value stands for, in an expanded view.

    Returns:
        A histogram that is exact for its edges; empty where no value is finite.

    Raises:
        Cancelled: By `report`.
        ValueError: The ends of the bins are not finite or not in order, or there is no bin.
    """
    edges = bins.edges()
    if isinstance(blocks, Elsewhere):
        places = equal_edges(bins.low, bins.high, bins.count) if edges is None else np.array(edges)
        return _histogram(places, *blocks.slots(places, report), multiplicity)
    if edges is None:
        return count_bins(blocks, total, report, bins.low, bins.high, bins.count, multiplicity)
    return count_edges(blocks, total, report, np.array(edges), multiplicity)


def sampled_on(sample: Array, bins: Bins, of: int) -> Histogram:
    """Count some of a tensor's values, for a first picture.

    Args:
        sample: Values from all over the tensor, 1-D, of any dtype.
        bins: Where the edges are.
        of: Values that the tensor has.

    Returns:
        The counts of the sample, which say so unless it is the whole tensor; empty where no value of it is finite.

    Raises:
        ValueError: The ends of the bins are not finite or not in order, or there is no bin.
    """
    edges = bins.edges()
    if edges is None:
        return sampled(sample, bins.low, bins.high, bins.count, of)
    counted = count_edges(lambda: [sample], sample.size, no_report, np.array(edges))
    return counted if sample.size >= of else replace(counted, exact=False, sample=sample.size)


def count_edges(
    blocks: "Blocks", total: int, report: Report, edges: NDArray[np.float64], multiplicity: int = 1
) -> Histogram:
    """Walk over the values and count them between given edges, as `numpy.histogram` would their float64.

    Args:
        blocks: The values.
        total: How many there are, for the report.
        report: Called after each block with the elements done.
        edges: float64[n + 1], strictly increasing, finite.
        multiplicity: Elements that each value stands for, in an expanded view.

    Returns:
        A histogram that is exact for its edges; empty where no value is finite.

    Raises:
        Cancelled: By `report`.
    """
    bins = edges.size - 1
    # In slot 0 what is below, in slot i what is in bin i - 1, in the last what is at the last edge or above.
    slots = np.zeros(bins + 2, np.int64)
    above = done = 0
    # A table pays for itself only where there is much to look up.
    table = _slots_by_upper_half(edges) if total >= _MANY else None
    for block in blocks():
        numbers = finite_numbers(real_numbers(block))
        in_slots = np.bincount(_slots(numbers, edges, table), minlength=bins + 2)
        slots += in_slots
        if in_slots[-1]:
            above += int(np.count_nonzero(numbers.astype(np.float64, copy=False) > edges[-1]))
        done += block.size
        report(done, total, "statistics")
    return _histogram(edges, slots, above, multiplicity)


def _histogram(edges: NDArray[np.float64], slots: NDArray[np.int64], above: int, multiplicity: int) -> Histogram:
    """From how many values have so many edges at or below them, and how many are over the last."""
    if not slots.any():
        return Histogram(np.empty(0), np.empty(0, np.int64), 0, 0, exact=True)
    counts = slots[1:-1].copy()
    counts[-1] += slots[-1] - above
    return Histogram(edges, counts * multiplicity, int(slots[0]) * multiplicity, above * multiplicity, exact=True)


def _slots_by_upper_half(edges: NDArray[np.float64]) -> NDArray[np.intp]:
    """How many edges are at or below the float32 whose upper 16 bits are given; -1 where the lower bits decide.

    Returns:
        intp[65536]; without meaning for bits of NaN.
    """
    upper = np.arange(1 << 16, dtype=np.uint32) << np.uint32(16)
    ends = [(upper | np.uint32(lower)).view(np.float32) for lower in (0, 0xFFFF)]
    with np.errstate(invalid="ignore"):
        first, last = (np.searchsorted(edges, end.astype(np.float64), side="right") for end in ends)
    return np.where(first == last, first, -1)


def _slots(numbers: Array, edges: NDArray[np.float64], table: NDArray[np.intp] | None) -> NDArray[np.intp]:
    """How many edges are at or below each number."""
    if table is None or numbers.dtype != np.float32:
        return np.searchsorted(edges, numbers.astype(np.float64, copy=False), side="right")
    slots: NDArray[np.intp] = table[np.ascontiguousarray(numbers).view(np.uint32) >> np.uint32(16)]
    open_still = np.flatnonzero(slots < 0)
    slots[open_still] = np.searchsorted(edges, numbers[open_still].astype(np.float64), side="right")
    return slots


def density(histogram: Histogram, counts: NDArray[np.int64], edges: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Counts as densities: ``count / (total * width)``, so that all finite values together have the area 1.

    Args:
        histogram: Whose total it is.
        counts: int64[n], of that histogram.
        edges: float64[n + 1], on both sides of the counts; widths are differences of values on every axis.

    Returns:
        float64[n]; None where float64 cannot hold them.
    """
    with np.errstate(all="ignore"):
        found: NDArray[np.float64] = counts / max(histogram.total, 1) / np.diff(edges)
    fits = np.isfinite(found) & ((found > 0) == (counts > 0))
    return found if fits.all() else None


def symlog_threshold(statistics: "Statistics") -> float:
    """Up to where a symmetric logarithmic axis is to be linear.

    Args:
        statistics: Of the tensor.

    Returns:
        A power of ten such that at most about 1 % of the values other than 0 are smaller in magnitude, and no more
        than 12 powers of ten below the largest magnitude; 1.0 where every value is 0 or none is finite.
    """
    largest = max(abs(float(statistics.min or 0)), abs(float(statistics.max or 0)))
    if largest == 0:
        return 1.0
    lows, highs, counts = statistics.buckets
    away = (highs > 0) | (lows < 0)
    nearest = np.minimum(np.abs(lows[away]), np.abs(highs[away]))
    # A bucket of the smallest numbers may begin at 0, which has no magnitude.
    nearest = np.maximum(nearest, sys.float_info.min)
    counts = counts[away]
    small = largest
    if counts.size:
        order = np.argsort(nearest)
        within = np.cumsum(counts[order])
        small = float(nearest[order][np.searchsorted(within, _WITHIN * within[-1], side="right")])
    lowest = max(_magnitude(largest) - _DECADES, -300)
    return float(f"1e{max(_magnitude(small), lowest)}")


def _magnitude(size: float) -> int:
    return math.floor(math.log10(size))
