"""The figures of one tensor, against exact arithmetic and against numpy in float64."""

import math
from collections.abc import Iterator
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays, from_dtype

from explorer.analysis.measure.numbers import Array
from explorer.analysis.measure.statistics import Blocks, Statistics, measure
from explorer.checkpoint.values.codes import CodedBlocks
from explorer.progress import Cancelled, no_report

REAL = ["float32", "float64", "bool", *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))]
COMPLEX = ["complex64", "complex128"]
EPS = float(np.finfo(np.float64).eps)
TINY = 5e-324
LARGEST = float(np.finfo(np.float64).max)


def tensors(dtypes: list[str], max_size: int = 40) -> st.SearchStrategy[Array]:
    return st.sampled_from([np.dtype(name) for name in dtypes]).flatmap(
        lambda dtype: arrays(dtype, st.integers(0, max_size), elements=from_dtype(dtype))
    )


def in_blocks(values: Array, *cuts: int) -> Blocks:
    return lambda: iter(np.split(values, sorted(cuts)))


def measured(values: Array, *cuts: int, multiplicity: int = 1) -> Statistics:
    return measure(in_blocks(values, *cuts), values.size, no_report, multiplicity)


def exact_root(square: Fraction) -> float:
    wide = Context(prec=60, Emax=10**6, Emin=-(10**6))
    root = wide.sqrt(wide.divide(Decimal(square.numerator), Decimal(square.denominator)))
    return float(root)


def same_figure(one: float | None, other: float | None, scale: float) -> bool:
    """Equal to 1e-12, or to the last digits of numbers of that scale."""
    if one is None or other is None:
        return one is other
    one, other = min(one, LARGEST), min(other, LARGEST)  # rounding may carry a figure past the end of float64
    return abs(one - other) <= max(1e-12 * abs(other), 4 * EPS * scale, TINY)


def largest(values: Array) -> float:
    return max((abs(float(each)) for each in values), default=0.0)


def buckets(statistics: Statistics) -> list[tuple[float, float, int]]:
    columns = statistics.buckets.lows.tolist(), statistics.buckets.highs.tolist(), statistics.buckets.counts.tolist()
    return list(zip(*columns, strict=True))


def shared_by(values: Array) -> Array:
    """What values of one bucket have in common: upper half of the float32 towards zero, or zero; grows with them."""
    towards_zero = np.minimum(np.abs(values), np.finfo(np.float32).max).astype(np.float32)
    towards_zero = np.where(towards_zero > np.abs(values), np.nextafter(towards_zero, np.float32(0)), towards_zero)
    shared: Array = np.sign(values) * ((towards_zero.view(np.uint32) >> 16) + 1.0)
    return shared


@settings(max_examples=60)
@given(tensors(REAL))
def test_figures_are_those_of_exact_arithmetic(values: Array) -> None:
    got = measured(values)
    finite = values[np.isfinite(values)]
    exact = [Fraction(each.item()) for each in finite]

    assert got.count == values.size
    assert got.finite == finite.size
    assert (got.nan, got.zeros) == (np.isnan(values).sum(), (values == 0).sum())
    assert (got.posinf, got.neginf) == ((values == np.inf).sum(), (values == -np.inf).sum())
    assert same_figure(got.l2, exact_root(sum((each**2 for each in exact), Fraction(0))), 0.0)
    if not exact:
        assert (got.min, got.max, got.mean, got.std, got.l2) == (None, None, None, None, 0.0)
        return
    mean = sum(exact, Fraction(0)) / len(exact)
    variance = sum(((each - mean) ** 2 for each in exact), Fraction(0)) / len(exact)
    assert got.mean is not None
    assert got.min is not None
    assert got.max is not None
    assert Fraction(got.min) == min(exact)
    assert Fraction(got.max) == max(exact)
    assert float(got.min) <= got.mean <= float(got.max)
    assert same_figure(got.mean, float(mean), largest(finite))
    assert same_figure(got.std, exact_root(variance), largest(finite))


