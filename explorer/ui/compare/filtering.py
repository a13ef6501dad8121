"""Which pairs fit the filter: by their names and by what their tensors are, in A or in B. No Qt."""

from typing import TYPE_CHECKING, Final

from explorer.progress import Report
from explorer.ui.layers.query import Query

if TYPE_CHECKING:
    from explorer.analysis.comparing import Comparison
    from explorer.analysis.pairing import Chosen

_ASKED: Final = 8_192

OF_ONE_FILE: Final = "Figures such as nan>0 are of one file: here names, dtypes, shapes and sizes are looked at."


def fitting(comparison: "Comparison", query: Query, report: Report) -> list[bool]:
    """Tell of each pair whether it fits: where one of its tensors fits all terms.

    Args:
        comparison: Whose pairs.
        query: Terms about statistics are passed by.
        report: Asked now and then whether to go on.

    Raises:
        Cancelled: By `report`.
    """
    pairing = comparison.pairing
    if query.problem or not (query.names or query.kinds):
        return [True] * len(pairing.pairs)
    sides = _Side(pairing.a, query), _Side(pairing.b, query)
    found = []
    for place, pair in enumerate(pairing.pairs):
        if place % _ASKED == 0:
            report(place, len(pairing.pairs), "filter")
        name = pair.key.casefold()
        found.append(sides[0].fits(pair.a, name) or sides[1].fits(pair.b, name))
    return found


class _Side:
    """The tensors of one file."""

    def __init__(self, chosen: "Chosen", query: Query) -> None:
        table = chosen.checkpoint.tensors
        self._keys, self._kind_of = table.casefolded_keys, table.kind_of
        self._kinds = [all(term.fits(kind) for term in query.kinds) for kind in table.kinds]
        self._names = [(term.text.casefold(), term.excluded) for term in query.names]

    def fits(self, number: int | None, name: str) -> bool:
        """Whether a tensor does, by its own name and by the one that it has in the comparison."""
        if number is None or not self._kinds[self._kind_of[number]]:
            return False
        own = self._keys[number]
        return all((text in own or text in name) != excluded for text, excluded in self._names)
