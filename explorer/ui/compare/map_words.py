"""What is said about the heat maps of a pair."""

from explorer.checkpoint.kinds import TensorKind
from explorer.formatting import exact, figure, shape
from explorer.ui.compare.map_work import PairDrawn, name_of_apart
from explorer.ui.heatmap.words import cell_at, cell_of, table_size


def summary(drawn: PairDrawn) -> str:
    """What a cell stands for, and where the colours end."""
    found = drawn.found
    parts = [table_size(drawn.subject.plane)]
    if not found.exact:
        parts.append(cell_of(found))
    ends = f"colours end at ±{figure(drawn.a.limit)}, of {name_of_apart(drawn.subject)} at ±{figure(drawn.apart.limit)}"
    return " · ".join([*parts, ends])


def facts(drawn: PairDrawn) -> list[str]:
    """What is missing, what was converted, and how many cells hold what is not finite."""
    said = ["a first picture of some values; all are being read"] if drawn.found.sampled else []
    said += pair_facts(drawn.subject.a[1].kind, drawn.subject.b[1].kind)
    for name, each in (("A", drawn.a), ("B", drawn.b), (name_of_apart(drawn.subject), drawn.apart)):
        odd = [f"{exact(n)} {which}" for which, n in zip(("NaN", "+Inf", "-Inf"), each.odd, strict=True) if n]
        if odd:
            said.append(f"{name}: {', '.join(odd)} {'cell' if sum(each.odd) == 1 else 'cells'}")
    return said


def pair_facts(a: TensorKind, b: TensorKind) -> list[str]:
    """What of two tensors is drawn where their shapes differ, and how where their dtypes do."""
    said = []
    if a.shape != b.shape:
        both = shape(tuple(map(min, a.shape, b.shape)))
        said.append(f"only what both have: {both} of {shape(a.shape)} and {shape(b.shape)}")
    if "complex" in (a.element.family, b.element.family):
        said.append("of complex numbers their lengths")
    if a.dtype != b.dtype:
        families = {kind.dtype: kind.element.family for kind in (a, b)}
        broken = [dtype for dtype, family in families.items() if family in ("float", "complex")]
        whole = [dtype for dtype, family in families.items() if family in ("int", "bool")]
        if broken and whole:
            said.append(f"{whole[0]} was converted to {broken[0]} first")
        else:
            said.append(f"{a.dtype} and {b.dtype}: the difference is of the values as stored")
    return said


def about_place(drawn: PairDrawn, row: int, column: int, values: str) -> str:
    """What stands at a place.

    Args:
        drawn: The finest pictures there.
        row: Of the table.
        column: Of the table.
        values: The exact ones, as `explorer.ui.compare.map_work.read_pair` tells them; "" while they are not known.
    """
    said = [f"[{', '.join(map(str, drawn.subject.plane.index(row, column)))}]"]
    if values:
        said.append(values)
    cell = cell_at(drawn.found, row, column)
    if cell is not None and not drawn.found.exact:
        named = (("A", drawn.a), ("B", drawn.b), (name_of_apart(drawn.subject), drawn.apart))
        figures = ", ".join(f"{name} {figure(float(each.found.cells[cell]))}" for name, each in named)
        said.append(f"cell: {figures}")
    return " · ".join(said)
