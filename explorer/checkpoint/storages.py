"""Runs of bytes in a file that tensors share, one by one and as columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, overload

from explorer.checkpoint.chunks import Chunked

Framing = Literal["raw", "zip-stored", "zip-deflated", "counted", "chunks"]

FRAMINGS: tuple[Framing, ...] = ("raw", "zip-stored", "zip-deflated", "counted", "chunks")

NO_CRC: Final = -1
"""In a column of checksums: the file has none."""


@dataclass(frozen=True, slots=True)
class Storage:
    """A run of bytes in the file that one or more tensors share.

    Attributes:
        number: Its position in the checkpoint; equal numbers mean shared bytes.
        position: Where it begins in the file, in bytes: its zip local header, its count of elements, or its first byte.
        nbytes: Its length, uncompressed.
        stored_nbytes: Its length in the file.
        framing: ``raw``, or what has to be stepped over: the local header of a kind of zip record, or a count of
            elements in 8 bytes. ``chunks`` lie in several places.
        crc: The CRC32 of its bytes, uncompressed, as the file says it; None where it says none.
        file: In which file, as its place in `Checkpoint.files`; of chunks, the first of them.
        chunks: What it is put together from, where it is.
    """

    number: int
    position: int
    nbytes: int
    stored_nbytes: int
    framing: Framing
    crc: int | None = None
    file: int = 0
    chunks: Chunked | None = None


class StorageTable(Sequence[Storage]):
    """The storages of a checkpoint as columns; a `Storage` is made when one is asked for."""

    def __init__(
        self,
        positions: Sequence[int],
        nbytes: Sequence[int],
        stored_nbytes: Sequence[int],
        framings: Sequence[int],
        crcs: Sequence[int] = (),
        files: Sequence[int] = (),
        chunks: Mapping[int, Chunked] | None = None,
    ) -> None:
        """Keep the columns: fields of `Storage`, a framing as its place in `FRAMINGS`, no checksum as `NO_CRC`.

        There are no `files` where all is in one.
        """
        self.positions = positions
        self.nbytes = nbytes
        self.stored_nbytes = stored_nbytes
        self.framings = framings
        self.crcs = crcs
        self.files = files
        self.chunks = chunks or {}

    def __len__(self) -> int:
        return len(self.positions)

    @overload
    def __getitem__(self, number: int) -> Storage: ...
    @overload
    def __getitem__(self, number: slice) -> list[Storage]: ...
    def __getitem__(self, number: int | slice) -> Storage | list[Storage]:
        if isinstance(number, slice):
            return [self[row] for row in range(*number.indices(len(self)))]
        crc = self.crcs[number] if len(self.crcs) else NO_CRC
        return Storage(
            number,
            self.positions[number],
            self.nbytes[number],
            self.stored_nbytes[number],
            FRAMINGS[self.framings[number]],
            None if crc == NO_CRC else crc,
            self.files[number] if self.files else 0,
            self.chunks.get(number),
        )


def as_columns(storages: Sequence[Storage]) -> StorageTable:
    """Storages as columns, for what goes through all of them."""
    if isinstance(storages, StorageTable):
        return storages
    return StorageTable(
        positions=[storage.position for storage in storages],
        nbytes=[storage.nbytes for storage in storages],
        stored_nbytes=[storage.stored_nbytes for storage in storages],
        framings=[FRAMINGS.index(storage.framing) for storage in storages],
        crcs=[NO_CRC if storage.crc is None else storage.crc for storage in storages],
        files=[storage.file for storage in storages],
        chunks={storage.number: storage.chunks for storage in storages if storage.chunks is not None},
    )
