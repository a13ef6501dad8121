"""How the values of a tensor are spread: counted exactly in a second pass, or drawn from the first."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.draw.equal_bins import Slots, equal_edges
from explorer.analysis.measure.buckets import Buckets
from explorer.analysis.measure.numbers import Array, finite_numbers, real_numbers
from explorer.analysis.measure.statistics import Blocks, Statistics
from explorer.progress import Report


@dataclass(frozen=True, slots=True, eq=False)  # eq would compare arrays with ==, which has no single answer
class Histogram:
    """Counts of finite values in equal bins, each with its left edge and without its right, the last with both.

    Attributes:
        edges: float64[n + 1], increasing; empty where no value is finite.
        counts: int64[n].
        below: Finite values under the first edge.
        above: Finite values over the last edge.
        exact: Every value is where it belongs; else the counts are an estimate.
        sample: So many of the tensor's values were counted, and no others; None for all of them.
    """

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]
    below: int
    above: int
    exact: bool
    sample: int | None = None

    @property
    def total(self) -> int:
        """All finite values, inside and outside the edges; those of the sample."""
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
    edges = equal_edges(float(low), float(high), bins)
    slots = Slots(edges)
    done = 0
    for block in blocks():
        slots.add(finite_numbers(real_numbers(block)))
        done += block.size
        report(done, total, "statistics")
    return _histogram(edges, slots, multiplicity, exact=True)


def sampled(sample: Array, low: float, high: float, bins: int, of: int) -> Histogram:
    """Count some of a tensor's values, for a first picture.

    Args:
        sample: Values from all over the tensor, 1-D, of any dtype.
        low: First edge; treated as by `count_bins`, and so is `high`.
        high: Last edge.
        bins: How many.
        of: Values that the tensor has.

    Returns:
        The counts of the sample, which say so unless it is the whole tensor; empty where no value of it is finite.

    Raises:
        ValueError: `low` and `high` are not finite or not in order, or there is no bin.
    """
    edges = equal_edges(float(low), float(high), bins)
    slots = Slots(edges)
    slots.add(finite_numbers(real_numbers(sample)))
    whole = sample.size >= of
    return _histogram(edges, slots, exact=whole, sample=None if whole else sample.size)


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
    lows, highs, counts = statistics.buckets
    allowed = statistics.finite // 200
    first = int(np.searchsorted(np.cumsum(counts), allowed, side="right"))
    last = int(np.searchsorted(np.cumsum(counts[::-1]), allowed, side="right"))
    return float(lows[first]), float(highs[::-1][last])


def preview(statistics: Statistics, low: float, high: float, bins: int) -> Histogram:
    """Make a histogram without another walk over the values: each bucket's are taken as evenly spread over it.

    Minimum and maximum are where they are: the outermost buckets may be wider than all others together.

    Args:
        statistics: Of the tensor.
        low: First edge; treated as by `count_bins`, and so is `high`.
        high: Last edge.
        bins: How many.

    Returns:
        A histogram with every finite value in it or outside its edges; empty where there is none. It is exact where
        the statistics have `exact_values`, else an estimate.

    Raises:
        ValueError: `low` and `high` are not finite or not in order, or there is no bin.
    """
    edges = equal_edges(float(low), float(high), bins)
    buckets = statistics.buckets
    exact = bool((buckets.lows == buckets.highs).all())
    if statistics.finite == 0:
        return _empty(exact=exact)
    lows, highs, counts = buckets if exact or statistics.finite < 2 else _with_ends(buckets)
    ends = np.cumsum(counts)
    # Below an edge lie all buckets before the last that begins under it, and of that one the part under the edge.
    begun = np.searchsorted(lows, edges)
    bucket = np.maximum(begun - 1, 0)
    before, widths = ends[bucket] - counts[bucket], (highs - lows)[bucket]
    under = np.clip(edges, lows[bucket], highs[bucket]) - lows[bucket]
    part = np.divide(under, widths, out=np.ones(bins + 1), where=widths > 0)
    below = np.where(begun > 0, before + np.rint(part * counts[bucket]).astype(np.int64), 0)
    # The last bin has its right edge.
    below[-1] = max(
        below[-1], ends[np.searchsorted(highs, edges[-1], side="right") - 1] if edges[-1] >= highs[0] else 0
    )
    return Histogram(edges, np.diff(below), int(below[0]), statistics.finite - int(below[-1]), exact=exact)


def _with_ends(buckets: Buckets) -> Buckets:
    """The same, with minimum and maximum as buckets of their own."""
    lows, highs, counts = buckets
    inner = counts.copy()
    inner[0] -= 1
    inner[-1] -= 1
    return Buckets(np.r_[lows[0], lows, highs[-1]], np.r_[lows[0], highs, highs[-1]], np.r_[1, inner, 1])


def _histogram(
    edges: NDArray[np.float64], slots: Slots, multiplicity: int = 1, *, exact: bool, sample: int | None = None
) -> Histogram:
    counts = slots.counts
    if slots.below + slots.above + counts.sum() == 0:
        return _empty(exact=exact, sample=sample)
    below, above = slots.below * multiplicity, slots.above * multiplicity
    return Histogram(edges, counts * multiplicity, below, above, exact, sample)


def _empty(*, exact: bool, sample: int | None = None) -> Histogram:
    return Histogram(np.empty(0), np.empty(0, np.int64), 0, 0, exact, sample)
