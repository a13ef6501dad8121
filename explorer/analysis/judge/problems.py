"""What is wrong with the values of a tensor, by what it is for: problems, each with the number that makes it one."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Literal

import numpy as np

from explorer.analysis.judge.constructions import is_mask_or_unseen
from explorer.analysis.judge.row_facts import Spots, Test
from explorer.analysis.judge.thresholds import Thresholds
from explorer.analysis.measure.packed_buckets import Form, Packed
from explorer.analysis.measure.statistics import Statistics, quantiles
from explorer.analysis.roles import MATRICES, PARAMETERS, SCALES, Role
from explorer.checkpoint.kinds import TensorKind
from explorer.formatting import exact, figure, percent, plural


class Kind(StrEnum):
    """What is wrong; the value is what ``info --check --json`` calls it."""

    NAN = "nan"
    POSINF = "posinf"
    NEGINF = "neginf"
    ALL_ZERO = "all_zero"
    CONSTANT = "constant"
    DEAD_ROWS = "dead_rows"
    DEAD_CHANNELS = "dead_channels"
    DUPLICATE_ROWS = "duplicate_rows"
    DUPLICATE_CHANNELS = "duplicate_channels"
    EDGE = "dtype_edge"
    DENORMALS = "denormals"
    NEGATIVE_VARIANCE = "negative_variance"
    VANISHING_VARIANCE = "vanishing_variance"
    OUTLIERS = "outliers"
    MAGNITUDE = "magnitude"
    FLOAT16_OVERFLOW = "float16_overflow"
    FLOAT16_VANISH = "float16_vanish"
    BFLOAT16_OVERFLOW = "bfloat16_overflow"
    BFLOAT16_VANISH = "bfloat16_vanish"
    NEGATIVE_SECOND_MOMENT = "negative_second_moment"
    NEGATIVE_COUNTER = "negative_counter"
    STEPS_DISAGREE = "steps_disagree"
    NEAR_SINGULAR = "near_singular"
    RANK_COLLAPSED = "rank_collapsed"


Severity = Literal["bad", "caution", "note"]
"""``bad`` spoils what a network computes; ``caution`` is for its owner to judge; ``note`` is no problem by itself."""

BAD: Final = frozenset({Kind.NAN, Kind.POSINF, Kind.NEGINF, Kind.NEGATIVE_VARIANCE, Kind.NEGATIVE_SECOND_MOMENT})


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a tensor.

    Attributes:
        number: `TensorInfo.number` of the tensor.
        kind: What.
        detail: A sentence that says the number that makes it a problem.
        index: Of the first value, row or channel that it is about: one number for each dimension up to it, -1 for all
            of a dimension; () for the whole tensor.
        rows: Rows that it is about, the first of them.
        channels: Channels, likewise.
        note: It is no problem by itself: healthy networks have it too.
        also: Numbers of the other tensors that it is about.
    """

    number: int
    kind: Kind
    detail: str
    index: tuple[int, ...] = ()
    rows: tuple[int, ...] = ()
    channels: tuple[int, ...] = ()
    note: bool = False
    also: tuple[int, ...] = ()

    @property
    def severity(self) -> Severity:
        """How bad that is."""
        return "note" if self.note else "bad" if self.kind in BAD else "caution"


LARGEST: Final[dict[str, float]] = {
    "float64": float(np.finfo(np.float64).max),
    "float32": float(np.finfo(np.float32).max),
    "bfloat16": 3.3895313892515355e38,
    "float16": 65504.0,
    "float8_e4m3fn": 448.0,
    "float8_e4m3fnuz": 240.0,
    "float8_e5m2": 57344.0,
    "float8_e5m2fnuz": 57344.0,
}
"""The largest number of each dtype."""

_SMALLEST_NORMAL: Final[dict[str, float]] = {
    "float64": 2.0**-1022,
    "float32": 2.0**-126,
    "bfloat16": 2.0**-126,
    "float16": 2.0**-14,
}
"""Below it a number loses digits. Floats of 8 bits are made to be used there as well."""

_CASTS: Final = (
    # What rounds to more than the largest number, and to zero.
    ("float16", 65520.0, 2.0**-25, Kind.FLOAT16_OVERFLOW, Kind.FLOAT16_VANISH),
    ("bfloat16", 3.3961775292304e38, 2.0**-134, Kind.BFLOAT16_OVERFLOW, Kind.BFLOAT16_VANISH),
)
_WIDER: Final = {"float64": ("float16", "bfloat16"), "float32": ("float16", "bfloat16"), "bfloat16": ("float16",)}
_CELL_OF_SMALL: Final = (102 << 7) + 1
"""The cell of `explorer.analysis.measure.buckets` that begins at 2**-25."""

