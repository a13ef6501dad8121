"""TensorInfo -> its values, in bounded blocks by pread. The only place that knows where bytes lie."""

import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer.checkpoint.decode import Array, decode, dequantize
from explorer.checkpoint.document import Checkpoint, FileIdentity, Storage, TensorInfo
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.framing import first_byte, inflated
from explorer.checkpoint.pread import read_into

BLOCK: Final = 1 << 18
"""Elements of a block: 1 MiB of float32, which stays in a core's cache."""

MAX_INFLATED: Final = 256_000_000
"""Bytes of a compressed storage that are held in memory at once; PyTorch itself never compresses."""


class _Dim(NamedTuple):
    """A dimension that is walked along.

    Attributes:
        size: Its indices.
        step: Elements from one index to the next.
        is_axis: Each of its indices is a channel with a scale of its own.
    """

    size: int
    step: int
    is_axis: bool = False


class _Piece(NamedTuple):
    """A part of a view that is small enough to be read at once.

    Attributes:
        start: Its first element in the storage.
        channel: Of its first element.
        dims: The widest step first.
    """

    start: int
    channel: int
    dims: list[_Dim]

    def channels(self, first: int, count: int) -> NDArray[np.int64]:
        """The channel of each of its elements from the first on: [count], or [1] where it is the same for all."""
        for place, dim in enumerate(self.dims):
            if dim.is_axis:
                inside = math.prod(inner.size for inner in self.dims[place + 1 :])
                return self.channel + np.arange(first, first + count) // inside % dim.size
        return np.array([self.channel])


class Walk(NamedTuple):
    """What measuring a tensor takes.

    Attributes:
        blocks: Begins a walk over its values, as `Values.blocks`.
        total: Elements that a walk gives.
        multiplicity: Elements of the tensor that each of them stands for.
    """

    blocks: Callable[[], Iterator[Array]]
    total: int
    multiplicity: int


