"""The same part of two tensors as small tables of cells: A, B, and how far B is from A."""

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from explorer.analysis.compare.pair_numbers import couple
from explorer.analysis.draw.cells import Magnitudes, Means, counts_of
from explorer.analysis.draw.heatmap import BLOCK, MOST_CELLS, By, Heatmap, cuts, widest_step
from explorer.analysis.measure.numbers import real_floats
from explorer.checkpoint.values.paired_values import Side
from explorer.checkpoint.values.planes import Bounds, Plane
from explorer.checkpoint.values.region_values import read_plane

if TYPE_CHECKING:
    from explorer.progress import Report

_BLOCK: Final = BLOCK // 4
"""Elements that are held at once: of each there are up to five numbers."""


class PairMaps(NamedTuple):
    """Cells of the same part of both tensors.

    Attributes:
        a: Of A.
        b: Of B.
        apart: Of ``b - a``, made of the differences of single values; of complex ones ``|b - a|``.
    """

    a: Heatmap
    b: Heatmap
    apart: Heatmap


def pair_maps(
    a: Side,
    b: Side,
    plane: Plane,
    rows: Bounds,
    columns: Bounds,
    report: "Report",
    *,
    by: By = "mean",
    most: tuple[int, int] = (MOST_CELLS, MOST_CELLS),
    sample: bool = False,
) -> PairMaps:
    """Read a part of a table of both, in blocks, and make cells of it; see `explorer.analysis.draw.heatmap.heatmap`.

    Args:
        a: A tensor for which `explorer.analysis.compare.pair_numbers.why_no_pair` is "".
        b: The other.
        plane: A table of what both have, as of `explorer.analysis.compare.pair_numbers.overlap_of`.
        rows: Which of its rows.
        columns: Which of its columns.
        report: Told the elements that were read; raises `Cancelled`.
        by: How several values become one.
        most: Cells down and across.
        sample: Read the first row only of those that a cell stands for, or the first column where columns lie
            together in A. Where they lie together in one and rows in the other, all is read: it takes no longer.

    Raises:
        CheckpointError: Values cannot be read, or a file changed.
        IndexError: The table has no such part.
    """
    if widest_step(a.tensor, plane.across) > widest_step(a.tensor, plane.down):
        # What lies together in the file is read together.
        turned = pair_maps(a, b, plane.turned(), columns, rows, report, by=by, most=most[::-1], sample=sample)
        return PairMaps(*(_turned(found, rows, columns) for found in turned))
    crossed = widest_step(b.tensor, plane.across) > widest_step(b.tensor, plane.down)
    sample = sample and not crossed
    high, wide = rows[1] - rows[0], columns[1] - columns[0]
    step = (-(-high // most[0]), -(-wide // most[1]))
    shape = (-(-high // step[0]), -(-wide // step[1]))
    kept = Means if by == "mean" else Magnitudes
    dtypes = (a.tensor.kind.dtype, b.tensor.kind.dtype)
    folds = [kept(shape, (1, step[1]) if sample else step) for _ in PairMaps._fields]
    total, done = (shape[0] if sample else high) * wide, 0

    def take(tops: list[Bounds], left: int, right: int, into: int) -> None:
        """Read some rows, and fold them into the cells that begin at a row."""
        nonlocal done
        report(done, total, "reading values")
        across = (columns[0] + left, columns[0] + right)
        down = [(rows[0] + top, rows[0] + bottom) for top, bottom in tops]
        numbers = [
            np.concatenate([read_plane(side.values, side.tensor, plane, each, across) for each in down])
            for side in (a, b)
        ]
        for fold, block in zip(folds, couple(numbers[0], numbers[1], dtypes), strict=True):
            fold.take(real_floats(block), into, left)
        done += numbers[0].size

    if sample:
        for left, right in cuts(wide, step[1], _BLOCK):
            for first, end in cuts(shape[0], 1, max(1, _BLOCK // (right - left))):
                take([(cell * step[0], cell * step[0] + 1) for cell in range(first, end)], left, right, first)
    else:
        # Across each other, square parts are read in the fewest pieces.
        across = math.isqrt(_BLOCK) if crossed else _BLOCK
        for top, bottom in cuts(high, step[0], max(1, _BLOCK // min(wide, across))):
            for left, right in cuts(wide, step[1], across):
                take([(top, bottom)], left, right, top)
    counts = np.ones(shape[0]) if sample else counts_of(high, step[0]), counts_of(wide, step[1])
    return PairMaps(*(Heatmap(rows, columns, step, fold.cells(*counts), by, sampled=sample) for fold in folds))


def _turned(found: Heatmap, rows: Bounds, columns: Bounds) -> Heatmap:
    return replace(found, rows=rows, columns=columns, step=found.step[::-1], cells=np.ascontiguousarray(found.cells.T))
