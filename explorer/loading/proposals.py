"""Proposes what would make more of a checkpoint load: another entry, or rules for keys. Each one is tried first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from explorer.checkpoint.document import Checkpoint, Entry
from explorer.formatting import visible
from explorer.keys.finding_rules import best_rules, matching, what_rules_say
from explorer.keys.key_mapping import Rule
from explorer.loading.report import LoadReport

if TYPE_CHECKING:
    from explorer.keys.alignment import Sized

_MOST_ENTRIES: Final = 12
_MOST_PROPOSALS: Final = 5

Try = Callable[[Entry, Sequence[Rule]], LoadReport]
"""Loads an entry with its keys renamed, and reports."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would make more load.

    Attributes:
        why: What is the matter, as a clause: "all 58 keys start with module.".
        rules: For the keys of the entry.
        entry: Its RFC 6901 path.
        report: Of loading so.
    """

    why: str
    rules: tuple[Rule, ...]
    entry: str
    report: LoadReport


def propose(checkpoint: Checkpoint, entry: Entry | None, report: LoadReport, attempt: Try) -> list[Proposal]:
    """Find what makes more load than did.

    Args:
        checkpoint: With all its entries.
        entry: The one that was loaded; None for a top without tensors.
        report: Of loading it.
        attempt: Tries a proposal. What it raises ends the search.

    Returns:
        The best first; each was tried and loads more than `report` does.
    """
    model: list[Sized] = [(value.key, value.shape) for value in report.values if value.dtype is not None]
    found: list[Proposal] = []
    for candidate in sorted(checkpoint.entries, key=lambda other: other is not entry)[:_MOST_ENTRIES]:
        tensors = [checkpoint.tensors[number] for number in candidate.numbers]
        keys: list[Sized] = [(tensor.key, tensor.kind.shape) for tensor in tensors]
        plain = matching(keys, model, ())
        options: list[tuple[Rule, ...]] = []
        if candidate is not entry and plain > len(report.loaded):
            options.append(())
        rules = best_rules(keys, model)
        if rules and matching(keys, model, rules) > max(plain, len(report.loaded)):
            options += [rules] if len(rules) == 1 else [rules, rules[:1]]
        for option in options:
            if option and matching(keys, model, option) <= len(report.loaded):
                continue
            tried = attempt(candidate, option)
            if len(tried.loaded) > len(report.loaded):
                why = _why(candidate, entry, [key for key, _ in keys], option)
                found.append(Proposal(why, option, candidate.path, tried))
    # Of two that load as much, the one with less to change.
    found.sort(
        key=lambda proposal: (
            -len(proposal.report.loaded),
            entry is None or proposal.entry != entry.path,
            len(proposal.rules),
        )
    )
    return found[:_MOST_PROPOSALS]


def _why(candidate: Entry, entry: Entry | None, keys: Sequence[str], rules: Sequence[Rule]) -> str:
    reasons = []
    if candidate is not entry:
        reasons.append(f"the model is under {visible(candidate.name) or 'the top'}")
    if rules:
        reasons.append(what_rules_say(rules, keys, "the model"))
    return " and ".join(reasons)
