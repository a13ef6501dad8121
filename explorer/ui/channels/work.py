"""What is done for the plot of channels, most of it in the worker."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.formatting import delimited
from explorer.progress import Report
from explorer.ui.measuring.lazy_judge import LazyJudge
from explorer.ui.plots.plot_view import Separator
from explorer.ui.plots.span_plot import Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from explorer.analysis.draw.channels import Channels, Figure
    from explorer.analysis.judge.channel_marks import ChannelMarks
    from explorer.analysis.measure.statistics import Statistics

_TOGETHER = 1_000


class Subject(NamedTuple):
    """What channels are of.

    Attributes:
        checkpoint: That is open.
        tensor: Of it.
        axis: The dimension whose indices are the channels.
        statistics: Of the tensor, where they are known.
    """

    checkpoint: Checkpoint
    tensor: TensorInfo
    axis: int
    statistics: "Statistics | None"


class Found(NamedTuple):
    """What was found.

    Attributes:
        subject: Of what.
        channels: Their figures.
        marks: Those that deserve a look; none while only some values were read.
    """

    subject: Subject
    channels: "Channels"
    marks: "ChannelMarks"


def look_first(subject: Subject, report: Report) -> Found | None:
    """A first picture of a large tensor, from some of its values; None where all are about as quick."""
    # NumPy is imported on the worker, behind the window.
    from explorer.analysis.draw.channels import first_look  # noqa: PLC0415
    from explorer.analysis.judge.channel_marks import ChannelMarks  # noqa: PLC0415
    from explorer.checkpoint.values.reading import open_values  # noqa: PLC0415

    with open_values(subject.checkpoint) as values:
        found = first_look(values, subject.tensor, subject.axis, report)
    return None if found is None else Found(subject, found, ChannelMarks())


def look(subject: Subject, judge: LazyJudge, report: Report) -> Found:
    """Read all values, and tell which channels stand out."""
    from explorer.analysis.draw.channels import channels_of  # noqa: PLC0415 - as above
    from explorer.analysis.judge.channel_marks import marks_of  # noqa: PLC0415 - as above
    from explorer.analysis.measuring import measure_tensors  # noqa: PLC0415 - as above
    from explorer.checkpoint.values.reading import open_values  # noqa: PLC0415 - as above

    tensor, statistics = subject.tensor, subject.statistics
    with open_values(subject.checkpoint) as values:
        found = channels_of(values, tensor, subject.axis, report)
    if statistics is None:
        statistics = measure_tensors(subject.checkpoint, [tensor.number], report).statistics.get(tensor.number)
    role = judge.ready(report).roles[tensor.number]
    return Found(subject, found, marks_of(found, tensor, role, judge.thresholds, statistics))


def ordered(found: "Channels", by: "Figure | None") -> "NDArray[np.int64]":
    """The order in which channels stand."""
    from explorer.analysis.draw.channels import order_of  # noqa: PLC0415 - as above

    return order_of(found, by)


def odd_first(found: "Channels") -> "NDArray[np.int64]":
    """The order in which channels with the most values that are not finite stand first."""
    import numpy as np  # noqa: PLC0415 - as above

    return np.argsort(-found.odd.sum(axis=1), kind="stable")


def farthest(found: "Channels", order: "NDArray[np.int64]", span: Span) -> int:
    """The place of the channel with the value farthest from 0, of some that stand side by side."""
    import numpy as np  # noqa: PLC0415 - as above

    there = order[span.first : span.end]
    sizes = np.fmax(np.abs(found.column("min")[there]), np.abs(found.column("max")[there]))
    return span.first + int(np.argmax(np.nan_to_num(sizes, nan=-1.0)))


def table(found: Found, order: "NDArray[np.int64]", separator: Separator, report: Report) -> str:
    """A line for each channel, in the order in which they stand, with all digits; nothing where there is no figure."""
    from explorer.analysis.draw.channels import FIGURES  # noqa: PLC0415 - as above

    return delimited(["channel", *FIGURES, "NaN", "+Inf", "-Inf", "marks"], _lines(found, order, report), separator)


def _lines(found: Found, order: "NDArray[np.int64]", report: Report) -> Iterator[list[object]]:
    channels = found.channels
    marked = {
        int(place): " and ".join(found.marks.words(int(place)))
        for places in found.marks[:3]
        for place in places.tolist()
    }
    for line, channel in enumerate(order.tolist()):
        if line % _TOGETHER == 0:
            report(line, len(order), "lines")
        figures = ["" if math.isnan(figure) else figure for figure in channels.figures[channel].tolist()]
        yield [channel, *figures, *channels.odd[channel].tolist(), marked.get(channel, "")]
