"""Statistics of several tensors together, and the quantiles of any."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays, from_dtype

from explorer.analysis.measure.numbers import Array
from explorer.analysis.measure.statistics import Statistics, measure, merge, quantile_bounds, quantiles
from explorer.progress import no_report

WIDE = ["float32", "float64", "int32", "int64", "uint64"]
NARROW = ["bool", "int8", "uint8", "int16", "uint16"]
LARGEST = float(np.finfo(np.float64).max)
EXACT = ("count", "finite", "min", "max", "zeros", "nan", "posinf", "neginf")


def tensors(dtypes: list[str], min_size: int = 0) -> st.SearchStrategy[Array]:
    return st.sampled_from([np.dtype(name) for name in dtypes]).flatmap(
        lambda dtype: arrays(dtype, st.integers(min_size, 30), elements=from_dtype(dtype))
    )


def cut_tensors() -> st.SearchStrategy[tuple[Array, list[int]]]:
    return st.tuples(tensors([*WIDE, *NARROW]), st.lists(st.integers(0, 30), max_size=4).map(sorted))


def measured(values: Array) -> Statistics:
    return measure(lambda: [values], values.size, no_report)


def close(one: float | None, other: float | None, scale: float) -> bool:
    if one is None or other is None:
        return one is other
    one, other = min(one, LARGEST), min(other, LARGEST)  # rounding may carry a figure past the end of float64
    return abs(one - other) <= max(1e-12 * abs(other), 1e-15 * scale, 5e-324)


def assert_orderly(got: Statistics) -> None:
    assert (got.buckets.lows <= got.buckets.highs).all()
    assert (got.buckets.highs[:-1] <= got.buckets.lows[1:]).all()
    assert got.buckets.counts.sum() == got.finite
    assert got.buckets.counts.all()


@settings(max_examples=80)
@given(cut_tensors())
def test_parts_together_are_the_whole(cut: tuple[Array, list[int]]) -> None:
    values, cuts = cut
    whole, got = measured(values), merge([measured(part) for part in np.split(values, cuts)])
    scale = max(abs(float(whole.min or 0)), abs(float(whole.max or 0)))

    for field in EXACT:
        assert getattr(got, field) == getattr(whole, field)
    assert close(got.mean, whole.mean, scale)
    assert close(got.std, whole.std, 2 * scale)
    assert close(got.l2, whole.l2, 0.0)
    assert_orderly(got)
    # Buckets end after as many values as those of the whole, which reach at least as far.
    last = np.searchsorted(np.cumsum(got.buckets.counts), np.cumsum(whole.buckets.counts))
    first = np.append(0, last + 1)[:-1]
    assert np.cumsum(got.buckets.counts)[last].tolist() == np.cumsum(whole.buckets.counts).tolist()
    assert (got.buckets.lows[first] >= whole.buckets.lows).all()
    assert (got.buckets.highs[last] <= whole.buckets.highs).all()


@settings(max_examples=50)
@given(st.lists(tensors([*WIDE, *NARROW]), max_size=4))
def test_the_order_of_the_parts_does_not_matter(parts: list[Array]) -> None:
    one, other = merge([measured(part) for part in parts]), merge([measured(part) for part in reversed(parts)])

    assert_orderly(one)
    for field in EXACT:
        assert getattr(one, field) == getattr(other, field)
    for field in ("lows", "highs", "counts"):
        assert getattr(one.buckets, field).tolist() == getattr(other.buckets, field).tolist()


@given(st.lists(tensors(NARROW), max_size=4))
def test_known_values_stay_known(parts: list[Array]) -> None:
    together = np.concatenate([np.empty(0), *parts])
    distinct, counts = np.unique(together, return_counts=True)
    got = merge([measured(part) for part in parts])

    assert got.exact_values
    assert got.buckets.lows.tolist() == distinct.tolist()
    assert got.buckets.counts.tolist() == counts.tolist()


@pytest.mark.parametrize("scale", [1e-320, 1e-200, 1.0, 1e200])
def test_means_far_above_the_deviation_are_merged_without_loss(scale: float) -> None:
    parts = [np.random.default_rng(seed).normal(1e6 + seed, 1, 10_000) * scale for seed in range(5)]
    got, expected = merge([measured(part) for part in parts]), measured(np.concatenate(parts))

    assert got.mean == pytest.approx(expected.mean, rel=1e-14)
    assert got.std == pytest.approx(expected.std, rel=1e-9)
    assert got.l2 == pytest.approx(expected.l2, rel=1e-12)


def test_nothing_together_is_nothing() -> None:
    empty = measured(np.array([np.nan, np.inf], np.float32))

    for got in (merge([]), merge([empty])):
        assert (got.min, got.max, got.mean, got.std, got.l2, got.finite) == (None, None, None, None, 0.0, 0)
    assert merge([empty, empty]).nan == 2


def test_integers_stay_integers() -> None:
    got = merge([measured(np.array([2**63 - 1])), measured(np.array([-(2**63)]))])

    assert (got.min, got.max) == (-(2**63), 2**63 - 1)


@settings(max_examples=60)
@given(tensors(NARROW, 1), st.lists(st.floats(0, 1), max_size=9))
def test_quantiles_of_known_values_are_those_of_numpy(values: Array, shares: list[float]) -> None:
    expected = np.quantile(values.astype(np.float64), shares, method="inverted_cdf")

    assert quantiles(measured(values), shares) == expected.tolist()


@settings(max_examples=60)
@given(tensors(WIDE, 1), st.lists(st.floats(0, 1), max_size=9))
def test_other_quantiles_are_in_the_bucket_of_the_true_one(values: Array, shares: list[float]) -> None:
    finite = values[np.isfinite(values)].astype(np.float64)
    assume(finite.size)
    statistics = measured(values)

    expected = np.sort(finite)[np.maximum(np.ceil(np.array(shares) * finite.size), 1).astype(int) - 1]
    bounds = quantile_bounds(statistics, shares)
    for got, true, (low, high) in zip(quantiles(statistics, shares), expected, bounds, strict=True):
        assert finite.min() <= low <= min(got, true) <= max(got, true) <= high <= finite.max()
        assert ((statistics.buckets.lows <= min(got, true)) & (max(got, true) <= statistics.buckets.highs)).any()


def test_quantiles_of_many_values_are_close_to_the_true_ones() -> None:
    values = np.random.default_rng(5).normal(0.3, 2, 200_000).astype(np.float32)
    shares = [0.0, 0.01, 0.25, 0.5, 0.75, 0.99, 1.0]
    got = quantiles(measured(values), shares)

    quarter_of_a_bucket = 2**-7
    assert got == pytest.approx(np.quantile(values.astype(np.float64), shares).tolist(), abs=quarter_of_a_bucket)
    assert (got[0], got[-1]) == (values.min(), values.max())


def test_without_a_finite_value_there_are_no_quantiles() -> None:
    assert quantiles(measured(np.array([math.nan])), [0.5]) == []
    assert quantile_bounds(measured(np.array([math.nan])), [0.5]) == []


@pytest.mark.parametrize("share", [-0.1, 1.1, math.nan])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="shares are from 0 to 1"):
        quantiles(measured(np.ones(3)), [share])
