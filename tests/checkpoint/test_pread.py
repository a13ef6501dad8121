"""Reading at a place gives the same bytes with pread and, as on Windows, without."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.checkpoint.pread import read_into, read_up_to, seek_and_read

DATA = bytes(range(256)) * 3


@pytest.fixture(scope="module")
def descriptor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    path = tmp_path_factory.mktemp("pread") / "data"
    path.write_bytes(DATA)
    opened = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    yield opened
    os.close(opened)


@given(position=st.integers(0, 900), nbytes=st.integers(0, 900))
def test_both_ways_read_what_stands_there(descriptor: int, position: int, nbytes: int) -> None:
    expected = DATA[position : position + nbytes]
    assert read_up_to(descriptor, position, nbytes) == expected
    assert seek_and_read(descriptor, position, nbytes) == expected
    buffer = bytearray(nbytes)
    assert read_into(descriptor, position, memoryview(buffer)) == len(expected)
    assert buffer == expected + bytes(nbytes - len(expected))
