"""A part of a tensor as a small table of cells, each of which stands for several of its values."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.numbers import Array, real_numbers
from explorer.checkpoint.document import TensorInfo
from explorer.checkpoint.planes import Bounds, Plane
from explorer.checkpoint.region_values import read_plane

if TYPE_CHECKING:
    from explorer.checkpoint.values import Values
    from explorer.progress import Report

By = Literal["mean", "magnitude"]
"""What of a cell's values it shows: their mean, or the one of the largest magnitude, with its sign."""

MOST_CELLS: Final = 1024
"""Cells along either side."""

BLOCK: Final = 1 << 19
"""Values that are held at once: 2 MiB of float32."""

MOST_NORMED: Final = 1 << 22
"""Columns of which norms are kept while rows are read; more have none."""

_LONG: Final = 64
"""More neighbours than this are added up in float64."""

_SMALLEST: Final = 1e-30
"""Sums of squares in float32 that are smaller may have lost what is in them."""

_SAMPLE: Final = 1 << 16
"""Cells of which the limit of the colours is taken."""

CODES: Final = 251
"""Colours of finite values, from the most negative to the most positive, with 0 in the middle."""
NAN, POSINF, NEGINF = 255, 254, 253
"""Codes of cells that hold such a value."""
LEAST, MOST = 252, 251
"""Codes of bars: up to the smallest norm of a cell, and from there to its largest."""


@dataclass(frozen=True, slots=True, eq=False)
class Norms:
    """L2 norms of the finite values of the rows, or of the columns, that one row or column of cells stands for.

    Attributes:
        least: float64 [cells], the smallest norm.
        most: float64 [cells], the largest norm.
    """

    least: NDArray[np.float64]
    most: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Heatmap:
    """Cells of a part of a table.

    Attributes:
        rows: Of the table.
        columns: Of the table.
        step: Rows and columns that a cell stands for; the last ones may stand for fewer.
        cells: float32 or float64 [down, across]. A cell with a NaN among its values is NaN, else one with +Inf is
            +Inf, else one with -Inf is -Inf.
        by: How several values became one.
        row_norms: Over the columns of this part; None where there is one row or one column, or too many.
        column_norms: Over the rows of this part, likewise.
    """

    rows: Bounds
    columns: Bounds
    step: tuple[int, int]
    cells: NDArray[np.floating]
    by: By
    row_norms: Norms | None = None
    column_norms: Norms | None = None

    @property
    def exact(self) -> bool:
        """Each cell stands for one value."""
        return self.step == (1, 1)


