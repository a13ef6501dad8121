"""Where a network moved: its layers side by side, and in each of them the kinds of tensors one below the other."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from explorer.analysis.moved_layers import MovedLayer, furthest, joined, layer_of_one
from explorer.analysis.roles import Role, Roles
from explorer.progress import Report

if TYPE_CHECKING:
    from explorer.analysis.comparing import Comparison
    from explorer.analysis.pairing import Pairing

KINDS: Final[tuple[str, ...]] = (
    "embedding",
    "attention",
    "mlp",
    "conv",
    "recurrent",
    "linear",
    "norm",
    "other",
    "counter",
)
"""Words for what tensors are for, in the order of the rows. Counters move by what is no change of the network."""

_BY_ROLE: Final = {
    Role.EMBEDDING: "embedding",
    Role.POSITIONS: "embedding",
    **dict.fromkeys((Role.NORM_WEIGHT, Role.NORM_BIAS, Role.RUNNING_MEAN, Role.RUNNING_VARIANCE), "norm"),
    **dict.fromkeys((Role.COUNTER, Role.STEP), "counter"),
}
_BY_ROLE_OF_WEIGHT: Final = {Role.CONVOLUTION: "conv", Role.LINEAR: "linear"}
_ATTENTION: Final = frozenset(
    {
        *("q", "k", "v", "qkv", "query", "key", "value", "mha", "to_q", "to_k", "to_v", "to_out"),
        *("q_proj", "k_proj", "v_proj", "o_proj", "qkv_proj", "query_key_value"),
    }
)
_MLP: Final = frozenset(
    {
        *("mlp", "ffn", "ff", "feed_forward", "feedforward", "intermediate", "experts", "moe", "densereludense"),
        *("fc1", "fc2", "fc_1", "fc_2", "c_fc", "up_proj", "down_proj", "gate_proj", "linear1", "linear2", "w1", "w2"),
        *("w3", "wi", "wi_0", "wi_1", "positionwise_feedforward", "block_sparse_moe"),
    }
)
_RECURRENT: Final = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_hr")
"""How torch.nn.RNN and what it is the base of begin the names of their tensors."""

_CONTAINERS: Final = frozenset({"block", "blocks", "layer", "layers"})
"""What is numbered below one of these, directly in something numbered, is a layer of its own."""

_DEEPEST: Final = 16
_ASKED: Final = 4_096


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
    def furthest(self) -> float:
        """The largest relative change, counters left out; 0 where there is none."""
        changes = (cell.change for (row, _), cell in self.cells.items() if self.kinds[row] != "counter")
        return max((change for change in changes if change), default=0.0)


def moved_grid(comparison: "Comparison", most: int, report: Report) -> MovedGrid:
    """Put the pairs of a comparison into cells.

    Args:
        comparison: Whose pairs.
        most: So many layers at most: of more, those that moved furthest.
        report: Asked now and then whether to go on.

    Raises:
        Cancelled: By `report`.
    """
    told = _Kinds(comparison.pairing)
    layers: dict[str, MovedLayer] = {}
    where: list[tuple[str, str]] = []
    for place, (pair, difference) in enumerate(zip(comparison.pairing.pairs, comparison.differences, strict=True)):
        if place % _ASKED == 0:
            report(place, len(comparison.differences), "layers")
        layer = layer_name(pair.key)
        layers[layer] = joined(layers.get(layer), layer_of_one(layer, place, difference))
        where.append((told.kind(place, layer), layer))
    columns = {layer.name: at for at, layer in enumerate(furthest(list(layers.values()), most))}
    present = {kind for kind, _ in where}
    rows = {kind: at for at, kind in enumerate(kind for kind in KINDS if kind in present)}
    cells: dict[tuple[int, int], MovedLayer] = {}
    cell_of: list[tuple[int, int] | None] = []
    for place, ((kind, layer), difference) in enumerate(zip(where, comparison.differences, strict=True)):
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
    """Tells the kind of pairs: by the role of the tensor in A, or of that in B where A has none, and by its name."""

    def __init__(self, pairing: "Pairing") -> None:
        self._pairing = pairing
        a, b = pairing.a.checkpoint, pairing.b.checkpoint
        self._roles_a = Roles(a)
        lonely = any(pair.a is None for pair in pairing.pairs)
        self._roles_b = self._roles_a if b is a or not lonely else Roles(b)

    def kind(self, place: int, layer: str) -> str:
        """One of `KINDS`.

        Args:
            place: Of the pair.
            layer: The `layer_name` of its key.
        """
        pair = self._pairing.pairs[place]
        number = pair.b if pair.a is None else pair.a
        roles = self._roles_b if pair.a is None else self._roles_a
        assert number is not None  # noqa: S101 - a pair has at least one of both
        role = roles[number]
        if role in _BY_ROLE:
            return _BY_ROLE[role]
        *segments, name = (pair.key[len(layer) :].lstrip(".") if layer else pair.key).lower().split(".")
        if not layer.rpartition(".")[2].isdigit():
            segments = [layer.lower(), *segments]
        told = _by_segments([*segments, name])
        if told:
            return told
        if name.startswith(_RECURRENT):
            return "recurrent"
        weight = roles.beside(number, "weight") if role == Role.BIAS else number
        return _BY_ROLE_OF_WEIGHT.get(role if weight is None else roles[weight], "other")


def _by_segments(segments: Sequence[str]) -> str:
    """What the nearest layer says that is called after attention or an MLP; "" where none is."""
    for segment in reversed(segments):
        if segment in _MLP:
            return "mlp"
        if segment in _ATTENTION or "attn" in segment or "attention" in segment:
            return "attention"
    return ""
