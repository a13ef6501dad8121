"""Which tensors of the files of a run hold NaN or infinity: comparing two tells only that one of them does."""

from collections.abc import Iterable
from contextlib import ExitStack
from typing import Final

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.compare.comparing import Comparison
from explorer.analysis.compare.difference import Difference
from explorer.checkpoint.document import TensorInfo
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.values.reading import Values, open_values
from explorer.progress import Report

_NOT_COMPARED: Final = ("only_b", "shape")
_WITH_NAN: Final = ("float", "complex")


def not_finite_sides(
    comparison: Comparison, held: dict[int, bool], report: Report
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which tensors hold NaN or infinity in A, and which in B; of what is identical nothing is told.

    Read again is only where the figures leave it open.

    Args:
        comparison: Of two files.
        held: What is known of tensors of A, by their numbers; what is found out is added.
        report: Asked now and then whether to go on.

    Returns:
        bool[pairs] of A, and of B.

    Raises:
        Cancelled: By `report`.
        CheckpointError: A file is gone or no longer the one that was opened.
    """
    pairing = comparison.pairing
    in_a, in_b = np.zeros(len(pairing.pairs), bool), np.zeros(len(pairing.pairs), bool)
    doubtful = []
    for place, difference in enumerate(comparison.differences):
        if _both(difference):
            in_a[place] = in_b[place] = True
        elif _one(difference) or difference.state in _NOT_COMPARED:
            doubtful.append(place)
    if not doubtful:
        return in_a, in_b
    with ExitStack() as stack:
        a, b = (stack.enter_context(open_values(side.checkpoint)) for side in (pairing.a, pairing.b))
        for place in doubtful:
            pair = pairing.pairs[place]
            if pair.b is not None:
                in_b[place] = _holds(b, pairing.b.checkpoint.tensors[pair.b], report)
            if pair.a is not None and _one(comparison.differences[place]):
                if pair.a not in held:
                    held[pair.a] = _holds(a, pairing.a.checkpoint.tensors[pair.a], report)
                in_a[place] = held[pair.a]
    return in_a, in_b


def _both(difference: Difference) -> bool:
    """Both have NaN at some place: what never changes, such as the mask of an attention, is meant to be so."""
    return difference.state != "identical" and difference.figures is not None and difference.figures.alike > 0


def _one(difference: Difference) -> bool:
    """One of them has, and the other something else there."""
    return difference.figures is not None and difference.figures.not_finite > 0


def _holds(values: Values, tensor: TensorInfo, report: Report) -> bool:
    if tensor.kind.element.family not in _WITH_NAN:
        return False
    try:
        return _any_not_finite(values.blocks(tensor), report)
    except CheckpointError as error:
        if error.verdict == "unreadable":
            raise
        return False


def _any_not_finite(blocks: Iterable[NDArray[np.generic]], report: Report) -> bool:
    for block in blocks:
        report(0, 0, "values")
        if not np.isfinite(block).all():
            return True
    return False
