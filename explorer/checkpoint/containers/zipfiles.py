"""The layout of torch.save since 1.6: a zip archive of stored records, one of them the pickle.

Only the directory at the end and the pickle are read. Python's zipfile would read each record's header and make an
object of it, which takes half a second for 100,000 storages.
Format: PKWARE APPNOTE 6.3.10, sections 4.3.7 (local header), 4.3.12 (directory), 4.3.14-16 (end records).
"""

import io
import struct
import zlib
from typing import Final, Literal, NamedTuple

from explorer.checkpoint.containers.found import Found, read_at
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.pickles import InertUnpickler
from explorer.checkpoint.rebuild import Record

MAX_PICKLE: Final = 512_000_000
"""Bytes of data.pkl. A million tensors take 120 MB."""

_END: Final = struct.Struct("<4s4H2LH")
_END64: Final = struct.Struct("<4sQ2H2L4Q")
_ENTRY: Final = struct.Struct("<4s6H3L5H2L")
_LOCAL_HEADER: Final = 30
_STORED, _DEFLATED = 0, 8
_ENCRYPTED: Final = 1


class ZipRecord(NamedTuple):
    """One record of the directory; `position` is that of its local header."""

    position: int
    stored_nbytes: int
    nbytes: int
    crc: int
    method: int
    flags: int


def read_directory(descriptor: int, file_nbytes: int) -> dict[str, ZipRecord]:
    """Read the directory at the end of the archive.

    Raises:
        CheckpointError: There is none, or it is damaged.
    """
    tail_nbytes = min(file_nbytes, 65_557)
    tail = read_at(descriptor, file_nbytes - tail_nbytes, tail_nbytes)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise CheckpointError(
            "The zip archive has no directory", "its end is missing", "it is a damaged or incomplete download"
        )
    _, _, _, _, count, size, start, _ = _END.unpack_from(tail, at)
    if at >= 20 and tail[at - 20 : at - 16] == b"PK\x06\x07":
        end64_at = int.from_bytes(tail[at - 12 : at - 4], "little")
        if end64_at + _END64.size > file_nbytes:
            raise CheckpointError("The zip archive is damaged", "its directory lies outside the file")
        fields = _END64.unpack(read_at(descriptor, end64_at, _END64.size))
        count, size, start = fields[7], fields[8], fields[9]
    if start + size > file_nbytes:
        raise CheckpointError("The zip archive is damaged", "its directory lies outside the file")
    return _parse_directory(read_at(descriptor, start, size), count)


def _parse_directory(directory: bytes, count: int) -> dict[str, ZipRecord]:
    records: dict[str, ZipRecord] = {}
    at = 0
    damaged = CheckpointError("The zip archive is damaged", "its directory makes no sense")
    for _ in range(count):
        try:
            fields = _ENTRY.unpack_from(directory, at)
        except struct.error:
            raise damaged from None
        magic, _, _, flags, method, _, _, crc, stored, size, name_size, extra_size, comment_size, *_, start = fields
        if magic != b"PK\x01\x02":
            raise damaged
        name_at = at + _ENTRY.size
        name = directory[name_at : name_at + name_size].decode("utf-8", errors="surrogateescape")
        if 0xFFFFFFFF in (stored, size, start):
            extra = directory[name_at + name_size : name_at + name_size + extra_size]
            size, stored, start = _sizes64(extra, size, stored, start)
        if name in records:
            raise CheckpointError("The zip archive is damaged", f"two records are called {name[:80]!r}")
        records[name] = ZipRecord(start, stored, size, crc, method, flags)
        at = name_at + name_size + extra_size + comment_size
    return records


