"""What the panel about values does for a layer: words, and work for the worker."""

from functools import partial
from typing import TYPE_CHECKING

from explorer import formatting
from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.tree import Layer
from explorer.progress import Report
from explorer.ui.histogram.drawing import Subject
from explorer.ui.overview.words import exact_facts, exact_layer_facts, file_facts, layer_facts
from explorer.ui.session import Session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.analysis.draw.axes import Bins
    from explorer.analysis.draw.histogram import Histogram
    from explorer.analysis.measure.layer_figures import LayerFigures
    from explorer.analysis.measure.statistics import Statistics


def about_layer(session: Session, layer: Layer) -> tuple[str, str, str]:
    """The name of a layer, the line below it, and that with every digit."""
    name = formatting.visible(layer.prefix or layer.name) or formatting.UNNAMED
    checkpoint = session.checkpoint
    if checkpoint is None or not layer.is_root:
        return name, layer_facts(layer), exact_layer_facts(layer)
    return name, file_facts(checkpoint, session.entry, layer), exact_facts(checkpoint, layer)


def left_out(layer: Layer, figures: "LayerFigures") -> str:
    """What of a layer is not drawn, as sentences with a space before each; "" where all is."""
    missing = len(layer.numbers) - len(figures.readable)
    said = ""
    if missing:
        are = "is" if missing == 1 else "are"
        said = f" {formatting.plural(missing, 'tensor')} cannot be read and {are} left out."
    counters = len(figures.readable) - len(figures.counted)
    if counters:
        said += f" {formatting.plural(counters, 'counter')} {'is' if counters == 1 else 'are'} left out."
    return said


def layer_subject(checkpoint: Checkpoint, layer: Layer, figures: "LayerFigures") -> Subject:
    """A layer as it is drawn.

    Args:
        checkpoint: What it is in.
        layer: Any; the root is the file.
        figures: Of it.
    """
    kinds = map(checkpoint.tensors.kind, figures.counted)
    return Subject(
        layer.prefix or layer.name,
        "file" if layer.is_root else "layer",
        sum(kind.stored_numel for kind in kinds),
        count=partial(_count, checkpoint, figures.counted),
    )


def measure_layer(
    checkpoint: Checkpoint, layer: Layer, known: "Mapping[int, Statistics]", report: Report
) -> "LayerFigures":
    """In the worker: put together what is known of a layer's tensors, and measure the rest."""
    # NumPy is imported on the worker, behind the window.
    from explorer.analysis.measure.layer_figures import layer_figures  # noqa: PLC0415

    return layer_figures(checkpoint, layer, known, report)


def _count(checkpoint: Checkpoint, numbers: list[int], report: Report, bins: "Bins") -> "Histogram":
    from explorer.analysis.measure.layer_figures import count_layer  # noqa: PLC0415 - as above

    return count_layer(checkpoint, numbers, report, bins)
