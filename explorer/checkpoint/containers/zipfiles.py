"""Zip archives: the directory of their records, and where the bytes of each lie.

Only the directory at the end and the pickles are read. Python's zipfile would read each record's header and make an
object of it, which takes half a second for 100,000 storages.
Format: PKWARE APPNOTE 6.3.10, sections 4.3.7 (local header), 4.3.12 (directory), 4.3.14-16 (end records).
"""

import struct
import zlib
from collections.abc import Iterable, Sequence
from functools import cached_property
from operator import add, ge
from typing import TYPE_CHECKING, Final, NamedTuple

from explorer.checkpoint.damage import AGAIN
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.file_records import FileRecord, RecordKind
from explorer.checkpoint.framing import LOCAL_HEADER
from explorer.checkpoint.pickles.rebuild import MAX_NBYTES, Record
from explorer.checkpoint.pread import read_at

if TYPE_CHECKING:
    from explorer.checkpoint.storages import Framing

_END: Final = struct.Struct("<4s4H2LH")
_END64: Final = struct.Struct("<4sQ2H2L4Q")
_ENTRY: Final = struct.Struct("<4s4x2H4x3L3H8xL")
_LENGTHS: Final = struct.Struct("<4s24x3H12x")
_ENTRY64: Final = 0xFFFFFFFF
"""In place of a size or position: the extra field has it, in 64 bits."""

