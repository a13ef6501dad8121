"""Reading at a place in an open file, on every system."""

import os
import sys

from explorer.checkpoint.damage import AGAIN
from explorer.checkpoint.errors import CheckpointError


def read_up_to(descriptor: int, position: int, nbytes: int) -> bytes:
    """Read at `position`, once.

    Where the system can only seek and read, the file's position moves: then one thread alone may use the descriptor.

    Returns:
        At most `nbytes`; fewer at the end of the file, and where the system gives them in parts.
    """
    if sys.platform == "win32":
        return seek_and_read(descriptor, position, nbytes)
    else:  # noqa: RET505 - mypy skips what stands in a branch for another platform
        return os.pread(descriptor, nbytes, position)


def read_at(descriptor: int, position: int, nbytes: int) -> bytes:
    """Read exactly `nbytes` at `position`.

    Raises:
        CheckpointError: The file ends before.
    """
    parts = []
    while nbytes > 0:
        part = read_up_to(descriptor, position, min(nbytes, 1 << 26))
        if not part:
            raise CheckpointError("The file ends too early", f"bytes at {position:,} are missing", AGAIN)
        parts.append(part)
        position += len(part)
        nbytes -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def read_into(descriptor: int, position: int, view: memoryview) -> int:
    """Read at `position` into `view`, once; as `read_up_to`.

    Returns:
        How many bytes were read.
    """
    if sys.platform != "win32" and hasattr(os, "preadv"):
        return os.preadv(descriptor, [view], position)
    data = read_up_to(descriptor, position, len(view))
    view[: len(data)] = data
    return len(data)


def seek_and_read(descriptor: int, position: int, nbytes: int) -> bytes:
    """What `read_up_to` does where there is no pread: on Windows."""
    os.lseek(descriptor, position, os.SEEK_SET)
    return os.read(descriptor, nbytes)
