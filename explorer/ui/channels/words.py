"""What is said about channels."""

import math
from typing import TYPE_CHECKING, Final

from explorer.checkpoint.kinds import TensorKind
from explorer.formatting import exact, figure, plural
from explorer.ui.channels.work import Found
from explorer.ui.plots.span_plot import Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from explorer.analysis.draw.channels import Figure
    from explorer.ui.channels.plot import ChannelsPlot

GRID: Final = ("min", "1 %", "5 %", "25 %", "median", "75 %", "95 %", "99 %", "max", "mean", "std", "norm")
"""The engine's own figures, checked by a test, so that this needs no NumPy."""


_ENDS: Final[tuple["Figure", "Figure"]] = ("min", "max")


def one_of(kind: TensorKind, axis: int) -> str:
    """What a channel is called: ``row``, ``column``, ``channel``."""
    return "channel" if len(kind.stored_shape) != 2 else ("row", "column")[axis]


def axis_caption(kind: TensorKind, axis: int) -> str:
    """An entry of the choice: ``rows · 512`` of a matrix, else ``dimension 1 · 64``."""
    many = exact(kind.stored_shape[axis])
    return f"{one_of(kind, axis)}s · {many}" if len(kind.stored_shape) == 2 else f"dimension {axis} · {many}"


def why_none(kind: TensorKind) -> str:
    """Why a tensor has no channels, as a sentence; "" where it has some."""
    if len(kind.stored_shape) == 0:
        return "A scalar has no channels: it is one value."
    if len(kind.stored_shape) == 1:
        return "A tensor of one dimension has no channels: each of its values stands alone."
    return ""


def legend(plot: "ChannelsPlot") -> str:
    """What the bands are."""
    together = plot.together > 1
    middle = "innermost: medians" if together else "line: median"
    ends = "faint" if plot.scene is not None and plot.scene.crowded else "thin"
    return f"{middle} · inner band: 25 to 75 % of the values · outer: 5 to 95 % · {ends}: smallest to largest"


def about_span(found: Found, order: "NDArray[np.int64]", span: Span) -> str:
    """What is read out of a column."""
    channels, kind = found.channels, found.subject.tensor.kind
    word = one_of(kind, channels.axis)
    if span.end - span.first == 1:
        return about_channel(found, int(order[span.first]))
    there = order[span.first : span.end]
    ids = f"{int(there[0])} to {int(there[-1])}"
    lows, highs = (channels.column(name)[there].tolist() for name in _ENDS)
    # A channel without a finite value has no figures.
    lows, highs = ([number for number in numbers if not math.isnan(number)] for numbers in (lows, highs))
    ends = f", from {figure(min(lows))} to {figure(max(highs))}" if lows else ""
    many = plural(span.end - span.first, word)
    return f"{many} share this column, {ids}{ends}: a click selects the one that reaches farthest"


def about_channel(found: Found, channel: int) -> str:
    """A channel in words: ``row 12 of 64 · 768 values · dead``."""
    channels, kind = found.channels, found.subject.tensor.kind
    word = one_of(kind, channels.axis)
    of = f" of dimension {channels.axis}" if word == "channel" else ""
    parts = [f"{word} {channel}{of}", plural(channels.sampled or channels.width, "value")]
    if channels.sampled:
        parts[-1] += f" of {exact(channels.width)}"
    odd = zip(channels.odd[channel].tolist(), ("NaN", "+Inf", "-Inf"), strict=True)
    parts += [f"{exact(count)} {what}" for count, what in odd if count]
    return " · ".join([*parts, *found.marks.words(channel)])


def notes(found: Found, by: str, plot: "ChannelsPlot") -> list[str]:
    """What else is worth knowing."""
    channels, kind = found.channels, found.subject.tensor.kind
    word = one_of(kind, channels.axis)
    said = []
    if channels.sampled:
        said.append(
            f"a first picture of {exact(channels.sampled)} of the {exact(channels.width)} values of each {word}; "
            "all are being read"
        )
    marks = found.marks
    if marks.about_dead:
        said.append(f"✕ {marks.about_dead.rstrip('.')}")
    if marks.about_outliers:
        said.append(f"◆ {marks.about_outliers.rstrip('.')}")
    if len(marks.not_finite):
        said.append(f"▼ {plural(len(marks.not_finite), word)} with values that are not finite")
    if channels.step > 1:
        said.append(f"quantiles of every {exact(channels.step)}th value, all else of all")
    if plot.together > 1:
        said.append(f"a column stands for up to {plural(plot.together, word)}")
    if by != "index":
        said.append(f"by {by}, the {'most' if ',' in by else 'largest'} first")
    if kind.element.family == "complex":
        said.append("magnitudes of complex numbers")
    if kind.stored_shape != kind.shape:
        said.append(f"the stored values of a {kind.layout.replace('_', ' ')} tensor")
    return said
