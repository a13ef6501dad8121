"""How much room the names and shapes of a tree need, told from a part of it where it is large."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from explorer.checkpoint.document import TensorTable
from explorer.checkpoint.tree import Layer
from explorer.formatting import UNNAMED, shape, visible

_LOOKED_AT: Final = 4_000
"""Tensors whose keys are split, and shapes, at most: a few milliseconds. Of keys beyond, one stands for all."""
_ALIKE: Final = 2
"""Of layers that are only numbered so many are looked into: the others hold the same names."""
_LONGEST: Final = 80
"""Letters of a name; no column has room for more."""


class Name(NamedTuple):
    """A name that may be the widest of its depth.

    Attributes:
        depth: Of its row; 0 for the first one.
        text: As it is shown.
        layer: It is one of a layer, not of a tensor.
    """

    depth: int
    text: str
    layer: bool


class _Longest:
    """The names with the most letters."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, bool], str] = {}

    def note(self, depth: int, name: str, *, layer: bool) -> None:
        shown = visible(name, _LONGEST) or UNNAMED
        if len(shown) > len(self._found.get((depth, layer), "")):
            self._found[depth, layer] = shown

    def names(self) -> list[Name]:
        return [Name(depth, text, layer) for (depth, layer), text in self._found.items()]


def longest_names(root: Layer) -> list[Name]:
    """The names with the most letters, of layers and of tensors, at each depth but that of the root: the file's name.

    Args:
        root: Of the tree.
    """
    longest = _Longest()
    left, waiting = _LOOKED_AT, [(0, root)]
    for depth, layer in waiting:
        if not layer.is_root:
            longest.note(depth, layer.name, layer=True)
            # What is in the root is worked out in any case.
            left -= len(layer.numbers)
        if left < 0:
            left += len(layer.numbers)
            for below, name in enumerate(layer.leaf_name(layer.numbers[0]).split("."), depth + 1):
                longest.note(below, name, layer=False)
            continue
        inside = layer.children[:_LOOKED_AT]
        for number in (child for child in inside if isinstance(child, int)):
            longest.note(depth + 1, layer.leaf_name(number), layer=False)
        waiting += [(depth + 1, child) for child in _unlike(inside)]
    return longest.names()


def longest_shape(table: TensorTable) -> str:
    """The shape with the most letters, as it is shown; "" without any.

    Args:
        table: All tensors of the checkpoint.
    """
    return max((shape(kind.shape) for kind in table.kinds[:_LOOKED_AT] if kind.is_known), key=len, default="")


def _unlike(children: list[Layer | int]) -> Iterator[Layer]:
    """The layers among them, but few of those that are only numbered."""
    numbered = 0
    for child in children:
        if isinstance(child, Layer):
            number = child.stem.rstrip(".").rpartition(".")[2].isdecimal()
            numbered += number
            if not number or numbered <= _ALIKE:
                yield child
