"""Where a network moved: its layers side by side, and in each of them the kinds of tensors one below the other."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from explorer.analysis.compare.moved_layers import MovedLayer, furthest, joined, layer_of_one, words_of
from explorer.analysis.compare.ranks import Rank, rank_of
from explorer.analysis.layer_kinds import layer_kinds
from explorer.analysis.roles import Role, Roles
from explorer.progress import Report, asking

if TYPE_CHECKING:
    from explorer.analysis.compare.comparing import Comparison
    from explorer.analysis.compare.pairing import Chosen, Pair, Pairing

STATISTICS: Final = "running statistics"
COUNTER: Final = "counter"
KINDS: Final[tuple[str, ...]] = (
    *("embedding", "attention", "feed-forward", "convolution", "linear", "norm", "optimizer", "other"),
    *(STATISTICS, COUNTER),
)
"""The rows, in their order: kinds of layers; running statistics, which follow the data, and counters, which move by
what is no change of the network."""

NO_PARAMETERS: Final = frozenset({STATISTICS, COUNTER})

_CONTAINERS: Final = frozenset({"block", "blocks", "layer", "layers"})
"""What is numbered below one of these, directly in something numbered, is a layer of its own."""

_NO_LAYERS: Final = {
    **dict.fromkeys((Role.RUNNING_MEAN, Role.RUNNING_VARIANCE), STATISTICS),
    **dict.fromkeys((Role.COUNTER, Role.STEP), COUNTER),
}
"""What is no kind of layer."""

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
    def scaled(self) -> Rank | None:
        """What sets the scale: weights where any moved, else biases, else running statistics; never counters."""
        return min((cell.rank for cell in self._moved if cell.rank is not None), default=None)

    @property
    def reach(self) -> Reach:
        """Between which relative changes the cells are whose changes set the scale."""
        scaled = self.scaled
        changes = [cell.change for cell in self._moved if cell.change and cell.rank == scaled]
        return Reach(min(changes), max(changes)) if changes else Reach(0.0, 0.0)

    @property
    def beyond(self) -> list[Rank]:
        """What has cells that moved further than the scale goes, counters left out."""
        most = self.reach.most
        return sorted({cell.rank for cell in self._moved if cell.rank is not None and (cell.change or 0.0) > most})

    @property
    def _moved(self) -> list[MovedLayer]:
        return [cell for (row, _), cell in self.cells.items() if self.kinds[row] != COUNTER and cell.change]

    def words_of(self, cell: tuple[int, int]) -> str:
        """How far a cell moved, as a few words."""
        return words_of(self.cells[cell], plain=self.kinds[cell[0]] in NO_PARAMETERS)

    def narrowed(self, comparison: "Comparison", listed: Sequence[bool], report: Report) -> "MovedGrid":
        """The same rows and columns, with some of the pairs alone.

        Args:
            comparison: Whose pairs.
            listed: Whether each pair is one of them.
            report: Asked now and then whether to go on.

        Raises:
            Cancelled: By `report`.
        """
        cells: dict[tuple[int, int], MovedLayer] = {}
        cell_of = [cell if fits else None for cell, fits in zip(self.cell_of, listed, strict=True)]
        for place, cell in enumerate(asking(cell_of, report, "layers")):
            if cell is not None:
                pair, difference = comparison.pairing.pairs[place], comparison.differences[place]
                one = layer_of_one(self.layers[cell[1]], place, difference, rank_of(comparison.pairing, pair))
                cells[cell] = joined(cells.get(cell), one)
        return self._replace(cells=cells, cell_of=cell_of)


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
        one = layer_of_one(layer, place, difference, rank_of(comparison.pairing, pair))
        layers[layer] = joined(layers.get(layer), one)
        where.append((told.kind(pair), layer))
    columns = {layer.name: at for at, layer in enumerate(furthest(list(layers.values()), most))}
    present = {kind for kind, _ in where}
    rows = {kind: at for at, kind in enumerate(kind for kind in KINDS if kind in present)}
    cell_of = [(rows[kind], columns[layer]) if layer in columns else None for kind, layer in where]
    grid = MovedGrid(tuple(rows), tuple(columns), {}, cell_of, len(layers))
    return grid.narrowed(comparison, [True] * len(cell_of), report)


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
    return [_NO_LAYERS.get(roles[number], kind) for number, kind in enumerate(kinds)]
