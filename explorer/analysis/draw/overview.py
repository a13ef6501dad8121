"""A whole file at a glance: a column of quantiles for each of its tensors, in the file's order."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import IntEnum
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.counters import counters_in
from explorer.analysis.draw.axes import Axis
from explorer.analysis.draw.sections import sections
from explorer.analysis.measure.packed_buckets import unpack_all
from explorer.analysis.measure.statistics import Statistics, quantiles
from explorer.checkpoint.document import TensorTable
from explorer.progress import Report, asking, in_slices, no_report

_SHARES: Final = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
_BANDS: Final = 2 + _SHARES.size
_TOGETHER_TENSORS: Final = 4_096
_TOGETHER_BUCKETS: Final = 1 << 20
_MOST_DECADES: Final = 8
_AXIS_ROWS: Final = 1 << 16
"""So many columns at least say on which axis most can be told apart."""
_WITHIN: Final = 0.75
"""Of so many tensors, at most, the middle half of the values lies where the axis is even: there widths are seen."""
_EVEN: Final = 20.0
"""So many times the narrowest middle half may the largest value be for an axis that is even from end to end."""

_RELATIVE: Final = 0.01
_OF_SPAN: Final = 0.001
"""A quantile is told where its bucket is narrower than this part of its ends, or of all that the tensor spans."""


class State(IntEnum):
    """What is known of a tensor."""

    UNKNOWN = 0
    MEASURED = 1
    NOT_FINITE = 2
    UNREADABLE = 3


class Filled(NamedTuple):
    """Columns that are known now.

    Attributes:
        rows: int64[n], which they are.
        bands: float64[n, 7], as in `Overview`.
        stds: float64[n], likewise.
        states: uint8[n], likewise.
    """

    rows: NDArray[np.int64]
    bands: NDArray[np.float64]
    stds: NDArray[np.float64]
    states: NDArray[np.uint8]


class Envelope(NamedTuple):
    """Columns as they are drawn: where there are more tensors than pixels, one stands for several.

    Attributes:
        firsts: int64[k], the row of the first tensor of each.
        lows: float64[k, 4], the smallest of the minimum, the 5 %, the 25 % and the median; NaN where there is none.
        highs: float64[k, 4], the largest of the maximum, the 95 %, the 75 % and the median.
    """

    firsts: NDArray[np.int64]
    lows: NDArray[np.float64]
    highs: NDArray[np.float64]


class Overview:
    """One row for each tensor, to be filled as statistics arrive.

    Attributes:
        table: All tensors of the checkpoint.
        numbers: int64[n], ascending: the tensors that have a row.
        left_out: How many others there are: of integers and booleans, and counters.
        lost: How many of these others cannot be read.
        estimated: Some have elements of more than 16 bits, whose quantiles are not known exactly.
        sections: Of all rows, in their order.
        bands: float64[n, 7]: minimum, 5 %, 25 %, median, 75 %, 95 %, maximum; NaN where no value is finite or known,
            and for quantiles of which is only known that they are beyond the buckets.
        stds: float64[n], standard deviations; NaN where no value is finite or known.
        states: uint8[n] of `State`.
    """

    def __init__(
        self,
        table: TensorTable,
        numbers: NDArray[np.int64],
        left_out: int,
        lost: int = 0,
        report: Report = no_report,
    ) -> None:
        self.table = table
        self.numbers = numbers
        self.left_out = left_out
        self.lost = lost
        wide = np.array([kind.element.itemsize > 2 for kind in table.kinds], bool)
        self.estimated = bool(wide[np.array(table.kind_of, np.int64)[numbers]].any())
        self.sections = sections(self.keys(0, numbers.size, report), report)
        # What is drawn of a million rows is worked out a column at a time: each lies in one piece.
        self.bands = np.full((numbers.size, _BANDS), np.nan, order="F")
        self.stds = np.full(numbers.size, np.nan)
        self.states = np.zeros(numbers.size, np.uint8)
        self._envelope: tuple[tuple[int, int, int], Envelope] | None = None

    def __len__(self) -> int:
        return int(self.numbers.size)

    def keys(self, first: int, end: int, report: Report = no_report) -> list[str]:
        """Keys of the tensors of some rows; `report` is called now and then."""
        keys, rows = self.table.keys, range(first, end)
        slices = (self.numbers[some[0] : some[-1] + 1].tolist() for some in in_slices(rows, report, "names"))
        return [keys[number] for numbers in slices for number in numbers]

    def count(self, state: State) -> int:
        """How many tensors are in a state."""
        return int(np.count_nonzero(self.states == state))

    @cached_property
    def without_quantiles(self) -> int:
        """How many tensors have a minimum and a maximum, and quantiles that are not known well enough to be told."""
        known = np.isfinite(self.bands)
        return int(np.count_nonzero(known[:, 0] & ~known.all(axis=1)))

    @cached_property
    def span(self) -> tuple[float, float] | None:
        """The smallest minimum and the largest maximum; None where no value is finite or known."""
        low = float(np.fmin.reduce(self.bands[:, 0], initial=math.inf))
        high = float(np.fmax.reduce(self.bands[:, -1], initial=-math.inf))
        return (low, high) if low <= high else None

    @cached_property
    def axis(self) -> Axis:
        """The vertical one that fits, as `fitting_axis` finds it."""
        return fitting_axis(self.bands)

    @property
    def largest(self) -> NDArray[np.float64]:
        """float64[n], the largest magnitude of each; NaN where no value is finite or known."""
        found: NDArray[np.float64] = np.fmax(np.abs(self.bands[:, 0]), np.abs(self.bands[:, -1]))
        return found

    @property
    def complete(self) -> bool:
        """Every row is filled, or known to stay empty."""
        return not self.count(State.UNKNOWN)

    def take(self, filled: Filled) -> None:
        """Fill some rows."""
        self.forget()
        self.bands[filled.rows] = filled.bands
        self.stds[filled.rows] = filled.stds
        self.states[filled.rows] = filled.states

    def forget(self) -> None:
        """Forget what was worked out, because the rows have changed: drawing asks for it again and again."""
        self._envelope = None
        for name in ("without_quantiles", "span", "axis"):
            self.__dict__.pop(name, None)

    def envelope(self, first: int, end: int, together: int) -> Envelope:
        """Put rows together; what was asked for last is known.

        Args:
            first: The first row.
            end: One after the last, above `first`.
            together: So many become one column; the last may have fewer.
        """
        asked = first, end, together
        if self._envelope is None or self._envelope[0] != asked:
            firsts = np.arange(first, end, together)
            starts, bands = firsts - first, self.bands[first:end]
            lows = np.fmin.reduceat(bands[:, :4], starts)
            highs = np.fmax.reduceat(bands[:, :2:-1], starts)
            self._envelope = asked, Envelope(firsts, lows, highs)
        return self._envelope[1]


def overview_of(
    table: TensorTable, numbers: Sequence[int], report: Report = no_report, *, integers: bool = False
) -> Overview:
    """Begin an overview.

    Args:
        table: All tensors of the checkpoint.
        numbers: Rows of it, ascending. Those saved without values get no row, where others have some.
        report: Called now and then.
        integers: Give integers, booleans and counters a row too. They get one anyway where there is nothing else.

    Raises:
        Cancelled: By `report`.
    """
    slices = [np.array(some, np.int64) for some in in_slices(numbers, report, "tensors")]
    chosen = np.concatenate(slices) if slices else np.zeros(0, np.int64)
    kinds = np.array(table.kind_of, np.int64)
    valued = ~np.array([kind.valueless for kind in table.kinds], bool)[kinds[chosen]]
    if valued.any():
        chosen = chosen[valued]
    whole = np.array([kind.element.family in {"int", "bool"} for kind in table.kinds], bool)
    if integers or not chosen.size:
        return Overview(table, chosen, 0, 0, report)
    left_out = whole[kinds[chosen]]
    left_out |= np.isin(chosen, counters_in(table, numbers, report))
    if left_out.all():
        return Overview(table, chosen, 0, 0, report)
    lost = np.isin(chosen[left_out], np.array(table.unreadable, np.int64))
    return Overview(table, chosen[~left_out], int(np.count_nonzero(left_out)), int(np.count_nonzero(lost)), report)


def fill(
    numbers: NDArray[np.int64],
    news: Collection[int],
    known: Mapping[int, Statistics],
    problems: Collection[int],
    report: Report,
) -> Filled:
    """Work out columns.

    Args:
        numbers: Of `Overview`.
        news: Numbers of tensors to look at; those without a row, and of which nothing is known, are left out.
        known: Statistics by the tensor's number.
        problems: Numbers of tensors that have none, because they cannot be read.
        report: Called with the tensors done.

    Raises:
        Cancelled: By `report`.
    """
    measured = [number for number in asking(news, report, "quantiles") if number in known]
    failed = [number for number in asking(news, report, "quantiles") if number in problems]
    bands = [np.full((len(failed), _BANDS), np.nan)]
    states = [State.UNREADABLE] * len(failed)
    parts = [known[number] for number in measured]
    stds = [*[math.nan] * len(failed), *(math.nan if part.std is None else part.std for part in parts)]
    for first, end in _batches(parts):
        report(first, len(parts), "quantiles")
        bands.append(quantile_bands(parts[first:end]))
        states += [State.MEASURED if part.finite == part.count else State.NOT_FINITE for part in parts[first:end]]
    wanted = np.array([*failed, *measured], np.int64)
    rows = np.searchsorted(numbers, wanted)
    has_row = rows < numbers.size
    has_row[has_row] = numbers[rows[has_row]] == wanted[has_row]
    return Filled(
        rows[has_row],
        np.concatenate(bands)[has_row],
        np.array(stds, np.float64)[has_row],
        np.array(states, np.uint8)[has_row],
    )


def _batches(parts: Sequence[Statistics]) -> Iterator[tuple[int, int]]:
    first = buckets = 0
    for place, part in enumerate(parts):
        buckets += part.packed.counts.size
        if place + 1 - first == _TOGETHER_TENSORS or buckets >= _TOGETHER_BUCKETS:
            yield first, place + 1
            first, buckets = place + 1, 0
    if first < len(parts):
        yield first, len(parts)


def quantile_bands(parts: Sequence[Statistics]) -> NDArray[np.float64]:
    """Minimum, quantiles and maximum of several tensors: what `quantiles` gives for each, in one go.

    A quantile whose bucket is wide, as is the outermost one of values beyond float32, is not told: it could be anywhere
    in it.

    Args:
        parts: Of each tensor.

    Returns:
        float64[n, 7], as in `Overview`; NaN where no value is finite, and for what is not told.
    """
    found = np.full((len(parts), _BANDS), np.nan)
    some = [place for place, part in enumerate(parts) if part.finite]
    filled = [parts[place] for place in some]
    if not filled:
        return found
    finite = [part.finite for part in filled]
    found[some, 0] = [float(part.min or 0) for part in filled]
    found[some, -1] = [float(part.max or 0) for part in filled]
    if sum(finite) >= 1 << 62:
        # Expanded views may have more elements than can be counted together.
        found[some, 1:-1] = [quantiles(part, _SHARES.tolist()) for part in filled]
        return found
    lows, highs, counts = unpack_all([part.part for part in filled])
    sizes = np.array(finite, np.int64)[:, None]
    before = np.cumsum(sizes, axis=0) - sizes
    ends = np.cumsum(counts)
    ranks = np.maximum(np.ceil(_SHARES * sizes), 1).astype(np.int64)
    bucket = np.searchsorted(ends, ranks + before)
    lows, highs, counts = lows[bucket], highs[bucket], counts[bucket]
    shares = (ranks + before - (ends[bucket] - counts) - 0.5) / counts
    values = np.clip(lows + shares * (highs - lows), lows, highs)
    # Halves, because the whole span may be more than float64 holds.
    span = found[some, -1:] / 2 - found[some, :1] / 2
    doubt = highs / 2 - lows / 2
    unknown = (doubt > _RELATIVE / 2 * np.maximum(np.abs(lows), np.abs(highs))) & (doubt > _OF_SPAN * span)
    values = np.where(unknown, np.nan, values)
    # Of the outermost buckets the very first and last values are known.
    values = np.where(ranks == 1, found[some, :1], values)
    found[some, 1:-1] = np.where(ranks == sizes, found[some, -1:], values)
    return found


def fitting_axis(bands: NDArray[np.float64]) -> Axis:
    """A symmetric logarithmic axis on which most columns can be told apart.

    Args:
        bands: Of `Overview`.
    """
    # Drawing waits for this: no copies of a million rows.
    largest = max(-float(np.fmin.reduce(bands[:, 0], initial=0.0)), float(np.fmax.reduce(bands[:, -1], initial=0.0)))
    if not largest > 0:
        return Axis("symlog", 1.0)
    some = bands[:: max(1, len(bands) // _AXIS_ROWS)]
    middle = np.fmax(np.abs(some[:, 2]), np.abs(some[:, 4]))
    middle = middle[middle > 0]
    place = int(_WITHIN * middle.size)
    if middle.size and largest <= _EVEN * float(middle.min()):
        # Of one tensor, or of some that are alike, there is nothing that an even axis would hide.
        return Axis("symlog", largest)
    usual = float(np.partition(middle, place)[place]) if middle.size else largest
    exponent = max(math.floor(math.log10(usual)), math.floor(math.log10(largest)) - _MOST_DECADES, -300)
    return Axis("symlog", float(f"1e{exponent}"))


def places(axis: Axis, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """`Axis.place` of many values, of a symmetric axis; NaN stays NaN."""
    sizes = np.abs(values)
    with np.errstate(divide="ignore", over="ignore"):
        beyond = 1 + np.log10(sizes) - math.log10(axis.threshold)
        return np.copysign(np.where(sizes <= axis.threshold, sizes / axis.threshold, beyond), values)
