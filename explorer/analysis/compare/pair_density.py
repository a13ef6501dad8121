"""How often two tensors have which numbers at the same place: all pairs of elements, counted in a grid."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.compare.pair_numbers import couple
from explorer.analysis.draw.equal_bins import TOGETHER, Slots, equal_edges
from explorer.checkpoint.document import Located
from explorer.checkpoint.values.paired_values import PairedWalk, open_sides
from explorer.checkpoint.values.walks import Walk

if TYPE_CHECKING:
    from explorer.analysis.measure.numbers import Array
    from explorer.progress import Report

Span = tuple[float, float]
"""The least and the greatest number of a side of the grid."""


@dataclass(frozen=True, slots=True, eq=False)
class PairDensity:
    """How many pairs are in each cell of a grid.

    Attributes:
        counts: int64 [bins of B, bins of A]. A bin has its lower edge and not its upper; the last has both.
        edges_a: float64 [bins of A + 1].
        edges_b: float64 [bins of B + 1].
        outside: Pairs of finite numbers that are in no cell.
        not_finite: Pairs of which one is NaN or infinite.
    """

    counts: NDArray[np.int64]
    edges_a: NDArray[np.float64]
    edges_b: NDArray[np.float64]
    outside: int
    not_finite: int

    @property
    def inside(self) -> int:
        """Pairs that are in a cell."""
        return int(self.counts.sum())


def pair_density(
    a: Located, b: Located, spans: tuple[Span, Span], bins: tuple[int, int], report: "Report"
) -> PairDensity:
    """Walk over all elements of both, block by block, and count them.

    Args:
        a: A tensor for which `explorer.analysis.compare.pair_numbers.why_no_pair` is "".
        b: The other. Of differing shapes the common corner is walked over.
        spans: Of the grid along A and along B: finite numbers in order.
        bins: Equal ones along A and along B.
        report: Called after each block with the elements done; raises `Cancelled`.

    Raises:
        CheckpointError: Values cannot be read, or a file changed.
        ValueError: A span has no such bins.
    """
    edges = [equal_edges(*span, many) for span, many in zip(spans, bins, strict=True)]
    slots = [Slots(each) for each in edges]
    # On each side a row or a column for what is below, and one for what is above.
    long = bins[0] + 2
    counts = np.zeros((bins[1] + 2) * long, np.int64)
    places = np.empty(0, np.intp)
    not_finite = done = 0
    with open_sides(a, b) as sides:
        walk = PairedWalk(*sides)
        for numbers in _finite_blocks(walk, (a, b)):
            not_finite += numbers.left_out
            size = numbers.a.size
            if places.size < size:
                places = np.empty(size, np.intp)
            for first in range(0, size, TOGETHER):
                part = slice(first, min(first + TOGETHER, size))
                np.multiply(slots[1].places(numbers.b[part]), long, out=places[part])
                places[part] += slots[0].places(numbers.a[part])
            counts += np.bincount(places[:size], minlength=counts.size)
            done += size + numbers.left_out
            report(done, walk.count, "counting pairs")
        times = walk.multiplicity
    grid = counts.reshape(-1, long)
    inside = np.ascontiguousarray(grid[1:-1, 1:-1]) * times
    outside = int(grid.sum()) * times - int(inside.sum())
    return PairDensity(inside, edges[0], edges[1], outside, not_finite * times)


def both_walk(a: Located, b: Located) -> Walk:
    """Give what measuring the numbers of both together takes: those of A and of B where both are finite.

    Args:
        a: As for `pair_density`.
        b: Likewise.

    Raises:
        CheckpointError: A file cannot be opened.
    """
    with open_sides(a, b) as sides:
        walk = PairedWalk(*sides)
        return Walk(partial(_both, a, b), 2 * walk.count, walk.multiplicity)


def _both(a: Located, b: Located) -> "Iterator[Array]":
    with open_sides(a, b) as sides:
        for numbers in _finite_blocks(PairedWalk(*sides), (a, b)):
            yield numbers.a
            yield numbers.b


@dataclass(frozen=True, slots=True, eq=False)
class _Numbers:
    """Pairs of which both are finite, and how many others there were with them."""

    a: "Array"
    b: "Array"
    left_out: int


def _finite_blocks(walk: PairedWalk, sides: tuple[Located, Located]) -> Iterator[_Numbers]:
    dtypes = (sides[0][1].kind.dtype, sides[1][1].kind.dtype)
    for block in walk.blocks():
        both = couple(*walk.numbers(block), dtypes)
        if np.isfinite(both.apart).all():
            yield _Numbers(both.a, both.b, 0)
        else:
            # The difference of finite numbers may be infinite.
            finite = np.isfinite(both.a) & np.isfinite(both.b)
            yield _Numbers(both.a[finite], both.b[finite], int(np.count_nonzero(~finite)))
