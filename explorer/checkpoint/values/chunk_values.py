"""The bytes of a tensor that is put together from chunks, in the order of its indices."""

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.checkpoint.chunks import Chunk, Chunked
from explorer.checkpoint.values.strided_reading import read_view

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

    def read_bytes(begin: int, nbytes: int) -> NDArray[np.uint8]:
        return read(chunk.file, chunk.position + begin, nbytes)

    read_view(target[place], common.sizes, chunk.stride, first, itemsize, read_bytes)
