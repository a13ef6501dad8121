"""Buckets come back from few bytes exactly as they were."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays, from_dtype
from numpy.typing import NDArray

from explorer.analysis.measure.buckets import Buckets
from explorer.analysis.measure.packed_buckets import Form, Part, pack, unpack, unpack_all
from explorer.analysis.measure.statistics import Statistics, measure, merge
from explorer.progress import no_report

FORMS = {
    "int8": Form.HALF,
    "bool": Form.HALF,
    "int16": Form.SHORT,
    "uint16": Form.SINGLE,
    "float32": Form.CELL,
    "float64": Form.CELL,
    "int64": Form.CELL,
}


def measured(values: NDArray[np.generic]) -> Statistics:
    return measure(lambda: iter([values]), values.size, no_report)


def as_lists(buckets: Buckets) -> list[object]:
    return [(array.dtype, array.tolist()) for array in buckets]


ENDS = arrays(np.float64, st.integers(0, 40), elements=st.floats(-1e300, 1e300))


@given(ENDS, ENDS, st.integers(1, 2**62))
def test_any_buckets_come_back(some: NDArray[np.float64], others: NDArray[np.float64], most: int) -> None:
    ends = np.unique(np.concatenate((some, others)) + 0.0)
    for lows, highs in ((ends, ends), (ends[:-1], ends[1:]), (ends[::2][: ends.size // 2], ends[1::2])):
        counts = np.linspace(1, most, lows.size).astype(np.int64)
        buckets = Buckets(lows, highs, counts)
        low, high = (float(lows[0]), float(highs[-1])) if lows.size else (0.0, 0.0)
        assert as_lists(unpack(Part(pack(buckets, low, high), low, high))) == as_lists(buckets)


@given(
    st.lists(
        st.sampled_from([np.dtype(name) for name in FORMS]).flatmap(
            lambda dtype: arrays(dtype, st.integers(0, 30), elements=from_dtype(dtype))
        ),
        max_size=6,
    )
)
def test_those_of_several_tensors_are_those_of_each(values: list[NDArray[np.generic]]) -> None:
    parts = [measured(each) for each in values]
    parts += [merge(parts[:3])]
    together = unpack_all([part.part for part in parts])
    apart = [np.concatenate(columns) for columns in zip(*(part.buckets for part in parts), strict=True)]
    assert as_lists(together) == as_lists(Buckets(*apart))


def test_no_tensors_have_no_buckets() -> None:
    assert as_lists(unpack_all([])) == as_lists(Buckets(np.empty(0), np.empty(0), np.empty(0, np.int64)))


@pytest.mark.parametrize(("dtype", "form"), FORMS.items())
def test_what_measuring_makes_takes_few_bytes(dtype: str, form: Form) -> None:
    values = np.random.default_rng(0).normal(0, 3e4, 20_000)
    with np.errstate(all="ignore"):
        packed = measured(values.astype(np.float32).astype(dtype)).packed
    assert packed.form == form
    assert packed.places.itemsize == (4 if form == Form.SINGLE else 2)
    assert packed.counts.itemsize <= 2