_STORED, _DEFLATED = 0, 8
NO_END: Final = "its end is missing"
"""Why there is no directory in most cases."""
_LOWER: Final = {capital: capital + 32 for capital in b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_new: Final = tuple.__new__
_ENCRYPTED: Final = 1


class ZipRecord(NamedTuple):
    """An entry of the directory, as it stands there; `position` is that of the record's local header."""

    magic: bytes
    flags: int
    method: int
    crc: int
    stored_nbytes: int
    nbytes: int
    name_nbytes: int
    extra_nbytes: int
    comment_nbytes: int
    position: int


class NoDirectoryError(CheckpointError):
    """An archive has no directory that makes sense; the records themselves may still be there."""


class WrongChecksumError(CheckpointError):
    """A record is not what was written.

    Attributes:
        data: What it holds.
    """

    def __init__(self, what: str, why: str, advice: str, data: bytes) -> None:
        super().__init__(what, why, advice)
        self.data = data


def _folded(name: str) -> str:
    """What PyTorch's library (miniz) compares of a name: its ASCII letters in either case are one."""
    return name.lower() if name.isascii() else name.translate(_LOWER)


class Directory:
    """The records of an archive by name; an entry is unpacked when it is asked for.

    Every look-up finds what PyTorch would find, which does not tell names apart by the case of their letters.
    """

    def __init__(self, packed: bytes, places: dict[str, int], position: int = 0) -> None:
        """Keep the directory.

        Args:
            packed: As it stands in the file.
            places: Where in it each record's entry begins.
            position: Where in the file it begins.
        """
        self._packed = packed
        self._places = places
        self._position = position

    @property
    def names(self) -> Iterable[str]:
        """Of all records, in the file's order."""
        return self._places.keys()

    @cached_property
    def _together(self) -> str:
        """All names in lines, to be searched without a look at each of a hundred thousand."""
        return "\n".join(["", *self._places, ""])

    @cached_property
    def _folded_together(self) -> str:
        return _folded(self._together)

    @cached_property
    def _folder(self) -> str | None:
        """What all names begin with and have no capitals behind: the folder of torch.save's, "" for no capitals at all.

        Found without a look at each name; with it, no two names can differ in nothing but case.
        """
        if self._together == self._folded_together:
            return ""
        folder = next(iter(self._places), "").partition("/")[0] + "/"
        count = len(self._places)
        rest = self._together.replace(f"\n{folder}", "\n")
        all_in_it = self._together.count("\n") == count + 1 and self._together.count(f"\n{folder}") == count
        return folder if all_in_it and rest.isascii() and rest == rest.lower() else None

    @cached_property
    def _by_folded(self) -> dict[str, str]:
        return {_folded(name): name for name in reversed(self._places)}

    @cached_property
    def alike(self) -> frozenset[str]:
        """Names that PyTorch cannot tell from another: which record it takes, only its way of searching decides."""
        if self._folder is not None or len(self._by_folded) == len(self._places):
            return frozenset()
        seconds = {name for name in self._places if self._by_folded[_folded(name)] != name}
        return frozenset(seconds | {self._by_folded[_folded(name)] for name in seconds})

    def real_name(self, name: str) -> str | None:
        """What the record is called that PyTorch finds under a name; None where it finds none."""
        if name in self._places:
            return name
        folded = _folded(name)
        if self._folder is None:
            return self._by_folded.get(folded)
        # Behind the folder they are in small letters.
        at = len(self._folder)
        real = self._folder + folded[at:]
        return real if folded[:at] == _folded(self._folder) and real in self._places else None

    def has_folder(self, path: str) -> bool:
        """Tell whether a record lies in a folder, given with its last slash."""
        return f"\n{_folded(path)}" in self._folded_together

    def ending(self, end: str) -> list[str]:
        """Names of all records that end so, in the file's order.

        Args:
            end: In small letters; those of the names may be capitals.
        """
        found = []
        at = self._folded_together.find(f"{end}\n")
        while at >= 0:
            name = self._together[self._together.rfind("\n", 0, at) + 1 : at + len(end)]
            if name in self._places:
                found.append(name)
            at = self._folded_together.find(f"{end}\n", at + 1)
        return found

    def leaves_folder(self) -> str | None:
        """The name of a record that would be unpacked outside its folder, if there is one."""
        if not any(part in self._together for part in ("..", "\n/", "\\", ":")):
            return None
        for name in self._places:
            parts = name.replace("\\", "/").split("/")
            if ".." in parts or parts[0] == "" or parts[0].endswith(":"):
                return name
        return None

    def find(self, name: str) -> ZipRecord | None:
        """The record of that name, or None.

        Raises:
            CheckpointError: Its entry is damaged.
        """
        real = self.real_name(name)
        if real is None:
            return None
        at = self._places[real]
        record = ZipRecord._make(_ENTRY.unpack_from(self._packed, at))
        if _ENTRY64 in (record.stored_nbytes, record.nbytes, record.position):
            extra_at = at + _ENTRY.size + record.name_nbytes
            return _with_sizes64(record, self._packed[extra_at : extra_at + record.extra_nbytes])
        return record

    def storage(self, name: str, file_nbytes: int) -> Record | None:
        """Where the bytes of a record lie; None where there is no such record.

        Args:
            name: Of the record.
            file_nbytes: Size of the file, inside which the record has to lie.
        """
        at = self._places.get(name)
        if at is None:
            real = self.real_name(name)
            return None if real is None else self.storage(real, file_nbytes)
        _, flags, method, crc, stored_nbytes, nbytes, _, _, _, position = _ENTRY.unpack_from(self._packed, at)
        if (
            method == _STORED
            and stored_nbytes == nbytes != _ENTRY64 != position
            and not flags & _ENCRYPTED
            and position + LOCAL_HEADER.size + nbytes <= file_nbytes
        ):
            # As torch.save writes them, by the hundred thousand: without the detour through Record's own constructor.
            return _new(Record, (position, nbytes, nbytes, "zip-stored", None, crc or None))
        record = self.find(name)
        return None if record is None else _as_record(record, file_nbytes)

    def others(self, used: set[str], file_nbytes: int) -> list[FileRecord]:
        """The directory itself, and every record that is not in use for tensors.

        Args:
            used: Names of the records in which tensors lie.
            file_nbytes: Size of the file.
        """
        length = file_nbytes - self._position
        found = [FileRecord("directory", "directory", self._position, length, length)]
        unused = [name for name in self._places if name not in used]
        if len(used) + len(unused) > len(self._places):  # some are asked for in another case, or are not there
            real = {self.real_name(name) for name in used}
            unused = [name for name in unused if name not in real]
        for name in unused:
            record = self.storage(name, file_nbytes)
            if record is not None:
                position, nbytes, stored_nbytes, framing, _problem, crc = record
                lengths = (min(nbytes, MAX_NBYTES), min(stored_nbytes, MAX_NBYTES))
                found.append(FileRecord(_kind_of(name), name, min(position, MAX_NBYTES), *lengths, framing, crc))
        return found


def _kind_of(name: str) -> RecordKind:
    """What a record holds, by its name."""
    name = _folded(name)
    folders = name.split("/")[1:-1]
    if "code" in folders or "ts_code" in folders or name.endswith(".py"):
        return "code"
    if name.endswith("pkl"):
        return "pickle"
    return "storage" if folders[:1] in (["data"], ["constants"]) or name.endswith(".storage") else "other"


def read_directory(descriptor: int, file_nbytes: int, begin: int = 0) -> Directory:
    """Read the directory at the end of the archive.

    Args:
        descriptor: The file.
        file_nbytes: Size of the archive.
        begin: Where in the file it begins; the positions of its records are counted from there.

    Raises:
        NoDirectoryError: There is none, or none that makes sense.
        CheckpointError: Two records have one name.
    """
    tail_nbytes = min(file_nbytes, 65_557)
    tail = read_at(descriptor, begin + file_nbytes - tail_nbytes, tail_nbytes)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise NoDirectoryError("The zip archive has no directory", NO_END)
    _, _, _, _, count, size, start, _ = _END.unpack_from(tail, at)
    if at >= 20 and tail[at - 20 : at - 16] == b"PK\x06\x07":
        end64_at = int.from_bytes(tail[at - 12 : at - 4], "little")
        if end64_at + _END64.size > file_nbytes:
            raise NoDirectoryError("The zip archive is damaged", "its directory lies outside the file")
        fields = _END64.unpack(read_at(descriptor, begin + end64_at, _END64.size))
        count, size, start = fields[7], fields[8], fields[9]
    if start + size > file_nbytes:
        raise NoDirectoryError("The zip archive is damaged", "its directory lies outside the file")
    return _parse_directory(read_at(descriptor, begin + start, size), count, start)


def _parse_directory(packed: bytes, count: int, position: int) -> Directory:
    places: dict[str, int] = {}
    # Cutting names out of text is quicker than decoding a hundred thousand of them.
    text = packed.decode("latin-1")
    at = 0
    damaged = NoDirectoryError("The zip archive is damaged", "its directory makes no sense")
    for read in range(count):
        try:
            magic, name_nbytes, extra_nbytes, comment_nbytes = _LENGTHS.unpack_from(packed, at)
        except struct.error:
            raise damaged from None
        if magic != b"PK\x01\x02":
            raise damaged
        begin = at + _ENTRY.size
        end = begin + name_nbytes
        name = text[begin:end]
        if not name.isascii():
            name = packed[begin:end].decode("utf-8", errors="surrogateescape")
        places[name] = at
        if len(places) <= read:
            raise CheckpointError("The zip archive is damaged", f"two records are called {name[:80]!r}")
        at = end + extra_nbytes + comment_nbytes
    return Directory(packed, places, position)


def _with_sizes64(record: ZipRecord, extra: bytes) -> ZipRecord:
    narrow = {"nbytes": record.nbytes, "stored_nbytes": record.stored_nbytes, "position": record.position}
    wanted = [field for field, value in narrow.items() if value == _ENTRY64]
    at = 0
    while at + 4 <= len(extra):
        tag, length = struct.unpack_from("<2H", extra, at)
        if tag == 1:
            given = [value for (value,) in struct.iter_unpack("<Q", extra[at + 4 : at + 4 + length // 8 * 8])]
            if len(wanted) > len(given):
                break
            return record._replace(**dict(zip(wanted, given, strict=False)))
        at += 4 + length
    raise CheckpointError("The zip archive is damaged", "a record's 64-bit sizes are missing")


def read_record(descriptor: int, record: ZipRecord, limit: int) -> bytes:
    """Read a whole record and check its CRC32; 0 means that none was stored.

    Raises:
        WrongChecksumError: It is not what was written.
        CheckpointError: It is encrypted, larger than `limit`, or damaged.
    """
    if record.flags & _ENCRYPTED or record.method not in (_STORED, _DEFLATED):
        raise CheckpointError("The zip archive cannot be read", "its pickle is encrypted or oddly compressed")
    if max(record.nbytes, record.stored_nbytes) > limit:
        raise CheckpointError("The file's pickle is too large", f"{record.nbytes:,} bytes", verdict="limit")
    header = read_at(descriptor, record.position, LOCAL_HEADER.size)
    if header[:4] != b"PK\x03\x04":
        raise CheckpointError("The zip archive is damaged", f"no record begins at byte {record.position:,}")
    begin = record.position + LOCAL_HEADER.size + sum(struct.unpack("<2H", header[26:30]))
    data = read_at(descriptor, begin, record.stored_nbytes)
    if record.method == _DEFLATED:
        try:
            data = zlib.decompressobj(-15).decompress(data, limit)
        except zlib.error:
            raise CheckpointError("The zip archive is damaged", "its pickle does not decompress") from None
    if len(data) != record.nbytes:
        raise CheckpointError("The file's pickle is damaged", "its length is wrong", AGAIN)
    if record.crc and zlib.crc32(data) != record.crc:
        raise WrongChecksumError("The file's pickle is damaged", "its checksum is wrong", AGAIN, data)
    return data


def overlap_damage(positions: Sequence[int], stored_nbytes: Sequence[int]) -> CheckpointError | None:
    """Tell whether records that storages lie in share bytes.

    Args:
        positions: Of their local headers.
        stored_nbytes: Their lengths in the file, without the headers.
    """
    # No two overlap exactly if, in order, each end comes before the start after it: no pairs need be made.
    starts, ends = sorted(positions), sorted(map(add, positions, stored_nbytes))
    # A header lies between them, so that a sound end is never the next start.
    if any(map(ge, ends, starts[1:])):
        return CheckpointError("The zip archive is damaged", "two of its records lie over each other")
    return None


def _as_record(record: ZipRecord, file_nbytes: int) -> Record:
    _, flags, method, crc, stored_nbytes, nbytes, _, _, _, position = record
    framing: Framing = "zip-stored" if method == _STORED else "zip-deflated"
    problem = None
    if flags & _ENCRYPTED or method not in (_STORED, _DEFLATED):
        problem = "Its record in the zip archive is encrypted or oddly compressed."
    elif method == _STORED and stored_nbytes != nbytes:
        problem = "Its record in the zip archive has two different sizes."
    elif position + LOCAL_HEADER.size + stored_nbytes > file_nbytes:
        problem = "Its record lies outside the file."
    elif nbytes > MAX_NBYTES:
        problem = "Its record says it is larger than any computer's memory."
    return Record(position, nbytes, stored_nbytes, framing, problem, crc or None)
