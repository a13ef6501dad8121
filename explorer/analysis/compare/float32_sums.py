"""What two runs of float32 come to, in the fewest passes of NumPy over as little memory as there can be."""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.compare.scaled_sums import DOT, ONES
from explorer.analysis.measure.numbers import Array

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


class _Rows(NamedTuple):
    """A part of the room that holds whole rows of numbers, and the sums of each row.

    Attributes:
        wide: The numbers of A or B, [rows * DOT].
        across: The same, [rows, 1, DOT].
        down: The same, [rows, DOT, 1].
    """

    wide: NDArray[np.float64]
    across: NDArray[np.float64]
    down: NDArray[np.float64]


class Float32Sums:
    """Adds up pairs of float32 as float64, which holds each of their squares; with room for `CHUNK` of them.

    Each call overwrites what the one before left in the room.
    """

    def __init__(self) -> None:
        self._rooms = np.empty((2, CHUNK))
        self._found = np.empty((4, CHUNK // DOT, 1, 1))
        self._mask = np.empty(CHUNK, np.bool_)
        self._views: dict[int, tuple[_Rows, _Rows, NDArray[np.float64]]] = {}

    def apart(self, a: Array, b: Array) -> Sums | None:
        """Add up pairs.

        Args:
            a: float32 [n], of at most `CHUNK`.
            b: Likewise.

        Returns:
            What they come to; None where one of them is not finite.
        """
        rows = -(-a.size // DOT)
        if rows not in self._views:
            self._views[rows] = self._viewed(rows)
        room_a, room_b, found = self._views[rows]
        # First, since nothing else here is as fast at reading what is not in the cache yet.
        changed = int(np.count_nonzero(np.not_equal(a, b, out=self._mask[: a.size])))
        _fill(room_a.wide, a)
        # Of rows: for a product of two long arrays BLAS would start threads.
        np.matmul(room_a.across, room_a.down, out=found[0])
        if not changed:
            squares = float(np.add.reduce(found[0], axis=None))
            return Sums(0, 0.0, squares, squares, 0.0, 0.0) if math.isfinite(squares) else None
        _fill(room_b.wide, b)
        np.matmul(room_b.across, room_b.down, out=found[1])
        distances = room_a.wide
        np.subtract(room_b.wide, distances, out=distances)
        np.abs(distances, out=distances)
        np.matmul(room_a.across, room_a.down, out=found[2])
        np.matmul(room_a.across, ONES, out=found[3])
        squares_a, squares_b, apart, total = np.add.reduce(found, axis=(1, 2, 3)).tolist()
        if not math.isfinite(squares_a + squares_b):
            return None
        return Sums(changed, float(np.maximum.reduce(distances)), squares_a, squares_b, apart, total)

    def distances(self, count: int) -> NDArray[np.float64]:
        """Each ``|b - a|`` of the pairs that `apart` added up last, if some differ: [count]."""
        return self._rooms[0, :count]

    def wide_b(self, count: int) -> NDArray[np.float64]:
        """Likewise B."""
        return self._rooms[1, :count]

    def _viewed(self, rows: int) -> tuple[_Rows, _Rows, NDArray[np.float64]]:
        a, b = (
            _Rows(room, room.reshape(-1, 1, DOT), room.reshape(-1, DOT, 1)) for room in self._rooms[:, : rows * DOT]
        )
        return a, b, self._found[:, :rows]


def _fill(room: NDArray[np.float64], numbers: Array) -> None:
    """Widen numbers, with zeros behind them."""
    if numbers.size < room.size:
        room[numbers.size :] = 0
        room = room[: numbers.size]
    np.copyto(room, numbers)
