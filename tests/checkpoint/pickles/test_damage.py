"""A damaged pickle: at which byte it is, in words for people, and the code that it names before."""

import io
import os
import pickle
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.pickles.damage import CutPickleError
from explorer.checkpoint.pickles.unpickler import InertUnpickler, ZipUnpickler, load
from explorer.checkpoint.reader import open_checkpoint

NAMED = b"cbuiltins\nprint\n0"
"""Asks for a name and drops it: 17 bytes, so that with the protocol before it the next instruction is at byte 19."""


def damage(data: bytes, kind: type[InertUnpickler] = InertUnpickler) -> tuple[CheckpointError, list[str]]:
    """What is raised, and the names met before."""
    names: dict[str, None] = {}
    stream = io.BytesIO(data)
    with pytest.raises(CheckpointError) as caught:
        load(kind(stream, names), stream)
    return caught.value, list(names)


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        (b"R.", "the instruction at byte 19 (REDUCE) takes more from the stack than there is"),
        (b".", "the instruction at byte 19 (STOP) takes more from the stack than there is"),
        (b"t.", "the instruction at byte 19 (TUPLE) needs a mark"),
        (b"\xfe.", "byte 19 is no instruction of a pickle"),
        (b"h\x05.", "the instruction at byte 19 (BINGET) asks for a value that was never kept"),
        (b"\x8b\xff\xff\xff\xff.", "the instruction at byte 19 (LONG4) has a length or a place that is negative"),
        (b"X\x02\0\0\0\xff\xfe.", "the instruction at byte 19 (BINUNICODE) has a text that is not of its encoding"),
        (b"}]K\x01s.", "the instruction at byte 23 (SETITEM) makes a key of a value that cannot be one"),
        (b"Ixyz\n.", "the instruction at byte 19 (INT) has a number that makes no sense"),
        (b"K\x01K\x02a.", "the instruction at byte 23 (APPEND) does not fit the value"),
        (b"K\x01K\x02K\x03s.", "the instruction at byte 25 (SETITEM) does not fit the value"),
        (b"K\x01K\x02b.", "the instruction at byte 23 (BUILD) does not fit the value"),
        (b"\x80\xff.", "the instruction at byte 19 (PROTO) asks for a protocol that does not exist"),
        (b"\x82\x01.", "the instruction at byte 19 (EXT1) names code by a number"),
        (b"\x8d" + struct.pack("<Q", 1 << 62) + b"ab.", "the value at byte 19 should have 4,611,686,018,427,387,904"),
        (b"\x8e" + struct.pack("<Q", 1 << 29) + b"ab.", "should have 536,870,912 bytes, but only 3 remain"),
        (b"\x95" + struct.pack("<Q", 1 << 62) + b"N.", "the frame at byte 19 should have"),
        (b"\x95" + struct.pack("<Q", 1 << 62) + b"R.", "the instruction at byte 28 (REDUCE) takes more"),
    ],
    ids=lambda value: None if isinstance(value, bytes) else value[-30:],
)
def test_the_byte_and_the_reason_are_said_and_the_names_before_it(rest: bytes, said: str) -> None:
    error, names = damage(b"\x80\x04" + NAMED + rest)
    assert said in error.why
    assert error.verdict == "malformed"
    assert names == ["builtins.print"]
    assert not isinstance(error, CutPickleError)


def test_an_id_that_is_none_is_told_where_it_stands() -> None:
    error, _ = damage(b"\x80\x02K\x01Q.", ZipUnpickler)
    assert "at byte 4 (BINPERSID) does not fit the value" in error.why


class Payload:
    """Would print, if anybody ran what its pickle asks for."""

    def __reduce__(self) -> tuple[Callable[..., None], tuple[str]]:
        return print, ("was run",)


VALUE = ["before", {"a": 1.5, "b": 2**40, "c": b"bytes", "d": (1, 2, 3, 4)}, Payload(), "x" * 300, bytearray(b"ab")]


@given(st.integers(0, pickle.HIGHEST_PROTOCOL), st.data())
def test_a_cut_pickle_names_what_stands_before_the_cut(protocol: int, data: st.DataObject) -> None:
    whole = pickle.dumps(VALUE, protocol)
    end = data.draw(st.integers(0, len(whole) - 1))
    error, names = damage(whole[:end])
    assert isinstance(error, CutPickleError)
    assert f"it ends at byte {end:,}" in error.why
    asked = whole.index(b"print") + len(b"print") + (2 if protocol >= 4 else 1)
    assert [name for name in names if name.endswith("print")] == (["builtins.print"] if end >= asked + 1 else [])


@pytest.mark.parametrize("zipped", [True, False])
def test_a_module_that_is_cut_inside_its_frame_names_its_classes(tmp_path: Path, zipped: bool) -> None:
    path = tmp_path / "a.pt"
    torch.save(torch.nn.Linear(2, 2), path, pickle_protocol=4, _use_new_zipfile_serialization=zipped)
    os.truncate(path, path.read_bytes().rindex(b"bias"))
    with pytest.raises(CheckpointError, match="cut at byte") as caught:
        open_checkpoint(path)
    assert "torch.nn.modules.linear.Linear" in caught.value.code


def test_a_frame_longer_than_any_file_is_damage_and_no_question_of_size(tmp_path: Path) -> None:
    path = tmp_path / "a.pkl"
    path.write_bytes(b"\x80\x04\x95" + struct.pack("<Q", 1 << 40) + NAMED + b"N.")
    with pytest.raises(CheckpointError, match="the frame at byte 2 should have") as caught:
        open_checkpoint(path)
    assert (caught.value.verdict, caught.value.code) == ("malformed", ("builtins.print",))
