"""Long runs of float32, added up chunk by chunk, come to what float64 says of all of them at once."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from explorer.analysis.compare.difference import EXACT, Tolerance
from explorer.analysis.compare.difference_tally import DifferenceTally
from explorer.analysis.compare.float32_sums import CHUNK
from explorer.checkpoint.values.paired_values import Box
from tests.analysis.compare.tensor_pairs import assert_figures

Floats = NDArray[np.float32]


def added(a: Floats, b: Floats, tolerance: Tolerance = EXACT) -> DifferenceTally:
    tally = DifferenceTally(tolerance)
    tally.add(a, b, Box((0,), (a.size,)))
    return tally


def place(_box: Box, at: int) -> tuple[int, ...]:
    return (at,)


def stretches() -> tuple[list[Floats], list[Floats]]:
    """Chunks of all sorts, A and B."""
    random = np.random.default_rng(0)
    a = [random.normal(random.choice([0, 5]), 0.02, CHUNK).astype(np.float32) for _ in range(6)]
    b = [x + random.normal(0, 1e-3, CHUNK).astype(np.float32) for x in a]
    b[1] = a[1].copy()
    a[2][:5], b[2][:5] = [math.nan, math.inf, math.nan, 1, -math.inf], [math.nan, math.inf, 2, math.nan, math.inf]
    b[3] *= np.float32(1e-9)
    a[4], b[4] = a[4] * np.float32(1e-42), b[4] * np.float32(1e-42)
    return a, b


@pytest.mark.parametrize("length", [1, 8191, CHUNK, CHUNK + 8193, 6 * CHUNK - 5])
def test_figures_are_those_of_all_at_once(length: int) -> None:
    a, b = (np.concatenate(parts)[-length:] for parts in stretches())
    a[-1], b[-1] = 0, -0.0
    assert_figures(added(a, b).figures(place), a.astype(np.float64), b.astype(np.float64))


def test_the_largest_numbers_are_squared_too() -> None:
    a = np.full(CHUNK + 3, 3e38, np.float32)
    assert_figures(added(a, -a).figures(place), a.astype(np.float64), -a.astype(np.float64))


@pytest.mark.parametrize("rtol", [1e-6, 1e-3, 0.3, 5.0])
def test_a_tolerance_is_held_against_every_chunk(rtol: float) -> None:
    random = np.random.default_rng(1)
    scales = np.repeat(10.0 ** random.integers(-6, 0, 12), CHUNK // 2)
    a = random.normal(0.01, 1, scales.size).astype(np.float32)
    b = a + (random.normal(0, 1, scales.size) * scales).astype(np.float32)
    wide = a.astype(np.float64), b.astype(np.float64)
    excess = float((np.abs(wide[1] - wide[0]) - rtol * np.abs(wide[1])).max())
    for atol in (0.0, excess * 0.999, excess * 1.001):
        tally = added(a, b, Tolerance(rtol, atol))
        assert tally.over == (atol < excess)
        assert tally.excess == pytest.approx(excess, rel=1e-12)
