"""Adds up how far apart the numbers of two tensors are, block by block."""

import math
from collections.abc import Callable
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.compare.difference import Figures, Tolerance
from explorer.analysis.compare.float32_sums import CHUNK, Float32Sums
from explorer.analysis.compare.scaled_sums import (
    NOTHING,
    ScaledSum,
    added,
    dot,
    far_apart,
    products,
    squares,
    with_room,
)
from explorer.analysis.measure.moments import ldexp
from explorer.analysis.measure.numbers import Array
from explorer.checkpoint.values.paired_values import Box

_UNEVEN: Final = 1e4
"""So many times the squares of one may outweigh the other's before their product is not told from the difference's."""

Wide = NDArray[np.float64]


class _Where(NamedTuple):
    """Which elements of a block are worked on: from the first on, all or those picked."""

    box: Box
    first: int
    picked: NDArray[np.int64] | None = None

    def place(self, at: int) -> int:
        return self.first + (at if self.picked is None else int(self.picked[at]))


class _Worst(NamedTuple):
    """Where two tensors are farthest apart, and the numbers there."""

    distance: float
    box: Box
    place: int
    a: float
    b: float


class BlockSums(NamedTuple):
    """What `DifferenceTally` takes from a block, all in float64; of finite pairs but for `not_finite`.

    Attributes:
        not_finite: As of `DifferenceTally`.
        finite: How many pairs there are of which both are finite; if there are none, nothing else means anything.
        squares_a: Sum of the squares of A's numbers.
        squares_b: Of B's.
        squares_apart: Of ``b - a``.
        product: Sum of the products.
        largest: Of ``|b - a|``.
        place: In the block where that first is.
        worst_a: A's number there.
        worst_b: B's.
        total: Sum of ``|b - a|``.
        changed: How many of them are not 0.
        excess: The largest of ``|b - a| - (atol + rtol * |b|)``; of ``|b - a|`` where rtol is 0.
        alike: Places where both have NaN, or the same infinity.
        odd: A place in the block that `not_finite` counts; -1 for none.
    """

    not_finite: int
    finite: int
    squares_a: float = 0.0
    squares_b: float = 0.0
    squares_apart: float = 0.0
    product: float = 0.0
    largest: float = 0.0
    place: int = 0
    worst_a: float = 0.0
    worst_b: float = 0.0
    total: float = 0.0
    changed: int = 0
    excess: float = 0.0
    alike: int = 0
    odd: int = -1


