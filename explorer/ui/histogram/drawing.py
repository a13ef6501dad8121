"""What the worker makes for the panel: statistics and a histogram, and that of what is pinned on the same edges.

Of much data a preview comes first: from its statistics, or from a sample of its values.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from explorer.analysis.draw.axes import Axis, Bins
from explorer.progress import Report
from explorer.ui.histogram.fitting import fitting_bins
from explorer.ui.settings import HistogramChoices

if TYPE_CHECKING:
    from explorer.analysis.draw.histogram import Histogram
    from explorer.analysis.measure.numbers import Array
    from explorer.analysis.measure.statistics import Blocks, Statistics

Open = Callable[[], "tuple[Blocks, int, int]"]
"""The blocks of a tensor, how many elements they hold, and how many each stands for."""

ReadSample = Callable[[], "Array"]
"""Some of a tensor's values, from all over it."""

Count = Callable[[Report, Bins], "Histogram"]
"""Counts the values of a layer."""

PREVIEW_ELEMENTS: Final = 1 << 18
"""Of what stores no more there is no preview: all its values take no longer than a sample of them."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What is drawn: a tensor, or the tensors of a layer together.

    Attributes:
        name: The key of the tensor, or the name of the layer, as the file has it.
        kind: ``tensor``, ``layer`` or ``file``.
        stored: How many values it stores.
        open: Opens the values of a tensor, in the worker; None for a layer.
        sample: Reads a sample of a tensor; None for a layer.
        count: Counts the values of a layer, whose statistics are known always; None for a tensor.
    """

    name: str
    kind: str
    stored: int
    open: Open | None = None
    sample: ReadSample | None = None
    count: Count | None = None


class Drawing(NamedTuple):
    """A subject, ready to be drawn.

    Attributes:
        subject: What it is about.
        measured: Its statistics as they are kept.
        statistics: The same, told more exactly where they are too coarse to be looked at.
        bins: Where they were asked for.
        histogram: Of it; without bins where no value is finite.
    """

    subject: Subject
    measured: "Statistics"
    statistics: "Statistics"
    bins: Bins
    histogram: "Histogram"


