"""The figures of every channel are those of NumPy in float64, however the channels lie in the file."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from explorer.analysis.draw import channels as module
from explorer.analysis.draw.channels import (
    FIGURES,
    Channels,
    channels_of,
    drawn_figures,
    envelope,
    first_look,
    order_of,
)
from explorer.analysis.judge.channel_marks import marks_of
from explorer.analysis.judge.thresholds import DEFAULT
from explorer.analysis.measuring import measure_tensors
from explorer.analysis.roles import Role
from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.values.reading import open_values
from explorer.progress import Cancelled, no_report

SHARES = {"1 %": 0.01, "5 %": 0.05, "25 %": 0.25, "median": 0.5, "75 %": 0.75, "95 %": 0.95, "99 %": 0.99}


def saved(folder: Path, **tensors: torch.Tensor) -> Checkpoint:
    torch.save(tensors, folder / "channels.pt")
    return open_checkpoint(folder / "channels.pt")


def read(checkpoint: Checkpoint, key: str, axis: int) -> Channels:
    tensor = next(tensor for tensor in checkpoint.tensors if tensor.key == key)
    with open_values(checkpoint) as values:
        return channels_of(values, tensor, axis, no_report)


def rows_of(tensor: torch.Tensor, axis: int) -> NDArray[np.float64]:
    wide = tensor.to(torch.complex128 if tensor.is_complex() else torch.float64)
    rows = wide.movedim(axis, 0).reshape(tensor.shape[axis], -1).numpy()
    return np.abs(rows) if tensor.is_complex() else rows


def check(found: Channels, tensor: torch.Tensor, axis: int) -> None:
    rows = rows_of(tensor, axis)
    assert (found.axis, found.width, found.step, len(found)) == (axis, rows.shape[1], 1, len(rows))
    for channel, row in enumerate(rows):
        assert found.odd[channel].tolist() == [np.isnan(row).sum(), (row == np.inf).sum(), (row == -np.inf).sum()]
        finite = row[np.isfinite(row)]
        figures = dict(zip(FIGURES, found.figures[channel].tolist(), strict=True))
        if not finite.size:
            assert np.isnan(list(figures.values())).all()
            continue
        assert (figures["min"], figures["max"]) == (finite.min(), finite.max())
        size = np.abs(finite).max() or 1.0
        scaled = finite / size
        # The smallest numbers are few and far between.
        near = 1e-12 + 1e-323 / size
        for name, share in SHARES.items():
            assert figures[name] / size == pytest.approx(np.quantile(scaled, share), abs=near)
        assert figures["mean"] / size == pytest.approx(scaled.mean(), abs=near)
        assert figures["std"] / size == pytest.approx(scaled.std(), rel=1e-9, abs=near)
        assert figures["norm"] / size == pytest.approx(np.linalg.norm(scaled), abs=10 * near)


RANDOM = torch.Generator().manual_seed(3)
PLAIN = torch.randn(6, 5, 4, 3, generator=RANDOM)
ODD = PLAIN.clone()
ODD[2, 1, 0, 0], ODD[2, 1, 1, 1], ODD[3, 0, 0, 0], ODD[5] = float("nan"), float("inf"), float("-inf"), float("nan")
TENSORS = {
    "plain": PLAIN,
    "turned": PLAIN.permute(3, 0, 2, 1),
    "odd": ODD,
    "half": PLAIN.bfloat16(),
    "far": PLAIN.double() + 1e6,
    "huge": torch.tensor([[1e308, -1e308, 5e307], [3e-320, 0.0, -4e-320], [1.0, 2.0, 4.0]], dtype=torch.float64),
    "whole": torch.arange(-60, 60).reshape(4, 30),
    "flags": PLAIN.reshape(6, 60) > 0,
    "complex": torch.complex(PLAIN.reshape(18, 20), ODD.reshape(18, 20)),
    "expanded": torch.arange(5.0).expand(3, 5),
}


@pytest.mark.parametrize("together", [7, 1 << 19])
def test_figures_are_those_of_numpy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, together: int) -> None:
    monkeypatch.setattr(module, "_TOGETHER", together)
    monkeypatch.setattr(module, "_APART", 3 * together)
    checkpoint = saved(tmp_path, **TENSORS)
    for key, tensor in TENSORS.items():
        for axis in range(tensor.dim()):
            check(read(checkpoint, key, axis), tensor, axis)


def test_of_long_channels_quantiles_are_sampled_and_all_else_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LONGEST", 1000)
    monkeypatch.setattr(module, "_SAMPLE", 600)
    long = torch.randn(3, 5000, generator=RANDOM)
    long[1, 4321] = float("inf")
    found = read(saved(tmp_path, long=long), "long", 0)
    rows = rows_of(long, 0)
    rows[~np.isfinite(rows)] = np.nan
    assert found.step == 9
    assert found.odd.tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 0]]
    for name, expected in (("min", np.nanmin), ("max", np.nanmax), ("mean", np.nanmean), ("std", np.nanstd)):
        column = found.column(name)  # type: ignore[arg-type]
        np.testing.assert_allclose(column, expected(rows, axis=1), rtol=1e-9)
    np.testing.assert_allclose(found.column("norm"), np.sqrt(np.nansum(rows**2, axis=1)))
    np.testing.assert_allclose(found.column("median"), np.nanmedian(rows, axis=1), atol=0.15)


def test_a_first_look_is_of_some_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_FAST", 100)
    monkeypatch.setattr(module, "_SAMPLE", 80)
    numbers = torch.arange(400.0).reshape(40, 10)
    checkpoint = saved(tmp_path, numbers=numbers)
    with open_values(checkpoint) as values:
        assert first_look(values, checkpoint.tensors[0], 0, no_report) is None
        found = first_look(values, checkpoint.tensors[0], 1, no_report)
    assert found is not None
    assert (found.sampled, found.width, len(found)) == (8, 40, 10)
    assert found.column("min").tolist() == numbers[2].tolist()
    assert found.column("max").tolist() == numbers[37].tolist()


@settings(max_examples=25)
@given(st.data())
def test_columns_reach_around_all_of_theirs(data: st.DataObject) -> None:
    many = data.draw(st.integers(1, 40))
    figures = np.sort(np.random.default_rng(many).standard_normal((many, len(FIGURES))), axis=1)
    figures[data.draw(st.integers(0, many - 1))] = np.nan
    found = Channels(0, 9, figures, np.zeros((many, 3), np.int64))
    order = order_of(found, data.draw(st.sampled_from([None, "norm", "std", "median"])))
    assert sorted(order.tolist()) == list(range(many))
    first = data.draw(st.integers(0, many - 1))
    together = data.draw(st.integers(1, 7))
    drawn = envelope(drawn_figures(found, order), first, many, together)
    for column, place in enumerate(drawn.firsts.tolist()):
        some = found.figures[order[place : min(place + together, many)]]
        some = some[~np.isnan(some[:, 0])]
        if some.size:
            assert drawn.lows[column].tolist() == some[:, [0, 2, 3, 4]].min(axis=0).tolist()
            assert drawn.highs[column].tolist() == some[:, [8, 6, 5, 4]].max(axis=0).tolist()
            assert drawn.norms[column].tolist() == [some[:, 11].min(), some[:, 11].max()]
        else:
            assert np.isnan(drawn.lows[column]).all()


def test_channels_stand_out_as_problems_say(tmp_path: Path) -> None:
    weight = torch.randn(64, 48, generator=RANDOM) * 0.05
    weight[7] = 0
    weight[:, 9] *= 1e-9
    weight[11, 30] = 400.0
    healthy = torch.randn(64, 48, generator=RANDOM)
    checkpoint = saved(tmp_path, weight=weight, healthy=healthy)
    statistics = measure_tensors(checkpoint, [0, 1], no_report).statistics
    told = {}
    for number, key in enumerate(("weight", "healthy")):
        for axis in (0, 1):
            found = read(checkpoint, key, axis)
            told[key, axis] = marks_of(found, checkpoint.tensors[number], Role.LINEAR, DEFAULT, statistics[number])
    rows, columns = told["weight", 0], told["weight", 1]
    assert (rows.dead.tolist(), rows.outliers.tolist(), rows.not_finite.tolist()) == ([7], [11], [])
    assert rows.about_dead.startswith("Row 7 is dead: norm 0, while half of the others have")
    assert rows.about_outliers.startswith("1 value far outside, the farthest 400")
    assert rows.words(11) == ["extreme outlier"]
    assert (columns.dead.tolist(), columns.outliers.tolist()) == ([9], [30])
    for axis in (0, 1):
        marks = told["healthy", axis]
        assert not marks.dead.size + marks.outliers.size + marks.not_finite.size
    # A padding row is none.
    padded = weight.clone()
    padded[7] = torch.randn(48, generator=RANDOM)
    padded[0] = 0
    checkpoint = saved(tmp_path, padded=padded)
    assert not marks_of(read(checkpoint, "padded", 0), checkpoint.tensors[0], Role.EMBEDDING, DEFAULT, None).dead.size


def test_reading_stops_when_it_is_cancelled(tmp_path: Path) -> None:
    def stop(_done: int, _total: int, _what: str) -> None:
        raise Cancelled

    checkpoint = saved(tmp_path, plain=PLAIN)
    with open_values(checkpoint) as values, pytest.raises(Cancelled):
        channels_of(values, checkpoint.tensors[0], 1, stop)
