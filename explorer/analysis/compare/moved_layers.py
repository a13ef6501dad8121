"""Where a network moved: the pairs of a comparison by layers, with how far each went."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from explorer import formatting
from explorer.progress import Report

if TYPE_CHECKING:
    from explorer.analysis.compare.comparing import Comparison
    from explorer.analysis.compare.difference import Difference

_DEEPEST: Final = 8
"""Names are looked at so many dots deep."""

_ASKED: Final = 4_096
"""Pairs between two questions whether to go on."""


class MovedLayer(NamedTuple):
    """The pairs below one name.

    Attributes:
        name: What their keys begin with, up to a dot; "" for those without a dot.
        pairs: How many there are.
        identical: How many of them are.
        from_zero: How many changed from all 0, for which there is no relative change.
        change: The largest `Figures.relative_l2` of the others that are not identical, as far as float64 goes; None
            where there is none.
        place: In `Pairing.pairs`, of the pair with that; else of the first that is not identical, else of the first.
    """

    name: str
    pairs: int
    identical: int
    from_zero: int
    change: float | None
    place: int

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
    names = [pair.key.split(".", _DEEPEST)[:-1] for pair in comparison.pairing.pairs]
    found = _at_depth(comparison.differences, names, 1, report)
    for depth in range(2, _DEEPEST + 1):
        deeper = _at_depth(comparison.differences, names, depth, report)
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


def _rank(layer: MovedLayer) -> tuple[bool, bool, float]:
    return layer.from_zero > 0, not layer.unmoved, layer.change or 0.0


def words_of(layer: MovedLayer) -> str:
    """How far a layer moved, as a few words."""
    if layer.unmoved:
        return "identical"
    change = "" if layer.change is None else formatting.figure(layer.change)
    if layer.change == 0:
        # It is not identical: NaN, or the signs of zeros.
        change = "0 among finite values"
    if layer.from_zero:
        others = f", of the others {change}" if change else ""
        return f"+Inf ({formatting.exact(layer.from_zero)} from all 0){others}"
    return change or "no figures"


def _at_depth(
    differences: "Sequence[Difference]", names: Sequence[Sequence[str]], depth: int, report: Report
) -> list[MovedLayer]:
    layers: dict[str, MovedLayer] = {}
    for place, (difference, parts) in enumerate(zip(differences, names, strict=True)):
        if place % _ASKED == 0:
            report(0, 0, "layers")
        name = ".".join(parts[:depth])
        layers[name] = joined(layers.get(name), layer_of_one(name, place, difference))
    return list(layers.values())


def layer_of_one(name: str, place: int, difference: "Difference") -> MovedLayer:
    """A layer with one pair.

    Args:
        name: Of the layer.
        place: Of the pair.
        difference: Of the pair.
    """
    same = difference.state == "identical"
    figures = None if same else difference.figures
    from_zero = figures is not None and figures.from_zero
    change = None if figures is None or from_zero else figures.relative_l2
    change = None if change is None else min(change, sys.float_info.max)
    return MovedLayer(name, 1, int(same), int(from_zero), None if from_zero else change, place)


def joined(layer: MovedLayer | None, one: MovedLayer) -> MovedLayer:
    """A layer with one more pair, which comes after its others.

    Args:
        layer: As it was; None where it had none.
        one: With that pair alone.
    """
    if layer is None:
        return one
    further = one.change is not None and (layer.change is None or one.change > layer.change)
    first_moved = layer.unmoved and not one.unmoved and not layer.change
    return MovedLayer(
        layer.name,
        layer.pairs + 1,
        layer.identical + one.identical,
        layer.from_zero + one.from_zero,
        one.change if further else layer.change,
        one.place if further or first_moved else layer.place,
    )
