"""What a new file consists of, record by record, before a byte of it is written."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from explorer.checkpoint.dtypes import DTYPES
from explorer.checkpoint.storages import FRAMINGS, Storage


class Cast(NamedTuple):
    """From which dtype to which."""

    before: str
    after: str


class PlannedRecord(NamedTuple):
    """A record of the new file.

    Attributes:
        name: Of the record.
        data: Its bytes, where they are not the source's.
        source: What its bytes are read from otherwise.
        begin: The first byte of that which it has.
        nbytes: How many it has.
        cast: What becomes of them on the way.
        tensor: Where they are those of a tensor in the order of its indices, which do not lie so in the source: its
            number; else -1.
    """

    name: str
    data: bytes | None = None
    source: Storage | None = None
    begin: int = 0
    nbytes: int = 0
    cast: Cast | None = None
    tensor: int = -1

    @property
    def known_crc(self) -> int | None:
        """The CRC32 of its bytes, where the source says it; whether it is right shows when they are compared."""
        whole = self.source is not None and self.cast is None and self.tensor < 0 and self.nbytes == self.source.nbytes
        return self.source.crc if whole and self.source is not None else None

    @property
    def written_nbytes(self) -> int:
        """Its length in the new file."""
        if self.data is not None:
            return len(self.data)
        if self.cast is None:
            return self.nbytes
        return self.nbytes // DTYPES[self.cast.before].itemsize * DTYPES[self.cast.after].itemsize


@dataclass
class Plan:
    """A new file.

    Attributes:
        records: In order.
        retagged: Storages with another device than in the source.
        names: What the keys of the entry are called in it; None where each is called as it was.
        dropped: Keys of the entry that are left out.
        warnings: What the user should know, as sentences.
    """

    records: list[PlannedRecord] = field(default_factory=list)
    retagged: int = 0
    names: dict[str, str] | None = None
    dropped: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def nbytes(self) -> int:
        """Of all records together, without what stands around them."""
        return sum(record.written_nbytes for record in self.records)


def record_fields(record: PlannedRecord) -> list[Any]:
    """A record that is read from the source, as plain data."""
    source = record.source
    assert source is not None  # noqa: S101 - the others are sent as bytes
    place = [source.position, source.nbytes, source.stored_nbytes, FRAMINGS.index(source.framing), source.crc]
    return [record.name, *place, record.begin, record.nbytes, record.cast]


def planned_record(fields: list[Any], number: int) -> PlannedRecord:
    """A record from what `record_fields` made of it."""
    name, position, nbytes, stored_nbytes, framing, crc, begin, length, cast = fields
    source = Storage(number, position, nbytes, stored_nbytes, FRAMINGS[framing], crc)
    return PlannedRecord(name, None, source, begin, length, None if cast is None else Cast(*cast))
