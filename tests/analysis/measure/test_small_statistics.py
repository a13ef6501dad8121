"""Many small tensors at once: each as if it were measured alone."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays, from_dtype

from explorer.analysis.measure.numbers import Array
from explorer.analysis.measure.small_statistics import measure_small
from explorer.analysis.measure.statistics import Statistics, measure
from explorer.progress import no_report

DTYPES = [
    "float32",
    "float64",
    "complex64",
    "bool",
    *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 64)),
]
LARGEST = float(np.finfo(np.float64).max)


def rows() -> st.SearchStrategy[tuple[Array, list[int]]]:
    """Values of several tensors, and where each begins and the last ends; some are empty."""
    values = st.sampled_from([np.dtype(name) for name in DTYPES]).flatmap(
        lambda dtype: arrays(dtype, 40, elements=from_dtype(dtype))
    )
    return st.tuples(values, st.lists(st.integers(0, 40), min_size=1, max_size=9).map(sorted))


def alone(values: Array) -> Statistics:
    return measure(lambda: [values], values.size, no_report)


def assert_same(got: Statistics, expected: Statistics) -> None:
    for field in ("count", "min", "max", "zeros", "nan", "posinf", "neginf", "finite"):
        assert getattr(got, field) == getattr(expected, field)
        assert type(getattr(got, field)) is type(getattr(expected, field))
    scale = max(abs(float(expected.min or 0)), abs(float(expected.max or 0)))
    for field in ("mean", "std", "l2"):
        one, other = getattr(got, field), getattr(expected, field)
        if other is None:
            assert one is None
        else:
            assert abs(min(one, LARGEST) - min(other, LARGEST)) <= max(1e-12 * other, 1e-15 * scale, 5e-324)
    for field in ("lows", "highs", "counts"):
        assert getattr(got.buckets, field).tolist() == getattr(expected.buckets, field).tolist()
        assert getattr(got.buckets, field).dtype == getattr(expected.buckets, field).dtype


@settings(max_examples=80)
@given(rows())
def test_each_is_measured_as_if_it_were_alone(row: tuple[Array, list[int]]) -> None:
    values, starts = row
    found = measure_small(values, np.array(starts))

    for got, (first, end) in zip(found, itertools.pairwise(starts), strict=True):
        assert_same(got, alone(values[first:end]))


@settings(max_examples=50)
@given(arrays(np.uint16, 30), st.lists(st.integers(0, 30), min_size=2, max_size=5).map(sorted))
def test_values_of_16_bits_have_a_bucket_each_when_they_are_said_to_be(bits: Array, starts: list[int]) -> None:
    values = bits.view(np.float16).astype(np.float32)
    found = measure_small(values, np.array(starts), exact=True)

    for got, (first, end) in zip(found, itertools.pairwise(starts), strict=True):
        finite = values[first:end][np.isfinite(values[first:end])].astype(np.float64) + 0.0
        distinct, counts = np.unique(finite, return_counts=True)
        assert got.exact_values
        assert got.buckets.lows.tolist() == got.buckets.highs.tolist() == distinct.tolist()
        assert got.buckets.counts.tolist() == counts.tolist()


@pytest.mark.parametrize("scale", [1e-320, 1e-200, 1.0, 1e200])
def test_sizes_of_any_kind_stand_side_by_side(scale: float) -> None:
    values = np.concatenate((np.random.default_rng(1).normal(1000, 0.02, 5000) * scale, np.zeros(7), [1.0, 2.0, 4.0]))
    starts = np.array([0, 5000, 5007, 5010])
    found = measure_small(values, starts)

    for got, (first, end) in zip(found, itertools.pairwise(starts), strict=True):
        assert_same(got, alone(values[first:end]))


def test_no_tensors_have_no_statistics() -> None:
    assert measure_small(np.empty(0, np.float32), np.array([0])) == []


def test_what_is_shown_cannot_be_changed() -> None:
    (got,) = measure_small(np.ones(3), np.array([0, 3]))

    for array in (got.packed.places, got.packed.counts):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
