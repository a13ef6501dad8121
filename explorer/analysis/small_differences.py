"""Compares many pairs of small tensors at once, in a few calls of numpy for all of them."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.casts import as_common, common_dtype, converted, wider
from explorer.analysis.difference import Difference, Figures, Judged, Tolerance
from explorer.analysis.difference_tally import number, same_numbers, whole_apart
from explorer.analysis.numbers import Array
from explorer.checkpoint.decode import Decoder
from explorer.checkpoint.kinds import TensorKind

_NO_CHANNELS = np.zeros(1, np.int64)
_SIMPLE = ("float", "int", "bool")


class SmallPair(NamedTuple):
    """Two tensors of one shape, read.

    Attributes:
        kinds: Of A and of B; each `lies_plainly`.
        a: Bytes of A, as stored.
        b: Likewise of B.
    """

    kinds: tuple[TensorKind, TensorKind]
    a: bytes
    b: bytes


class Decoders(NamedTuple):
    """What turns bytes of A and of B into numbers, for pairs of two dtypes."""

    a: Decoder
    b: Decoder


def lies_plainly(kind: TensorKind) -> bool:
    """Whether `compare_small` takes a tensor: real numbers in the order of their indices, squares within float64."""
    if kind.problem is not None or kind.layout != "strided" or kind.element.family not in _SIMPLE:
        return False
    if kind.dtype == "float64" or kind.neg or kind.conj:
        return False
    step = 1
    for size, stride in zip(reversed(kind.stored_shape), reversed(kind.stride), strict=True):
        if size != 1 and stride != step:
            return False
        step *= size
    return True


def compare_small(pairs: Sequence[SmallPair], decoders: Decoders, tolerance: Tolerance) -> list[Difference]:
    """Compare pairs of tensors.

    Args:
        pairs: All of the same two dtypes, and of the same shape in A and B.
        decoders: For both.
        tolerance: What is close.

    Returns:
        Of each pair, what `explorer.analysis.comparison.compare_tensors` would give.
    """
    found = _Batch(pairs, decoders, tolerance)
    return [found.difference(place, pair, row) for place, (pair, row) in enumerate(zip(pairs, found.rows, strict=True))]


class _Batch:
    """Figures of pairs of tensors, one behind the other."""

    def __init__(self, pairs: Sequence[SmallPair], decoders: Decoders, tolerance: Tolerance) -> None:
        kind_a, kind_b = pairs[0].kinds
        self._tolerance = tolerance
        a = decoders.a.numbers(np.frombuffer(b"".join(pair.a for pair in pairs), np.uint8), _NO_CHANNELS)
        b = decoders.b.numbers(np.frombuffer(b"".join(pair.b for pair in pairs), np.uint8), _NO_CHANNELS)
        sizes = np.array([pair.kinds[0].stored_numel for pair in pairs], np.int64)
        self._starts = np.cumsum(sizes) - sizes
        self._owners = np.repeat(np.arange(sizes.size), sizes)
        self._after_cast = _agree_after_cast(a, b, (kind_a.dtype, kind_b.dtype), sizes)
        common = common_dtype(kind_a.dtype, kind_b.dtype)
        self._a, self._b = as_common(a, common), as_common(b, common)
        with np.errstate(all="ignore"):
            self._measure(self._a, self._b, sizes)

    def _measure(self, a: Array, b: Array, sizes: NDArray[np.int64]) -> None:
        wide_a, wide_b = a.astype(np.float64), b.astype(np.float64)
        finite = np.isfinite(wide_a) & np.isfinite(wide_b)
        self._not_finite = _sums((~finite & ~same_numbers(wide_a, wide_b)).astype(np.int64), sizes).tolist()
        apart = _apart(a, b, wide_a, wide_b)
        places = np.arange(apart.size)
        if not finite.all():
            places = np.flatnonzero(finite)
            wide_a, wide_b, apart = wide_a[places], wide_b[places], apart[places]
        owners = self._owners[places]
        counts = np.bincount(owners, minlength=sizes.size)
        highest = _reduced(np.maximum, apart, counts)
        # The first place of each tensor where the distance is its largest.
        at_highest = np.flatnonzero(apart == np.repeat(highest, counts))
        _, firsts = np.unique(owners[at_highest], return_index=True)
        worst = np.zeros(sizes.size, np.int64)
        worst[counts > 0] = places[at_highest[firsts]]
        excess = _reduced(np.maximum, apart - self._tolerance.rtol * np.abs(wide_b), counts)
        limits = self._tolerance.atol + self._tolerance.rtol * np.abs(wide_b)
        self._over = (_sums((apart > limits).astype(np.int64), counts) > 0).tolist()
        columns = [
            column.tolist()
            for column in (
                *(counts, highest, _sums(apart, counts), _sums((apart != 0).astype(np.int64), counts), worst, excess),
                *(_sums(np.square(wide), counts) for wide in (wide_a, wide_b, apart)),
                _sums(wide_a * wide_b, counts),
            )
        ]

        self.rows = list(zip(*columns, strict=True))

    def difference(self, place: int, pair: SmallPair, row: tuple[Any, ...]) -> Difference:
        """Of one pair, from its row of `rows`."""
        count, highest, total, changed, worst, excess, squares_a, squares_b, squares_apart, product = row
        not_finite = self._not_finite[place]
        figures = Figures(not_finite=not_finite)
        if count:
            relative = 0.0
            if highest:
                relative = math.sqrt(squares_apart) / math.sqrt(squares_a) if squares_a else math.inf
            cosine = None
            if squares_a and squares_b:
                cosine = product / (math.sqrt(squares_a) * math.sqrt(squares_b)) if highest else 1.0
                cosine = min(max(cosine, -1.0), 1.0)
            figures = Figures(
                not_finite=not_finite,
                max_abs=highest,
                mean_abs=total / count,
                relative_l2=relative,
                cosine=cosine,
                changed=changed / count,
                worst_index=_index(worst - int(self._starts[place]), pair.kinds[0].shape),
                worst_a=number(self._a[worst]),
                worst_b=number(self._b[worst]),
            )
        judged = Judged(self._tolerance, not self._over[place], excess)
        if pair.kinds[0].dtype != pair.kinds[1].dtype:
            after_cast = None if self._after_cast is None else self._after_cast[place]
            return Difference("dtype", figures, equal_after_cast=after_cast, judged=judged)
        if pair.a == pair.b:
            return Difference("identical", figures)
        if not_finite:
            return Difference("not_finite", figures, judged=judged)
        return Difference("differs" if self._over[place] else "close", figures, judged=judged)


def _agree_after_cast(a: Array, b: Array, dtypes: tuple[str, str], sizes: NDArray[np.int64]) -> list[bool] | None:
    """Whether the wider of each pair has the bits of the narrower once it is cast; None where neither is wider."""
    if dtypes[0] == dtypes[1] or (which := wider(*dtypes)) is None:
        return None
    wide, narrow, dtype = (a, b, dtypes[1]) if which == "a" else (b, a, dtypes[0])
    cast = converted(wide, dtype)
    if cast is None:
        return [False] * sizes.size
    agreeing = cast == narrow
    if cast.dtype.kind == "f":
        agreeing = (agreeing & (np.signbit(cast) == np.signbit(narrow))) | (np.isnan(cast) & np.isnan(narrow))
    found: list[bool] = (_sums((~agreeing).astype(np.int64), sizes) == 0).tolist()
    return found


def _apart(a: Array, b: Array, wide_a: NDArray[np.float64], wide_b: NDArray[np.float64]) -> NDArray[np.float64]:
    if a.dtype == b.dtype and a.dtype.kind in "iu" and a.dtype.itemsize == np.dtype(np.int64).itemsize:
        return whole_apart(a, b).astype(np.float64)
    return np.abs(wide_b - wide_a)


def _sums(numbers: Array, counts: NDArray[np.int64]) -> Array:
    return _reduced(np.add, numbers, counts)


def _reduced(function: np.ufunc, numbers: Array, counts: NDArray[np.int64]) -> Array:
    """Reduce the numbers of each tensor to one, [k]: 0 for a tensor that has none."""
    found = np.zeros(counts.size, numbers.dtype)
    some = counts > 0
    if some.any():
        found[some] = function.reduceat(numbers, (np.cumsum(counts) - counts)[some])
    return found


def _index(place: int, shape: Sequence[int]) -> tuple[int, ...]:
    found = []
    for size in reversed(shape):
        place, at = divmod(place, size)
        found.append(at)
    return tuple(found[::-1])
