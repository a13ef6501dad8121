"""Proposes what would make more of a checkpoint load: an entry, rules for keys, arguments. Each one is tried first."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from explorer.checkpoint.document import Checkpoint, Entry
from explorer.formatting import plural, visible
from explorer.keys.copies import copies
from explorer.keys.finding_rules import best_rules, matching, what_rules_say
from explorer.keys.key_mapping import Rule, rename
from explorer.keys.leaving_out import leaving_out
from explorer.loading.arguments import Signatures, deduce, fit
from explorer.loading.load_test import ModelChoice
from explorer.loading.model_file import Offer
from explorer.loading.report import LoadReport
from explorer.progress import Report, no_report

if TYPE_CHECKING:
    from explorer.keys.alignment import Sized

_MOST_ENTRIES: Final = 12
_MOST_PROPOSALS: Final = 5


class Try(Protocol):
    """Loads an entry with its keys renamed, into the model as it is or as an expression makes it, and reports."""

    def __call__(
        self, entry: Entry, rules: Sequence[Rule], build: str | None, *, strict: bool | None = None
    ) -> LoadReport:
        """Load; strict None is as the test was."""


@dataclass(frozen=True, slots=True)
class Making:
    """How the tested model was made.

    Attributes:
        expression: In Python; "" where its arguments are not to be changed.
        signatures: What the classes and factories of its file take.
    """

    expression: str = ""
    signatures: Signatures = field(default_factory=dict)


def making_of(model: ModelChoice, offers: Sequence[Offer]) -> Making:
    """How a model is made, of which the arguments may be changed: not of an instance.

    Args:
        model: What was tested.
        offers: Of its file.
    """
    offer = next((offer for offer in offers if offer.name == model.name), None)
    if offer is not None and offer.kind == "instance" and model.build is None:
        return Making()
    return Making(model.expression, {each.name: each.parameters for each in offers})


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would make more load.

    Attributes:
        why: What is the matter, as a clause: "all 58 keys start with ‘module.’".
        rules: For the keys of the entry.
        entry: Its RFC 6901 path.
        report: Of loading so.
        expression: That makes the model; None for as it was made.
        ambiguous: Why other rules could be as right, as a clause; "" where none could.
        strict: As it has to be for that; None for as it was.
    """

    why: str
    rules: tuple[Rule, ...]
    entry: str
    report: LoadReport
    expression: str | None = None
    ambiguous: str = ""
    strict: bool | None = None


def propose(
    checkpoint: Checkpoint,
    entry: Entry | None,
    report: LoadReport,
    attempt: Try,
    making: Making = Making(),
    rules: Sequence[Rule] = (),
    progress: Report = no_report,
) -> list[Proposal]:
    """Find what makes more load than did.

    Args:
        checkpoint: With all its entries.
        entry: The one that was loaded; None for a top without tensors.
        report: Of loading it.
        attempt: Tries a proposal. What it raises ends the search.
        making: Of the model, whose arguments may be others.
        rules: That it was loaded with.
        progress: Asked again and again whether to go on.

    Returns:
        The best first, and of two that load as much the one that is not ambiguous; each was tried and loads more than
        `report` does, or as much into a model that has less beside, or as much where PyTorch refused all of it.

    Raises:
        Cancelled: By `progress`.
    """
    found = _renamings(checkpoint, entry, report, attempt, progress)
    as_is = [] if entry is None else [Proposal("", tuple(rules), entry.path, report)]
    without = [_without_other_shapes(checkpoint, start, attempt) for start in (found or as_is)[:1]]
    if making.expression:
        begin = as_is + (found[:1] or _by_name_alone(checkpoint, entry, report, attempt, progress))
        fitted = (_fitted(checkpoint, start, making, attempt) for start in begin)
        found += [proposal for proposal in fitted if proposal is not None]
    found += [proposal for proposal in without if proposal is not None]
    # Of two that load as much, the one that leaves less uninitialised, then the one with less to change.
    found.sort(
        key=lambda proposal: (
            -len(proposal.report.loaded),
            bool(proposal.ambiguous),
            proposal.report.tensors,
            entry is None or proposal.entry != entry.path,
            len(proposal.rules),
        )
    )
    distinct: dict[tuple[str, tuple[Rule, ...], str | None], Proposal] = {}
    for proposal in found:
        distinct.setdefault((proposal.entry, proposal.rules, proposal.expression), proposal)
    return list(distinct.values())[:_MOST_PROPOSALS]


def propose_arguments(checkpoint: Checkpoint, entry: Entry, making: Making, attempt: Try) -> list[Proposal]:
    """Find the arguments that a model lacks, which could not be made without them.

    Args:
        checkpoint: With all its entries.
        entry: What was to be loaded.
        making: Of the model.
        attempt: As for `propose`.
    """
    keys = [checkpoint.tensors.key(number) for number in entry.numbers]
    made = deduce(making.expression, making.signatures, keys, partial(attempt, entry, ()))
    return [] if made is None else [Proposal(made.why, (), entry.path, made.report, made.expression)]


