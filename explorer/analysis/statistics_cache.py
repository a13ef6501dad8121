"""Statistics that were measured before, kept on disk until the file that they are about changes."""

import hashlib
import json
import os
import struct
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from explorer import __version__
from explorer.analysis.statistics import Statistics
from explorer.checkpoint.document import Checkpoint

MAX_FILE_NBYTES: Final = 64_000_000
"""Bytes of what is kept of one checkpoint: of the largest tensors, where that is not enough for all."""

MAX_NBYTES: Final = 512_000_000
"""Bytes in all; the oldest go first."""

_FORMAT: Final = 1
_SUFFIX: Final = ".statistics.npz"
_UNFINISHED: Final = ".statistics.tmp"

_LAYOUT: Final[dict[str, tuple[type[np.generic], int]]] = {
    # dtype and dimensions; n tensors, and m buckets of all of them one behind the other
    "about": (np.uint8, 1),
    "numbers": (np.int64, 1),  # [n]
    "tallies": (np.int64, 2),  # [5, n]: count, zeros, nan, posinf, neginf
    "l2": (np.float64, 1),  # [n]
    "types": (np.uint8, 2),  # [4, n]: of min, max, mean, std
    "bits": (np.uint64, 2),  # [4, n]: likewise
    "offsets": (np.int64, 1),  # [n + 1]: where the buckets of each begin
    "lows": (np.float64, 1),  # [m]
    "highs": (np.float64, 1),  # [m]
    "counts": (np.int64, 1),  # [m]
}

_TENSOR_NBYTES: Final = 8 + 5 * 8 + 8 + 4 + 4 * 8 + 8
_BUCKET_NBYTES: Final = 3 * 8
_FRAME_NBYTES: Final = 64 << 10
"""Room for the zip archive around the arrays, and for the path."""

_NONE, _FLOAT, _INT, _UNSIGNED = range(4)
"""What the 64 bits of a number stand for."""

_Arrays = dict[str, NDArray[Any]]


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

    def __init__(self, folder: Path) -> None:
        """Use a folder, which is made when something is saved."""
        self._folder = folder

    def load(self, checkpoint: Checkpoint) -> dict[int, Statistics]:
        """Statistics that were saved of the same bytes at the same path; none where there are none.

        A file that is damaged or about other bytes is deleted.

        Returns:
            `TensorInfo.number` -> statistics; their arrays are read-only.
        """
        file = self._file(checkpoint)
        try:
            return _statistics(_read(file, _about(checkpoint)), len(checkpoint.tensors))
        except FileNotFoundError:
            return {}
        except Exception:  # noqa: BLE001 - zipfile and NumPy may raise anything over damaged bytes; all mean the same
            with suppress(OSError):
                file.unlink()
            return {}

    def save(self, checkpoint: Checkpoint, statistics: Mapping[int, Statistics]) -> None:
        """Keep statistics in place of those saved before.

        Args:
            checkpoint: What they are about.
            statistics: `TensorInfo.number` -> statistics.
        """
        kept = _largest(statistics)
        if not kept:
            return
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor, unfinished = tempfile.mkstemp(_UNFINISHED, dir=self._folder)
            try:
                with os.fdopen(descriptor, "wb") as out:
                    _write(out, _arrays(kept) | {"about": np.frombuffer(_about(checkpoint), np.uint8)})
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


def _largest(statistics: Mapping[int, Statistics]) -> dict[int, Statistics]:
    """As many as a file may hold: those that would take longest to measure again."""
    kept = {}
    left = MAX_FILE_NBYTES - _FRAME_NBYTES
    for number, one in sorted(statistics.items(), key=lambda item: -item[1].count):
        left -= _TENSOR_NBYTES + one.counts.size * _BUCKET_NBYTES
        if left < 0:
            break
        kept[number] = one
    return kept


def _arrays(statistics: Mapping[int, Statistics]) -> _Arrays:
    parts = statistics.values()
    tallies = [[one.count, one.zeros, one.nan, one.posinf, one.neginf] for one in parts]
    fields = ([getattr(one, name) for one in parts] for name in ("min", "max", "mean", "std"))
    types, bits = zip(*map(_packed, fields), strict=True)
    offsets = np.zeros(len(statistics) + 1, np.int64)
    np.cumsum([one.counts.size for one in parts], out=offsets[1:])
    return {
        "numbers": np.array(list(statistics), np.int64),
        "tallies": np.array(tallies, np.int64).T,
        "l2": np.array([one.l2 for one in parts], np.float64),
        "types": np.stack(types),
        "bits": np.stack(bits),
        "offsets": offsets,
        "lows": np.concatenate([one.lows for one in parts]),
        "highs": np.concatenate([one.highs for one in parts]),
        "counts": np.concatenate([one.counts for one in parts]),
    }


