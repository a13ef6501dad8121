"""The horizontal axes of histograms, and bins that are equally wide on them. Without NumPy: the window asks too."""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

AxisKind = Literal["linear", "log", "symlog"]


class Axis(NamedTuple):
    """Where values stand along a drawing.

    Attributes:
        kind: ``linear``; ``log``, for values above 0 only; or ``symlog``, symmetric about 0: linear up to `threshold`
            on either side, which takes as much room as one power of ten, and logarithmic beyond.
        threshold: Of ``symlog``, above 0; else without meaning.
    """

    kind: AxisKind = "linear"
    threshold: float = 1.0

    def place(self, value: float) -> float:
        """Where a value stands, in powers of ten; a linear axis has values for places.

        Args:
            value: Finite; above 0 on a logarithmic axis.
        """
        if self.kind == "linear":
            return value
        if self.kind == "log":
            return math.log10(value)
        size = abs(value)
        if size <= self.threshold:
            return value / self.threshold
        return math.copysign(1 + math.log10(size) - math.log10(self.threshold), value)

    def value(self, place: float) -> float:
        """What stands at a place: the inverse of `place`, up to rounding; infinite where that is too much."""
        if self.kind == "linear":
            return place
        if self.kind == "log":
            return _power_of_ten(place)
        if abs(place) <= 1:
            return place * self.threshold
        return math.copysign(_power_of_ten(abs(place) - 1 + math.log10(self.threshold)), place)


@dataclass(frozen=True, slots=True)
class Bins:
    """Bins from one value to another, equally wide on their axis.

    Attributes:
        axis: On which they are equal.
        low: First edge; above 0 on a logarithmic axis.
        high: Last edge, not below `low`.
        count: How many.
    """

    axis: Axis
    low: float
    high: float
    count: int

    def edges(self) -> list[float] | None:
        """Edges on an axis that is not linear, from `low` to `high`; around them where they are equal.

        Returns:
            ``count + 1`` strictly increasing numbers. None on a linear axis, and where float64 has too few numbers from
            `low` to `high`: over so short a way every axis is as good as linear.
        """
        if self.axis.kind == "linear":
            return None
        first, last = self.axis.place(self.low), self.axis.place(self.high)
        if self.low == self.high:
            first, last = first - 0.5, last + 0.5
        step = (last - first) / self.count
        edges = [self.axis.value(first + step * number) for number in range(self.count + 1)]
        if self.low < self.high:
            edges[0], edges[-1] = self.low, self.high
        fits = math.isfinite(edges[-1]) and (edges[0] > 0 or self.axis.kind == "symlog")
        return edges if fits and all(a < b for a, b in pairwise(edges)) else None


def _power_of_ten(exponent: float) -> float:
    try:
        return math.pow(10.0, exponent)
    except OverflowError:
        return math.inf
