"""What the tensors of a layer say together."""

from collections.abc import Mapping
from typing import NamedTuple

from explorer.analysis.histogram import Histogram, count_bins, preview, robust_range
from explorer.analysis.measuring import measure_tensors
from explorer.analysis.statistics import Statistics, merge
from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.tree import Layer
from explorer.checkpoint.values import open_values, prepare_walk
from explorer.progress import Report

BINS = 120


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
        report: Called with the bytes measured, then with the layers put together.

    Raises:
        Cancelled: By `report`.
        CheckpointError: The file is gone or no longer the one that was opened.
    """
    missing = [number for number in layer.numbers if number not in known]
    measured = measure_tensors(checkpoint, missing, report).statistics if missing else {}
    found = {**known, **measured}
    children = []
    for place, part in enumerate(layer.children):
        report(place, len(layer.children), "layers")
        children.append(_child(layer, part, found))
    parts = [found[number] for number in layer.numbers if number in found]
    whole = merge(parts) if parts else None
    histogram = None
    if whole is not None and whole.min is not None:
        histogram = preview(whole, *robust_range(whole), BINS)
    return LayerFigures(measured, len(layer.numbers) - len(parts), whole, histogram, children)


def _child(layer: Layer, part: Layer | int, found: Mapping[int, Statistics]) -> Child:
    if isinstance(part, int):
        kind = layer.table.kind(part)
        parameters = kind.numel if kind.counts_as_parameters else 0
        return Child(layer.leaf_name(part), 1, parameters, found.get(part))
    parts = [found[number] for number in part.numbers if number in found]
    return Child(part.name, part.sums.tensors, part.sums.parameters, merge(parts) if parts else None)


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
    low, high = float(estimate.edges[0]), float(estimate.edges[-1])
    tensors = [checkpoint.tensors[number] for number in layer.numbers]
    tensors = [tensor for tensor in tensors if tensor.kind.problem is None and tensor.kind.stored_numel]
    total = sum(tensor.kind.stored_numel for tensor in tensors)
    counts = estimate.counts * 0
    below = above = done = 0
    with open_values(checkpoint) as values:
        for tensor in tensors:
            walk = prepare_walk(values, tensor)
            before = done

            def tell(inside: int, _of: int, what: str, before: int = before) -> None:
                report(before + inside, total, what)

            part = count_bins(walk.blocks, walk.total, tell, low, high, estimate.counts.size, walk.multiplicity)
            if part.counts.size:
                counts += part.counts
            below, above = below + part.below, above + part.above
            done += tensor.kind.stored_numel
    return Histogram(estimate.edges, counts, below, above, exact=True)
