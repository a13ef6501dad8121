"""Histograms of many small tensors at once, in a few calls of numpy for all of them."""

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.draw.equal_bins import equal_edges
from explorer.analysis.draw.histogram import Histogram
from explorer.analysis.measure.numbers import Array, real_numbers


def count_small_bins(numbers: Array, starts: NDArray[np.int64], bins: int) -> list[Histogram]:
    """Count the values of each tensor in equal bins from its own minimum to its own maximum.

    Args:
        numbers: Their values one behind the other, [n], of any dtype that numpy computes with.
        starts: int64[k + 1], ascending; the values of tensor i are ``numbers[starts[i]:starts[i + 1]]``, possibly none.
        bins: How many.

    Returns:
        Of each tensor, what `explorer.analysis.draw.histogram.count_bins` would give.

    Raises:
        ValueError: There is no bin.
    """
    offsets = np.asarray(starts, np.int64)
    wide = real_numbers(numbers[offsets[0] : offsets[-1]]).astype(np.float64)
    owners = np.repeat(np.arange(offsets.size - 1), np.diff(offsets))
    finite = np.isfinite(wide)
    wide, owners = wide[finite], owners[finite]
    # Only those that have a finite value get edges.
    filled, firsts, owners = np.unique(owners, return_index=True, return_inverse=True)
    found = [Histogram(np.empty(0), np.empty(0, np.int64), 0, 0, exact=True)] * (offsets.size - 1)
    if not filled.size:
        return found
    edges = _edges(np.minimum.reduceat(wide, firsts), np.maximum.reduceat(wide, firsts), bins)
    slots = _slots(wide, owners, edges)
    counts = np.bincount(owners * bins + slots, minlength=filled.size * bins).reshape(-1, bins)
    for number, of_one, counted in zip(filled.tolist(), edges, counts, strict=True):
        found[number] = Histogram(of_one, counted, 0, 0, exact=True)
    return found


def _edges(lows: NDArray[np.float64], highs: NDArray[np.float64], bins: int) -> NDArray[np.float64]:
    """Those of `equal_edges` for each pair of ends, [k, bins + 1]."""
    with np.errstate(over="ignore"):
        widths = highs - lows
    plain = (widths > 1e-280) & (widths < 1e300)
    edges = np.empty((lows.size, bins + 1))
    edges[plain] = np.linspace(lows[plain], highs[plain], bins + 1, axis=-1)
    plain[plain] = (np.diff(edges[plain]) > 0).all(axis=-1)
    for place in np.flatnonzero(~plain).tolist():
        edges[place] = equal_edges(float(lows[place]), float(highs[place]), bins)
    return edges


def _slots(wide: NDArray[np.float64], owners: NDArray[np.int64], edges: NDArray[np.float64]) -> NDArray[np.int64]:
    """In which of its tensor's bins each number is, which all are within the edges."""
    bins = edges.shape[1] - 1
    # Halves, since the whole way from end to end may be more than float64 holds.
    firsts, spans = edges[:, 0] / 2, edges[:, -1] / 2 - edges[:, 0] / 2
    with np.errstate(all="ignore"):
        guessed = (wide / 2 - firsts[owners]) / spans[owners] * bins
    slots: NDArray[np.int64] = np.clip(np.nan_to_num(guessed), 0, bins - 1).astype(np.int64)
    # Rounding puts a few one bin off, and more where few numbers of float64 lie between the ends.
    moving = np.arange(wide.size)
    while moving.size:
        of, at = owners[moving], slots[moving]
        step = ((wide[moving] >= edges[of, at + 1]) & (at < bins - 1)).astype(np.int64) - (wide[moving] < edges[of, at])
        slots[moving] += step
        moving = moving[step != 0]
    return slots
