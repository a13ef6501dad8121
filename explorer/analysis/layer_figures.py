"""What the tensors of a layer say together."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from explorer.analysis.counters import without_counters
from explorer.analysis.draw.axes import Bins
from explorer.analysis.draw.histogram import Histogram
from explorer.analysis.draw.histogram_on_axis import count_on
from explorer.analysis.measure.numbers import Array
from explorer.analysis.measure.statistics import Statistics, merge
from explorer.analysis.measuring import measure_tensors
from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.checkpoint.tree import Layer
from explorer.checkpoint.values.reading import Values, open_values
from explorer.checkpoint.values.small_values import is_small, small_and_large
from explorer.checkpoint.values.views import multiplicity
from explorer.checkpoint.values.walks import prepare_walk
from explorer.progress import Report

TOGETHER = 1_024
"""Tensors between two questions whether to go on."""


class Child(NamedTuple):
    """A row of the table.

    Attributes:
        name: Of the layer or tensor inside its parent, as the file has it.
        tensors: How many it is.
        parameters: Of them.
        statistics: Of all its values together, but for counters; None where none can be read.
    """

    name: str
    tensors: int
    parameters: int
    statistics: Statistics | None


class LayerFigures(NamedTuple):
    """All that is shown about a layer.

    Attributes:
        measured: Statistics that were not known before, by the tensor's number.
        readable: Numbers of the layer's tensors whose values can be read.
        counted: Those of them that are put together: counters are not, where there is anything else.
        whole: Of all their values; None where none can be read.
        children: What is directly in it.
    """

    measured: dict[int, Statistics]
    readable: list[int]
    counted: list[int]
    whole: Statistics | None
    children: list[Child]


def layer_figures(
    checkpoint: Checkpoint, layer: Layer, known: Mapping[int, Statistics], report: Report
) -> LayerFigures:
    """Put the statistics of a layer's tensors together; measure those that are not known.

    Args:
        checkpoint: What the layer is in.
        layer: Any.
        known: Statistics by the tensor's number.
        report: Called with the tensors measured, then with the layers put together.

    Raises:
        Cancelled: By `report`.
        CheckpointError: The file is gone or no longer the one that was opened.
    """
    missing = [number for number in layer.numbers if number not in known]
    measured: dict[int, Statistics] = {}
    for first in range(0, len(missing), TOGETHER):
        tell = partial(_part, report, first, len(missing))
        measured |= measure_tensors(checkpoint, missing[first : first + TOGETHER], tell).statistics
    found = {**known, **measured}
    children = []
    for place, part in enumerate(layer.children):
        report(place, len(layer.children), "layers")
        children.append(_child(layer, part, found, report))
    readable = [number for number in layer.numbers if number in found]
    counted = without_counters(checkpoint.tensors, readable)
    whole = _merged([found[number] for number in counted], report)
    return LayerFigures(measured, readable, counted, whole, children)


def _part(report: Report, before: int, total: int, done: int, of: int, what: str) -> None:
    """Report a part of the tensors, done to that share, as tensors."""
    report(min(before + TOGETHER * done // max(of, 1), total), total, what)


def _merged(parts: list[Statistics], report: Report) -> Statistics | None:
    merged = []
    for first in range(0, len(parts), TOGETHER):
        report(0, 0, "layers")
        merged.append(merge(parts[first : first + TOGETHER]))
    return merge(merged) if merged else None


def _child(layer: Layer, part: Layer | int, found: Mapping[int, Statistics], report: Report) -> Child:
    if isinstance(part, int):
        kind = layer.table.kind(part)
        parameters = kind.numel if kind.counts_as_parameters else 0
        return Child(layer.leaf_name(part), 1, parameters, found.get(part))
    readable = [number for number in part.numbers if number in found]
    parts = [found[number] for number in without_counters(layer.table, readable)]
    return Child(part.name, part.sums.tensors, part.sums.parameters, _merged(parts, report))


def count_layer(checkpoint: Checkpoint, numbers: Sequence[int], report: Report, bins: Bins) -> Histogram:
    """Count all values of a layer.

    Args:
        checkpoint: What the layer is in.
        numbers: Its tensors that can be read.
        report: Called with the elements counted.
        bins: Where the edges are.

    Returns:
        A histogram that is exact for its edges; empty where no value is finite.

    Raises:
        Cancelled: By `report`.
        CheckpointError: The values cannot be read any more.
    """
    with open_values(checkpoint) as values:
        alone = []
        total = stored = 0
        for number in numbers:
            kind = checkpoint.tensors.kind(number)
            total += kind.stored_numel
            if is_small(kind) or _is_plain(values, checkpoint.tensors[number]):
                stored += kind.stored_numel
            else:
                alone.append(number)
        left_out = frozenset(alone)
        once = [number for number in numbers if number not in left_out]
        found = count_on(lambda: blocks_of(checkpoint, values, once), stored, partial(_ahead, report, 0, total), bins)
        done = stored
        for number in alone:
            walk = prepare_walk(values, checkpoint.tensors[number])
            part = count_on(walk.blocks, walk.total, partial(_ahead, report, done, total), bins, walk.multiplicity)
            found = _together(found, part)
            done += walk.total
    return found


def _is_plain(values: Values, tensor: TensorInfo) -> bool:
    """Tell whether a tensor's values are read here, and each stands for itself."""
    return multiplicity(tensor) == 1 and values.walk_elsewhere(tensor) is None


def blocks_of(checkpoint: Checkpoint, values: Values, numbers: Sequence[int]) -> Iterator[Array]:
    """Walk over the stored values of several tensors.

    Args:
        checkpoint: What they are in.
        values: Of it.
        numbers: The tensors.

    Yields:
        Blocks of each dtype in turn, with the values of small tensors together.
    """
    for first in range(0, len(numbers), TOGETHER):
        small, large = small_and_large(checkpoint.tensors[number] for number in numbers[first : first + TOGETHER])
        for together in values.together(small):
            if together.numbers:
                yield together.values
        for tensor in large:
            yield from prepare_walk(values, tensor).blocks()


def _ahead(report: Report, before: int, total: int, done: int, _of: int, what: str) -> None:
    report(min(before + done, total), total, what)


def _together(one: Histogram, other: Histogram) -> Histogram:
    """Counts on the same edges as one; one of them may have none."""
    if not one.counts.size or not other.counts.size:
        return one if one.counts.size else other
    below, above = one.below + other.below, one.above + other.above
    return Histogram(one.edges, one.counts + other.counts, below, above, exact=True)
