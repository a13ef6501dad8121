"""What one pass over the values of a tensor says about them."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.measure.buckets import Buckets, united
from explorer.analysis.measure.elsewhere import Elsewhere
from explorer.analysis.measure.moments import NONE, Moments, moments_of_parts
from explorer.analysis.measure.numbers import Array
from explorer.analysis.measure.packed_buckets import Packed, Part, pack, unpack, unpack_all
from explorer.analysis.measure.tally import CodeTally, NumberTally, Seen, Tally
from explorer.checkpoint.values.codes import CodedBlocks
from explorer.progress import Report

Blocks = Callable[[], Iterable[Array]]
"""Begins a new walk over the values each time: 1-D arrays of real, complex or boolean numbers, a few MiB at most.

`explorer.checkpoint.values.codes.CodedBlocks` are such a callable too, and let `measure` be faster and tell every
value; and so is `explorer.analysis.measure.elsewhere.Elsewhere`, which measures by itself.
"""


_EXACT_IN_FLOAT64: Final = 1 << 53
"""Not every integer beyond it is a float64."""


@dataclass(frozen=True, slots=True, eq=False)  # eq would compare arrays with ==, which has no single answer
class Statistics:
    """Figures of one tensor, or of several: over finite values; of ``|z|`` where they are complex; True as 1.

    The buckets go from the lowest up and do not overlap. Of values with at most 16 bits each has one distinct value.
    Else zero has one; of the other numbers those share one whose float32, rounded towards zero, has the same upper
    half: sign, exponent and 7 bits of the fraction. What is too large for float32 is in the outermost ones.

    Attributes:
        count: All elements.
        min: Smallest finite value, exact: an int for integers and booleans. None where no value is finite.
        max: Largest finite value, likewise.
        mean: Of the finite values; None where there are none.
        std: Likewise, divided by their number.
        l2: Root of the sum of the squares of the finite values; infinite where float64 cannot hold it.
        zeros: Elements that are 0.0 or -0.0.
        nan: Elements that are NaN; complex ones where either part is.
        posinf: Elements that are +Inf; complex ones of infinite length.
        neginf: Elements that are -Inf.
        packed: The filled buckets, in few bytes; `buckets` are the same to compute with.
    """

    count: int
    min: float | int | None
    max: float | int | None
    mean: float | None
    std: float | None
    l2: float
    zeros: int
    nan: int
    posinf: int
    neginf: int
    packed: Packed

    @property
    def buckets(self) -> Buckets:
        """The filled buckets: none ends below `min` or above `max`; the caller's own, worked out each time.

        Where both ends of one are equal, every value in it is exactly that.
        """
        return unpack(self.part)

    @property
    def part(self) -> Part:
        """What `explorer.analysis.measure.packed_buckets.unpack_all` takes."""
        return Part(self.packed, float(self.min or 0), float(self.max or 0))

    @property
    def finite(self) -> int:
        """Elements that are neither NaN nor infinite: those that the other figures are about."""
        return self.count - self.nan - self.posinf - self.neginf

    @property
    def beyond_float64(self) -> bool:
        """Some are integers that float64 does not hold."""
        low, high = self.min, self.max
        return isinstance(low, int) and isinstance(high, int) and max(-low, high) > _EXACT_IN_FLOAT64

    @property
    def exact_values(self) -> bool:
        """The buckets tell every finite value."""
        if self.beyond_float64:
            return False
        if self.packed.one_value_each:
            return True
        buckets = self.buckets
        return bool((buckets.lows == buckets.highs).all())


def measure(blocks: Blocks, total: int, report: Report, multiplicity: int = 1) -> Statistics:
    """Walk over the values once.

    Args:
        blocks: The values, of one dtype.
        total: How many there are, for the report.
        report: Called after each block with the elements done.
        multiplicity: Elements that each value stands for, in an expanded view. ``total * multiplicity`` is below 2**63.

    Returns:
        The figures. Minimum, maximum and every count are exact; mean, std and l2 are as float64 gives them.

    Raises:
        Cancelled: By `report`.
    """
    seen = blocks.seen(report) if isinstance(blocks, Elsewhere) else _see(blocks, total, report)
    lows, highs, counts = seen.buckets
    return _statistics(
        low=seen.low,
        high=seen.high,
        moments=seen.moments,
        l2=seen.moments.length(multiplicity),
        zeros=seen.zeros * multiplicity,
        nan=seen.nan * multiplicity,
        posinf=seen.posinf * multiplicity,
        neginf=seen.neginf * multiplicity,
        buckets=Buckets(lows, highs, counts * multiplicity),
    )


def _see(blocks: Blocks, total: int, report: Report) -> Seen:
    tally: Tally | None = CodeTally(blocks.table) if isinstance(blocks, CodedBlocks) else None
    done = 0
    for block in blocks.codes() if isinstance(blocks, CodedBlocks) else blocks():
        if tally is None:
            tally = _tally_for(block.dtype)
        tally.add(block)
        done += block.size
        report(done, total, "statistics")
    return (tally or NumberTally()).seen()


def merge(parts: Sequence[Statistics]) -> Statistics:
    """Statistics of all elements of several tensors together.

    Args:
        parts: Of each tensor; possibly none.

    Returns:
        The figures. Where buckets of several tensors share a range, one reaches over it.
    """
    filled = [part for part in parts if part.finite]
    low = min((part.min for part in filled if part.min is not None), default=None)
    high = max((part.max for part in filled if part.max is not None), default=None)
    moments = (
        NONE
        if not filled
        else moments_of_parts(
            np.array([part.finite for part in filled], np.float64),
            np.array([part.mean for part in filled], np.float64),
            np.array([part.std for part in filled], np.float64),
            float(max(-(low or 0), high or 0)),
        )
    )
    return _statistics(
        low=low,
        high=high,
        moments=moments,
        l2=math.hypot(*(part.l2 for part in filled)),
        zeros=sum(part.zeros for part in parts),
        nan=sum(part.nan for part in parts),
        posinf=sum(part.posinf for part in parts),
        neginf=sum(part.neginf for part in parts),
        buckets=united(unpack_all([part.part for part in filled])),
    )


def quantiles(statistics: Statistics, shares: Sequence[float]) -> list[float]:
    """Values below which the given shares of the finite values lie.

    The quantile is one of the values, the first at or below which at least the share lies: inverse of the distribution
    function, type 1 in R. J. Hyndman and Y. Fan, "Sample Quantiles in Statistical Packages", 1996. It is exact where
    the statistics have `exact_values`; else in the bucket that the exact one is in, as if that were evenly filled.

    Args:
        statistics: Of any tensor.
        shares: From 0.0, the minimum, to 1.0, the maximum.

    Returns:
        As many numbers; none where no value is finite.

    Raises:
        ValueError: A share is not from 0 to 1.
    """
    ranks = _ranks(statistics, shares)
    if statistics.min is None or statistics.max is None:
        return []
    buckets = statistics.buckets
    ends = np.cumsum(buckets.counts)
    bucket = np.searchsorted(ends, ranks)
    lows, highs, counts = (array[bucket] for array in buckets)
    parts = (ranks - (ends[bucket] - counts) - 0.5) / counts
    values = np.clip(lows + parts * (highs - lows), lows, highs)
    # Of the outermost buckets the very first and last values are known.
    values = np.where(ranks == 1, float(statistics.min), values)
    found: list[float] = np.where(ranks == statistics.finite, float(statistics.max), values).tolist()
    return found


def quantile_bounds(statistics: Statistics, shares: Sequence[float]) -> list[tuple[float, float]]:
    """Between which numbers `quantiles` truly lie: both are equal where the quantile is exact.

    Args:
        statistics: Of any tensor.
        shares: As of `quantiles`.

    Raises:
        ValueError: A share is not from 0 to 1.
    """
    ranks = _ranks(statistics, shares)
    if statistics.min is None or statistics.max is None:
        return []
    buckets = statistics.buckets
    bucket = np.searchsorted(np.cumsum(buckets.counts), ranks)
    low, high, last = float(statistics.min), float(statistics.max), statistics.finite
    bounds = zip(ranks.tolist(), buckets.lows[bucket].tolist(), buckets.highs[bucket].tolist(), strict=True)
    return [
        (low, low) if rank == 1 else (high, high) if rank == last else (below, above) for rank, below, above in bounds
    ]


def _ranks(statistics: Statistics, shares: Sequence[float]) -> NDArray[np.int64]:
    """Which of the finite values in order, from 1 on, has at least the share at or below it."""
    wanted = np.array(shares, np.float64)
    if not ((wanted >= 0) & (wanted <= 1)).all():
        raise ValueError(f"shares are from 0 to 1, not {list(shares)}")
    return np.maximum(np.ceil(wanted * statistics.finite), 1).astype(np.int64)


def _tally_for(dtype: np.dtype[Any]) -> Tally:
    """For blocks of a dtype that were not handed over as codes."""
    if dtype.kind not in "biu" or dtype.itemsize > 2:
        return NumberTally()
    codes = np.arange(1 << (8 * dtype.itemsize), dtype=f"u{dtype.itemsize}")
    return CodeTally(codes if dtype.kind == "b" else codes.view(dtype))


def _statistics(
    *,
    low: float | None,
    high: float | None,
    moments: Moments,
    l2: float,
    zeros: int,
    nan: int,
    posinf: int,
    neginf: int,
    buckets: Buckets,
) -> Statistics:
    mean = std = None
    if low is not None and high is not None:
        # Rounding must not carry the mean past the values, nor spread values that are equal.
        mean = min(max(moments.average, float(low)), float(high))
        std = moments.deviation if low < high else 0.0
    return Statistics(
        count=int(buckets.counts.sum()) + nan + posinf + neginf,
        min=low,
        max=high,
        mean=mean,
        std=std,
        l2=l2,
        zeros=zeros,
        nan=nan,
        posinf=posinf,
        neginf=neginf,
        packed=pack(buckets, float(low or 0), float(high or 0)),
    )
