"""The bytes of a storage as PyTorch would have them in memory: uncompressed, put together, in this computer's order."""

import sys
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.kinds import TensorKind
from explorer.checkpoint.storages import Storage
from explorer.checkpoint.values.chunk_values import read_chunked
from explorer.checkpoint.values.reading import PIECE, Values
from explorer.devices.errors import DeviceError


class StoredBytes(Values):
    """An open checkpoint, for reading whole storages."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        """Open the file, as `Values` does."""
        super().__init__(checkpoint)
        self._checkpoint = checkpoint

    def native_bytes(self, storage: Storage, words: int) -> Iterator[NDArray[np.uint8]]:
        """All bytes of a storage in pieces, all but the last of `PIECE` bytes or nearly so.

        Args:
            storage: Of the checkpoint.
            words: Bytes of a number in it, as of `word_size`.

        Raises:
            CheckpointError: They cannot be read, or are damaged.
        """
        swapped = self._checkpoint.files[storage.file].byteorder != sys.byteorder and words > 1
        left = np.empty(0, np.uint8)
        length = 0
        for piece in self._as_stored(storage):
            length += piece.size
            if length > storage.nbytes:
                break
            if swapped:
                # Decompressed pieces end anywhere.
                data = np.concatenate((left, piece)) if left.size else piece
                whole = data.size - data.size % words
                left = data[whole:]
                yield data[:whole].view(f"u{words}").byteswap().view(np.uint8)
            else:
                yield piece
        if length != storage.nbytes:
            raise CheckpointError("The values cannot be read", "they have another length than declared")
        if left.size:
            yield left

    def _as_stored(self, storage: Storage) -> Iterator[NDArray[np.uint8]]:
        if storage.chunks is None:
            yield from (np.frombuffer(piece, np.uint8) for piece in self.bytes_of(storage))
            return
        step = PIECE - PIECE % max(1, storage.chunks.itemsize)
        for begin in range(0, storage.nbytes, step):
            yield read_chunked(storage.chunks, begin, min(step, storage.nbytes - begin), self._files.read)


def word_size(kinds: set[TensorKind]) -> int:
    """Bytes of the numbers that tensors of these kinds keep in one storage: of complex ones, of either part.

    Raises:
        DeviceError: They differ, so that the order of the bytes cannot be turned round for all.
    """
    sizes = {kind.element.itemsize // (2 if kind.element.family == "complex" else 1) for kind in kinds}
    if len(sizes) > 1:
        raise DeviceError(
            "Its bytes are in another order than this computer's, and tensors of several sizes share them."
        )
    return next(iter(sizes), 1)
