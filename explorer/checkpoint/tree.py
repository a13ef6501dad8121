"""The nesting that dotted names make: layers in layers, with tensors in them."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final

from explorer.checkpoint.document import Checkpoint, TensorTable
from explorer.checkpoint.sums import Sums
from explorer.progress import Report, asking, in_slices, no_report

_SEEN_AT_ONCE: Final = 100
"""Rows that no window is tall enough to exceed."""


class Layer:
    """Tensors whose keys begin alike; what is in it is worked out when it is first asked for.

    Chains are folded: a layer with nothing but one layer in it is shown as one, ``a.b``, and a layer with one tensor
    as that tensor, ``conv1.weight``. A key may name a tensor and a layer at once; they are then two children.

    Attributes:
        numbers: Rows of its tensors in the table, in the file's order.
    """

    def __init__(self, table: TensorTable, numbers: Sequence[int], name: str | None = None, above: str = "") -> None:
        """Make a layer; see `root` for the first one.

        Args:
            table: All tensors of the checkpoint.
            numbers: Rows of its tensors.
            name: What to call the root; the others are named after what their tensors' keys share.
            above: The parent's dotted name and a dot, with which all keys start; "" for the root.
        """
        self.table = table
        self.numbers = numbers
        self._root_name = name
        self._above = above

    @cached_property
    def _head(self) -> str:
        """Its dotted name and a dot; "" for the root."""
        if self._root_name is not None:
            return ""
        return self._find_head(no_report)

    def _find_head(self, report: Report) -> str:
        # Up to the last dot that all keys share, every step of the way has a single child.
        all_keys = self.table.keys
        ends: list[str] = []
        for some in in_slices(self.numbers, report, "layers"):
            keys = [all_keys[number] for number in some]
            ends += (min(keys), max(keys))
        first, last = min(ends), max(ends)
        differ = next((place for place, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
        return first[: first.rindex(".", 0, differ) + 1]

    @cached_property
    def stem(self) -> str:
        """With what the keys of its tensors, and of no others of its parent, start; known without looking at all."""
        if self._root_name is not None:
            return ""
        first = self.table.keys[self.numbers[0]]
        return first[: first.index(".", len(self._above)) + 1]

    @property
    def name(self) -> str:
        """What it is called inside its parent."""
        return self._head[len(self._above) : -1] if self._root_name is None else self._root_name

    @property
    def is_root(self) -> bool:
        """It holds all others."""
        return self._root_name is not None

    @property
    def prefix(self) -> str:
        """Its dotted name inside the entry; "" for the root."""
        return self._head[:-1]

    @classmethod
    def root(cls, table: TensorTable, numbers: Sequence[int], name: str) -> "Layer":
        """Make the layer that holds all others; it is never folded.

        Args:
            table: All tensors of the checkpoint.
            numbers: Rows of the tensors to show, each once.
            name: What to call it, such as the file's name.
        """
        return cls(table, numbers, name)

    @cached_property
    def children(self) -> list["Layer | int"]:
        """What is directly in it, in the file's order: layers, and tensors as their rows in the table."""
        return self._divide(no_report)

    def _divide(self, report: Report) -> list["Layer | int"]:
        keys = self.table.keys
        head = self._head
        start = len(head)
        # Most segments of a wide layer come once; a list for each of them would keep the garbage collector busy.
        once: dict[str, int] = {}
        groups: dict[str, list[int]] = {}
        order: list[str | int] = []
        for number in asking(self.numbers, report, "layers"):
            key = keys[number]
            end = key.find(".", start)
            if end < 0:
                order.append(number)
                continue
            segment = key[start:end]
            if segment not in once:
                once[segment] = number
                order.append(segment)
            elif segment in groups:
                groups[segment].append(number)
            else:
                groups[segment] = [once[segment], number]
        return [
            item
            if isinstance(item, int)
            else Layer(self.table, groups[item], above=head)
            if item in groups
            else once[item]
            for item in order
        ]

    @cached_property
    def sums(self) -> Sums:
        """Its tensors, their parameters and bytes; what they share counts once."""
        return self.table.sums(self.numbers)

    def add_up(self, report: Report) -> None:
        """Work out what it is called and its sums, before they are asked for.

        Args:
            report: Called now and then.

        Raises:
            Cancelled: By `report`.
        """
        self._find_name(report)
        if "sums" not in self.__dict__:
            self.sums = self.table.sums(self.numbers, report)

    def look_inside(self, report: Report) -> None:
        """Work out what it is called and what is directly in it, likewise."""
        self._find_name(report)
        if "children" not in self.__dict__:
            self.children = self._divide(report)

    def _find_name(self, report: Report) -> None:
        if self._root_name is None and "_head" not in self.__dict__:
            self._head = self._find_head(report)

    def leaf_name(self, number: int) -> str:
        """What a tensor that is directly in it is called here: the rest of its key.

        Args:
            number: Its row in the table, one of `children`.
        """
        return self.table.key(number)[len(self._head) :]

    def holds(self, key: str) -> bool:
        """Tell whether a tensor of that key, which its parent holds, lies in this layer or below it."""
        return key.startswith(self.stem)

    def same_as(self, other: "Layer") -> bool:
        """Tell whether another layer has the same name and holds the same tensors."""
        return self.table is other.table and self.prefix == other.prefix and self.numbers == other.numbers

    def way_to(self, key: str) -> Iterator["Layer"]:
        """This layer and those below it that a tensor of that key lies in, from the top.

        Args:
            key: Of a tensor of this layer.
        """
        layer: Layer | None = self
        while layer is not None:
            yield layer
            inside = (child for child in layer.children if isinstance(child, Layer))
            layer = next((child for child in inside if child.holds(key)), None)


def first_layers(checkpoint: Checkpoint, report: Report = no_report) -> Layer | None:
    """The tree of the chosen entry, as `look_ahead` makes it ready; for the worker.

    Args:
        checkpoint: Of the file.
        report: Called now and then.

    Returns:
        Its root, or None where the file has no tensors.

    Raises:
        Cancelled: By `report`.
    """
    entry = checkpoint.chosen
    if entry is None:
        return None
    return look_ahead(Layer.root(checkpoint.tensors, entry.numbers, checkpoint.path.name), report)


def look_ahead(root: Layer, report: Report) -> Layer:
    """Work out what the first picture of a tree needs; for the worker.

    Args:
        root: Of the tree, with tensors in it or not.
        report: Called now and then.

    Returns:
        The root.

    Raises:
        Cancelled: By `report`.
    """
    layer = root
    for _ in range(2):
        layer.look_inside(report)
        layer.add_up(report)
        for part in layer.children[:_SEEN_AT_ONCE]:
            if isinstance(part, Layer):
                part.add_up(report)
        only = layer.children[0] if len(layer.children) == 1 else None
        if not isinstance(only, Layer):
            break
        layer = only
    return root
