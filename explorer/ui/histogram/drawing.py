"""What the worker makes for the panel: statistics and a histogram, and that of the pinned tensor on the same edges.

Of a large tensor a preview comes first: from its statistics, or from a sample of its values.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from explorer.analysis.axes import Axis, Bins
from explorer.checkpoint.document import TensorInfo
from explorer.progress import Report
from explorer.ui.settings import HistogramChoices

if TYPE_CHECKING:
    from explorer.analysis.histogram import Histogram
    from explorer.analysis.numbers import Array
    from explorer.analysis.statistics import Blocks, Statistics

Open = Callable[[], "tuple[Blocks, int, int]"]
"""The blocks of a tensor, how many elements they hold, and how many each stands for."""

ReadSample = Callable[[], "Array"]
"""Some of a tensor's values, from all over it."""

PREVIEW_ELEMENTS: Final = 1 << 18
"""Of tensors that store no more there is no preview: all their values take no longer than a sample of them."""

_COLLAPSED: Final = 1e-3
"""A robust range that is a smaller part of the full one says nothing about the shape."""


class Drawing(NamedTuple):
    """A tensor, ready to be drawn.

    Attributes:
        tensor: What it is about.
        statistics: Of the tensor.
        bins: Where they were asked for.
        histogram: Of the tensor; without bins where no value is finite.
    """

    tensor: TensorInfo
    statistics: "Statistics"
    bins: Bins
    histogram: "Histogram"


