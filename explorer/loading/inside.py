"""Writes down what stands beside the tensors of an entry and holds tensors itself, for the trial to make it again."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.checkpoint.dtypes import DTYPES
from explorer.checkpoint.kinds import TensorKind

_CONTAINERS: Final = ("dict", "OrderedDict", "list", "tuple")
_MOST: Final = 10_000
"""Tensors; in a key that holds more, nothing is looked at."""


def how_kept(kind: TensorKind) -> list[Any] | None:
    """Tell how a tensor is kept that is no plain run of numbers; None for one that is, or of which that is unknown.

    Returns:
        A layout and the shape of the stored values; or ``quantized``, scheme, scales, zero points and axis.
    """
    if (how := kind.quantization) is not None:
        return ["quantized", how.scheme, how.scales, how.zero_points, how.axis]
    if kind.layout == "strided" or kind.valueless:
        return None
    return [kind.layout, kind.stored_shape]


def row_of(checkpoint: Checkpoint, path: Sequence[str]) -> int:
    """The row of the contents that a path leads to; -1 for the top, less where none does."""
    row = -1
    for name in path:
        rows = (n for n, other in enumerate(checkpoint.contents) if (other.parent, other.name) == (row, name))
        row = next(rows, -2)
    return row


def inside_of(checkpoint: Checkpoint, path: Sequence[str], others: Mapping[str, str]) -> dict[str, Any]:
    """Write down what is in values that hold tensors.

    Args:
        checkpoint: Where they are from.
        path: Keys to what they stand in.
        others: The values' keys, with the names of their types.

    Returns:
        Of each its type and what is in it, each with its key: a type and its contents again, or ``tensor``, shape,
        dtype and `how_kept`; or ``torch.dtype`` and its name. Nothing of other values that hold no tensors.
    """
    if not others:
        return {}
    above, found = len(path), dict[str, list[TensorInfo]]()
    for tensor in checkpoint.tensors:
        if len(tensor.path) > above + 1 and tensor.path[:above] == tuple(path) and tensor.path[above] in others:
            found.setdefault(tensor.path[above], []).append(tensor)
    below = dict[int, list[int]]()
    for number, content in enumerate(checkpoint.contents if found else ()):
        below.setdefault(content.parent, []).append(number)
    trees = {
        key: _tree(checkpoint, tensors, above + 1, row_of(checkpoint, [*path, key]), others[key], below)
        for key, tensors in found.items()
        if len(tensors) <= _MOST
    }
    for key in [key for key, kind in others.items() if kind == "name"]:
        package, _, name = checkpoint.contents[row_of(checkpoint, [*path, key])].text.rpartition(".")
        if package == "torch" and name in DTYPES:
            trees[key] = ["torch.dtype", name]
    return trees


def _tree(
    checkpoint: Checkpoint,
    tensors: Iterable[TensorInfo],
    depth: int,
    row: int,
    kind: str,
    below: Mapping[int, list[int]],
) -> list[Any]:
    """A container, of which this row tells, or none does."""
    rows = {checkpoint.contents[n].name: n for n in below.get(row, ())} if row >= 0 else {}
    grouped = dict[str, list[TensorInfo]]()
    for tensor in tensors:
        grouped.setdefault(tensor.path[depth], []).append(tensor)
    inside: dict[str, list[Any]] = {}
    for name, group in grouped.items():
        first = group[0]
        if len(first.path) == depth + 1:
            inside[name] = ["tensor", first.kind.shape, first.kind.dtype, how_kept(first.kind)]
        else:
            at = rows.get(name, -2)
            named = checkpoint.contents[at].type if at >= 0 else _guessed(group, depth + 1)
            inside[name] = _tree(checkpoint, group, depth + 1, at, named, below)
    for name, at in rows.items():
        content = checkpoint.contents[at]
        if name not in inside and content.type:
            inside[name] = [content.type, []] if content.type not in _CONTAINERS or at not in below else ["object", []]
    names = list(inside)
    if kind in ("list", "tuple") and all(name.isdecimal() for name in names):
        names.sort(key=int)
        # One that is not told of would put all others in the wrong place.
        kind = kind if names == [str(n) for n in range(len(names))] else "object"
    return [kind, [[name, inside[name]] for name in names]]


def _guessed(tensors: Iterable[TensorInfo], depth: int) -> str:
    """What a container is of which only the tensors are known: none that can be made where it may be a list."""
    return "object" if any(tensor.path[depth].isdecimal() for tensor in tensors) else "dict"
