"""Folds keys that differ in numbers only into one line: ``blocks.{0–11}.norm.bias``."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Family(NamedTuple):
    """Keys that are told together.

    Attributes:
        name: What they have in common, numbers folded; the key itself where it is the only one.
        keys: In the order in which they came.
    """

    name: str
    keys: tuple[str, ...]


def fold(keys: Iterable[str]) -> list[Family]:
    """Fold keys into families, each of which holds every combination of the numbers that its name says.

    Args:
        keys: Dotted names, each once.

    Returns:
        Families in the order of their first keys.
    """
    groups: dict[tuple[str | None, ...], list[list[str]]] = defaultdict(list)
    for key in keys:
        segments = key.split(".")
        groups[tuple(None if _is_number(segment) else segment for segment in segments)].append(segments)
    return [family for members in groups.values() for family in _families(members)]


def _is_number(segment: str) -> bool:
    return segment.isascii() and segment.isdigit()


def _families(members: Sequence[list[str]]) -> list[Family]:
    """Fold keys of one form; where combinations are missing, one family for each value of the first number."""
    places = [place for place, segment in enumerate(members[0]) if _is_number(segment)]
    values = {place: list(dict.fromkeys(member[place] for member in members)) for place in places}
    combinations = 1
    for place in places:
        combinations *= len(values[place])
    if combinations == len(members):
        name = ".".join(
            _range(values[place]) if place in values else segment for place, segment in enumerate(members[0])
        )
        return [Family(name, tuple(".".join(member) for member in members))]
    first = next(place for place in places if len(values[place]) > 1)
    split: dict[str, list[list[str]]] = defaultdict(list)
    for member in members:
        split[member[first]].append(member)
    return [family for part in split.values() for family in _families(part)]


def _range(values: Sequence[str]) -> str:
    """Numbers as people write them: ``3``, ``{0–11}``, ``{0–3, 7}``."""
    if len(values) == 1:
        return values[0]
    if any(value != str(int(value)) for value in values):
        return "{" + ", ".join(values) + "}"
    runs: list[list[int]] = []
    for number in sorted(map(int, values)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return "{" + ", ".join(f"{first}–{last}" if last > first else str(first) for first, last in runs) + "}"
