"""The pairs of a comparison as one tree by dotted names, in which each layer says what is below it.

There is an array for each figure and no object for each node: the garbage collector would stall the window over them.
"""

from collections.abc import Iterable
from copy import copy
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.compare.difference import STATE_WORDS, State
from explorer.analysis.compare.union_figures import Ints, UnionFigures, figures_of_pairs
from explorer.progress import Report

if TYPE_CHECKING:
    from explorer.analysis.compare.comparing import Comparison

STATES_BY_RANK: Final[tuple[State, ...]] = tuple(STATE_WORDS)
_RANKS: Final = {state: rank for rank, state in enumerate(STATES_BY_RANK)}
_IDENTICAL: Final = _RANKS["identical"]
_DEEPEST: Final = 64
"""Names are taken apart so many dots deep."""
_ASKED: Final = 256


class Rolled(NamedTuple):
    """What there is to say of all pairs below a layer.

    Attributes:
        counts: How many pairs are in each state, in the order of `STATES_BY_RANK`.
        max_abs: The largest one; None where no pair has one. Of pairs of two shapes it is that of what both have.
        relative_l2: Likewise.
        cosine: The smallest one.
        changed: The mean of the shares, each weighted by its elements.
        mean_abs: The mean difference, likewise weighted.
        left_out: Tensors of whole numbers, such as counters, that these figures leave out: all that are there, unless
            there are no others.
        from_zero: Tensors that were all 0, whose endless relative change `relative_l2` leaves out.
        place: Of the pair that changed most by `relative_l2`, else of the first that is not identical, else of the
            first, in `Pairing.pairs`.
    """

    counts: tuple[int, ...]
    max_abs: float | None
    relative_l2: float | None
    cosine: float | None
    changed: float | None
    mean_abs: float | None
    left_out: int
    from_zero: int
    place: int

    @property
    def pairs(self) -> int:
        """How many there are."""
        return sum(self.counts)

    @property
    def same(self) -> bool:
        """All of them are identical."""
        return self.counts[_IDENTICAL] == self.pairs


