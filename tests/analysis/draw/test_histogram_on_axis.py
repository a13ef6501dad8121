"""Counting on any axis, and densities."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from explorer.analysis.draw.axes import Axis, Bins
from explorer.analysis.draw.histogram_on_axis import count_edges, count_on, density, sampled_on, symlog_threshold
from explorer.analysis.measure.statistics import Statistics, measure
from explorer.progress import Cancelled, no_report

VALUES = arrays.arrays(
    st.sampled_from([np.float32, np.float64, np.int8, np.bool_]),
    st.integers(0, 60),
    elements={"allow_nan": True, "allow_infinity": True},
)
EDGES = st.lists(st.floats(-1e6, 1e6) | st.integers(-130, 130).map(float), min_size=2, max_size=12, unique=True)


def measured(*values: float) -> Statistics:
    array = np.array(values, np.float32)
    return measure(lambda: [array], array.size, no_report)


def finite(values: NDArray[Any]) -> NDArray[np.float64]:
    wide = values.astype(np.float64)
    return wide[np.isfinite(wide)]


@given(VALUES, EDGES, st.integers(1, 5))
def test_counts_are_those_of_numpy(values: NDArray[Any], edges: list[float], blocks: int) -> None:
    sorted_edges = np.array(sorted(edges))
    counted = count_edges(lambda: np.array_split(values, blocks), values.size, no_report, sorted_edges)
    numbers = finite(values)
    if numbers.size == 0:
        assert counted.counts.size == 0
        return
    assert counted.counts.tolist() == np.histogram(numbers, sorted_edges)[0].tolist()
    assert counted.below == np.count_nonzero(numbers < sorted_edges[0])
    assert counted.above == np.count_nonzero(numbers > sorted_edges[-1])
    assert counted.total == numbers.size
    assert counted.exact


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32])
@pytest.mark.parametrize("edges", [[-3.0, -1e-3, 0.0, 1e-3, 2.0], [-1e-40, 1e-40, 1e-3], [0.1, 0.1 + 1e-9, 0.2, 3e38]])
def test_many_values_are_counted_as_few_are(dtype: Any, edges: list[float]) -> None:
    generator = np.random.default_rng(0)
    spread = generator.normal(0, 1, 300_000) * 10.0 ** generator.integers(-45, 9, 300_000)
    # Values on the edges, and next to them.
    close = [np.nextafter(np.float32(edge), np.float32(towards)) for edge in edges for towards in (-9, edge, 9)]
    values = np.concatenate((spread, close, [0.0, -0.0, 3.3e38, -3.3e38])).clip(-2e9, 3.3e38).astype(np.float64)
    typed = values.clip(-2e9, 2e9).astype(dtype) if dtype is np.int32 else values.astype(dtype)
    counted = count_edges(lambda: np.array_split(typed, 3), typed.size, no_report, np.array(edges))
    numbers = typed.astype(np.float64)
    assert counted.counts.tolist() == np.histogram(numbers, edges)[0].tolist()
    assert counted.below == np.count_nonzero(numbers < edges[0])
    assert counted.above == np.count_nonzero(numbers > edges[-1])


@pytest.mark.parametrize("axis", [Axis(), Axis("log"), Axis("symlog", 0.001)])
def test_two_tensors_share_their_edges_on_every_axis(axis: Axis) -> None:
    bins = Bins(axis, 0.001, 7.5, 40)
    few, many = np.array([0.5, 1, 90], np.float32), np.geomspace(1e-5, 100, 1000)
    first = count_on(lambda: [few], few.size, no_report, bins)
    second = count_on(lambda: [many], many.size, no_report, bins)
    assert np.array_equal(first.edges, second.edges)
    assert (first.edges[0], first.edges[-1], first.counts.size) == (0.001, 7.5, 40)
    assert (first.above, second.total) == (1, 1000)


def test_expanded_values_count_as_often_as_they_stand() -> None:
    values = np.array([-9.0, 0.5, 2.0, 9.0])
    counted = count_on(lambda: [values], 4, no_report, Bins(Axis("symlog", 0.1), -1, 3, 4), multiplicity=10)
    assert (counted.below, counted.above, int(counted.counts.sum()), counted.total) == (10, 10, 20, 40)


def test_counting_can_be_cancelled() -> None:
    def stop(_done: int, _total: int, _what: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        count_edges(lambda: [np.ones(3)], 3, stop, np.array([0.0, 1.0]))


@given(
    arrays.arrays(np.float32, st.integers(1, 50), elements=st.floats(0.015625, 1024, width=32)),
    st.sampled_from(["linear", "log", "symlog"]),
)
def test_all_densities_have_the_area_1(values: NDArray[np.float32], kind: Any) -> None:
    bins = Bins(Axis(kind, 0.5), float(values.min()), float(values.max()), 20)
    counted = count_on(lambda: [values], values.size, no_report, bins)
    found = density(counted, counted.counts, counted.edges)
    assert found is not None
    assert float((found * np.diff(counted.edges)).sum()) == pytest.approx(1)


def test_values_outside_the_edges_belong_to_the_area() -> None:
    values = np.array([0.5, 1.5, 1.5, 9.0])
    counted = count_edges(lambda: [values], 4, no_report, np.array([0.0, 1.0, 2.0]))
    found = density(counted, counted.counts, counted.edges)
    assert found is not None
    assert found.tolist() == [0.25, 0.5]


@pytest.mark.parametrize("edges", [[0.0, 5e-324], [-1.7e308, 1.7e308]])
def test_densities_that_float64_cannot_hold_are_none(edges: list[float]) -> None:
    counted = count_edges(lambda: [np.zeros(1)], 1, no_report, np.array(edges))
    assert density(counted, counted.counts, counted.edges) is None


def test_a_sample_says_that_it_is_one() -> None:
    bins = Bins(Axis("log"), 0.1, 10, 20)
    some = sampled_on(np.ones(5, np.float32), bins, of=50)
    assert (some.exact, some.sample, some.total) == (False, 5, 5)
    every = sampled_on(np.ones(5, np.float32), bins, of=5)
    assert (every.exact, every.sample) == (True, None)
    linear = sampled_on(np.ones(5, np.float32), Bins(Axis(), 0.1, 10, 20), of=50)
    assert (linear.exact, linear.sample) == (False, 5)


@given(arrays.arrays(np.float32, st.integers(1, 300), elements=st.floats(-(2.0**100), 2.0**100, width=32)))
def test_few_values_are_below_the_threshold_of_a_symmetric_axis(values: NDArray[np.float32]) -> None:
    threshold = symlog_threshold(measured(*values))
    sizes = np.abs(values[values != 0].astype(np.float64))
    if sizes.size == 0:
        assert threshold == 1.0
        return
    assert threshold == float(f"{threshold:.0e}")
    assert threshold <= sizes.max()
    far_apart = sizes.max() / threshold > 0.99e12
    assert far_apart or np.count_nonzero(sizes < threshold * 0.999) <= sizes.size / 100


def test_zeros_do_not_pull_the_threshold_down() -> None:
    assert symlog_threshold(measured(*[0.0] * 1000, *[0.02] * 10, 0.5)) == 0.01
    assert symlog_threshold(measured(0.0, np.nan)) == 1.0
    assert symlog_threshold(measured(1e-30, *[1.0] * 50)) == pytest.approx(1e-12)
    assert symlog_threshold(measured(1.0, 1e-45, 0.0)) == pytest.approx(1e-12)
