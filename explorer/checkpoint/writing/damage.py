"""Finds what is wrong with a source although it was opened: a damaged file is not copied."""

import zlib
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from explorer.checkpoint.damage import is_lost
from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.storages import Storage
from explorer.checkpoint.writing.content import Content
from explorer.checkpoint.writing.plan import PlannedRecord
from explorer.checkpoint.writing.telling import Telling
from explorer.progress import Report

SALVAGE: Final = "write what is whole with --salvage"
"""What can be done about a damaged file."""


class _Checked(NamedTuple):
    """Bytes of the source with the checksum that it says of them."""

    name: str
    storage: Storage
    crc: int


def check_parts(source: Content, records: Sequence[PlannedRecord], report: Report) -> None:
    """Compare the checksums of all that is not copied as it is: what is cast, in another order, or only in part.

    Args:
        source: What is read.
        records: Of the copy.
        report: Told of the bytes.

    Raises:
        CheckpointError: One is wrong.
    """
    found = {(each.storage.file, each.storage.position): each for record in records for each in _parts(record)}
    telling = Telling(sum(each.storage.nbytes for each in found.values()), "checksums compared", report)
    for name, storage, wanted in found.values():
        crc = 0
        for block in telling.watch(source.blocks(PlannedRecord(name, None, storage, 0, storage.nbytes))):
            crc = zlib.crc32(block, crc)
        if crc != wanted:
            raise wrong_checksum(name)


def _parts(record: PlannedRecord) -> Iterator[_Checked]:
    storage = record.source
    if storage is None or record.known_crc is not None:
        return
    if storage.chunks is None:
        if storage.crc is not None:
            yield _Checked(record.name, storage, storage.crc)
        return
    for chunk in storage.chunks.chunks:
        if chunk.crc is not None:
            position, nbytes = chunk.record
            yield _Checked(record.name, Storage(-1, position, nbytes, nbytes, "raw", None, chunk.file), chunk.crc)


def wrong_checksum(name: str) -> CheckpointError:
    """Says that of a record."""
    what = f"The checksum of {name[:80]!r} is wrong"
    return CheckpointError(what, "a damaged file is not copied", f"download or save it again, or {SALVAGE}")


def check_whole(checkpoint: Checkpoint) -> None:
    """Make sure that every tensor lies in the bytes that the file has for it.

    Raises:
        CheckpointError: One does not.
    """
    if not any(kind.problem for kind in checkpoint.tensors.kinds):
        return
    for tensor in checkpoint.tensors:
        if is_lost(tensor):
            problem = (tensor.kind.problem or "").rstrip(".")
            raise CheckpointError("The file does not hold all of a tensor", f"{tensor.key[:80]!r}: {problem}", SALVAGE)
