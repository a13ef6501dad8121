"""The figures of a union tree: of pairs as they were found, of layers rolled up from those below them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from explorer.progress import Report

if TYPE_CHECKING:
    from explorer.analysis.comparing import Comparison
    from explorer.analysis.pairing import Pair

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

FIGURES: Final = ("max_abs", "relative_l2", "cosine", "changed")
"""Those of `Figures` that a node has. A layer tells the largest, the smallest of cosines, and the mean of the shares
that changed, NaN and infinities among them, each weighted by its elements."""

_RELATIVE: Final = FIGURES.index("relative_l2")
_COSINE: Final = FIGURES.index("cosine")
_SHARE: Final = FIGURES.index("changed")
_WHOLE: Final = ("int", "bool")
_ASKED: Final = 256

Told = tuple[float | None, float | None, float | None, float | None]
"""One for each of `FIGURES`; None where there is none."""


class UnionFigures:
    """Layers leave whole numbers out, such as counters, unless nothing else is in them.

    Attributes:
        table: Of each node each of `FIGURES`; NaN where there is none.
    """

    def __init__(self, comparison: "Comparison", parents: Ints, upwards: Sequence[Ints], report: Report) -> None:
        """Roll figures up.

        Args:
            comparison: Whose pairs.
            parents: Of each node the layer that it is in; pairs come first.
            upwards: All nodes but the first layer, in portions of which none holds a node of an earlier one.
            report: Asked now and then whether to go on.

        Raises:
            Cancelled: By `report`.
        """
        own, elements, whole = _of_pairs(comparison, report)
        pairs = len(own)
        self._whole = np.zeros(len(parents), np.int64)
        self._whole[:pairs] = whole
        for nodes in upwards:
            np.add.at(self._whole, parents[nodes], self._whole[nodes])
        without = np.where(whole[:, None], np.nan, own)
        self._numbers = _Rolls(without, np.where(whole, 0.0, elements), parents, upwards)
        self._all = _Rolls(own, elements, parents, upwards)
        report(0, 0, "layers")
        numbers = self._numbers.table()
        nothing = np.isnan(numbers).sum(axis=1) == len(FIGURES)
        self.table = np.where(nothing[:, None], self._all.table(), numbers)

    def of(self, nodes: Ints) -> tuple[Told, int]:
        """What there is to say of some nodes together.

        Args:
            nodes: At least one, none of which is in another.

        Returns:
            Figures, and how many tensors of whole numbers were left out of them.
        """
        told = self._numbers.of(nodes)
        return (self._all.of(nodes), 0) if told == (None,) * len(FIGURES) else (told, int(self._whole[nodes].sum()))

    def distances(self, pairs: int) -> Floats:
        """How far each pair went, to be compared: whole numbers less far than all others, and what has no figure least.

        Args:
            pairs: How many there are.
        """
        distances = np.nan_to_num(self.table[:pairs, _RELATIVE], nan=-2.0, posinf=np.inf)
        return np.where(self._whole[:pairs] > 0, -1.0, distances)


class _Rolls:
    """Extremes, elements, and how many of these changed."""

    def __init__(self, own: Floats, elements: Floats, parents: Ints, upwards: Sequence[Ints]) -> None:
        pairs = len(own)
        self._extremes = np.full((len(parents), _SHARE), np.nan)
        self._elements, self._changed = np.zeros(len(parents)), np.zeros(len(parents))
        self._extremes[:pairs] = own[:, :_SHARE]
        self._elements[:pairs] = elements
        self._changed[:pairs] = np.nan_to_num(own[:, _SHARE]) * elements
        for nodes in upwards:
            above = parents[nodes]
            np.add.at(self._elements, above, self._elements[nodes])
            np.add.at(self._changed, above, self._changed[nodes])
            for at in range(_SHARE):
                column = self._extremes[:, at]
                (np.fmin if at == _COSINE else np.fmax).at(column, above, column[nodes])

    def table(self) -> Floats:
        known = self._elements > 0
        shares = np.where(known, self._changed / np.where(known, self._elements, 1), np.nan)
        return np.column_stack([self._extremes, shares])

    def of(self, nodes: Ints) -> Told:
        largest, relative, cosine = (_extreme(self._extremes[nodes, at], at == _COSINE) for at in range(_SHARE))
        elements = float(self._elements[nodes].sum())
        return largest, relative, cosine, float(self._changed[nodes].sum()) / elements if elements else None


def _extreme(figures: Floats, least: bool) -> float | None:
    known = figures[~np.isnan(figures)]
    if not known.size:
        return None
    return float(known.min() if least else known.max())


def _of_pairs(comparison: "Comparison", report: Report) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Of each pair its figures, how many elements they are of, and whether these are whole numbers."""
    pairs = comparison.pairing.pairs
    figures = np.full((len(pairs), len(FIGURES)), np.nan)
    elements = np.zeros(len(pairs))
    whole = np.zeros(len(pairs), bool)
    for place, (pair, difference) in enumerate(zip(pairs, comparison.differences, strict=True)):
        if place % _ASKED == 0:
            report(place, len(pairs), "figures")
        kinds = _kinds(comparison, pair)
        whole[place] = kinds[0].element.family in _WHOLE
        known = difference.figures or difference.overlap
        if known is not None:
            told = known.max_abs, known.relative_l2, known.cosine, known.share_changed
            figures[place] = [_number(figure) for figure in told]
            elements[place] = 0 if known.share_changed is None else _common_numel([kind.shape for kind in kinds])
    return figures, elements, whole


def _number(figure: float | None) -> float:
    return np.nan if figure is None else figure


def _kinds(comparison: "Comparison", pair: "Pair") -> list[Any]:
    sides = (comparison.pairing.a, pair.a), (comparison.pairing.b, pair.b)
    return [side.checkpoint.tensors.kind(number) for side, number in sides if number is not None]


def _common_numel(shapes: Sequence[tuple[int, ...]]) -> int:
    """How many elements both tensors of a pair have."""
    numel = 1
    for sizes in zip(*shapes, strict=False):
        numel *= min(sizes)
    return numel
