"""The numbers of two tensors side by side, as a drawing of a pair takes them."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.casts import as_common, common_dtype
from explorer.analysis.compare.comparison import why_unread
from explorer.analysis.compare.difference_tally import whole_apart
from explorer.analysis.measure.numbers import Array, real_numbers
from explorer.checkpoint.dtypes import not_shown
from explorer.checkpoint.kinds import TensorKind


class Couple(NamedTuple):
    """The same elements of both tensors, in arrays of one shape.

    Attributes:
        a: Numbers of A; lengths where either tensor is complex.
        b: Likewise of B.
        apart: float64: ``b - a``, of complex numbers ``|b - a|``.
    """

    a: Array
    b: Array
    apart: NDArray[np.float64]


def why_no_pair(a: TensorKind, b: TensorKind) -> str:
    """Why two tensors cannot be drawn side by side, as a sentence; "" where they can."""
    problem = why_unread(a, b) or not_shown(a.dtype)
    if problem is not None:
        return problem
    if len(a.shape) != len(b.shape):
        return f"They have {len(a.shape)} and {len(b.shape)} dimensions: no place of A has a counterpart in B."
    return "" if math.prod(overlap_of(a, b)) else "They have no element in common."


def overlap_of(a: TensorKind, b: TensorKind) -> tuple[int, ...]:
    """The sizes of what two tensors of as many dimensions both have, from index 0 on along each."""
    return tuple(map(min, a.stored_shape, b.stored_shape))


def couple(a: Array, b: Array, dtypes: tuple[str, str]) -> Couple:
    """Put numbers side by side, after the conversion with which the figures of a comparison are computed.

    Args:
        a: Numbers of A, of any shape, decoded as `explorer.checkpoint.values.decode` does.
        b: Of the same places of B.
        dtypes: Of A and of B.
    """
    common = common_dtype(*dtypes)
    a, b = as_common(a, common), as_common(b, common)
    with np.errstate(all="ignore"):
        if "c" in (a.dtype.kind, b.dtype.kind):
            wide_a, wide_b = a.astype(np.complex128), b.astype(np.complex128)
            return Couple(real_numbers(wide_a), real_numbers(wide_b), real_numbers(wide_b - wide_a))
        if a.dtype == b.dtype and a.dtype.kind in "iu" and a.dtype.itemsize == np.dtype(np.int64).itemsize:
            # As float64 each for itself, neighbours far from 0 would be equal.
            flat_a, flat_b = np.ascontiguousarray(a), np.ascontiguousarray(b)
            apart = np.where(flat_b < flat_a, -1.0, 1.0) * whole_apart(flat_a, flat_b)
        else:
            apart = b.astype(np.float64) - a.astype(np.float64)
    return Couple(real_numbers(a), real_numbers(b), apart)
