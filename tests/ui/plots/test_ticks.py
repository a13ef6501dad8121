"""Labels stand at round numbers, not too many and not too few."""

import math
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from explorer.analysis.draw.axes import Axis
from explorer.ui.plots.ticks import (
    axis_numbers,
    edge_figures,
    figures,
    index_ticks,
    place_of,
    powers_of_ten,
    round_numbers,
    value_at,
)

ANY = st.floats(allow_nan=False, allow_infinity=False)
ABOVE_0 = st.floats(min_value=5e-324, allow_infinity=False)
MOST = 7


@given(ANY, ANY)
def test_round_numbers_lie_between_the_ends(a: float, b: float) -> None:
    low, high = min(a, b), max(a, b)
    found = round_numbers(low, high, MOST)
    assert len(found) <= MOST + 1
    slack = (high / 2 - low / 2) * 1e-8
    assert all(low - slack <= number <= high + slack for number in found)


@given(ABOVE_0, ABOVE_0)
def test_powers_of_ten_lie_between_the_ends(a: float, b: float) -> None:
    low, high = min(a, b), max(a, b)
    found = powers_of_ten(low, high, MOST)
    assert found == sorted(set(found))
    assert len(found) <= MOST + 2
    assert all(low <= number <= high for number in found)
    if high / 10 > low * 10:
        assert found


def test_few_powers_are_joined_by_their_doubles() -> None:
    assert powers_of_ten(0.15, 12, MOST) == [0.2, 0.5, 1, 2, 5, 10]
    assert powers_of_ten(1e-6, 1.0, MOST) == [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0]
    assert powers_of_ten(1e-12, 1.0, MOST) == [1e-12, 1e-10, 1e-8, 1e-6, 1e-4, 1e-2, 1.0]


@given(ANY, ANY, st.integers(-300, 300))
def test_a_symmetric_axis_is_labelled_everywhere(a: float, b: float, power: int) -> None:
    low, high = min(a, b), max(a, b)
    found = axis_numbers(Axis("symlog", float(f"1e{power}")), low, high, MOST)
    assert found == sorted(found)
    assert len(found) <= MOST + 3
    assert 0.0 in found or not (len(found) > 1 and low < 0 < high and max(-low, high) > 10 * float(f"1e{power}"))


def test_a_stretch_of_a_log_axis_without_powers_has_round_numbers() -> None:
    assert axis_numbers(Axis("log"), 0.31, 0.37, 3) == round_numbers(0.31, 0.37, 3)
    assert axis_numbers(Axis("symlog", 1.0), -0.4, 0.4, 4) == round_numbers(-0.4, 0.4, 4)


@given(st.lists(ANY, min_size=2, max_size=9, unique=True), st.floats(0, 1))
def test_places_lead_back_to_values(numbers: list[float], share: float) -> None:
    edges = np.array(sorted(numbers))
    x = share * (edges.size - 1)
    value = value_at(edges, x)
    assert math.isfinite(value)
    again = value_at(edges, place_of(edges, value))
    width = float(edges[-1] / 2 - edges[0] / 2)
    assert math.isclose(again, value, rel_tol=1e-9, abs_tol=width * 1e-9 + 5e-324)


@given(st.lists(ANY, max_size=9, unique=True))
def test_figures_beside_each_other_differ(numbers: list[float]) -> None:
    numbers.sort()
    said = figures(numbers)
    assert len(said) == len(numbers)
    assert all(a != b for a, b in pairwise(said))


@given(ANY, ANY)
def test_the_edges_of_a_bin_differ(a: float, b: float) -> None:
    if a != b:
        low, high = edge_figures(np.array([min(a, b), max(a, b)]), 0)
        assert low != high


def test_figures_have_no_more_digits_than_they_need() -> None:
    assert figures([0.99998, 1.0, 1.00002]) == ["0.99998", "1", "1.00002"]
    assert figures([1.7e9, 1.7e9 + 500]) == ["1700000000", "1700000500"]
    assert figures([-0.5, 0.0, 0.5]) == ["-0.5", "0", "0.5"]
    assert figures([]) == []


def test_labels_stand_at_indices_that_there_are() -> None:
    assert index_ticks(0, 5, 600, 5) == [0, 1, 2, 3, 4]
    assert index_ticks(0, 4096, 300, 4096) == [0, 1000, 2000, 3000, 4000]
    assert index_ticks(10.7, 14.2, 300, 20) == [11, 12, 13]