_FEW: Final = 8
"""Values below which nothing is said of their distribution."""

_SPREAD: Final = (0.01, 0.5, 0.99)
_OUTLIERS_OF: Final = 1_000
"""Values from which on quantiles of 1 % and 99 % leave enough outside."""
_SPREAD_OF_FEW: Final = (0.05, 0.5, 0.95)
_OUTLIERS_OF_FEW: Final = 32
"""Values from which on these quantiles leave one outside."""
_WITHOUT_OUTLIERS: Final = MATRICES | {Role.NORM_WEIGHT, Role.NORM_BIAS, Role.BIAS}


_NOT_FINITE: Final = {Kind.NAN: "NaN", Kind.POSINF: "+Inf", Kind.NEGINF: "−Inf"}


def not_finite(role: Role, kind: TensorKind, statistics: Statistics) -> list[Kind]:
    """Which values that are not finite are a problem: masks and what begins with infinity may have them."""
    found = [Kind.NAN] * (statistics.nan > 0)
    begins_so = role == Role.OTHER and kind.numel == 1
    if not begins_so and not (role == Role.FIXED and is_mask_or_unseen(kind, statistics)):
        found += [Kind.POSINF] * (statistics.posinf > 0) + [Kind.NEGINF] * (statistics.neginf > 0)
    return found


def not_finite_problem(number: int, what: Kind, statistics: Statistics) -> Problem:
    """Say how many are NaN, +Inf or -Inf."""
    counts = {Kind.NAN: statistics.nan, Kind.POSINF: statistics.posinf, Kind.NEGINF: statistics.neginf}
    return Problem(number, what, f"{_so_many(counts[what], statistics.count, 'value')} {_NOT_FINITE[what]}.")


def of_parts(problem: Problem, values: int, whole: int) -> Problem:
    """The same problem of complex values, by their real and imaginary parts.

    Args:
        problem: That some are not finite.
        values: How many of them have such a part.
        whole: Of how many.
    """
    has = "has" if values == 1 else "have"
    detail = f"{exact(values)} of {plural(whole, 'value')} {has} a real or imaginary part that is "
    return replace(problem, detail=f"{detail}{_NOT_FINITE[problem.kind]}.")


def test_of(what: Kind, kind: TensorKind, statistics: Statistics, thresholds: Thresholds) -> Test | None:
    """Which values of a tensor a problem is about; None where it is about other than single values."""
    variance = thresholds.vanishing_variance
    edge = thresholds.edge_ratio * LARGEST.get(kind.dtype, math.inf)
    if what == Kind.OUTLIERS:
        (_, median, _), reach = _ordinary(kind, statistics, thresholds)
        return lambda numbers: np.abs(numbers - median) > reach
    tests: dict[Kind, Test] = {
        Kind.NAN: np.isnan,
        Kind.POSINF: np.isposinf,
        Kind.NEGINF: np.isneginf,
        Kind.NEGATIVE_VARIANCE: lambda numbers: numbers < 0,
        Kind.NEGATIVE_SECOND_MOMENT: lambda numbers: numbers < 0,
        Kind.VANISHING_VARIANCE: lambda numbers: (numbers >= 0) & (numbers < variance),
        Kind.EDGE: lambda numbers: np.isfinite(numbers) & (np.abs(numbers) >= edge),
    }
    return tests.get(what)


def placed(problem: Problem, spots: Spots, kind: TensorKind) -> Problem:
    """The same problem, with where the values that it is about are."""
    index = tuple(int(place) for place in np.unravel_index(spots.first, kind.shape))
    if not index:
        return problem
    where = f"{'the first ' if spots.values > 1 else ''}at [{', '.join(map(str, index))}]"
    if len(index) > 1 and spots.values > 1:
        (row, of), (channel, of_second) = axis_words(kind)
        if spots.row_count == 1:
            where += f", {_how_much(spots, kind, 0)} {row} {spots.rows[0]}{of}"
        elif spots.channel_count == 1 and kind.shape[1] > 1:
            where += f", {_how_much(spots, kind, 1)} {channel} {spots.channels[0]}{of_second}"
        elif spots.row_count:
            where += f", in {exact(spots.row_count)} of {exact(kind.shape[0])} {row}s{of}"
    detail = f"{problem.detail.removesuffix('.')}; {where}."
    return replace(problem, detail=detail, index=index, rows=spots.rows, channels=spots.channels)


