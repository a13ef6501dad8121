"""Statistics that were measured before, kept on disk until the file that they are about changes."""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from explorer import __version__
from explorer.analysis.measure.statistics import Statistics
from explorer.analysis.measure.statistics_file import FRAME_NBYTES, nbytes_of, read, write
from explorer.checkpoint.document import Checkpoint

MAX_FILE_NBYTES: Final = 256_000_000
"""Bytes of what is kept of one checkpoint: of the largest tensors, where that is not enough for all."""

MAX_NBYTES: Final = 1_000_000_000
"""Bytes in all; the oldest go first."""

_FORMAT: Final = 2
_SUFFIX: Final = ".statistics.npz"
_UNFINISHED: Final = ".statistics.tmp"


class Kept(NamedTuple):
    """What is kept, or was.

    Attributes:
        files: How many.
        nbytes: Bytes of all.
    """

    files: int
    nbytes: int


class StatisticsCache:
    """A folder with one file for each checkpoint. What cannot be written or read is as if it were not there."""

    def __init__(self, folder: Path, file_nbytes: int = MAX_FILE_NBYTES) -> None:
        """Use a folder, which is made when something is saved.

        Args:
            folder: Where it is.
            file_nbytes: Bytes of what is kept of one checkpoint.
        """
        self._folder = folder
        self._file_nbytes = file_nbytes

    def load(self, checkpoint: Checkpoint) -> dict[int, Statistics]:
        """Statistics that were saved of the same bytes at the same path; none where there are none.

        A file that is damaged or about other bytes is deleted.

        Returns:
            `TensorInfo.number` -> statistics; their arrays are read-only.
        """
        file = self._file(checkpoint)
        try:
            return read(file, _about(checkpoint), len(checkpoint.tensors), self._file_nbytes)
        except FileNotFoundError:
            return {}
        except Exception:  # noqa: BLE001 - zipfile and NumPy may raise anything over damaged bytes; all mean the same
            with suppress(OSError):
                file.unlink()
            return {}

    def save(self, checkpoint: Checkpoint, statistics: Mapping[int, Statistics]) -> None:
        """Keep statistics, beside those that were saved before of the same bytes.

        Args:
            checkpoint: What they are about.
            statistics: `TensorInfo.number` -> statistics.
        """
        if not statistics:
            return
        kept = _largest({**self.load(checkpoint), **statistics}, self._file_nbytes)
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor, unfinished = tempfile.mkstemp(_UNFINISHED, dir=self._folder)
            try:
                with os.fdopen(descriptor, "wb") as out:
                    write(out, kept, _about(checkpoint))
                Path(unfinished).replace(self._file(checkpoint))
            finally:
                Path(unfinished).unlink(missing_ok=True)
            self._make_room()

    def clear(self) -> Kept:
        """Delete everything that was saved; tells what was deleted."""
        deleted = []
        for _, nbytes, file in self._sizes():
            with suppress(OSError):
                file.unlink()
                deleted.append(nbytes)
        return Kept(len(deleted), sum(deleted))

    def kept(self) -> Kept:
        """Tell what is on the disk."""
        sizes = [nbytes for _, nbytes, _ in self._sizes()]
        return Kept(len(sizes), sum(sizes))

    def nbytes(self) -> int:
        """Bytes on the disk."""
        return self.kept().nbytes

    def _file(self, checkpoint: Checkpoint) -> Path:
        path = os.fsencode(checkpoint.files[0].path)
        return self._folder / (hashlib.sha256(path).hexdigest()[:32] + _SUFFIX)

    def _files(self) -> list[Path]:
        try:
            # What else lies in the folder is left alone.
            return [file for file in self._folder.iterdir() if file.name.endswith((_SUFFIX, _UNFINISHED))]
        except OSError:
            return []

    def _sizes(self) -> Iterator[tuple[int, int, Path]]:
        """When each file was written, its bytes, and where it is."""
        for file in self._files():
            with suppress(OSError):
                facts = file.stat()
                yield facts.st_mtime_ns, facts.st_size, file

    def _make_room(self) -> None:
        sizes = sorted(self._sizes())
        total = sum(nbytes for _, nbytes, _ in sizes)
        for _, nbytes, file in sizes:
            if total <= MAX_NBYTES:
                break
            with suppress(OSError):
                file.unlink()
                total -= nbytes


def _about(checkpoint: Checkpoint) -> bytes:
    """Which bytes the statistics are about, and which program counted the tensors."""
    bytes_read = [(str(file.path), *file.identity) for file in checkpoint.files]
    facts = (_FORMAT, __version__, bytes_read, len(checkpoint.tensors))
    return hashlib.sha256(json.dumps(facts).encode("ascii")).digest()


def _largest(statistics: Mapping[int, Statistics], most: int) -> dict[int, Statistics]:
    """As many as a file may hold: those that would take longest to measure again."""
    kept = {}
    left = most - FRAME_NBYTES
    for number, one in sorted(statistics.items(), key=lambda item: -item[1].count):
        left -= nbytes_of(one)
        if left < 0:
            break
        kept[number] = one
    return kept
