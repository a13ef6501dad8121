"""Where the axes of a plot have their labels: at round numbers; and figures that tell neighbours apart."""

import math
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from explorer.analysis.draw.axes import Axis
from explorer.formatting import figure

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MOST: Final = (7, 5, 3)
"""About so many labels stand along an axis; fewer where they are long."""
_APART: Final = 12
"""Pixels between labels."""
_INDEX_EVERY: Final = 56.0
"""About, between labels that are indices."""


def round_numbers(low: float, high: float, most: int) -> list[float]:
    """Numbers from low to high that are 1, 2 or 5 times a power of ten apart.

    Args:
        low: Lower end.
        high: Upper end.
        most: About how many.

    Returns:
        The numbers, increasing; none where float64 cannot tell them apart.
    """
    # Each for itself, because the whole way may be more than float64 holds.
    rough = high / most - low / most
    if not 64 * math.ulp(max(abs(low), abs(high))) < rough < math.inf or rough < 1e-290:
        return []
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * times for times in (1, 2, 5, 10, 20) if power * times >= rough)
    return [at * step for at in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def powers_of_ten(low: float, high: float, most: int) -> list[float]:
    """Powers of ten from low to high, with those times 2 and 5 where there are few.

    Args:
        low: Lower end, above 0.
        high: Upper end.
        most: About how many; where there are more, some powers are left out.

    Returns:
        The numbers, increasing; none where no such number lies between.
    """
    first, last = math.floor(math.log10(low)), math.floor(math.log10(high))
    if last - first > 2:
        step = max(1, math.ceil((last - first) / most))
        found = [_power(exponent) for exponent in range(last, first - 1, -step)][::-1]
    else:
        found = [times * _power(exponent) for exponent in range(first, last + 1) for times in (1, 2, 5)]
    return [number for number in found if low <= number <= high]


def axis_numbers(axis: Axis, low: float, high: float, most: int) -> list[float]:
    """Round numbers for the part of an axis that is shown.

    Args:
        axis: The axis.
        low: The value at its left end.
        high: The value at its right end.
        most: About how many.

    Returns:
        The numbers, increasing; none where float64 cannot tell them apart.
    """
    found: list[float] = []
    if axis.kind == "log":
        found = powers_of_ten(low, high, most)
    elif axis.kind == "symlog" and (low < -axis.threshold or high > axis.threshold):
        found = _symmetric(axis.threshold, low, high, most)
    return found if len(found) > 1 else round_numbers(low, high, most)


def index_ticks(low: float, high: float, pixels: float, size: int) -> list[int]:
    """Indices that have a label along a side.

    Args:
        low: What is shown of it, from here.
        high: To here.
        pixels: How long it is drawn.
        size: Indices that it has.
    """
    rough = max((high - low) / max(pixels / _INDEX_EVERY, 1), 1)
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * times for times in (1, 2, 5, 10) if power * times >= rough * 0.999)
    first = math.ceil((low - 0.5) / step) * step
    return [index for index in range(first, math.ceil(high), step) if 0 <= index < size and low <= index + 0.5 <= high]


def labels_along(
    axis: Axis, edges: "NDArray[np.float64]", left: float, right: float, pixels: float, width_of: Callable[[str], float]
) -> list[tuple[float, str]]:
    """Labels for the part of an axis that is shown: no two are equal, and none lies on another.

    Args:
        axis: The axis.
        edges: float64[n + 1], of the bins.
        left: Where the part begins, in bins.
        right: Where it ends.
        pixels: How long it is drawn.
        width_of: Tells the width of a label in pixels.

    Returns:
        Places in bins and their labels, increasing; the two ends where there is no room for round numbers, or none.
    """
    low, high = value_at(edges, left), value_at(edges, right)
    scale = pixels / (right - left)
    for most in _MOST:
        values = axis_numbers(axis, low, high, most)
        labels = [(place_of(edges, value), text) for value, text in zip(values, figures(values), strict=True)]
        widths = [width_of(text) for _place, text in labels]
        gaps = [(after - before) * scale for (before, _), (after, _) in pairwise(labels)]
        if gaps and all(gap >= (a + b) / 2 + _APART for gap, (a, b) in zip(gaps, pairwise(widths), strict=True)):
            return labels
    first, last = figures([low, high])
    return [(left, first), (right, last)]


def figures(numbers: list[float]) -> list[str]:
    """Figures of increasing numbers, each with enough digits to differ from those beside it."""
    if not numbers:
        return []
    gaps = [math.inf, *(_distance(a, b) for a, b in pairwise(numbers)), math.inf]
    return [figure(number, min(around)) for number, around in zip(numbers, pairwise(gaps), strict=True)]


def edge_figures(edges: "NDArray[np.float64]", at: int) -> tuple[str, str]:
    """Both edges of a bin, to less than a tenth of its width.

    Args:
        edges: float64[n + 1], of the bins.
        at: Which of them.
    """
    low, high = float(edges[at]), float(edges[at + 1])
    step = _distance(low, high) / 10
    return figure(low, step), figure(high, step)


def _distance(low: float, high: float) -> float:
    # Less than all of float64's span: what matters is its power of ten.
    return min(high - low, 1e308)


def value_at(edges: "NDArray[np.float64]", x: float) -> float:
    """The value at a place that is given in bins.

    Args:
        edges: float64[n + 1], of the bins.
        x: From 0 at the first edge to n at the last.
    """
    at = min(int(x), edges.size - 2)
    part = x - at
    return float(edges[at]) * (1 - part) + float(edges[at + 1]) * part


def place_of(edges: "NDArray[np.float64]", value: float) -> float:
    """The inverse of `value_at`."""
    at = min(max(int(edges.searchsorted(value, side="right")) - 1, 0), edges.size - 2)
    low, high = float(edges[at]), float(edges[at + 1])
    # Halves, because the whole bin may be wider than float64 holds.
    return at + (value / 2 - low / 2) / (high / 2 - low / 2)


def _symmetric(threshold: float, low: float, high: float, most: int) -> list[float]:
    if low > threshold:
        return powers_of_ten(low, high, most)
    if high < -threshold:
        return [-number for number in powers_of_ten(-high, -low, most)][::-1]
    outermost = max(-low, high)
    first, last = math.floor(math.log10(threshold)), math.floor(math.log10(outermost))
    sides = (low < -threshold) + (high > threshold)
    step = max(1, math.ceil((last - first + 1) * sides / max(most - 1, 1)))
    # Beyond the threshold there would be no figure at all within its power of ten.
    times = (5, 2, 1) if last == first and most > len((5, 2, 1)) * sides else (1,)
    sizes = [each * _power(exponent) for exponent in range(last, first - 1, -step) for each in times]
    numbers = [*(-size for size in sizes), 0.0, *reversed(sizes)]
    return [number for number in numbers if low <= number <= high]


def _power(exponent: int) -> float:
    # Python reads the nearest float64; 10.0 ** exponent may be another.
    return float(f"1e{exponent}")