def _how_much(spots: Spots, kind: TensorKind, axis: int) -> str:
    """What of a row or a channel they are: ``the whole of``, or ``all in`` it."""
    return "the whole of" if spots.values * kind.shape[axis] == kind.numel else "all in"


def _so_many(some: int, whole: int, what: str) -> str:
    """``3 of 64 values are``."""
    return f"{exact(some)} of {plural(whole, what)} {'is' if some == 1 else 'are'}"


def axis_words(kind: TensorKind) -> tuple[tuple[str, str], tuple[str, str]]:
    """What an index of the first and of the second dimension is called, and what is said behind it."""
    # Which of them is the output depends on whether a convolution is transposed, which the file does not say.
    if len(kind.shape) > 2:
        return ("channel", " of dimension 0"), ("channel", " of dimension 1")
    return ("row", ""), ("column", "")


def judge(
    number: int, role: Role, kind: TensorKind, statistics: Statistics, thresholds: Thresholds
) -> Iterator[Problem]:
    """Judge a tensor by its statistics alone, but for what is not finite.

    Whether it may be all zero or constant depends on others, and is judged by `explorer.analysis.judge.siblings`.
    """
    low, high = statistics.min, statistics.max
    if low is None or high is None:
        return
    if role == Role.RUNNING_VARIANCE:
        yield from _judge_variance(number, statistics, thresholds)
    if role == Role.SECOND_MOMENT and low < 0:
        detail = f"A second moment is a mean of squares, and the smallest here is {figure(low)}."
        yield Problem(number, Kind.NEGATIVE_SECOND_MOMENT, detail)
    if role in (Role.COUNTER, Role.STEP) and low < 0:
        yield Problem(number, Kind.NEGATIVE_COUNTER, f"It counts steps, and is {figure(low)}.")
    if kind.element.family != "float" or role in (Role.FIXED, Role.OTHER, Role.COUNTER, Role.STEP):
        return
    largest = float(max(-low, high))
    if largest >= thresholds.edge_ratio * LARGEST.get(kind.dtype, math.inf):
        yield from _judge_edge(number, kind, statistics, thresholds)
    if low < high:
        yield from _judge_distribution(number, role, kind, statistics, thresholds)


def _judge_variance(number: int, statistics: Statistics, thresholds: Thresholds) -> Iterator[Problem]:
    low = float(statistics.min or 0)
    buckets = statistics.buckets
    if low < 0:
        negative = int(buckets.counts[buckets.lows < 0].sum())
        detail = f"{_so_many(negative, statistics.count, 'variance')} below 0, the lowest {figure(low)}."
        yield Problem(number, Kind.NEGATIVE_VARIANCE, detail)
    small = int(buckets.counts[(buckets.lows >= 0) & (buckets.highs < thresholds.vanishing_variance)].sum())
    if small:
        smallest = float(buckets.lows[buckets.lows >= 0][0])
        detail = (
            f"{_so_many(small, statistics.count, 'variance')} below {figure(thresholds.vanishing_variance)}, "
            f"the smallest {figure(smallest)}: what the norm saw there did not vary."
        )
        # Channels that died behind their ReLU are in many networks that work: the next layer does without them.
        few = small < thresholds.still_share * statistics.count
        yield Problem(number, Kind.VANISHING_VARIANCE, detail, note=few)


def _judge_edge(number: int, kind: TensorKind, statistics: Statistics, thresholds: Thresholds) -> Iterator[Problem]:
    edge = thresholds.edge_ratio * LARGEST[kind.dtype]
    buckets = statistics.buckets
    there = int(buckets.counts[(buckets.lows >= edge) | (buckets.highs <= -edge)].sum())
    if there == 0:
        # The bucket of the outermost value begins inside the edge.
        there = 1
    if kind.element.itemsize == 1:
        share = there / statistics.finite
        root_mean_square = statistics.l2 / math.sqrt(statistics.finite)
        fills = root_mean_square > LARGEST[kind.dtype] / 1000
        if share < thresholds.saturated_share and fills:
            return
    near = f"{figure(round(100 - 100 * thresholds.edge_ratio, 3))} % of the largest {kind.dtype}"
    detail = (
        f"{exact(there)} of {plural(statistics.count, 'value')} ({percent(there, statistics.count)}) "
        f"{'is' if there == 1 else 'are'} within {near}, {figure(LARGEST[kind.dtype])}."
    )
    yield Problem(number, Kind.EDGE, detail)


