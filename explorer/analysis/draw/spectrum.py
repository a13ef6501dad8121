"""The singular values of a tensor as a matrix: all of them, or the largest ones of a large matrix."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.draw.marchenko_pastur import edges
from explorer.analysis.measure.numbers import Array
from explorer.checkpoint.document import TensorInfo
from explorer.checkpoint.kinds import TensorKind
from explorer.checkpoint.values.planes import Plane
from explorer.checkpoint.values.region_values import read_plane

if TYPE_CHECKING:
    from explorer.checkpoint.values.reading import Values
    from explorer.progress import Report

EXACT_SIDE: Final = 1280
"""A matrix whose shorter side is at most this has all its values computed: the one step that cannot be stopped on the
way, of a square of this size, takes a second or two."""
_BLOCK: Final = 1 << 20
"""Values that are worked on at once, unless the rows of a block would be fewer than their length."""
_WIDEST: Final = 1 << 16
"""Longer rows than this are read as columns: what is kept of each direction must not fill the memory."""


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """Singular values of a matrix of finite numbers.

    Attributes:
        rows: Of the matrix: the first dimension of the tensor.
        columns: All its other dimensions.
        values: float64[n], falling: all ``min(rows, columns)``, or the largest ones.
        frobenius: Root of the sum of the squares of all numbers.
        mean: Of all numbers; of complex ones the magnitude of it.
        std: Root of the mean squared distance from it.
        epsilon: Relative precision of the dtype, that of float32 where that is finer.
    """

    rows: int
    columns: int
    values: NDArray[np.float64]
    frobenius: float
    mean: float
    std: float
    epsilon: float

    @property
    def side(self) -> int:
        """How many singular values there are."""
        return min(self.rows, self.columns)

    @property
    def exact(self) -> bool:
        """All are computed, up to rounding in float64; else the largest ones, each a little too small at most."""
        return self.values.size == self.side

    @property
    def norm(self) -> float:
        """The spectral norm: the largest singular value."""
        return float(self.values[0])

    @property
    def effective_rank(self) -> float | None:
        """The exponential of the entropy of the singular values, taken as shares of their sum; None without all.

        O. Roy and M. Vetterli, "The effective rank: a measure of effective dimensionality", EUSIPCO 2007. From 1 to
        `side`; 0 of zeros.
        """
        if not self.exact:
            return None
        if not self.norm > 0:
            return 0.0
        shares = self.values / self.norm
        shares = shares[shares > 0] / shares.sum()
        return math.exp(-float(np.sum(shares * np.log(shares))))

    @property
    def stable_rank(self) -> float:
        """Sum of the squares of all singular values over the largest square; 0 of zeros."""
        return (self.frobenius / self.norm) ** 2 if self.norm > 0 else 0.0

    @property
    def floor(self) -> float:
        """At most this is as good as 0: the longer side, times the precision of the dtype, times the largest value."""
        return max(self.rows, self.columns) * self.epsilon * self.norm

    @property
    def rank(self) -> int:
        """Singular values above `floor`; at least so many, where not all are computed and none is below it."""
        return int(np.count_nonzero(self.values > self.floor))

    @property
    def condition(self) -> float | None:
        """The largest singular value over the smallest; infinite where that is 0, None where it is not computed."""
        if not self.exact:
            return None
        return self.norm / float(self.values[-1]) if self.values[-1] > 0 else math.inf

    @property
    def random_edge(self) -> float:
        """Up to here, about, reach the singular values of a random matrix of this size and standard deviation."""
        return edges(self.rows, self.columns, self.std)[1]

    @property
    def beyond_random(self) -> int:
        """Singular values above `random_edge`; at least so many, where not all are computed and none is below it."""
        return int(np.count_nonzero(self.values > self.random_edge))


class NotFiniteError(Exception):
    """The matrix has values that are NaN or infinite: it has no singular values."""


def matrix_plane(kind: TensorKind) -> Plane | None:
    """A tensor as a matrix: its first dimension by all others.

    Returns:
        None where that is no matrix of at least two rows and columns.
    """
    shape = kind.stored_shape
    if len(shape) < 2 or shape != kind.shape:
        return None
    plane = Plane(shape, (0,), tuple(range(1, len(shape))), (0,) * len(shape))
    return plane if min(plane.height, plane.width) > 1 else None


def spectrum_of(values: "Values", tensor: TensorInfo, plane: Plane, report: "Report") -> Spectrum:
    """Compute singular values, in steps of about a second at most; see `explorer.analysis.draw.singular_values`.

    In float64 all of a matrix whose shorter side is at most `EXACT_SIDE`; of a larger one the largest, with products in
    float32.

    Args:
        values: Of the checkpoint that the tensor is of.
        tensor: The tensor.
        plane: As of `matrix_plane`.
        report: Told the values that were worked on; raises `Cancelled`.

    Raises:
        CheckpointError: The values cannot be read, or the file changed.
        NotFiniteError: There are no singular values.
    """
    from explorer.analysis.draw.singular_values import PASSES, all_values, largest_values  # noqa: PLC0415 - brings torch

    rows, columns = plane.height, plane.width
    exact = min(rows, columns) <= EXACT_SIDE
    # What is kept is as long as a row is, so rows are to be short; but what lies together is best read together.
    turned = columns > rows if exact else columns > max(rows, _WIDEST)
    worked_on = plane.turned() if turned else plane
    sums = _Sums()

    def blocks(passed: int) -> Iterator[Array]:
        height, width = worked_on.height, worked_on.width
        many = max(_BLOCK // width, width if exact else 1, 1)
        for top in range(0, height, many):
            report((passed * height + top) * width, (1 if exact else PASSES) * height * width, "singular values")
            read = read_plane(values, tensor, worked_on, (top, min(top + many, height)), (0, width))
            block = _wide(read, exact=exact)
            if passed == 0:
                sums.take(block)
            yield block

    report(0, 0, "singular values")
    found = all_values(blocks) if exact else largest_values(blocks, worked_on.width)
    epsilon = 2.0**-52 if tensor.kind.dtype in ("float64", "complex128") else 2.0**-23
    return Spectrum(rows, columns, found, sums.frobenius, float(abs(sums.mean)), sums.std, epsilon)


def _wide(block: Array, *, exact: bool) -> Array:
    kind = "c" if block.dtype.kind == "c" else "f"
    # What float32 cannot hold stays as it is.
    size = block.dtype.itemsize // (2 if kind == "c" else 1) if block.dtype.kind in "cf" else 8
    size = 8 if exact else max(4, size)
    wide = block.astype(np.dtype(f"{kind}{size * (2 if kind == 'c' else 1)}"), copy=False)
    if not np.isfinite(wide).all():
        raise NotFiniteError
    return wide


class _Sums:
    """Mean and squares of all numbers, added up in float64; of squares their root, which does not overflow."""

    def __init__(self) -> None:
        self._count = 0
        self._root = 0.0
        self.mean: complex = 0.0

    def take(self, block: Array) -> None:
        """Take the next block."""
        wide = block.astype(np.complex128 if block.dtype.kind == "c" else np.float64, copy=False)
        mean = wide.mean()
        apart = np.abs(wide - mean)
        largest = float(apart.max()) or 1.0
        apart /= largest
        root = largest * math.sqrt(float(np.einsum("ij,ij->", apart, apart)))
        total = self._count + block.size
        away = mean - self.mean
        self._root = math.hypot(self._root, root, float(abs(away)) * math.sqrt(self._count * block.size / total))
        self.mean += away * (block.size / total)
        self._count = total

    @property
    def std(self) -> float:
        """Root of the mean squared distance from the mean."""
        return self._root / math.sqrt(self._count)

    @property
    def frobenius(self) -> float:
        """Root of the sum of squares."""
        return math.hypot(self._root, math.sqrt(self._count) * float(abs(self.mean)))
