"""How statistics lie in a file: as arrays, each in a record of a zip archive, and nothing in them is believed."""

import struct
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from explorer.analysis.measure.numbers import Array
from explorer.analysis.measure.packed_buckets import DTYPES, Form, Packed, unpack_all
from explorer.analysis.measure.statistics import Statistics

_COUNTS: Final = tuple(np.dtype(f"u{nbytes}") for nbytes in (1, 2, 4, 8))
_LARGEST_CELL: Final = 32_640

_LAYOUT: Final[dict[str, tuple[np.dtype[Any], int]]] = {
    # dtype and dimensions; n tensors
    "about": (np.dtype(np.uint8), 1),
    "numbers": (np.dtype(np.int64), 1),  # [n]
    "tallies": (np.dtype(np.int64), 2),  # [5, n]: count, zeros, nan, posinf, neginf
    "l2": (np.dtype(np.float64), 1),  # [n]
    "types": (np.dtype(np.uint8), 2),  # [4, n]: of min, max, mean, std
    "bits": (np.dtype(np.uint64), 2),  # [4, n]: likewise
    "forms": (np.dtype(np.uint8), 2),  # [2, n]: of the places, and which dtype the counts have
    "sizes": (np.dtype(np.int64), 1),  # [n]: how many buckets
    # The places of all tensors of each form, and the counts of each dtype, one tensor's behind the other's.
    **{f"places{form:d}": (dtype, 2 if form == Form.ENDS else 1) for form, dtype in DTYPES.items()},
    **{f"counts{place}": (dtype, 1) for place, dtype in enumerate(_COUNTS)},
}

_TENSOR_NBYTES: Final = 8 + 5 * 8 + 8 + 4 + 4 * 8 + 2 + 8
FRAME_NBYTES: Final = 64 << 10
"""Room for the zip archive around the arrays, and for the path."""

_NONE, _FLOAT, _INT, _UNSIGNED = range(4)
"""What the 64 bits of a number stand for."""

_Arrays = dict[str, NDArray[Any]]


def nbytes_of(one: Statistics) -> int:
    """Bytes that the statistics of a tensor take in a file."""
    return _TENSOR_NBYTES + one.packed.places.nbytes + one.packed.counts.nbytes


def write(out: BinaryIO, statistics: Mapping[int, Statistics], about: bytes) -> None:
    """Write statistics.

    Args:
        out: Where to.
        statistics: Some, by the tensor's number.
        about: What `read` is to find again.

    Raises:
        OSError: It cannot be written.
    """
    arrays = _arrays(statistics) | {"about": np.frombuffer(about, np.uint8)}
    # As numpy.savez, which would take the arrays' names for options.
    with zipfile.ZipFile(out, "w") as archive:
        for name in _LAYOUT:
            with archive.open(f"{name}.npy", "w", force_zip64=True) as record:
                np.lib.format.write_array(record, arrays[name], allow_pickle=False)


def read(file: Path, about: bytes, tensors: int, most: int) -> dict[int, Statistics]:
    """Read statistics.

    Args:
        file: What `write` wrote.
        about: As for it.
        tensors: How many there are.
        most: Bytes that the file may have.

    Returns:
        `TensorInfo.number` -> statistics; their arrays are read-only.

    Raises:
        OSError: The file is not there, or cannot be read.
        ValueError: It is something else, about something else, or the figures contradict each other. Over damaged
            bytes zipfile and NumPy may raise anything.
    """
    return _statistics(_read(file, about, most), tensors)


def _arrays(statistics: Mapping[int, Statistics]) -> _Arrays:
    parts = statistics.values()
    packed = [one.packed for one in parts]
    tallies = [[one.count, one.zeros, one.nan, one.posinf, one.neginf] for one in parts]
    fields = ([getattr(one, name) for one in parts] for name in ("min", "max", "mean", "std"))
    types, bits = zip(*map(_as_bits, fields), strict=True)
    forms = [[int(each.form) for each in packed], [_COUNTS.index(each.counts.dtype) for each in packed]]
    return {
        "numbers": np.array(list(statistics), np.int64),
        "tallies": np.array(tallies, np.int64).T,
        "l2": np.array([one.l2 for one in parts], np.float64),
        "types": np.stack(types),
        "bits": np.stack(bits),
        "forms": np.array(forms, np.uint8),
        "sizes": np.array([each.counts.size for each in packed], np.int64),
        **{
            f"places{form:d}": _joined([each.places for each in packed if each.form == form], f"places{form:d}")
            for form in Form
        },
        **{
            f"counts{place}": _joined([each.counts for each in packed if each.counts.dtype == dtype], f"counts{place}")
            for place, dtype in enumerate(_COUNTS)
        },
    }


