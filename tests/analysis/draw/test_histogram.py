"""Histograms: the exact one against numpy, the preview against the exact one, the robust range against a count."""

import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays, from_dtype

from explorer.analysis.draw.histogram import Histogram, count_bins, preview, robust_range, sampled
from explorer.analysis.measure.numbers import Array
from explorer.analysis.measure.statistics import Statistics, measure, merge
from explorer.progress import Cancelled, no_report

DTYPES = ["float32", "float64", "bool", *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))]
LARGEST = 1.7976931348623157e308


def tensors() -> st.SearchStrategy[Array]:
    return st.sampled_from([np.dtype(name) for name in DTYPES]).flatmap(
        lambda dtype: arrays(dtype, st.integers(1, 40), elements=from_dtype(dtype))
    )


def measured(values: Array) -> Statistics:
    return measure(lambda: [values], values.size, no_report)


def counted(values: Array, low: float, high: float, bins: int, *cuts: int, multiplicity: int = 1) -> Histogram:
    return count_bins(lambda: np.split(values, sorted(cuts)), values.size, no_report, low, high, bins, multiplicity)


def finite(values: Array) -> Array:
    return values[np.isfinite(values)].astype(np.float64)


def normal(mean: float, std: float) -> Array:
    return np.random.default_rng(3).normal(mean, std, 100_000).astype(np.float32)


def assert_counts_fit_edges(got: Histogram, values: Array) -> None:
    """By definition: at or over the left edge, under the right one; the last bin has both."""
    at_or_over = [int((values >= edge).sum()) for edge in got.edges]
    above = int((values > got.edges[-1]).sum())
    assert got.below == values.size - at_or_over[0]
    assert got.above == above
    assert got.counts.tolist() == [
        here - after for here, after in zip(at_or_over, [*at_or_over[1:-1], above], strict=False)
    ]
    assert got.total == values.size


@settings(max_examples=60)
@given(tensors(), st.integers(1, 300))
def test_counts_are_exact_for_their_edges_over_the_whole_range(values: Array, bins: int) -> None:
    inside = finite(values)
    assume(inside.size)
    got = counted(values, inside.min(), inside.max(), bins)

    assert got.exact
    assert got.counts.size == bins
    assert (np.diff(got.edges[:-1]) > 0).all()
    assert got.edges[-1] > got.edges[-2]
    assert (got.below, got.above) == (0, 0)
    assert_counts_fit_edges(got, inside)


@settings(max_examples=50)
@given(
    st.sampled_from([np.float32, np.float64]),
    st.floats(-1e6, 1e6, width=32),
    st.floats(0.0009765625, 1e6, width=32),
    st.integers(1, 300),
    st.lists(st.floats(-0.2, 1.2), max_size=40),
)
def test_counts_are_those_of_numpy(dtype: type, low: float, width: float, bins: int, places: list[float]) -> None:
    high = low + width
    edges = np.linspace(low, high, bins + 1)
    # Values on the edges, next to them, and anywhere.
    near = np.concatenate((edges, np.nextafter(edges, -np.inf), np.nextafter(edges, np.inf)))
    values: Array = np.concatenate((near, low + width * np.array(places))).astype(dtype)
    counts, numpy_edges = np.histogram(values.astype(np.float64), bins, range=(low, high))
    got = counted(values, low, high, bins, 7, 20)

    assert (got.edges == numpy_edges).all()
    assert got.counts.tolist() == counts.tolist()
    assert_counts_fit_edges(got, values.astype(np.float64))


@pytest.mark.parametrize("bins", [1, 10, 256, 4096])
@pytest.mark.parametrize(
    "values",
    [normal(0, 0.02), normal(1000, 0.02), normal(0, 1e30), normal(0, 1e-41), normal(0, 40).astype(np.int8)],
    ids=["normal", "mean far above std", "large", "denormal", "int8"],
)
def test_many_values_are_counted_as_numpy_does(values: Array, bins: int) -> None:
    low, high = float(values.min()), float(values.max())
    got = counted(values, low, high, bins, 30_000)

    assert (got.counts == np.histogram(values.astype(np.float64), bins, range=(low, high))[0]).all()


@pytest.mark.parametrize("value", [0.0, 1.0, -3.5])
def test_one_value_gets_a_range_around_it_as_in_numpy(value: float) -> None:
    values = np.full(5, value, np.float32)
    counts, edges = np.histogram(values, 8)
    got = counted(values, value, value, 8)

    assert (got.edges == edges).all()
    assert (got.counts == counts).all()


@pytest.mark.parametrize(
    "values",
    [
        [-LARGEST, 0.0, LARGEST],
        [0.0, LARGEST],
        [math.nextafter(LARGEST, 0), LARGEST],
        [LARGEST, LARGEST],
        [-LARGEST, -LARGEST],
        [1.0, math.nextafter(1.0, 2.0)],
        [0.0, 5e-324],
        [-1e-320, 1e-320],
        [1e300, 1e300],
        [2.0**62, 2.0**62],
    ],
)
@pytest.mark.parametrize("bins", [1, 2, 3, 256])
def test_ranges_that_numpy_refuses_have_a_histogram(values: list[float], bins: int) -> None:
    array = np.array(values)
    got = counted(array, min(values), max(values), bins)

    assert (got.edges[1:] > got.edges[:-1]).all()
    assert np.isfinite(got.edges).all()
    assert got.counts.sum() == len(values)
    assert_counts_fit_edges(got, array)


