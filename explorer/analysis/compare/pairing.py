"""Pairs the tensors of two entries by their keys, and finds rules that would pair more."""

import re
from collections import defaultdict
from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from explorer.checkpoint.document import Checkpoint, Entry
from explorer.checkpoint.errors import CheckpointError
from explorer.keys.finding_rules import best_rules, what_rules_say
from explorer.keys.key_mapping import KeyMappingError, Rule, rename
from explorer.progress import Report, asking, no_report

if TYPE_CHECKING:
    from explorer.keys.alignment import Sized


_CONSTANT: Final = re.compile(r"constants\.\d+")


class Chosen(NamedTuple):
    """A checkpoint, and which of its entries is compared."""

    checkpoint: Checkpoint
    entry: Entry

    def key(self, number: int) -> str:
        """The dotted name of a tensor in the entry, by its row in the table of the checkpoint."""
        table = self.checkpoint.tensors
        return ".".join(table[number].path) if self.is_whole else table.key(number)

    @property
    def is_whole(self) -> bool:
        """The entry was made of a whole file: its tensors are in entries that have paths of their own."""
        return self.entry.path == "" and self.checkpoint.entry("") is None


class Pair(NamedTuple):
    """A tensor of A and its counterpart in B, as rows in the tables of their checkpoints; None where there is none.

    Attributes:
        key: In A; of what is only in B, there, rules applied.
        a: Its row in A.
        b: Its row in B.
    """

    key: str
    a: int | None
    b: int | None


@dataclass(frozen=True, slots=True)
class Pairing:
    """What is compared with what.

    Attributes:
        a: Where the first ones are from.
        b: Where the others are from.
        rules: That were applied to the keys of B.
        pairs: Each tensor of either once: those of A in its order, and what is only in B behind its neighbour there.
    """

    a: Chosen
    b: Chosen
    rules: tuple[Rule, ...]
    pairs: tuple[Pair, ...]

    @property
    def paired(self) -> int:
        """Tensors that have a counterpart."""
        return sum(pair.a is not None and pair.b is not None for pair in self.pairs)

    def key_a(self, pair: Pair) -> str | None:
        """The key of a pair in A."""
        return None if pair.a is None else self.a.key(pair.a)

    def key_b(self, pair: Pair) -> str | None:
        """The key of a pair in B, as it is in the file."""
        return None if pair.b is None else self.b.key(pair.b)


@dataclass(frozen=True, slots=True)
class RuleProposal:
    """Rules that pair more tensors.

    Attributes:
        why: What is the matter, as a clause: "all 58 keys start with ‘module.’".
        rules: For the keys of B.
        paired: How many tensors have a counterpart then.
        more: How many of these have none without the rules.
        ambiguous: Why other rules could be as right, as a clause; "" where none could.
    """

    why: str
    rules: tuple[Rule, ...]
    paired: int
    more: int = 0
    ambiguous: str = ""


def choose(checkpoint: Checkpoint, path: str | None) -> Chosen:
    """The entry of that RFC 6901 path, for "" the whole file where it has none there; for None the one shown first.

    Raises:
        CheckpointError: There is none.
    """
    entry = checkpoint.chosen if path is None else checkpoint.entry(path)
    if entry is None and path == "" and len(checkpoint.tensors):
        entry = _whole(checkpoint)
    if entry is None and path is None:
        why = checkpoint.message or "the file holds none"
        raise CheckpointError("There are no tensors to compare", why.rstrip("."), verdict=checkpoint.verdict)
    if entry is None:
        known = ", ".join(repr(other.path) for other in checkpoint.entries) or "none"
        raise CheckpointError(f"The file has no entry {path!r}", f"its entries are {known}")
    return Chosen(checkpoint, entry)


def _whole(checkpoint: Checkpoint) -> Entry:
    """An entry of all tensors of a file."""
    count = len(checkpoint.tensors)
    return Entry("", "state_dict", count, checkpoint.sums.parameters, chosen=False, numbers=range(count))