def _joined(arrays: Sequence[Array], name: str) -> Array:
    dtype, dimensions = _LAYOUT[name]
    nothing = np.empty((2,) * (dimensions - 1) + (0,), dtype)
    return np.concatenate([nothing, *arrays], axis=-1)


def _as_bits(numbers: Iterable[float | int | None]) -> tuple[NDArray[np.uint8], NDArray[np.uint64]]:
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


def _of_bits(types: NDArray[np.uint8], bits: NDArray[np.uint64]) -> list[Any]:
    kinds = (types.tolist(), bits.view(np.float64).tolist(), bits.view(np.int64).tolist(), bits.tolist())
    return [(None, *values)[kind] for kind, *values in zip(*kinds, strict=True)]


def _read(file: Path, about: bytes, most: int) -> _Arrays:
    """The arrays, if they are about that.

    Raises:
        OSError: The file is not there, or cannot be read.
        ValueError: It is not what `write` wrote, or about something else.
    """
    if file.stat().st_size > most:
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
    if not _agree(arrays, tensors):
        msg = "the figures contradict each other"
        raise ValueError(msg)
    count, *tallies = arrays["tallies"].tolist()
    figures = map(_of_bits, arrays["types"], arrays["bits"])
    columns = (count, *figures, arrays["l2"].tolist(), *tallies, _packed(arrays))
    found = {number: Statistics(*row) for number, *row in zip(arrays["numbers"].tolist(), *columns, strict=True)}
    if not _buckets_agree(list(found.values())):
        msg = "the buckets contradict the figures"
        raise ValueError(msg)
    return found


def _packed(arrays: _Arrays) -> Iterator[Packed]:
    """The buckets of each tensor."""
    forms, widths = arrays["forms"]
    places = _cut([arrays[f"places{form:d}"] for form in Form], forms, arrays["sizes"])
    counts = _cut([arrays[f"counts{place}"] for place in range(len(_COUNTS))], widths, arrays["sizes"])
    kinds = map(Form, forms.tolist())
    return map(Packed, kinds, places, counts)


def _cut(joined: Sequence[Array], forms: NDArray[np.uint8], sizes: NDArray[np.int64]) -> Iterator[Array]:
    """What `_joined` put together."""
    rest = [0] * len(joined)
    for form, size in zip(forms.tolist(), sizes.tolist(), strict=True):
        first = rest[form]
        rest[form] = first + size
        yield joined[form][..., first : first + size]


def _agree(arrays: _Arrays, tensors: int) -> bool:
    numbers, tallies, types, forms, sizes = (arrays[name] for name in ("numbers", "tallies", "types", "forms", "sizes"))
    n = numbers.size
    shapes = (tallies.shape, types.shape, arrays["bits"].shape, arrays["l2"].shape, forms.shape, sizes.shape)
    if shapes != ((5, n), (4, n), (4, n), (n,), (2, n), (n,)):
        return False
    if np.any(numbers < 0) or np.any(numbers >= tensors) or np.unique(numbers).size != n:
        return False
    if np.any(forms[0] >= len(Form)) or np.any(forms[1] >= len(_COUNTS)) or np.any(sizes < 0):
        return False
    for row, name, of in ((0, "places", len(Form)), (1, "counts", len(_COUNTS))):
        for form in range(of):
            # Not with NumPy, whose sum goes round at 2**63.
            if arrays[f"{name}{form}"].shape[-1] != sum(sizes[forms[row] == form].tolist()):
                return False
    if arrays[f"places{Form.ENDS:d}"].shape[0] != 2:
        return False
    floats = np.where(types == _FLOAT, arrays["bits"].view(np.float64), 0.0)
    finite = tallies[0] - tallies[2:].sum(axis=0)
    return bool(
        np.all(tallies >= 0)
        and np.all((types == _NONE) == (finite == 0))
        and np.all(types <= _UNSIGNED)
        and np.all(types[2:] <= _FLOAT)
        and not np.isnan(floats).any()
        and np.isfinite(floats[:2]).all()
        and np.all(np.abs(arrays[f"places{Form.CELL:d}"].astype(np.int64)) <= _LARGEST_CELL)
    )


def _buckets_agree(parts: Sequence[Statistics]) -> bool:
    """The buckets are those of so many finite values."""
    lows, highs, counts = unpack_all([one.part for one in parts])
    before = np.concatenate([[0], np.cumsum(counts)])
    ends = np.cumsum([0, *(one.packed.counts.size for one in parts)])
    return bool(
        np.isfinite(lows).all()
        and np.isfinite(highs).all()
        and np.all(lows <= highs)
        and np.all(counts > 0)
        and (before[ends[1:]] - before[ends[:-1]]).tolist() == [one.finite for one in parts]
        and all(one.min is None or one.max is None or one.min <= one.max for one in parts)
    )
