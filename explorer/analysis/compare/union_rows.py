"""The rows of a union tree: filtered, sorted, and cut to pieces where a layer is too wide for a view."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.compare.union_figures import FIGURES, Ints
from explorer.analysis.compare.union_tree import Rolled, UnionTree
from explorer.formatting import exact
from explorer.progress import Report

PIECE: Final = 1_000
"""Qt asks for every row of what is opened; so many take it 20 ms. Layers with more have them in pieces of so many."""

_OPENED: Final = 1_200
"""Rows that are open at first, at most."""
_ASKED: Final = 256


class UnionRows:
    """The rows of a tree. Beside its nodes there are pieces of wide layers, which are numbered after the nodes.

    Attributes:
        tree: Whose rows these are.
        places: The pairs that have a row, in the order in which they are met from the top.
        opened: The layers and pieces that are open at first.
    """

    def __init__(self, tree: UnionTree, listed: Sequence[bool], sorting: tuple[str, bool], report: Report) -> None:
        """Work them out, in the worker.

        Args:
            tree: What of.
            listed: Of each pair, whether it has a row. A layer has one that holds such a pair, and tells of these
                alone.
            sorting: By what siblings are sorted, one of ``file``, ``state`` and `FIGURES`; and whether the largest is
                first. What has no figure comes last either way.
            report: Asked now and then whether to go on.

        Raises:
            Cancelled: By `report`.
        """
        chosen = np.array(listed, bool)
        self.tree = tree = tree.whole if chosen.all() else tree.narrowed(chosen, report)
        shown = tree.within(chosen)
        shown[tree.root] = True
        parents = tree.parents
        nodes = np.flatnonzero(shown)
        nodes = nodes[nodes != tree.root]
        keys, missing = _sort_keys(tree, nodes, *sorting)
        # NumPy sorts without keeping the window from running meanwhile.
        ordered = nodes[np.lexsort((tree.firsts[nodes], keys, missing, parents[nodes]))]
        report(0, 0, "rows")
        starts = np.searchsorted(parents[ordered], np.arange(tree.root, tree.nodes + 1)).tolist()
        self._above: list[int] = parents.tolist()
        self._inside: list[Sequence[int]] = [()] * (tree.nodes - tree.pairs)
        in_order: list[int] = ordered.tolist()
        for layer, (start, end) in enumerate(pairwise(starts)):
            if end > start:
                self._put(layer + tree.root, in_order[start:end])
        self._row = [-1] * len(self._above)
        self._row[tree.root] = 0
        for inside in self._inside:
            for row, node in enumerate(inside):
                self._row[node] = row
        self.places, self._at = self._walk(report)
        self.opened = self._first_opened()

    def _put(self, layer: int, nodes: list[int]) -> None:
        if len(nodes) <= PIECE:
            self._inside[layer - self.tree.root] = nodes
            return
        pieces = []
        for start in range(0, len(nodes), PIECE):
            piece = len(self._above)
            pieces.append(piece)
            self._above.append(layer)
            part = nodes[start : start + PIECE]
            self._inside.append(part)
            for node in part:
                self._above[node] = piece
        self._inside[layer - self.tree.root] = pieces

    def _walk(self, report: Report) -> tuple[list[int], list[int]]:
        """The pairs from the top down; and of each layer and piece, how many come before it."""
        places: list[int] = []
        before = [0] * len(self._inside)
        waiting = [self.tree.root]
        met = 0
        while waiting:
            met += 1
            if met % _ASKED == 0:
                report(0, 0, "rows")
            node = waiting.pop()
            if node < self.tree.pairs:
                places.append(node)
            else:
                before[node - self.tree.root] = len(places)
                waiting.extend(reversed(self._inside[node - self.tree.root]))
        return places, before

    def _first_opened(self) -> list[int]:
        """Layers with something that is not identical, from the top, as long as there is room."""
        opened, room = [], _OPENED
        waiting = [self.tree.root]
        for node in waiting:
            inside = self.inside(node)
            if node == self.tree.root or (len(inside) <= room and not self.rolled(node).same):
                opened.append(node)
                room -= len(inside)
                waiting += [child for child in inside if self.is_layer(child)]
        return opened

    def is_layer(self, node: int) -> bool:
        """It is no pair."""
        return node >= self.tree.pairs

    def inside(self, node: int) -> Sequence[int]:
        """What has a row directly below one."""
        return self._inside[node - self.tree.root] if self.is_layer(node) else ()

    def above(self, node: int) -> int:
        """The layer or piece in which a row is; -1 for the first row."""
        return self._above[node]

    def row(self, node: int) -> int:
        """Where a row is among those beside it; -1 for a node that has none."""
        return self._row[node] if 0 <= node < len(self._row) else -1

    def before(self, layer: int) -> int:
        """How many of `places` come before what is in a layer or piece."""
        return self._at[layer - self.tree.root]

    def rolled(self, node: int) -> Rolled:
        """What there is to say of all that has a row below a layer, or in a piece."""
        return self.tree.of(node) if node < self.tree.nodes else self.tree.together(self.inside(node))

    def name(self, node: int, key: str = "") -> str:
        """What a row is called inside its layer; of a piece the rows that it holds, as ``1 – 1,000``.

        Args:
            node: Of the row.
            key: Of a pair.
        """
        if node >= self.tree.nodes:
            first = self._row[node] * PIECE + 1
            return f"{exact(first)} – {exact(first + len(self.inside(node)) - 1)}"
        layer = self.tree.parents[node]
        prefix = self.tree.prefix(int(layer)) if layer >= 0 else ""
        return (key if node < self.tree.pairs else self.tree.prefix(node)[:-1])[len(prefix) :]


def _sort_keys(tree: UnionTree, nodes: Ints, by: str, down: bool) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    if by in FIGURES:
        keys = tree.figures[nodes, FIGURES.index(by)]
    else:
        keys = (tree.ranks if by == "state" else tree.firsts)[nodes].astype(np.float64)
    missing = np.isnan(keys)
    return np.where(missing, 0, -keys if down else keys), missing