def _fitted(checkpoint: Checkpoint, start: Proposal, making: Making, attempt: Try) -> Proposal | None:
    """What arguments make of an entry and rules; None where others load no more."""
    entry = checkpoint.entry(start.entry)
    if entry is None:
        return None
    names = rename([checkpoint.tensors.key(number) for number in entry.numbers], start.rules)
    load = partial(attempt, entry, start.rules)
    made = fit(making.expression, making.signatures, list(filter(None, names.values())), start.report, load)
    if made is None:
        return None
    why = " and ".join(filter(None, [start.why, made.why]))
    return Proposal(why, start.rules, entry.path, made.report, made.expression, start.ambiguous)


def _without_other_shapes(checkpoint: Checkpoint, start: Proposal, attempt: Try) -> Proposal | None:
    """What loads once the tensors are left out that PyTorch raises for with strict off too; None where nothing does."""
    entry, report = checkpoint.entry(start.entry), start.report
    if entry is None or report.loads or not (report.loaded and report.size_mismatch):
        return None
    names = set(rename([checkpoint.tensors.key(number) for number in entry.numbers], start.rules).values())
    unwanted = [each.key for each in report.size_mismatch if each.key in names]
    rules = (*start.rules, *leaving_out(unwanted, names))
    tried = attempt(entry, rules, start.expression, strict=False)
    if not tried.loads or len(tried.loaded) < len(report.loaded):
        return None
    why = " and ".join(
        filter(None, [start.why, f"without the {plural(len(unwanted), 'tensor')} of another shape the rest loads"])
    )
    return Proposal(why, rules, entry.path, tried, start.expression, start.ambiguous, strict=False)


def _by_name_alone(
    checkpoint: Checkpoint, entry: Entry | None, report: LoadReport, attempt: Try, progress: Report
) -> list[Proposal]:
    """Rules with which names fit, whatever the shapes: where a size is wrong everywhere, no shape tells anything."""
    if entry is None:
        return []
    model: list[Sized] = [(value.key, None) for value in report.values if value.dtype is not None]
    keys: list[Sized] = [(checkpoint.tensors.key(number), None) for number in entry.numbers]
    best = best_rules(keys, model, progress)
    rules = best.rules
    if not rules or not best.sound(rules) or matching(keys, model, rules) <= matching(keys, model, ()):
        return []
    why = _why(entry, entry, [key for key, _ in keys], rules)
    return [Proposal(why, rules, entry.path, attempt(entry, rules, None), ambiguous=best.unsure(rules))]


def _renamings(
    checkpoint: Checkpoint, entry: Entry | None, report: LoadReport, attempt: Try, progress: Report
) -> list[Proposal]:
    """Entries and rules that make more load."""
    model: list[Sized] = [(value.key, value.shape) for value in report.values if value.dtype is not None]
    found: list[Proposal] = []
    for candidate in sorted(checkpoint.entries, key=lambda other: other is not entry)[:_MOST_ENTRIES]:
        tensors = [checkpoint.tensors[number] for number in candidate.numbers]
        keys: list[Sized] = [(tensor.key, tensor.kind.shape) for tensor in tensors]
        plain = matching(keys, model, ())
        options: list[tuple[Rule, ...]] = []
        if candidate is not entry and plain > len(report.loaded):
            options.append(())
        best = best_rules(keys, model, progress)
        if best.rules and matching(keys, model, best.rules) > max(plain, len(report.loaded)):
            options += [best.rules] if best.sound(best.rules) else []
            first = best.rules[:1]
            options += [first] if first != best.rules and best.sound(first) and not best.unsure(first) else []
        several = copies(keys, model, progress)
        alike: dict[tuple[Rule, ...], str] = {}
        # A copy among others is no counterpart of the model for an alignment, or the first of them is.
        found_too = matching(keys, model, best.rules) - (len(several.prefixes) > 1)
        if several.matching > max(plain, len(report.loaded), found_too):
            alike = {(several.rule(prefix),): visible(several.others(prefix)) for prefix in several.prefixes}
            options = [*list(alike)[:_MOST_PROPOSALS], *(option for option in options if option not in alike)]
        for option in options:
            if option and matching(keys, model, option) <= len(report.loaded):
                continue
            tried = attempt(candidate, option, None)
            if len(tried.loaded) > len(report.loaded):
                why = _why(candidate, entry, [key for key, _ in keys], option)
                unsure = alike.get(option) or best.unsure(option)
                found.append(Proposal(why, option, candidate.path, tried, ambiguous=unsure))
    # Of two that load as much, the one with less to change.
    found.sort(key=lambda proposal: (-len(proposal.report.loaded), bool(proposal.ambiguous), len(proposal.rules)))
    return found


def _why(candidate: Entry, entry: Entry | None, keys: Sequence[str], rules: Sequence[Rule]) -> str:
    reasons = []
    if candidate is not entry:
        reasons.append(f"the model is under {visible(candidate.name) or 'the top'}")
    if rules:
        reasons.append(what_rules_say(rules, keys, "the model"))
    return " and ".join(reasons)