def pair_up(a: Chosen, b: Chosen, rules: Sequence[Rule] = (), report: Report = no_report) -> Pairing:
    """Pair tensors by key.

    Args:
        a: One entry.
        b: Another, possibly of the same checkpoint.
        rules: Applied to the keys of B.
        report: Called now and then, without figures.

    Raises:
        Cancelled: By `report`.
        KeyMappingError: A rule makes no sense, or two keys of B would have one name.
    """
    rows_a, rows_b = _rows(a, b, report), _rows(b, a, report)
    names = rename((key for key, _ in rows_b), rules)
    # A file may have one key twice: {"a.b": …, "a": {"b": …}}.
    waiting: dict[str, list[int]] = defaultdict(list)
    for key, number in asking(rows_a, report, "pairing"):
        waiting[key].append(number)
    counterparts: dict[int, int] = {}
    behind: dict[int | None, list[Pair]] = defaultdict(list)
    neighbour: int | None = None
    for key, number in asking(rows_b, report, "pairing"):
        numbers = waiting.get(names[key])
        if numbers:
            neighbour = numbers.pop(0)
            counterparts[neighbour] = number
        else:
            # One that the rules leave out has no counterpart, and the name that it had.
            behind[neighbour].append(Pair(names[key] or key, None, number))
    pairs = behind[None]
    for key, number in asking(rows_a, report, "pairing"):
        pairs += [Pair(key, number, counterparts.get(number)), *behind.get(number, ())]
    return Pairing(a, b, tuple(rules), tuple(pairs))


def propose_rules(pairing: Pairing, report: Report = no_report) -> list[RuleProposal]:
    """Find rules that pair more tensors, where both have some without a counterpart.

    Args:
        pairing: What is paired already; its own rules come first in each proposal.
        report: Asked again and again whether to go on.

    Returns:
        The best first, and of two that pair as many the one that is not ambiguous.

    Raises:
        Cancelled: By `report`.
    """
    lonely = [pair for pair in pairing.pairs if pair.a is None or pair.b is None]
    left = {pair.a for pair in lonely}, {pair.b for pair in lonely}
    if not (left[0] - {None} and left[1] - {None}):
        return []
    names = rename((key for key, _ in _rows(pairing.b, pairing.a, report)), pairing.rules)
    keys = [(names[key], shape) for key, shape in sized_keys(pairing.b, pairing.a) if names[key]]
    wanted = sized_keys(pairing.a, pairing.b)
    # Where most keys agree, what is left says more by itself.
    left_keys = [(names[key], shape) for key, shape in sized_keys(pairing.b, pairing.a, left[1]) if names[key]]
    left_wanted = sized_keys(pairing.a, pairing.b, left[0])
    sides = [(keys, wanted), (left_keys, left_wanted)]
    options: dict[tuple[Rule, ...], str] = {}
    for ours, theirs in sides[: 1 if sides[0] == sides[1] else 2]:
        best = best_rules(ours, theirs, report)
        for option in (best.rules, best.rules[:1]):
            if option and best.sound(option):
                options.setdefault(option, best.unsure(option))
    found = []
    for option, ambiguous in options.items():
        rules = (*pairing.rules, *option)
        try:
            paired = pair_up(pairing.a, pairing.b, rules).paired
        except KeyMappingError:
            continue
        if paired > pairing.paired:
            why = what_rules_say(option, [key for key, _ in keys], "A")
            found.append(RuleProposal(why, rules, paired, paired - pairing.paired, ambiguous))
    return sorted(found, key=lambda proposal: (-proposal.paired, bool(proposal.ambiguous), len(proposal.rules)))


def _rows(chosen: Chosen, other: Chosen, report: Report) -> list[tuple[str, int]]:
    """Keys and rows of what is compared.

    Of a tensor that was saved as several others these are. The constants of TorchScript belong to its code, which no
    other container has.
    """
    table = chosen.checkpoint.tensors
    key = chosen.key if chosen.is_whole else table.key
    rows = [(key(number), number) for number in asking(chosen.entry.numbers, report, "pairing")]
    if chosen.checkpoint.container == "torchscript" != other.checkpoint.container:
        rows = [row for row in rows if not _CONSTANT.fullmatch(row[0])]
    wholes = [row for row in asking(rows, report, "pairing") if table.kind(row[1]).layout == "subclass"]
    if not wholes:
        return rows
    holding = {key.rpartition(".")[0] for key, _ in rows}
    left_out = {number for key, number in wholes if key in holding}
    return [row for row in rows if row[1] not in left_out]


def sized_keys(chosen: Chosen, other: Chosen, numbers: Container[int | None] | None = None) -> "list[Sized]":
    """Keys and shapes of what is compared, or of some of it.

    Args:
        chosen: Whose.
        other: What it is compared with.
        numbers: Rows in the table of `chosen`; None for all.
    """
    table = chosen.checkpoint.tensors
    rows = _rows(chosen, other, no_report)
    return [(key, table.kind(number).shape) for key, number in rows if numbers is None or number in numbers]
