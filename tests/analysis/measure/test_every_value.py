"""Tensors of few values: a bucket for each, so that quantiles are exactly NumPy's."""

import numpy as np
import pytest

from explorer.analysis.measure.every_value import MOST, with_every_value
from explorer.analysis.measure.numbers import Array
from explorer.analysis.measure.statistics import Statistics, measure, quantile_bounds, quantiles
from explorer.progress import no_report

_RANDOM = np.random.default_rng(5)
SHARES = [0.01, 0.25, 0.5, 0.75, 0.99]
WITH_ODD_ONES = _RANDOM.normal(0, 1, 999).astype(np.float32)
WITH_ODD_ONES[:6] = [np.nan, np.inf, -np.inf, 0.0, -0.0, 3e-45]
CASES: dict[str, Array] = {
    "float32": _RANDOM.normal(5, 1, MOST).astype(np.float32),
    "float64": _RANDOM.normal(0, 1e-300, 1_001),
    "integers": _RANDOM.integers(-(2**40), 2**40, 500),
    "not all finite": WITH_ODD_ONES,
}


def told(values: Array, multiplicity: int = 1) -> tuple[Statistics, Statistics]:
    blocks = lambda: [values[:300], values[300:]]  # noqa: E731 - called anew for each walk
    measured = measure(blocks, values.size, no_report, multiplicity)
    return measured, with_every_value(measured, blocks, values.size, multiplicity)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("multiplicity", [1, 3])
def test_quantiles_are_exact(case: str, multiplicity: int) -> None:
    values = CASES[case]
    measured, every = told(values, multiplicity)
    assert not measured.exact_values
    assert every.exact_values
    assert (every.min, every.max, every.mean, every.count) == (
        measured.min,
        measured.max,
        measured.mean,
        measured.count,
    )
    assert int(every.buckets.counts.sum()) == measured.finite
    repeated = np.repeat(values[np.isfinite(values)], multiplicity)
    truth = np.quantile(repeated, SHARES, method="inverted_cdf").astype(np.float64).tolist()
    assert quantiles(every, SHARES) == truth
    assert quantile_bounds(every, SHARES) == [(number, number) for number in truth]


@pytest.mark.parametrize(
    "values",
    [
        np.full(1_000, np.nan, np.float32),
        _RANDOM.integers(-100, 100, 1_000).astype(np.int8),
        _RANDOM.normal(0, 1, MOST + 1).astype(np.float32),
        np.array([2**60 + 1, 2**60 + 2] * 200),
    ],
    ids=["none", "known already", "too many", "beyond float64"],
)
def test_others_stay_as_they_are(values: Array) -> None:
    measured, every = told(values)
    assert every is measured


@pytest.mark.parametrize("values", [np.array([2**62 + at for at in range(100)]), np.full(9, 2**53 + 1)])
def test_integers_that_float64_does_not_hold_are_never_told_exactly(values: Array) -> None:
    measured, every = told(values)
    assert every is measured
    assert not measured.exact_values
