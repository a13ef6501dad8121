"""Zip archives without a directory, as an interrupted download leaves them: their records, walked from the front.

torch.save writes each record's sizes behind its bytes. Where a record ends is known from the pickle, which comes first
and says how large each storage is, or it is searched for.
Format: PKWARE APPNOTE 6.3.10, sections 4.3.7 (local header), 4.3.9 (data descriptor), 4.5.3 (64-bit sizes).
"""

import io
import struct
from typing import Final, NamedTuple

from explorer.checkpoint.containers.declared import NotingUnpickler, declared_nbytes
from explorer.checkpoint.containers.zipfiles import NO_END, Directory, ZipRecord
from explorer.checkpoint.damage import AGAIN, cut_in_pickle, cut_short, past_end
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.file_records import FileRecord
from explorer.checkpoint.framing import LOCAL_HEADER
from explorer.checkpoint.pickles.rebuild import MAX_NBYTES, Record
from explorer.checkpoint.pickles.unpickler import StorageId, load
from explorer.checkpoint.pread import read_up_to

MAX_SEARCHED: Final = 2_000_000_000
"""Bytes that are searched for where records end, in all."""

MAX_PICKLE: Final = 512_000_000
_BLOCK: Final = 1 << 22
_HEADER: Final = b"PK\x03\x04"
_FOLLOWING: Final = b"PK\x07\x08"
_DIRECTORY: Final = (b"PK\x01\x02", b"PK\x06\x06", b"PK\x05\x06")
_SIZES_FOLLOW: Final = 8
_ENTRY64: Final = 0xFFFFFFFF
_DEFLATED: Final = 8
_FOLLOWING64_NBYTES: Final = 24
_FOLLOWING_NBYTES: Final = 16


class _Walked(NamedTuple):
    """A record that was met.

    Attributes:
        name: As its local header has it.
        flags: As there.
        method: How it is compressed.
        position: Where its local header begins.
        begin: Where its bytes begin.
        stored_nbytes: Its length in the file; None where nothing tells it.
        nbytes: Its length, uncompressed.
        crc: Its checksum; 0 for none.
        sound: It ends where it should, or would if the file went on.
    """

    name: str
    flags: int
    method: int
    position: int
    begin: int
    stored_nbytes: int | None
    nbytes: int
    crc: int
    sound: bool = True


class RecoveredDirectory(Directory):
    """What the directory of an archive would say, had it one; storages that are not there have their problems.

    Attributes:
        damage: What is wrong with the archive.
    """

    def __init__(self, walk: "_Walk") -> None:
        """Take what a walk has found."""
        super().__init__(b"", dict.fromkeys(walk.records, 0), walk.end)
        self._walk = walk
        self.damage = walk.damage()
        self.damage.refused = walk.ends_without_directory

    def find(self, name: str) -> ZipRecord | None:
        """The record of that name, if all of it is there."""
        walked = self._walk.records.get(self.real_name(name) or name)
        if walked is None or walked.stored_nbytes is None or not self._walk.is_whole(walked):
            return None
        lengths = (walked.crc, walked.stored_nbytes, walked.nbytes, len(name), 0, 0)
        return ZipRecord(_HEADER, walked.flags, walked.method, *lengths, walked.position)

    def storage(self, name: str, file_nbytes: int) -> Record | None:
        """Where the bytes of a record lie, or should lie; None where nothing is known of it."""
        walked = self._walk.records.get(self.real_name(name) or name)
        if walked is None or walked.stored_nbytes is None:
            begin = file_nbytes if walked is None else walked.begin
            nbytes = self._walk.declared.get(name)
            if nbytes is None:
                return None
            return Record(begin, nbytes, nbytes, "raw", past_end(begin + nbytes, begin, file_nbytes))
        whole, crc = self._walk.is_whole(walked), walked.crc or None
        if whole and walked.method == _DEFLATED:
            return Record(walked.position, walked.nbytes, walked.stored_nbytes, "zip-deflated", None, crc)
        end = walked.begin + walked.stored_nbytes
        if end > file_nbytes:
            problem = past_end(end, walked.begin, file_nbytes)
        elif not whole:
            problem = f"The zip archive is damaged within its values, or behind them: byte {end:,} should end them."
        elif walked.method or walked.flags & 1:
            problem = "Its record in the zip archive is encrypted or oddly compressed."
        else:
            problem = None
        return Record(walked.begin, walked.nbytes, walked.stored_nbytes, "raw", problem, crc)

    def others(self, used: set[str], file_nbytes: int) -> list[FileRecord]:
        """As of any directory; what follows the last record may be no directory."""
        directory, *found = super().others(used, file_nbytes)
        if directory.nbytes > 0:
            unknown = FileRecord("other", "bytes that belong to no record", *directory[2:])
            found.insert(0, directory if self._walk.met_directory else unknown)
        return found


