"""Where bins that are equal on an axis have their edges."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.analysis.draw.axes import Axis, AxisKind, Bins

ABOVE_0 = st.floats(min_value=5e-324, max_value=1.7e308)
ANY = st.floats(-1e308, 1e308)
THRESHOLDS = st.integers(-300, 300).map(lambda power: float(f"1e{power}"))


@given(ABOVE_0)
def test_a_value_stands_at_its_place_on_a_log_axis(value: float) -> None:
    axis = Axis("log")
    assert axis.place(value) == pytest.approx(math.log10(value))
    assert axis.value(axis.place(value)) == pytest.approx(value, rel=1e-12, abs=5e-324)


@given(ANY, THRESHOLDS)
def test_a_symmetric_axis_is_odd_and_leads_back(value: float, threshold: float) -> None:
    axis = Axis("symlog", threshold)
    assert axis.place(-value) == -axis.place(value)
    assert axis.value(axis.place(value)) == pytest.approx(value, rel=1e-12, abs=threshold * 1e-12)


@given(ANY, ANY, THRESHOLDS)
def test_a_symmetric_axis_keeps_the_order(a: float, b: float, threshold: float) -> None:
    axis = Axis("symlog", threshold)
    assert (axis.place(a) <= axis.place(b)) == (a <= b) or axis.place(a) == pytest.approx(axis.place(b))


def test_a_power_of_ten_takes_the_room_of_the_linear_part() -> None:
    axis = Axis("symlog", 0.01)
    assert [axis.place(value) for value in (0, 0.005, 0.01, 0.1, 1)] == pytest.approx([0, 0.5, 1, 2, 3])


@given(st.sampled_from(["log", "symlog"]), ABOVE_0, ABOVE_0, THRESHOLDS, st.booleans(), st.integers(1, 200))
def test_edges_go_from_low_to_high_in_equal_steps(
    kind: AxisKind, a: float, b: float, threshold: float, negative: bool, count: int
) -> None:
    axis = Axis(kind, threshold)
    low, high = min(a, b), max(a, b)
    if negative and kind == "symlog":
        low = -low
    bins = Bins(axis, low, high, count)
    edges = bins.edges()
    if edges is None:
        return
    assert len(edges) == count + 1
    assert all(left < right for left, right in pairwise(edges))
    if low < high:
        assert (edges[0], edges[-1]) == (low, high)
    places = [axis.place(edge) for edge in edges]
    step = (places[-1] - places[0]) / count
    scale = max(abs(places[0]), abs(places[-1]))
    # A denormal number has few digits to say where it stands.
    rough = 0.5 if low < 1e-300 else 1e-9
    assert all(right - left == pytest.approx(step, abs=rough * scale) for left, right in pairwise(places))


def test_edges_of_one_value_lie_around_it() -> None:
    edges = Bins(Axis("log"), 10.0, 10.0, 2).edges()
    assert edges == pytest.approx([10**0.5, 10, 10**1.5])
    edges = Bins(Axis("symlog", 1.0), 0.0, 0.0, 2).edges()
    assert edges == pytest.approx([-0.5, 0, 0.5])


def test_without_room_for_the_edges_there_are_none() -> None:
    assert Bins(Axis(), 0.0, 1.0, 10).edges() is None
    assert Bins(Axis("log"), 1.0, math.nextafter(1.0, 2.0), 10).edges() is None
    assert Bins(Axis("log"), 1.7e308, 1.7e308, 10).edges() is None
    assert Bins(Axis("log"), 5e-324, 5e-324, 1).edges() is None
    assert Bins(Axis("symlog", 1e-3), 5.0, math.nextafter(5.0, 6.0), 2).edges() is None