class DifferenceTally:
    """What the pairs of numbers that were added so far say.

    Attributes:
        not_finite: Places where one has NaN or an infinity and the other something else.
        over: Some numbers are farther apart than the tolerance allows.
        excess: As of `explorer.analysis.compare.difference.Judged`.
    """

    def __init__(self, tolerance: Tolerance) -> None:
        self._tolerance = tolerance
        self.not_finite = 0
        self.over = False
        self.excess = -math.inf
        self._finite = 0
        self._changed = 0
        self._total = NOTHING
        self._worst: _Worst | None = None
        self._alike = 0
        self._odd: tuple[Box, int] | None = None
        self._squares_a = self._squares_b = self._squares_apart = self._product = NOTHING
        self._plain_a = self._plain_b = self._plain_apart = 0.0

    @cached_property
    def _float32(self) -> Float32Sums:
        return Float32Sums()

    @cached_property
    def _rooms(self) -> Wide:
        return np.empty((2, CHUNK))

    @property
    def has_length(self) -> bool:
        """Some number of A is finite and not 0."""
        return self._squares_a.total > 0

    def add(self, a: Array, b: Array, box: Box, begin: int = 0) -> None:
        """Add a block, or a part of one.

        Args:
            a: Numbers of A, [n], of any dtype that numpy computes with.
            b: Of the same places of B, [n].
            box: Which the block is of.
            begin: The first of its elements that they are of.
        """
        with np.errstate(all="ignore"):
            for first in range(0, a.size, CHUNK):
                self._add(a[first : first + CHUNK], b[first : first + CHUNK], _Where(box, begin + first))

    def add_same(self, a: Array, box: Box) -> None:
        """Add a block of which both tensors have the same bits."""
        with np.errstate(all="ignore"):
            for first in range(0, a.size, CHUNK):
                part, where = a[first : first + CHUNK], _Where(box, first)
                wide = self._widened(part, 0)
                own = squares(wide)
                if math.isfinite(own.total):
                    self._add_equal(part, own, where)
                else:
                    self._add(part, part, where)

    def add_sums(self, sums: BlockSums, box: Box) -> None:
        """Add a block of which the sums were computed elsewhere.

        Args:
            sums: Of all its pairs.
            box: Which these are.
        """
        self.not_finite += sums.not_finite
        self._alike += sums.alike
        if self._odd is None and sums.odd >= 0:
            self._odd = box, sums.odd
        if not sums.finite:
            return
        self._finite += sums.finite
        self._squares_a = self._squares_a.plus(ScaledSum(sums.squares_a))
        self._squares_b = self._squares_b.plus(ScaledSum(sums.squares_b))
        self._squares_apart = self._squares_apart.plus(ScaledSum(sums.squares_apart))
        self._product = self._product.plus(ScaledSum(sums.product))
        if self._worst is None or sums.largest > self._worst.distance:
            self._worst = _Worst(sums.largest, box, sums.place, sums.worst_a, sums.worst_b)
        if sums.largest == 0:
            return
        self._total = self._total.plus(with_room(sums.total))
        self._changed += sums.changed
        rtol, atol = self._tolerance
        self.over |= sums.excess > (0 if rtol else atol)
        self.excess = max(self.excess, sums.excess + (atol if rtol else 0))

    def figures(self, index: Callable[[Box, int], tuple[int, ...]], multiplicity: int = 1) -> Figures:
        """What it comes to.

        Args:
            index: Gives the indices of an element from a block and its place there.
            multiplicity: Elements that each pair stands for.
        """
        worst = self._worst
        odd = None if self._odd is None else index(*self._odd)
        if worst is None:
            return Figures(self.not_finite * multiplicity, alike=self._alike * multiplicity, odd_index=odd)
        plain = self._plain_a, self._plain_b, self._plain_apart
        squares_a, squares_b, apart = (
            scaled.plus(ScaledSum(also))
            for scaled, also in zip((self._squares_a, self._squares_b, self._squares_apart), plain, strict=True)
        )
        product = self._product.plus(ScaledSum((plain[0] + plain[1] - plain[2]) / 2))
        return Figures(
            not_finite=self.not_finite * multiplicity,
            max_abs=worst.distance,
            mean_abs=ldexp(self._total.total / self._finite, self._total.exponent),
            relative_l2=relative_change(squares_a, apart, worst.distance),
            cosine=cosine(squares_a, squares_b, product, worst.distance),
            changed=self._changed / self._finite,
            worst_index=index(worst.box, worst.place),
            worst_a=worst.a,
            worst_b=worst.b,
            finite=self._finite * multiplicity,
            alike=self._alike * multiplicity,
            odd_index=odd,
        )

    def _widened(self, numbers: Array, room: int) -> Wide:
        """Their float64; of complex numbers both parts, one behind the other."""
        if numbers.dtype.kind == "c":
            return _wide(numbers)
        wide: Wide = self._rooms[room, : numbers.size]
        np.copyto(wide, numbers, casting="unsafe")
        return wide

    def _add(self, a: Array, b: Array, where: _Where) -> None:
        if a.dtype == b.dtype == np.float32:
            self._add_float32(a, b, where)
        else:
            self._add_any(a, b, where)

    def _add_float32(self, a: Array, b: Array, where: _Where) -> None:
        found = self._float32.apart(a, b)
        if found is None:
            self._add_finite(a, b, where)
            return
        if not found.changed:
            self._add_equal(a, ScaledSum(found.squares_a), where)
        elif _uneven(found.squares_a, found.squares_b):
            self._add_any(a, b, where)
        else:
            # Here float64 holds them as they are.
            self._plain_a += found.squares_a
            self._plain_b += found.squares_b
            self._plain_apart += found.squares_apart
            self._changed += found.changed
            self._total = self._total.plus(ScaledSum(found.total))
            self._take(found.largest, self._float32.distances(a.size), self._float32.wide_b(a.size), a, b, where)

    def _add_any(self, a: Array, b: Array, where: _Where) -> None:
        wide_a, wide_b = self._widened(a, 0), self._widened(b, 1)
        squares_a, squares_b = squares(wide_a), squares(wide_b)
        if not (math.isfinite(squares_a.total) and math.isfinite(squares_b.total)):
            self._add_finite(a, b, where)
            return
        product = _product(wide_a, wide_b, squares_a, squares_b)
        if a.dtype == b.dtype and a.dtype.kind in "iu" and a.dtype.itemsize == np.dtype(np.int64).itemsize:
            np.copyto(wide_a, whole_apart(a, b))
        else:
            np.subtract(wide_b, wide_a, out=wide_a)
        apart = squares(wide_a)
        whole = a.dtype.kind != "c"
        distances = np.abs(wide_a, out=wide_a) if whole else np.hypot(*_parts(wide_a))
        total = with_room(added(distances))
        if not math.isfinite(total.total):
            # All numbers are finite: their distances, or the sum of these, are more than float64 holds.
            apart, total = far_apart(_wide(a), _wide(b), broken=not whole)
        if product is None:
            product = ScaledSum((squares_a.total + squares_b.total - math.ldexp(*apart)) / 2)
        self._squares_a = self._squares_a.plus(squares_a)
        self._squares_b = self._squares_b.plus(squares_b)
        self._squares_apart = self._squares_apart.plus(apart)
        self._product = self._product.plus(product)
        self._changed += int(np.count_nonzero(distances != 0))
        self._total = self._total.plus(total)
        lengths = wide_b if whole else np.hypot(*_parts(wide_b))
        self._take(float(distances.max()), distances, lengths, a, b, where)

    def _add_finite(self, a: Array, b: Array, where: _Where) -> None:
        """Add those pairs of which both are finite, and count the others that are not the same."""
        finite = np.isfinite(a) & np.isfinite(b)
        left = ~finite
        odd = np.flatnonzero(left)[~same_numbers(a[left], b[left])]
        self.not_finite += odd.size
        self._alike += int(np.count_nonzero(left)) - odd.size
        if self._odd is None and odd.size:
            self._odd = where.box, where.place(int(odd[0]))
        places = np.flatnonzero(finite)
        if places.size:
            self._add(a[places], b[places], where._replace(picked=places))

    def _add_equal(self, numbers: Array, own: ScaledSum, where: _Where) -> None:
        self._finite += numbers.size
        self._squares_a = self._squares_a.plus(own)
        self._squares_b = self._squares_b.plus(own)
        self._product = self._product.plus(own)
        if self._worst is None and numbers.size:
            self._worst = _Worst(0.0, where.box, where.place(0), number(numbers[0]), number(numbers[0]))

    def _take(self, largest: float, distances: Wide, lengths: Wide, a: Array, b: Array, where: _Where) -> None:
        """Take in how far numbers are apart.

        Args:
            largest: Of the distances.
            distances: Not negative, [n].
            lengths: The numbers of B, with any sign, [n]; they are overwritten.
            a: The numbers themselves.
            b: Likewise.
            where: They are.
        """
        self._finite += distances.size
        if self._worst is None or largest > self._worst.distance:
            at = int(distances.argmax())
            self._worst = _Worst(largest, where.box, where.place(at), number(a[at]), number(b[at]))
        if largest == 0:
            return
        rtol, atol = self._tolerance
        if rtol == 0:
            self.over |= largest > atol
            self.excess = max(self.excess, largest)
            return
        if largest <= self.excess:
            # No number here exceeds by more, and as long as none was over, this is within `atol` alone.
            return
        np.abs(lengths, out=lengths)
        np.multiply(lengths, rtol, out=lengths)
        np.add(lengths, atol, out=lengths)
        np.subtract(distances, lengths, out=lengths)
        excess = float(lengths.max())
        self.over |= excess > 0
        self.excess = max(self.excess, excess + atol)


