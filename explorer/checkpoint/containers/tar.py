"""The layout of torch.save before 0.1.10: a tar archive with the members storages, tensors, pickle and sys_info.

Formats: ``legacy_load`` inside ``_legacy_load`` in ``torch/serialization.py``; POSIX.1-2017, pax, "ustar Interchange
Format". All numbers are little-endian.
"""

import struct
from typing import Any, BinaryIO, Final, NamedTuple

from explorer.checkpoint.containers.found import Found, Part
from explorer.checkpoint.dtypes import DTYPES, STORAGE_CLASSES
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.framing import COUNT_NBYTES
from explorer.checkpoint.pickles.calls import MAX_DIMENSIONS
from explorer.checkpoint.pickles.modules import MAX_TENSORS
from explorer.checkpoint.pickles.rebuild import Record
from explorer.checkpoint.pickles.unpickler import REBUILD_TENSOR, InertUnpickler, Named, StorageId, TensorCall, load
from explorer.checkpoint.pread import read_at

BLOCK: Final = 512
MAX_MEMBERS: Final = 10_000

_MEMBERS: Final = ("storages", "tensors", "pickle")
_FILES: Final = (b"0", b"\0", b"7")
"""Marks of members that are plain files."""


def is_tar(start: bytes) -> bool:
    """Whether the first bytes are the header of a tar archive's first member."""
    return start[257:262] == b"ustar"


class _Member(NamedTuple):
    """Where a member's bytes lie in the file."""

    position: int
    nbytes: int


class _TarUnpickler(InertUnpickler):
    """Puts the tensors and storages, which were read before, in the place of their keys."""

    def __init__(self, stream: BinaryIO, names: dict[str, None], held: dict[int, TensorCall | StorageId]) -> None:
        super().__init__(stream, names)
        self._held = held

    def persistent_load(self, pid: object, /) -> object:
        if type(pid) is tuple and pid and isinstance(pid[0], Named):
            return pid[0]  # the class of a module, with its source
        key = int(pid) if isinstance(pid, str) and pid.isdecimal() and len(pid) < 20 else pid
        return self._held.get(key, StorageId((key,))) if type(key) is int else StorageId((pid,))


def open_tar(descriptor: int, file_nbytes: int, names: dict[str, None]) -> Found:
    """Read the members of an archive that torch.save wrote.

    Args:
        descriptor: The file, open for reading.
        file_nbytes: Its size.
        names: Takes every name the pickles ask for, also when reading fails.

    Raises:
        CheckpointError: The archive is damaged, or holds something else.
    """
    members = _read_members(descriptor, file_nbytes)
    if any(name not in members for name in _MEMBERS):
        raise CheckpointError(
            "This is not a checkpoint", "it is a tar archive", "unpack it first", verdict="unsupported"
        )
    found = Found("tar", [], names)
    archive = _Archive(found)
    with open(descriptor, "rb", buffering=1 << 20, closefd=False) as stream:
        for name, read in (
            ("sys_info", archive.read_facts),
            ("storages", archive.read_storages),
            ("tensors", archive.read_tensors),
            ("pickle", archive.read_root),
        ):
            if name not in members:
                continue
            stream.seek(members[name].position)
            try:
                read(stream, members[name].position + members[name].nbytes)
            except Exception as error:  # noqa: BLE001 - a damaged pickle raises anything; the others may name code
                why = error.why if isinstance(error, CheckpointError) else str(error)
                damage = CheckpointError(f"The archive's member {name!r} is damaged", why[:200].rstrip("."))
                found.damage = found.damage or damage
    outside = next((name for name in members if name.startswith("/") or ".." in name.split("/")), None)
    if outside is not None:
        found.warnings.append(f"A member is called {outside[:80]!r}: unpacked, it would leave its folder.")
    return found