class Drawings(NamedTuple):
    """What a job hands back.

    Attributes:
        shown: What is selected.
        pinned: What is pinned, with a histogram on the same edges; None where nothing is.
    """

    shown: Drawing
    pinned: Drawing | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be drawn.

    Attributes:
        subject: What is selected.
        statistics: Of it, where they are known; of a layer they are.
        choices: How it is to be drawn.
        frozen: The bins to keep, whatever the choices and the values are; None for bins that fit the values.
        pinned: What is pinned, as it was drawn last.
    """

    subject: Subject
    statistics: "Statistics | None"
    choices: HistogramChoices
    frozen: Bins | None = None
    pinned: Drawing | None = None


def draw(wanted: Wanted, report: Report) -> Drawings:
    """In the worker: measure, unless that was done, and count.

    Raises:
        Cancelled: By `report`.
        CheckpointError: The values cannot be read.
    """
    from explorer.analysis.draw.refining import is_coarse, refined  # noqa: PLC0415 - brings numpy

    subject, pinned, measured = wanted.subject, wanted.pinned, wanted.statistics
    walk = _Walk(subject)
    again = None if pinned is None else _Walk(pinned.subject)
    steps = walk.total * (1 if measured else 2) + (0 if again is None else again.total)
    done = 0
    if measured is None:
        measured = walk.measure(partial(_part, report, 0, steps))
        done = walk.total
    statistics = walk.with_every_value(measured)
    if is_coarse(statistics):
        steps += walk.total
        statistics = refined(measured, partial(walk.count_from, partial(_part, report, done, steps)), walk.is_single)
        done += walk.total
    bins = wanted.frozen or fitting_bins(statistics, pinned.statistics if pinned else None, wanted.choices)
    histogram = walk.count(partial(_part, report, done, steps), bins, statistics)
    shown = Drawing(subject, measured, statistics, bins, histogram)
    if pinned is not None and again is not None and pinned.bins != bins:
        tell = partial(_part, report, done + walk.total, steps)
        pinned = pinned._replace(bins=bins, histogram=again.count(tell, bins, pinned.statistics))
    return Drawings(shown, pinned)


class _Walk:
    """The values of a subject, opened."""

    def __init__(self, subject: Subject) -> None:
        self._count = subject.count
        self._blocks: Blocks = tuple
        self.total, self._multiplicity = subject.stored, 1
        if subject.open is not None:
            self._blocks, self.total, self._multiplicity = subject.open()
        self._dtypes: set[Any] = set()

    def measure(self, report: Report) -> "Statistics":
        from explorer.analysis.measure.statistics import measure  # noqa: PLC0415 - brings numpy

        return measure(self._blocks, self.total, report, self._multiplicity)

    def with_every_value(self, statistics: "Statistics") -> "Statistics":
        """The same figures, of a tensor of few values with a bucket for each."""
        from explorer.analysis.measure.elsewhere import Elsewhere  # noqa: PLC0415 - as above
        from explorer.analysis.measure.every_value import with_every_value  # noqa: PLC0415 - brings numpy

        if self._count is not None or isinstance(self._blocks, Elsewhere):
            return statistics
        return with_every_value(statistics, self._blocks, self.total, self._multiplicity)

    def count(self, report: Report, bins: Bins, statistics: "Statistics") -> "Histogram":
        from explorer.analysis.draw.histogram import preview  # noqa: PLC0415 - brings numpy

        if statistics.exact_values and bins.edges() is None:
            # They tell every value already.
            return preview(statistics, bins.low, bins.high, bins.count)
        return self._count_all(report, bins, self._blocks)

    def count_from(self, report: Report, low: float, high: float, bins: int) -> "Histogram":
        """Count in equal bins, and note what dtypes are counted."""
        return self._count_all(report, Bins(Axis(), low, high, bins), self._noted)

    def is_single(self) -> bool:
        """All that was noted is float32."""
        return {str(dtype) for dtype in self._dtypes} == {"float32"}

    def _count_all(self, report: Report, bins: Bins, blocks: "Blocks") -> "Histogram":
        from explorer.analysis.draw.histogram_on_axis import count_on  # noqa: PLC0415 - brings numpy

        if self._count is not None:
            return self._count(report, bins)
        return count_on(blocks, self.total, report, bins, self._multiplicity)

    def _noted(self) -> "Iterable[Array]":
        for block in self._blocks():
            self._dtypes.add(block.dtype)
            yield block


def bring_numbers() -> None:
    """In the worker: import what counting takes, for which the first picture would have to wait."""
    import explorer.analysis.draw.refining  # noqa: PLC0415 - see above
    import explorer.checkpoint.values.reading  # noqa: F401, PLC0415 - as above


def draw_preview(wanted: Wanted, report: Report) -> Drawings | None:
    """In the worker: what can be drawn at once, before `draw` has walked over all values.

    Returns:
        Histograms that say that they are estimates, and the statistics of the sample where those of the tensor are not
        known; None where nothing of the sample is finite.

    Raises:
        Cancelled: By `report`.
        CheckpointError: The values cannot be read.
    """
    from explorer.analysis.draw.histogram_on_axis import count_on  # noqa: PLC0415 - brings numpy
    from explorer.analysis.draw.refining import is_coarse, refined  # noqa: PLC0415 - as above
    from explorer.analysis.measure.statistics import measure  # noqa: PLC0415 - as above

    report(0, 0, "sample")
    statistics, pinned, read = wanted.statistics, wanted.pinned, wanted.subject.sample
    sample = None
    if read is not None and (statistics is None or is_coarse(statistics)):
        sample = read()
        blocks = (sample,)
        statistics = refined(
            measure(lambda: blocks, sample.size, report),
            lambda low, high, bins: count_on(lambda: blocks, sample.size, report, Bins(Axis(), low, high, bins)),
        )
    if statistics is None or not statistics.finite:
        return None
    bins = wanted.frozen or fitting_bins(statistics, pinned.statistics if pinned else None, wanted.choices)
    histogram = _estimate(bins, statistics, sample, wanted.subject)
    if pinned is not None and pinned.bins != bins:
        other = _estimate(bins, pinned.statistics, None, pinned.subject)
        pinned = None if other is None else pinned._replace(bins=bins, histogram=other)
    if histogram is None:
        return None
    return Drawings(Drawing(wanted.subject, statistics, statistics, bins, histogram), pinned)


def _estimate(bins: Bins, statistics: "Statistics", sample: "Array | None", subject: Subject) -> "Histogram | None":
    """A histogram from the sample, where there is one; else from the statistics, where their buckets fit the axis."""
    from explorer.analysis.draw.histogram import preview  # noqa: PLC0415 - as above
    from explorer.analysis.draw.histogram_on_axis import sampled_on  # noqa: PLC0415 - brings numpy

    if sample is None and bins.edges() is None:
        return replace(preview(statistics, bins.low, bins.high, bins.count), exact=False)
    if sample is None:
        sample = None if subject.sample is None else subject.sample()
    return None if sample is None else sampled_on(sample, bins, subject.stored)


def _part(report: Report, before: int, steps: int, done: int, _total: int, what: str) -> None:
    report(before + done, steps, what)
