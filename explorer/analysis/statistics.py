"""What one pass over the values of a tensor says about them."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.progress import Report

Array = NDArray[Any]
Blocks = Callable[[], Iterable[Array]]
"""Begins a new walk over the values each time: 1-D arrays of real, complex or boolean numbers, a few MiB at most."""

BUCKETS = 1 << 16
"""Patterns of the upper half of a float32: sign, exponent and the first 7 bits of the fraction."""


@dataclass(frozen=True, slots=True, eq=False)  # eq would compare `counts` with ==, which has no single answer
class Statistics:
    """Figures of one tensor: over its finite values; of ``|z|`` where they are complex; True as 1.

    Attributes:
        count: All elements.
        min: Smallest finite value, exact: an int for integers and booleans. None where no value is finite.
        max: Largest finite value, likewise.
        mean: Of the finite values; None where there are none.
        std: Likewise, divided by their number.
        l2: Root of the sum of the squares of the finite values; infinite where float64 cannot hold it.
        zeros: Elements that are 0.0 or -0.0.
        nan: Elements that are NaN; complex ones where either part is.
        posinf: Elements that are +Inf; complex ones of infinite length.
        neginf: Elements that are -Inf.
        counts: int64[65536], finite elements by the upper 16 bits of their float32, rounded towards zero. So bucket i
            below 0x8000 holds every value from the float32 of bits ``i << 16`` up to, not including, that of
            ``(i + 1) << 16``, and bucket ``0x8000 + i`` their negatives. 0x7f7f also holds what is larger. Read-only.
    """

    count: int
    min: float | int | None
    max: float | int | None
    mean: float | None
    std: float | None
    l2: float
    zeros: int
    nan: int
    posinf: int
    neginf: int
    counts: NDArray[np.int64]

    @property
    def finite(self) -> int:
        """Elements that are neither NaN nor infinite: those that the other figures are about."""
        return self.count - self.nan - self.posinf - self.neginf


def measure(blocks: Blocks, total: int, report: Report, multiplicity: int = 1) -> Statistics:
    """Walk over the values once.

    Args:
        blocks: The values.
        total: How many there are, for the report.
        report: Called after each block with the elements done.
        multiplicity: Elements that each value stands for, in an expanded view. ``total * multiplicity`` is below 2**63.

    Returns:
        The figures. Minimum, maximum and every count are exact; mean, std and l2 are as float64 gives them.

    Raises:
        Cancelled: By `report`.
    """
    tally = _Tally()
    done = 0
    for block in blocks():
        tally.add(block)
        done += block.size
        report(done, total, "statistics")
    return tally.statistics(multiplicity)


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


def finite_numbers(numbers: Array) -> Array:
    """Leave out NaN and infinities.

    Args:
        numbers: Real numbers.

    Returns:
        The finite ones, in their order: the same array where all are.
    """
    if numbers.size == 0 or numbers.dtype.kind != "f":
        return numbers
    with np.errstate(all="ignore"):
        # Either end shows a NaN, and reading the ends is faster than asking each number.
        if np.isfinite(numbers.min()) and np.isfinite(numbers.max()):
            return numbers
        return numbers[np.isfinite(numbers)]


class _Moments(NamedTuple):
    """Of values that were divided by ``2**exponent``.

    Attributes:
        elements: How many.
        mean: Their mean, rounded.
        rest: What the rounding took from the mean. Between blocks it counts where the mean is far above the deviation.
        squares: Sum of their squared distances from the mean.
        exponent: 0, unless squares would leave the range of float64.
    """

    elements: int
    mean: float
    rest: float
    squares: float
    exponent: int


_LOWEST_EXPONENT = -1100
"""Of values that are all 0: below that of any float64, so that another's is taken."""

_NONE = _Moments(0, 0.0, 0.0, 0.0, _LOWEST_EXPONENT)


