"""What comparing two tensors says: the state that they are in, and the figures."""

import math
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

State = Literal["identical", "close", "differs", "not_finite", "dtype", "shape", "only_a", "only_b", "unread"]
"""Of a pair the first that applies of ``only_a`` and ``only_b``, ``shape``, ``dtype``, ``unread``, ``identical``,
``not_finite``, ``close`` and ``differs``: ``unread`` where the bits cannot be compared, as a problem says."""

STATES: Final[tuple[State, ...]] = (
    *("identical", "close", "differs", "not_finite", "dtype", "shape", "only_a", "only_b", "unread"),
)

STATE_WORDS: Final[dict[State, str]] = {
    "not_finite": "not finite",
    "differs": "differs",
    "dtype": "dtype",
    "shape": "shape",
    "close": "close",
    "only_a": "only A",
    "only_b": "only B",
    "unread": "not compared",
    "identical": "identical",
}
"""What each state is called, what asks for most attention first."""


class Tolerance(NamedTuple):
    """How far apart numbers may be that are close: ``|a - b| <= atol + rtol * |b|``, as of `numpy.isclose`."""

    rtol: float = 0.0
    atol: float = 0.0


EXACT: Final = Tolerance()
"""At this only what has the same value is close: -0.0 and 0.0, and NaNs of different bits."""


class Figures(NamedTuple):
    """Of the pairs of elements of which both are finite; None where there are none.

    Whole numbers and booleans count as numbers, quantized ones are dequantized, and complex ones are as far apart as
    ``|b - a|``. Of two dtypes both are first converted to what `torch.promote_types` gives.

    Attributes:
        not_finite: Places where one has NaN or an infinity and the other something else.
        max_abs: The largest ``|b - a|``; infinite where float64 cannot hold it.
        mean_abs: The mean ``|b - a|``; likewise.
        relative_l2: ``|b - a| / |a|``: 0 where nothing changed, infinite where all of A is 0, or where float64 cannot
            hold it.
        cosine: Of the angle between both; None where either is all 0.
        changed: The share of these pairs that are not equal, from 0 to 1: what is NaN or infinite on either side is no
            such pair, and is counted by `not_finite`. `share_changed` is of all elements.
        worst_index: Where the largest ``|b - a|`` is; the first place where nothing changed.
        worst_a: The number in A there, of complex ones its length.
        worst_b: Likewise in B.
        finite: How many pairs of elements these are; of tensors that are identical, of how many that was told.
        alike: Places where both have NaN, or the same infinity; likewise.
        odd_index: Of one of the places that `not_finite` counts; None where there is none.
    """

    not_finite: int = 0
    max_abs: float | None = None
    mean_abs: float | None = None
    relative_l2: float | None = None
    cosine: float | None = None
    changed: float | None = None
    worst_index: tuple[int, ...] | None = None
    worst_a: float | None = None
    worst_b: float | None = None
    finite: int = 0
    alike: int = 0
    odd_index: tuple[int, ...] | None = None

    @property
    def share_changed(self) -> float | None:
        """The share of all elements that changed, from 0 to 1: also those that `not_finite` counts did."""
        if not (self.not_finite or self.alike):
            return self.changed
        changed = (self.changed or 0.0) * self.finite + self.not_finite
        return changed / (self.finite + self.not_finite + self.alike)

    @property
    def from_zero(self) -> bool:
        """All of A is 0, and B is not: there is no relative change."""
        return self.relative_l2 == math.inf and self.cosine is None


class Judged(NamedTuple):
    """What a pass over both tensors found out about one tolerance.

    Attributes:
        tolerance: Which.
        close: All numbers are close at it.
        excess: The largest ``|b - a| - rtol * |b|``.
    """

    tolerance: Tolerance
    close: bool
    excess: float


@dataclass(frozen=True, slots=True)
class Difference:
    """Two tensors, compared.

    Attributes:
        state: What they are to each other.
        figures: None where there are none: for ``only_a``, ``only_b``, ``shape``, what was not read, and what is
            identical in more than its values.
        overlap: Of tensors whose shapes differ, figures of the corner that both have, where one contains the other.
        equal_after_cast: Of tensors whose dtypes differ, whether the wider one has the bits of the narrower one once it
            is cast to that; None where that cannot be said.
        by_checksum: They were not read: the checksums that both files store are the same.
        judged: What is known of a tolerance; None where all numbers are the same.
        problem: Why there are no figures, as a sentence; "" where there are, or where there cannot be.
    """

    state: State
    figures: Figures | None = None
    overlap: Figures | None = None
    equal_after_cast: bool | None = None
    by_checksum: bool = False
    judged: Judged | None = None
    problem: str = ""


_NEARLY: Final = 1e-9
"""Relative; a number that comes so near to a limit may have been rounded across it."""


def is_close(difference: Difference, tolerance: Tolerance) -> bool | None:
    """Whether all numbers of two tensors are close at a tolerance; None where the figures do not tell.

    Args:
        difference: In the state ``close`` or ``differs``.
        tolerance: Any.
    """
    figures, judged = difference.figures, difference.judged
    if figures is None or judged is None:
        return difference.state == "close"
    if figures.max_abs is None:
        return True
    if judged.tolerance == tolerance:
        return judged.close
    rtol, atol = tolerance
    if figures.max_abs <= atol:
        return True
    if rtol == 0:
        return False
    at_worst = atol + rtol * abs(figures.worst_b or 0.0)
    if figures.max_abs > at_worst * (1 + _NEARLY):
        return False
    rounded = _NEARLY * (figures.max_abs + abs(judged.excess) + atol)
    if judged.tolerance.rtol == rtol and abs(judged.excess - atol) > rounded:
        return judged.excess < atol
    # What is close stays so where more is allowed, and what is not where less is.
    if judged.close:
        return True if _allows_less(judged.tolerance, tolerance) else None
    return False if _allows_less(tolerance, judged.tolerance) else None


def _allows_less(tolerance: Tolerance, other: Tolerance) -> bool:
    return tolerance.rtol <= other.rtol and tolerance.atol <= other.atol
