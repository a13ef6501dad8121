"""Plans a copy that is the source but for its devices: the pickle carried over, every storage as it is.

Runs in the planning process.
"""

from typing import Final

from explorer.checkpoint.containers.files import parse_file
from explorer.checkpoint.containers.found import Found
from explorer.checkpoint.containers.zipfiles import read_directory, read_record
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.pickles.rebuild import Record
from explorer.checkpoint.pread import read_at
from explorer.checkpoint.storages import Storage
from explorer.checkpoint.writing.opcodes import walk
from explorer.checkpoint.writing.plan import Plan, PlannedRecord
from explorer.checkpoint.writing.retag import carry

MAX_PICKLE: Final = 512_000_000
"""Bytes of a pickle that is carried over."""

CONTENT_ID: Final = "/.data/serialization_id"
"""A record that torch.save works out from all the others."""

FOLDER: Final = "archive/"
"""Of the records, where the source has none."""

VERSION: Final = b"3\n"
"""Of the layout, as torch.save writes it since 1.6."""


_NAME_A_DEVICE: Final = (b"_rebuild_device_tensor_from_", b"_rebuild_wrapper_subclass")
"""Parts of the names of functions that take a device."""


def plan_carried(descriptor: int, file_nbytes: int, container: str, device: str | None) -> Plan:
    """Plan it.

    Args:
        descriptor: The source.
        file_nbytes: Its size.
        container: ``zip`` or ``legacy``.
        device: As `CopyOptions.device`.

    Raises:
        CheckpointError: The source is damaged.
        NotCarried: Its pickle cannot be carried over.
    """
    if container == "zip":
        return _from_zip(descriptor, file_nbytes, device)
    return _from_legacy(descriptor, file_nbytes, device)


def _from_zip(descriptor: int, file_nbytes: int, device: str | None) -> Plan:
    records = read_directory(descriptor, file_nbytes)
    outside = records.leaves_folder()
    if outside is not None:
        raise CheckpointError(f"Its record {outside[:80]!r} would leave its folder", "such an archive is not copied")
    main = next(name for name in records.ending("/data.pkl") if name.count("/") == 1)
    found = records.find(main)
    assert found is not None  # noqa: S101 - it is one of the directory's own names
    before = read_record(descriptor, found, MAX_PICKLE)
    carried = carry(before, 0, device)
    # What follows the pickle in its record is not looked at by anyone, and is kept.
    after = carried.data + before[walk(before).end :]
    plan = Plan(retagged=carried.retagged, warnings=device_warnings(after, device))
    for name in records.names:
        if name == main:
            plan.records.append(PlannedRecord(name, after))
        elif after == before or not name.endswith(CONTENT_ID):
            plan.records.append(source_record(name, records.storage(name, file_nbytes)))
    return plan


def _from_legacy(descriptor: int, file_nbytes: int, device: str | None) -> Plan:
    found = parse_file(descriptor, file_nbytes, {})
    assert isinstance(found, Found)  # noqa: S101 - its container is known
    pickles = found.others(set())[0]
    data = read_at(descriptor, 0, min(pickles.nbytes, MAX_PICKLE))
    start = 0
    for _ in range(3):  # the magic number, the protocol and the system's facts
        start = walk(data, start).end
    carried = carry(data, start, device, legacy=True)
    find = found.parts[0].find_record
    storages = [source_record(f"{FOLDER}data/{key}", find(key)) for key in carried.keys]
    warnings = device_warnings(carried.data, device)
    return Plan(as_archive(carried.data, "little", storages), carried.retagged, warnings=warnings)


def device_warnings(pickle: bytes, device: str | None) -> list[str]:
    """What is said of tensors that name a device besides the one that their storage is tagged with.

    Args:
        pickle: Of the copy.
        device: As `CopyOptions.device`.
    """
    if device is None or not any(name in pickle for name in _NAME_A_DEVICE):
        return []
    return ["Some tensors name a device of their own, which was left as it is: torch.load needs that one for them."]


def as_archive(pickle: bytes, byteorder: str, storages: list[PlannedRecord]) -> list[PlannedRecord]:
    """The records that torch.save writes, and by which torch.load tells what they are, in their order.

    Args:
        pickle: That names the storages.
        byteorder: Of the numbers in them.
        storages: In the order in which the pickle names them, from which torch.load may work out where they begin.
    """
    before = {
        "data.pkl": pickle,
        ".format_version": b"1",
        ".storage_alignment": b"64",
        "byteorder": byteorder.encode("ascii"),
    }
    made = [PlannedRecord(FOLDER + name, data) for name, data in before.items()]
    return [*made, *storages, PlannedRecord(f"{FOLDER}version", VERSION)]


def source_record(name: str, record: Record | None) -> PlannedRecord:
    """A record that is the source's, all of it.

    Raises:
        CheckpointError: The source does not have it, or it cannot be read.
    """
    if record is None:
        raise CheckpointError("The file does not hold all its storages", f"{name[:80]!r} is missing")
    if record.problem is not None:
        raise CheckpointError(f"{name[:80]!r} cannot be copied", record.problem.rstrip("."))
    position, nbytes, stored_nbytes, framing, _problem, crc = record
    return PlannedRecord(name, None, Storage(0, position, nbytes, stored_nbytes, framing, crc), 0, nbytes)
