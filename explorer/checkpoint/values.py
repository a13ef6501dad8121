"""TensorInfo -> its values, in bounded blocks by pread. The only place that knows where bytes lie."""

import math
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import numpy as np
from numpy.typing import NDArray

from explorer.checkpoint.decode import Array, decode
from explorer.checkpoint.document import Checkpoint, FileIdentity, Storage, TensorInfo
from explorer.checkpoint.errors import CheckpointError

BLOCK: Final = 1 << 18
"""Elements of a block: 1 MiB of float32, which stays in a core's cache."""

MAX_INFLATED: Final = 256_000_000
"""Bytes of a compressed storage that are held in memory at once; PyTorch itself never compresses."""

_LOCAL_HEADER: Final = 30


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
            self._descriptor = os.open(checkpoint.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
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
        start, dims = _walkable(tensor)
        itemsize = tensor.kind.element.itemsize
        for raw in self._raw_blocks(tensor, start, dims, itemsize):
            yield decode(raw, tensor.kind, self._checkpoint.byteorder)
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

    def _raw_blocks(
        self, tensor: TensorInfo, start: int, dims: list[tuple[int, int]], itemsize: int
    ) -> Iterator[NDArray[np.uint8]]:
        """Blocks of bytes of a view whose dimensions come as (size, step), the widest step first."""
        count = math.prod(size for size, _ in dims)
        if count == 0:
            return
        extent = 1 + sum((size - 1) * step for size, step in dims)
        if not dims or (len(dims) == 1 and dims[0][1] == 1):
            for first in range(0, count, BLOCK):
                elements = min(BLOCK, count - first)
                yield self._span(tensor, (start + first) * itemsize, elements * itemsize)
        elif extent <= BLOCK:
            span = self._span(tensor, start * itemsize, extent * itemsize)
            shape = (*(size for size, _ in dims), itemsize)
            steps = (*(step * itemsize for _, step in dims), 1)
            view = np.lib.stride_tricks.as_strided(span, shape, steps, writeable=False)
            whole = np.ascontiguousarray(view).reshape(-1)
            for first in range(0, len(whole), BLOCK * itemsize):
                yield whole[first : first + BLOCK * itemsize]
        else:
            (size, step), inner = dims[0], dims[1:]
            inner_extent = 1 + sum((n - 1) * s for n, s in inner)
            together = max(1, min(size, (BLOCK - inner_extent) // step + 1))
            for first in range(0, size, together):
                part = [(min(together, size - first), step), *inner]
                if part[0][0] == 1:
                    part = inner
                yield from self._raw_blocks(tensor, start + first * step, part, itemsize)

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
        if storage.framing == "raw":
            return storage.position
        header = self._read(storage.position, _LOCAL_HEADER).tobytes()
        if header[:4] != b"PK\x03\x04":
            raise CheckpointError("The values cannot be read", f"no zip record begins at byte {storage.position:,}")
        name, extra = int.from_bytes(header[26:28], "little"), int.from_bytes(header[28:30], "little")
        return storage.position + _LOCAL_HEADER + name + extra

    def _inflated(self, storage: Storage) -> NDArray[np.uint8]:
        if storage.nbytes > MAX_INFLATED:
            raise CheckpointError("The values are not read", f"they are compressed and {storage.nbytes:,} bytes long")
        packed = self._read(self._first_byte(storage), storage.stored_nbytes)
        try:
            data = zlib.decompressobj(-15).decompress(packed.tobytes(), storage.nbytes)
        except zlib.error:
            raise CheckpointError("The values cannot be read", "they do not decompress") from None
        if len(data) != storage.nbytes:
            raise CheckpointError("The values cannot be read", "they decompress to another length than declared")
        return np.frombuffer(data, np.uint8)

    def _read(self, position: int, nbytes: int) -> NDArray[np.uint8]:
        buffer = np.empty(nbytes, np.uint8)
        view = buffer.data
        done = 0
        while done < nbytes:
            count = _read_into(self._descriptor, view[done:], position + done)
            if count == 0:
                raise CheckpointError("The file became shorter while it was read", "", "open it again")
            done += count
        return buffer


def _read_into(descriptor: int, view: memoryview, position: int) -> int:
    if hasattr(os, "preadv"):
        return os.preadv(descriptor, [view], position)
    os.lseek(descriptor, position, os.SEEK_SET)  # Windows has no preadv
    data = os.read(descriptor, len(view))
    view[: len(data)] = data
    return len(data)


def multiplicity(tensor: TensorInfo) -> int:
    """How often an expanded view (stride 0) repeats each of its values."""
    kind = tensor.kind
    return math.prod(size for size, step in zip(kind.stored_shape, kind.stride, strict=True) if step == 0)


def distinct_numel(tensor: TensorInfo) -> int:
    """Elements that `Values.blocks` gives: those stored, without the repeats of an expanded view."""
    kind = tensor.kind
    return math.prod(size for size, step in zip(kind.stored_shape, kind.stride, strict=True) if step != 0)


def _walkable(tensor: TensorInfo) -> tuple[int, list[tuple[int, int]]]:
    """First element and (size, step) of each dimension that matters, the widest step first, merged where they join."""
    kind = tensor.kind
    if math.prod(kind.stored_shape) == 0:
        return 0, [(0, 1)]
    dims = sorted(
        ((size, step) for size, step in zip(kind.stored_shape, kind.stride, strict=True) if size > 1 and step > 0),
        key=lambda dim: -dim[1],
    )
    merged: list[tuple[int, int]] = []
    for size, step in dims:
        if merged and merged[-1][1] == size * step:
            merged[-1] = (merged[-1][0] * size, step)
        else:
            merged.append((size, step))
    return tensor.offset, merged


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
