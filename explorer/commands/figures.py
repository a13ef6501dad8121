"""Statistics and histograms of every tensor, as ``info --stats`` gives them."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from explorer.analysis.draw.histogram import Histogram, count_bins, preview
from explorer.analysis.draw.small_tensor_histograms import count_small_bins
from explorer.analysis.measure.small_statistics import measure_together
from explorer.analysis.measure.statistics import Statistics, measure
from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.values.reading import Values, open_values
from explorer.checkpoint.values.small_values import small_and_large
from explorer.checkpoint.values.walks import prepare_walk
from explorer.progress import no_report

HISTOGRAM_BINS: Final = 64
"""Bins of a histogram in JSON."""

_NAMES: Final = ("min", "max", "mean", "std", "l2", "zeros", "nan", "posinf", "neginf")


class Figures(NamedTuple):
    """What is said of a tensor's values.

    Attributes:
        statistics: By the names that they have in JSON.
        histogram: Its edges and counts; None where none was asked for.
    """

    statistics: dict[str, Any]
    histogram: dict[str, Any] | None


def figures_of(
    checkpoint: Checkpoint, known: Mapping[int, Statistics], *, histograms: bool
) -> dict[int, Figures | str]:
    """Measure all tensors that are not measured yet, small ones together.

    Args:
        checkpoint: Any.
        known: Statistics by the tensor's number.
        histograms: With a histogram of each.

    Returns:
        By the tensor's number, its figures, or why it has none.
    """
    readable = [tensor for tensor in checkpoint.tensors if tensor.kind.problem is None]
    found: dict[int, Figures | str] = {}
    if not histograms:
        found.update((number, Figures(_statistics(one), None)) for number, one in known.items())
        readable = [tensor for tensor in readable if tensor.number not in known]
    try:
        with open_values(checkpoint) as values:
            small, large = small_and_large(readable)
            _add_small(values, small, known, found, histograms)
            for tensor in large:
                found[tensor.number] = _of_large(values, tensor, known.get(tensor.number), histograms)
    except CheckpointError as error:
        # The file is gone, or another one.
        found |= {tensor.number: error.sentence for tensor in readable if tensor.number not in found}
    return found


def _add_small(
    values: Values,
    tensors: Iterable[TensorInfo],
    known: Mapping[int, Statistics],
    found: dict[int, Figures | str],
    histograms: bool,
) -> None:
    for together in values.together(tensors):
        found.update(together.failures)
        if all(number in known for number in together.numbers):
            measured = [known[number] for number in together.numbers]
        else:
            measured = measure_together(together)
        counted: list[Histogram | None] = [None] * len(measured)
        if histograms:
            counted[:] = count_small_bins(together.values, together.starts, HISTOGRAM_BINS)
        for number, statistics, histogram in zip(together.numbers, measured, counted, strict=True):
            found[number] = Figures(_statistics(statistics), None if histogram is None else _histogram(histogram))


def _of_large(values: Values, tensor: TensorInfo, known: Statistics | None, histograms: bool) -> Figures | str:
    try:
        walk = prepare_walk(values, tensor)
        measured = known
        if measured is None:
            measured = measure(walk.blocks, walk.total, no_report, walk.multiplicity)
        if not histograms:
            return Figures(_statistics(measured), None)
        if measured.min is None or measured.max is None:
            return Figures(_statistics(measured), {"edges": [], "counts": []})
        low, high = float(measured.min), float(measured.max)
        if measured.exact_values:
            histogram = preview(measured, low, high, HISTOGRAM_BINS)
        else:
            histogram = count_bins(walk.blocks, walk.total, no_report, low, high, HISTOGRAM_BINS, walk.multiplicity)
    except CheckpointError as error:
        return error.sentence
    return Figures(_statistics(measured), _histogram(histogram))


def _statistics(measured: Statistics) -> dict[str, Any]:
    return {name: _number(getattr(measured, name)) for name in _NAMES}


def _histogram(histogram: Histogram) -> dict[str, Any]:
    return {"edges": histogram.edges.tolist(), "counts": histogram.counts.tolist()}


def _number(value: float | None) -> float | int | str | None:
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return value
