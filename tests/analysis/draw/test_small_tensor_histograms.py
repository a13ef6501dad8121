from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from explorer.analysis.draw.histogram import count_bins
from explorer.analysis.draw.small_tensor_histograms import count_small_bins
from explorer.analysis.measure.numbers import Array, finite_numbers, real_numbers
from explorer.progress import no_report

DTYPES = ("float32", "float64", "float16", "int64", "uint8", "bool", "complex64")


def one_by_one(numbers: Array, bins: int) -> Any:
    finite = finite_numbers(real_numbers(numbers)).astype(np.float64)
    if not finite.size:
        return None
    return count_bins(lambda: [numbers], numbers.size, no_report, float(finite.min()), float(finite.max()), bins)


def assert_same(tensors: list[Array], bins: int) -> None:
    starts = np.cumsum([0, *(tensor.size for tensor in tensors)])
    found = count_small_bins(np.concatenate(tensors), starts, bins)
    assert len(found) == len(tensors)
    for tensor, histogram in zip(tensors, found, strict=True):
        expected = one_by_one(tensor, bins)
        assert histogram.exact
        if expected is None:
            assert not histogram.edges.size
            assert not histogram.counts.size
            continue
        np.testing.assert_array_equal(histogram.edges, expected.edges)
        np.testing.assert_array_equal(histogram.counts, expected.counts)
        assert (histogram.below, histogram.above) == (0, 0)


@given(data=st.data(), dtype=st.sampled_from(DTYPES), bins=st.integers(1, 70))
def test_each_tensor_gets_the_histogram_that_it_would_get_alone(data: st.DataObject, dtype: str, bins: int) -> None:
    assert_same(data.draw(st.lists(arrays.arrays(dtype, st.integers(0, 12)), min_size=1, max_size=6)), bins)


@pytest.mark.parametrize(
    "numbers",
    [
        [1.0, 1.0, 1.0],
        [1.0, np.nextafter(1.0, 2.0)],
        [1e300, np.nextafter(1e300, np.inf), np.nextafter(np.nextafter(1e300, np.inf), np.inf)],
        [-1.7e308, 0.0, 1.7e308],
        [5e-324, 1e-323, 1.5e-323],
        [0.0, -0.0],
        [np.nan, np.inf, -np.inf],
        [np.nan, 3.0, np.inf],
        [],
    ],
    ids=lambda numbers: str(numbers)[:24],
)
def test_ends_that_float64_hardly_tells_apart(numbers: list[float]) -> None:
    assert_same([np.array(numbers), np.array([0.25, 0.5, 0.75]), np.array(numbers)], 64)


def test_weights_of_a_network() -> None:
    random = np.random.default_rng(0)
    assert_same([random.normal(size=random.integers(0, 400)).astype(np.float32) for _ in range(300)], 64)
