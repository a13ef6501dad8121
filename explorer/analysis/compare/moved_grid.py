"""Where a network moved: its layers side by side, and in each of them the kinds of tensors one below the other."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from explorer.analysis.compare.moved_layers import MovedLayer, furthest, joined, layer_of_one
from explorer.analysis.layer_kinds import layer_kinds
from explorer.analysis.roles import Role, Roles
from explorer.progress import Report, asking

if TYPE_CHECKING:
    from explorer.analysis.compare.comparing import Comparison
    from explorer.analysis.compare.pairing import Chosen, Pair, Pairing

COUNTER: Final = "counter"
KINDS: Final[tuple[str, ...]] = (
    *("embedding", "attention", "feed-forward", "convolution", "linear", "norm", "optimizer", "other", COUNTER),
)
"""The rows, in their order: kinds of layers, and counters, which move by what is no change of the network."""

_CONTAINERS: Final = frozenset({"block", "blocks", "layer", "layers"})
"""What is numbered below one of these, directly in something numbered, is a layer of its own."""

_DEEPEST: Final = 16
_ASKED: Final = 256

_FAINTEST: Final = 0.15
_DECADES: Final = (1.0, 4.0)
"""Powers of ten between the faintest colour and the strongest, at least and at most."""


class Reach(NamedTuple):
    """The smallest and the largest relative change that there is; 0 where there is none."""

    least: float
    most: float

    def strength(self, change: float) -> float:
        """How strong the colour of a change is, from faint to full, by the powers of ten below the largest."""
        if not change:
            return _FAINTEST
        if change >= self.most:
            return 1.0
        below = math.log10(self.most) - math.log10(change)
        decades = min(max(_DECADES[0], math.log10(self.most) - math.log10(self.least)), _DECADES[1])
        return _FAINTEST + (1 - _FAINTEST) * max(0.0, 1 - below / decades)


class MovedGrid(NamedTuple):
    """Cells, each with the pairs of one kind in one layer.

    Attributes:
        kinds: Of the rows: those of `KINDS` that there are.
        layers: Of the columns: dotted names, "" for tensors without a dot, in the order of the pairs.
        cells: By row and column; where nothing is, there is none. Their names are those of their layers.
        cell_of: Of each pair its row and column; None where its layer is not among those shown.
        layers_in_all: How many there are.
    """

    kinds: Sequence[str]
    layers: Sequence[str]
    cells: dict[tuple[int, int], MovedLayer]
    cell_of: Sequence[tuple[int, int] | None]
    layers_in_all: int

    @property
    def reach(self) -> Reach:
        """Between which relative changes the cells are, counters left out."""
        found = (cell.change for (row, _), cell in self.cells.items() if self.kinds[row] != COUNTER)
        changes = [change for change in found if change]
        return Reach(min(changes), max(changes)) if changes else Reach(0.0, 0.0)


def moved_grid(comparison: "Comparison", most: int, report: Report) -> MovedGrid:
    """Put the pairs of a comparison into cells.

    Args:
        comparison: Whose pairs.
        most: So many layers at most: of more, those that moved furthest.
        report: Asked now and then whether to go on.

    Raises:
        Cancelled: By `report`.
    """
    told = _Kinds(comparison.pairing, report)
    layers: dict[str, MovedLayer] = {}
    where: list[tuple[str, str]] = []
    for place, (pair, difference) in enumerate(zip(comparison.pairing.pairs, comparison.differences, strict=True)):
        if place % _ASKED == 0:
            report(place, len(comparison.differences), "layers")
        layer = layer_name(pair.key)
        layers[layer] = joined(layers.get(layer), layer_of_one(layer, place, difference))
        where.append((told.kind(pair), layer))
    columns = {layer.name: at for at, layer in enumerate(furthest(list(layers.values()), most))}
    present = {kind for kind, _ in where}
    rows = {kind: at for at, kind in enumerate(kind for kind in KINDS if kind in present)}
    cells: dict[tuple[int, int], MovedLayer] = {}
    cell_of: list[tuple[int, int] | None] = []
    pairs = zip(where, comparison.differences, strict=True)
    for place, ((kind, layer), difference) in enumerate(asking(pairs, report, "layers")):
        cell = (rows[kind], columns[layer]) if layer in columns else None
        cell_of.append(cell)
        if cell is not None:
            cells[cell] = joined(cells.get(cell), layer_of_one(layer, place, difference))
    return MovedGrid(tuple(rows), tuple(columns), cells, cell_of, len(layers))


def layer_name(key: str) -> str:
    """The layer that a key is in: up to its first number, else up to its first dot.

    What is numbered again in ``blocks`` or ``layers`` of it is a layer of its own: ``stages.1.blocks.3``.
    """
    segments = key.split(".", _DEEPEST)[:-1]
    end = next((at + 1 for at, segment in enumerate(segments) if segment.isdigit()), 0)
    if not end:
        return ".".join(segments[:1])
    while end + 1 < len(segments) and segments[end].lower() in _CONTAINERS and segments[end + 1].isdigit():
        end += 2
    return ".".join(segments[:end])


class _Kinds:
    """Tells the kind of pairs: that of the tensor in A, or of that in B where A has none."""

    def __init__(self, pairing: "Pairing", report: Report) -> None:
        self._a = _kinds_of(pairing.a, report)
        same = pairing.b.checkpoint is pairing.a.checkpoint
        lonely = any(pair.a is None for pair in pairing.pairs)
        self._b = self._a if same or not lonely else _kinds_of(pairing.b, report)

    def kind(self, pair: "Pair") -> str:
        """One of `KINDS`."""
        return self._b[pair.b] if pair.a is None and pair.b is not None else self._a[pair.a or 0]


def _kinds_of(chosen: "Chosen", report: Report) -> Sequence[str]:
    roles = Roles(chosen.checkpoint, report)
    kinds = layer_kinds(chosen.checkpoint.tensors, roles, report)
    return [COUNTER if roles[number] in (Role.COUNTER, Role.STEP) else kind for number, kind in enumerate(kinds)]
