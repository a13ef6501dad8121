"""Finds the rules that bring most keys of one set onto those of another, and says in words what they do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from explorer.formatting import exact, plural, visible
from explorer.keys.alignment import Sized, align
from explorer.keys.key_mapping import KeyMappingError, Rule, rename
from explorer.keys.rule_making import rules_for
from explorer.progress import Report, no_report

_CONVENTIONS: Final[tuple[tuple[Rule, ...], ...]] = (
    (),
    # torch.nn.utils.parametrizations.weight_norm names what torch.nn.utils.weight_norm called weight_g and weight_v.
    (
        Rule(r"\.weight_g$", ".parametrizations.weight.original0"),
        Rule(r"\.weight_v$", ".parametrizations.weight.original1"),
    ),
    (
        Rule(r"\.parametrizations\.weight\.original0$", ".weight_g"),
        Rule(r"\.parametrizations\.weight\.original1$", ".weight_v"),
    ),
    # What peft wraps a model in: https://huggingface.co/docs/peft, "PEFT checkpoint format".
    (Rule(r"^base_model\.model\.", ""), Rule(r"\.base_layer\.", ".")),
)
"""Rules for names that tools are known to give; tried before what is left is aligned."""


def matching(keys: Sequence[Sized], wanted: Sequence[Sized], rules: Sequence[Rule], report: Report = no_report) -> int:
    """How many keys have a name and shape of the wanted ones once they are renamed; 0 where rules cannot be applied.

    Args:
        keys: To be renamed.
        wanted: Those that they should become; a shape that is None fits any.
        rules: Applied in order.
        report: Asked again and again whether to go on.

    Raises:
        Cancelled: By `report`.
    """
    try:
        names = rename((key for key, _ in keys), rules, report)
    except KeyMappingError:
        return 0
    shapes = dict(wanted)
    renamed = ((names[key], shape) for key, shape in keys)
    return sum(name in shapes and shapes[name] in (shape, None) for name, shape in renamed)


@dataclass(frozen=True, slots=True)
class Found:
    """Rules that bring keys onto wanted ones.

    Attributes:
        rules: Applied in order.
        pairs: What keys are taken for, by all that is known of them.
        by_order: Keys of those that only their order tells: others have the same shapes.
    """

    rules: tuple[Rule, ...] = ()
    pairs: Mapping[str, str] = field(default_factory=dict)
    by_order: frozenset[str] = frozenset()

    def sound(self, rules: Sequence[Rule]) -> bool:
        """Whether some of the rules alone bring no key onto what is another's: layers would change their order."""
        taken = set(self.pairs.values())
        names = rename(self.pairs, rules)
        return all(name == self.pairs[key] or name not in taken for key, name in names.items())

    def unsure(self, rules: Sequence[Rule]) -> str:
        """What makes some of the rules ambiguous, as a clause; "" where nothing does."""
        names = rename(self.by_order, rules)
        count = sum(name != key and name == self.pairs[key] for key, name in names.items())
        others = "may be one another by their shapes, and only their order speaks for this"
        return f"{plural(count, 'tensor')} {others}" if count else ""


def best_rules(keys: Sequence[Sized], wanted: Sequence[Sized], report: Report = no_report) -> Found:
    """Find the rules after which most keys are `matching`; none where none are.

    Args:
        keys: To be renamed, each once, in their file's order.
        wanted: Those that they should become, likewise.
        report: Asked again and again whether to go on.

    Raises:
        Cancelled: By `report`.
    """
    best = Found()
    most = 0
    for convention in _CONVENTIONS:
        try:
            names = rename((key for key, _ in keys), convention, report)
        except KeyMappingError:
            continue
        if convention and all(key == name for key, name in names.items()):
            continue
        renamed = [(names[key], shape) for key, shape in keys]
        used = [rule for rule in convention if any(rule.compiled().search(key) for key, _ in keys)]
        aligned = align(renamed, wanted, report)
        rules = (*used, *rules_for(aligned.pairs, [key for key, _ in renamed], report))
        count = matching(keys, wanted, rules, report)
        if count > most:
            pairs = {key: aligned.pairs[name] for key, name in names.items() if name in aligned.pairs}
            best = Found(rules, pairs, frozenset(key for key in pairs if names[key] in aligned.by_order))
            most = count
    return best


def what_rules_say(rules: Sequence[Rule], keys: Sequence[str], other: str) -> str:
    """Say what is the matter where rules help, as a clause: "all 58 keys start with ‘module.’".

    Args:
        rules: At least one.
        keys: That they rename.
        other: Whose keys they are to become: "the model".
    """
    if len(rules) > 1:
        return f"{exact(_renamed(keys, rules))} of {plural(len(keys), 'key')} have other names in {other}"
    return _what_one_rule_says(rules[0], keys, other)


def _renamed(keys: Sequence[str], rules: Sequence[Rule]) -> int:
    return sum(key != name for key, name in rename(keys, rules).items())


def _what_one_rule_says(rule: Rule, keys: Sequence[str], other: str) -> str:
    count = _renamed(keys, [rule])
    counted = f"all {plural(count, 'key')}" if count == len(keys) else f"{exact(count)} of {plural(len(keys), 'key')}"
    name = rule.pattern.removeprefix("^").removeprefix(r"(^|\.)").replace("\\", "")
    new = rule.replacement.removeprefix(r"\1")
    if rule.pattern == "^":
        return f"{other}'s keys start with ‘{visible(new)}’"
    if not new:
        verb = ("start with", "have") if count != 1 else ("starts with", "has")
        return f"{counted} {verb[not rule.pattern.startswith('^')]} ‘{visible(name)}’"
    return f"in {counted}, {visible(name.rstrip('.$'))} is called {visible(new.rstrip('.'))} in {other}"
