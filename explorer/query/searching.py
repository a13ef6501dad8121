"""Finds the tensors that fit a query."""

from collections.abc import Callable, Collection, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from explorer.checkpoint.document import TensorTable
from explorer.progress import Report
from explorer.query.nodes import And, Node, Not, Or
from explorer.query.terms import Comparison, Name, Term, Told

if TYPE_CHECKING:
    from explorer.analysis.compare.difference import Difference
    from explorer.analysis.measure.statistics import Statistics

_SLICE: Final = 4_096
_COSTS: Final = {"kind": 0, "key": 1, "role": 2, "problem": 3, "difference": 4, "statistics": 5}

Numbers = Sequence[int]


class Hits(NamedTuple):
    """What fits.

    Attributes:
        numbers: Rows of the tensors in the table, in the order in which they were given.
        pending: Tensors of which it depends on statistics that are not known yet.
    """

    numbers: Numbers
    pending: int


@dataclass(frozen=True)
class Known:
    """What was known when the question was put.

    Attributes:
        statistics: By the tensor's number.
        unreadable: Numbers of tensors that have none.
        told: Of ``role`` or ``kind`` a word for each tensor of the table.
        differences: By the tensor's number; None where nothing is compared.
        problems: Kinds of those that were found, by the tensor's number.
    """

    statistics: "Mapping[int, Statistics]" = field(default_factory=dict)
    unreadable: Container[int] = ()
    told: Callable[[str], Sequence[str]] | None = None
    differences: "Mapping[int, Difference] | None" = None
    problems: Mapping[int, Collection[str]] = field(default_factory=dict)


def search(tree: Node | None, table: TensorTable, numbers: Numbers, known: Known, report: Report) -> Hits:
    """Find the tensors that fit.

    Args:
        tree: What is asked for; None for everything.
        table: Of the checkpoint.
        numbers: Rows of the tensors that are looked at.
        known: A tensor without statistics neither fits a term about them nor does not: it is shown where that makes no
            difference, and else pending.
        report: Called with the tensors done.

    Raises:
        Cancelled: By `report`.
    """
    if tree is None:
        return Hits(numbers, 0)
    searching = _Search(table, known)
    found: list[int] = []
    pending = 0
    for start in range(0, len(numbers), _SLICE):
        report(start, len(numbers), "filter")
        fits, unknown = searching.split(tree, numbers[start : start + _SLICE])
        found += fits
        pending += sum(map(searching.may_be_known, unknown))
    return Hits(numbers if len(found) == len(numbers) else found, pending)


class _Search:
    """Divides tensors into those that fit, those that do not, and those of which it is not known."""

    def __init__(self, table: TensorTable, known: Known) -> None:
        self._table = table
        self._known = known
        self._of_kinds: dict[Term, list[bool]] = {}
        self._words: dict[str, Sequence[str]] = {}

    def may_be_known(self, number: int) -> bool:
        """Whether statistics of a tensor without them may still come."""
        return number not in self._known.unreadable and self._table.kind(number).problem is None

    def split(self, node: Node, numbers: Numbers) -> tuple[Numbers, Numbers]:
        """Tensors that fit, and those of which it is not known, both in their order."""
        match node:
            case And(parts):
                return self._all(parts, numbers)
            case Or(parts):
                return self._any(parts, numbers)
            case Not(of):
                return self._not(of, numbers)
        return self._term(node, numbers)

    def _all(self, parts: Sequence[Node], numbers: Numbers) -> tuple[Numbers, Numbers]:
        doubtful: set[int] = set()
        for part in sorted(parts, key=_cost):
            fits, unknown = self.split(part, numbers)
            if unknown:
                doubtful.update(unknown)
                kept = {*fits, *unknown}
                fits = [number for number in numbers if number in kept]
            numbers = fits
        if not doubtful:
            return numbers, ()
        return (
            [number for number in numbers if number not in doubtful],
            [number for number in numbers if number in doubtful],
        )

    def _any(self, parts: Sequence[Node], numbers: Numbers) -> tuple[Numbers, Numbers]:
        found: set[int] = set()
        doubtful: set[int] = set()
        left = numbers
        for part in sorted(parts, key=_cost):
            fits, unknown = self.split(part, left)
            doubtful.update(unknown)
            if fits:
                found.update(fits)
                left = [number for number in left if number not in found]
        doubtful -= found
        return (
            [number for number in numbers if number in found],
            [number for number in numbers if number in doubtful],
        )

    def _not(self, of: Node, numbers: Numbers) -> tuple[Numbers, Numbers]:
        if isinstance(of, Name):
            text, keys = of.text.casefold(), self._table.casefolded_keys
            return [number for number in numbers if text not in keys[number]], ()
        fits, unknown = self.split(of, numbers)
        gone = {*fits, *unknown}
        return [number for number in numbers if number not in gone], unknown

    def _term(self, term: Term, numbers: Numbers) -> tuple[Numbers, Numbers]:
        # One loop for each kind of term: asking for each tensor would take as long as looking.
        if isinstance(term, Name):
            text, keys = term.text.casefold(), self._table.casefolded_keys
            return [number for number in numbers if text in keys[number]], ()
        match term.about:
            case "kind":
                fitting, kind_of = self._fitting_kinds(term), self._table.kind_of
                return [number for number in numbers if fitting[kind_of[number]]], ()
            case "role":
                assert isinstance(term, Told)  # noqa: S101 - no other is about it
                words, values = self._words_of(term.word), term.values
                return [number for number in numbers if words[number] in values], ()
            case "problem":
                return self._measured(term, self._known.problems, numbers)[0], ()
            case "difference":
                return self._measured(term, self._known.differences or {}, numbers)[0], ()
        return self._measured(term, self._known.statistics, numbers)

    def _measured(self, term: Any, known: Mapping[int, Any], numbers: Numbers) -> tuple[Numbers, Numbers]:  # noqa: ANN401 - any but a name
        get = known.get
        if isinstance(term, Comparison):
            of, holds = term.of, term.holds
            fitting = [
                number
                for number in numbers
                if (one := get(number)) is not None and (value := of(one)) is not None and holds(value)
            ]
        else:
            fitting = [number for number in numbers if (one := get(number)) is not None and term.fits(one)]
        return fitting, [number for number in numbers if number not in known]

    def _fitting_kinds(self, term: Any) -> list[bool]:  # noqa: ANN401 - any about kinds
        if term not in self._of_kinds:
            self._of_kinds[term] = [term.fits(kind) for kind in self._table.kinds]
        return self._of_kinds[term]

    def _words_of(self, field: str) -> Sequence[str]:
        if field not in self._words:
            assert self._known.told is not None  # noqa: S101 - whoever asks knows what it takes
            self._words[field] = self._known.told(field)
        return self._words[field]


def _cost(node: Node) -> int:
    """What is looked at first leaves less to the rest."""
    match node:
        case And(parts) | Or(parts):
            return max(map(_cost, parts))
        case Not(of):
            return _cost(of)
    return _COSTS[node.about]
