"""Equal bins: where they begin and end, and which of them a number is in."""

import math
import sys
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.measure.numbers import Array

TOGETHER: Final = 1 << 15
"""Numbers that are sorted into bins at once: what is computed for them stays in a core's cache."""

_MANY = 1 << 16
"""For so many bins float32 has too few digits."""


def equal_edges(low: float, high: float, bins: int) -> NDArray[np.float64]:
    """Where equal bins begin and end.

    Args:
        low: First edge. Where it equals `high`, both move apart by 0.5, as in numpy; where float64 has too few numbers
            between them for that many bins, and numpy gives up, they move apart until it has.
        high: Last edge.
        bins: How many.

    Returns:
        float64[bins + 1], strictly increasing.

    Raises:
        ValueError: `low` and `high` are not finite or not in order, or there is no bin.
    """
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


class Slots:
    """Counts numbers between equal edges, however the arithmetic rounds."""

    def __init__(self, edges: NDArray[np.float64]) -> None:
        """Begin with nothing.

        Args:
            edges: As of `equal_edges`.
        """
        self._edges = edges
        self._single = _grid(edges, np.dtype(np.float32))
        self._double = _grid(edges, np.dtype(np.float64))
        # In slot 0 what is below, in slot i what is in bin i - 1, in the last what is at the last edge or above.
        self._counts = np.zeros(edges.size + 1, np.int64)
        self._above = 0
        self._room: _Room | None = None

    @property
    def below(self) -> int:
        """Numbers under the first edge."""
        return int(self._counts[0])

    @property
    def above(self) -> int:
        """Numbers over the last edge."""
        return self._above

    @property
    def counts(self) -> NDArray[np.int64]:
        """int64[bins]: each has its left edge and not its right, the last has both."""
        counts = self._counts[1:-1].copy()
        counts[-1] += self._counts[-1] - self._above
        return counts

    def add(self, numbers: Array) -> None:
        """Count finite numbers: 1-D, of any real dtype."""
        for first in range(0, numbers.size, TOGETHER):
            part = self._comparable(numbers[first : first + TOGETHER])
            slots = self._slots(part)
            counts = np.bincount(slots, minlength=self._counts.size)
            self._counts += counts
            if counts[-1]:
                self._above += int(
                    np.count_nonzero(part[slots == self._edges.size].astype(np.float64) > self._edges[-1])
                )

    def places(self, numbers: Array) -> NDArray[np.intp]:
        """In which slot each number is, without counting it.

        Args:
            numbers: Finite, 1-D, of any real dtype, at most `TOGETHER`.

        Returns:
            0 below the first edge, i in bin i - 1, bins + 1 over the last edge; there until it is called again.
        """
        part = self._comparable(numbers)
        slots = self._slots(part)
        last = np.flatnonzero(slots == self._edges.size)
        slots[last[part[last].astype(np.float64) == self._edges[-1]]] -= 1
        return slots

    def _comparable(self, numbers: Array) -> Array:
        if numbers.dtype == np.float32 and self._single is not None:
            return numbers
        return numbers.astype(np.float64, copy=False)

    def _slots(self, numbers: Array) -> NDArray[np.intp]:
        """How many of the edges are at or below each number: float32 or float64."""
        grid = self._single if numbers.dtype == np.float32 else self._double
        if grid is None:
            found: NDArray[np.intp] = np.searchsorted(self._edges, numbers, side="right")
            return found
        size, bins = numbers.size, grid.edges.size - 1
        room = self._room_for(numbers.dtype)
        places, nearest, slots = room.places[:size], room.nearest[:size], room.slots[:size]
        with np.errstate(over="ignore"):
            np.subtract(numbers, grid.one_before, out=places)
            places *= grid.per_bin
        # What is far outside is no longer next to an edge.
        np.clip(places, 0.5, bins + 1.5, out=places)
        np.copyto(slots, places, casting="unsafe")
        np.rint(places, out=nearest)
        places -= nearest
        np.abs(places, out=places)
        near = np.flatnonzero(np.less_equal(places, grid.margin, out=room.near[:size]))
        # The edge next to its place has every lower edge below the number and every higher edge above it, so that one
        # comparison tells.
        close = nearest[near].astype(np.int32) - 1
        slots[near] = close + (numbers[near] >= grid.edges[close])
        indices = room.indices[:size]
        np.copyto(indices, slots)
        return indices

    def _room_for(self, dtype: np.dtype[Any]) -> "_Room":
        if self._room is None or self._room.places.dtype != dtype:
            sizes = (dtype, dtype, np.dtype(np.int32), np.dtype(np.intp), np.dtype(np.bool_))
            self._room = _Room(*(np.empty(TOGETHER, each) for each in sizes))
        return self._room


class _Room(NamedTuple):
    """What is written to for each part, and kept: a new page of memory takes longer than its numbers."""

    places: Array
    nearest: Array
    slots: NDArray[np.int32]
    indices: NDArray[np.intp]
    near: NDArray[np.bool_]


class _Grid(NamedTuple):
    """Equal edges as a dtype in which places between them can be computed.

    Attributes:
        edges: [bins + 1]; a number of the dtype is at or above one if it is at or above the true edge.
        last: A number of the dtype is above it if it is above the true last edge.
        one_before: Where a bin before the first would begin.
        per_bin: 1 by the width of a bin.
        margin: In bins; a place that is computed is less off than that, which is less than a quarter.
    """

    edges: Array
    last: Any
    one_before: Any
    per_bin: Any
    margin: Any


def _grid(edges: NDArray[np.float64], dtype: np.dtype[Any]) -> _Grid | None:
    """The edges as a dtype; None where it is too coarse for them."""
    bins = edges.size - 1
    low, high = float(edges[0]), float(edges[-1])
    farthest, step = max(-low, high), (high - low) / bins
    limits = np.finfo(dtype)
    if farthest > float(limits.max) / 4 or step < float(limits.tiny) * 2**20 or bins > _MANY:
        return None
    apart = float(np.spacing(dtype.type(farthest)))
    if 32 * apart > step:
        return None
    rounded = edges.astype(dtype)
    up = np.where(rounded < edges, np.nextafter(rounded, dtype.type(np.inf)), rounded)
    down = np.where(rounded > edges, np.nextafter(rounded, dtype.type(-np.inf)), rounded)
    # Off by two numbers from rounding where it begins, one from the difference, two from how even the edges are, and by
    # some digits' ends from the division.
    margin = 5 * apart / step + 4 * bins * float(limits.eps)
    return _Grid(up, down[-1], dtype.type(low - step), dtype.type(1 / step), dtype.type(margin))


def _evenly(low: float, high: float, bins: int) -> NDArray[np.float64]:
    scale = 1.0
    if high - low > 1e307:
        scale = 0.25
    elif high - low < 1e-290 and max(-low, high) < 1e-270:
        # Here a step has so few digits that it would not lead from one end to the other.
        scale = 2.0**200
    with np.errstate(over="ignore"):
        edges: NDArray[np.float64] = np.linspace(low * scale, high * scale, bins + 1) / scale
    # Scaling rounds an end that is denormal.
    edges[0], edges[-1] = low, high
    return edges
