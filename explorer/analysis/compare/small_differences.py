"""Compares many pairs of small tensors at once, in a few calls of numpy for all of them."""

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.casts import agreeing_after_cast, as_common, common_dtype, wider
from explorer.analysis.compare.difference import Difference, Figures, Judged, State, Tolerance
from explorer.analysis.compare.difference_tally import same_numbers, whole_apart
from explorer.analysis.measure.numbers import Array, reduce_each
from explorer.checkpoint.kinds import TensorKind
from explorer.checkpoint.values.decode import Decoder

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
        Of each pair, what `explorer.analysis.compare.comparison.compare_tensors` would give.
    """
    kind_a, kind_b = pairs[0].kinds
    dtypes = kind_a.dtype, kind_b.dtype
    a = decoders.a.numbers(np.frombuffer(b"".join([pair.a for pair in pairs]), np.uint8), _NO_CHANNELS)
    b = decoders.b.numbers(np.frombuffer(b"".join([pair.b for pair in pairs]), np.uint8), _NO_CHANNELS)
    sizes = np.array([pair.kinds[0].stored_numel for pair in pairs], np.int64)
    after_cast = _agree_after_cast(a, b, dtypes, sizes)
    common = common_dtype(*dtypes)
    with np.errstate(all="ignore"):
        a, b = as_common(a, common), as_common(b, common)
        measured = _measured(a, b, sizes, tolerance)
    found = []
    odd: dict[int, int] | None = None
    for place, (pair, row) in enumerate(zip(pairs, measured, strict=True)):
        not_finite, over, excess, count, worst, cosine, *figures = row
        if not_finite and odd is None:
            odd = _odd(a, b, sizes)
        alike = pair.kinds[0].stored_numel - count - not_finite
        odd_index = _index(odd[place], pair.kinds[0].shape) if not_finite and odd is not None else None
        if count:
            highest, mean, relative, changed, worst_a, worst_b = figures
            index = _index(worst, pair.kinds[0].shape)
            known = None if math.isnan(cosine) else cosine
            told = Figures(
                not_finite, highest, mean, relative, known, changed, index, worst_a, worst_b, count, alike, odd_index
            )
        else:
            told = Figures(not_finite, alike=alike, odd_index=odd_index)
        if dtypes[0] == dtypes[1] and pair.a == pair.b:
            found.append(Difference("identical", told))
            continue
        judged = Judged(tolerance, not over, excess)
        if dtypes[0] != dtypes[1]:
            agree = None if after_cast is None else after_cast[place]
            found.append(Difference("dtype", told, equal_after_cast=agree, judged=judged))
        else:
            state: State = "not_finite" if not_finite else "differs" if over else "close"
            found.append(Difference(state, told, judged=judged))
    return found


def _measured(a: Array, b: Array, sizes: NDArray[np.int64], tolerance: Tolerance) -> Iterator[tuple[Any, ...]]:
    """Of each of the tensors, one behind the other, a row of figures.

    Returns:
        Rows of what is not finite, whether it is over the tolerance, the excess, how many pairs are finite, the first
        place of the largest difference, the cosine or NaN; then the largest and the mean difference, the relative one,
        the share of what changed, and the numbers of A and B at that place.
    """
    wide_a, wide_b = a.astype(np.float64), b.astype(np.float64)
    finite = np.isfinite(wide_a) & np.isfinite(wide_b)
    apart = _apart(a, b, wide_a, wide_b)
    owners = np.repeat(np.arange(sizes.size), sizes)
    not_finite = np.zeros(sizes.size, np.int64)
    places = np.arange(apart.size)
    if not finite.all():
        not_finite = _sums((~finite & ~same_numbers(wide_a, wide_b)).astype(np.int64), sizes)
        places = np.flatnonzero(finite)
        wide_a, wide_b, apart, owners = wide_a[places], wide_b[places], apart[places], owners[places]
    counts = np.bincount(owners, minlength=sizes.size)
    highest = reduce_each(np.maximum, apart, counts)
    # The first place of each tensor where the distance is its largest.
    at_highest = np.flatnonzero(apart == np.repeat(highest, counts))
    _, firsts = np.unique(owners[at_highest], return_index=True)
    some = counts > 0
    worst = np.zeros(sizes.size, np.int64)
    worst[some] = places[at_highest[firsts]]
    allowed = tolerance.rtol * np.abs(wide_b)
    excess = reduce_each(np.maximum, apart - allowed, counts)
    over = _sums((apart > tolerance.atol + allowed).astype(np.int64), counts) > 0
    lengths = [np.sqrt(_sums(np.square(wide), counts)) for wide in (wide_a, wide_b, apart)]
    relative = np.where(highest == 0, 0, np.where(lengths[0] > 0, lengths[2] / lengths[0], np.inf))
    cosine = np.clip(_sums(wide_a * wide_b, counts) / (lengths[0] * lengths[1]), -1, 1)
    cosine = np.where((highest == 0) & (lengths[0] > 0), 1, np.where(lengths[0] * lengths[1] > 0, cosine, np.nan))
    divisors = np.maximum(counts, 1)
    numbers = [_plain(side[worst]) if side.size else worst for side in (a, b)]
    columns = (
        *(not_finite, over, excess, counts, worst - (np.cumsum(sizes) - sizes), cosine, highest),
        *(_sums(apart, counts) / divisors, relative, _sums((apart != 0).astype(np.int64), counts) / divisors, *numbers),
    )
    return zip(*(column.tolist() for column in columns), strict=True)


def _odd(a: Array, b: Array, sizes: NDArray[np.int64]) -> dict[int, int]:
    """Of each of the tensors that has one, the first place where one has NaN or an infinity and the other not that."""
    places = np.flatnonzero(~(np.isfinite(a) & np.isfinite(b)) & ~same_numbers(a, b))
    owners, firsts = np.unique(np.repeat(np.arange(sizes.size), sizes)[places], return_index=True)
    inside = places[firsts] - (np.cumsum(sizes) - sizes)[owners]
    return dict(zip(owners.tolist(), inside.tolist(), strict=True))


def _plain(numbers: Array) -> Array:
    return numbers.astype(np.int64) if numbers.dtype.kind == "b" else numbers


def _agree_after_cast(a: Array, b: Array, dtypes: tuple[str, str], sizes: NDArray[np.int64]) -> list[bool] | None:
    """Whether the wider of each pair has the bits of the narrower once it is cast; None where neither is wider."""
    if dtypes[0] == dtypes[1] or (which := wider(*dtypes)) is None:
        return None
    wide, narrow, dtype = (a, b, dtypes[1]) if which == "a" else (b, a, dtypes[0])
    agreeing = agreeing_after_cast(wide, narrow, dtype)
    found: list[bool] = (_sums((~agreeing).astype(np.int64), sizes) == 0).tolist()
    return found


def _apart(a: Array, b: Array, wide_a: NDArray[np.float64], wide_b: NDArray[np.float64]) -> NDArray[np.float64]:
    if a.dtype == b.dtype and a.dtype.kind in "iu" and a.dtype.itemsize == np.dtype(np.int64).itemsize:
        return whole_apart(a, b).astype(np.float64)
    return np.abs(wide_b - wide_a)


def _sums(numbers: Array, counts: NDArray[np.int64]) -> Array:
    return reduce_each(np.add, numbers, counts)


def _index(place: int, shape: Sequence[int]) -> tuple[int, ...]:
    if len(shape) == 1:
        return (place,)
    found = []
    for size in reversed(shape):
        place, at = divmod(place, size)
        found.append(at)
    return tuple(found[::-1])
