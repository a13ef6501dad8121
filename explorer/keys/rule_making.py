"""Says with few rules what many pairs of keys have in common."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from explorer.keys.key_mapping import KeyMappingError, Rule, rename
from explorer.progress import Report, asking, no_report

MOST_RULES: Final = 200
_TRIED: Final = 12
"""Candidates that are applied to all keys before the best is taken; of all, those that most pairs suggest."""
_RENAMED_AT_MOST: Final = 3_000_000
"""Keys that candidates are applied to, over all of them: some seconds."""


def rules_for(pairs: Mapping[str, str], keys: Sequence[str], report: Report = no_report) -> list[Rule]:
    """Make rules that rename keys as pairs say.

    Args:
        pairs: New names of keys.
        keys: All keys, also those that have no pair: rules never bring one of these onto another's new name.
        report: Asked again and again whether to go on.

    Returns:
        Rules, simple ones first. What they do not manage within `MOST_RULES` stays as it is.

    Raises:
        Cancelled: By `report`.
    """
    rules: list[Rule] = []
    names = {key: key for key in keys}
    left = _RENAMED_AT_MOST // max(1, len(keys))
    while len(rules) < MOST_RULES and left > 0:
        rule, names, tried = _best(pairs, names, left, report)
        left -= tried
        if rule is None:
            break
        rules.append(rule)
    return rules


def _best(
    pairs: Mapping[str, str], names: dict[str, str], most_tried: int, report: Report
) -> tuple[Rule | None, dict[str, str], int]:
    """The rule after which most keys have their new name.

    Args:
        pairs: New names of keys.
        names: What they are called by now.
        most_tried: Candidates to apply.
        report: As of `rules_for`.

    Returns:
        The rule, or None where none brings more keys to their new names; what all keys are called after it; and how
        many candidates were applied.
    """
    suggested: Counter[Rule] = Counter()
    for key, wanted in asking(pairs.items(), report, "rules"):
        if names[key] != wanted:
            suggested.update(_suggestions(names[key], wanted))
    found: Rule | None = None
    renamed = names
    most = sum(pairs.get(key) == name for key, name in names.items())
    # Of rules that as many pairs suggest, the shortest says it best.
    ordered = sorted(suggested, key=lambda rule: (-suggested[rule], len(str(rule))))[:most_tried]
    tried = 0
    for rule in ordered:
        if tried >= _TRIED and found is not None:
            break
        tried += 1
        try:
            after = rename(names.values(), [rule], report)
        except KeyMappingError:
            continue
        if "" in after.values():
            continue  # It leaves keys out, which nobody has asked for.
        right = sum(pairs.get(key) == after[name] for key, name in names.items())
        if right > most:
            found, most = rule, right
            renamed = {key: after[name] for key, name in names.items()}
    return found, renamed, tried


def _suggestions(name: str, wanted: str) -> Iterator[Rule]:
    """Rules that would make one name of another, from the widest to the narrowest."""
    ours, theirs = name.split("."), wanted.split(".")
    tail = _common(ours[::-1], theirs[::-1])
    head = _common(ours[: len(ours) - tail], theirs[: len(theirs) - tail])
    gone, come = ours[head : len(ours) - tail], theirs[head : len(theirs) - tail]
    end = r"\." if tail else "$"
    stop = "." if tail else ""
    if not head:
        # From the front of the name: a prefix that goes, comes, or becomes another.
        yield _made("^", gone, end, "", come, stop)
    elif gone:
        # Anywhere: a segment that goes or is called otherwise.
        yield _made(r"(^|\.)", gone, end, r"\1", come, stop, groups=1)
    before = ours[:head]
    yield _made("^", before + gone, end, "", before + come, stop)
    yield _made("^", ours, "$", "", theirs, "")


def _common(ours: Sequence[str], theirs: Sequence[str]) -> int:
    """How many first segments are the same."""
    same = 0
    for mine, other in zip(ours, theirs, strict=False):
        if mine != other:
            break
        same += 1
    return same


def _made(start: str, gone: list[str], end: str, kept: str, come: list[str], stop: str, groups: int = 0) -> Rule:
    """Write a rule; numbers that stay become a group, so that it holds for all of them."""
    if not gone:
        return Rule(start, f"{kept}{_replacing('.'.join(come))}{stop}" if come else kept)
    pattern, replacement = [], [_replacing(segment) for segment in come]
    numbers = Counter(segment for segment in come if segment.isdigit())
    for segment in gone:
        if segment.isdigit() and numbers[segment] == 1 and gone.count(segment) == 1:
            groups += 1
            pattern.append(r"(\d+)")
            replacement[come.index(segment)] = rf"\{groups}"
        else:
            pattern.append(re.escape(segment))
    tail = stop if come else ""
    return Rule(start + r"\.".join(pattern) + end, kept + ".".join(replacement) + tail)


def _replacing(text: str) -> str:
    return text.replace("\\", r"\\")
