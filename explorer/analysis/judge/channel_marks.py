"""Which channels of a tensor stand out: by the same rules, and in the same words, as its problems."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.draw.channels import Channels
from explorer.analysis.judge.problems import Kind, judge, test_of
from explorer.analysis.judge.row_facts import AxisFacts, Dead, RowFacts
from explorer.analysis.judge.row_problems import judge_rows
from explorer.analysis.judge.row_sums import SHORTEST
from explorer.analysis.judge.thresholds import Thresholds
from explorer.analysis.measure.statistics import Statistics
from explorer.analysis.roles import MATRICES, Role
from explorer.checkpoint.document import TensorInfo

_NONE: Final = np.empty(0, np.int64)


class ChannelMarks(NamedTuple):
    """Channels that deserve a look, ascending.

    Attributes:
        dead: As good as zero beside their siblings.
        outliers: They have values far outside of all others of the tensor.
        not_finite: They have NaN or infinities.
        about_dead: What the problem says about the dead ones; "" where there are none.
        about_outliers: Likewise.
    """

    dead: NDArray[np.int64] = _NONE
    outliers: NDArray[np.int64] = _NONE
    not_finite: NDArray[np.int64] = _NONE
    about_dead: str = ""
    about_outliers: str = ""

    def words(self, channel: int) -> list[str]:
        """What one channel is, in a word each."""
        named = (("dead", self.dead), ("extreme outlier", self.outliers), ("not finite", self.not_finite))
        return [word for word, places in named if channel in places]


def marks_of(
    found: Channels, tensor: TensorInfo, role: Role, thresholds: Thresholds, statistics: Statistics | None
) -> ChannelMarks:
    """Find them.

    Args:
        found: The figures of the channels, of all values.
        tensor: Whose channels they are.
        role: Of the tensor.
        thresholds: From where on something is a problem.
        statistics: Of the tensor; None to look for no outliers.
    """
    not_finite = np.flatnonzero(found.odd.any(axis=1))
    dead, about_dead = _dead(found, tensor, role, thresholds, statistics)
    outliers, about_outliers = _NONE, ""
    told = () if statistics is None else judge(tensor.number, role, tensor.kind, statistics, thresholds)
    for problem in told:
        if problem.kind == Kind.OUTLIERS and statistics is not None:
            far = test_of(Kind.OUTLIERS, tensor.kind, statistics, thresholds)
            if far is not None:
                with np.errstate(invalid="ignore"):
                    outliers = np.flatnonzero(far(found.column("min")) | far(found.column("max")))
            about_outliers = problem.detail
    return ChannelMarks(dead, outliers, not_finite, about_dead, about_outliers)


def _dead(
    found: Channels, tensor: TensorInfo, role: Role, thresholds: Thresholds, statistics: Statistics | None
) -> tuple[NDArray[np.int64], str]:
    kind = tensor.kind
    looked_at = role in MATRICES and kind.element.family == "float" and kind.stored_shape == kind.shape
    if not looked_at or found.axis > 1 or len(found) < 2 or found.width < 2:
        return _NONE, ""
    norms = np.nan_to_num(found.column("norm"), nan=np.inf)
    positive = norms[(norms > 0) & np.isfinite(norms)]
    if not positive.size:
        return _NONE, ""
    largest = positive.max()
    usual = float(largest * np.sqrt(np.median((positive / largest) ** 2)))
    near = thresholds.dead_ratio * usual if found.width >= SHORTEST else 0
    places = np.flatnonzero((norms == 0) | (norms < near))
    if not places.size:
        return _NONE, ""
    facts = AxisFacts(tuple(Dead(int(place), float(norms[place])) for place in places), usual)
    both = RowFacts(rows=facts) if found.axis == 0 else RowFacts(channels=facts)
    length = float(np.sqrt(np.sum(positive**2)))
    zeros = -1 if statistics is None else statistics.zeros
    said = next((problem.detail for problem in judge_rows(tensor.number, role, kind, length, zeros, both)), "")
    return (places if said else _NONE), said
