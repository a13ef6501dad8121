"""Chunks: whether they make up a tensor, and its values read through them as if it lay in one piece."""

from collections.abc import Callable
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from explorer.checkpoint.chunks import Chunk, Chunked, covering_problem
from explorer.checkpoint.values.chunk_values import read_chunked
from tests.checkpoint.sharded_files import Box, grid


@st.composite
def boxes(draw: st.DrawFn, smallest: int = 0) -> tuple[tuple[int, ...], list[Box]]:
    """A shape, and a way to cut it: a grid, of which parts are cut once more."""
    shape = draw(st.lists(st.integers(smallest, 7), max_size=4).map(tuple))
    cuts = [draw(st.lists(st.integers(0, max(1, size)), max_size=3)) for size in shape]
    found: list[Box] = []
    for offsets, sizes in grid(shape, cuts):
        if draw(st.booleans()):
            inner = [draw(st.lists(st.integers(0, max(1, size)), max_size=1)) for size in sizes]
            found += [(tuple(map(sum, zip(offsets, at, strict=True))), part) for at, part in grid(sizes, inner)]
        else:
            found.append((offsets, sizes))
    return shape, draw(st.permutations(found))


@given(boxes())
def test_a_way_to_cut_a_tensor_makes_it_up(cut: tuple[tuple[int, ...], list[Box]]) -> None:
    assert covering_problem(*cut) is None


@given(boxes(1), st.randoms(use_true_random=False))
def test_a_chunk_that_is_missing_or_doubled_is_noticed(cut: tuple[tuple[int, ...], list[Box]], random: Random) -> None:
    shape, chunks = cut
    chosen = random.choice(chunks)
    left = [chunk for chunk in chunks if chunk is not chosen]
    assert "leave out" in (covering_problem(shape, left) or "")
    assert "lie over each other" in (covering_problem(shape, [*chunks, chosen]) or "")


@pytest.mark.parametrize(
    ("chunks", "said"),
    [
        ([((0, 0), (2, 3)), ((2, 0), (3, 3))], "would end outside"),
        ([((0, 0), (3, 3)), ((2, 2), (2, 1))], "lie over each other at [2, 2]"),
        ([((0, 0), (2, 3))], "leave out 6 of its elements"),
        ([((0,), (4,))], "another number of dimensions"),
        ([((0, 0), (4, 2)), ((0, 1), (4, 2))], "lie over each other at [0, 1]"),
        # As many elements as it has, but not all of them.
        ([((0, 0), (2, 3)), ((1, 0), (2, 3))], "lie over each other at [1, 0]"),
    ],
)
def test_what_is_wrong_with_chunks_is_said(chunks: list[Box], said: str) -> None:
    assert said in (covering_problem((4, 3), chunks) or "")


def test_many_chunks_are_judged_quickly() -> None:
    side = [(place * 4, 4) for place in range(1_000)]
    rows = [((low, 0), (size, 8)) for low, size in side]
    columns = [((0, low), (8, size)) for low, size in side]
    assert covering_problem((4_000, 8), rows) is None
    assert covering_problem((8, 4_000), columns) is None


class Files:
    """Bytes in memory, which notes how much is asked of it."""

    def __init__(self) -> None:
        self.held = bytearray()
        self.asked: list[int] = []

    def add(self, part: NDArray[np.int32], order: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
        """Write a part with its dimensions in some order; gives where it is, and its stride in elements."""
        position = len(self.held)
        packed = np.ascontiguousarray(part.transpose(order))
        back = packed.transpose(np.argsort(order)) if order else packed
        self.held += packed.tobytes() + b"---"
        if not part.ndim:
            return position, ()  # NumPy makes a row of what has no dimension
        return position, tuple(step // part.itemsize for step in back.strides)

    def read(self, file: int, position: int, nbytes: int) -> NDArray[np.uint8]:
        assert file == 3
        assert 0 <= position <= position + nbytes <= len(self.held)
        self.asked.append(nbytes)
        return np.frombuffer(bytes(self.held[position : position + nbytes]), np.uint8)


def chunked(
    whole: NDArray[np.int32], cut: list[Box], orders: Callable[[int], tuple[int, ...]]
) -> tuple[Chunked, Files]:
    files = Files()
    chunks = []
    for offsets, sizes in cut:
        window = tuple(slice(low, low + size) for low, size in zip(offsets, sizes, strict=True))
        position, stride = files.add(whole[window], orders(whole.ndim))
        chunks.append(Chunk(offsets, sizes, stride, 3, position))
    return Chunked(whole.shape, whole.itemsize, tuple(chunks)), files


@given(boxes(), st.data())
def test_any_run_of_elements_is_read_through_any_chunks(
    cut: tuple[tuple[int, ...], list[Box]], data: st.DataObject
) -> None:
    shape, found = cut
    whole = np.arange(np.prod(shape, dtype=int), dtype=np.int32).reshape(shape)
    made, files = chunked(whole, found, lambda ndim: tuple(data.draw(st.permutations(range(ndim)))))
    first = data.draw(st.integers(0, whole.size))
    count = data.draw(st.integers(0, whole.size - first))
    read = read_chunked(made, first * 4, count * 4, files.read)
    assert read.view(np.int32).tolist() == list(range(first, first + count))


@pytest.mark.parametrize("axis", [0, 1])
def test_reading_a_block_does_not_read_much_more(axis: int) -> None:
    whole = np.arange(2_000 * 1_000, dtype=np.int32).reshape(2_000, 1_000)
    found = grid(whole.shape, [[500, 1_000, 1_500], []] if axis == 0 else [[], [250, 500, 750]])
    made, files = chunked(whole, found, lambda _: (0, 1))
    read = read_chunked(made, 4 * 123_456, 4 * 200_000, files.read)
    assert read.view(np.int32).tolist() == list(range(123_456, 323_456))
    assert sum(files.asked) == 4 * 200_000
    assert len(files.asked) <= 12


def test_of_a_large_chunk_that_lies_the_other_way_only_parts_are_read() -> None:
    whole = np.arange(3_000 * 400, dtype=np.int32).reshape(3_000, 400)
    made, files = chunked(whole, grid(whole.shape, [[1_500], []]), lambda _: (1, 0))
    read = read_chunked(made, 4 * 400 * 10, 4 * 400 * 20, files.read)
    assert read.view(np.int32).tolist() == list(range(4_000, 12_000))
    assert sum(files.asked) == 4 * 8_000