class _Archive:
    """Reads the members in the order in which they need each other."""

    def __init__(self, found: Found) -> None:
        self._found = found
        self._records: dict[Any, Record] = {}
        self._storages: dict[int, StorageId] = {}
        self._tensors: dict[int, TensorCall] = {}

    def read_facts(self, stream: BinaryIO, _end: int) -> None:
        load(InertUnpickler(stream, self._found.names), stream)

    def read_storages(self, stream: BinaryIO, end: int) -> None:
        for _ in range(self._count(stream)):
            key, device, kind = load(InertUnpickler(stream, self._found.names), stream)
            dtype = STORAGE_CLASSES.get(kind.qualname) if isinstance(kind, Named) else None
            if type(key) is not int or dtype is None:
                raise CheckpointError("", "it describes no storage")
            position = stream.tell()
            (count,) = struct.unpack("<q", _exactly(stream, COUNT_NBYTES))
            nbytes = count * DTYPES[dtype].itemsize
            if not 0 <= nbytes <= end - position - COUNT_NBYTES:
                raise CheckpointError("", f"a storage in it counts {count:,} elements")
            self._records[key] = Record(position, nbytes, nbytes, "counted")
            self._storages[key] = StorageId(("storage", kind, key, device, count))
            stream.seek(position + COUNT_NBYTES + nbytes)
        for target, root, offset, count in load(InertUnpickler(stream, self._found.names), stream):
            # Only a storage of its own can be the root; what else is said here makes no tensor.
            self._storages[target] = StorageId((*self._storages[root][:5], (target, offset, count)))

    def read_tensors(self, stream: BinaryIO, _end: int) -> None:
        for _ in range(self._count(stream)):
            key, storage, _kind = load(InertUnpickler(stream, self._found.names), stream)
            # The count of dimensions was once written in 8 bytes.
            (dimensions,) = struct.unpack("<i4x", _exactly(stream, 8))
            if type(key) is not int or not 0 <= dimensions <= MAX_DIMENSIONS:
                raise CheckpointError("", "it describes no tensor")
            numbers = struct.unpack(f"<{2 * dimensions + 1}q", _exactly(stream, 16 * dimensions + 8))
            *sizes, offset = numbers
            shape, stride = tuple(sizes[:dimensions]), tuple(sizes[dimensions:])
            self._tensors[key] = REBUILD_TENSOR(self._storages.get(storage), offset, shape, stride)

    def read_root(self, stream: BinaryIO, _end: int) -> None:
        unpickler = _TarUnpickler(stream, self._found.names, {**self._storages, **self._tensors})
        self._found.parts.append(Part(load(unpickler, stream), self._records.get))

    def _count(self, stream: BinaryIO) -> int:
        count = load(InertUnpickler(stream, self._found.names), stream)
        if type(count) is not int or not 0 <= count <= MAX_TENSORS:
            raise CheckpointError("", "it does not begin with a count")
        return count


def _exactly(stream: BinaryIO, nbytes: int) -> bytes:
    data = stream.read(nbytes)
    if len(data) != nbytes:
        raise CheckpointError("", "the file ends in it")
    return data


def _read_members(descriptor: int, file_nbytes: int) -> dict[str, _Member]:
    """Plain files in the archive by name, up to the first damaged header; of equal names the first."""
    members: dict[str, _Member] = {}
    position = 0
    while position + BLOCK <= file_nbytes and len(members) < MAX_MEMBERS:
        header = read_at(descriptor, position, BLOCK)
        nbytes = _octal(header[124:136])
        said = _octal(header[148:156])
        if nbytes is None or said != sum(header[:148]) + 8 * ord(" ") + sum(header[156:]):
            break
        if header[156:157] in _FILES and position + BLOCK + nbytes <= file_nbytes:
            name = header[:100].split(b"\0")[0].decode("utf-8", errors="surrogateescape")
            members.setdefault(name, _Member(position + BLOCK, nbytes))
        position += BLOCK + -(-nbytes // BLOCK) * BLOCK
    return members


def _octal(field: bytes) -> int | None:
    """A number of a header; None where it makes no sense. One that is too long for its digits is in binary."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b" \0")
    try:
        return int(digits or b"0", 8)
    except ValueError:
        return None
