"""What two runs of float32 come to, in the fewest passes of NumPy over as little memory as there can be."""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.numbers import Array
from explorer.analysis.scaled_sums import DOT

CHUNK: Final = 1 << 16
"""Pairs that are worked on at once; few enough that their float64 stay in a core's cache, of 1 MiB or more."""


class Sums(NamedTuple):
    """Of pairs of numbers, all of them finite.

    Attributes:
        changed: How many are not equal.
        largest: The largest ``|b - a|``.
        squares_a: The sum of the squares of A.
        squares_b: Likewise of B.
        squares_apart: Likewise of ``b - a``.
        total: The sum of ``|b - a|``.
    """

    changed: int
    largest: float
    squares_a: float
    squares_b: float
    squares_apart: float
    total: float


class Float32Sums:
    """Adds up pairs of float32 as float64, which holds each of their squares; with room for `CHUNK` of them.

    Each method overwrites what the one before left in the room.
    """

    def __init__(self) -> None:
        rooms = np.empty((2, CHUNK))
        self._a, self._b = rooms
        # A product of many rows of one number each: BLAS would start threads for one of two long arrays.
        (self._rows_a, self._rows_b), (self._columns_a, self._columns_b) = (
            rooms.reshape(2, -1, 1, DOT),
            rooms.reshape(2, -1, DOT, 1),
        )
        self._ones = np.ones((DOT, 1))
        self._found = np.empty((4, CHUNK // DOT, 1, 1))
        self._mask = np.empty(CHUNK, np.bool_)

    def apart(self, a: Array, b: Array) -> Sums | None:
        """Add up pairs.

        Args:
            a: float32 [n], of at most `CHUNK`.
            b: Likewise.

        Returns:
            What they come to; None where one of them is not finite. Then `distances` and `lengths` tell more.
        """
        # First, since nothing else here is as fast at reading what is not in the cache yet.
        changed = int(np.count_nonzero(np.not_equal(a, b, out=self._mask[: a.size])))
        rows = self._fill(self._a, a)
        found = self._found[:, :rows]
        np.matmul(self._rows_a[:rows], self._columns_a[:rows], out=found[0])
        if not changed:
            squares = float(np.add.reduce(found[0], axis=None))
            return Sums(0, 0.0, squares, squares, 0.0, 0.0) if math.isfinite(squares) else None
        self._fill(self._b, b)
        np.matmul(self._rows_b[:rows], self._columns_b[:rows], out=found[1])
        distances = self._a[: rows * DOT]
        np.subtract(self._b[: rows * DOT], distances, out=distances)
        np.abs(distances, out=distances)
        np.matmul(self._rows_a[:rows], self._columns_a[:rows], out=found[2])
        np.matmul(self._rows_a[:rows], self._ones, out=found[3])
        squares_a, squares_b, apart, total = np.add.reduce(found, axis=(1, 2, 3)).tolist()
        if not math.isfinite(squares_a + squares_b):
            return None
        return Sums(changed, float(np.maximum.reduce(distances)), squares_a, squares_b, apart, total)

    def distances(self, count: int) -> NDArray[np.float64]:
        """Each ``|b - a|``, of those pairs that `apart` added up last: [count]."""
        return self._a[:count]

    def wide_b(self, count: int) -> NDArray[np.float64]:
        """Likewise B."""
        return self._b[:count]

    def _fill(self, room: NDArray[np.float64], numbers: Array) -> int:
        """Widen numbers, with zeros up to the end of the last row: how many rows they fill."""
        rows = -(-numbers.size // DOT)
        room[: numbers.size] = numbers
        room[numbers.size : rows * DOT] = 0
        return rows
