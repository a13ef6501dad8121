"""Notes: what is found in networks that work, told once for all tensors of an entry."""

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from explorer.formatting import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.analysis.judge.problems import Problem
    from explorer.checkpoint.document import TensorTable

_OF_SEVERAL: Final = {"vanishing_variance": "{} have channels with a variance near 0. The first: {}"}


def fold_notes(found: "Sequence[Problem]", table: "TensorTable") -> "list[Problem]":
    """Put the notes of one kind in one entry together, in the place of the first.

    Args:
        found: Problems and notes, in any order.
        table: Tells the entries.

    Returns:
        The problems as they are, and fewer notes.
    """
    alike: dict[tuple[str, str], list[Problem]] = defaultdict(list)
    for one in found:
        if one.note:
            alike[table[one.number].entry, one.kind].append(one)
    told = {id(some[0]): _together(some) for some in alike.values()}
    return [told.get(id(one), one) for one in found if not one.note or id(one) in told]


def found_in_words(problems: int, notes: int) -> str:
    """Say how much was found.

    Args:
        problems: How many.
        notes: Likewise; nothing is said of none.
    """
    found = plural(problems, "problem") if problems else "No problems"
    return f"{found} and {plural(notes, 'note')}" if notes else found


def _together(some: "Sequence[Problem]") -> "Problem":
    first = some[0]
    if len(some) == 1:
        return first
    detail = _OF_SEVERAL[first.kind].format(plural(len(some), "norm"), first.detail)
    return replace(first, detail=detail, also=tuple(one.number for one in some[1:]))
