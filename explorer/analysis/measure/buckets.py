"""Narrow ranges that values are counted in: the same for every tensor, so that counts of several can be added.

They are told apart by a cell, an integer that grows with the values: 0 is zero, ``c + 1`` holds the positive numbers
whose float32, rounded towards zero, has the upper half ``c`` (8 bits of exponent, 7 of the fraction), and ``-(c + 1)``
their negatives. What float32 cannot hold is in the outermost cells.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.measure.numbers import Array

PATTERNS = 1 << 16
"""Upper halves of a float32, with its sign."""

SIGN = 0x8000
"""The sign in an upper half."""

_LARGEST = 0x7F7F
"""The upper half of the largest float32."""

_INFINITY = 0x7F80

_KEPT_BITS = np.uint64(0xFFFF_E000_0000_0000)
"""Of a float64: sign, exponent and 7 bits of the fraction. Without the others, float32 holds it without rounding."""


class Buckets(NamedTuple):
    """Filled ranges, from the lowest up; they may touch, but do not overlap.

    Attributes:
        lows: float64[n].
        highs: float64[n]; where it equals the low end, every value in it is exactly that.
        counts: int64[n], values from the low end to the high one.
    """

    lows: NDArray[np.float64]
    highs: NDArray[np.float64]
    counts: NDArray[np.int64]


def upper_halves(
    numbers: Array, wide: NDArray[np.float64], room: NDArray[np.float64], narrow: NDArray[np.float32]
) -> NDArray[np.uint32]:
    """The upper half of the float32 of each finite number, rounded towards zero.

    Args:
        numbers: Real numbers, [n].
        wide: The same as float64.
        room: float64[n] to write to.
        narrow: float32[n] to write to.

    Returns:
        uint32[n], in `narrow`. Those beyond float32 have that of infinity.
    """
    if numbers.dtype == np.float32:
        bits = numbers.view(np.uint32)
    else:
        np.bitwise_and(wide.view(np.uint64), _KEPT_BITS, out=room.view(np.uint64))
        with np.errstate(over="ignore", under="ignore"):
            np.copyto(narrow, room, casting="same_kind")
        bits = narrow.view(np.uint32)
    return np.right_shift(bits, np.uint32(16), out=narrow.view(np.uint32))


def fold_infinities(counts: NDArray[np.int64]) -> None:
    """Count what is beyond float32 with its largest numbers: int64[65536], by upper half."""
    for sign in (0, SIGN):
        counts[sign + _LARGEST] += counts[sign + _INFINITY]
        counts[sign + _INFINITY] = 0


def cells_of(wide: NDArray[np.float64]) -> NDArray[np.int64]:
    """The cell of each finite float64."""
    halves = upper_halves(wide, wide, np.empty_like(wide), np.empty(wide.shape, np.float32))
    codes = np.minimum(halves & np.uint32(SIGN - 1), np.uint32(_LARGEST)).astype(np.int64)
    cells: NDArray[np.int64] = np.sign(wide).astype(np.int64) * (codes + 1)
    return cells


def cell_ends(cells: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where cells begin and end: the end nearer to zero belongs to them, the other does not."""
    outer = np.abs(cells)
    near, far = _float_of_upper_half(np.maximum(outer - 1, 0)), _float_of_upper_half(outer)
    # Subtracted, for there is no -0.0 among the ends.
    return np.where(cells < 0, -far, near), np.where(cells < 0, 0.0 - near, far)


def cells_of_buckets(lows: NDArray[np.float64], highs: NDArray[np.float64]) -> NDArray[np.int64]:
    """The cell that each bucket lies in, by its ends."""
    cells = cells_of(np.where(lows < 0, highs, lows))
    # What ends or begins at zero without being zero is next to it.
    return np.where((cells == 0) & (lows < highs), np.where(lows < 0, -1, 1), cells)


def filled_buckets(counts: NDArray[np.int64], zeros: int, low: float, high: float) -> Buckets:
    """The buckets that hold something, not past the values.

    Args:
        counts: int64[65536], values other than zero by the upper half of their float32.
        zeros: Values that are zero.
        low: The smallest value.
        high: The largest.
    """
    halves = np.flatnonzero(counts)
    first_negative = int(np.searchsorted(halves, SIGN))
    positive, negative = halves[:first_negative], halves[first_negative:][::-1]
    zero = np.zeros(int(zeros > 0), np.int64)
    lows, highs = cell_ends(np.concatenate((SIGN - 1 - negative, zero, positive + 1)))
    filled = np.concatenate((counts[negative], zero + zeros, counts[positive]))
    return Buckets(np.clip(lows, low, high), np.clip(highs, low, high), filled)


def united(buckets: Buckets) -> Buckets:
    """Bring buckets of several tensors, in any order, into one row.

    Those of one cell become one, that reaches from the lowest end to the highest; unless each holds only one value.
    """
    lows, highs, counts = buckets
    if lows.size == 0:
        return buckets
    cells = cells_of_buckets(lows, highs)
    order = np.lexsort((lows, cells))
    lows, highs, counts, cells = lows[order], highs[order], counts[order], cells[order]
    new_cell = np.append(True, cells[1:] != cells[:-1])
    firsts = np.flatnonzero(new_cell)
    wide_cells = np.logical_or.reduceat(lows < highs, firsts)
    wide = np.repeat(wide_cells, np.diff(np.append(firsts, cells.size)))
    new_value = np.append(True, lows[1:] != lows[:-1])
    firsts = np.flatnonzero(new_cell | (new_value & ~wide))
    return Buckets(
        np.minimum.reduceat(lows, firsts), np.maximum.reduceat(highs, firsts), np.add.reduceat(counts, firsts)
    )


def _float_of_upper_half(bits: NDArray[np.int64]) -> NDArray[np.float64]:
    return (bits.astype(np.uint32) << np.uint32(16)).view(np.float32).astype(np.float64)
