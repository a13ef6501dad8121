"""Which pairs fit the filter: by their names, what their tensors are, and how they differ, in A or in B. No Qt."""

from typing import TYPE_CHECKING, Final

from explorer.progress import Report
from explorer.query.nodes import And, Node, Not, Or, all_of, any_of, not_of
from explorer.query.parsing import Query
from explorer.query.searching import Known, search

if TYPE_CHECKING:
    from explorer.analysis.comparing import Comparison

OF_ONE_FILE: Final = "Figures such as nan>0 are of one file: here all other terms are looked at."


def fitting(comparison: "Comparison", query: Query, report: Report) -> list[bool]:
    """Tell of each pair whether it fits: where one of its tensors does.

    Args:
        comparison: Whose pairs.
        query: Terms about statistics are passed by; nothing that makes no sense leaves anything out.
        report: Asked now and then whether to go on.

    Raises:
        Cancelled: By `report`.
    """
    from explorer.analysis.told_words import ToldWords  # noqa: PLC0415 - not on the way to the window

    pairs = comparison.pairing.pairs
    tree = None if query.wrong is not None else _without_statistics(query.tree)
    if tree is None:
        return [True] * len(pairs)
    fits = [False] * len(pairs)
    for chosen, numbers in (
        (comparison.pairing.a, [pair.a for pair in pairs]),
        (comparison.pairing.b, [pair.b for pair in pairs]),
    ):
        places = {number: place for place, number in enumerate(numbers) if number is not None}
        differences = {number: comparison.differences[place] for number, place in places.items()}
        known = Known(told=ToldWords(chosen.checkpoint), differences=differences)
        for number in search(tree, chosen.checkpoint.tensors, list(places), known, report).numbers:
            fits[places[number]] = True
    return fits


def _without_statistics(node: Node | None) -> Node | None:
    """The same where nothing is known of statistics; None where all may fit."""
    match node:
        case And(parts):
            return all_of(map(_without_statistics, parts))
        case Or(parts):
            kept = [_without_statistics(part) for part in parts]
            return None if None in kept else any_of(kept)
        case Not(of):
            inside = _without_statistics(of)
            return None if inside is None else not_of(inside)
        case None:
            return None
    return None if node.about == "statistics" else node