@settings(max_examples=60)
@given(tensors(COMPLEX))
def test_complex_figures_are_those_of_the_lengths(values: Array) -> None:
    with np.errstate(all="ignore"):
        lengths = np.abs(values.astype(np.complex128))
    lengths[np.isnan(values)] = np.nan
    got, expected = measured(values), measured(lengths)

    for field in ("count", "min", "max", "mean", "std", "l2", "zeros", "nan", "posinf", "neginf"):
        assert getattr(got, field) == getattr(expected, field)
    assert buckets(got) == buckets(expected)


def test_a_complex_number_with_a_nan_part_is_nan() -> None:
    got = measured(np.array([complex(math.nan, math.inf), complex(0, -math.inf), complex(3, 4), 0j]))

    assert (got.nan, got.posinf, got.neginf, got.finite) == (1, 1, 0, 2)
    assert (got.min, got.max) == (0.0, 5.0)


@settings(max_examples=60)
@given(tensors(["float32", "float64", "int32", "int64", "uint32", "uint64"]))
def test_each_finite_value_is_counted_in_the_bucket_that_holds_it(values: Array) -> None:
    finite = values[np.isfinite(values)].astype(np.float64)
    got = measured(values)

    groups = np.unique(shared_by(finite))
    assert got.buckets.counts.tolist() == [(shared_by(finite) == group).sum() for group in groups]
    for low, high, group in zip(got.buckets.lows, got.buckets.highs, groups, strict=True):
        held = finite[shared_by(finite) == group]
        assert low <= held.min() <= held.max() <= high
        assert finite.min() <= low
        assert high <= finite.max()
    assert (got.buckets.highs[:-1] <= got.buckets.lows[1:]).all()


@given(arrays(np.uint32, 20))
def test_a_bucket_of_float32_is_as_wide_as_its_lower_half(bits: Array) -> None:
    values = bits.view(np.float32)
    got = measured(values)
    finite = values[np.isfinite(values)].astype(np.float64)

    assert got.buckets.counts.sum() == finite.size
    assert got.nan == np.isnan(values).sum()
    assert (
        got.buckets.highs - got.buckets.lows
        <= np.maximum(np.minimum(abs(got.buckets.lows), abs(got.buckets.highs)) / 128, 2.0**-133)
    ).all()


@settings(max_examples=50)
@given(tensors(["bool", "int8", "uint8", "int16", "uint16"]))
def test_small_integers_have_a_bucket_for_each_value(values: Array) -> None:
    distinct, counts = np.unique(values.astype(np.float64), return_counts=True)
    got = measured(values)

    assert got.exact_values
    assert buckets(got) == list(zip(distinct, distinct, counts, strict=True))


def test_zero_has_a_bucket_of_its_own() -> None:
    values = np.array([0.0, -0.0, 0.0, 1e-42, -1e-42, 3e-42], np.float32)

    assert [count for low, high, count in buckets(measured(values)) if low == high == 0] == [3]
    assert measured(values).buckets.counts.tolist() == [1, 3, 2]
    assert measured(np.array([-0.0, 0.0, 0.0], np.float32)).exact_values
    assert buckets(measured(np.array([-1.0, -0.0, 0.0], np.float32))) == [(-1, -1, 1), (0, 0, 2)]


def in_codes(values: Array, table: Array) -> Blocks:
    return CodedBlocks(lambda: iter([table[values]]), lambda: iter([values[:7], values[7:]]), table)


@settings(max_examples=50)
@given(arrays(np.uint16, st.integers(0, 40)), st.integers(1, 5))
def test_values_of_16_bits_are_measured_by_their_bits(codes: Array, multiplicity: int) -> None:
    values = codes.view(np.float16).astype(np.float32)
    table = np.arange(65536, dtype=np.uint16).view(np.float16).astype(np.float32)
    got = measure(in_codes(codes, table), codes.size, no_report, multiplicity)
    expected = measured(values, multiplicity=multiplicity)

    for field in ("count", "min", "max", "zeros", "nan", "posinf", "neginf"):
        assert getattr(got, field) == getattr(expected, field)
    for field in ("mean", "std", "l2"):
        assert same_figure(getattr(got, field), getattr(expected, field), largest(values[np.isfinite(values)]))
    distinct, counts = np.unique(values[np.isfinite(values)].astype(np.float64) + 0.0, return_counts=True)
    assert buckets(got) == list(zip(distinct, distinct, counts * multiplicity, strict=True))


