"""What a tensor is to its network, told by its name, its shape, and what else its layer holds."""

import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from explorer.checkpoint.document import Checkpoint, TensorTable
from explorer.checkpoint.kinds import TensorKind


class Role(StrEnum):
    """What a tensor is for, in words for people."""

    LINEAR = "linear weight"
    CONVOLUTION = "convolution weight"
    EMBEDDING = "embedding"
    BIAS = "bias"
    NORM_WEIGHT = "norm weight"
    NORM_BIAS = "norm bias"
    SCALE = "scale"
    RUNNING_MEAN = "running mean"
    RUNNING_VARIANCE = "running variance"
    COUNTER = "counter"
    POSITIONS = "position table"
    LORA_A = "LoRA A"
    LORA_B = "LoRA B"
    FIRST_MOMENT = "first moment"
    SECOND_MOMENT = "second moment"
    STEP = "step"
    FIXED = "fixed table"
    OTHER = "other"


MATRICES: Final = frozenset({Role.LINEAR, Role.CONVOLUTION, Role.EMBEDDING, Role.LORA_A})
"""Weights whose rows and channels each stand for something, and of which a healthy network has none that is dead."""

SCALES: Final = frozenset({Role.NORM_WEIGHT, Role.SCALE})
"""One factor for each channel."""

PARAMETERS: Final = MATRICES | SCALES | {Role.BIAS, Role.NORM_BIAS, Role.LORA_B, Role.POSITIONS}
"""What training changes."""


class Place(NamedTuple):
    """Where a tensor stands.

    Attributes:
        entry: Path of its entry.
        layer: Dotted name of the layer that it is in; "" at the top.
        name: The last part of its key.
    """

    entry: str
    layer: str
    name: str


Layer = Mapping[str, int]
"""The tensors directly in a layer: name -> row in the table."""

_OF_OPTIMIZER: Final = {
    **dict.fromkeys(("exp_avg", "momentum_buffer", "exp_inf", "mu", "momentum", "acc_delta", "grad_avg"), 1),
    **dict.fromkeys(("exp_avg_sq", "max_exp_avg_sq", "square_avg", "nu"), 2),
    **dict.fromkeys(("exp_avg_sq_row", "exp_avg_sq_col", "row_var", "col_var", "sum"), 2),
}
"""Names that torch.optim and Adafactor give their states: of first and second moments of the gradient."""

_SPLIT: Final = re.compile(r"[^a-z0-9]+|(?<=[a-z])(?=[0-9])")
_POSITION_WORDS: Final = frozenset({"pos", "position", "positions", "positional", "rel", "relative", "wpe"})
_TOKEN_NAMES: Final = re.compile(r"(cls|mask|class|dist|register|query|reg|sep|pad)_?(token|tokens|embed|embedding)s?")
_FIXED_WORDS: Final = frozenset(
    {
        *("anchor", "anchors", "basis", "buffer", "cos", "dct", "fb", "fft", "filter", "filters", "filterbank"),
        *("freq", "freqs", "grid", "hann", "inv", "mask", "masked", "masks", "mel", "melscale", "rope", "rotary"),
        *("sin", "sinusoid", "spectrogram", "stft", "tril", "triu", "window"),
    }
)
_EMBEDDING_WORDS: Final = frozenset(
    {
        *("emb", "embed", "embedding", "embeddings", "embedder", "embeds", "lookup", "shared", "tok", "token"),
        *("tokens", "vocab", "vocabulary", "word", "words", "wte"),
    }
)
_LORA_A: Final = ("lora_a", "lora_down", "lora_embedding_b")
_LORA_B: Final = ("lora_b", "lora_up", "lora_embedding_a")
_NO_EMBEDDING: Final = frozenset({"proj", "projection", "linear", "fc", "mlp", "layers", "blocks", "head", "out"})


