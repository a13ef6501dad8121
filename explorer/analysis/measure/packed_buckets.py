"""Buckets in few bytes: a large checkpoint has more of them than anything else that is kept of it.

An end of a bucket takes 8 bytes as float64, and a count as many. Most ends are numbers of 16 bits, or follow from the
cell that the bucket is (`explorer.analysis.measure.buckets`); most counts are small.
"""

from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.measure.buckets import Buckets, cell_ends, cells_of_buckets
from explorer.analysis.measure.numbers import Array


class Form(IntEnum):
    """What the places of buckets stand for; the first five for one value each."""

    HALF = 0
    """float16 values."""
    UPPER = 1
    """Upper halves of float32 values, which are the bits of bfloat16 ones."""
    SHORT = 2
    """int16 values."""
    SINGLE = 3
    """float32 values."""
    DOUBLE = 4
    """float64 values."""
    CELL = 5
    """Cells; the ends do not go past minimum and maximum."""
    ENDS = 6
    """Lower ends, and upper ends in a second row, as float64."""


DTYPES: Final[dict[Form, np.dtype[Any]]] = {
    Form.HALF: np.dtype(np.float16),
    Form.UPPER: np.dtype(np.uint16),
    Form.SHORT: np.dtype(np.int16),
    Form.SINGLE: np.dtype(np.float32),
    Form.DOUBLE: np.dtype(np.float64),
    Form.CELL: np.dtype(np.int16),
    Form.ENDS: np.dtype(np.float64),
}


class Packed(NamedTuple):
    """Buckets of one tensor, read-only.

    Attributes:
        form: What the places stand for.
        places: [n], or [2, n] of `Form.ENDS`, of its dtype.
        counts: [n], unsigned, of the fewest bytes that hold them.
    """

    form: Form
    places: Array
    counts: Array

    @property
    def one_value_each(self) -> bool:
        """It is known without a look at the places that each bucket is of one value."""
        return self.form <= Form.DOUBLE


class Part(NamedTuple):
    """What it takes to unpack the buckets of a tensor.

    Attributes:
        packed: The buckets.
        low: Minimum; any number where there are no buckets.
        high: Maximum, likewise.
    """

    packed: Packed
    low: float
    high: float


def pack(buckets: Buckets, low: float, high: float) -> Packed:
    """Pack buckets of one tensor; `unpack` gives back exactly them.

    Args:
        buckets: From the lowest up.
        low: The smallest value; any number where there are no buckets.
        high: The largest, likewise.
    """
    lows, highs, counts = buckets
    few = narrow_counts(counts)
    if lows is highs or np.array_equal(lows, highs):
        return _frozen(*pack_values(lows), few)
    cells = cells_of_buckets(lows, highs)
    ends = _ends_within(cells, low, high)
    if np.array_equal(ends[0], lows) and np.array_equal(ends[1], highs):
        return _frozen(Form.CELL, cells.astype(np.int16), few)
    return _frozen(Form.ENDS, np.stack((lows, highs)), few)


def pack_values(values: NDArray[np.float64]) -> tuple[Form, Array]:
    """Write finite numbers in the fewest bytes that hold all of them exactly: the form, and the places."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        for form, packed in _VALUES.items():
            places = packed(values)
            if np.array_equal(_values(form, places), values):
                return form, places
    return Form.DOUBLE, values


def narrow_counts(counts: NDArray[np.int64]) -> Array:
    """The same counts, none negative, in the fewest bytes that hold each."""
    return counts.astype(np.min_scalar_type(int(counts.max(initial=0))))


def unpack(part: Part) -> Buckets:
    """Give back the buckets: arrays of the caller's own."""
    packed = part.packed
    lows, highs = _unpacked(packed.form, packed.places, part.low, part.high)
    return Buckets(lows, highs, packed.counts.astype(np.int64))


def unpack_all(parts: Sequence[Part]) -> Buckets:
    """The buckets of several tensors, one tensor's behind the other's: in a few calls, however many there are."""
    sizes = np.array([part.packed.counts.size for part in parts], np.int64)
    firsts = np.cumsum(sizes) - sizes
    total = int(sizes.sum())
    lows, highs, counts = np.empty(total), np.empty(total), np.empty(total, np.int64)
    if parts:
        np.concatenate([part.packed.counts for part in parts], out=counts, casting="unsafe")
    forms = np.array([part.packed.form for part in parts], np.int64)
    for form in np.unique(forms).tolist():
        chosen = np.flatnonzero(forms == form)
        some = [parts[place] for place in chosen.tolist()]
        times = sizes[chosen]
        ends = _unpacked(
            Form(form),
            np.concatenate([part.packed.places for part in some], axis=-1),
            np.repeat([float(part.low) for part in some], times),
            np.repeat([float(part.high) for part in some], times),
        )
        if chosen.size == len(parts):
            lows, highs = ends
        else:
            of_form = np.cumsum(times)
            at = np.repeat(firsts[chosen] - (of_form - times), times) + np.arange(of_form[-1])
            lows[at], highs[at] = ends
    return Buckets(lows, highs, counts)


def _frozen(form: Form, places: Array, counts: Array) -> Packed:
    places.setflags(write=False)
    counts.setflags(write=False)
    return Packed(form, places, counts)


def _as_uppers(values: NDArray[np.float64]) -> Array:
    return (values.astype(np.float32).view(np.uint32) >> np.uint32(16)).astype(np.uint16)


_VALUES: Final[dict[Form, Callable[[NDArray[np.float64]], Array]]] = {
    Form.HALF: lambda values: values.astype(np.float16),
    Form.UPPER: _as_uppers,
    Form.SHORT: lambda values: values.astype(np.int16),
    Form.SINGLE: lambda values: values.astype(np.float32),
}
"""How numbers are written, the fewest bytes first."""


def _values(form: Form, places: Array) -> NDArray[np.float64]:
    if form == Form.UPPER:
        places = (places.astype(np.uint32) << np.uint32(16)).view(np.float32)
    return places.astype(np.float64)


def _unpacked(
    form: Form, places: Array, low: float | NDArray[np.float64], high: float | NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if form == Form.ENDS:
        return places[0].astype(np.float64), places[1].astype(np.float64)
    if form == Form.CELL:
        return _ends_within(places.astype(np.int64), low, high)
    values = _values(form, places)
    return values, values


def _ends_within(
    cells: NDArray[np.int64], low: float | NDArray[np.float64], high: float | NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    lows, highs = cell_ends(cells)
    return np.clip(lows, low, high), np.clip(highs, low, high)
