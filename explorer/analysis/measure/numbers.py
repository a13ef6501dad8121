"""What figures are about: the real, finite numbers among the values of a tensor."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def real_numbers(block: Array) -> Array:
    """What the figures of a block are about.

    Args:
        block: Values of any dtype that numpy computes with.

    Returns:
        float64 lengths of complex values, uint8 of booleans, else the block itself.
    """
    if block.dtype.kind == "b":
        return block.view(np.uint8)
    if block.dtype.kind != "c":
        return block
    with np.errstate(all="ignore"):
        wide = block.astype(np.complex128)
        lengths: Array = np.abs(wide)
    if lengths.size and not np.isfinite(lengths.max()):
        # The C standard lets an infinite part win over a NaN part; here it is the other way round.
        lengths[np.isnan(wide)] = np.nan
    return lengths


def reduce_each(function: np.ufunc, numbers: Array, counts: NDArray[np.int64]) -> Array:
    """Reduce the numbers of each of several tensors to one.

    Args:
        function: Like `numpy.add`.
        numbers: Those of all of them, one tensor behind the other, [n].
        counts: int64[k], how many each has.

    Returns:
        [k]: 0 for a tensor that has none.
    """
    found = np.zeros(counts.size, numbers.dtype)
    some = counts > 0
    if some.any():
        found[some] = function.reduceat(numbers, (np.cumsum(counts) - counts)[some])
    return found


def finite_numbers(numbers: Array) -> Array:
    """Leave out NaN and infinities.

    Args:
        numbers: Real numbers.

    Returns:
        The finite ones, in their order: the same array where all are.
    """
    return finite_with_ends(numbers)[0]


def finite_with_ends(numbers: Array) -> tuple[Array, float | int, float | int]:
    """Leave out NaN and infinities, and tell the smallest and the largest of the rest: 0 and 0 where there is none."""
    if numbers.size == 0:
        return numbers, 0, 0
    with np.errstate(all="ignore"):
        low, high = numbers.min(), numbers.max()
        # Either end shows a NaN, and reading the ends is faster than asking each number.
        if np.isfinite(low) and np.isfinite(high):
            return numbers, low.item(), high.item()
        return finite_with_ends(numbers[np.isfinite(numbers)])


def real_floats(block: Array) -> NDArray[np.floating]:
    """The `real_numbers` of a block as float32 or float64."""
    real: NDArray[np.floating] = real_numbers(block)
    return real if real.dtype.kind == "f" else real.astype(np.float64)
