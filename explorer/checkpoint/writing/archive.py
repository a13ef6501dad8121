"""Writes a zip archive as torch.save does, to the byte: stored, aligned, sizes and checksums behind each record.

Formats: PKWARE APPNOTE 6.3.10, sections 4.3.7 (local header), 4.3.9 (descriptor), 4.3.12 (directory), 4.3.14-16 (end
records), 4.5.3 (64-bit sizes); ``getPadding`` in ``caffe2/serialize/inline_container.cc``, by which ``torch.load`` may
work out where a record begins.
"""

import struct
import zlib
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from explorer.checkpoint.writing.stretch import Stretch

ALIGNMENT: Final = 64
"""Of the first byte of each record, as torch.save's own."""

_LOCAL: Final = struct.Struct("<4s5H3L2H")
_ENTRY: Final = struct.Struct("<4s6H3L5H2L")
_END64: Final = struct.Struct("<4sQ2H2L4Q")
_LOCATOR: Final = struct.Struct("<4sLQL")
_END: Final = struct.Struct("<4s4H2LH")
_SIZES_FOLLOW_UTF8: Final = 0x0808
_UTF8: Final = 0x0800
_MOST: Final = 0xFFFFFFFF
_MADE_BY: Final = 0x031E


class _Entry(NamedTuple):
    name: bytes
    position: int
    nbytes: int
    crc: int


class ArchiveWriter:
    """Appends records one after the other, and the directory last."""

    def __init__(
        self, write: Callable[[bytes | memoryview], object], take: Callable[[Stretch], object] | None = None
    ) -> None:
        """Write by functions that append.

        Args:
            write: Bytes.
            take: Stretches of another file; None where there are none.
        """
        self._take = take
        self._write_all = write
        self._entries: list[_Entry] = []
        self._at = 0

    def add(
        self, name: str, nbytes: int, blocks: Iterable[bytes | memoryview | Stretch], known_crc: int | None = None
    ) -> None:
        """Append a record.

        Args:
            name: Its whole name.
            nbytes: How many bytes the blocks have together.
            blocks: Its bytes; stretches of another file only where their CRC32 is known.
            known_crc: It, where it need not be worked out.

        Raises:
            ValueError: They are more or fewer.
        """
        position, encoded = self._at, name.encode("utf-8", "surrogateescape")
        wide = _wide(nbytes, position)
        flags = _SIZES_FOLLOW_UTF8 if nbytes else _UTF8
        padding = _padding(position + _LOCAL.size + len(encoded) + len(wide))
        lengths = len(encoded), len(wide) + len(padding)
        self._write(_LOCAL.pack(b"PK\x03\x04", 0, flags, 0, 0, 0, 0, 0, 0, *lengths) + encoded + wide + padding)
        begin = self._at
        crc = 0 if known_crc is None else known_crc
        for block in blocks:
            if isinstance(block, Stretch):
                assert self._take is not None  # noqa: S101 - who gives them says what takes them
                self._take(block)
                self._at += len(block)
                continue
            if known_crc is None:
                crc = zlib.crc32(block, crc)
            self._write(block)
        if self._at - begin != nbytes:
            raise ValueError(f"{name!r} has {self._at - begin:,} bytes, not {nbytes:,}")
        if nbytes:
            self._write(struct.pack("<4sL2Q" if wide else "<4s3L", b"PK\x07\x08", crc, nbytes, nbytes))
        self._entries.append(_Entry(encoded, position, nbytes, crc))

    def finish(self) -> None:
        """Append the directory."""
        start = self._at
        for entry in self._entries:
            wide = _wide(entry.nbytes, entry.position)
            flags = _SIZES_FOLLOW_UTF8 if entry.nbytes else _UTF8
            size = min(entry.nbytes, _MOST)
            facts = (b"PK\x01\x02", 0, 0, flags, 0, 0, 0, entry.crc, size, size, len(entry.name), len(wide), 0, 0, 0)
            self._write(_ENTRY.pack(*facts, 0, min(entry.position, _MOST)) + entry.name + wide)
        end, count = self._at, len(self._entries)
        size = end - start
        self._write(_END64.pack(b"PK\x06\x06", 44, _MADE_BY, 45, 0, 0, count, count, size, start))
        self._write(_LOCATOR.pack(b"PK\x06\x07", 0, end, 1))
        few = min(count, 0xFFFF)
        self._write(_END.pack(b"PK\x05\x06", 0, 0, few, few, min(size, _MOST), min(start, _MOST), 0))

    def _write(self, data: bytes | memoryview) -> None:
        self._write_all(data)
        self._at += len(data)


def _wide(nbytes: int, position: int) -> bytes:
    """The extra field with what needs 64 bits; nothing where all fits into 32."""
    values = [nbytes, nbytes] if nbytes >= _MOST else []
    values += [position] if position >= _MOST else []
    return struct.pack(f"<2H{len(values)}Q", 1, 8 * len(values), *values) if values else b""


def _padding(begin: int) -> bytes:
    """The extra field behind which a record is aligned."""
    length = -(begin + 4) % ALIGNMENT
    return b"FB" + struct.pack("<H", length) + b"Z" * length
