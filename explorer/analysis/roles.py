"""What a tensor is to its network, told by its name, its shape, and what else its layer holds."""

import math
import re
from enum import StrEnum
from functools import lru_cache
from typing import Final

from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.kinds import TensorKind
from explorer.progress import Report, asking, no_report

_TOLD_AT_ONCE: Final = 16
"""Telling a role takes a hundred times as long as looking at a number."""


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
        *("bag", "emb", "embed", "embedding", "embeddings", "embedder", "embeds", "lookup", "shared", "tok", "token"),
        *("tokens", "vocab", "vocabulary", "word", "words", "wte"),
    }
)
_LORA_A: Final = ("lora_a", "lora_down", "lora_embedding_b")
_LORA_B: Final = ("lora_b", "lora_up", "lora_embedding_a")
_NO_EMBEDDING: Final = frozenset(
    {
        *("proj", "projection", "linear", "lin", "dense", "fc", "ff", "ffn", "mlp", "conv", "layers", "blocks", "head"),
        "out",
    }
)
_TABLE_WORDS: Final = _EMBEDDING_WORDS | {"bias", "enc", "encoder", "encoding", "encodings", "pe", "table"}
_OF_WEIGHT: Final = re.compile(r"weight|kernel|proj|qkv|^w(?:[0-9_]|$)")


