"""TensorInfo -> its values, by pread: all in bounded blocks, those of many small tensors at once, or a sample."""

import math
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

from explorer.checkpoint.document import Checkpoint, TensorInfo, TensorPart
from explorer.checkpoint.dtypes import not_shown
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.file_records import FileRecord
from explorer.checkpoint.framing import first_byte, inflated_pieces
from explorer.checkpoint.storages import Storage
from explorer.checkpoint.values.chunk_values import read_chunked
from explorer.checkpoint.values.decode import Array, Decoder
from explorer.checkpoint.values.last_inflated import LastInflated
from explorer.checkpoint.values.open_files import OpenFiles
from explorer.checkpoint.values.ordering import ordered_blocks, spanned
from explorer.checkpoint.values.small_values import Source, Together, read_side_by_side, read_together
from explorer.checkpoint.values.strided_reading import read_view
from explorer.checkpoint.values.views import Piece, dims_of, distinct_numel, extent, pieces, side_by_side

if TYPE_CHECKING:
    from explorer.checkpoint.values.walks import Walk

BLOCK: Final = 1 << 18
"""Elements of a block: 1 MiB of float32, which stays in a core's cache."""

PIECE: Final = 1 << 20
"""Bytes of a record that are read at once where they are no numbers."""

_REACH: Final = 1 << 16
"""How far from its first element a stretch of a sample goes, in elements, where those of the tensor lie apart."""


