"""The cells of a heat map are what their values make of them, however they were read."""

import math
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from explorer.analysis.draw.heatmap import CODES, NAN, NEGINF, POSINF, By, Heatmap, bars_of, codes_of, heatmap, limit_of
from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.values.planes import Plane, first_plane
from explorer.checkpoint.values.reading import open_values
from explorer.progress import Cancelled, no_report

RANDOM = np.random.default_rng(5)
NUMBERS = RANDOM.standard_normal((24, 30)).astype(np.float32)
ODD = NUMBERS.copy()
ODD[3, 4], ODD[3, 5], ODD[14, 20], ODD[15, 20], ODD[23, 29] = np.nan, np.inf, np.inf, -np.inf, -np.inf
HUGE = np.where(RANDOM.random((24, 30)) < 0.5, 3e38, -3e38).astype(np.float32)

TENSORS = {
    "plain": torch.from_numpy(NUMBERS),
    "turned": torch.from_numpy(NUMBERS).t(),
    "odd": torch.from_numpy(ODD),
    "huge": torch.from_numpy(HUGE),
    "huger": torch.full((24, 30), 1.7e308, dtype=torch.float64),
    "tiny": torch.full((24, 30), 1e-30),
    "integers": torch.arange(24 * 30).reshape(24, 30) - 300,
    "bool": torch.from_numpy(NUMBERS > 0),
    "complex": torch.complex(torch.from_numpy(NUMBERS), torch.from_numpy(ODD)),
    "filters": torch.from_numpy(NUMBERS).reshape(4, 5, 6, 6),
}


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    path = tmp_path_factory.mktemp("heat") / "heat.pt"
    torch.save(TENSORS, path)
    return open_checkpoint(path)


def by_key(checkpoint: Checkpoint, key: str) -> TensorInfo:
    return next(tensor for tensor in checkpoint.tensors if tensor.key == key)


def table_of(key: str, plane: Plane) -> NDArray[np.float64]:
    numbers = TENSORS[key]
    numbers = numbers.abs() if numbers.is_complex() else numbers
    turned = numbers.permute(*plane.down, *plane.across).reshape(plane.height, plane.width)
    return cast("NDArray[np.float64]", turned.numpy().astype(np.float64))


def expected_of(part: NDArray[np.float64], by: By) -> float:
    for odd in (np.isnan, lambda x: x == np.inf, lambda x: x == -np.inf):
        if odd(part).any():
            return float(part[odd(part)][0])
    if by == "mean":
        return math.fsum(part.reshape(-1) / part.size)
    return float(max(part.reshape(-1), key=lambda value: (abs(value), value)))


