"""Pairs siblings that shapes alone do not tell apart, by their names: numbers in their order, words by their words."""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from explorer.progress import Report, no_report

_NUMBERED: Final = re.compile(r"(.*?)(0|[1-9][0-9]{0,7})", re.DOTALL)
_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_MOST_COMPARED: Final = 250_000
"""Pairs of siblings that are looked at, one by one."""

Pairs = list[tuple[str, str]]


class Numbered(NamedTuple):
    """A name that ends in a number: ``3``, ``layer3``."""

    stem: str
    number: int

    @classmethod
    def parse(cls, name: str) -> "Numbered | None":
        """Take a name apart; None for one that does not end in a number."""
        found = _NUMBERED.fullmatch(name)
        return None if found is None else cls(found[1], int(found[2]))


def in_order(
    ours: Mapping[int, int],
    theirs: Mapping[int, int],
    alike: Callable[[int, int], bool],
    report: Report = no_report,
) -> tuple[list[tuple[int, int]], bool]:
    """Pair numbered siblings as a whole: all as they are numbered, or all in their order, never some of both.

    Args:
        ours: What is inside of each, as a number that is equal where that is, by its own number.
        theirs: Likewise.
        alike: Whether one of ours and one of theirs could be the same though not all in them is.
        report: Asked again and again whether to go on.

    Returns:
        Pairs, none where they are to be taken as they are numbered; and whether no other pairs in order are as good.

    Raises:
        Cancelled: By `report`.
    """
    mine, others = sorted(ours), sorted(theirs)
    if not mine or not others or mine == others:
        return [], True

    def agreeing(pairs: Sequence[tuple[int, int]]) -> int:
        return sum(ours[a] == theirs[b] for a, b in pairs)

    as_named = agreeing([(number, number) for number in mine if number in theirs])
    if len(mine) == len(others):
        # As of a Sequential, some of whose parts have no tensors.
        pairs = list(zip(mine, others, strict=True))
        same = agreeing(pairs)
        if same > as_named or (same == as_named and all(alike(a, b) for a, b in pairs)):
            return pairs, True
    common, only = _common([ours[number] for number in mine], [theirs[number] for number in others], report)
    least = min(len(mine), len(others))
    moved = []
    for distance in {others[0] - mine[0], others[-1] - mine[-1]}:
        pairs = [(number, number + distance) for number in mine if number + distance in theirs]
        if len(pairs) == least and agreeing(pairs) > as_named:
            moved.append(pairs)
    if len(moved) == 1:
        return moved[0], only
    if only and len(common) > as_named:
        return [(mine[a], others[b]) for a, b in _with_gaps(common, len(mine), len(others))], True
    return [], True


def _common(mine: Sequence[int], others: Sequence[int], report: Report) -> tuple[list[tuple[int, int]], bool]:
    """The longest common subsequence as pairs of places, and whether there is no other; none of very long ones."""
    if len(mine) * len(others) > _MOST_COMPARED:
        return [], False
    # Of every two beginnings: how long, and in how many ways. D. Gusfield, "Algorithms on Strings, Trees, and
    # Sequences", 1997, 11.6; ways are counted so that those that leave out both last ones count once.
    lengths = [[0] * (len(others) + 1) for _ in range(len(mine) + 1)]
    ways = [[1] * (len(others) + 1) for _ in range(len(mine) + 1)]
    for a, ours in enumerate(mine, 1):
        report(0, 0, "layers")
        for b, theirs in enumerate(others, 1):
            same = lengths[a - 1][b - 1] + 1 if ours == theirs else 0
            longest = max(lengths[a - 1][b], lengths[a][b - 1], same)
            count = ways[a - 1][b - 1] * ((same == longest) - (lengths[a - 1][b - 1] == longest))
            count += ways[a - 1][b] * (lengths[a - 1][b] == longest) + ways[a][b - 1] * (lengths[a][b - 1] == longest)
            lengths[a][b], ways[a][b] = longest, count
    pairs = []
    a, b = len(mine), len(others)
    while a and b:
        if lengths[a][b] == lengths[a - 1][b]:
            a -= 1
        elif lengths[a][b] == lengths[a][b - 1]:
            b -= 1
        else:
            a, b = a - 1, b - 1
            pairs.append((a, b))
    return pairs[::-1], ways[-1][-1] == 1


def _with_gaps(pairs: Sequence[tuple[int, int]], mine: int, others: int) -> list[tuple[int, int]]:
    """Pair also what lies between two pairs, where it is as much on either side."""
    found = list(pairs)
    for (a, b), (next_a, next_b) in pairwise([(-1, -1), *pairs, (mine, others)]):
        if next_a - a == next_b - b:
            found += [(a + step, b + step) for step in range(1, next_a - a)]
    return sorted(found)


def by_names(ours: Sequence[str], theirs: Sequence[str], report: Report = no_report) -> tuple[Pairs, bool]:
    """Pair as many siblings of either side, all of which are the same inside.

    Args:
        ours: Names, in their order.
        theirs: As many.
        report: Asked again and again whether to go on.

    Returns:
        Pairs, and whether names speak for them; where they do not, only the order does.

    Raises:
        Cancelled: By `report`.
    """
    in_turn = list(zip(ours, theirs, strict=True))
    words = _telling_words(ours), _telling_words(theirs)
    if len(in_turn) == 1 or words[0] == words[1]:
        return in_turn, True
    numbers = _by_number(ours), _by_number(theirs)
    if numbers[0] and numbers[1]:
        return list(zip(*numbers, strict=True)), True
    if len(ours) * len(theirs) <= _MOST_COMPARED // 10:
        meant = []
        for own in words[0]:
            report(0, 0, "layers")
            meant.append(_meant(own, words[1]))
        if None not in meant and len(set(meant)) == len(meant):
            return [(name, theirs[place]) for name, place in zip(ours, meant, strict=True) if place is not None], True
    return in_turn, False


def monotone(pairs: Sequence[tuple[int, int]]) -> bool:
    """Whether numbers that ascend on one side do on the other."""
    return all(b < next_b for (_, b), (_, next_b) in pairwise(sorted(pairs)))


def _by_number(names: Sequence[str]) -> list[str]:
    """Names that differ in the number at their end only, by that; none of others."""
    parsed = [(Numbered.parse(name), name) for name in names]
    numbered = [(each, name) for each, name in parsed if each is not None]
    if len(numbered) < len(names) or len({each.stem for each, _ in numbered}) > 1:
        return []
    return [name for _, name in sorted(numbered)]


def _telling_words(names: Sequence[str]) -> list[list[str]]:
    """The words of each name that not all of them have."""
    words = [[word.lower() for word in _WORD.findall(name)] for name in names]
    common = set(words[0]).intersection(*words[1:])
    return [[word for word in own if word not in common] for own in words]


def _meant(own: Sequence[str], others: Sequence[Sequence[str]]) -> int | None:
    """The place of the only name that has most words in common, whole or shortened: ``q`` for ``query``."""
    shared = [sum(any(_is_short(word, other) for other in words) for word in own) for words in others]
    best = max(shared)
    return shared.index(best) if best and shared.count(best) == 1 else None


def _is_short(word: str, other: str) -> bool:
    return word == other or (not word.isdigit() and (word.startswith(other) or other.startswith(word)))
