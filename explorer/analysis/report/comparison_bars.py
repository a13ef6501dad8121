"""The bars of a report: how far each layer moved, as SVG within the page."""

from html import escape
from typing import TYPE_CHECKING, Final

from explorer import formatting
from explorer.analysis.compare.moved_layers import MovedLayer, furthest, moved_layers, words_of
from explorer.progress import Report

if TYPE_CHECKING:
    from explorer.analysis.compare.comparing import Comparison

_MOST: Final = 60
"""So many bars are drawn; of more layers those that moved furthest."""

_ROW: Final = 20
_NAMES: Final = 330
_BARS: Final = 520
_WIDTH: Final = 1000
"""Pixels: of a row, of its name, of the longest bar, and of the whole."""

_LETTERS: Final = 46


def plot_of_layers(comparison: "Comparison", report: Report) -> str:
    """A section with a bar for each layer, as long as its largest relative change; "" where there are no layers.

    Args:
        comparison: Whose pairs.
        report: Asked now and then whether to go on.

    Raises:
        Cancelled: By `report`.
    """
    layers = moved_layers(comparison, _MOST, report)
    if not layers:
        return ""
    note = ""
    if len(layers) > _MOST:
        note = f" Of {formatting.exact(len(layers))} layers these moved furthest."
        layers = furthest(layers, _MOST)
    # A bar of weights is never short because running statistics, which follow the data, went further.
    first = min((layer.rank for layer in layers if layer.change and layer.rank is not None), default=None)
    longest = max((layer.change for layer in layers if layer.change and layer.rank == first), default=0.0)
    rows = "".join(_bar(layer, at * _ROW, longest) for at, layer in enumerate(layers))
    height = len(layers) * _ROW
    return (
        "<section>\n<h2>Where it moved</h2>\n"
        '<p class="muted">The largest relative L2 change of a weight in each layer, and of what else went further. '
        "Where no weight moved, a bar is of what it says, and never longer than that of weights. Hatched: identical."
        f"{note}</p>\n"
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}" '
        'role="img" aria-label="Relative change of each layer">\n'
        '<defs><pattern id="h" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<line class="hatch" x1="0" y1="0" x2="0" y2="6"/></pattern></defs>\n'
        f"{rows}</svg>\n</section>\n"
    )


def _bar(layer: MovedLayer, top: int, longest: float) -> str:
    name = escape(formatting.visible(layer.name, _LETTERS) or "(top)")
    of = formatting.plural(layer.pairs, "tensor")
    tip = escape(
        f"{formatting.visible(layer.name, 1000) or '(top)'}: {of}, {formatting.exact(layer.identical)} identical"
    )
    middle = top + _ROW // 2 + 4
    shape, length = "", 0.0
    if layer.unmoved:
        said, length = "identical", 40.0
        shape = (
            f'<rect x="{_NAMES}" y="{top + 4}" width="40" height="12" fill="url(#h)"/>'
            f'<rect class="same" x="{_NAMES}" y="{top + 4}" width="40" height="12"/>'
        )
    else:
        said = words_of(layer)
        if layer.change:
            length = min(_BARS, max(1.0, _BARS * layer.change / longest))
            shape = f'<rect class="bar" x="{_NAMES}" y="{top + 4}" width="{length:.1f}" height="12"/>'
    return (
        f'<g><title>{tip}</title><text x="{_NAMES - 8}" y="{middle}" text-anchor="end">{name}</text>{shape}'
        f'<text class="q" x="{_NAMES + length + 8:.1f}" y="{middle}">{said}</text></g>\n'
    )
