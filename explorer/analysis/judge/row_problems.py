"""What is wrong with the rows and channels of a tensor, by what it is for."""

import math
from collections.abc import Iterator
from typing import Final

from explorer.analysis.judge.problems import Kind, Problem, axis_words
from explorer.analysis.judge.row_facts import AxisFacts, RowFacts
from explorer.analysis.judge.row_sums import SHORTEST
from explorer.analysis.roles import Role
from explorer.checkpoint.kinds import TensorKind
from explorer.formatting import exact, figure

_BARELY_TRAINED: Final = 0.02
"""Norm of a usual row of what began with zeros and has made its first steps: who had no gradient yet is still zero."""

_COPIES: Final = 8
"""Rows of a vocabulary that may be copies of one."""

_SIBLINGS: Final = 8
"""Rows from which on one that is short and zero says something, where it is one of a few."""


def judge_rows(
    number: int, role: Role, kind: TensorKind, length: float, zeros: int, facts: RowFacts
) -> Iterator[Problem]:
    """Say which rows and channels are dead or equal.

    Args:
        number: Of the tensor.
        role: Of it.
        kind: Of it.
        length: Its L2 norm.
        zeros: How many of its values are 0; -1 where that is not known.
        facts: What was found.
    """
    words = axis_words(kind)
    shape = kind.shape
    gain = length / math.sqrt(shape[0])
    for axis, ((word, of), found) in enumerate(zip(words, facts, strict=True)):
        may_be_zero = gain < _BARELY_TRAINED or (role == Role.EMBEDDING and axis == 0 and _is_padding(found, shape[0]))
        may_be_zero |= not _long_enough(found, axis, kind, zeros)
        dead = () if may_be_zero and not any(one.norm for one in found.dead) else found.dead
        some = "at least " if found.more else ""
        if dead:
            places = tuple(one.place for one in dead)
            norm = figure(dead[0].norm)
            many = f"{some}{exact(len(dead))} of {exact(shape[axis])} {word}s{of} are dead, the first is {places[0]}"
            what = many if len(dead) > 1 else f"{word} {places[0]}{of} is dead"
            detail = f"{_capital(what)}: norm {norm}, while half of the others have {figure(found.usual)} or more."
            yield _of_axis(number, (Kind.DEAD_ROWS, Kind.DEAD_CHANNELS), axis, detail, places)
        yield from _judge_alike(number, role, kind, axis, found)


def _judge_alike(number: int, role: Role, kind: TensorKind, axis: int, found: AxisFacts) -> Iterator[Problem]:
    word, of = axis_words(kind)[axis]
    # Depthwise filters that do not learn are all equal.
    fixed = kind.shape[1] == 1 and any(len(group) == kind.shape[0] for group in found.alike)
    groups = [] if fixed else [group for group in found.alike if role != Role.EMBEDDING or axis or _is_copied(group)]
    if not groups:
        return
    repeats = sum(len(group) - 1 for group in groups)
    first = groups[0]
    if repeats == 1 and not found.more:
        detail = f"{_capital(word)}s {first[0]} and {first[1]}{of} are equal, bit for bit."
    else:
        some = "at least " if found.more else ""
        detail = _capital(
            f"{some}{exact(repeats)} of {exact(kind.shape[axis])} {word}s{of} repeat another one, bit for bit; "
            f"the first are {first[0]} and {first[1]}."
        )
    places = tuple(sorted(index for group in groups for index in group))
    yield _of_axis(number, (Kind.DUPLICATE_ROWS, Kind.DUPLICATE_CHANNELS), axis, detail, places)


def _is_copied(group: tuple[int, ...]) -> bool:
    """Whether rows of an embedding are rather copies than words that were never trained.

    Those are equal in hundreds, or are a few that were added to the vocabulary one behind the other.
    """
    return len(group) == 2 or (len(group) <= _COPIES and group[-1] - group[0] >= len(group))


def _long_enough(found: AxisFacts, axis: int, kind: TensorKind, zeros: int) -> bool:
    """Whether rows are not zero by chance, as few values may be in a weight that has other zeros too."""
    width = kind.numel // kind.shape[axis]
    few = kind.shape[axis] >= _SIBLINGS and 4 * len(found.dead) <= kind.shape[axis]
    return width >= SHORTEST or (few and len(found.dead) * width == zeros)


def _is_padding(found: AxisFacts, rows: int) -> bool:
    """Whether rows of an embedding are zero because of ``padding_idx``, or fill its vocabulary up at its end."""
    zero = [one.place for one in found.dead]
    filling = 0
    while filling < len(zero) and zero[-1 - filling] == rows - 1 - filling:
        filling += 1
    return len(zero) - filling <= 1 and filling < max(2, min(256, rows // 4))


def _of_axis(number: int, kinds: tuple[Kind, Kind], axis: int, detail: str, places: tuple[int, ...]) -> Problem:
    told = places[:100]
    if axis == 0:
        return Problem(number, kinds[0], detail, (places[0],), told)
    return Problem(number, kinds[1], detail, (-1, places[0]), (), told)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