@given(arrays(np.uint8, st.integers(0, 41)))
def test_values_of_8_bits_are_measured_by_their_bits(codes: Array) -> None:
    table = np.linspace(-1, 1, 256).astype(np.float32)
    got = measure(in_codes(codes, table), codes.size, no_report)

    assert buckets(got) == [
        (float(table[code]), float(table[code]), int((codes == code).sum())) for code in np.unique(codes)
    ]


@settings(max_examples=50)
@given(tensors([*REAL, *COMPLEX]), st.lists(st.integers(0, 40), max_size=4))
def test_where_the_blocks_end_does_not_matter(values: Array, cuts: list[int]) -> None:
    whole, parts = measured(values), measured(values, *cuts)
    scale = max(-float(whole.min or 0), float(whole.max or 0))

    for field in ("count", "min", "max", "zeros", "nan", "posinf", "neginf"):
        assert getattr(parts, field) == getattr(whole, field)
    assert buckets(parts) == buckets(whole)
    assert same_figure(parts.mean, whole.mean, scale)
    assert same_figure(parts.std, whole.std, scale)
    assert same_figure(parts.l2, whole.l2, 0.0)


@settings(max_examples=60)
@given(tensors([*REAL, *COMPLEX], max_size=12), st.integers(1, 9))
def test_a_value_that_stands_for_many_counts_as_many(values: Array, multiplicity: int) -> None:
    once, repeated = measured(values, multiplicity=multiplicity), measured(np.repeat(values, multiplicity))
    scale = max(-float(repeated.min or 0), float(repeated.max or 0))

    for field in ("count", "finite", "min", "max", "zeros", "nan", "posinf", "neginf"):
        assert getattr(once, field) == getattr(repeated, field)
    assert buckets(once) == buckets(repeated)
    assert same_figure(once.mean, repeated.mean, scale)
    assert same_figure(once.std, repeated.std, scale)
    assert same_figure(once.l2, repeated.l2, 0.0)


def normal(mean: float, std: float) -> Array:
    return np.random.default_rng(7).normal(mean, std, 100_000)


HARD = {
    "mean far above std, float32": normal(1000, 0.02).astype(np.float32),
    "mean far above std, float64": normal(1e8, 1),
    "float32 denormals": normal(0, 1e-41).astype(np.float32),
    "float64 denormals": normal(0, 1e-318),
    "large float32": normal(0, 1e30).astype(np.float32),
    "large float64": normal(0, 1e200),
    "small float64": normal(1e-200, 1e-203),
    "float64 at its limit": np.linspace(-1.7, 1.7, 100_000) * 1e308,
    "one far out": np.append(normal(0, 1), 1e12),
    "from small to large": np.geomspace(1e-300, 1e300, 100_000),
    "zeros before small": np.append(np.zeros(60_000), normal(0, 1e-300)),
}


@pytest.mark.parametrize("cuts", [(), (1, 50_000, 60_000, 99_999)], ids=["whole", "blocks"])
@pytest.mark.parametrize("name", HARD)
def test_hard_cases_agree_with_numpy_in_float64(name: str, cuts: tuple[int, ...]) -> None:
    values = HARD[name]
    got = measured(values, *cuts)

    exponent = int(np.frexp(np.abs(values).max().astype(np.float64))[1])
    scaled = np.ldexp(values.astype(np.float64), -exponent)
    assert (got.min, got.max) == (values.min(), values.max())
    # Where values cancel out, a mean has the digits of the values, not its own.
    rounding = math.ldexp(1e-15, exponent) + TINY
    assert got.mean == pytest.approx(math.ldexp(scaled.mean(), exponent), rel=1e-12, abs=rounding)
    assert got.std == pytest.approx(math.ldexp(scaled.std(), exponent), rel=1e-12, abs=TINY)
    with np.errstate(over="ignore"):
        assert got.l2 == pytest.approx(float(np.ldexp(np.sqrt(np.square(scaled).sum()), exponent)), rel=1e-12)


