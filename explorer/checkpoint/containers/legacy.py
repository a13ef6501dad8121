"""The layout of torch.save before 1.6: five pickles, then the storages one after the other.

Format: ``_legacy_save`` and ``_legacy_load`` in ``torch/serialization.py``. After the pickles (magic number, protocol
1001, system facts, object, list of storage keys) each storage follows in the order of the list as an int64 count of
elements and the elements themselves, both little-endian.
"""

from functools import partial
from typing import Any, BinaryIO, Final

from explorer.checkpoint.containers.declared import NotingUnpickler, declared_nbytes
from explorer.checkpoint.containers.found import Found, Part
from explorer.checkpoint.damage import cut_short, past_end
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.file_records import FileRecord
from explorer.checkpoint.framing import COUNT_NBYTES, first_byte
from explorer.checkpoint.labels import key_text
from explorer.checkpoint.pickles.rebuild import MAX_NBYTES, Record
from explorer.checkpoint.pickles.unpickler import InertUnpickler, StorageId, load

MAGIC: Final = 0x1950A86A20F9469CFC6C
PROTOCOL: Final = 1001
OLD_MAGIC: Final = b"L%dL\n." % MAGIC
"""How a file begins whose pickles are of protocol 0 or 1; the others begin with the byte 0x80."""

MAX_COUNTS: Final = 2_000
"""Storages whose counts of elements are looked at when a file is opened; of more, each is when its values are read."""


def open_legacy(stream: BinaryIO, file_nbytes: int, names: dict[str, None]) -> Found:
    """Read the pickles that follow the magic number, and work out where each storage lies.

    Args:
        stream: The file, behind its first pickle.
        file_nbytes: Its size.
        names: Takes every name the pickles ask for, also when reading fails.

    Raises:
        CheckpointError: Its pickles are damaged.
    """
    protocol = load(InertUnpickler(stream, names), stream)
    if type(protocol) is not int or protocol != PROTOCOL:
        why = f"it is {key_text(protocol)[:40]}, not {PROTOCOL}"
        raise CheckpointError("The file's protocol number is unknown", why)
    load(InertUnpickler(stream, names), stream)
    ids: dict[object, StorageId] = {}
    root = load(NotingUnpickler(stream, names, ids), stream)
    keys = load(InertUnpickler(stream, names), stream)
    if not isinstance(keys, list):
        raise CheckpointError("The file's list of storages is damaged", "it is no list")
    found = Found("legacy", [], names)
    begin = stream.tell()
    records = _records(keys, ids, begin, file_nbytes, found)
    if len(records) <= MAX_COUNTS:
        _check_counts(records, stream, found)
    found.parts.append(Part(root, records.get))
    found.others = partial(_others, begin, records)
    return found


def _others(begin: int, records: dict[object, Record], used: set[Any]) -> list[FileRecord]:
    """The pickles, and storages in which no tensor lies."""
    found = [FileRecord("pickle", "pickles", 0, begin, begin)]
    for key, record in records.items():
        if key not in used:
            position, nbytes = min(record.position, MAX_NBYTES), min(record.nbytes, MAX_NBYTES)
            found.append(FileRecord("storage", f"storage {key_text(key)[:80]}", position, nbytes, nbytes, "counted"))
    return found


def _check_counts(records: dict[object, Record], stream: BinaryIO, found: Found) -> None:
    """Give a problem to each storage that does not have as many elements as the file counts."""

    def read(position: int, nbytes: int) -> bytes:
        stream.seek(position)
        return stream.read(nbytes)

    for key, record in records.items():
        if record.problem is None:
            try:
                first_byte(record, read)
            except CheckpointError as error:
                records[key] = record._replace(problem=f"Its storage is damaged: {error.why}.")
                found.damage = found.damage or CheckpointError("A storage of the file is damaged", error.why)


def _records(
    keys: list[Any], ids: dict[object, StorageId], position: int, file_nbytes: int, found: Found
) -> dict[object, Record]:
    """Work out where storages lie; what is wrong with them is noted in `found`."""
    records: dict[object, Record] = {}
    lengths: dict[tuple[Any, Any], int | None] = {}
    lost = False
    for key in keys:
        storage = ids.get(key)
        declared = None if storage is None else (storage[1], storage[4])
        if declared is not None and declared not in lengths:
            lengths[declared] = declared_nbytes(*declared)
        nbytes = None if declared is None else lengths[declared]
        if nbytes is None:
            # Nothing tells its length, so that nothing behind it can be found either.
            lost = True
        if lost or nbytes is None:
            continue
        end = position + COUNT_NBYTES + nbytes
        problem = None
        if end > file_nbytes:
            problem = past_end(end, position + COUNT_NBYTES, file_nbytes)
        elif key in records:
            problem = "The file has its storage twice."
            found.damage = CheckpointError("The file's list of storages is damaged", "it names one of them twice")
        records[key] = Record(position, nbytes, nbytes, "counted", problem)
        position = end
    if position > file_nbytes:
        found.damage = cut_short(file_nbytes, position)
    elif position < file_nbytes and not lost:
        found.warnings.append(f"{file_nbytes - position:,} bytes follow the last storage; they were not looked at.")
    if lost:
        found.warnings.append("A storage of unknown length stands in the file; what follows it cannot be located.")
    return records
