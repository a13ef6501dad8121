"""Of a report, the map of what moved: layers side by side, in each the kinds of tensors one below the other, as SVG."""

import math
from typing import TYPE_CHECKING, Final

from explorer import formatting
from explorer.analysis.compare.moved_grid import MovedGrid, moved_grid
from explorer.analysis.compare.moved_layers import MovedLayer
from explorer.analysis.compare.ranks import RANK_WORDS
from explorer.analysis.report.html_page import named
from explorer.progress import Report

if TYPE_CHECKING:
    from explorer.analysis.compare.comparing import Comparison

_MOST: Final = 200
"""So many layers are drawn; of more those that moved furthest."""

_NAMES, _WIDTH, _ROW, _BELOW = 130, 1000, 24, 130
"""Pixels: of a kind, of the whole, of a row, and of the names of layers below."""

_WIDEST, _LETTER_HEIGHT, _LETTERS = 44.0, 15.0, 22


def map_of_layers(comparison: "Comparison", report: Report) -> str:
    """A section with a cell for each kind of tensors in each layer; "" where all are in one layer.

    Args:
        comparison: Whose pairs.
        report: Asked now and then whether to go on.

    Raises:
        Cancelled: By `report`.
    """
    grid = moved_grid(comparison, _MOST, report)
    if len(grid.layers) < 2:
        return ""
    note = ""
    if grid.layers_in_all > len(grid.layers):
        note = f" Of {formatting.exact(grid.layers_in_all)} layers {formatting.exact(len(grid.layers))} moved furthest."
    from_zero = ""
    if any(cell.from_zero for cell in grid.cells.values()):
        from_zero = " Dashed within the full colour: some tensors were all 0 in A, so that theirs is +Inf."
    beyond = ""
    if grid.beyond and grid.scaled is not None:
        others = " and ".join(RANK_WORDS[rank] for rank in grid.beyond)
        beyond = (
            f" The full colour is the largest change of {RANK_WORDS[grid.scaled]}; that of some {others} is larger."
        )
    wide = min(_WIDEST, (_WIDTH - _NAMES) / len(grid.layers))
    width, height = math.ceil(_NAMES + wide * len(grid.layers)) + _BELOW // 2, len(grid.kinds) * _ROW + _BELOW
    rows = "".join(
        f'<text class="q" x="{_NAMES - 8}" y="{at * _ROW + 16}" text-anchor="end">{kind}</text>\n'
        for at, kind in enumerate(grid.kinds)
    )
    cells = "".join(_cell(grid, place, cell, wide) for place, cell in sorted(grid.cells.items()))
    return (
        "<section>\n<h2>Which layers moved</h2>\n"
        '<p class="muted">The stronger the colour, the larger the largest relative L2 change of a weight there, or '
        "where no weight moved of a bias or statistic, on a logarithmic scale; hatched: identical; an empty frame: no "
        f"figures. Running statistics and counters do not set the scale.{beyond}{from_zero}{note}</p>\n"
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'role="img" aria-label="Which layers moved">\n'
        '<defs><pattern id="m" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<line class="hatch" x1="0" y1="0" x2="0" y2="6"/></pattern></defs>\n'
        f"{rows}{cells}{_layer_names(grid, wide)}</svg>\n</section>\n"
    )


def _cell(grid: MovedGrid, place: tuple[int, int], cell: MovedLayer, wide: float) -> str:
    row, column = place
    if cell.unmoved:
        look = 'class="same" style="fill: url(#m)"'
    elif cell.change is None and not cell.from_zero:
        look = 'class="same"'
    else:
        strength = 1.0 if cell.from_zero else grid.reach.strength(cell.change or 0.0)
        look = f'class="moved" fill-opacity="{strength:.2f}"'
    of = f"{formatting.plural(cell.pairs, 'tensor')}, {formatting.exact(cell.identical)} identical"
    moved = "" if cell.unmoved else f"; {grid.words_of(place)}"
    tip = f"{_told(cell.name)} · {grid.kinds[row]}: {of}{moved}"
    left, top, width = _NAMES + column * wide, row * _ROW + 1, max(1.0, wide - 2)
    within = min(3.0, width / 4)
    dashed = (
        f'<rect class="zero" x="{left + within:.1f}" y="{top + 3}" width="{width - 2 * within:.1f}" '
        f'height="{_ROW - 8}"/>\n'
    )
    return (
        f'<rect {look} x="{left:.1f}" y="{top}" width="{width:.1f}" height="{_ROW - 2}"><title>{tip}</title></rect>\n'
        f"{dashed if cell.from_zero else ''}"
    )


def _layer_names(grid: MovedGrid, wide: float) -> str:
    """As many as there is room for, slanting down."""
    top, each = len(grid.kinds) * _ROW + 12, math.ceil(_LETTER_HEIGHT / wide)
    names = []
    for column in range(0, len(grid.layers), each):
        x = _NAMES + (column + 0.5) * wide
        name = _told(grid.layers[column], _LETTERS)
        names.append(f'<text class="q" transform="translate({x:.1f} {top}) rotate(50)">{name}</text>\n')
    return "".join(names)


def _told(layer: str, letters: int = 200) -> str:
    return named(layer, letters) if layer else "(top)"