def heatmap(
    values: "Values",
    tensor: TensorInfo,
    plane: Plane,
    rows: Bounds,
    columns: Bounds,
    report: "Report",
    *,
    by: By = "mean",
    norms: bool = True,
    most: tuple[int, int] = (MOST_CELLS, MOST_CELLS),
) -> Heatmap:
    """Read a part of a table, in blocks, and make cells of it.

    Args:
        values: Of the checkpoint that the tensor is of.
        tensor: Whose stored values are looked at: of complex ones the magnitude, booleans as 0 and 1.
        plane: The table.
        rows: Which of its rows.
        columns: Which of its columns.
        report: Told the values that were read; raises `Cancelled`.
        by: How several values become one.
        norms: Make the norms, too, which takes half as long again.
        most: Cells down and across.

    Raises:
        CheckpointError: The values cannot be read, or the file changed.
        IndexError: The table has no such part.
    """
    if _wider_step(tensor, plane.across) > _wider_step(tensor, plane.down):
        # What lies together in the file is read together.
        turned = heatmap(values, tensor, plane.turned(), columns, rows, report, by=by, norms=norms, most=most[::-1])
        return replace(
            turned,
            rows=rows,
            columns=columns,
            step=turned.step[::-1],
            cells=np.ascontiguousarray(turned.cells.T),
            row_norms=turned.column_norms,
            column_norms=turned.row_norms,
        )
    high, wide = rows[1] - rows[0], columns[1] - columns[0]
    step = (-(-high // most[0]), -(-wide // most[1]))
    shape = (-(-high // step[0]), -(-wide // step[1]))
    folded = (_Means if by == "mean" else _Magnitudes)(shape, step)
    normed = _Norms(shape, (high, wide), step) if norms and high > 1 and 1 < wide <= MOST_NORMED else None
    done = 0
    for top, bottom in _cuts(high, step[0], max(1, BLOCK // min(wide, BLOCK))):
        for left, right in _cuts(wide, step[1], BLOCK):
            report(done, high * wide, "reading values")
            place = (rows[0] + top, rows[0] + bottom), (columns[0] + left, columns[0] + right)
            block = _real(read_plane(values, tensor, plane, *place))
            folded.take(block, top, left)
            if normed is not None:
                normed.take(block, left)
            done += block.size
        if normed is not None:
            normed.end_rows(top)
    found = Heatmap(rows, columns, step, folded.cells(high, wide), by)
    return found if normed is None else replace(found, row_norms=normed.rows, column_norms=normed.columns())


def limit_of(found: Heatmap, share: float) -> float:
    """How far from 0 colours are told apart.

    Args:
        found: The cells; of very many, some from all over are looked at.
        share: Of the finite cells that are to be within it, from 0 to 1.

    Returns:
        Above 0; 1 where all cells are 0, or none is finite.
    """
    flat = np.abs(found.cells.reshape(-1)[:: max(1, found.cells.size // _SAMPLE) | 1])
    flat = flat[np.isfinite(flat)]
    if not flat.size:
        return 1.0
    at = min(math.ceil(share * flat.size), flat.size) - 1
    limit = float(np.partition(flat, at)[at])
    # Where nearly all are 0, the few others say how far it goes.
    return limit or float(flat.max()) or 1.0


def codes_of(found: Heatmap, limit: float) -> NDArray[np.uint8]:
    """The colours of cells.

    Args:
        found: The cells.
        limit: What is as far from 0, or farther, has the strongest colour.

    Returns:
        uint8 [down, across]: from 0 to `CODES` - 1 finite values, and `NAN`, `POSINF` and `NEGINF`.
    """
    cells = found.cells
    half = CODES // 2
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = cells / cells.dtype.type(limit) if limit >= np.finfo(cells.dtype).tiny else np.sign(cells)
        np.clip(scaled, -1, 1, out=scaled)
        scaled *= half
        np.rint(scaled, out=scaled)
        scaled += half
        codes: NDArray[np.uint8] = np.nan_to_num(scaled, nan=0).astype(np.uint8)
    if not np.isfinite(cells).all():
        codes[np.isnan(cells)] = NAN
        codes[cells == np.inf] = POSINF
        codes[cells == -np.inf] = NEGINF
    return codes


def bars_of(norms: Norms, length: int) -> NDArray[np.uint8]:
    """Bars of norms, as parts of the longest.

    Args:
        norms: Of rows or of columns.
        length: Of the longest bar.

    Returns:
        uint8 [cells, length], the begin of each bar first: `LEAST`, `MOST`, and beyond it the code of 0.
    """
    longest = norms.most.max(initial=0.0, where=np.isfinite(norms.most)) or 1.0
    places = (np.arange(length) + 0.5) / length
    bars = np.full((norms.most.size, length), CODES // 2, np.uint8)
    for code, ends in ((MOST, norms.most), (LEAST, norms.least)):
        bars[places < (ends / longest)[:, np.newaxis]] = code
    return bars


def _wider_step(tensor: TensorInfo, axes: tuple[int, ...]) -> int:
    return max((tensor.kind.stride[axis] for axis in axes if tensor.kind.stored_shape[axis] > 1), default=0)


def _cuts(size: int, step: int, most: int) -> Iterator[Bounds]:
    """Cut a side into parts of at most so many indices: each of whole cells, or within one."""
    first = 0
    while first < size:
        end = min(first + (most // step * step if most >= step else most), size)
        if most < step:
            end = min(end, (first // step + 1) * step)
        yield first, end
        first = end


def _real(block: Array) -> NDArray[np.floating]:
    real: NDArray[np.floating] = real_numbers(block)
    return real if real.dtype.kind == "f" else real.astype(np.float64)


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


class _Means:
    """Adds values up."""

    def __init__(self, shape: tuple[int, int], step: tuple[int, int]) -> None:
        self._step = step
        # A power of two, with which the sum of the largest numbers is still a number.
        self._scale = 2.0 ** -math.ceil(math.log2(math.prod(step)))
        self._sums = np.zeros(shape, np.float64)
        self._dtype: np.dtype[np.floating] = np.dtype(np.float32)
        self._odd: NDArray[np.uint8] | None = None

    def take(self, block: NDArray[np.floating], top: int, left: int) -> None:
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

    def cells(self, high: int, wide: int) -> NDArray[np.floating]:
        counts = np.outer(_counts(high, self._step[0]), _counts(wide, self._step[1]))
        with np.errstate(over="ignore"):
            cells: NDArray[np.floating] = (self._sums / (counts * self._scale)).astype(self._dtype)
        # What rounding made of a mean of the largest numbers is no infinity of the tensor.
        largest = np.finfo(self._dtype).max
        np.clip(cells, -largest, largest, out=cells)
        if self._odd is not None:
            for mark, value in enumerate((-np.inf, np.inf, np.nan), start=1):
                cells[self._odd == mark] = value
        return cells


class _Magnitudes:
    """Keeps the smallest and the largest value."""

    def __init__(self, shape: tuple[int, int], step: tuple[int, int]) -> None:
        self._shape, self._step = shape, step
        self._least: NDArray[np.floating] | None = None
        self._most: NDArray[np.floating] | None = None

    def take(self, block: NDArray[np.floating], top: int, left: int) -> None:
        if self._least is None or self._most is None:
            self._least = np.full(self._shape, np.inf, block.dtype)
            self._most = np.full(self._shape, -np.inf, block.dtype)
        for kept, fold in ((self._least, np.minimum), (self._most, np.maximum)):
            found = _fold(block, fold, self._step, None)
            place = _place(found, top, left, self._step)
            fold(kept[place], found, out=kept[place])

    def cells(self, high: int, wide: int) -> NDArray[np.floating]:  # noqa: ARG002 - as of `_Means`
        assert self._least is not None  # noqa: S101 - a part has at least one block
        assert self._most is not None  # noqa: S101 - as above
        # +Inf before -Inf; a NaN is in both.
        cells: NDArray[np.floating] = np.where(self._most >= -self._least, self._most, self._least)
        cells[np.isnan(self._most)] = np.nan
        return cells


class _Norms:
    """Adds squares up."""

    def __init__(self, shape: tuple[int, int], size: tuple[int, int], step: tuple[int, int]) -> None:
        self._step = step
        self._of_rows = np.zeros(0)
        self._of_columns = np.zeros(size[1])
        self._least = np.full(shape[0], np.inf)
        self._most = np.zeros(shape[0])

    @property
    def rows(self) -> Norms:
        return Norms(self._least, self._most)

    def columns(self) -> Norms:
        norms = np.sqrt(self._of_columns)[np.newaxis]
        least, most = (_fold(norms, fold, (1, self._step[1]), None)[0] for fold in (np.minimum, np.maximum))
        return Norms(least, most)

    def take(self, block: NDArray[np.floating], left: int) -> None:
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            squares = np.square(block)
            across, down = np.add.reduce(squares, axis=1), np.add.reduce(squares, axis=0)
            if not np.isfinite(across).all() or _lost(block, across, down):
                finite = np.where(np.isfinite(block), block, 0).astype(np.float64)
                squares = np.square(finite)
                across, down = np.add.reduce(squares, axis=1), np.add.reduce(squares, axis=0)
        if left == 0:
            self._of_rows = np.zeros(block.shape[0])
        self._of_rows += across
        self._of_columns[left : left + block.shape[1]] += down

    def end_rows(self, top: int) -> None:
        """All columns of the rows that begin there were taken."""
        norms = np.sqrt(self._of_rows)[:, np.newaxis]
        first = top // self._step[0]
        for kept, fold in ((self._least, np.minimum), (self._most, np.maximum)):
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


def _counts(size: int, step: int) -> NDArray[np.float64]:
    """How many indices each cell along a side stands for."""
    counts = np.full(-(-size // step), float(step))
    counts[-1] = size - (counts.size - 1) * step
    return counts