class UnionTree:
    """Nodes are numbers: first the pairs, by their places in `Pairing.pairs`, then the layers, each after its parent.

    As in the tree of one file, a layer with nothing but one layer in it is one with that, and a layer with one pair is
    that pair. A key may name a pair and a layer at once; they are then two nodes.

    Attributes:
        pairs: How many pairs there are, and so the first layer, which holds all others.
        parents: Of each node the layer that it is in; -1 of the first layer.
        firsts: Of each node the place of its first pair, by which siblings are ordered as in the file.
        counts: Of each node and each state, how many pairs are in it.
        figures: Of each node and each of `FIGURES`; NaN where there is none.
        ranks: Of each node the first of `STATES_BY_RANK` that a pair in it is in.
        whole: The same with all pairs, where layers tell of some alone; else itself.
    """

    def __init__(self, comparison: "Comparison", report: Report) -> None:
        """Build it, in the worker.

        Args:
            comparison: Whose pairs.
            report: Asked now and then whether to go on.

        Raises:
            Cancelled: By `report`.
        """
        keys = [pair.key for pair in comparison.pairing.pairs]
        self.pairs = len(keys)
        held, above, names = _layers(keys, report)
        self._names = names
        self.parents = np.concatenate([held, above]) + self.pairs
        self.parents[self.pairs] = -1
        # Those that are deepest first: pairs, then layers level by level.
        self._upwards = [np.arange(self.pairs), *(level + self.pairs for level in _levels(above)[:0:-1])]
        self._states = np.array([_RANKS[difference.state] for difference in comparison.differences], np.int64)
        self.firsts = np.full(self.nodes, self.pairs, np.int64)
        self.firsts[: self.pairs] = np.arange(self.pairs)
        for nodes in self._upwards:
            np.minimum.at(self.firsts, self.parents[nodes], self.firsts[nodes])
        self._of_pairs = figures_of_pairs(comparison, report)
        self.whole = self
        self._roll_up(np.ones(self.pairs, bool), report)

    def narrowed(self, listed: NDArray[np.bool_], report: Report) -> "UnionTree":
        """The same tree, the layers of which tell of some pairs alone.

        Args:
            listed: Whether each pair is one of them.
            report: Asked now and then whether to go on.

        Raises:
            Cancelled: By `report`.
        """
        other = copy(self.whole)
        other._roll_up(listed, report)  # noqa: SLF001 - of its own class
        return other

    def _roll_up(self, listed: NDArray[np.bool_], report: Report) -> None:
        self.counts = np.zeros((self.nodes, len(STATES_BY_RANK)), np.int64)
        self.counts[np.arange(self.pairs), self._states] = listed
        for nodes in self._upwards:
            np.add.at(self.counts, self.parents[nodes], self.counts[nodes])
        self._figures = UnionFigures(self._of_pairs.without(~listed), self.parents, self._upwards, report)
        self.figures = self._figures.table
        self.ranks = np.argmax(self.counts > 0, axis=1)
        self._places = self._furthest(listed)

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return len(self.parents)

    @property
    def root(self) -> int:
        """The layer that holds all others."""
        return self.pairs

    def prefix(self, layer: int) -> str:
        """The dotted name of a layer, and a dot; "" of the first one."""
        return self._names[layer - self.pairs]

    def of(self, node: int) -> Rolled:
        """What there is to say of a layer, or of a pair."""
        return self.together([node])

    def together(self, nodes: Iterable[int]) -> Rolled:
        """What there is to say of some nodes together, none of which is in another.

        Args:
            nodes: At least one.
        """
        chosen = np.fromiter(nodes, np.int64)
        told, left_out, from_zero = self._figures.of(chosen)
        places = self._places[chosen]
        place = int(places[np.argmax(self._attention[places])])
        return Rolled(tuple(self.counts[chosen].sum(axis=0).tolist()), *told, left_out, from_zero, place)

    def within(self, listed: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which nodes hold one of some pairs.

        Args:
            listed: Whether each pair is one of them.
        """
        holds = np.zeros(self.nodes, bool)
        holds[: self.pairs] = listed
        for nodes in self._upwards:
            np.logical_or.at(holds, self.parents[nodes], holds[nodes])
        return holds

    def _furthest(self, listed: NDArray[np.bool_]) -> Ints:
        """Of each node the place of the pair that asks for most attention."""
        places = np.arange(self.pairs)
        distance = self._figures.distances(self.pairs)
        moved = self._states != _IDENTICAL
        self._attention = np.empty(self.pairs, np.int64)
        self._attention[np.lexsort((-places, distance, moved, listed))] = places
        best = np.full(self.nodes, -1)
        best[: self.pairs] = self._attention
        for nodes in self._upwards:
            np.maximum.at(best, self.parents[nodes], best[nodes])
        by_attention = np.empty(self.pairs + 1, np.int64)
        by_attention[self._attention] = places
        # Only the first layer of a comparison of nothing holds no pair.
        by_attention[-1] = 0
        furthest: Ints = by_attention[best]
        return furthest


def _layers(keys: list[str], report: Report) -> tuple[Ints, Ints, list[str]]:
    """Take names apart.

    Returns:
        Of each pair its layer, of each layer the one that it is in, and of each layer its dotted name with a dot.
    """
    found = {"": 0}
    above, inside = [0], [0]

    def number_of(prefix: str) -> int:
        number = found.get(prefix)
        if number is None:
            outer = number_of(prefix[: prefix.rfind(".", 0, -1) + 1])
            inside[outer] += 1
            number = found[prefix] = len(above)
            above.append(outer)
            inside.append(0)
        return number

    held = []
    for place, key in enumerate(keys):
        if place % _ASKED == 0:
            report(place, len(keys), "layers")
        prefix = key[: key.rfind(".") + 1]
        if prefix.count(".") > _DEEPEST:
            prefix = ".".join([*key.split(".", _DEEPEST)[:-1], ""])
        layer = number_of(prefix)
        inside[layer] += 1
        held.append(layer)
    # What has but one thing in it is that thing: it stands in what holds this.
    shown: list[int] = []
    outer: list[int] = []
    names: list[str] = []
    for layer, prefix in enumerate(found):
        if layer == 0 or inside[layer] > 1:
            outer.append(shown[above[layer]] if layer else 0)
            shown.append(len(names))
            names.append(prefix)
        else:
            shown.append(shown[above[layer]])
    return np.array([shown[layer] for layer in held], np.int64), np.array(outer, np.int64), names


def _levels(above: Ints) -> list[Ints]:
    """The layers of each depth, from the first one down."""
    depth = np.zeros(len(above), np.int64)
    for layer, outer in enumerate(above.tolist()):
        depth[layer] = depth[outer] + 1 if layer else 0
    return [np.flatnonzero(depth == level) for level in range(int(depth.max()) + 1)]
