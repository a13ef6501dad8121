"""What kind of layer each tensor is in: attention, feed-forward, norm ..., told by its role and by names."""

import re
from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Final

from explorer.analysis.roles import Role, Roles
from explorer.checkpoint.document import TensorTable


class LayerKind(StrEnum):
    """Kinds of layers, in words for people."""

    ATTENTION = "attention"
    FEED_FORWARD = "feed-forward"
    CONVOLUTION = "convolution"
    LINEAR = "linear"
    NORM = "norm"
    EMBEDDING = "embedding"
    OPTIMIZER = "optimizer"
    OTHER = "other"


_NORMS: Final = frozenset({Role.NORM_WEIGHT, Role.NORM_BIAS, Role.RUNNING_MEAN, Role.RUNNING_VARIANCE, Role.COUNTER})
_OF_OPTIMIZER: Final = frozenset({Role.FIRST_MOMENT, Role.SECOND_MOMENT, Role.STEP})
_ATTENTION: Final = re.compile(
    r"attention|attn|(?:^|[._])(?:mha|qkv|in_proj|[qkvo]_proj|to_[qkv]|[qkv]_lin)(?:[._0-9]|$)|"
    r"(?:^|\.)(?:query|key|value|kv)(?:\.|$)"
)
_NUMBER: Final = re.compile(r"(?<![^.])[0-9]+(?![^.])")
_FEED_FORWARD: Final = re.compile(
    r"(?:^|[._])(?:mlp|ffn?|feed_?forward|fc[12]|c_fc|intermediate|(?:gate|up|down)_proj|w[123]|linear[12]|experts?|"
    r"pwconv[12]|lin[12]|dense_(?:h_to_4h|4h_to_h))(?:[._]|$)"
)


def layer_kinds(table: TensorTable, roles: Roles) -> Sequence[LayerKind]:
    """Tell the kind of every tensor's layer.

    Args:
        table: All tensors.
        roles: Of all of them.
    """
    near = (key.rpartition(".")[0] or key for key in table.keys)
    return [layer_kind(_role(roles, number), name) for number, name in enumerate(near)]


def _role(roles: Roles, number: int) -> Role:
    """The role of a tensor; of a bias, that of the weight beside it."""
    if roles[number] != Role.BIAS:
        return roles[number]
    weight = roles.beside(number, "weight")
    return Role.BIAS if weight is None else roles[weight]


def layer_kind(role: Role, layer: str) -> LayerKind:
    """Tell the kind of one layer.

    Args:
        role: Of a tensor in it.
        layer: Its dotted name.
    """
    if role in _OF_OPTIMIZER:
        return LayerKind.OPTIMIZER
    if role in _NORMS:
        return LayerKind.NORM
    if role in (Role.EMBEDDING, Role.POSITIONS):
        return LayerKind.EMBEDDING
    # Of a hundred thousand layers few are called otherwise but for their numbers.
    told = _by_name(_NUMBER.sub("0", layer))
    if told is not None:
        return told
    if role == Role.CONVOLUTION:
        return LayerKind.CONVOLUTION
    return LayerKind.LINEAR if role in (Role.LINEAR, Role.LORA_A, Role.LORA_B) else LayerKind.OTHER


@lru_cache(maxsize=8192)
def _by_name(layer: str) -> LayerKind | None:
    """What the names of a layer and of those around it say; the last word that says something counts."""
    name = layer.lower()
    attention = max((match.start() for match in _ATTENTION.finditer(name)), default=-1)
    forward = max((match.start() for match in _FEED_FORWARD.finditer(name)), default=-1)
    if attention < 0 and forward < 0:
        return None
    return LayerKind.ATTENTION if attention >= forward else LayerKind.FEED_FORWARD
