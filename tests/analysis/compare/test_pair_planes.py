"""The cells of A, B and B - A are what their values make of them, and so are the counts of pairs."""

import math
from typing import cast

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from explorer.analysis.compare import pair_planes
from explorer.analysis.compare.pair_density import both_walk, pair_density
from explorer.analysis.compare.pair_numbers import overlap_of, why_no_pair
from explorer.analysis.compare.pair_planes import PairMaps, pair_maps
from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.checkpoint.reader import open_checkpoint
from explorer.checkpoint.values.paired_values import Side
from explorer.checkpoint.values.planes import Plane, first_plane
from explorer.checkpoint.values.reading import open_values
from explorer.progress import Cancelled, no_report

RANDOM = np.random.default_rng(8)
NUMBERS = torch.from_numpy(RANDOM.standard_normal((24, 30)).astype(np.float32))
NOISE = torch.from_numpy(RANDOM.standard_normal((24, 30)).astype(np.float32)) / 8
ODD = NUMBERS + NOISE
ODD[3, 4], ODD[3, 5], ODD[14, 20], ODD[23, 29] = math.nan, math.inf, -math.inf, math.nan
HUGE = torch.where(NOISE > 0, 3e38, -3e38)
FAR = torch.arange(24 * 30).reshape(24, 30) + 2**60

PAIRS = {
    "plain": (NUMBERS, NUMBERS + NOISE),
    "across each other": (NUMBERS, (NUMBERS + NOISE).t().contiguous().t()),
    "both turned": (NUMBERS.t(), (NUMBERS + NOISE).t()),
    "one turned storage": (NUMBERS.t().contiguous().t(), NUMBERS + NOISE),
    "odd": (NUMBERS, ODD),
    "huge": (HUGE, -HUGE),
    "cast": (NUMBERS, (NUMBERS + NOISE).bfloat16()),
    "whole and broken": (FAR - 2**60, NUMBERS.half()),
    "far whole": (FAR, FAR.flip(0)),
    "bool": (NUMBERS > 0, NOISE > 0),
    "complex": (torch.complex(NUMBERS, NOISE), torch.complex(NOISE, ODD)),
    "one complex": (NUMBERS, torch.complex(NUMBERS, NOISE)),
    "larger": (NUMBERS, torch.cat([NUMBERS + NOISE, NOISE])),
    "corner": (NUMBERS[:, :20].clone(), (NUMBERS + NOISE)[:17].clone()),
    "filters": (NUMBERS.reshape(4, 5, 6, 6), (NUMBERS + NOISE).reshape(4, 5, 6, 6)),
    "row": (NUMBERS[0].clone(), NOISE[0].clone()),
    "single": (torch.tensor(2.0), torch.tensor(5.0)),
    "repeated": (NUMBERS[:1].clone().expand(24, 30), NOISE[:1].clone().expand(24, 30)),
}

Files = tuple[Checkpoint, Checkpoint]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("pairs")
    for side in (0, 1):
        torch.save({key: pair[side] for key, pair in PAIRS.items()}, folder / f"{side}.pt")
    return open_checkpoint(folder / "0.pt"), open_checkpoint(folder / "1.pt")


def tensors(saved: Files, key: str) -> tuple[TensorInfo, TensorInfo]:
    found = [next(tensor for tensor in each.tensors if tensor.key == key) for each in saved]
    return found[0], found[1]


def expected(key: str, plane: Plane) -> tuple[NDArray[np.float64], ...]:
    """A, B and B - A as tables, in float64."""
    a, b = (side[tuple(map(slice, plane.shape))] for side in PAIRS[key])
    if key == "far whole":
        apart = torch.tensor([float(int(y) - int(x)) for x, y in zip(a.reshape(-1), b.reshape(-1), strict=True)])
        found = [a.double(), b.double(), apart.double().reshape(a.shape)]
    elif a.is_complex() or b.is_complex():
        wide = [side.to(torch.complex128) for side in (a, b)]
        # NumPy's lengths: PyTorch's may differ in the last digit, and be on the other side of an edge.
        found = [torch.from_numpy(np.abs(each.numpy())) for each in (*wide, wide[1] - wide[0])]
    else:
        if a.dtype != b.dtype:
            a, b = (side.to(torch.promote_types(a.dtype, b.dtype)) for side in (a, b))
        found = [a.double(), b.double(), b.double() - a.double()]
    order = (*plane.down, *plane.across)
    return tuple(each.permute(order).reshape(plane.height, plane.width).numpy() for each in found)


def cell_of(part: NDArray[np.float64], by: str) -> float:
    for odd in (np.isnan, lambda x: x == np.inf, lambda x: x == -np.inf):
        if odd(part).any():
            return float(part[odd(part)][0])
    if by == "mean":
        return math.fsum(part.reshape(-1) / part.size)
    return float(max(part.reshape(-1), key=lambda value: (abs(value), value)))


