"""A run of a file's bytes that a new file takes over: the system copies it without handing it to the program."""

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

STRETCH: Final = 1 << 23
"""Bytes that are copied at once: between two of them a copy can be cancelled."""

_READ: Final = 1 << 20

_NOT_THERE: Final = (errno.ENOSYS, errno.EXDEV, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EPERM, errno.EBADF)
"""What systems say that do not copy between these two files."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A run of bytes.

    Attributes:
        descriptor: Of the file that it is in, which stays open.
        position: Of its first byte.
        nbytes: How many.
        read: Reads exactly so many bytes at a position. Raises `CheckpointError`.
    """

    descriptor: int
    position: int
    nbytes: int
    read: Callable[[int, int], NDArray[np.uint8]]

    def __len__(self) -> int:
        return self.nbytes

    def copy_to(self, descriptor: int) -> None:
        """Write it to where another file stands.

        Raises:
            CheckpointError: It cannot be read.
            OSError: It cannot be written.
        """
        done = self._copy(descriptor)
        while done < self.nbytes:
            view = self.read(self.position + done, min(_READ, self.nbytes - done)).data
            done += len(view)
            while view:
                view = view[os.write(descriptor, view) :]

    def _copy(self, descriptor: int) -> int:
        """Have the system copy; how many bytes it did, where it does not go on."""
        done = 0
        if not hasattr(os, "copy_file_range"):
            return done
        try:
            while done < self.nbytes:
                left = self.nbytes - done
                count = os.copy_file_range(self.descriptor, descriptor, left, self.position + done)
                if count == 0:
                    break
                done += count
        except OSError as error:
            if error.errno not in _NOT_THERE:
                raise
        return done
