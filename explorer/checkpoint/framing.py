"""How the bytes of a storage are wrapped in the file: not at all, behind a count, or as a record of a zip archive.

Formats: PKWARE APPNOTE 6.3.10, section 4.3.7 (local header); ``_legacy_save`` in ``torch/serialization.py`` (count).
"""

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final

from explorer.checkpoint.errors import CheckpointError

if TYPE_CHECKING:
    from explorer.checkpoint.file_records import FileRecord
    from explorer.checkpoint.pickles.rebuild import Record
    from explorer.checkpoint.storages import Storage

COUNT_NBYTES: Final = 8
"""Of the number of elements before each storage of the legacy layout."""

LOCAL_HEADER: Final = struct.Struct("<4s2x2H8x2L2H")
_SIZES_FOLLOW: Final = 8
_ENTRY64: Final = 0xFFFFFFFF
_METHODS: Final = {"zip-stored": 0, "zip-deflated": 8}
_UNREAD: Final = "The values cannot be read"


def first_byte(record: "Storage | Record | FileRecord", read: Callable[[int, int], bytes]) -> int:
    """Where the bytes themselves begin in the file, once what stands before them has been checked.

    Args:
        record: Where they are, and how they are framed.
        read: Reads exactly so many bytes, at a position.

    Raises:
        CheckpointError: No record begins there, or it says something else of its size than the rest of the file.
    """
    position = record.position
    if record.framing == "raw":
        return position
    if record.framing == "counted":
        count = int.from_bytes(read(position, COUNT_NBYTES), "little", signed=True)
        if not _may_fill(count, record.nbytes):
            raise CheckpointError(_UNREAD, f"the file counts {count:,} elements in {record.nbytes:,} bytes")
        return position + COUNT_NBYTES
    header = read(position, LOCAL_HEADER.size)
    magic, flags, method, stored_nbytes, nbytes, *lengths = LOCAL_HEADER.unpack(header)
    if magic != b"PK\x03\x04":
        raise CheckpointError(_UNREAD, f"no zip record begins at byte {position:,}")
    # Sizes may stand behind the bytes, or in 64 bits; the directory has them in any case.
    sizes_here = not flags & _SIZES_FOLLOW and _ENTRY64 not in (stored_nbytes, nbytes)
    if method != _METHODS[record.framing] or (
        sizes_here and (stored_nbytes, nbytes) != (record.stored_nbytes, record.nbytes)
    ):
        raise CheckpointError(_UNREAD, f"the zip record at byte {position:,} is not what the directory says")
    return position + LOCAL_HEADER.size + sum(map(int, lengths))


def _may_fill(count: int, nbytes: int) -> bool:
    """Whether so many elements of some dtype are so many bytes."""
    return any(count * itemsize == nbytes for itemsize in (1, 2, 4, 8, 16))


def inflated(packed: bytes, nbytes: int) -> bytes:
    """Decompress a record that should become `nbytes` long.

    Raises:
        CheckpointError: It is damaged, or becomes longer or shorter.
    """
    inflater = zlib.decompressobj(-15)
    try:
        # One more than wanted tells a record that would become longer.
        data = inflater.decompress(packed, nbytes + 1)
    except zlib.error:
        raise CheckpointError(_UNREAD, "they do not decompress") from None
    if len(data) != nbytes:
        raise CheckpointError(_UNREAD, "they decompress to another length than declared")
    return data


def inflated_pieces(packed: Iterable[bytes | memoryview], nbytes: int, piece: int) -> Iterator[bytes]:
    """Decompress a record in pieces, however large it becomes.

    Args:
        packed: Its bytes in the file.
        nbytes: What it should become.
        piece: The most bytes to hold at once.

    Raises:
        CheckpointError: It is damaged, or becomes longer or shorter.
    """
    inflater = zlib.decompressobj(-15)
    total = 0
    for part in packed:
        left: bytes | memoryview = part
        while left and not inflater.eof:
            try:
                data = inflater.decompress(left, piece)
            except zlib.error:
                raise CheckpointError(_UNREAD, "they do not decompress") from None
            left = inflater.unconsumed_tail
            total += len(data)
            if total > nbytes:
                break
            yield data
    if total != nbytes:
        raise CheckpointError(_UNREAD, "they decompress to another length than declared")
