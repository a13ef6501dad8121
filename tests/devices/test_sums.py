"""The checksum that proves a move: the same on host and device, in pieces of any length, another for other bytes."""

from itertools import pairwise

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.devices.sums import ROW, ByteSum, device_rows

_NBYTES = ROW * 8


def on_host(data: bytes, cuts: list[int]) -> int:
    total, ends = ByteSum(), sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    for first, end in pairwise(ends):
        total.add(np.frombuffer(data[first:end], np.uint8))
    return total.value(len(data))


def on_device(data: bytes) -> int:
    total = ByteSum()
    for row in device_rows(torch.frombuffer(bytearray(data), dtype=torch.uint8) if data else torch.empty(0)):
        total.add_row(row)
    return total.value(len(data))


@settings(max_examples=20)
@given(
    st.sampled_from([0, 1, 7, 8, 999, _NBYTES - 1, _NBYTES, _NBYTES + 9, 3 * _NBYTES]),
    st.integers(0, 2**32),
    st.lists(st.integers(0, 2**30), max_size=4),
)
def test_host_and_device_agree_however_it_is_cut(nbytes: int, seed: int, cuts: list[int]) -> None:
    data = np.random.default_rng(seed).bytes(nbytes)
    assert on_host(data, cuts) == on_host(data, []) == on_device(data)


@settings(max_examples=20)
@given(st.integers(0, 2 * _NBYTES - 1), st.integers(1, 255))
def test_another_byte_an_exchange_and_another_length_are_noticed(place: int, change: int) -> None:
    data = bytearray(np.random.default_rng(1).bytes(2 * _NBYTES))
    whole = on_host(bytes(data), [])
    assert on_host(bytes(data[:-1]), []) != whole
    assert on_host(bytes(data[_NBYTES:] + data[:_NBYTES]), []) != whole
    data[place] ^= change
    assert on_host(bytes(data), []) != whole
    assert on_host(bytes(8), []) != on_host(bytes(16), [])
