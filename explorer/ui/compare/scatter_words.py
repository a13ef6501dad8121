"""What is said about the scatter of a pair."""

from explorer.formatting import exact, figure, plural
from explorer.ui.compare.map_words import pair_facts
from explorer.ui.compare.scatter_work import ScatterDrawn


def summary(drawn: ScatterDrawn) -> str:
    """How many pairs are drawn, in what cells."""
    density = drawn.density
    if density is None:
        return "No pair of numbers is finite."
    high, wide = density.counts.shape
    return " · ".join(
        [
            f"{plural(density.inside, 'pair')} in {exact(wide)} × {exact(high)} cells, counted exactly",
            f"at most {plural(drawn.most, 'pair')} in a cell",
            "colours are logarithmic",
        ]
    )


def facts(drawn: ScatterDrawn, *, zoomed: bool) -> list[str]:
    """What is not drawn, and what was converted."""
    said = pair_facts(drawn.subject.a[1].kind, drawn.subject.b[1].kind)
    density = drawn.density
    if density is None:
        return said
    if density.outside and zoomed:
        said.append(f"{plural(density.outside, 'pair')} outside of these cells")
    elif density.outside:
        said.append(f"{plural(density.outside, 'pair')} outside of the robust range")
    if density.not_finite:
        said.append(f"{plural(density.not_finite, 'pair')} with NaN or infinity not drawn")
    return said


def about_place(drawn: ScatterDrawn, row: int, column: int) -> str:
    """What stands at a place: the cell, and how many pairs are in it.

    Args:
        drawn: The finest picture there.
        row: Of the table of `explorer.ui.compare.scatter_work.UNITS`.
        column: Of that table.
    """
    density, grid = drawn.density, drawn.found
    inside = grid.rows[0] <= row < grid.rows[1] and grid.columns[0] <= column < grid.columns[1]
    if density is None or not inside:
        return summary(drawn)
    down, across = (row - grid.rows[0]) // grid.step[0], (column - grid.columns[0]) // grid.step[1]
    at_b = density.counts.shape[0] - 1 - down
    sides = []
    for name, edges, at in (("A", density.edges_a, across), ("B", density.edges_b, at_b)):
        low, high = float(edges[at]), float(edges[at + 1])
        step = min(high - low, 1e308) / 10
        close = "]" if at == edges.size - 2 else ")"
        sides.append(f"{name} [{figure(low, step)}, {figure(high, step)}{close}")
    return " · ".join([*sides, plural(int(density.counts[at_b, across]), "pair")])
