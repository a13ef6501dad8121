"""The files of an open checkpoint, while values are read: each opened when it is first asked for, and known again."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from explorer.checkpoint.document import FileIdentity, SourceFile
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.pread import read_into

MAX_OPEN: Final = 64
"""Files that are open at once; a system lets a process have a few hundred."""


class OpenFiles:
    """Reads the files of one checkpoint; of one worker, and not shared between threads.

    No mapping: a file that is cut while it is mapped would kill the process.
    """

    def __init__(self, files: Sequence[SourceFile]) -> None:
        """Open the first of them.

        Args:
            files: `Checkpoint.files`.

        Raises:
            CheckpointError: It is gone, or no longer the file that was opened.
        """
        self._files = files
        self._open: dict[int, int] = {}
        self.descriptor(0)

    def descriptor(self, number: int) -> int:
        """The descriptor of a file, which is opened when it is not.

        Args:
            number: Its place in `Checkpoint.files`.

        Raises:
            CheckpointError: It is gone, or no longer the file that was opened.
        """
        known = self._open.get(number)
        if known is not None:
            return known
        while len(self._open) >= MAX_OPEN:
            # The one that was opened first; what was read of it is sound only if it stayed the same.
            oldest = next(iter(self._open))
            try:
                self._check(oldest)
            finally:
                os.close(self._open.pop(oldest))
        try:
            flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
            self._open[number] = os.open(self._files[number].path, flags)
        except OSError as error:
            what = f"{self._name(number)} cannot be read any more"
            raise CheckpointError(what, _reason(error), "open it again", verdict="unreadable") from None
        try:
            self._check(number)
        except CheckpointError:
            os.close(self._open.pop(number))
            raise
        return self._open[number]

    def check(self) -> None:
        """See whether the files that are open are still those that were opened.

        Raises:
            CheckpointError: One is not.
        """
        for number in self._open:
            self._check(number)

    def read(self, number: int, position: int, nbytes: int, room: NDArray[np.uint8] | None = None) -> NDArray[np.uint8]:
        """Read exactly so many bytes.

        Args:
            number: Of the file, as its place in `Checkpoint.files`.
            position: Of the first.
            nbytes: How many.
            room: To read into, of at least so many bytes; None for an array of its own.

        Returns:
            uint8 [nbytes]; the beginning of `room`.

        Raises:
            CheckpointError: The file ends before, cannot be read, or is no longer the one that was opened.
        """
        descriptor = self.descriptor(number)
        buffer = np.empty(nbytes, np.uint8) if room is None else room[:nbytes]
        view = buffer.data
        done = 0
        while done < nbytes:
            try:
                count = read_into(descriptor, position + done, view[done:])
            except OSError as error:
                raise CheckpointError("The values cannot be read", _reason(error), verdict="unreadable") from None
            if count == 0:
                what = f"{self._name(number)} became shorter while it was read"
                raise CheckpointError(what, "", "open it again", verdict="unreadable")
            done += count
        return buffer

    def close(self) -> None:
        """Close all of them."""
        while self._open:
            os.close(self._open.popitem()[1])

    def _check(self, number: int) -> None:
        _compare(os.fstat(self._open[number]), self._files[number].identity, self._name(number))

    def _name(self, number: int) -> str:
        return _name(self._files, number)


def check_unchanged(files: Sequence[SourceFile]) -> None:
    """See whether each path still leads to the bytes that were read.

    Raises:
        CheckpointError: One does not.
    """
    for number, file in enumerate(files):
        name = _name(files, number)
        try:
            facts = Path(file.path).stat()
        except OSError as error:
            what = f"{name} cannot be read any more"
            raise CheckpointError(what, _reason(error), "open it again", verdict="unreadable") from None
        _compare(facts, file.identity, name)


def _compare(facts: os.stat_result, identity: FileIdentity, name: str) -> None:
    now = FileIdentity(facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns)
    if now != identity:
        why = "it became shorter" if now.nbytes < identity.nbytes else "another program wrote to it"
        raise CheckpointError(f"{name} changed since it was opened", why, "open it again", verdict="unreadable")


def _name(files: Sequence[SourceFile], number: int) -> str:
    """What a file is called in a sentence; one that is alone needs no name."""
    return "The file" if len(files) == 1 else f"The file {files[number].path.name!r}"


def _reason(error: OSError) -> str:
    return (error.strerror or "unknown error").lower()
