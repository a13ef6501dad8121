"""The figures of a union tree: of pairs as they were found, of layers rolled up from those below them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.compare.whole_numbers import kinds_of, whole_numbers
from explorer.progress import Report

if TYPE_CHECKING:
    from explorer.analysis.compare.comparing import Comparison

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

FIGURES: Final = ("max_abs", "relative_l2", "cosine", "changed", "mean_abs")
"""Those of `Figures` that a node has. A layer tells the largest, the smallest of cosines, and the mean of the shares
that changed, NaN and infinities among them, and of the mean differences, each weighted by its elements. Of tensors that
were all 0 there is no relative change that could be compared with others: their +Inf is a layer's only where nothing
else of it moved."""

_RELATIVE: Final = FIGURES.index("relative_l2")
_COSINE: Final = FIGURES.index("cosine")
_SHARE: Final = FIGURES.index("changed")
_MEAN: Final = FIGURES.index("mean_abs")
_WEIGHTED: Final = (_SHARE, _MEAN)
_ASKED: Final = 256

Told = tuple[float | None, float | None, float | None, float | None, float | None]
"""One for each of `FIGURES`; None where there is none."""


class PairFigures(NamedTuple):
    """What each pair says by itself.

    Attributes:
        own: Each of `FIGURES`; NaN where there is none.
        elements: Of how many the means are, for each figure that is one.
        whole: Whether it is of whole numbers.
    """

    own: Floats
    elements: Floats
    whole: NDArray[np.bool_]

    def without(self, left_out: NDArray[np.bool_]) -> "PairFigures":
        """The same with nothing to say of some pairs.

        Args:
            left_out: Whether each pair is one of them.
        """
        own, elements = np.where(left_out[:, None], np.nan, self.own), np.where(left_out[:, None], 0.0, self.elements)
        return PairFigures(own, elements, self.whole & ~left_out)


class UnionFigures:
    """Layers leave whole numbers out, such as counters, unless nothing else is in them.

    Attributes:
        table: Of each node each of `FIGURES`; NaN where there is none.
    """

    def __init__(self, of_pairs: "PairFigures", parents: Ints, upwards: Sequence[Ints], report: Report) -> None:
        """Roll figures up.

        Args:
            of_pairs: What is rolled up.
            parents: Of each node the layer that it is in; pairs come first.
            upwards: All nodes but the first layer, in portions of which none holds a node of an earlier one.
            report: Asked now and then whether to go on.

        Raises:
            Cancelled: By `report`.
        """
        own, elements, whole = of_pairs
        pairs = len(own)
        self._whole = np.zeros(len(parents), np.int64)
        self._whole[:pairs] = whole
        for nodes in upwards:
            np.add.at(self._whole, parents[nodes], self._whole[nodes])
        without = np.where(whole[:, None], np.nan, own)
        self._numbers = _Rolls(without, np.where(whole[:, None], 0.0, elements), parents, upwards)
        self._all = _Rolls(own, elements, parents, upwards)
        report(0, 0, "layers")
        numbers = self._numbers.table()
        nothing = np.isnan(numbers).sum(axis=1) == len(FIGURES)
        self.table = np.where(nothing[:, None], self._all.table(), numbers)

    def of(self, nodes: Ints) -> tuple[Told, int, int]:
        """What there is to say of some nodes together.

        Args:
            nodes: At least one, none of which is in another.

        Returns:
            Figures, how many tensors of whole numbers were left out of them, and how many that were all 0 the relative
            change leaves out.
        """
        told = self._numbers.of(nodes)
        if told == (None,) * len(FIGURES):
            return self._all.of(nodes), 0, self._all.left_out(nodes)
        return told, int(self._whole[nodes].sum()), self._numbers.left_out(nodes)

    def distances(self, pairs: int) -> Floats:
        """How far each pair went, to be compared: whole numbers less far than all others, and what has no figure least.

        Args:
            pairs: How many there are.
        """
        # What was all 0 went further than what is as it was, and nobody can say how far.
        distances = np.nan_to_num(self.table[:pairs, _RELATIVE], nan=-2.0, posinf=np.nextafter(0.0, 1.0))
        return np.where(self._whole[:pairs] > 0, -1.0, distances)


class _Rolls:
    """Extremes, and means by elements: of how many there are, and of the sums of what each of them says."""

    def __init__(self, own: Floats, elements: Floats, parents: Ints, upwards: Sequence[Ints]) -> None:
        pairs = len(own)
        self._extremes = np.full((len(parents), _SHARE), np.nan)
        self._elements, self._sums = np.zeros((2, len(parents), len(_WEIGHTED)))
        self._extremes[:pairs] = own[:, :_SHARE]
        self._elements[:pairs] = elements
        # What has no elements has no figure; infinite ones stay so.
        self._sums[:pairs] = np.where(elements > 0, own[:, _SHARE:], 0.0) * np.maximum(elements, 1)
        relative = self._extremes[:, _RELATIVE]
        self._endless = endless = np.isinf(relative).astype(np.int64)
        relative[endless > 0] = np.nan
        for nodes in upwards:
            above = parents[nodes]
            np.add.at(self._elements, above, self._elements[nodes])
            np.add.at(self._sums, above, self._sums[nodes])
            np.add.at(endless, above, endless[nodes])
            for at in range(_SHARE):
                column = self._extremes[:, at]
                (np.fmin if at == _COSINE else np.fmax).at(column, above, column[nodes])
        relative[(endless > 0) & ~(relative > 0)] = np.inf

    def table(self) -> Floats:
        known = self._elements > 0
        means = np.where(known, self._sums / np.where(known, self._elements, 1), np.nan)
        return np.column_stack([self._extremes, means])

    def of(self, nodes: Ints) -> Told:
        found = self._extremes[nodes]
        some = found[:, _RELATIVE]
        if (some[np.isfinite(some)] > 0).any():
            some[np.isinf(some)] = np.nan
        largest, relative, cosine = (_extreme(found[:, at], at == _COSINE) for at in range(_SHARE))
        share, mean = (
            float(total) / float(elements) if elements else None
            for total, elements in zip(self._sums[nodes].sum(axis=0), self._elements[nodes].sum(axis=0), strict=True)
        )
        return largest, relative, cosine, share, mean

    def left_out(self, nodes: Ints) -> int:
        """How many endless relative changes are not told, because there are others."""
        some = self._extremes[nodes, _RELATIVE]
        return int(self._endless[nodes].sum()) if (some[np.isfinite(some)] > 0).any() else 0


def _extreme(figures: Floats, least: bool) -> float | None:
    known = figures[~np.isnan(figures)]
    if not known.size:
        return None
    return float(known.min() if least else known.max())


def figures_of_pairs(comparison: "Comparison", report: Report) -> PairFigures:
    """Look up what each pair says.

    Args:
        comparison: Whose pairs.
        report: Asked now and then whether to go on.

    Raises:
        Cancelled: By `report`.
    """
    pairs = comparison.pairing.pairs
    figures = np.full((len(pairs), len(FIGURES)), np.nan)
    elements = np.zeros((len(pairs), len(_WEIGHTED)))
    whole = np.zeros(len(pairs), bool)
    for place, (pair, difference) in enumerate(zip(pairs, comparison.differences, strict=True)):
        if place % _ASKED == 0:
            report(place, len(pairs), "figures")
        kinds = kinds_of(comparison.pairing, pair)
        whole[place] = bool(whole_numbers(kinds))
        known = difference.figures or difference.overlap
        if known is not None:
            told = known.max_abs, known.relative_l2, known.cosine, known.share_changed, known.mean_abs
            figures[place] = [_number(figure) for figure in told]
            numel = _common_numel([kind.shape for kind in kinds])
            # Of what is not finite on either side there is no difference.
            finite = 1 - (known.not_finite + known.alike) / numel if numel else 0
            elements[place] = (
                0 if known.share_changed is None else numel,
                0 if known.mean_abs is None else numel * finite,
            )
    return PairFigures(figures, elements, whole)


def _number(figure: float | None) -> float:
    return np.nan if figure is None else figure


def _common_numel(shapes: Sequence[tuple[int, ...]]) -> int:
    """How many elements both tensors of a pair have."""
    numel = 1
    for sizes in zip(*shapes, strict=False):
        numel *= min(sizes)
    return numel
