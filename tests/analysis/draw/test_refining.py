"""Statistics told more exactly: quantiles of values that are close together, against those of all values."""

import numpy as np
import pytest

from explorer.analysis.draw.axes import Axis, Bins
from explorer.analysis.draw.histogram import Histogram, robust_range
from explorer.analysis.draw.histogram_on_axis import count_on
from explorer.analysis.draw.refining import is_coarse, refined
from explorer.analysis.measure.numbers import Array
from explorer.analysis.measure.statistics import Statistics, measure, quantile_bounds
from explorer.progress import no_report

_RANDOM = np.random.default_rng(3)
NEAR_ONE = np.append(1 + _RANDOM.normal(0, 1e-5, 100_000), 3).astype(np.float32)
CASES: dict[str, Array] = {
    "near one": NEAR_ONE,
    "near minus one": -NEAR_ONE,
    "huge": _RANDOM.normal(0, 1e300, 50_000),
    "tiny": _RANDOM.normal(0, 1e-310, 50_000),
    "far above their spread": 1e9 + _RANDOM.normal(0, 1e-4, 50_000),
    "one value and another": np.append(np.full(50_000, 0.1, np.float32), np.float32(3)),
}


def looked_at(values: Array) -> tuple[Statistics, Statistics]:
    def count(low: float, high: float, bins: int) -> Histogram:
        return count_on(lambda: [values], values.size, no_report, Bins(Axis(), low, high, bins))

    coarse = measure(lambda: [values], values.size, no_report)
    return coarse, refined(coarse, count, lambda: values.dtype == np.float32)


@pytest.mark.parametrize("case", CASES)
def test_quantiles_and_range_are_those_of_the_values(case: str) -> None:
    values = CASES[case]
    coarse, fine = looked_at(values)
    assert is_coarse(coarse)
    assert fine.buckets.counts.sum() == values.size
    assert (fine.min, fine.max, fine.mean, fine.std) == (coarse.min, coarse.max, coarse.mean, coarse.std)
    assert (np.diff(fine.buckets.lows) > 0).all()
    shares = [0.01, 0.25, 0.5, 0.75, 0.99]
    truth = np.quantile(values, shares, method="inverted_cdf").astype(np.float64)
    spread = max(float(truth[-1] - truth[0]), float(np.spacing(np.abs(truth).max())))
    for true, (low, high) in zip(truth, quantile_bounds(fine, shares), strict=True):
        assert low <= true <= high
        assert high - low <= spread / 100
    first, last = robust_range(fine)
    assert first == pytest.approx(np.quantile(values, 0.005), abs=spread / 50)
    assert last == pytest.approx(np.quantile(values, 0.995), abs=spread / 50)


def test_narrow_buckets_between_wide_ones_stay() -> None:
    values = np.concatenate([_RANDOM.normal(0, 1, 50_000), _RANDOM.normal(0, 1e300, 50_000)])
    coarse, fine = looked_at(values)
    assert is_coarse(coarse)
    for share in (0.01, 0.4, 0.5, 0.6, 0.99):
        true = float(np.quantile(values, share, method="inverted_cdf"))
        ((low, high),) = quantile_bounds(fine, [share])
        assert low <= true <= high
        assert high - low <= 0.02 * abs(true)


@pytest.mark.parametrize("values", [_RANDOM.normal(0, 1, 10_000), np.zeros(9), np.empty(0), np.array([3.0, 4.0])])
def test_what_is_told_well_enough_is_left_alone(values: Array) -> None:
    coarse, fine = looked_at(values)
    assert not is_coarse(coarse)
    assert fine is coarse
