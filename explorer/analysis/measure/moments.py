"""Mean and squares of many numbers, added up block by block in float64 without losing digits or leaving its range."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

CANCELS = 16
"""The plain way loses so much of its relative precision, at most, before distances from the mean are taken instead."""

_DOT = 1 << 13
"""Numbers of a dot product: for more, BLAS may start threads of its own."""

_LOWEST_EXPONENT = -1100
"""Of values that are all 0: below that of any float64, so that another's is taken."""


class Moments(NamedTuple):
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

    @property
    def average(self) -> float:
        """The mean of the values themselves."""
        return ldexp(self.mean + self.rest, self.exponent)

    @property
    def deviation(self) -> float:
        """Their standard deviation, divided by their number."""
        return ldexp(math.sqrt(self.squares / self.elements), self.exponent)

    def length(self, multiplicity: int = 1) -> float:
        """Root of the sum of their squares, each counted so often; infinite where float64 cannot hold it."""
        root = math.sqrt(multiplicity) * math.sqrt(self.squares + self.elements * self.mean * self.mean)
        return ldexp(root, self.exponent)


NONE = Moments(0, 0.0, 0.0, 0.0, _LOWEST_EXPONENT)
"""Of no values."""


def exponent_for(magnitude: float) -> int:
    """The `Moments.exponent` for numbers of which the largest is so far from 0."""
    if magnitude == 0.0:
        return _LOWEST_EXPONENT
    return 0 if 2.0**-400 < magnitude < 2.0**400 else math.frexp(magnitude)[1]


def moments_of(wide: NDArray[np.float64], low: float, high: float, room: NDArray[np.float64]) -> Moments:
    """Add up a block.

    Args:
        wide: float64[n], finite.
        low: The smallest.
        high: The largest.
        room: float64[n] to write to.
    """
    exponent = exponent_for(max(-low, high))
    if low == high:
        return Moments(wide.size, math.ldexp(low, -exponent), 0.0, 0.0, exponent)
    if exponent:
        wide = np.ldexp(wide, -exponent)
    total, squares = float(wide.sum()), _sum_of_squares(wide)
    mean = total / wide.size
    around = squares - total * mean
    if around * CANCELS >= squares:
        return Moments(wide.size, mean, 0.0, around, exponent)
    distances = np.subtract(wide, mean, out=room)
    rest = float(distances.sum()) / wide.size
    around = _sum_of_squares(distances) - wide.size * rest * rest
    return Moments(wide.size, mean, rest, max(around, 0.0), exponent)


def moments_of_parts(
    elements: NDArray[np.float64], means: NDArray[np.float64], deviations: NDArray[np.float64], magnitude: float
) -> Moments:
    """Add up sets of numbers, of each of which mean and standard deviation are known.

    Args:
        elements: float64[k], how many numbers each set has, not 0.
        means: float64[k].
        deviations: float64[k], divided by their number; 0 for a set of equal numbers.
        magnitude: Of the number that is farthest from 0.
    """
    exponent = exponent_for(magnitude)
    means, deviations = np.ldexp(means, -exponent), np.ldexp(deviations, -exponent)
    total = float(elements.sum())
    mean = float((elements * means).sum()) / total
    distances = means - mean
    rest = float((elements * distances).sum()) / total
    squares = float((elements * (np.square(deviations) + np.square(distances))).sum()) - total * rest * rest
    return Moments(int(total), mean, rest, max(squares, 0.0), exponent)


def merged(a: Moments, b: Moments) -> Moments:
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
    return Moments(elements, mean, rest, squares, exponent)


def ldexp(number: float, exponent: int) -> float:
    """``number * 2**exponent``, or infinity where that is too much."""
    try:
        return math.ldexp(number, exponent)
    except OverflowError:
        return math.inf


def _sum_of_squares(wide: NDArray[np.float64]) -> float:
    parts = (wide[first : first + _DOT] for first in range(0, wide.size, _DOT))
    return sum(float(np.dot(part, part)) for part in parts)


def _rescaled(moments: Moments, exponent: int) -> Moments:
    down = moments.exponent - exponent
    return Moments(
        moments.elements,
        math.ldexp(moments.mean, down),
        math.ldexp(moments.rest, down),
        math.ldexp(moments.squares, 2 * down),
        exponent,
    )