@pytest.mark.parametrize("value", [0.1, -1e30, 1e-42, 0.0, 1.7976931348623157e308, 3, True])
def test_a_constant_has_itself_as_mean_and_no_deviation(value: float) -> None:
    values = np.full(1001, value)
    got = measured(values, 10, 500)

    assert (got.min, got.max, got.mean, got.std) == (value, value, value, 0.0)
    assert buckets(got) == [(value, value, 1001)]


def test_one_element() -> None:
    got = measured(np.array([-2.5], np.float32))

    assert (got.count, got.min, got.max, got.mean, got.std, got.l2) == (1, -2.5, -2.5, -2.5, 0.0, 2.5)


@pytest.mark.parametrize("values", [[], [math.nan] * 5, [math.inf, -math.inf, math.nan]])
def test_without_a_finite_value_there_are_no_figures(values: list[float]) -> None:
    got = measured(np.array(values, np.float32))

    assert (got.min, got.max, got.mean, got.std, got.l2, got.finite) == (None, None, None, None, 0.0, 0)
    assert got.count == len(values)
    assert buckets(got) == []


def test_nothing_at_all_has_no_figures() -> None:
    assert measure(list, 0, no_report).min is None


def test_figures_of_a_tensor_with_nans_are_those_of_the_rest() -> None:
    values = normal(3, 2).astype(np.float32)
    with_holes = np.insert(values, [0, 5, 70_000, 99_999], [np.nan, np.inf, -np.inf, np.nan])
    got, expected = measured(with_holes, 20, 60_000), measured(values)

    assert (got.nan, got.posinf, got.neginf, got.finite) == (2, 1, 1, values.size)
    assert (got.min, got.max) == (expected.min, expected.max)
    assert got.mean == pytest.approx(expected.mean, rel=1e-12)
    assert got.std == pytest.approx(expected.std, rel=1e-12)


def test_negative_zero_is_a_zero() -> None:
    assert measured(np.array([0.0, -0.0, 1e-45, 1.0], np.float32)).zeros == 2


def test_a_double_too_small_for_float32_is_no_zero() -> None:
    assert measured(np.array([1e-300, 0.0])).zeros == 1


@pytest.mark.parametrize(
    ("dtype", "values"),
    [("int64", [-(2**63), 2**63 - 1]), ("uint64", [2**53 + 1, 2**64 - 1]), ("bool", [0, 1]), ("int8", [-128, 127])],
)
def test_integers_keep_exact_ends(dtype: str, values: list[int]) -> None:
    got = measured(np.array(values, dtype))

    assert [got.min, got.max] == values
    assert type(got.min) is type(got.max) is int


def test_the_counts_cannot_be_changed_by_whom_they_are_shown_to() -> None:
    for got in (measured(np.ones(3)), measured(np.ones(3, np.int8)), measured(np.array([0.1, 0.1000001]))):
        got.buckets.counts[0] += 1
        assert got.buckets.counts[0] < 4
    for array in (got.packed.places, got.packed.counts):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_reports_after_each_block() -> None:
    seen: list[tuple[int, int, str]] = []
    measure(in_blocks(np.zeros(10), 4, 7), 10, lambda *report: seen.append(report))

    assert seen == [(4, 10, "statistics"), (7, 10, "statistics"), (10, 10, "statistics")]


def test_stops_at_the_block_in_which_it_is_cancelled() -> None:
    taken: list[Any] = []

    def blocks() -> Iterator[Array]:
        for number in range(10):
            taken.append(number)
            yield np.zeros(5)

    def report(done: int, _total: int, _what: str) -> None:
        if done >= 15:
            raise Cancelled

    with pytest.raises(Cancelled):
        measure(blocks, 50, report)
    assert taken == [0, 1, 2]
