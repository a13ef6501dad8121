"""Structures that are written anew from what was recorded of them: PyTorch reads the same."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.checkpoint.containers.archives import open_archive
from explorer.checkpoint.containers.plain import open_pickle
from explorer.checkpoint.framing import first_byte
from explorer.checkpoint.writing.archive import ArchiveWriter
from explorer.checkpoint.writing.casting import Caster
from explorer.checkpoint.writing.plan import Cast, Plan, PlannedRecord
from explorer.checkpoint.writing.restructuring import Structure, plan_restructured
from tests.checkpoint.writing.saving import same, save
from tests.checkpoint.writing.test_retag import contents


def written(plan: Plan, source: Path) -> bytes:
    """The archive that a plan is of."""
    data = source.read_bytes()

    def content(record: PlannedRecord) -> bytes:
        if record.data is not None:
            return record.data
        assert record.source is not None
        begin = first_byte(record.source, lambda position, nbytes: data[position : position + nbytes]) + record.begin
        return data[begin : begin + record.nbytes]

    made = bytearray()
    writer = ArchiveWriter(made.extend)
    for record in plan.records:
        writer.add(record.name, record.written_nbytes, [content(record)])
    writer.finish()
    return bytes(made)


@given(contents, st.booleans(), st.booleans())
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_what_is_written_anew_is_the_same(tmp_path: Path, content: object, legacy: bool, compact: bool) -> None:
    source = save(tmp_path / "source.pth", content, "cuda:0", "cpu", legacy=legacy)
    with source.open("rb") as stream:
        nbytes = source.stat().st_size
        found = open_pickle(stream, nbytes, {}) if legacy else open_archive(stream.fileno(), nbytes, {})
        plan = plan_restructured(found, Structure("cpu", None, "", None, None, compact=compact))
    loaded = torch.load(io.BytesIO(written(plan, source)), weights_only=True)
    expected = torch.load(source, weights_only=True, map_location="cpu")
    assert same(loaded, expected, places=not compact)
    assert sharing(loaded) == sharing(expected)


def sharing(loaded: Any) -> list[int]:
    """For each tensor, which of them is the first that shares bytes with it."""
    found: list[torch.Tensor] = []
    waiting = [loaded]
    while waiting:
        value = waiting.pop()
        if isinstance(value, torch.Tensor):
            found.append(value)
        elif isinstance(value, (dict, list, tuple)):
            waiting += value.values() if isinstance(value, dict) else value
    places = [tensor.data_ptr() - tensor.storage_offset() * tensor.element_size() for tensor in found]
    return [places.index(place) for place in places]


@pytest.mark.parametrize("order", ["little", "big"])
def test_a_cast_keeps_the_order_of_bytes(order: Any) -> None:
    numbers = np.array([1.5, -2.25, 3e38, 0.0])
    mark = "<" if order == "little" else ">"
    caster = Caster("float32", order)
    made = caster.cast(numbers.astype(f"{mark}f8").view(np.uint8), Cast("float64", "float32"))
    assert made.tobytes() == numbers.astype(f"{mark}f4").tobytes()
    assert (caster.overflowed, caster.flushed) == (0, 0)
