"""The files that hold the tensors of a sharded checkpoint, opened by the names that its index gives."""

import os
from pathlib import Path
from typing import Final, NamedTuple

from explorer.checkpoint.damage import AGAIN
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.limits import MEMORY_LIMIT
from explorer.checkpoint.recognise import GIT_LFS, open_for_reading

MAX_NAMED: Final = 3
"""Shards that a sentence names."""

MAX_OPEN: Final = 64
"""Files that are open at once."""

NOT_THERE: Final = "it is not there"

_MAX_NAME: Final = 255


class Shard(NamedTuple):
    """A file that is open.

    Attributes:
        number: Its place in `Checkpoint.files`.
        descriptor: Of the open file; until the next one is asked for.
        nbytes: Its size.
    """

    number: int
    descriptor: int
    nbytes: int


class Shards:
    """Opens files in one folder, and nowhere else.

    A name is followed where it is a link, as that of any file: people link shards from one place to another, and
    reading is all that is done.

    Attributes:
        broken: What is wrong with shards, by their names.
    """

    def __init__(self, folder: str) -> None:
        """Look for shards in a folder."""
        self._folder = folder
        self._numbers: dict[str, int] = {}
        self._identities: list[tuple[int, int, int, int]] = []
        self._byteorders: list[str | None] = []
        self._open: dict[str, int] = {}
        self.broken: dict[str, CheckpointError] = {}

    def open(self, name: str) -> Shard:
        """Open a shard.

        Args:
            name: As the index writes it.

        Raises:
            CheckpointError: It is not there, no plain name, no file, or may not be read.
        """
        if name in self.broken and name not in self._numbers:
            raise self.broken[name]
        if name not in self._open:
            while len(self._open) >= MAX_OPEN:
                os.close(self._open.pop(next(iter(self._open))))
            try:
                self._open[name] = self._opened(name)
            except CheckpointError as error:
                self.broken[name] = error
                raise
        number = self._numbers[name]
        return Shard(number, self._open[name], self._identities[number - 1][2])

    def _opened(self, name: str) -> int:
        if not is_plain(name):
            raise CheckpointError("its name is not that of a file beside the index", verdict="unreadable")
        try:
            descriptor, facts = open_for_reading(str(Path(self._folder, name)))
        except CheckpointError as error:
            said = NOT_THERE if error.what == "The file does not exist" else as_clause(error)
            raise CheckpointError(said, verdict="unreadable") from None
        except ValueError:
            raise CheckpointError("its name is none that a file can have", verdict="unreadable") from None
        identity = (facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns)
        known = self._numbers.get(name)
        if known is None:
            self._identities.append(identity)
            self._byteorders.append(None)
            self._numbers[name] = len(self._identities)
        elif self._identities[known - 1] != identity:
            os.close(descriptor)
            raise CheckpointError("it changed while it was read", verdict="unreadable")
        return descriptor

    def agree_on_byteorder(self, number: int, byteorder: str) -> bool:
        """Note the order of bytes in a shard; tell whether it is that which was noted before."""
        known = self._byteorders[number - 1]
        self._byteorders[number - 1] = known or byteorder
        return known in (None, byteorder)

    def facts(self) -> list[tuple[str, tuple[int, int, int, int], str]]:
        """Path, identity and order of bytes of each that could be opened, as `Checkpoint.shards` needs them."""
        return [
            (str(Path(self._folder, name)), self._identities[number - 1], self._byteorders[number - 1] or "little")
            for name, number in self._numbers.items()
        ]

    def missing(self) -> list[str]:
        """Paths of those that are not there."""
        return [str(Path(self._folder, name)) for name, error in self.broken.items() if error.what == NOT_THERE]

    def damage(self, total: int) -> CheckpointError | None:
        """What is wrong with the checkpoint, where shards are broken.

        Args:
            total: Shards that the index names.
        """
        if not self.broken:
            return None
        count = len(self.broken)
        which = [f"{name[:80]!r}: {error.what}" for name, error in list(self.broken.items())[:MAX_NAMED]]
        more = f" and {count - MAX_NAMED:,} more" if count > MAX_NAMED else ""
        verb = "is" if count == 1 else "are"
        gone = sum(error.what == NOT_THERE for error in self.broken.values())
        how = "damaged" if not gone else "missing" if gone == count else "missing or damaged"
        what = f"{count:,} of {total:,} shards {verb} {how}"
        if how == "missing":
            which = [repr(name[:80]) for name in list(self.broken)[:MAX_NAMED]]
            return CheckpointError(what, ", ".join(which) + more, self._advice())
        return CheckpointError(what, "; ".join(which) + more, self._advice())

    def _advice(self) -> str:
        """What to do about those that are broken."""
        pointers = sum(error.advice == GIT_LFS for error in self.broken.values())
        others = len(self.broken) - pointers
        fetch = f"fetch {'it' if others == 1 else 'them'} into the folder of the others"
        if not pointers:
            return fetch
        return f"{GIT_LFS}, and fetch the others into the same folder" if others else GIT_LFS


def is_plain(name: str) -> bool:
    """Tell whether a name is that of a file in the same folder, on every system."""
    return 0 < len(name) <= _MAX_NAME and name not in (".", "..") and not any(mark in name for mark in "/\\:\0")


def as_checkpoint_error(error: Exception) -> CheckpointError:
    """Say what any exception means that was raised over a file."""
    if isinstance(error, CheckpointError):
        return error
    if isinstance(error, MemoryError):
        why = str(error) or f"reading it takes more than {MEMORY_LIMIT / 1e9:g} GB of memory"
        return CheckpointError("The file is too large to be read", why, verdict="limit")
    if isinstance(error, RecursionError):
        return CheckpointError("The file's pickle is damaged", "it is nested too deeply", verdict="limit")
    return CheckpointError("The file's pickle is damaged", str(error)[:200].rstrip("."), AGAIN)


def as_clause(error: CheckpointError) -> str:
    """What and why, to stand inside a sentence: ``the file is empty``."""
    said = f"{error.what}: {error.why}" if error.why else error.what
    return said[:1].lower() + said[1:]