def recover(descriptor: int, file_nbytes: int, names: dict[str, None], lost: CheckpointError) -> RecoveredDirectory:
    """Find the records of an archive whose directory is missing or makes no sense.

    Args:
        descriptor: The file, open for reading.
        file_nbytes: Its size.
        names: Takes every name its pickle asks for, also when reading fails.
        lost: What is wrong with the directory.

    Raises:
        CheckpointError: What lists its tensors is not there.
    """
    walk = _Walk(descriptor, file_nbytes, names, lost)
    walk.go()
    return RecoveredDirectory(walk)


class _Walk:
    """Goes from record to record.

    Attributes:
        records: By name, in the file's order.
        declared: How many bytes each storage should have, by the names of their records, once the pickle is met.
        end: Behind the last record.
        met_directory: The directory begins there.
    """

    def __init__(self, descriptor: int, file_nbytes: int, names: dict[str, None], lost: CheckpointError) -> None:
        self._descriptor = descriptor
        self._file_nbytes = file_nbytes
        self._names = names
        self._lost = lost
        self._left = MAX_SEARCHED
        self._broken_at: int | None = None
        self.met_directory = False
        self.records: dict[str, _Walked] = {}
        self.declared: dict[str, int] = {}
        self.end = 0

    def go(self) -> None:
        """Walk to the end, past what is damaged."""
        position: int | None = 0
        while position is not None:
            walked = self._record_at(position)
            if walked is None:
                position = self._resume(position)
                continue
            if walked.name in self.records:
                why = f"two records are called {walked.name[:80]!r}"
                raise CheckpointError("The zip archive is damaged", why, AGAIN)
            self.records[walked.name] = walked
            if walked.name.count("/") == 1 and walked.name.lower().endswith("/data.pkl"):
                self._learn(walked)
                walked = self.records[walked.name]
            if walked.stored_nbytes is None:
                position = None if self._ends_in(walked) else self._resume(walked.begin)
                continue
            self.end = position = walked.begin + walked.stored_nbytes
            if not walked.sound:
                position = self._resume(walked.begin)
            elif position <= self._file_nbytes and walked.flags & _SIZES_FOLLOW:
                self.end = position = position + self._following_nbytes(walked, walked.stored_nbytes)
            if position is not None and position >= self._file_nbytes:
                position = None

    def is_whole(self, walked: _Walked) -> bool:
        """Whether all bytes of a record are there."""
        stored_nbytes = walked.stored_nbytes
        return stored_nbytes is not None and walked.sound and walked.begin + stored_nbytes <= self._file_nbytes

    @property
    def ends_without_directory(self) -> bool:
        """Nothing at the end of the file says where a directory is; without that no archive is opened."""
        return self._lost.why == NO_END

    def damage(self) -> CheckpointError:
        """Say what is wrong, once all records are met."""
        size = self._file_nbytes
        last = next(reversed(self.records.values()), None)
        if self._broken_at is not None:
            zeros = ", and it ends in zeros" if not any(self._read(max(0, size - 4096), 4096)) else ""
            why = f"no record ends or begins where it should{zeros}"
            return CheckpointError(f"The zip archive is damaged at byte {self._broken_at:,}", why, AGAIN)
        missing = [nbytes for name, nbytes in self.declared.items() if name not in self.records]
        end = size
        if last is not None and last.stored_nbytes is not None:
            end = max(size, last.begin + last.stored_nbytes)
        elif last is not None:
            end = max(size, last.begin + self.declared.get(last.name, 0))
        expected = end + sum(missing)
        if expected > size:
            return cut_short(size, expected, at_least=True)
        if not self.met_directory:
            why = "the directory of its zip archive is missing"
        elif self.ends_without_directory:
            why = "it ends inside the directory of its zip archive, behind all records"
        else:
            return CheckpointError(self._lost.what, f"{self._lost.why}; its records are here", AGAIN)
        return CheckpointError(f"The file is cut at byte {size:,}", why, AGAIN)

    def _read(self, position: int, nbytes: int) -> bytes:
        return read_up_to(self._descriptor, position, nbytes)

    def _record_at(self, position: int) -> _Walked | None:
        """The record whose local header stands there, with all that is known of it; None where there is none."""
        header = self._read(position, LOCAL_HEADER.size)
        if len(header) < LOCAL_HEADER.size or not header.startswith(_HEADER):
            return None
        (flags,) = struct.unpack_from("<H", header, 6)
        _, _, method, stored_nbytes, nbytes, name_nbytes, extra_nbytes = LOCAL_HEADER.unpack(header)
        (crc,) = struct.unpack_from("<L", header, 14)
        rest = self._read(position + LOCAL_HEADER.size, name_nbytes + extra_nbytes)
        if len(rest) < name_nbytes + extra_nbytes:
            return None
        name = rest[:name_nbytes].decode("utf-8", errors="surrogateescape")
        begin = position + LOCAL_HEADER.size + len(rest)
        walked = _Walked(name, flags, method, position, begin, stored_nbytes, nbytes, crc)
        if flags & _SIZES_FOLLOW:
            return self._with_following(walked)
        if _ENTRY64 in (stored_nbytes, nbytes):
            sizes = _sizes64(rest[name_nbytes:])
            if sizes is None:
                return walked._replace(stored_nbytes=None)
            return walked._replace(nbytes=sizes[0], stored_nbytes=sizes[1])
        return walked

    def _with_following(self, walked: _Walked) -> _Walked:
        """A record whose sizes stand behind its bytes."""
        expected = self.declared.get(walked.name) if walked.method == 0 else None
        if expected is not None:
            found = self._following(walked.begin, expected)
            if found is not None:
                return walked._replace(crc=found[0], nbytes=found[1], stored_nbytes=expected)
            if walked.begin + expected + _FOLLOWING64_NBYTES > self._file_nbytes:
                return walked._replace(nbytes=expected, stored_nbytes=expected)
            self._break(walked.begin + expected)
            return walked._replace(nbytes=expected, stored_nbytes=expected, sound=False)
        at = walked.begin
        while (at := self._search(_FOLLOWING, at, walked.begin)) >= 0:
            found = self._following(walked.begin, at - walked.begin)
            if found is not None:
                return walked._replace(crc=found[0], nbytes=found[1], stored_nbytes=at - walked.begin)
            at += 1
        return walked._replace(stored_nbytes=None)

    def _following(self, begin: int, stored_nbytes: int) -> tuple[int, int] | None:
        """Checksum and uncompressed size of a record, from what stands behind it; None where that does not fit."""
        data = self._read(begin + stored_nbytes, _FOLLOWING64_NBYTES)
        if not data.startswith(_FOLLOWING):
            return None
        for form in ("<L2Q", "<L2L"):
            if len(data) >= 4 + struct.calcsize(form):
                crc, stored, nbytes = struct.unpack_from(form, data, 4)
                if stored == stored_nbytes:
                    return crc, nbytes
        return None

    def _following_nbytes(self, walked: _Walked, stored_nbytes: int) -> int:
        """How long it is, where it fits."""
        data = self._read(walked.begin + stored_nbytes, _FOLLOWING64_NBYTES)
        is_long = len(data) == _FOLLOWING64_NBYTES and struct.unpack_from("<Q", data, 8) == (stored_nbytes,)
        return _FOLLOWING64_NBYTES if is_long else _FOLLOWING_NBYTES

    def _search(self, wanted: bytes, position: int, begin: int) -> int:
        """Where bytes come next; -1 where they do not, or where too much was searched already."""
        while position < self._file_nbytes and self._left > 0:
            data = self._read(position, _BLOCK)
            self._left -= len(data)
            at = data.find(wanted)
            if at >= 0:
                return max(position + at, begin)
            if len(data) < len(wanted):
                return -1
            position += len(data) - len(wanted) + 1
        return -1

    def _resume(self, position: int) -> int | None:
        """Where the next record begins, past something damaged; None where there is none."""
        start = self._read(position, 4)
        if start in _DIRECTORY:
            self.met_directory = True
            return None
        if position + LOCAL_HEADER.size >= self._file_nbytes or (
            start == _HEADER and self._file_nbytes - position < LOCAL_HEADER.size + 2 * 65_535
        ):
            # A header that the end of the file cuts is no other damage.
            following = self._search(_HEADER, position + 4, 0)
            if following < 0:
                return None
        else:
            following = self._search(_HEADER, position + (start == _HEADER), 0)
        self._break(position)
        folder = next(iter(self.records), "").partition("/")[0].encode("utf-8", errors="surrogateescape")
        while following >= 0:
            name = self._read(following + LOCAL_HEADER.size, len(folder) + 1)
            if folder and name == folder + b"/":
                return following
            following = self._search(_HEADER, following + 1, 0)
        return None

    def _break(self, position: int) -> None:
        if self._broken_at is None:
            self._broken_at = position

    def _ends_in(self, walked: _Walked) -> bool:
        """Whether the file ends in a record of unknown length, as far as can be told."""
        return self._left > 0 and self._search(_HEADER, walked.begin, 0) < 0

    def _learn(self, walked: _Walked) -> None:
        """Read from the pickle how large each storage is.

        Raises:
            CheckpointError: The file is cut inside the pickle.
        """
        length = walked.stored_nbytes
        if walked.method:
            return
        data = self._read_all(walked.begin, min(MAX_PICKLE, self._file_nbytes if length is None else length))
        stream = io.BufferedReader(io.BytesIO(data), 1 << 20)
        ids: dict[object, StorageId] = {}
        try:
            load(NotingUnpickler(stream, self._names, ids), stream, walked.name)
        except Exception:
            if length is None or len(data) < length:
                raise cut_in_pickle(self._file_nbytes) from None
            raise
        if length is None:
            nbytes = stream.tell()
            self.records[walked.name] = walked._replace(stored_nbytes=nbytes, nbytes=nbytes)
        folder = walked.name[: -len("data.pkl")]
        for key, storage in ids.items():
            nbytes_of_it = declared_nbytes(storage[1], storage[4])
            if nbytes_of_it is not None and isinstance(key, str | int):
                self.declared[f"{folder}data/{key}"] = min(nbytes_of_it, MAX_NBYTES)

    def _read_all(self, position: int, nbytes: int) -> bytes:
        parts = []
        while nbytes > 0 and (part := self._read(position, min(nbytes, 1 << 26))):
            parts.append(part)
            position += len(part)
            nbytes -= len(part)
        return b"".join(parts)


def _sizes64(extra: bytes) -> tuple[int, int] | None:
    """Uncompressed and stored size of a record from its local header's extra field; None where they are not there."""
    at = 0
    while at + 4 <= len(extra):
        tag, length = struct.unpack_from("<2H", extra, at)
        if tag == 1 and length >= 16 and at + 20 <= len(extra):
            nbytes, stored_nbytes = struct.unpack_from("<2Q", extra, at + 4)
            return nbytes, stored_nbytes
        at += 4 + length
    return None