class Values:
    """An open checkpoint, for reading values; one per worker and not shared between threads."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        """Open the file; a shard is opened when values of it are asked for.

        Raises:
            CheckpointError: It is gone, or no longer the file that was opened.
        """
        self._checkpoint = checkpoint
        self._inflated = LastInflated()
        self._last_begin: tuple[int, int] | None = None
        self._files = OpenFiles(checkpoint.files)

    def close(self) -> None:
        """Close what is open."""
        self._files.close()

    def blocks(self, tensor: TensorInfo) -> Iterator[Array]:
        """Every stored value, in any order, as 1-D arrays of at most `BLOCK` elements.

        Values that an expanded view repeats come once; see `multiplicity`.

        Raises:
            CheckpointError: The values cannot be read, or the file changed.
        """
        decoder = self.decoder(tensor)
        for part, piece, first in self._parts(tensor):
            yield decoder.numbers(part, piece.channels(first, len(part) // tensor.kind.element.itemsize))

    def codes(self, tensor: TensorInfo) -> Iterator[Array]:
        """The same walk as `blocks` over the bits of each value, as uint8 or uint16.

        Args:
            tensor: One whose elements have 8 or 16 bits.

        Raises:
            CheckpointError: The values cannot be read, or the file changed.
        """
        order = "<" if self.byteorder(tensor) == "little" else ">"
        stored = np.dtype(f"{order}u{tensor.kind.element.itemsize}")
        for part, _piece, _first in self._parts(tensor):
            yield part.view(stored).astype(stored.newbyteorder("="), copy=False)

    def _parts(self, tensor: TensorInfo) -> Iterator[tuple[NDArray[np.uint8], Piece, int]]:
        """Bytes of at most `BLOCK` elements, the piece they are from, and which of its elements is the first."""
        itemsize = tensor.kind.element.itemsize
        for piece in pieces(Piece(tensor.offset, 0, dims_of(tensor)), BLOCK):
            raw = self._read_piece(tensor, piece, itemsize)
            # A piece of a view that overlaps itself has more elements than it spans.
            for first in range(0, len(raw) // itemsize, BLOCK):
                yield raw[first * itemsize : (first + BLOCK) * itemsize], piece, first
        self._files.check()

    def together(self, tensors: Iterable[TensorInfo]) -> Iterator[Together]:
        """The values of many small tensors, in portions of a few MiB: those of one dtype in one array.

        Each tensor comes in one portion, or among the failures of one. The order is that of the file, mostly.

        Args:
            tensors: Those whose kind `is_small`.

        Raises:
            CheckpointError: The file changed.
            ValueError: A tensor is not small.
        """
        self._files.check()
        for source, inside in self._by_file(tensors):
            for together in read_together(source, inside):
                self._files.check()
                yield together

    def small_bytes(self, tensors: Iterable[TensorInfo]) -> dict[int, bytes]:
        """The stored bytes of small tensors, by their numbers: those that lie side by side in the file, read together.

        Args:
            tensors: Those whose kind `is_small`; a few MiB in all.

        Raises:
            CheckpointError: The file changed.
            ValueError: A tensor is not small.
        """
        found: dict[int, bytes] = {}
        for source, inside in self._by_file(tensors):
            found |= read_side_by_side(source, inside)
        self._files.check()
        return found

    def _by_file(self, tensors: Iterable[TensorInfo]) -> Iterator[tuple[Source, Iterable[TensorInfo]]]:
        found: dict[int, Iterable[TensorInfo]] = {0: tensors}
        if self._checkpoint.shards:
            of_shards: dict[int, list[TensorInfo]] = {}
            for tensor in tensors:
                of_shards.setdefault(0 if tensor.storage is None else tensor.storage.file, []).append(tensor)
            found = dict(sorted(of_shards.items()))
        for number, inside in found.items():
            file = self._checkpoint.files[number]
            yield Source(partial(self._files.read, number), self.blocks, file.identity.nbytes, file.byteorder), inside

    def bytes_of(self, record: Storage | FileRecord) -> Iterator[bytes | memoryview]:
        """All bytes of a storage or another record, uncompressed, in pieces of at most `PIECE` bytes.

        Raises:
            CheckpointError: They cannot be read, or are damaged.
        """
        file = record.file
        position = first_byte(record, lambda *place: self._files.read(file, *place).tobytes())
        stored = self.bytes_at(file, position, record.stored_nbytes)
        if record.framing == "zip-deflated":
            yield from inflated_pieces(stored, record.nbytes, PIECE)
        else:
            yield from stored

    def parts_of(self, tensor: TensorInfo) -> Sequence[tuple[Storage, TensorPart]]:
        """As `TensorTable.parts_of`."""
        return self._checkpoint.tensors.parts_of(tensor.number)

    def bytes_at(self, file: int, position: int, nbytes: int) -> Iterator[memoryview]:
        """Bytes of a file as they stand there, in pieces of at most `PIECE` bytes.

        Args:
            file: Its place in `Checkpoint.files`.
            position: Of the first.
            nbytes: How many.

        Raises:
            CheckpointError: They cannot be read.
        """
        for at in range(0, nbytes, PIECE):
            yield self._files.read(file, position + at, min(PIECE, nbytes - at)).data

    def walk_elsewhere(self, tensor: TensorInfo) -> "Walk | None":  # noqa: ARG002 - here all is read from the file
        """What measures a tensor on the device that it is on; None where its values are to be read."""
        return None

    def check_unchanged(self) -> None:
        """Make sure that the file is still the one that was opened.

        Raises:
            CheckpointError: It is not.
        """
        self._files.check()

    def sample(self, tensor: TensorInfo, blocks: int = 64, elements: int = 4096) -> Array:
        """Some of the values, for a first picture: the same ones each time.

        The elements, in the order in which they are stored, are cut into equal parts, and from each comes a stretch
        that begins at a random place, so that what repeats in the values does not meet the same phase in every part.
        A storage that is compressed is inflated as a whole for it.

        Args:
            tensor: Of this checkpoint.
            blocks: How many stretches.
            elements: Values of a stretch.

        Returns:
            1-D, as of `blocks`: at most ``blocks * elements`` values, and all of a tensor that has no more. Of a view
            whose elements lie far apart there are fewer.

        Raises:
            CheckpointError: The values cannot be read, or the file changed.
        """
        dims = dims_of(tensor)
        total = distinct_numel(tensor)
        if total < blocks or (total <= blocks * elements and extent(dims) <= blocks * _REACH):
            return np.concatenate([np.empty(0, np.float32)] * (total == 0) + list(self.blocks(tensor)))
        length = min(elements, total // blocks)
        random = Random(0)  # noqa: S311 - it hides no secret, and is the same each time
        piece = Piece(tensor.offset, 0, dims)
        ends = [block * total // blocks for block in range(blocks + 1)]
        firsts = [random.randint(first, end - length) for first, end in pairwise(ends)]
        if side_by_side(dims):
            self._announce(tensor, [tensor.offset + first for first in firsts], length)
        parts, channels = [], []
        for first in firsts:
            part, channel = self._read_stretch(tensor, piece, first, length)
            parts.append(part)
            channels.append(channel)
        self._files.check()
        return self.decoder(tensor).numbers(np.concatenate(parts), np.concatenate(channels))

    def decoder(self, tensor: TensorInfo) -> Decoder:
        """What turns bytes of a tensor into numbers."""
        return Decoder(tensor.kind, self.byteorder(tensor))

    def view_bytes(
        self,
        tensor: TensorInfo,
        first: int,
        sizes: Sequence[int],
        stride: Sequence[int],
        room: NDArray[np.uint8] | None = None,
    ) -> NDArray[np.uint8]:
        """The stored bytes of a part of a tensor, in the order of the part's indices.

        Args:
            tensor: Of this checkpoint.
            first: The element that the part begins with, counted in the storage from the tensor's first one on.
            sizes: Elements along each dimension of the part, none of them 0.
            stride: Elements of the storage from one index to the next.
            room: uint8, that may be read into, and has to stay as it is until the result is done with.

        Returns:
            uint8 [product of the sizes * itemsize].

        Raises:
            CheckpointError: The values cannot be read.
        """
        itemsize = tensor.kind.element.itemsize
        count = math.prod(sizes)
        begin = tensor.offset + first
        if count == 1 or (len(sizes) == 1 and stride[0] == 1):
            return self._span(tensor, begin * itemsize, count * itemsize, room)
        target = np.empty((*sizes, itemsize), np.uint8)
        read_view(target, sizes, stride, begin, itemsize, partial(self._span, tensor))
        return target.reshape(-1)

    def ordered_bytes(self, tensor: TensorInfo, nbytes: int) -> Iterator[NDArray[np.uint8]]:
        """All stored bytes of a tensor in the order of its indices, in blocks of so many bytes at most.

        What it spans is held in memory, once; conjugation and negation are not applied.

        Raises:
            CheckpointError: The values cannot be read, or the file changed.
        """
        if 0 in tensor.kind.stored_shape:
            return iter(())
        itemsize = tensor.kind.element.itemsize
        span = self._span(tensor, tensor.offset * itemsize, spanned(tensor.kind) * itemsize)
        self._files.check()
        return ordered_blocks(span, tensor.kind, nbytes)

    def elements(self, tensor: TensorInfo, first: int, count: int) -> NDArray[np.uint8]:
        """Bytes of so many elements of a tensor's storage, one behind the other: uint8 [count * itemsize].

        Args:
            tensor: Says which storage, and how long an element is.
            first: Elements from the start of the storage.
            count: How many.

        Raises:
            CheckpointError: The values cannot be read.
        """
        itemsize = tensor.kind.element.itemsize
        return self._span(tensor, first * itemsize, count * itemsize)

    def _read_piece(self, tensor: TensorInfo, piece: Piece, itemsize: int) -> NDArray[np.uint8]:
        dims = piece.dims
        span = self._span(tensor, piece.start * itemsize, extent(dims) * itemsize)
        if side_by_side(dims):
            return span
        shape = (*(dim.size for dim in dims), itemsize)
        steps = (*(dim.step * itemsize for dim in dims), 1)
        view = np.lib.stride_tricks.as_strided(span, shape, steps, writeable=False)
        return np.ascontiguousarray(view).reshape(-1)

    def _announce(self, tensor: TensorInfo, firsts: list[int], count: int) -> None:
        """Let the system fetch `count` elements from each of these on: a disk is faster at all of them than at each."""
        itemsize = tensor.kind.element.itemsize
        storage = self._storage(tensor, firsts[-1] * itemsize, count * itemsize)
        if sys.platform == "linux" and storage.framing not in ("zip-deflated", "chunks"):
            base = self._first_byte(storage)
            descriptor = self._files.descriptor(storage.file)
            with suppress(OSError):  # a hint that not every file system takes
                for first in firsts:
                    place = base + first * itemsize, count * itemsize
                    os.posix_fadvise(descriptor, *place, os.POSIX_FADV_WILLNEED)

    def _read_stretch(
        self, tensor: TensorInfo, piece: Piece, first: int, count: int
    ) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Bytes of `count` elements from the first on, without those that lie too far off, and the channel of each."""
        itemsize = tensor.kind.element.itemsize
        channels = np.broadcast_to(piece.channels(first, count), (count,))
        if side_by_side(piece.dims):
            return self._span(tensor, (piece.start + first) * itemsize, count * itemsize), channels
        places = piece.places(first, count)
        near = np.abs(places - places[0]) < _REACH
        if not near.all():
            places, channels = places[near], channels[near]
        low = int(places.min())
        span = self._span(tensor, low * itemsize, (int(places.max()) - low + 1) * itemsize)
        return span.view(f"V{itemsize}")[places - low].view(np.uint8), channels

    def _span(
        self, tensor: TensorInfo, begin: int, nbytes: int, room: NDArray[np.uint8] | None = None
    ) -> NDArray[np.uint8]:
        storage = self._storage(tensor, begin, nbytes)
        if storage.framing == "zip-deflated":
            return self._inflated.of(storage, self._packed)[begin : begin + nbytes]
        if storage.chunks is not None:
            return read_chunked(storage.chunks, begin, nbytes, self._files.read)
        return self._files.read(storage.file, self._first_byte(storage) + begin, nbytes, room)

    def byteorder(self, tensor: TensorInfo) -> Literal["little", "big"]:
        """Of the numbers in a tensor's storage."""
        return self._checkpoint.files[0 if tensor.storage is None else tensor.storage.file].byteorder

    def _storage(self, tensor: TensorInfo, begin: int, nbytes: int) -> Storage:
        """The storage of a tensor, if it has these bytes."""
        storage = tensor.storage
        problem = tensor.kind.problem
        # Numbers that share a byte are still bytes: `decode` refuses them.
        if storage is None or (problem is not None and problem != not_shown(tensor.kind.dtype)):
            raise CheckpointError("The values cannot be read", (problem or "they are not there").rstrip("."))
        if not 0 <= begin <= begin + nbytes <= storage.nbytes:
            raise CheckpointError("The values cannot be read", "they would lie outside their storage")
        return storage

    def _packed(self, storage: Storage) -> bytes:
        return self._files.read(storage.file, self._first_byte(storage), storage.stored_nbytes).tobytes()

    def _first_byte(self, storage: Storage) -> int:
        if self._last_begin is not None and self._last_begin[0] == storage.number:
            return self._last_begin[1]
        begin = first_byte(storage, lambda *place: self._files.read(storage.file, *place).tobytes())
        # The next block of the tensor lies behind the same header.
        self._last_begin = storage.number, begin
        return begin


@contextmanager
def open_values(checkpoint: Checkpoint) -> Iterator[Values]:
    """Open a checkpoint's file for reading values, and close it again; what is in memory is read from there.

    Raises:
        CheckpointError: It is gone, or no longer the file that was opened.
    """
    with closing(Values(checkpoint) if checkpoint.memory is None else checkpoint.memory.values(checkpoint)) as values:
        yield values


@contextmanager
def open_file_values(checkpoint: Checkpoint) -> Iterator[Values]:
    """As `open_values`; everything is read from the file.

    Raises:
        CheckpointError: As of `open_values`.
    """
    with closing(Values(checkpoint)) as values:
        yield values
