"""The last compressed storage that was read, inflated: its next block, or its next view, lies in it too."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.framing import inflated
from explorer.checkpoint.storages import Storage

MAX_INFLATED: Final = 256_000_000
"""Bytes of a compressed storage that are held in memory at once; PyTorch itself never compresses."""


class LastInflated:
    """Holds one storage."""

    def __init__(self) -> None:
        """Hold none."""
        self._held: tuple[int, NDArray[np.uint8]] | None = None

    def of(self, storage: Storage, packed: Callable[[Storage], bytes]) -> NDArray[np.uint8]:
        """The bytes of a storage, uint8[nbytes].

        Args:
            storage: A compressed one.
            packed: Reads its bytes as they are stored.

        Raises:
            CheckpointError: It is too large, or its bytes are damaged.
        """
        if self._held is not None and self._held[0] == storage.number:
            return self._held[1]
        longest = max(storage.nbytes, storage.stored_nbytes)
        if longest > MAX_INFLATED:
            raise CheckpointError("The values are not read", f"they are compressed and {longest:,} bytes long")
        data = np.frombuffer(inflated(packed(storage), storage.nbytes), np.uint8)
        self._held = storage.number, data
        return data
