"""Reads the next bytes of a storage on a thread of its own, while those that came are summed up and sent on."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, wait
from functools import partial
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray


class ReadingAhead:
    """Fills one room after the other; one is being filled at a time. Left with an error, it stops after a piece."""

    def __init__(self, pieces: Iterator[NDArray[np.uint8]], most: int, thread: Executor | None) -> None:
        """Begin with nothing.

        Args:
            pieces: The bytes: uint8 arrays, each much shorter than `most`. Nobody else reads them meanwhile.
            most: A room is full before it has more bytes than this.
            thread: Where they are read; None for where they are waited for, which is faster for a few bytes.
        """
        self._pieces = pieces
        self._most = most
        self._thread = thread
        self._left: NDArray[np.uint8] | None = None
        self._future: Future[int] | None = None
        self._filled: Callable[[], int] | None = None
        self._stopped = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self._stopped = True
        if self._future is not None:
            # Whoever closes the file or frees the room is to find nobody there.
            wait([self._future])

    def begin(self, room: NDArray[np.uint8]) -> None:
        """Begin to fill this: uint8 of `most` bytes, or as many as are left."""
        if self._thread is None:
            self._filled = partial(self._fill, room)
        else:
            self._future = self._thread.submit(self._fill, room)
            self._filled = self._future.result

    def filled(self) -> int:
        """Wait for it.

        Returns:
            How many bytes came; 0 when there are no more.

        Raises:
            CheckpointError: They cannot be read.
        """
        return 0 if self._filled is None else self._filled()

    def _fill(self, room: NDArray[np.uint8]) -> int:
        done = 0
        while not self._stopped:
            piece = next(self._pieces, None) if self._left is None else self._left
            if piece is None or done + piece.size > self._most:
                self._left = piece
                break
            self._left = None
            room[done : done + piece.size] = piece
            done += piece.size
        return done