def _packed(numbers: Iterable[float | int | None]) -> tuple[NDArray[np.uint8], NDArray[np.uint64]]:
    """Each number as 64 bits, and what they stand for: a float64 cannot hold every integer."""
    types = bytearray()
    bits = bytearray()
    for number in numbers:
        if number is None:
            types.append(_NONE)
            bits += bytes(8)
        elif isinstance(number, float):
            types.append(_FLOAT)
            bits += struct.pack("=d", number)
        elif number < 0:
            types.append(_INT)
            bits += struct.pack("=q", number)
        else:
            types.append(_UNSIGNED)
            bits += struct.pack("=Q", number)
    return np.frombuffer(types, np.uint8), np.frombuffer(bits, np.uint64)


def _unpacked(types: NDArray[np.uint8], bits: NDArray[np.uint64]) -> list[Any]:
    kinds = (types.tolist(), bits.view(np.float64).tolist(), bits.view(np.int64).tolist(), bits.tolist())
    return [(None, *values)[kind] for kind, *values in zip(*kinds, strict=True)]


def _write(out: Any, arrays: _Arrays) -> None:  # noqa: ANN401 - zipfile's own type for files is private
    # As numpy.savez, which would take the arrays' names for options.
    with zipfile.ZipFile(out, "w") as archive:
        for name in _LAYOUT:
            with archive.open(f"{name}.npy", "w", force_zip64=True) as record:
                np.lib.format.write_array(record, arrays[name], allow_pickle=False)


def _read(file: Path, about: bytes) -> _Arrays:
    """The arrays, if they are about that.

    Raises:
        OSError: The file is not there, or cannot be read.
        ValueError: It is not what `_write` wrote, or about something else.
    """
    if file.stat().st_size > MAX_FILE_NBYTES:
        msg = "larger than what is written"
        raise ValueError(msg)
    with zipfile.ZipFile(file) as archive:
        records = archive.infolist()
        if [record.filename for record in records] != [f"{name}.npy" for name in _LAYOUT]:
            msg = "other records than were written"
            raise ValueError(msg)
        # Nothing is compressed, so nothing can become larger than the file.
        if any(record.compress_type != zipfile.ZIP_STORED for record in records):
            msg = "it is compressed"
            raise ValueError(msg)
        arrays = {}
        for name, (dtype, dimensions) in _LAYOUT.items():
            with archive.open(f"{name}.npy") as record:
                array = np.lib.format.read_array(record, allow_pickle=False)
            if array.dtype != dtype or array.ndim != dimensions:
                msg = f"other {name} than were written"
                raise ValueError(msg)
            if name == "about" and array.tobytes() != about:
                msg = "about other bytes"
                raise ValueError(msg)
            array.setflags(write=False)
            arrays[name] = array
        return arrays


def _statistics(arrays: _Arrays, tensors: int) -> dict[int, Statistics]:
    """Make the statistics.

    Raises:
        ValueError: The figures contradict each other.
    """
    if not _agree(arrays, tensors):
        msg = "the figures contradict each other"
        raise ValueError(msg)
    lows, highs, counts = arrays["lows"], arrays["highs"], arrays["counts"]
    offsets = arrays["offsets"].tolist()
    places = [slice(*ends) for ends in pairwise(offsets)]
    figures = map(_unpacked, arrays["types"], arrays["bits"])
    columns = (arrays["numbers"].tolist(), places, arrays["l2"].tolist(), *arrays["tallies"].tolist(), *figures)
    return {
        number: Statistics(
            count=count,
            min=low,
            max=high,
            mean=mean,
            std=std,
            l2=l2,
            zeros=zeros,
            nan=nan,
            posinf=posinf,
            neginf=neginf,
            lows=lows[place],
            highs=highs[place],
            counts=counts[place],
        )
        for number, place, l2, count, zeros, nan, posinf, neginf, low, high, mean, std in zip(*columns, strict=True)
    }


def _agree(arrays: _Arrays, tensors: int) -> bool:
    numbers, tallies, types, offsets = (arrays[name] for name in ("numbers", "tallies", "types", "offsets"))
    lows, highs, counts = arrays["lows"], arrays["highs"], arrays["counts"]
    n, m = numbers.size, counts.size
    shapes = (tallies.shape, types.shape, arrays["bits"].shape, arrays["l2"].shape, offsets.shape)
    if shapes != ((5, n), (4, n), (4, n), (n,), (n + 1,)) or lows.size != m or highs.size != m:
        return False
    if np.any(numbers < 0) or np.any(numbers >= tensors) or np.unique(numbers).size != n:
        return False
    if offsets[0] != 0 or offsets[-1] != m or np.any(np.diff(offsets) < 0):
        return False
    if not (np.isfinite(lows).all() and np.isfinite(highs).all() and np.all(lows <= highs) and np.all(counts > 0)):
        return False
    floats = np.where(types == _FLOAT, arrays["bits"].view(np.float64), 0.0)
    finite = tallies[0] - tallies[2:].sum(axis=0)
    before = np.concatenate([[0], np.cumsum(counts)])
    return bool(
        np.all(tallies >= 0)
        and np.all(before[offsets[1:]] - before[offsets[:-1]] == finite)
        and np.all((types == _NONE) == (finite == 0))
        and np.all(types <= _UNSIGNED)
        and np.all(types[2:] <= _FLOAT)
        and not np.isnan(floats).any()
        and np.isfinite(floats[:2]).all()
    )