class Drawings(NamedTuple):
    """What a job hands back.

    Attributes:
        shown: The selected tensor.
        pinned: The pinned tensor with a histogram on the same edges; None where none is pinned.
    """

    shown: Drawing
    pinned: Drawing | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be drawn.

    Attributes:
        tensor: The selected one.
        open: Opens its values, in the worker.
        statistics: Of it, where they are known.
        choices: How it is to be drawn.
        frozen: The bins to keep, whatever the choices and the values are; None for bins that fit the values.
        pinned: The pinned tensor as it was drawn last.
        open_pinned: Opens its values.
        sample: Reads a sample of the selected one.
        sample_pinned: Reads a sample of the pinned one.
    """

    tensor: TensorInfo
    open: Open
    statistics: "Statistics | None"
    choices: HistogramChoices
    frozen: Bins | None = None
    pinned: Drawing | None = None
    open_pinned: Open | None = None
    sample: ReadSample | None = None
    sample_pinned: ReadSample | None = None


def draw(wanted: Wanted, report: Report) -> Drawings:
    """In the worker: measure, unless that was done, and count.

    Raises:
        Cancelled: By `report`.
        CheckpointError: The values cannot be read.
    """
    from explorer.analysis.statistics import measure  # noqa: PLC0415 - brings numpy

    blocks, total, multiplicity = wanted.open()
    pinned, statistics = wanted.pinned, wanted.statistics
    again, all_again, times_again = wanted.open_pinned() if pinned and wanted.open_pinned else (blocks, 0, 1)
    steps = total + all_again + (total if statistics is None else 0)
    if statistics is None:
        statistics = measure(blocks, total, partial(_part, report, 0, steps), multiplicity)
    bins = wanted.frozen or fitting_bins(statistics, pinned.statistics if pinned else None, wanted.choices)
    before = steps - total - all_again
    histogram = _counted(blocks, total, partial(_part, report, before, steps), bins, multiplicity, statistics)
    shown = Drawing(wanted.tensor, statistics, bins, histogram)
    if pinned is not None and pinned.bins != bins:
        tell = partial(_part, report, before + total, steps)
        counted = _counted(again, all_again, tell, bins, times_again, pinned.statistics)
        pinned = pinned._replace(bins=bins, histogram=counted)
    return Drawings(shown, pinned)


def _counted(
    blocks: "Blocks", total: int, report: Report, bins: Bins, multiplicity: int, statistics: "Statistics"
) -> "Histogram":
    from explorer.analysis.binning import count_on  # noqa: PLC0415 - brings numpy
    from explorer.analysis.histogram import preview  # noqa: PLC0415 - as above

    if statistics.exact_values and bins.edges() is None:
        # They tell every value already.
        return preview(statistics, bins.low, bins.high, bins.count)
    return count_on(blocks, total, report, bins, multiplicity)


def bring_numbers() -> None:
    """In the worker: import what counting takes, for which the first picture would have to wait."""
    import explorer.analysis.binning  # noqa: PLC0415 - see above
    import explorer.checkpoint.values  # noqa: F401, PLC0415 - as above


def draw_preview(wanted: Wanted, report: Report) -> Drawings | None:
    """In the worker: what can be drawn at once, before `draw` has walked over all values.

    Returns:
        Histograms that say that they are estimates, and the statistics of the sample where those of the tensor are not
        known; None where nothing of the sample is finite.

    Raises:
        Cancelled: By `report`.
        CheckpointError: The values cannot be read.
    """
    from explorer.analysis.statistics import measure  # noqa: PLC0415 - brings numpy

    report(0, 0, "sample")
    statistics, pinned = wanted.statistics, wanted.pinned
    sample = None
    if statistics is None and wanted.sample is not None:
        sample = wanted.sample()
        statistics = measure(lambda: [sample], sample.size, report)
    if statistics is None or not statistics.finite:
        return None
    bins = wanted.frozen or fitting_bins(statistics, pinned.statistics if pinned else None, wanted.choices)
    histogram = _estimate(bins, statistics, sample, wanted.sample, wanted.tensor)
    if pinned is not None and pinned.bins != bins:
        other = _estimate(bins, pinned.statistics, None, wanted.sample_pinned, pinned.tensor)
        pinned = None if other is None else pinned._replace(bins=bins, histogram=other)
    return None if histogram is None else Drawings(Drawing(wanted.tensor, statistics, bins, histogram), pinned)


def _estimate(
    bins: Bins, statistics: "Statistics", sample: "Array | None", read: ReadSample | None, tensor: TensorInfo
) -> "Histogram | None":
    """A histogram from the sample, where there is one; else from the statistics, where their buckets fit the axis."""
    from explorer.analysis.binning import sampled_on  # noqa: PLC0415 - brings numpy
    from explorer.analysis.histogram import preview  # noqa: PLC0415 - as above

    if sample is None and bins.edges() is None:
        return replace(preview(statistics, bins.low, bins.high, bins.count), exact=False)
    if sample is None:
        sample = None if read is None else read()
    return None if sample is None else sampled_on(sample, bins, tensor.kind.stored_numel)


def _part(report: Report, before: int, steps: int, done: int, _total: int, what: str) -> None:
    report(before + done, steps, what)


def why_no_log(statistics: "Statistics", which: str = "this") -> str:
    """Why a tensor's values have no place on a logarithmic axis, as a sentence; "" where they have one.

    Args:
        statistics: Of the tensor.
        which: Names it.
    """
    if statistics.min is None or statistics.min > 0:
        return ""
    return f"A log axis has room for values above 0 only, and {which} tensor has others."


def fitting_bins(statistics: "Statistics", pinned: "Statistics | None", choices: HistogramChoices) -> Bins:
    """Bins for a tensor, wide enough for the pinned one too.

    Args:
        statistics: Of the tensor.
        pinned: Of the pinned one; None where none is.
        choices: Range, number and axis; an axis that the values do not fit on becomes a linear one.
    """
    from explorer.analysis.binning import symlog_threshold  # noqa: PLC0415 - brings numpy

    both = [each for each in (statistics, pinned) if each is not None and each.finite]
    if not both:
        return Bins(Axis(), 0.0, 0.0, choices.bins)
    axis = Axis(choices.axis)
    if axis.kind == "log" and any(map(why_no_log, both)):
        axis = Axis()
    elif axis.kind == "symlog":
        axis = axis._replace(threshold=min(map(symlog_threshold, both)))
    ranges = [_range(each, axis, robust=choices.robust) for each in both]
    bins = Bins(axis, min(low for low, _high in ranges), max(high for _low, high in ranges), choices.bins)
    return replace(bins, axis=Axis()) if bins.edges() is None else bins


def _range(statistics: "Statistics", axis: Axis, *, robust: bool) -> tuple[float, float]:
    from explorer.analysis.histogram import robust_range  # noqa: PLC0415 - brings numpy

    low, high = float(statistics.min or 0), float(statistics.max or 0)
    if not robust:
        return low, high
    inner_low, inner_high = robust_range(statistics)
    # Halves, because the whole span may be more than float64 holds.
    inner = axis.place(inner_high) / 2 - axis.place(inner_low) / 2
    wide_enough = inner >= _COLLAPSED * (axis.place(high) / 2 - axis.place(low) / 2)
    return (inner_low, inner_high) if wide_enough else (low, high)
