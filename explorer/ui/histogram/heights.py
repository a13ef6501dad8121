"""How high bars stand: as counts or as densities, on an even or a logarithmic axis."""

import math
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.draw.histogram import Histogram
from explorer.analysis.draw.histogram_on_axis import density
from explorer.formatting import count, figure
from explorer.ui.plots.ticks import powers_of_ten, round_numbers

_TICKS: Final = 6
_LEAST: Final = math.ulp(0.0)
_FAR: Final = 1e6
"""Bars on an axis that was made for others may be far higher than it; the drawing need not know how far."""
_HEADROOM: Final = 0.02
"""The highest bar ends a little below the upper end of the axis."""


class Heights(NamedTuple):
    """What the bars of one histogram stand for.

    Attributes:
        bars: float64[n], of the bins: counts, or densities.
        ends: float64[2], of what is below the first edge and above the last. A density, which these have none of, is
            that of a bin as wide as their neighbour.
    """

    bars: NDArray[np.float64]
    ends: NDArray[np.float64]

    @property
    def highest(self) -> float:
        """The highest of all."""
        return float(max(self.bars.max(initial=0.0), self.ends.max()))

    @property
    def lowest(self) -> float:
        """The lowest one above 0; infinite where there is none."""
        both = np.concatenate((self.bars, self.ends))
        return float(both[both > 0].min(initial=math.inf))


def heights_of(histogram: Histogram, *, densities: bool) -> Heights | None:
    """Tell the heights of a histogram with at least one bin.

    Args:
        histogram: The histogram.
        densities: Not counts.

    Returns:
        The heights; None where densities are more, or less, than float64 holds.
    """
    ends = np.array([histogram.below, histogram.above])
    if not densities:
        return Heights(histogram.counts.astype(np.float64), ends.astype(np.float64))
    edges = histogram.edges
    bars = density(histogram, histogram.counts, edges)
    below, above = density(histogram, ends[:1], edges[:2]), density(histogram, ends[1:], edges[-2:])
    if bars is None or below is None or above is None:
        return None
    return Heights(bars, np.concatenate((below, above)))


def heights_together(histograms: list[Histogram], *, densities: bool) -> tuple[list[Heights], bool]:
    """Tell the heights of histograms that are drawn on one axis.

    Args:
        histograms: Each with at least one bin.
        densities: Not counts.

    Returns:
        The heights, and whether they are densities: counts where one of them has no densities.
    """
    found = [heights_of(histogram, densities=densities) for histogram in histograms]
    fitting = [heights for heights in found if heights is not None]
    if len(fitting) < len(found):
        return heights_together(histograms, densities=False)
    return fitting, densities


class HeightAxis(NamedTuple):
    """The vertical axis. On an even one the drawing counts in parts of `top`: it cannot compute with all of float64.

    Attributes:
        densities: It is one of densities, not of counts.
        log: It is logarithmic.
        bottom: Where bars begin: 0, or on a logarithmic axis a bit less than the lowest.
        top: The highest bar.
    """

    densities: bool
    log: bool
    bottom: float
    top: float

    @classmethod
    def fitting(cls, shown: list[Heights], *, densities: bool, log: bool) -> "HeightAxis":
        """An axis with room for all bars of some histograms."""
        top = max(heights.highest for heights in shown)
        if top == 0:
            top = 1.0
        lowest = min(top, *(heights.lowest for heights in shown)) if densities else 1.0
        # Half of it, so that the lowest bar has a height.
        return cls(densities, log, max(lowest / 2, _LEAST) if log else 0.0, top)

    @property
    def base(self) -> float:
        """Where bars begin in the drawing."""
        return math.log10(self.bottom) if self.log else 0.0

    @property
    def span(self) -> tuple[float, float]:
        """Lower and upper end of the drawing."""
        if not self.log:
            # The label of 0 lies on the lower end, and would vanish whenever rounding puts it a hair outside.
            return -0.002, 1 + _HEADROOM
        low, high = self.base, max(math.log10(self.top), self.base + math.log10(2))
        return low, high + _HEADROOM * (high - low)

    def places(self, heights: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where bars end in the drawing, float64[n]; a height of 0 ends where it begins."""
        if not self.log:
            with np.errstate(over="ignore"):
                return np.minimum(heights / self.top, _FAR)
        return np.log10(np.maximum(heights, self.bottom))

    def ticks(self, room: int) -> list[tuple[float, str]]:
        """Places in the drawing and their labels.

        Args:
            room: So many labels lie above each other without touching, at least 1.
        """
        most = min(_TICKS, room)
        if self.log:
            numbers = powers_of_ten(self.bottom, self.top, most)
            if not self.densities:
                numbers = [number for number in numbers if number == 10 ** round(math.log10(number))]
        else:
            numbers = round_numbers(0.0, self.top, most) or [0.0, self.top]
            if not self.densities:
                numbers = [number for number in numbers if number == round(number)]
        numbers = numbers[:: -(-len(numbers) // room) or 1]
        return [(float(self.places(np.array([number]))[0]), self.label(number)) for number in numbers]

    def label(self, height: float) -> str:
        """A height for people."""
        return figure(height) if self.densities else count(round(height))
