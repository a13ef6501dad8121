"""Where the axes of a plot have their labels: at round numbers."""

import math

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.axes import Axis


def round_numbers(low: float, high: float, most: int) -> list[float]:
    """Numbers from low to high that are 1, 2 or 5 times a power of ten apart.

    Args:
        low: Lower end.
        high: Upper end.
        most: About how many.

    Returns:
        The numbers, increasing; none where float64 cannot tell them apart.
    """
    rough = (high - low) / most
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


def value_at(edges: NDArray[np.float64], x: float) -> float:
    """The value at a place that is given in bins.

    Args:
        edges: float64[n + 1], of the bins.
        x: From 0 at the first edge to n at the last.
    """
    at = min(int(x), edges.size - 2)
    part = x - at
    return float(edges[at]) * (1 - part) + float(edges[at + 1]) * part


def place_of(edges: NDArray[np.float64], value: float) -> float:
    """The inverse of `value_at`."""
    at = min(max(int(np.searchsorted(edges, value, side="right")) - 1, 0), edges.size - 2)
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
    sizes = [_power(exponent) for exponent in range(last, first - 1, -step)]
    numbers = [*(-size for size in sizes), 0.0, *reversed(sizes)]
    return [number for number in numbers if low <= number <= high]


def _power(exponent: int) -> float:
    # Python reads the nearest float64; 10.0 ** exponent may be another.
    return float(f"1e{exponent}")
