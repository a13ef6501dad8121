"""Statistics that tell every value, of tensors that have few: their quantiles are exact."""

from dataclasses import replace
from typing import Final

import numpy as np

from explorer.analysis.measure.buckets import Buckets
from explorer.analysis.measure.numbers import finite_numbers, real_numbers
from explorer.analysis.measure.packed_buckets import pack
from explorer.analysis.measure.statistics import Blocks, Statistics

MOST: Final = 100_000
"""Values at most: sorting them takes no longer than drawing the histogram."""


def with_every_value(statistics: Statistics, blocks: Blocks, total: int, multiplicity: int = 1) -> Statistics:
    """Have a bucket for each distinct value.

    The result is for looking at: so many buckets are neither kept nor merged.

    Args:
        statistics: Of the values.
        blocks: The values.
        total: How many there are.
        multiplicity: Elements that each value stands for.

    Returns:
        The same figures with buckets of one value each; the same object where they have these already, where there are
        more than `MOST` values, or where float64 does not hold each of them.
    """
    low, high = statistics.min, statistics.max
    if low is None or high is None or total > MOST or statistics.exact_values or statistics.beyond_float64:
        return statistics
    finite = np.concatenate([finite_numbers(real_numbers(block)).astype(np.float64) for block in blocks()])
    # Adding 0 makes -0.0 the same zero.
    values, counts = np.unique(finite + 0.0, return_counts=True)
    if finite.size * multiplicity != statistics.finite:
        return statistics
    told = pack(Buckets(values, values, counts.astype(np.int64) * multiplicity), float(low), float(high))
    return replace(statistics, packed=told)
