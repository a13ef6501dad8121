"""The singular values of a matrix of independent random numbers: what a weight that learned nothing would have."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

_POINTS: Final = 4097


def edges(rows: int, columns: int, std: float) -> tuple[float, float]:
    """Between which values the singular values of a large random matrix lie: ``std * (sqrt(rows) ± sqrt(columns))``.

    V. A. Marchenko and L. A. Pastur, "Distribution of eigenvalues for some sets of random matrices", 1967: of the
    eigenvalues of its square, of which these are the roots.

    Args:
        rows: Of the matrix.
        columns: Of it.
        std: Standard deviation of its numbers, whose mean is 0.
    """
    return std * abs(math.sqrt(rows) - math.sqrt(columns)), std * (math.sqrt(rows) + math.sqrt(columns))


def expected(rows: int, columns: int, std: float, count: int) -> NDArray[np.float64]:
    """The singular values of a large random matrix, in falling order, as its distribution has them on average.

    Args:
        rows: As of `edges`, like the others.
        columns: Likewise.
        std: Likewise.
        count: The first so many; ``min(rows, columns)`` at most.

    Returns:
        float64[count].
    """
    values, shares = _distribution(rows, columns)
    wanted = 1 - (np.arange(count) + 0.5) / min(rows, columns)
    found: NDArray[np.float64] = std * np.interp(wanted, shares, values)
    return found


def between(rows: int, columns: int, std: float, bounds: NDArray[np.float64]) -> NDArray[np.float64]:
    """How many singular values of a large random matrix lie in each of some bins, on average.

    Args:
        rows: As of `edges`, like the others.
        columns: Likewise.
        std: Likewise.
        bounds: float64[n + 1], rising, of the bins.

    Returns:
        float64[n].
    """
    values, shares = _distribution(rows, columns)
    below = np.interp(bounds / std, values, shares, left=0.0, right=1.0) if std > 0 else (bounds > 0).astype(np.float64)
    found: NDArray[np.float64] = np.diff(below) * min(rows, columns)
    return found


def _distribution(rows: int, columns: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values, for a standard deviation of 1, and which share of all lies below each."""
    low, high = edges(rows, columns, 1.0)
    # Even along an angle: the density of the distribution rises and falls as a root at either end.
    angles = np.linspace(0.0, math.pi, _POINTS)
    values = np.sqrt((low**2 + high**2) / 2 - (high**2 - low**2) / 2 * np.cos(angles))
    with np.errstate(invalid="ignore", divide="ignore"):
        density = np.sqrt(np.maximum((high**2 - values**2) * (values**2 - low**2), 0.0)) / values
    # At 0, which square matrices reach, it is the root of the other factor.
    density[~np.isfinite(density)] = high
    shares = np.concatenate(([0.0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(values))))
    return values, shares / shares[-1]