def _judge_distribution(
    number: int, role: Role, kind: TensorKind, statistics: Statistics, thresholds: Thresholds
) -> Iterator[Problem]:
    wider = _WIDER.get(kind.dtype, ())
    in_use = role in PARAMETERS or role in (Role.RUNNING_MEAN, Role.RUNNING_VARIANCE)
    low, high = float(statistics.min or 0), float(statistics.max or 0)
    overflows = [cast for cast in _CASTS if cast[0] in wider and max(-low, high) >= cast[1]]
    if in_use and overflows:
        # What is too large for the last of them is too large for all.
        yield Problem(number, overflows[-1][3], f"{_largest(low, high)} would be infinite in {overflows[-1][0]}.")
    if statistics.count < _FEW:
        return
    if role in MATRICES or role in SCALES:
        yield from _judge_small(number, role, kind, statistics, thresholds)
    if statistics.count >= _OUTLIERS_OF_FEW and role in _WITHOUT_OUTLIERS:
        yield from _judge_outliers(number, kind, statistics, thresholds)


def _largest(low: float, high: float) -> str:
    return f"The largest value, {figure(high)}," if high >= -low else f"The lowest value, {figure(low)},"


def _judge_small(
    number: int, role: Role, kind: TensorKind, statistics: Statistics, thresholds: Thresholds
) -> Iterator[Problem]:
    other = statistics.finite - statistics.zeros
    normal = _SMALLEST_NORMAL.get(kind.dtype)
    if not other or normal is None or _nothing_small(statistics.packed):
        return
    buckets = statistics.buckets
    sizes = np.maximum(-buckets.lows, buckets.highs)
    denormal = int(buckets.counts[(sizes > 0) & (sizes < normal)].sum())
    if denormal / other >= thresholds.denormal_share:
        detail = (
            f"{percent(denormal, other)} of the values other than zero are denormal in {kind.dtype}: "
            f"closer to zero than {figure(normal)}."
        )
        yield Problem(number, Kind.DENORMALS, detail)
    if role not in MATRICES:
        return
    for dtype, _, too_small, _, vanish in _CASTS:
        lost = int(buckets.counts[(sizes > 0) & (sizes <= too_small)].sum())
        if dtype in _WIDER.get(kind.dtype, ()) and lost / other >= thresholds.vanishing_share:
            detail = f"{percent(lost, other)} of the values other than zero would be zero in {dtype}."
            yield Problem(number, vanish, detail)


def _nothing_small(packed: Packed) -> bool:
    """Whether no value but zero is below 2**-25, known from a look at the places: of thousands of tensors, most."""
    if packed.form != Form.CELL:
        return False
    near = np.searchsorted(packed.places, (-_CELL_OF_SMALL, _CELL_OF_SMALL + 1)).tolist()
    inside = packed.places[near[0] : near[1]]
    return inside.size == 0 or (inside.size == 1 and inside[0] == 0)


def _has_few(kind: TensorKind, statistics: Statistics) -> bool:
    """Whether a tensor has too few values for quantiles of 1 %, or one for each channel."""
    return statistics.count < _OUTLIERS_OF or max(kind.shape, default=0) == kind.numel


def _ordinary(
    kind: TensorKind, statistics: Statistics, thresholds: Thresholds
) -> tuple[tuple[float, float, float], float]:
    """Between which values nearly all lie, with the median between them, and how far from it outliers begin."""
    few = _has_few(kind, statistics)
    lower, median, upper = quantiles(statistics, _SPREAD_OF_FEW if few else _SPREAD)
    # Factors of a norm may be equal but for one.
    reach = max(upper - lower, abs(median)) * thresholds.few_outlier_ratio
    return (lower, median, upper), reach if few else (upper - lower) * thresholds.outlier_ratio


def _judge_outliers(number: int, kind: TensorKind, statistics: Statistics, thresholds: Thresholds) -> Iterator[Problem]:
    mean, std = statistics.mean or 0.0, statistics.std or 0.0
    low, high = float(statistics.min or 0), float(statistics.max or 0)
    few = _has_few(kind, statistics)
    # Of so few values none is far from their mean in standard deviations.
    if not std or (max(high, -low) < thresholds.absurd if few else max(high - mean, mean - low) < 6 * std):
        return
    (lower, median, upper), reach = _ordinary(kind, statistics, thresholds)
    if reach <= 0 or max(high - median, median - low) <= reach:
        return
    buckets = statistics.buckets
    far = int(buckets.counts[(buckets.lows > median + reach) | (buckets.highs < median - reach)].sum())
    value = high if high - median >= median - low else low
    detail = (
        f"{plural(max(far, 1), 'value')} far outside, the farthest {figure(value)}, while {90 if few else 98} % lie "
        f"from {figure(lower)} to {figure(upper)}."
    )
    yield Problem(number, Kind.OUTLIERS, detail)
