"""What is said about a heat map."""

import math
from typing import TYPE_CHECKING

from explorer.checkpoint.values.planes import Plane
from explorer.formatting import NOTHING, exact, figure, percent, plural
from explorer.ui.heatmap.work import Drawn

if TYPE_CHECKING:
    from explorer.analysis.draw.cells import Norms
    from explorer.analysis.draw.heatmap import Heatmap

_BY = {"mean": "the mean", "magnitude": "the value of the largest magnitude"}


def summary(drawn: Drawn) -> str:
    """What a cell stands for, and where the colours end."""
    found, plane = drawn.found, drawn.subject.plane
    parts = [table_size(plane)]
    if drawn.subject.tensor.kind.element.family == "complex":
        parts[0] += ", magnitudes of complex numbers"
    if not found.exact:
        parts.append(cell_of(found))
    parts.append(f"colours end at ±{figure(drawn.limit)}")
    within, finite = drawn.within
    if within < finite:
        parts.append(f"{percent(within, finite)} of the cells within")
    return " · ".join(parts)


def cell_of(found: "Heatmap") -> str:
    """Of which values a cell is what, where it stands for several."""
    some = "some of " if found.sampled else ""
    return f"each cell is {_BY[found.by]} of {some}{exact(found.step[0])} × {exact(found.step[1])}"


def table_size(plane: Plane) -> str:
    """How many values a table has: ``1 value``, ``256 values``, ``512 × 768 values``."""
    if min(plane.height, plane.width) == 1:
        return plural(plane.height * plane.width, "value")
    return f"{exact(plane.height)} × {exact(plane.width)} values"


def notes(drawn: Drawn) -> list[str]:
    """How many cells hold what is not finite, and what else is worth knowing."""
    said = ["a first picture of some values; all are being read"] if drawn.found.sampled else []
    said += [
        f"{exact(cells)} of {plural(drawn.found.cells.size, 'cell')} {'holds' if cells == 1 else 'hold'} {name}"
        for name, cells in zip(("NaN", "+Inf", "−Inf"), drawn.odd, strict=True)
        if cells
    ]
    kind = drawn.subject.tensor.kind
    if kind.stored_shape != kind.shape:
        said.append(f"the stored values of a {kind.layout.replace('_', ' ')} tensor")
    return said


def about_place(drawn: Drawn, row: int, column: int, value: str) -> str:
    """What stands at a place.

    Args:
        drawn: The finest picture there.
        row: Of the table.
        column: Of the table.
        value: The exact value; "" while it is not known.
    """
    found, plane = drawn.found, drawn.subject.plane
    index = ", ".join(map(str, plane.index(row, column)))
    said = [f"[{index}] = {value}" if value else f"[{index}]"]
    cell = cell_at(found, row, column)
    if cell is not None and not found.exact:
        said.append(f"cell: {figure(float(found.cells[cell]))}")
    if cell is not None and found.row_norms is not None and found.column_norms is not None:
        said.append(f"row norm {_norm(found.row_norms, cell[0])}")
        said.append(f"column norm {_norm(found.column_norms, cell[1])}")
        if found.rows != (0, plane.height) or found.columns != (0, plane.width):
            # Of axes that run the same way rows have no number of their own.
            tiled = max(len(plane.down), len(plane.across)) > 1
            part = f"rows {_ends(found.rows)}, columns {_ends(found.columns)}"
            said[-1] += f", of {'the part that is drawn' if tiled else part}"
    return " · ".join(said)


def cell_at(found: "Heatmap", row: int, column: int) -> tuple[int, int] | None:
    """Which cell has a place of the table; None where it is not in this part."""
    if not (found.rows[0] <= row < found.rows[1] and found.columns[0] <= column < found.columns[1]):
        return None
    return (row - found.rows[0]) // found.step[0], (column - found.columns[0]) // found.step[1]


def _ends(part: tuple[int, int]) -> str:
    return f"{part[0]} to {part[1] - 1}"


def _norm(norms: "Norms", at: int) -> str:
    """A norm, or between which ones those of a cell are; a dash where no value is finite."""
    least, most = float(norms.least[at]), float(norms.most[at])
    if math.isnan(most):
        return NOTHING
    return figure(most) if figure(least) == figure(most) else f"{figure(least)} to {figure(most)}"
