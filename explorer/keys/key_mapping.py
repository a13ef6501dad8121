"""Rules that rename keys, or leave them out: regular expressions that are applied in order."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from explorer.progress import Report, asking, no_report


class KeyMappingError(ValueError):
    """A rule that is no rule, or rules that bring two keys onto one; its text is a sentence."""


@dataclass(frozen=True, slots=True)
class Rule:
    r"""Renames every key that a regular expression finds something in, as `re.sub` does.

    A key of which rules leave nothing is left out: ``^head\.(weight|bias)$`` with nothing in its place.

    Attributes:
        pattern: The regular expression.
        replacement: What stands in the place of what it finds; ``\1`` is its first group.
    """

    pattern: str
    replacement: str

    @classmethod
    def parse(cls, text: str) -> "Rule":
        r"""Read a rule as it is written: ``REGEX=REPLACEMENT``, split at the last ``=``.

        Args:
            text: Such as ``^module\.=``.

        Raises:
            KeyMappingError: It has no ``=``, or makes no sense.
        """
        pattern, sign, replacement = text.rpartition("=")
        if not sign:
            raise KeyMappingError(f"The rule {text!r} has no =: write it as REGEX=REPLACEMENT.")
        rule = cls(pattern, replacement)
        rule.compiled()
        return rule

    def compiled(self) -> "re.Pattern[str]":
        """Compile it.

        Raises:
            KeyMappingError: It is no regular expression, or its replacement speaks of a group that it does not have.
        """
        try:
            compiled = re.compile(self.pattern)
            # A replacement is only looked at where something is found: here, nothing, in groups of the same names.
            names = {number: f"?P<{name}>" for name, number in compiled.groupindex.items()}
            groups = "".join(f"({names.get(number, '')})" for number in range(1, compiled.groups + 1))
            re.compile(groups).sub(self.replacement, "")
        except (re.error, IndexError, RecursionError, OverflowError) as error:
            raise KeyMappingError(f"The rule {self} makes no sense: {error}.") from None
        return compiled

    @property
    def in_words(self) -> str:
        """The rule as people read it."""
        return f"{self.pattern} → {self.replacement or '(nothing)'}"

    def __str__(self) -> str:
        return f"{self.pattern}={self.replacement}"


def rename(keys: Iterable[str], rules: Sequence[Rule], report: Report = no_report) -> dict[str, str]:
    """Apply rules to keys, each to what the one before it left.

    Args:
        keys: Each once.
        rules: In order; none leaves all keys as they are.
        report: Asked again and again whether to go on.

    Returns:
        The new name of every key; "" of those that the rules leave out.

    Raises:
        KeyMappingError: A rule makes no sense, or two keys would have one name.
        Cancelled: By `report`.
    """
    compiled = [(rule.compiled(), rule.replacement) for rule in rules]
    renamed: dict[str, str] = {}
    taken: dict[str, str] = {}
    for key in asking(keys, report, "keys"):
        new = key
        for pattern, replacement in compiled:
            new = pattern.sub(replacement, new)
        if new and taken.setdefault(new, key) != key:
            raise KeyMappingError(f"The rules bring two keys onto {new!r}: {taken[new]!r} and {key!r}.")
        renamed[key] = new
    return renamed


def left_in(names: Mapping[str, str]) -> dict[str, str]:
    """What rules made of keys, without those that they leave out; a key may be empty in the file itself.

    Args:
        names: The new name of every key.
    """
    return {key: name for key, name in names.items() if name or not key}


def rename_matching(keys: Iterable[str], only: "re.Pattern[str] | None", rules: Sequence[Rule]) -> dict[str, str]:
    """Apply rules to the keys in which a regular expression finds something; without those that either leaves out.

    Args:
        keys: Each once.
        only: None leaves all of them in.
        rules: As of `rename`.

    Returns:
        The new name of every key that is left in.

    Raises:
        KeyMappingError: As `rename`.
    """
    return left_in(rename((key for key in keys if only is None or only.search(key)), rules))
