"""Statistics told more exactly where many values share few buckets: around a mean far above their spread."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.draw.histogram import Histogram
from explorer.analysis.measure.buckets import Buckets
from explorer.analysis.measure.packed_buckets import pack
from explorer.analysis.measure.statistics import Statistics

Count = Callable[[float, float, int], Histogram]
"""Counts all values in equal bins: from a first edge to a last one, and how many."""

FEW: Final = 64
"""Where fewer buckets have room beside each other in the middle 99 % of the values, they are too coarse to look at."""
_BINS: Final = 1 << 16
_LOOKS: Final = 3
"""Each look is 65,536 times as close as the last one, at most: no float64 lies closer than after three."""


def is_coarse(statistics: Statistics, few: int = FEW) -> bool:
    """Tell whether a bucket of the middle 99 % of the values is wide, beside all of them.

    Args:
        statistics: Of any tensors.
        few: Wider than this part of the middle: one by so many.
    """
    return bool(_wide(statistics.buckets, few).any())


def refined(statistics: Statistics, count: Count, single: Callable[[], bool] = lambda: False) -> Statistics:
    """Have the buckets of the middle 99 % tell more, by walking over the values again.

    The result is for looking at: its buckets are no longer the same for every tensor, so it is not to be merged.

    Args:
        statistics: Of the values.
        count: Walks over them.
        single: Tells, after a walk, whether all of them are float32: a narrow bucket may have room for one only.

    Returns:
        The same figures with narrower buckets, as far as float64 goes; the same object where `is_coarse` says no.

    Raises:
        Cancelled: By what `count` reports to.
    """
    buckets = first = statistics.buckets
    for _look in range(_LOOKS):
        before = buckets
        # From the last run on: what stands before it keeps its place.
        for run in _runs(_wide(buckets, FEW))[::-1]:
            buckets = _closer(buckets, run, count, single)
        if buckets is before:
            break
    if buckets is first:
        return statistics
    return replace(statistics, packed=pack(buckets, float(statistics.min or 0), float(statistics.max or 0)))


def _wide(buckets: Buckets, few: int) -> NDArray[np.bool_]:
    """Which buckets are wide, and in the middle."""
    found = np.zeros(buckets.counts.size, np.bool_)
    middle = _middle(buckets.counts)
    if middle.start < middle.stop:
        # Halves, because the whole span may be more than float64 holds.
        lows, highs = buckets.lows[middle] / 2, buckets.highs[middle] / 2
        found[middle] = highs - lows > (highs[-1] - lows[0]) / few
    return found


def _runs(wide: NDArray[np.bool_]) -> list[slice]:
    """Those that stand side by side; each run is a walk, and there are fewer than `FEW` wide buckets."""
    ends = np.flatnonzero(np.diff(np.concatenate([[False], wide, [False]]).astype(np.int8)))
    return [slice(*pair) for pair in ends.reshape(-1, 2).tolist()]


def _middle(counts: NDArray[np.int64]) -> slice:
    """The buckets without those that hold the outermost 0.5 % on each side, and no more, of the finite values."""
    if counts.size == 0:
        return slice(0, 0)
    allowed = int(counts.sum()) // 200
    first = int(np.searchsorted(np.cumsum(counts), allowed, side="right"))
    last = counts.size - int(np.searchsorted(np.cumsum(counts[::-1]), allowed, side="right"))
    return slice(first, last)


def _closer(buckets: Buckets, run: slice, count: Count, single: Callable[[], bool]) -> Buckets:
    """Have one bucket for each of many bins in the place of a run of buckets; the same object where that fails."""
    lows, highs, counts = (column[run] for column in buckets)
    low, high = float(lows[0]), float(highs[-1])
    # The end farther from zero is not the bucket's own, unless it was cut off there at minimum or maximum.
    if run.start > 0 and lows[0] < highs[0] and low < 0:
        low = float(np.nextafter(low, np.inf))
    if run.stop < buckets.counts.size and lows[-1] < highs[-1] and high > 0:
        high = float(np.nextafter(high, -np.inf))
    if not low < high:
        return buckets
    histogram = count(low, high, _BINS)
    if histogram.counts.size == 0 or int(histogram.counts.sum()) != int(counts.sum()):
        return buckets
    filled = np.flatnonzero(histogram.counts)
    finer_lows = np.clip(histogram.edges[filled], low, high)
    finer_highs = np.clip(histogram.edges[filled + 1], low, high)
    if single():
        finer_lows, finer_highs = _to_single(finer_lows, finer_highs, low, high)
    finer = (finer_lows, finer_highs, histogram.counts[filled])
    joined = (
        np.concatenate([before[: run.start], column, before[run.stop :]])
        for before, column in zip(buckets, finer, strict=True)
    )
    return Buckets(*joined)


def _to_single(
    lows: NDArray[np.float64], highs: NDArray[np.float64], low: float, high: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Move the ends of bins to the first and the last float32 in them: a right edge is not in its bin, but the last."""
    if max(-low, high) > float(np.finfo(np.float32).max):
        return lows, highs
    first, last = lows.astype(np.float32), highs.astype(np.float32)
    first = np.where(first < lows, np.nextafter(first, np.float32(np.inf)), first)
    outside = (last > highs) | ((last == highs) & (highs < high))
    last = np.where(outside, np.nextafter(last, np.float32(-np.inf)), last)
    wide_first, wide_last = first.astype(np.float64), last.astype(np.float64)
    # Nothing that was counted lies between no two numbers; if it seems so, the edges stand as they are.
    if (wide_first <= wide_last).all():
        return wide_first, wide_last
    return lows, highs
