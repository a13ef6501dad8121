"""Tells which tensors are the factors of weight_norm: neither is the weight, which is g · v / ‖v‖.

Names and formula are those of `torch.nn.utils.weight_norm`, which calls them ``weight_g`` and ``weight_v``, and of
`torch.nn.utils.parametrizations.weight_norm`: ``parametrizations.weight.original0`` and ``original1``.
"""

import re
from collections.abc import Container
from typing import Final, Literal, NamedTuple

_OLD: Final = re.compile(r"(.*)_([gv])", re.DOTALL)
_NEW: Final = re.compile(r"(.*\.|)parametrizations\.([^.]+)\.original([01])", re.DOTALL)


class Factor(NamedTuple):
    """A factor of a weight.

    Attributes:
        weight: The key that the weight itself would have.
        part: ``g`` for its norms, ``v`` for its direction.
    """

    weight: str
    part: Literal["g", "v"]


def factor(key: str, keys: Container[str]) -> Factor | None:
    """Tell which factor a tensor is; None for one that is none.

    Args:
        key: Of the tensor.
        keys: Of all tensors beside it.
    """
    if new := _NEW.fullmatch(key):
        other = f"{key[:-1]}{1 - int(new[3])}"
        return Factor(new[1] + new[2], "g" if new[3] == "0" else "v") if other in keys else None
    old = _OLD.fullmatch(key)
    if old is None:
        return None
    return (
        Factor(old[1], "g" if old[2] == "g" else "v") if f"{old[1]}_{'v' if old[2] == 'g' else 'g'}" in keys else None
    )


def in_factors(weight: str, keys: Container[str]) -> bool:
    """Whether both factors of a weight are among keys."""
    above, _, name = weight.rpartition(".")
    new = ".".join(filter(None, [above, "parametrizations", name, "original"]))
    return all(f"{weight}_{part}" in keys for part in "gv") or all(f"{new}{part}" in keys for part in "01")
