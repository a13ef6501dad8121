"""What the panel about values does for a layer: words, and work for the worker."""

from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Final

from explorer import formatting
from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.tree import Layer
from explorer.progress import Report
from explorer.ui.histogram.drawing import Subject
from explorer.ui.overview.words import NONE_FITS, exact_facts, exact_layer_facts, file_facts, layer_facts
from explorer.ui.session import Session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.analysis.draw.axes import Bins
    from explorer.analysis.draw.histogram import Histogram
    from explorer.analysis.layer_figures import LayerFigures
    from explorer.analysis.measure.statistics import Statistics


_KEPT: Final = 4


def about_layer(session: Session, layer: Layer) -> tuple[str, str, str]:
    """The name of a layer, the line below it, and that with every digit."""
    name = formatting.visible(layer.prefix or layer.name) or formatting.UNNAMED
    checkpoint = session.checkpoint
    if checkpoint is None or not layer.is_root:
        return name, layer_facts(layer, session.entry), exact_layer_facts(layer, session.entry)
    return name, file_facts(checkpoint, session.entry, layer), exact_facts(checkpoint, session.entry, layer)


def nothing_to_draw(shown: object) -> str:
    """That a layer has no tensors, as a sentence; "" for one that has."""
    return NONE_FITS if isinstance(shown, Layer) and not shown.numbers else ""


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


class LayersMeasured:
    """Measures layers, in the worker, and keeps the figures of the last ones: coming back to one takes no time."""

    def __init__(self) -> None:
        self._kept: deque[tuple[Layer, LayerFigures]] = deque(maxlen=_KEPT)

    def figures(
        self, checkpoint: Checkpoint, layer: Layer, known: "Mapping[int, Statistics]", report: Report
    ) -> "LayerFigures":
        """Put together what is known of a layer's tensors, and measure the rest."""
        # NumPy is imported on the worker, behind the window.
        from explorer.analysis.layer_figures import layer_figures  # noqa: PLC0415

        if self._kept and self._kept[0][0].table is not layer.table:
            self._kept.clear()
        found = next((figures for kept, figures in self._kept if kept.same_as(layer)), None)
        if found is None:
            found = layer_figures(checkpoint, layer, known, report)
            self._kept.append((layer, found))
        return found


def _count(checkpoint: Checkpoint, numbers: list[int], report: Report, bins: "Bins") -> "Histogram":
    from explorer.analysis.layer_figures import count_layer  # noqa: PLC0415 - as above

    return count_layer(checkpoint, numbers, report, bins)
