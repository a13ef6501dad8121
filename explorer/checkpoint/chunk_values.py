"""The bytes of a tensor that is put together from chunks, in the order of its indices."""

import math
from collections.abc import Callable, Iterator
from itertools import product
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.checkpoint.chunks import Chunk, Chunked

_SPARSE: Final = 4
"""What lies in a file over more than so many times the room of its elements is read in parts."""

_TOGETHER: Final = 1 << 16
"""Elements that are read at once, however far apart the wanted ones among them lie."""

Read = Callable[[int, int, int], NDArray[np.uint8]]
"""Reads from a file, at a position, so many bytes."""


class _Box(NamedTuple):
    """Indices from the low ones up to, and without, the high ones."""

    lows: tuple[int, ...]
    highs: tuple[int, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(high - low for low, high in zip(self.lows, self.highs, strict=True))


def read_chunked(whole: Chunked, begin: int, nbytes: int, read: Read) -> NDArray[np.uint8]:
    """Read a run of bytes of the whole, as if its elements lay one behind the other.

    Args:
        whole: What the tensor is put together from.
        begin: The first byte: that of an element.
        nbytes: How many: those of whole elements.
        read: Reads exactly so many bytes. Raises CheckpointError.

    Returns:
        uint8 [nbytes].
    """
    itemsize = whole.itemsize
    run = np.empty((nbytes // itemsize, itemsize), np.uint8)
    done = 0
    for box in _boxes(whole.shape, begin // itemsize, nbytes // itemsize):
        count = math.prod(box.sizes)
        target = run[done : done + count].reshape(*box.sizes, itemsize)
        for chunk in whole.chunks:
            # Of a thousand chunks most are passed by here.
            if not box.lows or (chunk.offsets[0] < box.highs[0] and box.lows[0] < chunk.offsets[0] + chunk.sizes[0]):
                _fill(target, box, chunk, itemsize, read)
        done += count
    return run.reshape(-1)


def _boxes(shape: tuple[int, ...], first: int, count: int) -> Iterator[_Box]:
    """Cut a run of elements, in the order of indices, into boxes: the ragged ends, and what is whole between them."""
    if count <= 0:
        return
    if not shape:
        yield _Box((), ())
        return
    inner = math.prod(shape[1:])
    row, skipped = divmod(first, inner)
    if skipped:
        head = min(count, inner - skipped)
        yield from (_under(row, box) for box in _boxes(shape[1:], skipped, head))
        row, count = row + 1, count - head
    rows, rest = divmod(count, inner)
    if rows:
        yield _Box((row, *(0 for _ in shape[1:])), (row + rows, *shape[1:]))
    if rest:
        yield from (_under(row + rows, box) for box in _boxes(shape[1:], 0, rest))


def _under(row: int, box: _Box) -> _Box:
    return _Box((row, *box.lows), (row + 1, *box.highs))


def _fill(target: NDArray[np.uint8], box: _Box, chunk: Chunk, itemsize: int, read: Read) -> None:
    """Put what a chunk has of a box into its place there."""
    lows = tuple(map(max, box.lows, chunk.offsets))
    ends = map(sum, zip(chunk.offsets, chunk.sizes, strict=True))
    highs = tuple(map(min, box.highs, ends))
    if any(low >= high for low, high in zip(lows, highs, strict=True)):
        return
    common = _Box(lows, highs)
    steps = zip(lows, chunk.offsets, chunk.stride, strict=True)
    first = sum((low - offset) * step for low, offset, step in steps)
    place = tuple(slice(low - start, high - start) for low, high, start in zip(lows, highs, box.lows, strict=True))
    _read_view(target[place], common.sizes, chunk, first, itemsize, read)


def _read_view(
    target: NDArray[np.uint8], sizes: tuple[int, ...], chunk: Chunk, first: int, itemsize: int, read: Read
) -> None:
    """Read a part of a chunk that begins at an element of it, in as many reads as its stride makes sensible."""
    span = 1 + sum((size - 1) * step for size, step in zip(sizes, chunk.stride, strict=True))
    if span <= max(_TOGETHER, _SPARSE * math.prod(sizes)):
        raw = read(chunk.file, chunk.position + first * itemsize, span * itemsize)
        steps = tuple(step * itemsize for step in chunk.stride)
        target[...] = np.lib.stride_tricks.as_strided(raw, (*sizes, itemsize), (*steps, 1), writeable=False)
        return
    # Along the widest steps one index after the other: what lies between them is not read.
    inner = len(sizes)
    order = sorted(range(inner), key=lambda axis: -chunk.stride[axis])
    apart: list[int] = []
    for axis in order:
        apart.append(axis)
        left = [place for place in range(inner) if place not in apart]
        span = 1 + sum((sizes[place] - 1) * chunk.stride[place] for place in left)
        if span <= max(_TOGETHER, _SPARSE * math.prod(sizes[place] for place in left)):
            break
    one = tuple(1 if axis in apart else size for axis, size in enumerate(sizes))
    for index in product(*(range(sizes[axis]) for axis in apart)):
        at = dict(zip(apart, index, strict=True))
        part = tuple(slice(at[axis], at[axis] + 1) if axis in at else slice(None) for axis in range(inner))
        skipped = sum(at[axis] * chunk.stride[axis] for axis in apart)
        _read_view(target[part], one, chunk, first + skipped, itemsize, read)
