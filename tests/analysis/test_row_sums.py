"""Rows and channels: what the first look finds does not depend on how values come, and the second look is exact."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from explorer.analysis.row_facts import AxisFacts, look_closer
from explorer.analysis.row_sums import FirstLook, Form, RowSums, look_at_many
from explorer.progress import no_report

RATIO = 1e-5


@given(
    form=st.builds(Form, st.integers(2, 30), st.integers(1, 12), st.integers(1, 5)),
    block=st.integers(1, 200),
    data=st.data(),
)
def test_dead_and_equal_rows_and_channels_are_found_however_the_values_come(
    form: Form, block: int, data: st.DataObject
) -> None:
    values = np.random.default_rng(0).standard_normal((form.rows, form.channels, form.inside)).astype(np.float32)
    rows, channels = st.integers(0, form.rows - 1), st.integers(0, form.channels - 1)
    if data.draw(st.booleans()):
        values[data.draw(rows)] = values[data.draw(rows)]
    if data.draw(st.booleans()):
        values[:, data.draw(channels)] = values[:, data.draw(channels)]
    values[data.draw(rows)] *= np.float32(data.draw(st.sampled_from((1.0, 0.0, 1e-7, 1e-30))))
    values[:, data.draw(channels)] *= np.float32(data.draw(st.sampled_from((1.0, 0.0, 1e-7))))
    flat = values.reshape(-1)
    blocks = [flat[first : first + block] for first in range(0, flat.size, block)]

    sums = RowSums(form)
    for part in blocks:
        sums.add(part)
    look = sums.look(4, RATIO)
    many = look_at_many(np.tile(flat, 3), np.array([0, 2]) * flat.size, form, 4, RATIO)
    facts = look_closer(blocks, form, look, RATIO, no_report)
    for other in (0, 1):
        same = look_closer([flat], form, many.get(other, FirstLook()), RATIO, no_report)
        assert same.rows.alike == facts.rows.alike
        assert same.channels.alike == facts.channels.alike
        assert [dead.place for dead in same.rows.dead] == [dead.place for dead in facts.rows.dead]
        assert [dead.place for dead in same.channels.dead] == [dead.place for dead in facts.channels.dead]
    assert_true(facts.rows, values.reshape(form.rows, -1))
    assert_true(facts.channels, values.swapaxes(0, 1).reshape(form.channels, -1))


def assert_true(facts: AxisFacts, rows: NDArray[np.float32]) -> None:
    """Hold what was found against NumPy over everything."""
    if len(rows) < 2 or rows.shape[1] < 8:
        assert (facts.dead, facts.alike) == ((), ())
        return
    norms = np.linalg.norm(rows.astype(np.float64), axis=1)
    usual = np.median(norms[norms > 1e-20]) if (norms > 1e-20).any() else 0.0
    assert [one.place for one in facts.dead] == np.flatnonzero((norms == 0) | (norms < RATIO * usual)).tolist()
    assert [one.norm for one in facts.dead] == pytest.approx([norms[one.place] for one in facts.dead], rel=1e-6)
    alike: dict[bytes, list[int]] = {}
    for place, row in enumerate(rows):
        if norms[place] > 1e-20:
            alike.setdefault(row.tobytes(), []).append(place)
    assert sorted(facts.alike) == sorted(tuple(group) for group in alike.values() if len(group) > 1)