def read(saved: Files, key: str, plane: Plane, **wanted: object) -> PairMaps:
    found = tensors(saved, key)
    with open_values(saved[0]) as a, open_values(saved[1]) as b:
        whole = {"rows": (0, plane.height), "columns": (0, plane.width), "report": no_report, **wanted}
        return pair_maps(Side(a, found[0]), Side(b, found[1]), plane, **whole)  # type: ignore[arg-type]


def plane_of(saved: Files, key: str) -> Plane:
    kinds = [tensor.kind for tensor in tensors(saved, key)]
    assert why_no_pair(*kinds) == ""
    return first_plane(overlap_of(*kinds))


@given(data=st.data(), key=st.sampled_from(sorted(PAIRS)), by=st.sampled_from(["mean", "magnitude"]))
def test_every_cell_is_made_of_its_values(saved: Files, data: st.DataObject, key: str, by: str) -> None:
    plane = plane_of(saved, key)
    ends = [
        tuple(sorted(data.draw(st.lists(st.integers(0, size), min_size=2, max_size=2, unique=True))))
        for size in (plane.height, plane.width)
    ]
    rows, columns = ends
    most = data.draw(st.tuples(st.integers(1, 12), st.integers(1, 12)))
    with pytest.MonkeyPatch.context() as patch:
        # However small the parts are that are held at once.
        patch.setattr(pair_planes, "_BLOCK", data.draw(st.sampled_from([4, 50, 1 << 17])))
        maps = read(saved, key, plane, rows=rows, columns=columns, by=by, most=most)
    for found, whole in zip(maps, expected(key, plane), strict=True):
        assert (found.rows, found.columns, found.sampled) == (rows, columns, False)
        part = whole[slice(*rows), slice(*columns)]
        down, across = found.step
        cells = [
            [cell_of(part[top : top + down, left : left + across], by) for left in range(0, part.shape[1], across)]
            for top in range(0, part.shape[0], down)
        ]
        finite = np.abs(part[np.isfinite(part)])
        np.testing.assert_allclose(found.cells, cells, rtol=2e-6, atol=1e-6 * finite.max(initial=0))


def test_a_first_picture_is_of_some_of_the_values(saved: Files) -> None:
    for key, most in (("plain", (5, 30)), ("both turned", (30, 5)), ("across each other", (5, 30))):
        plane = plane_of(saved, key)
        for found, whole in zip(read(saved, key, plane, most=most, sample=True), expected(key, plane), strict=True):
            assert found.sampled == (key != "across each other"), "that would take as long as all of it"
            if found.sampled:
                np.testing.assert_allclose(found.cells, whole[::5] if key == "plain" else whole[:, ::5], rtol=1e-6)


def test_what_has_no_counterpart_says_so(saved: Files) -> None:
    kinds = {key: [tensor.kind for tensor in tensors(saved, key)] for key in PAIRS}
    assert why_no_pair(kinds["row"][0], kinds["plain"][0]).startswith("They have 1 and 2 dimensions: ")


@given(data=st.data(), key=st.sampled_from(sorted(PAIRS)))
def test_pairs_are_counted_as_numpy_does(saved: Files, data: st.DataObject, key: str) -> None:
    found = tensors(saved, key)
    plane = plane_of(saved, key)
    a, b, _apart = (whole.reshape(-1) for whole in expected(key, plane))
    finite = np.isfinite(a) & np.isfinite(b)
    a, b = a[finite], b[finite]
    # Ends that are numbers of the tensors are edges that have numbers on them.
    spans = [
        tuple(sorted(data.draw(st.lists(st.sampled_from(sorted(side)), min_size=2, max_size=2)))) for side in (a, b)
    ]
    bins = data.draw(st.tuples(st.integers(1, 40), st.integers(1, 40)))
    if key == "far whole":
        bins = (1, 1)
    counted = pair_density((saved[0], found[0]), (saved[1], found[1]), tuple(spans), bins, no_report)  # type: ignore[arg-type]
    reference, *_edges = np.histogram2d(b, a, bins=[counted.edges_b, counted.edges_a])
    np.testing.assert_array_equal(counted.counts, reference)
    assert counted.counts.shape == bins[::-1]
    assert counted.inside + counted.outside == a.size
    assert counted.not_finite == np.count_nonzero(~finite)
    walked = np.concatenate(list(both_walk((saved[0], found[0]), (saved[1], found[1])).blocks()))
    times = 24 if key == "repeated" else 1
    assert walked.size * times == 2 * a.size
    assert (walked.min(), walked.max()) == pytest.approx((min(a.min(), b.min()), max(a.max(), b.max())))


def test_counting_and_reading_can_be_cancelled(saved: Files) -> None:
    def stop(_done: int, _total: int, _what: str) -> None:
        raise Cancelled

    found = tensors(saved, "plain")
    sides = cast("list[tuple[Checkpoint, TensorInfo]]", list(zip(saved, found, strict=True)))
    with pytest.raises(Cancelled):
        pair_density(sides[0], sides[1], ((0, 1), (0, 1)), (4, 4), stop)
    with pytest.raises(Cancelled):
        read(saved, "plain", plane_of(saved, "plain"), report=stop)
