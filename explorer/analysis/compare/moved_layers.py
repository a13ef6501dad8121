"""Where a network moved: the pairs of a comparison by layers, with how far each went."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from explorer import formatting
from explorer.analysis.compare.ranks import RANK_WORDS, Rank, rank_of
from explorer.progress import Report

if TYPE_CHECKING:
    from explorer.analysis.compare.comparing import Comparison
    from explorer.analysis.compare.difference import Difference

_DEEPEST: Final = 8
"""Names are looked at so many dots deep."""

_RANKS: Final = tuple(Rank)
_NO_CHANGES: Final = (None,) * len(_RANKS)

_ASKED: Final = 4_096
"""Pairs between two questions whether to go on."""


class MovedLayer(NamedTuple):
    """The pairs below one name.

    Attributes:
        name: What their keys begin with, up to a dot; "" for those without a dot.
        pairs: How many there are.
        identical: How many of them are.
        from_zero: How many changed from all 0, for which there is no relative change.
        changes: Of each `Rank` the largest `Figures.relative_l2` of the others that are not identical, as far as
            float64 goes; None where there is none.
        place: In `Pairing.pairs`, of the pair with `change`; else of the first that is not identical, else of the
            first.
    """

    name: str
    pairs: int
    identical: int
    from_zero: int
    changes: tuple[float | None, ...]
    place: int

    @property
    def rank(self) -> Rank | None:
        """What `change` is of: the first that moved, weights before biases; None where there is no figure."""
        known = None
        # There may be a hundred thousand.
        for rank, change in zip(_RANKS, self.changes, strict=True):
            if change:
                return rank
            if change is not None and known is None:
                known = rank
        return known

    @property
    def change(self) -> float | None:
        """How far what was trained moved, or where only biases or statistics did, these; None where no figure tells."""
        rank = self.rank
        return None if rank is None else self.changes[rank]

    @property
    def larger(self) -> list[Rank]:
        """What else moved, and by its own figures further than `change`."""
        least = self.change or 0.0
        return [rank for rank in Rank if rank != self.rank and (self.changes[rank] or 0.0) > least]

    @property
    def unmoved(self) -> bool:
        """Every bit is as it was."""
        return self.pairs == self.identical


def moved_layers(comparison: "Comparison", most: int, report: Report) -> list[MovedLayer]:
    """Put the pairs into layers: as deep ones as there may be.

    Args:
        comparison: Whose pairs.
        most: So many layers at most, unless there are more already of the outermost ones.
        report: Asked now and then whether to go on.

    Returns:
        In the order of the pairs.

    Raises:
        Cancelled: By `report`.
    """
    pairing = comparison.pairing
    names = [pair.key.split(".", _DEEPEST)[:-1] for pair in pairing.pairs]
    ranks = [rank_of(pairing, pair) for pair in pairing.pairs]
    found = _at_depth(comparison.differences, names, ranks, 1, report)
    for depth in range(2, _DEEPEST + 1):
        deeper = _at_depth(comparison.differences, names, ranks, depth, report)
        if len(deeper) > most:
            break
        found = deeper
    return found


def furthest(layers: Sequence[MovedLayer], most: int) -> list[MovedLayer]:
    """Of more layers than `most` those that moved furthest, in their order."""
    if len(layers) <= most:
        return list(layers)
    places = sorted(range(len(layers)), key=lambda at: _rank(layers[at]), reverse=True)[:most]
    return [layers[at] for at in sorted(places)]


def _rank(layer: MovedLayer) -> tuple[bool, bool, int, float]:
    first = Rank.COUNTER if layer.rank is None else layer.rank
    return layer.from_zero > 0, not layer.unmoved, -first, layer.change or 0.0


def words_of(layer: MovedLayer, *, plain: bool = False) -> str:
    """How far a layer moved, as a few words.

    Args:
        layer: Which.
        plain: What its tensors are is known: of which the figures are is not said.
    """
    if layer.unmoved:
        return "identical"
    change = "" if layer.change is None else formatting.figure(layer.change)
    if change and layer.rank and not plain:
        change += f" of {RANK_WORDS[layer.rank]}"
    if layer.change == 0:
        # It is not identical: NaN, or the signs of zeros.
        change = "0 among finite values"
    change += "".join(f", of {RANK_WORDS[rank]} {formatting.figure(layer.changes[rank])}" for rank in layer.larger)
    if layer.from_zero:
        others = f", of the others {change}" if change else ""
        return f"+Inf ({formatting.exact(layer.from_zero)} from all 0){others}"
    return change or "no figures"


def _at_depth(
    differences: "Sequence[Difference]",
    names: Sequence[Sequence[str]],
    ranks: Sequence[Rank],
    depth: int,
    report: Report,
) -> list[MovedLayer]:
    layers: dict[str, MovedLayer] = {}
    for place, (difference, parts, rank) in enumerate(zip(differences, names, ranks, strict=True)):
        if place % _ASKED == 0:
            report(0, 0, "layers")
        name = ".".join(parts[:depth])
        layers[name] = joined(layers.get(name), layer_of_one(name, place, difference, rank))
    return list(layers.values())


def layer_of_one(name: str, place: int, difference: "Difference", rank: Rank) -> MovedLayer:
    """A layer with one pair.

    Args:
        name: Of the layer.
        place: Of the pair.
        difference: Of the pair.
        rank: Of the pair.
    """
    same = difference.state == "identical"
    figures = None if same else difference.figures
    from_zero = figures is not None and figures.from_zero
    change = None if figures is None or from_zero else figures.relative_l2
    change = None if change is None else min(change, sys.float_info.max)
    changes = (*_NO_CHANGES[:rank], change, *_NO_CHANGES[rank + 1 :])
    return MovedLayer(name, 1, int(same), int(from_zero), changes, place)


def joined(layer: MovedLayer | None, one: MovedLayer) -> MovedLayer:
    """A layer with one more pair, which comes after its others.

    Args:
        layer: As it was; None where it had none.
        one: With that pair alone.
    """
    if layer is None:
        return one
    further = _how_far(one) > _how_far(layer)
    first_moved = layer.unmoved and not one.unmoved
    return MovedLayer(
        layer.name,
        layer.pairs + 1,
        layer.identical + one.identical,
        layer.from_zero + one.from_zero,
        layer.changes if one.changes == _NO_CHANGES else tuple(map(_larger, layer.changes, one.changes)),
        one.place if further or first_moved else layer.place,
    )


def _how_far(layer: MovedLayer) -> tuple[bool, bool, int, float]:
    rank = layer.rank
    change = 0.0 if rank is None else layer.changes[rank] or 0.0
    return rank is not None, change > 0, -(rank or 0), change


def _larger(one: float | None, other: float | None) -> float | None:
    return other if one is None or (other is not None and other > one) else one