def test_what_lies_outside_is_counted_beside() -> None:
    values = np.array([-np.inf, -2, -1, 0, 1, 1.5, np.nan, 9, np.inf], np.float32)
    got = counted(values, -1, 1, 2)

    assert got.counts.tolist() == [1, 2]
    assert (got.below, got.above, got.total) == (1, 2, 6)


def test_complex_values_are_counted_by_length() -> None:
    values = np.array([3 + 4j, 1, 0, complex(math.nan, 1), complex(math.inf, 0)], np.complex64)

    assert counted(values, 0, 5, 5).counts.tolist() == [1, 1, 0, 0, 1]


@pytest.mark.parametrize("values", [[], [math.nan, math.inf]])
def test_without_a_finite_value_there_are_no_bins(values: list[float]) -> None:
    array = np.array(values, np.float32)

    for got in (counted(array, 0, 1, 4), preview(measured(array), 0, 1, 4)):
        assert (got.edges.tolist(), got.counts.tolist(), got.total) == ([], [], 0)


@pytest.mark.parametrize(("low", "high", "bins"), [(1, 0, 4), (math.nan, 1, 4), (0, math.inf, 4), (0, 1, 0)])
def test_a_range_that_is_none_is_refused(low: float, high: float, bins: int) -> None:
    with pytest.raises(ValueError, match="bins from"):
        counted(np.ones(3), low, high, bins)
    with pytest.raises(ValueError, match="bins from"):
        preview(measured(np.ones(3)), low, high, bins)


@settings(max_examples=50)
@given(tensors(), st.lists(st.integers(0, 40), max_size=3), st.integers(1, 5))
def test_blocks_and_repetition_change_no_count(values: Array, cuts: list[int], multiplicity: int) -> None:
    got = counted(values, -2, 2, 7, *cuts, multiplicity=multiplicity)
    expected = counted(np.repeat(values, multiplicity), -2, 2, 7)

    assert got.counts.tolist() == expected.counts.tolist()
    assert (got.below, got.above) == (expected.below, expected.above)


def test_reports_after_each_block_and_stops_when_cancelled() -> None:
    taken: list[int] = []
    seen: list[tuple[int, int, str]] = []

    def blocks() -> Iterator[Array]:
        for number in range(10):
            taken.append(number)
            yield np.zeros(5)

    def report(done: int, total: int, what: str) -> None:
        seen.append((done, total, what))
        if done >= 10:
            raise Cancelled

    with pytest.raises(Cancelled):
        count_bins(blocks, 50, report, 0, 1, 4)
    assert taken == [0, 1]
    assert seen == [(5, 50, "statistics"), (10, 50, "statistics")]


@settings(max_examples=50)
@given(tensors(), st.integers(1, 400))
def test_the_robust_range_leaves_at_most_one_in_200_out_on_each_side(values: Array, repeats: int) -> None:
    most = finite(values)[:1]
    values = np.concatenate((finite(values), np.repeat(most, repeats)))
    assume(values.size)
    low, high = robust_range(measured(values))

    assert values.min() <= low <= high <= values.max()
    assert (values < low).sum() <= values.size / 200
    assert (values > high).sum() <= values.size / 200


@given(tensors())
def test_the_robust_range_of_few_values_is_all_of_them(values: Array) -> None:
    inside = finite(values)
    assume(inside.size)

    assert robust_range(measured(values)) == (inside.min(), inside.max())


def test_the_robust_range_of_no_values_is_nothing() -> None:
    assert robust_range(measured(np.array([np.nan]))) == (0.0, 0.0)


def test_the_robust_range_drops_what_lies_far_out_and_no_more() -> None:
    values = np.append(normal(0, 1), np.array([1e6, -1e6], np.float32))
    low, high = robust_range(measured(values))

    # The quantiles of a normal distribution are at 2.576; buckets are 2**-6 wide there.
    assert low == pytest.approx(-2.576, abs=0.05)
    assert high == pytest.approx(2.576, abs=0.05)
    one_bucket = 2**-6
    assert (values < low + one_bucket).sum() > values.size / 200
    assert (values > high - one_bucket).sum() > values.size / 200


@settings(max_examples=60)
@given(tensors(), st.floats(), st.floats(), st.integers(1, 60))
def test_a_preview_loses_no_value(values: Array, low: float, high: float, bins: int) -> None:
    assume(math.isfinite(low) and math.isfinite(high) and low <= high)
    statistics = measured(values)
    assume(statistics.finite)
    got = preview(statistics, low, high, bins)

    assert got.exact == statistics.exact_values
    assert got.total == statistics.finite
    assert min(got.counts.min(), got.below, got.above) >= 0
    assert got.edges.size == got.counts.size + 1 == bins + 1


