"""The layout of torch.save before 1.6: five pickles, then the storages one after the other.

Format: ``_legacy_save`` and ``_legacy_load`` in ``torch/serialization.py``. After the pickles (magic number, protocol
1001, system facts, object, list of storage keys) each storage follows in the order of the list as an int64 count of
elements and the elements themselves, both little-endian.
"""

from typing import Any, BinaryIO, Final, NamedTuple

from explorer.checkpoint.containers.found import Found
from explorer.checkpoint.dtypes import DTYPES, STORAGE_CLASSES
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.pickles import InertUnpickler, Named
from explorer.checkpoint.rebuild import Record

MAGIC: Final = 0x1950A86A20F9469CFC6C
PROTOCOL: Final = 1001
_COUNT_BYTES: Final = 8


class _Sized(NamedTuple):
    nbytes: int
    problem: str | None


class _LegacyUnpickler(InertUnpickler):
    """Also notes how large each storage is said to be, which only the persistent ids tell."""

    def __init__(self, stream: BinaryIO, names: dict[str, None], sizes: dict[object, _Sized]) -> None:
        super().__init__(stream, names)
        self._sizes = sizes

    def persistent_load(self, pid: object, /) -> object:
        if type(pid) is tuple and len(pid) >= 5 and pid[0] == "storage" and pid[2] not in self._sizes:
            self._sizes[pid[2]] = _declared(pid)
        return super().persistent_load(pid)


def _declared(pid: tuple[Any, ...]) -> _Sized:
    named, elements = pid[1], pid[4]
    dtype = STORAGE_CLASSES.get(named.qualname) if isinstance(named, Named) else None
    if dtype is None or type(elements) is not int or elements < 0:
        return _Sized(0, "The file says of its storage neither what it holds nor how much.")
    return _Sized(elements * DTYPES[dtype].itemsize, None)


def open_legacy(stream: BinaryIO, file_nbytes: int, names: dict[str, None]) -> Found:
    """Read the five pickles and work out where each storage lies.

    Args:
        stream: The file, at its start.
        file_nbytes: Its size.
        names: Takes every name the pickles ask for, also when reading fails.

    Raises:
        CheckpointError: It is no such file, or its pickles are damaged.
    """
    sizes: dict[object, _Sized] = {}
    if InertUnpickler(stream, names).load() != MAGIC:
        raise CheckpointError("This is a pickle, but not a PyTorch checkpoint", "PyTorch's magic number is missing")
    protocol = InertUnpickler(stream, names).load()
    if protocol != PROTOCOL:
        raise CheckpointError("The file's protocol number is unknown", f"it is {str(protocol)[:40]}, not {PROTOCOL}")
    InertUnpickler(stream, names).load()
    root = _LegacyUnpickler(stream, names, sizes).load()
    keys = InertUnpickler(stream, names).load()
    if not isinstance(keys, list):
        raise CheckpointError("The file's list of storages is damaged", "it is no list")
    records, warnings = _records(keys, sizes, stream.tell(), file_nbytes)
    return Found("legacy", root, records.get, names, warnings)


def _records(
    keys: list[Any], sizes: dict[object, _Sized], position: int, file_nbytes: int
) -> tuple[dict[object, Record], list[str]]:
    records: dict[object, Record] = {}
    warnings: list[str] = []
    lost = False
    for key in keys:
        size = sizes.get(key)
        if size is None or size.problem is not None:
            # Nothing tells its length, so that nothing behind it can be found either.
            lost = True
        if lost or size is None:
            continue
        position += _COUNT_BYTES
        problem = None
        if position + size.nbytes > file_nbytes:
            problem = f"The file is cut: its bytes should end at {position + size.nbytes:,} of {file_nbytes:,}."
        name = key if isinstance(key, str) else ""
        records[key] = Record(name, position, size.nbytes, size.nbytes, "raw", problem)
        position += size.nbytes
    if position > file_nbytes:
        warnings.append(f"The file is cut: {position - file_nbytes:,} bytes of {position:,} are missing at its end.")
    elif position < file_nbytes and not lost:
        warnings.append(f"{file_nbytes - position:,} bytes follow the last storage; they were not looked at.")
    if lost:
        warnings.append("A storage of unknown length stands in the file; what follows it cannot be located.")
    return records, warnings