class Roles:
    """The role of every tensor of a checkpoint, and what else is in its layer.

    No object is made for each of a hundred thousand tensors: the garbage collector would stall the window over them.
    """

    def __init__(self, checkpoint: Checkpoint, report: Report = no_report) -> None:
        """Tell all roles; of a hundred thousand tensors in some tenths of a second.

        Args:
            checkpoint: Whose tensors' roles are told.
            report: Called now and then, without figures.

        Raises:
            Cancelled: By `report`.
        """
        self._table = checkpoint.tensors
        keys = self._table.keys
        self._entries = [""] * len(keys)
        self._numbers: dict[str, dict[str, int]] = {}
        self._roles = [Role.OTHER] * len(keys)
        for entry in checkpoint.entries:
            numbers = self._numbers.setdefault(entry.path, {})
            for number in asking(entry.numbers, report, "roles"):
                self._entries[number] = entry.path
                numbers[keys[number]] = number
        for entry in checkpoint.entries:
            first = next((number for number in entry.numbers if len(self._table.kind(number).shape) > 1), -1)
            for number in asking(entry.numbers, report, "roles", every=_TOLD_AT_ONCE):
                if entry.kind == "optimizer":
                    name = keys[number].rpartition(".")[2].lower()
                    self._roles[number] = _optimizer_role(name, self._table.kind(number))
                else:
                    self._roles[number] = self._role(number, is_first=number == first)
        self._tie(report)

    def __getitem__(self, number: int) -> Role:
        return self._roles[number]

    def __len__(self) -> int:
        return len(self._roles)

    def entry_of(self, number: int) -> str:
        """Path of the entry that a tensor is in."""
        return self._entries[number]

    def layer_of(self, number: int) -> str:
        """Dotted name of the layer that a tensor is in; "" at the top."""
        return self._table.key(number).rpartition(".")[0]

    def beside(self, number: int, name: str) -> int | None:
        """The tensor of that name in the layer that a tensor is in; None for none."""
        layer, dot, own = self._table.key(number).rpartition(".")
        return None if own == name else self._numbers[self._entries[number]].get(f"{layer}{dot}{name}")

    def bias_of(self, number: int) -> int | None:
        """The bias beside a weight; None for none."""
        name = self._table.key(number).rpartition(".")[2]
        return self.beside(number, name.replace("weight", "bias")) if "weight" in name else None

    def is_weight(self, number: int) -> bool:
        """Whether it is called as the weight of a layer: what a network keeps beside those is as large as it likes."""
        return bool(_OF_WEIGHT.search(self._table.key(number).rpartition(".")[2].lower()))

    def _tie(self, report: Report) -> None:
        """A weight that shares its values with an embedding is that embedding."""
        embeddings = [number for number, role in enumerate(self._roles) if role == Role.EMBEDDING]
        storages = {self._table.storage_of[number] for number in embeddings} - {-1}
        places = {self._place(number) for number in embeddings}
        sharing = [number for number, storage in enumerate(self._table.storage_of) if storage in storages]
        for number in asking(sharing, report, "roles"):
            if self._roles[number] == Role.LINEAR and self._place(number) in places:
                self._roles[number] = Role.EMBEDDING

    def _place(self, number: int) -> tuple[int, int, tuple[int, ...]]:
        table = self._table
        return table.storage_of[number], table.offset_of[number], table.kind(number).shape

    def _role(self, number: int, *, is_first: bool) -> Role:
        kind = self._table.kind(number)
        layer, _, own_name = self._table.key(number).rpartition(".")
        name = own_name.lower()
        if name in _BY_NAME:
            return _BY_NAME[name]
        if name in _OF_OPTIMIZER or (name == "step" and kind.numel == 1):
            return _optimizer_role(name, kind)
        if kind.element.family not in ("float", "complex"):
            return Role.OTHER
        # Layers farther up say what the network is, not what this tensor is.
        near = [segment for segment in layer.lower().split(".")[-4:] if not segment.isdigit()][-2:]
        told, words = _role_by_words(".".join(near), name)
        if told in (Role.FIXED, Role.POSITIONS) and self._is_of_layer(number, name, words, told):
            told = Role.BIAS if name == "bias" else None
        if told == Role.BIAS:
            return Role.NORM_BIAS if self._has_form_of(number, "weight") else Role.BIAS
        return self._weight_role(number, layer, own_name, words, is_first=is_first) if told is None else told

    def _is_of_layer(self, number: int, name: str, words: frozenset[str], told: Role) -> bool:
        """Whether a layer that is called after a table learns its weight all the same, as ``linear_pos``."""
        if name == "bias":
            return self.beside(number, "weight") is not None
        # The mask of a pruned weight is called weight_mask.
        if name != "weight" and (told == Role.FIXED or not name.startswith("weight")):
            return False
        if self.bias_of(number) is not None:
            return True
        if told == Role.FIXED:
            # Spectra are taken by convolutions that learn nothing.
            return bool(words & _NO_EMBEDDING - {"conv"})
        if words & _NO_EMBEDDING:
            return True
        is_table = len(self._table.kind(number).shape) == 2 and (
            words & _TABLE_WORDS or words <= _POSITION_WORDS | {"weight"}
        )
        return not is_table

    def _has_form_of(self, number: int, name: str) -> bool:
        """Whether the tensor of that name beside it has its shape, or running statistics say that they are a norm's."""
        other = self.beside(number, name)
        same = other is not None and self._table.kind(other).shape == self._table.kind(number).shape
        return same or self.beside(number, "running_mean") is not None

    def _weight_role(self, number: int, layer: str, name: str, words: frozenset[str], *, is_first: bool) -> Role:
        shape = self._table.kind(number).shape
        if self._has_form_of(number, "bias"):
            # Of the layers of torch.nn only norms have a bias of the same shape; in a Sequential nothing else tells.
            return Role.NORM_WEIGHT
        if len(shape) < 2 or (name != "weight" and math.prod(shape) == max(shape)):
            is_norm = name == "weight" and any("norm" in word or word in ("ln", "bn", "gn") for word in words)
            return Role.NORM_WEIGHT if is_norm else Role.SCALE
        if len(shape) > 2:
            return Role.CONVOLUTION if name.startswith("weight") or name == "kernel" else Role.LINEAR
        named = words & _EMBEDDING_WORDS and not words & _NO_EMBEDDING
        nameless = is_first and name == "weight" and layer.rpartition(".")[2].isdigit() and shape[0] >= 2 * shape[1]
        if self.beside(number, "bias") is None and (named or nameless):
            return Role.EMBEDDING
        return Role.LINEAR


def _optimizer_role(name: str, kind: TensorKind) -> Role:
    if name == "step":
        return Role.STEP
    moment = _OF_OPTIMIZER.get(name)
    if moment is None or kind.element.family not in ("float", "complex"):
        return Role.OTHER
    return Role.FIRST_MOMENT if moment == 1 else Role.SECOND_MOMENT


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
    if _TOKEN_NAMES.fullmatch(name):
        told = Role.POSITIONS
    elif words & _FIXED_WORDS and not _is_plain_weight_of(words, name):
        told = Role.FIXED
    elif words & _POSITION_WORDS:
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
