"""A column of quantiles for each tensor: its figures, the columns put together, the axis, and the sections."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays, from_dtype

from explorer.analysis.draw.axes import Axis
from explorer.analysis.draw.overview import (
    Overview,
    State,
    fill,
    fitting_axis,
    overview_of,
    places,
    quantile_bands,
)
from explorer.analysis.measure.numbers import Array
from explorer.analysis.measure.statistics import Statistics, measure, quantiles
from explorer.analysis.measuring import measure_tensors
from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.reader import open_checkpoint
from explorer.progress import Cancelled, no_report

SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
DTYPES = ("float16", "float32", "float64", "int64", "uint8", "bool")


def measured(values: Array, times: int = 1) -> Statistics:
    return measure(lambda: [values], values.size, no_report, times)


def column(part: Statistics) -> list[float]:
    if part.min is None or part.max is None:
        return [math.nan] * 7
    return [float(part.min), *quantiles(part, SHARES), float(part.max)]


def tensors() -> st.SearchStrategy[Array]:
    return st.sampled_from([np.dtype(name) for name in DTYPES]).flatmap(
        lambda dtype: arrays(dtype, st.integers(0, 30), elements=from_dtype(dtype))
    )


def saved(path: Path, tensors: dict[str, torch.Tensor]) -> Checkpoint:
    torch.save(tensors, path)
    return open_checkpoint(path)


def filled(checkpoint: Checkpoint, *, integers: bool = False) -> Overview:
    numbers = range(len(checkpoint.tensors))
    found = measure_tensors(checkpoint, numbers, no_report)
    overview = overview_of(checkpoint.tensors, numbers, integers=integers)
    overview.take(fill(overview.numbers, numbers, found.statistics, found.problems, no_report))
    return overview


@given(st.lists(tensors(), max_size=6))
def test_each_column_has_the_tensors_own_quantiles(values: list[Array]) -> None:
    parts = [measured(each) for each in values]
    found = quantile_bands(parts)
    assert found.shape == (len(parts), 7)
    expected = np.array([column(part) for part in parts]).reshape(-1, 7)
    told = np.isfinite(found)
    np.testing.assert_array_equal(found[told], expected[told])
    assert (told[:, 0] == np.isfinite(expected[:, 0])).all()


@pytest.mark.parametrize("scale", [1e300, 1e-310])
def test_quantiles_beyond_float32_are_not_made_up(tmp_path: Path, scale: float) -> None:
    torch.manual_seed(0)
    far = torch.randn(100_000, dtype=torch.float64) * scale
    overview = filled(saved(tmp_path / "a.pt", {"far": far, "near": torch.randn(100_000)}))
    assert overview.without_quantiles == 1
    assert overview.bands[0, 0] == far.min()
    assert np.isnan(overview.bands[0, 1:-1]).all()
    assert np.isfinite(overview.bands[1]).all()


def test_more_elements_than_can_be_counted_together() -> None:
    parts = [measured(np.array([1.0, 2.0, 3.0]), 1 << 60), measured(np.array([5.0]), 1 << 62), measured(np.ones(3))]
    assert quantile_bands(parts).tolist() == [column(part) for part in parts]


def test_columns_are_filled_in_batches_and_the_rest_is_unknown() -> None:
    one, other, none = measured(np.arange(5.0)), measured(np.array([2.0, np.nan])), measured(np.array([np.inf]))
    known = dict.fromkeys(range(0, 20_000, 2), one) | {4: other, 6: none}
    del known[8]
    numbers = np.arange(0, 10_000, 2)
    told: list[tuple[int, int]] = []
    found = fill(numbers, [*range(12_000), 9_001], known, {8, 12_001}, lambda done, of, _what: told.append((done, of)))
    assert len(told) > 1
    assert told == sorted(told)
    assert sorted(found.rows.tolist()) == list(range(5_000))
    by_row = dict(zip(found.rows.tolist(), zip(found.bands.tolist(), found.states.tolist(), strict=True), strict=True))
    assert by_row[0] == (column(one), State.MEASURED)
    assert by_row[4][1] == State.UNREADABLE
    assert by_row[2] == (column(other), State.NOT_FINITE)
    assert by_row[3][1] == State.NOT_FINITE
    assert by_row[3][0] == pytest.approx([math.nan] * 7, nan_ok=True)


def test_what_cannot_be_read_is_told_from_what_is_not_known_yet() -> None:
    found = fill(np.array([3, 5, 9]), [3, 5, 9], {}, {5}, no_report)
    assert found.rows.tolist() == [1]
    assert found.states.tolist() == [State.UNREADABLE]


def test_tensors_saved_without_values_have_no_column(tmp_path: Path) -> None:
    tensors = {"bare": torch.ones(3, device="meta"), "held": torch.ones(3)}
    overview = filled(saved(tmp_path / "some.pt", tensors))
    assert overview.keys(0, len(overview)) == ["held"]
    assert overview.complete
    assert overview.count(State.UNREADABLE) == 0


def test_filling_can_be_cancelled() -> None:
    def report(_done: int, _of: int, _what: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        fill(np.array([0]), [0], {0: measured(np.ones(2))}, (), report)


def test_integers_have_no_column_unless_there_is_nothing_else(tmp_path: Path) -> None:
    mixed = saved(
        tmp_path / "a.pt",
        {
            "w": torch.ones(2),
            "steps": torch.tensor(7),
            "mask": torch.ones(2, dtype=torch.bool),
            "z": torch.ones(1) * 1j,
        },
    )
    overview = filled(mixed)
    assert overview.keys(0, len(overview)) == ["w", "z"]
    assert overview.left_out == 2
    assert overview.complete
    assert overview.bands[:, 3].tolist() == [1.0, 1.0]
    with_them = filled(mixed, integers=True)
    assert (len(with_them), with_them.left_out) == (4, 0)
    only = filled(saved(tmp_path / "b.pt", {"steps": torch.tensor(7)}))
    assert (len(only), only.left_out) == (1, 0)


@given(st.integers(1, 40), st.integers(1, 9), st.data())
def test_columns_together_reach_around_each(rows: int, together: int, data: st.DataObject) -> None:
    elements = st.floats(-1e300, 1e300) | st.just(math.nan)
    bands = data.draw(arrays(np.float64, (rows, 7), elements=elements))
    bands.sort(axis=1)
    bands[np.isnan(bands).any(axis=1)] = np.nan
    first = data.draw(st.integers(0, rows - 1))
    end = data.draw(st.integers(first + 1, rows))
    overview = Overview.__new__(Overview)
    overview.bands = bands
    overview.forget()
    shown = overview.envelope(first, end, together)
    assert shown.firsts.tolist() == list(range(first, end, together))
    for at, low, high in zip(shown.firsts.tolist(), shown.lows, shown.highs, strict=True):
        some = bands[at : min(at + together, end)]
        some = some[~np.isnan(some[:, 0])]
        if not some.size:
            assert np.isnan(low).all()
            assert np.isnan(high).all()
            continue
        assert low.tolist() == some[:, :4].min(axis=0).tolist()
        assert high.tolist() == some[:, [6, 5, 4, 3]].max(axis=0).tolist()


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(-300, 300))
def test_many_places_are_as_one(value: float, exponent: int) -> None:
    axis = Axis("symlog", float(f"1e{exponent}"))
    (found,) = places(axis, np.array([value])).tolist()
    assert found == pytest.approx(axis.place(value), rel=1e-12, abs=1e-12)


@given(arrays(np.float64, st.tuples(st.integers(0, 9), st.just(7)), elements=st.floats(allow_infinity=False)))
def test_any_values_have_an_axis(bands: Array) -> None:
    axis = fitting_axis(np.sort(bands, axis=1))
    assert axis.kind == "symlog"
    assert 0 < axis.threshold < math.inf


def test_of_tensors_that_are_alike_the_axis_is_even_from_end_to_end() -> None:
    narrow, wide = [-0.041, -0.037, -0.021, 0, 0.021, 0.037, 0.0417], [-0.4, -0.3, -0.2, 0, 0.2, 0.3, 0.41]
    assert fitting_axis(np.array([narrow])).threshold == 0.0417
    assert fitting_axis(np.array([narrow, wide])).threshold == 0.41
    assert fitting_axis(np.array([narrow, [value * 100 for value in wide]])).threshold < 41


def test_the_axis_is_even_where_the_middle_of_most_tensors_lies() -> None:
    usual = [-0.3, -0.08, -0.03, 0, 0.03, 0.08, 0.3]
    few = [0, 1, 2, 500, 600, 900, 1_000]
    assert fitting_axis(np.array([usual] * 20 + [few])).threshold == 0.01
    assert fitting_axis(np.array([usual] * 20 + [[1e20] * 7])).threshold == 1e12
    assert fitting_axis(np.full((3, 7), np.nan)).threshold == 1.0
    assert fitting_axis(np.zeros((3, 7))).threshold == 1.0
