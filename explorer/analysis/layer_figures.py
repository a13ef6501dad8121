"""What the tensors of a layer say together."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from explorer.analysis.bins import Slots
from explorer.analysis.histogram import Histogram, count_bins, preview, robust_range
from explorer.analysis.measuring import measure_tensors
from explorer.analysis.numbers import finite_numbers, real_numbers
from explorer.analysis.statistics import Statistics, merge
from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.checkpoint.small_values import is_small
from explorer.checkpoint.tree import Layer
from explorer.checkpoint.values import Values, open_values, prepare_walk
from explorer.progress import Report

BINS = 120
TOGETHER = 1_024
"""Tensors between two questions whether to go on."""


class Child(NamedTuple):
    """A row of the table.

    Attributes:
        name: Of the layer or tensor inside its parent, as the file has it.
        tensors: How many it is.
        parameters: Of them.
        statistics: Of all its values together; None where none can be read.
    """

    name: str
    tensors: int
    parameters: int
    statistics: Statistics | None


class LayerFigures(NamedTuple):
    """All that is shown about a layer.

    Attributes:
        measured: Statistics that were not known before, by the tensor's number.
        unreadable: Tensors of the layer whose values cannot be read.
        whole: Of all its values; None where none can be read.
        histogram: Of all its values, estimated from their statistics.
        children: What is directly in it.
    """

    measured: dict[int, Statistics]
    unreadable: int
    whole: Statistics | None
    histogram: Histogram | None
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
    parts = [found[number] for number in layer.numbers if number in found]
    whole = _merged(parts, report)
    histogram = None
    if whole is not None and whole.min is not None:
        histogram = preview(whole, *robust_range(whole), BINS)
    return LayerFigures(measured, len(layer.numbers) - len(parts), whole, histogram, children)


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
    parts = [found[number] for number in part.numbers if number in found]
    return Child(part.name, part.sums.tensors, part.sums.parameters, _merged(parts, report))


def exact_histogram(checkpoint: Checkpoint, layer: Layer, estimate: Histogram, report: Report) -> Histogram:
    """Count all values of a layer on the edges of an estimate.

    Args:
        checkpoint: What the layer is in.
        layer: Any, at least one tensor of which can be read.
        estimate: Its edges are used.
        report: Called with the elements counted.

    Raises:
        Cancelled: By `report`.
        CheckpointError: The values cannot be read any more.
    """
    numbers = [number for number in layer.numbers if checkpoint.tensors.kind(number).problem is None]
    total = sum(checkpoint.tensors.kind(number).stored_numel for number in numbers)
    counted = _Counted(estimate, report, total)
    with open_values(checkpoint) as values:
        for first in range(0, len(numbers), TOGETHER):
            tensors = [checkpoint.tensors[number] for number in numbers[first : first + TOGETHER]]
            counted.add_small(values, [tensor for tensor in tensors if is_small(tensor.kind)])
            for tensor in tensors:
                if not is_small(tensor.kind):
                    counted.add_large(values, tensor)
    return counted.histogram()


class _Counted:
    """Counts of values on the edges of a histogram, tensor after tensor."""

    def __init__(self, estimate: Histogram, report: Report, total: int) -> None:
        self._edges = estimate.edges
        self._small = Slots(estimate.edges)
        self._large = estimate.counts * 0
        self._below = self._above = self._done = 0
        self._report = report
        self._total = total

    def add_small(self, values: Values, tensors: Sequence[TensorInfo]) -> None:
        for together in values.together(tensors):
            if together.numbers:
                self._small.add(finite_numbers(real_numbers(together.values)))
                self._done += len(together.values)
            self._tell(0)

    def add_large(self, values: Values, tensor: TensorInfo) -> None:
        walk = prepare_walk(values, tensor)
        low, high = self._edges[[0, -1]].tolist()
        part = count_bins(walk.blocks, walk.total, self._tell, low, high, self._large.size, walk.multiplicity)
        if part.counts.size:
            self._large += part.counts
        self._below, self._above = self._below + part.below, self._above + part.above
        self._done += tensor.kind.stored_numel

    def _tell(self, inside: int, _of: int = 0, what: str = "statistics") -> None:
        self._report(min(self._done + inside, self._total), self._total, what)

    def histogram(self) -> Histogram:
        below, above = self._below + self._small.below, self._above + self._small.above
        return Histogram(self._edges, self._large + self._small.counts, below, above, exact=True)