def relative_change(squares_a: ScaledSum, squares_apart: ScaledSum, largest: float) -> float:
    """``|b - a| / |a|`` from the sums of squares: 0 where nothing is apart, else infinite where all of A is 0."""
    if largest == 0:
        return 0.0
    return squares_apart.root().over(squares_a.root()) if squares_a.total else math.inf


def cosine(squares_a: ScaledSum, squares_b: ScaledSum, product: ScaledSum, largest: float) -> float | None:
    """The cosine of the angle between A and B; None where either is all 0."""
    if not (squares_a.total and squares_b.total):
        return None
    if largest == 0:
        return 1.0
    root_a, root_b = squares_a.root(), squares_b.root()
    lengths = ScaledSum(root_a.total * root_b.total, root_a.exponent + root_b.exponent)
    return min(max(product.over(lengths), -1.0), 1.0)


def same_numbers(a: Array, b: Array) -> NDArray[np.bool_]:
    """Where two arrays have the same number; one NaN is like another."""
    if a.dtype.kind == "c" or b.dtype.kind == "c":
        return same_numbers(a.real, b.real) & same_numbers(a.imag, b.imag)
    found: NDArray[np.bool_] = (a == b) | (np.isnan(a) & np.isnan(b))
    return found


def number(value: np.generic) -> float:
    """A number as Python has it: whole ones stay whole, and complex ones become their length."""
    plain: float | complex = value.item()
    if isinstance(plain, complex):
        # `abs` raises where that is more than float64 holds.
        return math.hypot(plain.real, plain.imag)
    return int(plain) if isinstance(plain, bool) else plain


def _product(a: Wide, b: Wide, squares_a: ScaledSum, squares_b: ScaledSum) -> ScaledSum | None:
    """The sum of the products, where that of the squares of the difference does not tell it as well."""
    if squares_a.exponent or squares_b.exponent:
        return products(a, b)
    # 2ab = a² + b² - (b - a)² saves a pass, and is exact enough where neither is much the longer one.
    return ScaledSum(dot(a, b)) if _uneven(squares_a.total, squares_b.total) else None


def _uneven(squares_a: float, squares_b: float) -> bool:
    low, high = sorted((squares_a, squares_b))
    return high > low * _UNEVEN


def whole_apart(a: Array, b: Array) -> Array:
    """``|b - a|`` of whole numbers of 64 bits, exactly: uint64 [n]."""
    low, high = np.minimum(a, b).view(np.uint64), np.maximum(a, b).view(np.uint64)
    return high - low


def _wide(numbers: Array) -> Wide:
    return numbers.astype(np.complex128).view(np.float64) if numbers.dtype.kind == "c" else numbers.astype(np.float64)


def _parts(wide: Wide) -> tuple[Wide, Wide]:
    return wide[0::2], wide[1::2]