class Values:
    """An open checkpoint file, for reading values; one per worker and not shared between threads.

    No mapping: a file that is cut while it is mapped would kill the process.
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        """Open the file.

        Raises:
            CheckpointError: It is gone, or no longer the file that was opened.
        """
        self._checkpoint = checkpoint
        try:
            flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
            self._descriptor = os.open(checkpoint.path, flags)
        except OSError as error:
            why = (error.strerror or "unknown error").lower()
            raise CheckpointError("The file cannot be read any more", why, "open it again") from None
        try:
            self._check_identity()
        except CheckpointError:
            os.close(self._descriptor)
            raise

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def _check_identity(self) -> None:
        facts = os.fstat(self._descriptor)
        now = FileIdentity(facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns)
        if now != self._checkpoint.identity:
            shorter = now.nbytes < self._checkpoint.identity.nbytes
            why = "it became shorter" if shorter else "another program wrote to it"
            raise CheckpointError("The file changed since it was opened", why, "open it again", verdict="unreadable")

    def blocks(self, tensor: TensorInfo) -> Iterator[Array]:
        """Every stored value, in any order, as 1-D arrays of at most `BLOCK` elements.

        Values that an expanded view repeats come once; see `multiplicity`.

        Raises:
            CheckpointError: The values cannot be read, or the file changed.
        """
        kind = tensor.kind
        itemsize = kind.element.itemsize
        scales, zero_points = np.empty(0), np.empty(0)
        if kind.quantization is not None:
            scales = np.array(kind.quantization.scales, np.float64)
            zero_points = np.array(kind.quantization.zero_points, np.float64)
        for piece in _pieces(tensor.offset, 0, _dims(tensor)):
            raw = self._read_piece(tensor, piece, itemsize)
            # A piece of a view that overlaps itself has more elements than it spans.
            for first in range(0, len(raw) // itemsize, BLOCK):
                numbers = decode(raw[first * itemsize : (first + BLOCK) * itemsize], kind, self._checkpoint.byteorder)
                if kind.quantization is not None:
                    channels = piece.channels(first, numbers.size)
                    numbers = dequantize(numbers, scales[channels], zero_points[channels])
                yield numbers
        self._check_identity()

    def array_bytes(self, tensor: TensorInfo) -> NDArray[np.uint8]:
        """All stored bytes of a tensor in the order of its indices: uint8 [numel * itemsize].

        Conjugation and negation are not applied.

        Raises:
            CheckpointError: The values cannot be read, or the file changed.
        """
        shape, stride = tensor.kind.stored_shape, tensor.kind.stride
        itemsize = tensor.kind.element.itemsize
        if math.prod(shape) == 0:
            return np.empty(0, np.uint8)
        extent = 1 + sum((size - 1) * step for size, step in zip(shape, stride, strict=True))
        span = self._span(tensor, tensor.offset * itemsize, extent * itemsize)
        steps = [step * itemsize for step in stride]
        view = np.lib.stride_tricks.as_strided(span, (*shape, itemsize), (*steps, 1), writeable=False)
        self._check_identity()
        return np.ascontiguousarray(view).reshape(-1)

    def _read_piece(self, tensor: TensorInfo, piece: _Piece, itemsize: int) -> NDArray[np.uint8]:
        dims = piece.dims
        span = self._span(tensor, piece.start * itemsize, _extent(dims) * itemsize)
        if not dims or (len(dims) == 1 and dims[0].step == 1):
            return span
        shape = (*(dim.size for dim in dims), itemsize)
        steps = (*(dim.step * itemsize for dim in dims), 1)
        view = np.lib.stride_tricks.as_strided(span, shape, steps, writeable=False)
        return np.ascontiguousarray(view).reshape(-1)

    def _span(self, tensor: TensorInfo, begin: int, nbytes: int) -> NDArray[np.uint8]:
        storage = tensor.storage
        if tensor.kind.problem is not None or storage is None:
            raise CheckpointError(
                "The values cannot be read", (tensor.kind.problem or "they are not there").rstrip(".")
            )
        if begin + nbytes > storage.nbytes:
            raise CheckpointError("The values cannot be read", "they would lie outside their storage")
        if storage.framing == "zip-deflated":
            return self._inflated(storage)[begin : begin + nbytes]
        return self._read(self._first_byte(storage) + begin, nbytes)

    def _first_byte(self, storage: Storage) -> int:
        return first_byte(storage.position, storage.framing, lambda *place: self._read(*place).tobytes())

    def _inflated(self, storage: Storage) -> NDArray[np.uint8]:
        longest = max(storage.nbytes, storage.stored_nbytes)
        if longest > MAX_INFLATED:
            raise CheckpointError("The values are not read", f"they are compressed and {longest:,} bytes long")
        packed = self._read(self._first_byte(storage), storage.stored_nbytes).tobytes()
        return np.frombuffer(inflated(packed, storage.nbytes), np.uint8)

    def _read(self, position: int, nbytes: int) -> NDArray[np.uint8]:
        buffer = np.empty(nbytes, np.uint8)
        view = buffer.data
        done = 0
        while done < nbytes:
            count = read_into(self._descriptor, position + done, view[done:])
            if count == 0:
                raise CheckpointError("The file became shorter while it was read", "", "open it again")
            done += count
        return buffer


def multiplicity(tensor: TensorInfo) -> int:
    """How often an expanded view (stride 0) repeats each of its values."""
    kind = tensor.kind
    return math.prod(size for size, step in zip(kind.stored_shape, kind.stride, strict=True) if step == 0)


def distinct_numel(tensor: TensorInfo) -> int:
    """Elements that `Values.blocks` gives: those stored, without the repeats of an expanded view."""
    kind = tensor.kind
    return math.prod(size for size, step in zip(kind.stored_shape, kind.stride, strict=True) if step != 0)


def _dims(tensor: TensorInfo) -> list[_Dim]:
    """Each dimension that matters, the widest step first, merged where they join."""
    kind = tensor.kind
    axis = None if kind.quantization is None else kind.quantization.axis
    dims = [
        _Dim(size, step, place == axis)
        for place, (size, step) in enumerate(zip(kind.stored_shape, kind.stride, strict=True))
        if size == 0 or (size > 1 and step > 0)
    ]
    merged: list[_Dim] = []
    for dim in sorted(dims, key=lambda dim: -dim.step):
        last = merged[-1] if merged else None
        if last is not None and last.step == dim.size * dim.step and not (last.is_axis or dim.is_axis):
            merged[-1] = _Dim(last.size * dim.size, dim.step)
        else:
            merged.append(dim)
    return merged


def _extent(dims: list[_Dim]) -> int:
    return 1 + sum((dim.size - 1) * dim.step for dim in dims)


def _pieces(start: int, channel: int, dims: list[_Dim]) -> Iterator[_Piece]:
    """Cut a view into parts that span at most `BLOCK` elements."""
    if any(dim.size == 0 for dim in dims):
        return
    if _extent(dims) <= BLOCK:
        yield _Piece(start, channel, dims)
        return
    (size, step, is_axis), inner = dims[0], dims[1:]
    together = max(1, min(size, (BLOCK - _extent(inner)) // step + 1))
    for first in range(0, size, together):
        count = min(together, size - first)
        part = inner if count == 1 else [_Dim(count, step, is_axis), *inner]
        yield from _pieces(start + first * step, channel + first * is_axis, part)


@contextmanager
def open_values(checkpoint: Checkpoint) -> Iterator[Values]:
    """Open a checkpoint's file for reading values, and close it again.

    Raises:
        CheckpointError: It is gone, or no longer the file that was opened.
    """
    values = Values(checkpoint)
    try:
        yield values
    finally:
        values.close()


def block_source(checkpoint: Checkpoint, tensor: TensorInfo) -> Callable[[], Iterator[Array]]:
    """Give what statistics need: a callable that iterates over a tensor's blocks, the file opened anew each time."""

    def blocks() -> Iterator[Array]:
        with open_values(checkpoint) as values:
            yield from values.blocks(tensor)

    return blocks


def prepare_walk(source: Checkpoint | Values, tensor: TensorInfo) -> Walk:
    """Give what measuring a tensor takes.

    Args:
        source: Where its values come from: of a checkpoint, the file is opened anew for each walk.
        tensor: Of that checkpoint.
    """
    blocks = partial(source.blocks, tensor) if isinstance(source, Values) else block_source(source, tensor)
    return Walk(blocks, distinct_numel(tensor), multiplicity(tensor))
