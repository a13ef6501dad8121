"""Values that are measured and counted where they are, on another device, and only then fetched."""

from collections.abc import Iterable
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.measure.numbers import Array
from explorer.analysis.measure.tally import Seen
from explorer.progress import Report


@runtime_checkable
class Elsewhere(Protocol):
    """Stands where `explorer.analysis.measure.statistics.Blocks` stand; called, it hands the values over in blocks."""

    def __call__(self) -> Iterable[Array]:
        """Begin a walk over the values, copied from the device."""

    def seen(self, report: Report) -> Seen:
        """Measure all values there.

        Args:
            report: Called with the elements done, and with all of them.

        Raises:
            Cancelled: By `report`.
        """

    def slots(self, edges: NDArray[np.float64], report: Report) -> tuple[NDArray[np.int64], int]:
        """Count all finite values there.

        Args:
            edges: float64[n + 1], strictly increasing, finite.
            report: As for `seen`.

        Returns:
            int64[n + 2]: how many values have so many edges at or below them; and how many are over the last edge.

        Raises:
            Cancelled: By `report`.
        """
