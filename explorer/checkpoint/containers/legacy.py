"""The layout of torch.save before 1.6: five pickles, then the storages one after the other.

Format: ``_legacy_save`` and ``_legacy_load`` in ``torch/serialization.py``. After the pickles (magic number, protocol
1001, system facts, object, list of storage keys) each storage follows in the order of the list as an int64 count of
elements and the elements themselves, both little-endian.
"""

from typing import Any, BinaryIO, Final

from explorer.checkpoint.containers.found import Found
from explorer.checkpoint.dtypes import DTYPES, STORAGE_CLASSES
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.pickles import InertUnpickler, Named, StorageId
from explorer.checkpoint.rebuild import Record

MAGIC: Final = 0x1950A86A20F9469CFC6C
PROTOCOL: Final = 1001
_COUNT_BYTES: Final = 8


class _LegacyUnpickler(InertUnpickler):
    """Also notes the first id of each storage: only the ids tell how large it is said to be."""

    def __init__(self, stream: BinaryIO, names: dict[str, None], ids: dict[object, StorageId]) -> None:
        super().__init__(stream, names)
        self._ids = ids

    def persistent_load(self, pid: object, /) -> object:
        if type(pid) is tuple and len(pid) >= 5 and pid[0] == "storage":
            made = StorageId(pid)
            self._ids.setdefault(pid[2], made)
            return made
        return super().persistent_load(pid)


def _declared_nbytes(named: object, elements: object) -> int | None:
    """Bytes of a storage of that class with so many elements; None where that makes no sense."""
    dtype = STORAGE_CLASSES.get(named.qualname) if isinstance(named, Named) else None
    if dtype is None or type(elements) is not int or elements < 0:
        return None
    return elements * DTYPES[dtype].itemsize


def open_legacy(stream: BinaryIO, file_nbytes: int, names: dict[str, None]) -> Found:
    """Read the five pickles and work out where each storage lies.

    Args:
        stream: The file, at its start.
        file_nbytes: Its size.
        names: Takes every name the pickles ask for, also when reading fails.

    Raises:
        CheckpointError: It is no such file, or its pickles are damaged.
    """
    ids: dict[object, StorageId] = {}
    if InertUnpickler(stream, names).load() != MAGIC:
        raise CheckpointError("This is a pickle, but not a PyTorch checkpoint", "PyTorch's magic number is missing")
    protocol = InertUnpickler(stream, names).load()
    if protocol != PROTOCOL:
        raise CheckpointError("The file's protocol number is unknown", f"it is {str(protocol)[:40]}, not {PROTOCOL}")
    InertUnpickler(stream, names).load()
    root = _LegacyUnpickler(stream, names, ids).load()
    keys = InertUnpickler(stream, names).load()
    if not isinstance(keys, list):
        raise CheckpointError("The file's list of storages is damaged", "it is no list")
    records, warnings = _records(keys, ids, stream.tell(), file_nbytes)
    return Found("legacy", root, records.get, names, warnings)


def _records(
    keys: list[Any], ids: dict[object, StorageId], position: int, file_nbytes: int
) -> tuple[dict[object, Record], list[str]]:
    records: dict[object, Record] = {}
    lengths: dict[tuple[Any, Any], int | None] = {}
    warnings: list[str] = []
    lost = False
    for key in keys:
        storage = ids.get(key)
        declared = None if storage is None else (storage[1], storage[4])
        if declared is not None and declared not in lengths:
            lengths[declared] = _declared_nbytes(*declared)
        nbytes = None if declared is None else lengths[declared]
        if nbytes is None:
            # Nothing tells its length, so that nothing behind it can be found either.
            lost = True
        if lost or nbytes is None:
            continue
        position += _COUNT_BYTES
        problem = None
        if position + nbytes > file_nbytes:
            problem = f"The file is cut: its bytes should end at {position + nbytes:,} of {file_nbytes:,}."
        records[key] = Record(position, nbytes, nbytes, "raw", problem)
        position += nbytes
    if position > file_nbytes:
        warnings.append(f"The file is cut: {position - file_nbytes:,} bytes of {position:,} are missing at its end.")
    elif position < file_nbytes and not lost:
        warnings.append(f"{file_nbytes - position:,} bytes follow the last storage; they were not looked at.")
    if lost:
        warnings.append("A storage of unknown length stands in the file; what follows it cannot be located.")
    return records, warnings