def _sizes64(extra: bytes, size: int, stored: int, start: int) -> tuple[int, int, int]:
    at = 0
    while at + 4 <= len(extra):
        tag, length = struct.unpack_from("<2H", extra, at)
        if tag == 1:
            values = [value for (value,) in struct.iter_unpack("<Q", extra[at + 4 : at + 4 + length // 8 * 8])]
            wanted = [value == 0xFFFFFFFF for value in (size, stored, start)]
            if sum(wanted) > len(values):
                break
            given = iter(values)
            size, stored, start = (
                next(given) if wants else value for wants, value in zip(wanted, (size, stored, start), strict=True)
            )
            return size, stored, start
        at += 4 + length
    raise CheckpointError("The zip archive is damaged", "a record's 64-bit sizes are missing")


def read_record(descriptor: int, record: ZipRecord, limit: int) -> bytes:
    """Read a whole record and check its CRC32; 0 means that none was stored.

    Raises:
        CheckpointError: It is encrypted, larger than `limit`, damaged, or its checksum is wrong.
    """
    if record.flags & _ENCRYPTED or record.method not in (_STORED, _DEFLATED):
        raise CheckpointError("The zip archive cannot be read", "its pickle is encrypted or oddly compressed")
    if max(record.nbytes, record.stored_nbytes) > limit:
        raise CheckpointError("The file's pickle is too large", f"{record.nbytes:,} bytes", verdict="limit")
    header = read_at(descriptor, record.position, _LOCAL_HEADER)
    if header[:4] != b"PK\x03\x04":
        raise CheckpointError("The zip archive is damaged", f"no record begins at byte {record.position:,}")
    begin = record.position + _LOCAL_HEADER + sum(struct.unpack("<2H", header[26:30]))
    data = read_at(descriptor, begin, record.stored_nbytes)
    if record.method == _DEFLATED:
        try:
            data = zlib.decompressobj(-15).decompress(data, limit)
        except zlib.error:
            raise CheckpointError("The zip archive is damaged", "its pickle does not decompress") from None
    if len(data) != record.nbytes or (record.crc and zlib.crc32(data) != record.crc):
        raise CheckpointError("The file's pickle is damaged", "its checksum is wrong", "fetch it again")
    return data


def open_zip(descriptor: int, file_nbytes: int, names: dict[str, None]) -> Found:
    """Read the directory and the pickle of an archive that torch.save wrote.

    Args:
        descriptor: The file, open for reading.
        file_nbytes: Its size.
        names: Takes every name the pickle asks for, also when reading fails.

    Raises:
        CheckpointError: The archive is damaged, or holds something else.
    """
    records = read_directory(descriptor, file_nbytes)
    pickle_name = next((name for name in records if name.endswith("/data.pkl") and name.count("/") == 1), None)
    if pickle_name is None:
        raise _other_archive(records)
    prefix = pickle_name.removesuffix("data.pkl")
    data = read_record(descriptor, records[pickle_name], MAX_PICKLE)
    # A buffered stream hands the C unpickler its bytes in large pieces, which halves the time.
    root = InertUnpickler(io.BufferedReader(io.BytesIO(data), 1 << 20), names).load()
    byteorder: Literal["little", "big"] = "little"
    order = records.get(f"{prefix}byteorder")
    if order is not None and read_record(descriptor, order, 64).strip() == b"big":
        byteorder = "big"
    torchscript = f"{prefix}constants.pkl" in records

    def find_record(key: str) -> Record | None:
        record = records.get(f"{prefix}data/{key}")
        return None if record is None else _as_record(key, record, file_nbytes)

    return Found("torchscript" if torchscript else "zip", root, find_record, names, byteorder=byteorder)


def _as_record(key: str, record: ZipRecord, file_nbytes: int) -> Record:
    problem = None
    if record.flags & _ENCRYPTED or record.method not in (_STORED, _DEFLATED):
        problem = "Its record in the zip archive is encrypted or oddly compressed."
    elif record.method == _STORED and record.stored_nbytes != record.nbytes:
        problem = "Its record in the zip archive has two different sizes."
    elif record.position + _LOCAL_HEADER + record.stored_nbytes > file_nbytes:
        problem = "Its record lies outside the file."
    framing: Literal["zip-stored", "zip-deflated"] = "zip-deflated" if record.method == _DEFLATED else "zip-stored"
    return Record(key, record.position, record.nbytes, record.stored_nbytes, framing, problem)


def _other_archive(records: dict[str, ZipRecord]) -> CheckpointError:
    if any("/.data/" in f"/{name}" for name in records):
        what = "This is a torch.package archive"
    elif any(name.endswith(".npy") for name in records):
        what = "This is a NumPy .npz archive"
    elif any("archive_format" in name or name.endswith("models/model.json") for name in records):
        what = "This is a torch.export .pt2 archive"
    else:
        what = "This is a zip archive, but not a PyTorch checkpoint"
    return CheckpointError(what, "it has no data.pkl that torch.save writes", verdict="unsupported")
