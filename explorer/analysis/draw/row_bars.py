"""The small histogram that stands in a row: its shape, and nothing to be read off."""

from typing import Final

from explorer.analysis.draw.histogram import preview, robust_range
from explorer.analysis.draw.refining import is_coarse
from explorer.analysis.measure.statistics import Statistics

FEW_BUCKETS: Final = 8
"""In fewer buckets of the statistics there is no shape to be drawn."""
BARS: Final = 24


def bars(statistics: Statistics) -> tuple[float, ...]:
    """Heights of a tensor's small histogram over its robust range, from 0 to 1.

    None where no value is finite, and where the statistics do not tell a shape: nearly all values share a few buckets.
    """
    if statistics.min is None or is_coarse(statistics, FEW_BUCKETS):
        return ()
    counts = preview(statistics, *robust_range(statistics), BARS).counts
    return tuple((counts / max(1, int(counts.max()))).tolist())