@settings(max_examples=40)
@given(data=st.data(), key=st.sampled_from(sorted(TENSORS)), by=st.sampled_from(["mean", "magnitude"]))
def test_every_cell_is_made_of_its_values(saved: Checkpoint, data: st.DataObject, key: str, by: By) -> None:
    tensor = by_key(saved, key)
    plane = first_plane(tensor.kind.stored_shape)
    rows, columns = (
        data.draw(st.tuples(st.integers(0, size - 1), st.integers(1, size)).map(lambda ends: (ends[0], sum(ends))))
        for size in (plane.height, plane.width)
    )
    rows, columns = (rows[0], min(rows[1], plane.height)), (columns[0], min(columns[1], plane.width))
    most = data.draw(st.integers(1, 12))
    with open_values(saved) as values:
        found = heatmap(values, tensor, plane, rows, columns, no_report, by=by, most=(most, most))
    part = table_of(key, plane)[slice(*rows), slice(*columns)]
    down, across = found.step
    assert found.cells.shape == (-(-part.shape[0] // down), -(-part.shape[1] // across))
    assert max(found.cells.shape) <= most
    if max(part.shape) <= most:
        assert found.exact
    for row, column in np.ndindex(found.cells.shape):
        block = part[row * down : (row + 1) * down, column * across : (column + 1) * across]
        cell = float(found.cells[row, column])
        scale = float(np.abs(block[np.isfinite(block)]).max(initial=1e-30))
        assert cell == pytest.approx(expected_of(block, by), rel=1e-5, abs=1e-6 * scale, nan_ok=True)
    if min(part.shape) > 1:
        finite = np.where(np.isfinite(part), part, 0)
        for norms, axis, step in ((found.row_norms, 1, down), (found.column_norms, 0, across)):
            assert norms is not None
            with np.errstate(over="ignore"):
                expected = np.sqrt(np.square(finite).sum(axis=axis))
            for cell in range(norms.least.size):
                within = expected[cell * step : (cell + 1) * step]
                assert norms.least[cell] == pytest.approx(within.min(), rel=1e-5)
                assert norms.most[cell] == pytest.approx(within.max(), rel=1e-5)


def test_a_long_side_is_read_in_parts_and_can_be_stopped(tmp_path: Path) -> None:
    whole = torch.zeros(1_000_003)
    whole[700_001], whole[999_999], whole[300_000] = -5, float("nan"), float("-inf")
    torch.save({"w": whole}, tmp_path / "long.pt")
    checkpoint = open_checkpoint(tmp_path / "long.pt")
    tensor, plane = checkpoint.tensors[0], first_plane((1_000_003,))
    told: list[int] = []
    with open_values(checkpoint) as values:
        for by, worst in (("mean", -5 / 333_335), ("magnitude", -5.0)):
            report = lambda done, _total, _what: told.append(done)  # noqa: E731
            found = heatmap(values, tensor, plane, (0, 1), (0, 1_000_003), report, by=cast("By", by), most=(3, 3))
            assert found.cells.tolist()[0][:2] == [float("-inf"), 0]
            assert np.isnan(found.cells[0, 2])
            part = heatmap(values, tensor, plane, (0, 1), (300_001, 999_999), no_report, by=cast("By", by), most=(1, 1))
            assert part.cells[0, 0] == pytest.approx(-5 / 699_998 if by == "mean" else worst)
            assert found.row_norms is None
        assert len(told) == 6

        def stop(_done: int, _total: int, _what: str) -> None:
            raise Cancelled

        with pytest.raises(Cancelled):
            heatmap(values, tensor, plane, (0, 1), (0, 1_000_003), stop)


@pytest.mark.parametrize("key", ["plain", "turned"])
def test_a_first_picture_takes_one_of_the_rows_that_lie_together(saved: Checkpoint, key: str) -> None:
    tensor = by_key(saved, key)
    plane = first_plane(tensor.kind.stored_shape)
    high, wide = plane.height, plane.width
    with open_values(saved) as values:
        found = heatmap(values, tensor, plane, (0, high), (0, wide), no_report, most=(6, 6), sample=True)
    table = table_of("plain", first_plane((24, 30)))[::4]
    expected = table.reshape(6, 6, 5).mean(axis=2)
    assert found.sampled
    assert found.row_norms is None
    np.testing.assert_allclose(found.cells, expected.T if key == "turned" else expected, rtol=1e-5)


def test_colours_are_centred_on_zero_and_tell_what_is_not_finite() -> None:
    cells = np.array([[-2, -1, 0, 1, 100], [np.nan, np.inf, -np.inf, 0.5, -0.0]], np.float32)
    found = Heatmap((0, 2), (0, 5), (1, 1), cells, "mean")
    limit = limit_of(found, 0.8)
    assert limit == 2
    assert codes_of(found, limit).tolist() == [
        [0, 63, CODES // 2, 187, CODES - 1],
        [NAN, POSINF, NEGINF, 156, CODES // 2],
    ]


@pytest.mark.parametrize(
    ("cells", "limit"),
    [
        ([[0, 0]], 1),
        ([[np.nan, np.inf]], 1),
        ([[0] * 200 + [3]], 3),
        ([[1e-310, -1e-310]], 1e-310),
        ([[1e308, -1e308]], 1e308),
    ],
)
def test_colours_of_odd_tensors_have_a_limit(cells: list[list[float]], limit: float) -> None:
    found = Heatmap((0, 1), (0, len(cells[0])), (1, 1), np.array(cells, np.float64), "mean")
    assert limit_of(found, 0.99) == pytest.approx(limit)
    assert codes_of(found, limit_of(found, 0.99)).shape == found.cells.shape


def test_rows_without_a_finite_value_have_no_norm(tmp_path: Path) -> None:
    numbers = NUMBERS.copy()
    numbers[5] = 0
    numbers[3] = np.nan
    numbers[:, 7] = np.inf
    torch.save({"odd": torch.from_numpy(numbers)}, tmp_path / "odd.pt")
    checkpoint = open_checkpoint(tmp_path / "odd.pt")
    plane = first_plane(numbers.shape)
    with open_values(checkpoint) as values:
        found = heatmap(values, checkpoint.tensors[0], plane, (0, 24), (0, 30), no_report)
    rows, columns = found.row_norms, found.column_norms
    assert rows is not None
    assert columns is not None
    assert np.flatnonzero(np.isnan(rows.most)).tolist() == np.flatnonzero(np.isnan(rows.least)).tolist() == [3]
    assert np.flatnonzero(np.isnan(columns.most)).tolist() == [7]
    assert rows.most[5] == 0
    assert (bars_of(rows, 8)[3] == CODES // 2).all()