class Roles:
    """The role of every tensor of a checkpoint, and where it stands."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        """Tell all roles; of a hundred thousand tensors in some tenths of a second."""
        table = checkpoint.tensors
        optimizers = {entry.path for entry in checkpoint.entries if entry.kind == "optimizer"}
        self.places: Sequence[Place] = _places(checkpoint)
        layers: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
        for number, place in enumerate(self.places):
            layers[place[:2]][place.name] = number
        self._layers = layers
        first_of_entry: dict[str, int] = {}
        for number, place in enumerate(self.places):
            if place.entry not in first_of_entry and len(table.kind(number).shape) > 1:
                first_of_entry[place.entry] = number
        firsts = set(first_of_entry.values())
        self._roles = [
            _optimizer_role(place, table.kind(number))
            if place.entry in optimizers
            else _role(place, table, number, layers[place[:2]], is_first=number in firsts)
            for number, place in enumerate(self.places)
        ]

    def __getitem__(self, number: int) -> Role:
        return self._roles[number]

    def __len__(self) -> int:
        return len(self._roles)

    def layer_of(self, number: int) -> Layer:
        """The tensors directly in the layer that a tensor is in: name -> number."""
        return self._layers[self.places[number][:2]]

    def bias_of(self, number: int) -> int | None:
        """The bias beside a weight; None for none."""
        name = self.places[number].name
        other = "bias" if name == "weight" else name.replace("weight", "bias") if "weight" in name else ""
        found = self.layer_of(number).get(other)
        return None if found == number else found


def _places(checkpoint: Checkpoint) -> list[Place]:
    keys = checkpoint.tensors.keys
    places: list[Place | None] = [None] * len(keys)
    for entry in checkpoint.entries:
        for number in entry.numbers:
            layer, _, name = keys[number].rpartition(".")
            places[number] = Place(entry.path, layer, name)
    return [place or Place("", *keys[number].rpartition(".")[::2]) for number, place in enumerate(places)]


def _optimizer_role(place: Place, kind: TensorKind) -> Role:
    name = place.name.lower()
    if name == "step":
        return Role.STEP
    moment = _OF_OPTIMIZER.get(name)
    if moment is None or kind.element.family not in ("float", "complex"):
        return Role.OTHER
    return Role.FIRST_MOMENT if moment == 1 else Role.SECOND_MOMENT


def _role(place: Place, table: TensorTable, number: int, layer: Layer, *, is_first: bool) -> Role:
    kind = table.kind(number)
    name = place.name.lower()
    if name in _BY_NAME:
        return _BY_NAME[name]
    if name in _OF_OPTIMIZER or (name == "step" and kind.numel == 1):
        return _optimizer_role(place, kind)
    if kind.element.family not in ("float", "complex"):
        return Role.OTHER
    # Layers farther up say what the network is, not what this tensor is.
    near = [segment for segment in place.layer.lower().split(".")[-4:] if not segment.isdigit()][-2:]
    told, words = _role_by_words(".".join(near), name)
    if told is None:
        return _weight_role(place, words, table, number, layer, is_first=is_first)
    return _bias_role(table, number, layer) if told == Role.BIAS else told


@lru_cache(maxsize=4096)
def _role_by_words(near: str, name: str) -> tuple[Role | None, frozenset[str]]:
    """What the last names of a tensor say it is; None where its shape has to be asked. And its last two words."""
    segments = [*near.split("."), name]
    if any(segment.startswith(_LORA_A) for segment in segments):
        return Role.LORA_A, frozenset()
    if any(segment.startswith(_LORA_B) for segment in segments):
        return Role.LORA_B, frozenset()
    words = frozenset(_SPLIT.split(".".join(segments[-2:])))
    told = None
    if words & _FIXED_WORDS and not _is_plain_weight_of(words, name):
        told = Role.FIXED
    elif words & _POSITION_WORDS or _TOKEN_NAMES.fullmatch(name):
        told = Role.POSITIONS
    elif name == "bias" or name.startswith("bias_") or name.endswith("_bias"):
        told = Role.BIAS
    return told, words


_BY_NAME: Final = {
    "running_mean": Role.RUNNING_MEAN,
    "running_var": Role.RUNNING_VARIANCE,
    "num_batches_tracked": Role.COUNTER,
    # What torch.ao.quantization observes begins with infinities.
    "min_val": Role.FIXED,
    "max_val": Role.FIXED,
}


def _is_plain_weight_of(words: frozenset[str], name: str) -> bool:
    """Whether a layer that is called after a filter or a grid learns its weight all the same; a basis does not."""
    learns = not words & {"stft", "dct", "fft", "mel", "melscale", "basis", "hann", "buffer", "rope", "rotary"}
    return name in ("weight", "bias") and learns


def _bias_role(table: TensorTable, number: int, layer: Layer) -> Role:
    weight = layer.get("weight")
    if "running_mean" in layer or (weight is not None and table.kind(weight).shape == table.kind(number).shape):
        return Role.NORM_BIAS
    return Role.BIAS


def _weight_role(
    place: Place, words: frozenset[str], table: TensorTable, number: int, layer: Layer, *, is_first: bool
) -> Role:
    shape = table.kind(number).shape
    bias = layer.get("bias")
    has_bias = bias is not None and bias != number
    if "running_mean" in layer or (has_bias and bias is not None and table.kind(bias).shape == shape):
        # Of the layers of torch.nn only norms have weight and bias of one shape; in a Sequential nothing else tells.
        return Role.NORM_WEIGHT
    if len(shape) < 2 or (place.name != "weight" and math.prod(shape) == max(shape)):
        is_norm = place.name == "weight" and any("norm" in word or word in ("ln", "bn", "gn") for word in words)
        return Role.NORM_WEIGHT if is_norm else Role.SCALE
    if len(shape) > 2:
        return Role.CONVOLUTION if place.name.startswith("weight") or place.name == "kernel" else Role.LINEAR
    named = words & _EMBEDDING_WORDS and not words & _NO_EMBEDDING
    nameless = is_first and place.layer.rpartition(".")[2].isdigit() and shape[0] >= 2 * shape[1]
    if not has_bias and (named or nameless):
        return Role.EMBEDDING
    return Role.LINEAR
