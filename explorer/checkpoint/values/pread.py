"""Reading at a place in an open file, on every system."""

import os
import sys


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
