"""What looks like damage and is not: values, rows and channels that a tensor was made with."""

import math
from typing import Final

from explorer.analysis.judge.row_facts import AxisFacts, RowFacts
from explorer.analysis.measure.statistics import Statistics
from explorer.analysis.roles import Role
from explorer.checkpoint.kinds import TensorKind

_ROUNDING: Final = 1e-12
"""Relative error of a sum of squares in float64 that is still equality."""

_PADDED_TO: Final = 8
"""Vocabularies are filled up to a multiple of it, or of more."""

_FILLING: Final = 256
"""A vocabulary is filled up by fewer rows than that."""


def without_constructions(
    facts: RowFacts, role: Role, kind: TensorKind, found: Statistics, *, has_bias: bool
) -> RowFacts:
    """Leave out what is no damage.

    That is: all of a weight that is constant along a dimension, or holds one number and zeros as the identity does;
    rows each of which has an equal one, as heads that were repeated; rows of zeros where an embedding may have its
    padding, or a vocabulary was filled up.

    Args:
        facts: Of the weight's rows and channels.
        role: What it is for.
        kind: Of it.
        found: Its statistics.
        has_bias: There is a bias beside it: it is no embedding.
    """
    for size, axis in zip(kind.shape, facts, strict=False):
        if any(len(group) == size for group in axis.alike):
            return RowFacts()
    if _is_one_number_and_zeros(found):
        return RowFacts()
    rows, channels = (
        axis._replace(alike=()) if sum(map(len, axis.alike)) == size and role != Role.EMBEDDING else axis
        for size, axis in zip(kind.shape, facts, strict=False)
    )
    if role == Role.LINEAR and len(kind.shape) == 2 and _may_be_padded(rows, kind, has_bias=has_bias):
        rows = rows._replace(dead=())
    return RowFacts(rows, channels)


def is_mask_or_unseen(kind: TensorKind, statistics: Statistics) -> bool:
    """Whether the values are those of a mask, which adds -Inf or nothing, or of an observer that saw none yet.

    Args:
        kind: Of a tensor that is called after something fixed.
        statistics: Of it.
    """
    sizes = [size for size in kind.shape if size > 1]
    if len(sizes) < 2:
        return statistics.finite == 0
    # A causal mask may come with the slopes of ALiBi in it.
    slopes = sizes[-1] == sizes[-2] and not statistics.posinf and float(statistics.max or 0) <= 0
    return statistics.zeros > 0 and (statistics.zeros == statistics.finite or slopes)


def _is_one_number_and_zeros(found: Statistics) -> bool:
    """Whether all values but zeros are equal."""
    if found.min is None or found.max is None or min(-found.min, found.max) > 0 or found.finite < found.count:
        return False
    largest = float(max(-found.min, found.max))
    # No sum of squares of so many numbers up to the largest is greater, and it is reached by those alone.
    expected = math.sqrt(found.count - found.zeros) * largest
    return found.zeros > 0 and math.isclose(found.l2, expected, rel_tol=_ROUNDING)


def _may_be_padded(rows: AxisFacts, kind: TensorKind, *, has_bias: bool) -> bool:
    """Whether dead rows are where an embedding has its padding, of a table whose name does not tell what it is."""
    count, width = kind.shape
    if count < width or any(one.norm for one in rows.dead):
        return False
    dead = [one.place for one in rows.dead]
    if not has_bias and dead in ([0], [1], [count - 1]):
        return True
    filling = dead == list(range(count - len(dead), count))
    return filling and count >= 2 * width and count % _PADDED_TO == 0 and len(dead) < min(_FILLING, count // 8)
