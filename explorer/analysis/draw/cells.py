"""Many values become few cells: their means or extremes, and the norms of rows and columns, block by block."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.measure.numbers import Array

_LONG: Final = 64
"""More neighbours than this are added up in float64."""

_SMALLEST: Final = 1e-30
"""Sums of squares in float32 that are smaller may have lost what is in them."""


@dataclass(frozen=True, slots=True, eq=False)
class Norms:
    """L2 norms of the finite values of the rows, or of the columns, that one row or column of cells stands for.

    Attributes:
        least: float64 [cells], the smallest norm; NaN where no value is finite.
        most: float64 [cells], the largest norm, likewise.
    """

    least: NDArray[np.float64]
    most: NDArray[np.float64]


def _fold(block: Array, fold: "np.ufunc", step: tuple[int, int], dtype: "np.dtype[np.floating] | None") -> Array:
    """Make one value of each cell of a block: [rows, columns] -> [cells down, cells across]."""
    rows = min(step[0], block.shape[0])
    if rows > 1:
        whole = block.shape[0] // rows * rows
        down = fold.reduce(block[:whole].reshape(-1, rows, block.shape[1]), axis=1, dtype=dtype)
        if whole < block.shape[0]:
            down = np.concatenate((down, fold.reduce(block[whole:], axis=0, keepdims=True, dtype=dtype)))
        block = down
    columns = min(step[1], block.shape[1])
    if columns == 1:
        return block
    whole = block.shape[1] // columns * columns
    if columns > 32:
        across = fold.reduce(block[:, :whole].reshape(block.shape[0], -1, columns), axis=2, dtype=dtype)
    else:
        # Few strided passes are several times as fast as a reduction over few neighbours.
        across = block[:, 0:whole:columns].copy()
        for place in range(1, columns):
            fold(across, block[:, place:whole:columns], out=across)
    if whole < block.shape[1]:
        across = np.concatenate((across, fold.reduce(block[:, whole:], axis=1, keepdims=True, dtype=dtype)), axis=1)
    cells: Array = across
    return cells


class Means:
    """Adds values up."""

    def __init__(self, shape: tuple[int, int], step: tuple[int, int]) -> None:
        self._step = step
        # A power of two, with which the sum of the largest numbers is still a number.
        self._scale = 2.0 ** -math.ceil(math.log2(math.prod(step)))
        self._sums = np.zeros(shape, np.float64)
        self._dtype: np.dtype[np.floating] = np.dtype(np.float32)
        self._odd: NDArray[np.uint8] | None = None

    def take(self, block: NDArray[np.floating], top: int, left: int) -> None:
        """Take a block that begins at a row and a column, of whole cells or within one."""
        self._dtype = block.dtype
        # In float32, long sums lose digits.
        wide = np.dtype(np.float64) if max(self._step) > _LONG else None
        with np.errstate(over="ignore", invalid="ignore"):
            sums = _fold(block, np.add, self._step, wide)
        place = _place(sums, top, left, self._step)
        if np.isfinite(sums).all():
            self._sums[place] += sums * self._scale
        else:
            self._take_odd(block, place)
            finite = np.where(np.isfinite(block), block, 0).astype(np.float64)
            self._sums[place] += _fold(finite * self._scale, np.add, self._step, None)

    def _take_odd(self, block: NDArray[np.floating], place: tuple[slice, slice]) -> None:
        """Note which cells hold values that are not finite."""
        if self._odd is None:
            self._odd = np.zeros(self._sums.shape, np.uint8)
        for mark, has in enumerate((block == -np.inf, block == np.inf, np.isnan(block)), start=1):
            if has.any():
                held = _fold(has.view(np.uint8), np.maximum, self._step, None)
                np.maximum(self._odd[place], held * np.uint8(mark), out=self._odd[place])

    def cells(self, down: NDArray[np.float64], across: NDArray[np.float64]) -> NDArray[np.floating]:
        """The means.

        Args:
            down: [cells] rows that were taken of each, as of `counts_of`.
            across: The same for columns.

        Returns:
            [down, across] in the dtype of the blocks; what is not finite as `Heatmap.cells`.
        """
        counts = np.outer(down, across)
        with np.errstate(over="ignore"):
            cells: NDArray[np.floating] = (self._sums / (counts * self._scale)).astype(self._dtype)
        # What rounding made of a mean of the largest numbers is no infinity of the tensor.
        largest = np.finfo(self._dtype).max
        np.clip(cells, -largest, largest, out=cells)
        if self._odd is not None:
            for mark, value in enumerate((-np.inf, np.inf, np.nan), start=1):
                cells[self._odd == mark] = value
        return cells


class Magnitudes:
    """Keeps the smallest and the largest value."""

    def __init__(self, shape: tuple[int, int], step: tuple[int, int]) -> None:
        self._shape, self._step = shape, step
        self._least: NDArray[np.floating] | None = None
        self._most: NDArray[np.floating] | None = None

    def take(self, block: NDArray[np.floating], top: int, left: int) -> None:
        """Take a block that begins at a row and a column, of whole cells or within one."""
        if self._least is None or self._most is None:
            self._least = np.full(self._shape, np.inf, block.dtype)
            self._most = np.full(self._shape, -np.inf, block.dtype)
        for kept, fold in ((self._least, np.minimum), (self._most, np.maximum)):
            found = _fold(block, fold, self._step, None)
            place = _place(found, top, left, self._step)
            fold(kept[place], found, out=kept[place])

    def cells(
        self,
        down: NDArray[np.float64],  # noqa: ARG002 - as of `Means`
        across: NDArray[np.float64],  # noqa: ARG002 - as of `Means`
    ) -> NDArray[np.floating]:
        """The values of the largest magnitude; see `Means.cells`."""
        assert self._least is not None  # noqa: S101 - a part has at least one block
        assert self._most is not None  # noqa: S101 - as above
        # +Inf before -Inf; a NaN is in both.
        cells: NDArray[np.floating] = np.where(self._most >= -self._least, self._most, self._least)
        cells[np.isnan(self._most)] = np.nan
        return cells


class NormSums:
    """Adds squares up."""

    def __init__(self, shape: tuple[int, int], size: tuple[int, int], step: tuple[int, int]) -> None:
        self._step = step
        self._of_rows = np.zeros(0)
        self._of_columns = np.zeros(size[1])
        self._finite_rows = np.zeros(0, np.bool_)
        self._finite_columns = np.zeros(size[1], np.bool_)
        self._least = np.full(shape[0], np.nan)
        self._most = np.full(shape[0], np.nan)

    @property
    def rows(self) -> Norms:
        """Norms of rows."""
        return Norms(self._least, self._most)

    def columns(self) -> Norms:
        """Norms of columns."""
        norms = np.where(self._finite_columns, np.sqrt(self._of_columns), np.nan)[np.newaxis]
        least, most = (_fold(norms, fold, (1, self._step[1]), None)[0] for fold in (np.fmin, np.fmax))
        return Norms(least, most)

    def take(self, block: NDArray[np.floating], left: int) -> None:
        """Take a block that begins at a column; its rows end with `end_rows`."""
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            squares = np.square(block)
            across, down = np.add.reduce(squares, axis=1), np.add.reduce(squares, axis=0)
            any_across: NDArray[np.bool_] | bool = True
            any_down: NDArray[np.bool_] | bool = True
            if not np.isfinite(across).all() or _lost(block, across, down):
                is_finite = np.isfinite(block)
                any_across, any_down = is_finite.any(axis=1), is_finite.any(axis=0)
                squares = np.square(np.where(is_finite, block, 0).astype(np.float64))
                across, down = np.add.reduce(squares, axis=1), np.add.reduce(squares, axis=0)
        if left == 0:
            self._of_rows = np.zeros(block.shape[0])
            self._finite_rows = np.zeros(block.shape[0], np.bool_)
        self._of_rows += across
        self._finite_rows |= any_across
        self._finite_columns[left : left + block.shape[1]] |= any_down
        self._of_columns[left : left + block.shape[1]] += down

    def end_rows(self, top: int) -> None:
        """All columns of the rows that begin there were taken."""
        norms = np.where(self._finite_rows, np.sqrt(self._of_rows), np.nan)[:, np.newaxis]
        first = top // self._step[0]
        for kept, fold in ((self._least, np.fmin), (self._most, np.fmax)):
            found = _fold(norms, fold, (self._step[0], 1), None)[:, 0]
            part = kept[first : first + found.size]
            fold(part, found, out=part)


def _lost(block: NDArray[np.floating], across: NDArray[np.floating], down: NDArray[np.floating]) -> bool:
    """Whether sums of squares are so small that they may have lost what is in a row or a column: more than zeros."""
    if block.dtype == np.float64:
        return False
    for axis, sums in ((1, across), (0, down)):
        small = sums <= _SMALLEST
        if small.any() and (np.maximum(block.max(axis=axis), -block.min(axis=axis))[small] > 0).any():
            return True
    return False


def _place(found: Array, top: int, left: int, step: tuple[int, int]) -> tuple[slice, slice]:
    down, across = top // step[0], left // step[1]
    return slice(down, down + found.shape[0]), slice(across, across + found.shape[1])


def counts_of(size: int, step: int) -> NDArray[np.float64]:
    """How many indices each cell along a side stands for."""
    counts = np.full(-(-size // step), float(step))
    counts[-1] = size - (counts.size - 1) * step
    return counts
