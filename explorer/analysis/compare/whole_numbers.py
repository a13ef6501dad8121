"""Tensors of whole numbers, such as counters: 100 more steps say nothing of how far a layer's weights went."""

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.analysis.compare.pairing import Pair, Pairing

FAMILIES: Final = ("int", "bool")
"""Of dtypes, as their elements name them."""


def kinds_of(pairing: "Pairing", pair: "Pair") -> "Sequence[Any]":
    """The kinds of both tensors of a pair, A's first; of one where the other file has no counterpart."""
    sides = (pairing.a, pair.a), (pairing.b, pair.b)
    return [side.checkpoint.tensors.kind(number) for side, number in sides if number is not None]


def whole_numbers(kinds: "Sequence[Any]") -> str:
    """What whole numbers a pair is of: ``int`` or ``bool``, or "" where it is of none.

    Args:
        kinds: As `kinds_of` tells them.
    """
    family: str = kinds[0].element.family
    return family if family in FAMILIES else ""
