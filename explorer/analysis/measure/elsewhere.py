"""Values that are measured and counted where they are, on another device, and only then fetched."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.measure.numbers import Array
from explorer.analysis.measure.tally import Seen
from explorer.progress import Report

if TYPE_CHECKING:
    from explorer.analysis.compare.difference import Difference, Tolerance
    from explorer.checkpoint.values.paired_values import Side


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


@runtime_checkable
class Compares(Protocol):
    """`explorer.checkpoint.values.reading.Values` that may compare tensors where they are, on another device."""

    def compared(self, a: "Side", b: "Side", report: Report, tolerance: "Tolerance") -> "Difference | None":
        """Compare two tensors there.

        Args:
            a: As of `explorer.analysis.compare.comparison.compare_tensors`; they can be compared.
            b: Likewise; either has these values.
            report: Likewise.
            tolerance: Likewise.

        Returns:
            None where neither is on another device, or where that does not compute with them.
        """
