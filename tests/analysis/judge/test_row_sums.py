"""Rows and channels: what the first look finds does not depend on how values come, and the second look is exact."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from explorer.analysis.judge.row_facts import AxisFacts, find_spots, look_closer
from explorer.analysis.judge.row_form import form_of, walked_axes
from explorer.analysis.judge.row_sums import FirstLook, RowSums, look_at_many
from explorer.checkpoint.kinds import TensorKind
from explorer.progress import no_report

RATIO = 1e-5


def kind_of(values: NDArray[Any], order: list[int]) -> TensorKind:
    """Of a tensor whose dimensions lie in that order in the file, the first of them with the widest step."""
    stride = [0] * values.ndim
    for place, axis in enumerate(order):
        stride[axis] = math.prod(values.shape[other] for other in order[place + 1 :])
    return TensorKind(values.dtype.name, values.shape, tuple(stride), values.shape, None)


@given(
    shape=st.tuples(st.integers(2, 30), st.integers(1, 12), st.integers(1, 3), st.integers(1, 2)),
    order=st.permutations(range(4)),
    scale=st.sampled_from((1.0, 1e25, 1e-25, 1e250)),
    block=st.integers(1, 200),
    data=st.data(),
)
def test_dead_and_equal_rows_and_channels_are_found_however_the_values_come(
    shape: tuple[int, ...], order: list[int], scale: float, block: int, data: st.DataObject
) -> None:
    values = np.random.default_rng(0).standard_normal(shape) * scale
    values = values.astype(np.float64 if scale > 1e30 else np.float32)
    rows, channels = st.integers(0, shape[0] - 1), st.integers(0, shape[1] - 1)
    if data.draw(st.booleans()):
        values[data.draw(rows)] = values[data.draw(rows)]
    if data.draw(st.booleans()):
        values[:, data.draw(channels)] = values[:, data.draw(channels)]
    values[data.draw(rows)] *= data.draw(st.sampled_from((1.0, 0.0, 1e-7, 1e-15)))
    values[:, data.draw(channels)] *= data.draw(st.sampled_from((1.0, 0.0, 1e-7)))
    values[: data.draw(st.integers(0, shape[0])), 0, 0, 0] = data.draw(st.sampled_from((np.inf, 1.0))) * scale
    flat = values.transpose(order).reshape(-1)
    blocks = [flat[first : first + block] for first in range(0, flat.size, block)]
    kind = kind_of(values, order)
    form = form_of(kind)
    assert form is not None

    sums = RowSums(form)
    for part in blocks:
        sums.add(part)
    look = sums.look(values.itemsize, RATIO)
    many = look_at_many(np.tile(flat, 3), np.array([0, 2]) * flat.size, form, values.itemsize, RATIO)
    facts = look_closer(blocks, form, look, RATIO, no_report)
    for other in (0, 1):
        same = look_closer([flat], form, many.get(other, FirstLook()), RATIO, no_report)
        assert same.rows.alike == facts.rows.alike
        assert same.channels.alike == facts.channels.alike
        assert [dead.place for dead in same.rows.dead] == [dead.place for dead in facts.rows.dead]
        assert [dead.place for dead in same.channels.dead] == [dead.place for dead in facts.channels.dead]
    assert_true(facts.rows, values.reshape(shape[0], -1))
    assert_true(facts.channels, values.swapaxes(0, 1).reshape(shape[1], -1))

    axes = walked_axes(kind)
    assert axes is not None
    found = find_spots(blocks, shape, axes, {"large": lambda numbers: numbers > scale}, no_report)
    where = np.argwhere(values > scale)
    assert bool(found) == bool(where.size)
    for spots in found.values():
        assert (spots.values, np.unravel_index(spots.first, shape)) == (len(where), tuple(where[0]))
        assert spots.rows == tuple(np.unique(where[:, 0]))
        assert spots.channels == tuple(np.unique(where[:, 1]))


def assert_true(facts: AxisFacts, rows: NDArray[np.floating]) -> None:
    """Hold what was found against NumPy over everything."""
    if len(rows) < 2 or rows.shape[1] < 2:
        assert (facts.dead, facts.alike) == ((), ())
        return
    with np.errstate(invalid="ignore"):
        largest = np.abs(rows[np.isfinite(rows)]).max(initial=0) or 1.0
        norms = np.linalg.norm(rows.astype(np.float64) / largest, axis=1)
    known = norms[(norms > 1e-20) & np.isfinite(norms)]
    is_short = rows.shape[1] < 8
    usual = math.sqrt(np.median(known**2)) if known.size and not is_short else 0.0
    assert [one.place for one in facts.dead] == np.flatnonzero((norms == 0) | (norms < RATIO * usual)).tolist()
    assert [one.norm / largest for one in facts.dead] == pytest.approx(
        [norms[one.place] for one in facts.dead], rel=1e-6
    )
    alike: dict[bytes, list[int]] = {}
    for place, row in enumerate(rows):
        if norms[place] != 0 and not is_short:
            alike.setdefault(row.tobytes(), []).append(place)
    assert sorted(facts.alike) == sorted(tuple(group) for group in alike.values() if len(group) > 1)
