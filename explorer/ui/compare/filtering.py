"""Which pairs fit the filter: by their names, what their tensors are, how they differ, and the figures of A. No Qt."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from explorer.progress import Report
from explorer.query.parsing import Query
from explorer.query.searching import Known, search

if TYPE_CHECKING:
    from explorer.analysis.compare.comparing import Comparison
    from explorer.analysis.compare.difference import Difference
    from explorer.analysis.compare.pairing import Chosen
    from explorer.analysis.told_words import ToldWords

OF_ONE_FILE: Final = "Figures such as nan>0, and problems, are those of A, as far as it is measured."


@dataclass(frozen=True)
class _Side:
    """One of both files: where its tensors are among the pairs, and what is known of them."""

    chosen: "Chosen"
    places: dict[int, int]
    differences: "dict[int, Difference]"
    told: "ToldWords"


class PairFilter:
    """Of one comparison; what does not change from one query to the next is worked out once, in the worker."""

    def __init__(self, comparison: "Comparison") -> None:
        """Look at nothing yet.

        Args:
            comparison: Whose pairs.
        """
        self._comparison = comparison

    def fitting(self, query: Query, of_a: Known, report: Report) -> list[bool]:
        """Tell of each pair whether it fits: where one of its tensors does.

        Args:
            query: One that makes sense.
            of_a: Statistics and problems of A: a pair of which none are known fits no term about them.
            report: Asked now and then whether to go on.

        Raises:
            Cancelled: By `report`.
        """
        pairs = self._comparison.pairing.pairs
        if query.tree is None:
            return [True] * len(pairs)
        fits = [False] * len(pairs)
        for side, known in zip(self._sides, (of_a, Known()), strict=True):
            table, numbers = side.chosen.checkpoint.tensors, list(side.places)
            known_there = replace(known, told=side.told, differences=side.differences)
            for number in search(query.tree, table, numbers, known_there, report).numbers:
                fits[side.places[number]] = True
        return fits

    @cached_property
    def _sides(self) -> tuple[_Side, _Side]:
        a, b = self._comparison.pairing.a, self._comparison.pairing.b
        pairs = self._comparison.pairing.pairs
        return self._side(a, [pair.a for pair in pairs]), self._side(b, [pair.b for pair in pairs])

    def _side(self, chosen: "Chosen", numbers: list[int | None]) -> _Side:
        from explorer.analysis.told_words import ToldWords  # noqa: PLC0415 - not on the way to the window

        places = {number: place for place, number in enumerate(numbers) if number is not None}
        differences = {number: self._comparison.differences[place] for number, place in places.items()}
        return _Side(chosen, places, differences, ToldWords(chosen.checkpoint))