class _Tally:
    """What has been seen of a tensor so far."""

    def __init__(self) -> None:
        self.moments = _NONE
        self.low: float | int | None = None
        self.high: float | int | None = None
        self.zeros = self.nan = self.posinf = self.neginf = 0
        # Fresh pages of zeros cost nothing until they are written to, and a small tensor writes to few.
        self.counts = np.zeros(BUCKETS, np.int64)

    def add(self, block: Array) -> None:
        numbers = real_numbers(block)
        finite = finite_numbers(numbers)
        if finite.size < numbers.size:
            self.nan += int(np.count_nonzero(np.isnan(numbers)))
            self.posinf += int(np.count_nonzero(numbers == np.inf))
            self.neginf += int(np.count_nonzero(numbers == -np.inf))
        if finite.size == 0:
            return
        low, high = finite.min().item(), finite.max().item()
        self.low = low if self.low is None else min(self.low, low)
        self.high = high if self.high is None else max(self.high, high)
        # count_nonzero of numbers holds the interpreter lock three times as long as comparing and counting booleans.
        self.zeros += int(np.count_nonzero(finite == 0))
        wide = finite.astype(np.float64)
        np.add.at(self.counts, _buckets(finite, wide), 1)
        self.moments = _merged(self.moments, _moments(wide, float(low), float(high)))

    def statistics(self, multiplicity: int) -> Statistics:
        elements, mean, rest, squares, exponent = self.moments
        if multiplicity != 1:  # writing to all of a small tensor's pages would take longer than counting it
            self.counts *= multiplicity
        self.counts.setflags(write=False)
        average = deviation = None
        if self.low is not None and self.high is not None:
            # Rounding must not carry the mean past the values.
            average = min(max(_ldexp(mean + rest, exponent), float(self.low)), float(self.high))
            deviation = _ldexp(math.sqrt(squares / elements), exponent)
        length = math.sqrt(multiplicity) * math.sqrt(squares + elements * mean * mean)
        return Statistics(
            count=(elements + self.nan + self.posinf + self.neginf) * multiplicity,
            min=self.low,
            max=self.high,
            mean=average,
            std=deviation,
            l2=_ldexp(length, exponent),
            zeros=self.zeros * multiplicity,
            nan=self.nan * multiplicity,
            posinf=self.posinf * multiplicity,
            neginf=self.neginf * multiplicity,
            counts=self.counts,
        )


def _buckets(numbers: Array, wide: NDArray[np.float64]) -> NDArray[np.intp]:
    """The bucket of each finite number; `wide` is the same numbers as float64."""
    with np.errstate(over="ignore"):
        bits = wide.astype(np.float32).view(np.uint32)
    if not np.can_cast(numbers.dtype, np.float32):
        # One less is the next float32 towards zero, on either side of it; from infinity it is the largest number.
        bits -= np.abs(bits.view(np.float32)) > np.abs(wide)
    return (bits >> 16).astype(np.intp)


def _moments(wide: NDArray[np.float64], low: float, high: float) -> _Moments:
    """Of finite numbers, the lowest and the highest of which are known."""
    magnitude = max(-low, high)
    if magnitude == 0.0:
        exponent = _LOWEST_EXPONENT
    elif 2.0**-400 < magnitude < 2.0**400:
        exponent = 0
    else:
        exponent = math.frexp(magnitude)[1]
        wide = np.ldexp(wide, -exponent)
    if low == high:
        return _Moments(wide.size, float(wide[0]), 0.0, 0.0, exponent)
    mean = float(wide.sum()) / wide.size
    distances = wide - mean
    rest = float(distances.sum()) / wide.size
    # No dot product: BLAS may start threads of its own, and sum() adds in pairs.
    squares = float(np.square(distances, out=distances).sum()) - wide.size * rest * rest
    return _Moments(wide.size, mean, rest, max(squares, 0.0), exponent)


def _merged(a: _Moments, b: _Moments) -> _Moments:
    """Moments of both sets of values.

    By T. F. Chan, G. H. Golub and R. J. LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample
    Variances", Stanford STAN-CS-79-773, 1979.
    """
    exponent = max(a.exponent, b.exponent)
    a, b = _rescaled(a, exponent), _rescaled(b, exponent)
    elements = a.elements + b.elements
    apart = (b.mean - a.mean) + (b.rest - a.rest)
    step = apart * (b.elements / elements)
    mean = a.mean + step
    rest = a.rest + (step - (mean - a.mean))
    squares = a.squares + b.squares + apart * apart * (a.elements * b.elements / elements)
    return _Moments(elements, mean, rest, squares, exponent)


def _rescaled(moments: _Moments, exponent: int) -> _Moments:
    down = moments.exponent - exponent
    return _Moments(
        moments.elements,
        math.ldexp(moments.mean, down),
        math.ldexp(moments.rest, down),
        math.ldexp(moments.squares, 2 * down),
        exponent,
    )


def _ldexp(number: float, exponent: int) -> float:
    """``number * 2**exponent``, or infinity where that is too much."""
    try:
        return math.ldexp(number, exponent)
    except OverflowError:
        return math.inf
