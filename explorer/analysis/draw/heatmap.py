"""A part of a tensor as a small table of cells, each of which stands for several of its values."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.draw.cells import Magnitudes, Means, Norms, NormSums, counts_of
from explorer.analysis.measure.numbers import real_floats
from explorer.checkpoint.document import TensorInfo
from explorer.checkpoint.values.planes import Bounds, Plane
from explorer.checkpoint.values.region_values import read_plane

if TYPE_CHECKING:
    from explorer.checkpoint.values.reading import Values
    from explorer.progress import Report

By = Literal["mean", "magnitude"]
"""What of a cell's values it shows: their mean, or the one of the largest magnitude, with its sign."""

MOST_CELLS: Final = 1024
"""Cells along either side."""

BLOCK: Final = 1 << 19
"""Values that are held at once: 2 MiB of float32."""

MOST_NORMED: Final = 1 << 22
"""Columns of which norms are kept while rows are read; more have none."""

_SAMPLE: Final = 1 << 16
"""Cells of which the limit of the colours is taken."""

CODES: Final = 251
"""Colours of finite values, from the most negative to the most positive, with 0 in the middle."""
NAN, POSINF, NEGINF = 255, 254, 253
"""Codes of cells that hold such a value."""
LEAST, MOST = 252, 251
"""Codes of bars: up to the smallest norm of a cell, and from there to its largest."""


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
        sampled: Only the first row, or column, of those that a cell stands for was read.
    """

    rows: Bounds
    columns: Bounds
    step: tuple[int, int]
    cells: NDArray[np.floating]
    by: By
    row_norms: Norms | None = None
    column_norms: Norms | None = None
    sampled: bool = False

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
    sample: bool = False,
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
        sample: Read the first row only of those that a cell stands for, or the first column where columns lie
            together in the file: for a first picture. There are no norms then.

    Raises:
        CheckpointError: The values cannot be read, or the file changed.
        IndexError: The table has no such part.
    """
    if widest_step(tensor, plane.across) > widest_step(tensor, plane.down):
        # What lies together in the file is read together.
        turned = heatmap(
            values, tensor, plane.turned(), columns, rows, report, by=by, norms=norms, most=most[::-1], sample=sample
        )
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
    kept = Means if by == "mean" else Magnitudes
    across = counts_of(wide, step[1])
    done = 0

    def read(top: int, bottom: int, left: int, right: int) -> NDArray[np.floating]:
        nonlocal done
        report(done, shape[0] * wide if sample else high * wide, "reading values")
        done += (bottom - top) * (right - left)
        place = (rows[0] + top, rows[0] + bottom), (columns[0] + left, columns[0] + right)
        return real_floats(read_plane(values, tensor, plane, *place))

    if sample:
        folded = kept(shape, (1, step[1]))
        for left, right in cuts(wide, step[1], BLOCK):
            for first, end in cuts(shape[0], 1, max(1, BLOCK // (right - left))):
                tops = (cell * step[0] for cell in range(first, end))
                folded.take(np.concatenate([read(top, top + 1, left, right) for top in tops]), first, left)
        return Heatmap(rows, columns, step, folded.cells(np.ones(shape[0]), across), by, sampled=True)
    folded = kept(shape, step)
    normed = NormSums(shape, (high, wide), step) if norms and high > 1 and 1 < wide <= MOST_NORMED else None
    for top, bottom in cuts(high, step[0], max(1, BLOCK // min(wide, BLOCK))):
        for left, right in cuts(wide, step[1], BLOCK):
            block = read(top, bottom, left, right)
            folded.take(block, top, left)
            if normed is not None:
                normed.take(block, left)
        if normed is not None:
            normed.end_rows(top)
    found = Heatmap(rows, columns, step, folded.cells(counts_of(high, step[0]), across), by)
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


def widest_step(tensor: TensorInfo, axes: tuple[int, ...]) -> int:
    """How many elements of its storage lie between two neighbours of a tensor along the widest of some axes."""
    return max((tensor.kind.stride[axis] for axis in axes if tensor.kind.stored_shape[axis] > 1), default=0)


def cuts(size: int, step: int, most: int) -> Iterator[Bounds]:
    """Cut a side into parts of at most so many indices: each of whole cells, or within one.

    Args:
        size: Indices that it has.
        step: That a cell stands for.
        most: In a part.
    """
    first = 0
    while first < size:
        end = min(first + (most // step * step if most >= step else most), size)
        if most < step:
            end = min(end, (first // step + 1) * step)
        yield first, end
        first = end
