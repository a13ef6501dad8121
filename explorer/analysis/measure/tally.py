"""What has been seen of a tensor so far, block by block."""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.measure.buckets import PATTERNS, SIGN, Buckets, filled_buckets, fold_infinities, upper_halves
from explorer.analysis.measure.moments import NONE, Moments, merged, moments_of, moments_of_parts
from explorer.analysis.measure.numbers import Array, finite_with_ends, real_numbers

_TOGETHER = 1 << 17
"""Numbers that are taken in at once: what is computed for them stays in a core's cache."""


class Seen(NamedTuple):
    """Sums over values, as of `explorer.analysis.measure.statistics.Statistics`."""

    low: float | int | None
    high: float | int | None
    moments: Moments
    zeros: int
    nan: int
    posinf: int
    neginf: int
    buckets: Buckets


class Tally(Protocol):
    """Takes in one block after the other."""

    def add(self, block: Array) -> None:
        """Take in a block of values."""

    def seen(self) -> Seen:
        """Tell what the blocks were like."""


class NumberTally:
    """Of any numbers, by the upper half of their float32."""

    def __init__(self) -> None:
        self._low: float | int | None = None
        self._high: float | int | None = None
        self._moments = NONE
        self._zeros = self._nan = self._posinf = self._neginf = 0
        self._counts = np.zeros(PATTERNS, np.int64)
        self._make_room(0)

    def _make_room(self, elements: int) -> None:
        """What is written to for each block, and kept: a new page of memory takes longer than its numbers."""
        self._wide = np.empty(elements, np.float64)
        self._spare = np.empty(elements, np.float64)
        self._narrow = np.empty(elements, np.float32)
        self._places = np.empty(elements, np.intp)

    def add(self, block: Array) -> None:
        """Take in a block of real or complex values."""
        for first in range(0, block.size, _TOGETHER):
            self._add(block[first : first + _TOGETHER])

    def _add(self, block: Array) -> None:
        numbers = real_numbers(block)
        finite, low, high = finite_with_ends(numbers)
        if finite.size < numbers.size:
            self._nan += int(np.count_nonzero(np.isnan(numbers)))
            self._posinf += int(np.count_nonzero(numbers == np.inf))
            self._neginf += int(np.count_nonzero(numbers == -np.inf))
        if finite.size == 0:
            return
        self._low = low if self._low is None else min(self._low, low)
        self._high = high if self._high is None else max(self._high, high)
        if low == high:
            # Many times the same place to count at is slow, and here there is nothing to be found out.
            self._count(finite[:1], float(low), float(high), finite.size)
        else:
            self._count(finite, float(low), float(high), 1)

    def _count(self, numbers: Array, low: float, high: float, times: int) -> None:
        size = numbers.size
        if self._wide.size < size:
            self._make_room(size)
        wide, spare = self._wide[:size], self._spare[:size]
        if numbers.dtype == np.float64:
            wide = numbers
        else:
            np.copyto(wide, numbers)
        places = self._places[:size]
        np.copyto(places, upper_halves(numbers, wide, spare, self._narrow[:size]))
        np.add.at(self._counts, places, times)
        if self._counts[0] or self._counts[SIGN]:
            self._set_zeros_apart(wide, times)
        moments = moments_of(wide, low, high, spare)
        self._moments = merged(self._moments, moments._replace(elements=size * times))

    def _set_zeros_apart(self, wide: NDArray[np.float64], times: int) -> None:
        # count_nonzero of numbers holds the interpreter lock three times as long as comparing and counting booleans.
        zero = wide == 0
        zeros = int(np.count_nonzero(zero)) * times
        self._zeros += zeros
        if zeros == self._counts[0] + self._counts[SIGN]:
            self._counts[0] = self._counts[SIGN] = 0
            return
        negative = int(np.count_nonzero(np.signbit(wide) & zero)) * times
        self._counts[SIGN] -= negative
        self._counts[0] -= zeros - negative

    def seen(self) -> Seen:
        """Tell what the blocks were like."""
        fold_infinities(self._counts)
        buckets = filled_buckets(self._counts, self._zeros, float(self._low or 0), float(self._high or 0))
        return Seen(self._low, self._high, self._moments, self._zeros, self._nan, self._posinf, self._neginf, buckets)


class CodeTally:
    """Of values of 8 or 16 bits, by these bits: each distinct value has a bucket of its own."""

    def __init__(self, table: Array) -> None:
        """Begin with nothing.

        Args:
            table: [256] or [65536], the real number that each pattern stands for.
        """
        self._table = table
        self._counts = np.zeros(table.size, np.int64)
        # Two values of 8 bits are counted at once.
        self._pairs = np.zeros(PATTERNS if table.size < PATTERNS else 0, np.int64)
        self._places = np.empty(0, np.intp)

    def add(self, block: Array) -> None:
        """Take in a block of patterns, or of integers or booleans of as many bits."""
        if block.size == 0:
            return
        codes = np.ascontiguousarray(block).view(f"u{block.itemsize}")
        first, last = int(codes.min()), int(codes.max())
        if first == last:
            self._counts[first] += codes.size
        elif last == 1:
            # Booleans; many times the same place to count at is slow.
            ones = int(np.count_nonzero(codes == 1))
            self._counts[:2] += (codes.size - ones, ones)
        elif codes.itemsize == 2:
            self._count(codes, self._counts)
        else:
            self._count(codes[: codes.size & ~1].view(np.uint16), self._pairs)
            if codes.size % 2:
                self._counts[codes[-1]] += 1

    def add_counts(self, counts: NDArray[np.int64]) -> None:
        """Take in values that were counted elsewhere.

        Args:
            counts: As many as the table has: how many values have each pattern.
        """
        self._counts += counts

    def _count(self, codes: Array, counts: NDArray[np.int64]) -> None:
        for first in range(0, codes.size, _TOGETHER):
            part = codes[first : first + _TOGETHER]
            if self._places.size < part.size:
                self._places = np.empty(part.size, np.intp)
            places = self._places[: part.size]
            np.copyto(places, part)
            np.add.at(counts, places, 1)

    def seen(self) -> Seen:
        """Tell what the blocks were like."""
        totals = self._counts
        if totals.size < PATTERNS:
            pairs = self._pairs.reshape(totals.size, totals.size)
            totals = totals + pairs.sum(axis=0) + pairs.sum(axis=1)
        filled = np.flatnonzero(totals)
        numbers, counts = self._table[filled], totals[filled]
        finite = np.isfinite(numbers)
        nan, posinf, neginf = (
            int(counts[some].sum()) for some in (np.isnan(numbers), numbers == np.inf, numbers == -np.inf)
        )
        numbers, counts = numbers[finite], counts[finite]
        values, places = np.unique(numbers.astype(np.float64) + 0.0, return_inverse=True)  # -0.0 + 0.0 is 0.0
        of_value = np.zeros(values.size, np.int64)
        np.add.at(of_value, places, counts)
        low, high = (numbers.min().item(), numbers.max().item()) if numbers.size else (None, None)
        moments = NONE
        if low is not None and high is not None:
            moments = moments_of_parts(of_value.astype(np.float64), values, 0 * values, float(max(-low, high)))
        zeros = int(of_value[values == 0].sum())
        return Seen(low, high, moments, zeros, nan, posinf, neginf, Buckets(values, values, of_value))
