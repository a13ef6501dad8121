"""Statistics of many small tensors at once, in a few calls of numpy for all of them."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.measure.buckets import cells_of
from explorer.analysis.measure.numbers import Array, real_numbers, reduce_each
from explorer.analysis.measure.packed_buckets import Form, Packed, narrow_counts, pack_values
from explorer.analysis.measure.statistics import Statistics
from explorer.checkpoint.dtypes import DTYPES
from explorer.checkpoint.values.small_values import Together

_CELL_BITS = 32
_CELL_ZERO = 1 << (_CELL_BITS - 1)
"""Added to a signed cell of 32 bits, so that it is not negative."""


def measure_together(together: Together) -> list[Statistics]:
    """Measure small tensors that were read together; see `measure_small`."""
    exact = bool(together.numbers) and DTYPES[together.dtype].itemsize <= 2
    return measure_small(together.values, together.starts, exact=exact)


def measure_small(numbers: Array, starts: NDArray[np.int64], *, exact: bool = False) -> list[Statistics]:
    """Measure many small tensors.

    Args:
        numbers: Their values one behind the other, [n], of any dtype that numpy computes with.
        starts: int64[k + 1], ascending; the values of tensor i are ``numbers[starts[i]:starts[i + 1]]``, possibly none.
        exact: The values have at most 16 bits, whatever dtype they were decoded to; float32 holds each of them, and
            each distinct one gets a bucket. Integers and booleans of 8 and 16 bits need not be told.

    Returns:
        Of each tensor, what `measure` would give.
    """
    offsets = np.asarray(starts, np.int64)
    real = real_numbers(numbers[offsets[0] : offsets[-1]])
    exact = exact or (real.dtype.kind in "iu" and real.dtype.itemsize <= 2)
    tensors = offsets.size - 1
    owners = np.repeat(np.arange(tensors), np.diff(offsets))
    specials = np.zeros((3, tensors), np.int64)
    if real.dtype.kind == "f":
        finite = np.isfinite(real)
        if not finite.all():
            for row, some in enumerate((np.isnan(real), real == np.inf, real == -np.inf)):
                specials[row] = np.bincount(owners[some], minlength=tensors)
            real, owners = real[finite], owners[finite]
    elements = np.bincount(owners, minlength=tensors)
    lows, highs = reduce_each(np.minimum, real, elements), reduce_each(np.maximum, real, elements)
    wide = real.astype(np.float64)
    ends = lows.astype(np.float64), highs.astype(np.float64)
    packed = _buckets(wide, owners, tensors, exact=exact)
    zeros = np.bincount(owners[wide == 0], minlength=tensors)
    mean, std, l2 = _moments(wide, elements, *ends)
    some = (elements > 0).tolist()
    columns = (
        np.diff(offsets).tolist(),
        *(
            [number if has else None for number, has in zip(column.tolist(), some, strict=True)]
            for column in (lows, highs, mean, std)
        ),
        l2.tolist(),
        zeros.tolist(),
        *specials.tolist(),
        packed,
    )
    return [Statistics(*row) for row in zip(*columns, strict=True)]


def _moments(
    wide: NDArray[np.float64], elements: NDArray[np.int64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> tuple[NDArray[np.float64], ...]:
    """Mean, std and l2 of each tensor, [k]; as in `explorer.analysis.measure.moments`, the careful way for all."""
    magnitude = np.maximum(-low, high)
    exponents = np.where((magnitude > 2.0**-400) & (magnitude < 2.0**400), 0, np.frexp(magnitude)[1])
    distances = np.ldexp(wide, -np.repeat(exponents, elements)) if exponents.any() else wide.copy()
    count = np.maximum(elements, 1)
    mean = reduce_each(np.add, distances, elements) / count
    distances -= np.repeat(mean, elements)
    rest = reduce_each(np.add, distances, elements) / count
    squares = reduce_each(np.add, np.square(distances, out=distances), elements) - count * rest * rest
    # Rounding must not spread values that are equal, nor carry the mean past the values.
    squares = np.where(low < high, np.maximum(squares, 0), 0)
    with np.errstate(over="ignore", under="ignore"):
        return (
            np.clip(np.ldexp(mean + rest, exponents), low, high),
            np.ldexp(np.sqrt(squares / count), exponents),
            np.ldexp(np.sqrt(squares + count * mean * mean), exponents),
        )


def _buckets(wide: NDArray[np.float64], owners: NDArray[np.int64], tensors: int, *, exact: bool) -> Iterator[Packed]:
    """The buckets of each tensor."""
    cells = _exact_cells(wide) if exact else cells_of(wide)
    # Sorting one number for tensor and cell is many times faster than sorting by two.
    order = np.sort((owners << _CELL_BITS) + (cells + _CELL_ZERO))
    new = np.flatnonzero(np.append(True, order[1:] != order[:-1])[: order.size])
    counts = narrow_counts(np.diff(np.append(new, order.size)))
    owner = order[new] >> _CELL_BITS
    cell = (order[new] & ((1 << _CELL_BITS) - 1)) - _CELL_ZERO
    form, places = pack_values(_value_of_exact_cell(cell)) if exact else (Form.CELL, cell.astype(np.int16))
    for array in (places, counts):
        array.setflags(write=False)
    firsts = np.searchsorted(owner, np.arange(tensors + 1)).tolist()
    return (Packed(form, places[first:end], counts[first:end]) for first, end in pairwise(firsts))


def _exact_cells(wide: NDArray[np.float64]) -> NDArray[np.int64]:
    """A number for each distinct float32 that grows with it."""
    bits = wide.astype(np.float32).view(np.int32).astype(np.int64)
    return np.where(bits < 0, -(bits & 0x7FFF_FFFF), bits)


def _value_of_exact_cell(cells: NDArray[np.int64]) -> NDArray[np.float64]:
    magnitudes = np.abs(cells).astype(np.int32).view(np.float32).astype(np.float64)
    return np.where(cells < 0, -magnitudes, magnitudes)
