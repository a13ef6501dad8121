"""The bytes of a planned record: read from the source in blocks, and cast on the way where they are."""

from collections.abc import Iterable, Iterator
from functools import partial
from types import TracebackType
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.framing import first_byte, inflated_pieces
from explorer.checkpoint.storages import Storage
from explorer.checkpoint.values.chunk_values import read_chunked
from explorer.checkpoint.values.open_files import OpenFiles
from explorer.checkpoint.values.reading import open_file_values
from explorer.checkpoint.writing.casting import Caster
from explorer.checkpoint.writing.plan import PlannedRecord
from explorer.checkpoint.writing.stretch import STRETCH, Stretch

BLOCK: Final = 1 << 20
"""Bytes that are read at once."""

_NOT_AS_THEY_ARE: Final = ("zip-deflated", "chunks")

Bytes = NDArray[np.uint8]


class Content:
    """Reads what planned records are made of; of one thread."""

    def __init__(self, checkpoint: Checkpoint, caster: Caster | None = None) -> None:
        """Open the source.

        Args:
            checkpoint: It.
            caster: Casts, where that is to be done.

        Raises:
            CheckpointError: It is gone, or no longer the file that was opened.
        """
        self._checkpoint = checkpoint
        self._caster = caster
        self._files = OpenFiles(checkpoint.files)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self._files.close()

    def check_unchanged(self) -> None:
        """Make sure that the source is still what was opened.

        Raises:
            CheckpointError: It is not.
        """
        self._files.check()

    def blocks(self, record: PlannedRecord) -> Iterator[Bytes]:
        """The bytes of a record in the new file, at most `BLOCK` of the source at once.

        Raises:
            CheckpointError: They cannot be read, or the source changed.
        """
        if record.data is not None:
            data = np.frombuffer(record.data, np.uint8)
            return (data[at : at + BLOCK] for at in range(0, len(data), BLOCK))
        assert record.source is not None  # noqa: S101 - it has one or the other
        if record.tensor >= 0:
            blocks = self._in_order(record.tensor)
        else:
            blocks = self._source_blocks(record.source, record.begin, record.nbytes)
        if record.cast is None or self._caster is None:
            return blocks
        return map(partial(self._caster.cast, cast=record.cast), blocks)

    def pieces(self, record: PlannedRecord, *, copied: bool) -> Iterator[memoryview | Stretch]:
        """The same bytes to be written: where they stand so in a file, as stretches of it.

        Args:
            record: As for `blocks`.
            copied: Whoever writes them need not see them.

        Raises:
            CheckpointError: As of `blocks`.
        """
        storage = record.source
        changed = record.cast is not None or record.tensor >= 0
        if not copied or storage is None or changed or record.nbytes < STRETCH or storage.framing in _NOT_AS_THEY_ARE:
            yield from (block.data for block in self.blocks(record))
            return
        first, read = self.first_byte(storage) + record.begin, partial(self._files.read, storage.file)
        for at in range(0, record.nbytes, STRETCH):
            descriptor = self._files.descriptor(storage.file)
            yield Stretch(descriptor, first + at, min(STRETCH, record.nbytes - at), read)

    def _in_order(self, number: int) -> Iterator[Bytes]:
        """The bytes of a tensor in the order of its indices, of which what it spans is held in memory."""
        with open_file_values(self._checkpoint) as values:
            yield from values.ordered_bytes(self._checkpoint.tensors[number], BLOCK)

    def _source_blocks(self, storage: Storage, begin: int, nbytes: int) -> Iterator[Bytes]:
        if storage.framing == "zip-deflated":
            yield from _cut(self._inflated(storage), begin, nbytes)
            return
        ends = range(0, nbytes, BLOCK)
        if storage.chunks is not None:
            for at in ends:
                yield read_chunked(storage.chunks, begin + at, min(BLOCK, nbytes - at), self._files.read)
            return
        first = self.first_byte(storage) + begin
        for at in ends:
            yield self.read(storage, first + at, min(BLOCK, nbytes - at))

    def _inflated(self, storage: Storage) -> Iterator[bytes]:
        first = self.first_byte(storage)
        packed = (
            self._files.read(storage.file, first + at, min(BLOCK, storage.stored_nbytes - at)).data
            for at in range(0, storage.stored_nbytes, BLOCK)
        )
        return inflated_pieces(packed, storage.nbytes, BLOCK)

    def read(self, storage: Storage, position: int, nbytes: int) -> Bytes:
        """Read exactly so many bytes of the file that a storage lies in.

        Raises:
            CheckpointError: It ends before, cannot be read, or changed.
        """
        return self._files.read(storage.file, position, nbytes)

    def first_byte(self, storage: Storage) -> int:
        """Where the bytes of a storage begin in its file.

        Raises:
            CheckpointError: They are not there.
        """
        return first_byte(storage, lambda *place: self._files.read(storage.file, *place).tobytes())


def _cut(pieces: Iterable[bytes], begin: int, nbytes: int) -> Iterator[Bytes]:
    """A run of bytes out of pieces of any length, in blocks of one."""
    waiting = b""
    for piece in pieces:
        if begin >= len(piece):
            begin -= len(piece)
            continue
        waiting += piece[begin : begin + nbytes]
        nbytes -= min(nbytes, len(piece) - begin)
        begin = 0
        while len(waiting) >= BLOCK:
            yield np.frombuffer(waiting[:BLOCK], np.uint8)
            waiting = waiting[BLOCK:]
    if waiting:
        yield np.frombuffer(waiting, np.uint8)