@settings(max_examples=50)
@given(tensors(), st.integers(1, 60))
def test_a_preview_of_the_whole_range_has_all_inside(values: Array, bins: int) -> None:
    statistics = measured(values)
    assume(statistics.min is not None and statistics.max is not None)
    assert statistics.min is not None
    assert statistics.max is not None
    got = preview(statistics, statistics.min, statistics.max, bins)

    assert (got.below, got.above) == (0, 0)
    assert got.counts.sum() == statistics.finite


@pytest.mark.parametrize(
    "values",
    [
        normal(0, 0.02),
        normal(1, 0.02),
        normal(-300, 40),
        np.random.default_rng(0).laplace(size=100_000),
        np.where(normal(0, 1) > 0.5, normal(0, 1), np.float32(0)),
    ],
    ids=["normal", "close to one", "negative", "laplace", "mostly zeros"],
)
def test_a_preview_looks_like_the_exact_histogram(values: Array) -> None:
    low, high = robust_range(measured(values))
    shown, exact = preview(measured(values), low, high, 40), counted(values, low, high, 40)

    assert (shown.edges == exact.edges).all()
    misplaced = np.abs(shown.counts - exact.counts).sum() / 2 / values.size
    # Close to one a bucket is three bins wide; in bins that all came from its middle, half would be misplaced.
    assert misplaced < 0.02


@pytest.mark.parametrize(
    "values",
    [np.arange(5) > 1, np.zeros(9), np.ones(9), np.array([-1.0, 1.0]), np.array([-1, 0, 0, 1])],
    ids=["bool", "zeros", "ones", "signs", "ternary"],
)
@pytest.mark.parametrize("bins", [2, 10, 11])
def test_a_preview_of_few_distinct_values_has_them_where_they_are(values: Array, bins: int) -> None:
    low, high = float(values.min()), float(values.max())

    assert (
        preview(measured(values), low, high, bins).counts.tolist() == counted(values, low, high, bins).counts.tolist()
    )


@settings(max_examples=50)
@given(arrays(np.int16, st.integers(1, 40)), st.floats(-1e5, 1e5), st.floats(0, 1e5), st.integers(1, 60))
def test_a_preview_of_known_values_is_the_exact_histogram(values: Array, low: float, width: float, bins: int) -> None:
    # With ends on values, and between them.
    for start, end in ((low, low + width), (float(values.min()), float(values.max()))):
        got, expected = preview(measured(values), start, end, bins), counted(values, start, end, bins)

        assert got.exact
        assert got.counts.tolist() == expected.counts.tolist()
        assert (got.below, got.above) == (expected.below, expected.above)


def test_a_preview_has_minimum_and_maximum_in_their_places() -> None:
    shown = preview(measured(np.array([1e308, -1.7e308, 1.7e308])), -1.7e308, 1.7e308, 24)
    assert shown.counts[[0, -1]].tolist() == [1, 1]
    assert shown.counts[12:].sum() == 2


def test_a_preview_of_tensors_together_has_the_values_of_all() -> None:
    parts = [normal(0, 0.02), normal(1, 0.3), np.array([np.nan, np.inf, 0.5], np.float32), np.ones(70_000, np.float32)]
    shown = preview(merge([measured(part) for part in parts]), -0.5, 2.0, 50)
    exact = counted(np.concatenate(parts), -0.5, 2.0, 50)

    assert not shown.exact
    assert shown.total == exact.total
    assert np.abs(shown.counts - exact.counts).sum() / 2 / exact.total < 0.02


def test_a_preview_of_tensors_whose_values_are_known_is_exact() -> None:
    parts = [np.arange(9, dtype=np.int8), np.arange(5) > 1]
    shown = preview(merge([measured(part) for part in parts]), 0, 8, 8)

    assert shown.exact
    assert shown.counts.tolist() == counted(np.concatenate(parts), 0, 8, 8).counts.tolist()
    assert preview(merge([]), 0, 1, 4).total == 0


def test_a_sample_says_what_it_is() -> None:
    values = normal(0, 1)
    got = sampled(values[::10], -1, 1, 16, of=values.size)

    assert (got.exact, got.sample, got.total) == (False, 10_000, 10_000)
    assert got.counts.tolist() == counted(values[::10], -1, 1, 16).counts.tolist()
    assert sampled(np.array([np.nan], np.float32), -1, 1, 16, of=9).edges.size == 0


def test_a_sample_of_everything_is_exact() -> None:
    got = sampled(np.arange(10), 0, 9, 3, of=10)

    assert (got.exact, got.sample) == (True, None)
    assert got.counts.tolist() == [3, 3, 4]


def test_a_denormal_end_of_a_wide_range_keeps_its_value() -> None:
    values = np.array([1.7070845989925847e-308, 3.0, 7e307])
    found = count_bins(lambda: [values], values.size, no_report, values[0], values[-1], 64)
    assert found.edges[[0, -1]].tolist() == values[[0, -1]].tolist()
    assert found.counts.sum() == values.size
