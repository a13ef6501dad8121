"""Where a file keeps what is no tensor's values."""

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from explorer.checkpoint.storages import Framing

RecordKind = Literal["pickle", "header", "directory", "code", "storage", "other"]
"""What it is; a ``storage`` is one in which nothing of a listed tensor lies."""


class FileRecord(NamedTuple):
    """A run of bytes of the file in which no listed tensor lies.

    Attributes:
        kind: What it is.
        name: Of the record in a zip archive; a word or two elsewhere.
        position: As `Storage.position`.
        nbytes: As `Storage.nbytes`.
        stored_nbytes: As `Storage.stored_nbytes`.
        framing: As `Storage.framing`.
        crc: As `Storage.crc`.
        file: As `Storage.file`.
    """

    kind: RecordKind
    name: str
    position: int
    nbytes: int
    stored_nbytes: int
    framing: "Framing" = "raw"
    crc: int | None = None
    file: int = 0
