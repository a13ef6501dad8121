"""Which bytes of a file are those of its storages, and what the others are."""

from typing import Final

from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.file_records import RecordKind
from explorer.checkpoint.storages import FRAMINGS, Storage, StorageTable
from explorer.progress import Report, asking

_LOCAL_HEADER_NBYTES: Final = 30
_BEFORE: Final = {
    "raw": 0,
    "counted": 8,
    "zip-stored": _LOCAL_HEADER_NBYTES,
    "zip-deflated": _LOCAL_HEADER_NBYTES,
    "chunks": 0,
}
"""Bytes that stand before a storage's own at least."""

REST_NAMES: Final[dict[RecordKind, str]] = {
    "pickle": "Pickles",
    "header": "Header",
    "directory": "Directory of the zip archive",
    "code": "Code",
    "storage": "Storages of no listed tensor",
    "other": "Other records",
}
_BETWEEN: Final = {
    "legacy": "Counts before storages",
    "safetensors": "Between tensors",
    "pickle": "The pickle around the values",
    "tar": "Pickles and tar headers",
}
_AROUND_CHUNKS: Final = "Pickles and archives around the chunks"
_BETWEEN_RECORDS: Final = "Record headers and alignment"


def bytes_here(
    checkpoint: Checkpoint, storages: StorageTable, report: Report
) -> tuple[list[int], dict[RecordKind, list[int]]]:
    """Bytes of each storage, and of the other records by kind, that the file has; each byte once.

    Raises:
        Cancelled: By `report`.
    """
    records = checkpoint.records
    before = [_BEFORE[framing] for framing in FRAMINGS]
    places = zip(storages.positions, storages.framings, strict=True)
    begins = [at + before[framing] for at, framing in asking(places, report, "storages")]
    begins += [record.position + _BEFORE[record.framing] for record in records]
    lengths = [*storages.stored_nbytes, *(record.stored_nbytes for record in records)]
    files = [*(storages.files or [0] * len(storages)), *(record.file for record in records)]
    spans = sorted(zip(files, begins, lengths, range(len(begins)), strict=True))
    here = [0] * len(spans)
    reached = (0, 0)
    seen: set[tuple[int, int]] = set()
    sizes = [file.identity.nbytes for file in checkpoint.files]
    for file, begin, nbytes, place in asking(spans, report, "storages"):
        if place < len(storages) and FRAMINGS[storages.framings[place]] == "chunks":
            here[place] = _chunk_bytes(storages[place], seen)
            continue
        end = min(begin + nbytes, sizes[file])
        # What lies over another record is counted there.
        first = max(begin, reached[1]) if reached[0] == file else begin
        if end > first:
            here[place] = end - first
            reached = (file, end)
    by_kind: dict[RecordKind, list[int]] = {kind: [] for kind in REST_NAMES}
    for record, nbytes in zip(records, here[len(storages) :], strict=True):
        by_kind[record.kind].append(nbytes)
    return here[: len(storages)], by_kind


def _chunk_bytes(storage: Storage, seen: set[tuple[int, int]]) -> int:
    """Bytes of the chunks that no other tensor was put together from before."""
    if storage.chunks is None:
        return 0
    new = {(chunk.file, chunk.position): chunk.numel for chunk in storage.chunks.chunks}
    found = sum(numel for place, numel in new.items() if place not in seen) * storage.chunks.itemsize
    seen |= new.keys()
    return found


def rests(checkpoint: Checkpoint, records: dict[RecordKind, list[int]], rest: int) -> list[tuple[str, int, int]]:
    """What lies in no storage of a tensor: name, bytes and number of records of each kind, most bytes first.

    Args:
        checkpoint: Of the file.
        records: Bytes of the other records, as `bytes_here` gives them.
        rest: All that is in no storage of a tensor.
    """
    found = [(REST_NAMES[kind], sum(sizes), len(sizes)) for kind, sizes in records.items() if sum(sizes)]
    between = rest - sum(nbytes for _, nbytes, _ in found)
    if between:
        # Of chunks no record is listed, and of other shards at least one each.
        in_chunks = checkpoint.container == "sharded" and not checkpoint.records
        name = _AROUND_CHUNKS if in_chunks else _BETWEEN.get(checkpoint.container, _BETWEEN_RECORDS)
        found.append((name, between, 0))
    return sorted(found, key=lambda some: -some[1])
