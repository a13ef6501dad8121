"""Stored CRC32s against the bytes they are of. Only zip archives have them: one for each record.

Format: PKWARE APPNOTE 6.3.10, section 4.4.7. torch.save writes 0 for each where it was told to
(``torch.serialization.set_crc32_options(False)``), so that 0 stands for none.
"""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import Final

from explorer.checkpoint.chunks import Chunked
from explorer.checkpoint.document import Checkpoint, TensorTable
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.file_records import FileRecord
from explorer.checkpoint.storages import FRAMINGS, NO_CRC, Storage, as_columns
from explorer.checkpoint.values.reading import Values, open_file_values
from explorer.progress import Report

REPORT_NBYTES: Final = 1 << 22
"""So many bytes at most go by between two reports."""


class Check(IntEnum):
    """What came out for a record, the worst last."""

    RIGHT = 0
    NO_VALUES = 1
    NOT_RECORDED = 2
    NOT_READ = 3
    WRONG = 4


CHECK_WORDS: Final = {
    Check.RIGHT: "right",
    Check.NO_VALUES: "no values",
    Check.NOT_RECORDED: "not recorded",
    Check.NOT_READ: "not read",
    Check.WRONG: "wrong",
}
"""What came out, for people and programs."""


@dataclass(frozen=True)
class Checksums:
    """What came out for a whole file.

    Attributes:
        storages: For each storage of the checkpoint, by its number.
        records: For each of its `Checkpoint.records` that can have a checksum, with its name.
        reasons: Why a storage was not compared, as a clause, by its number.
        nbytes: How many bytes were compared.
        table: The tensors.
        of_tensors: For each tensor, by its number: what came out for its storage; `Check.NOT_READ` where the file has
            none for it, and `Check.NO_VALUES` where it was saved without values.
        tensors: How many tensors there are of each.
        sharded: The tensors lie in several files.
    """

    storages: Sequence[Check]
    records: tuple[tuple[str, Check], ...]
    reasons: dict[int, str]
    nbytes: int
    table: TensorTable
    of_tensors: Sequence[Check]
    tensors: dict[Check, int]
    sharded: bool

    def word(self, number: int) -> str:
        """What came out for a tensor, for people."""
        return CHECK_WORDS[self.of_tensors[number]]

    def why(self, number: int) -> str:
        """Why a tensor's bytes were not compared, as a sentence; "" where they were, or there is no more to say."""
        storage = self.table.storage_of[number]
        if storage < 0:
            return self.table.kind(number).problem or "The file has no bytes for it."
        reasons = (self.reasons.get(place, "") for place in (storage, *self._parts_of.get(number, ())))
        reason = next(filter(None, reasons), "")
        return f"{reason[:1].upper()}{reason[1:]}." if reason else ""

    @cached_property
    def _parts_of(self) -> dict[int, list[int]]:
        """Storages of what belongs to a tensor beside its values, by its number."""
        found: dict[int, list[int]] = {}
        for storage, parts in self.table.parts.items():
            for part in parts:
                found.setdefault(part.tensor, []).append(storage)
        return found

    @cached_property
    def worst_first(self) -> Sequence[int]:
        """Numbers of all tensors, those with a wrong checksum first, else in the file's order."""
        return sorted(range(len(self.of_tensors)), key=lambda number: -self.of_tensors[number])

    @cached_property
    def wrong_tensors(self) -> frozenset[int]:
        """Numbers of the tensors that have a wrong checksum."""
        return frozenset(number for number, check in enumerate(self.of_tensors) if check == Check.WRONG)

    @property
    def wrong_records(self) -> list[str]:
        """Names of the records without tensors whose checksums are wrong."""
        return [name for name, check in self.records if check == Check.WRONG]

    @property
    def is_wrong(self) -> bool:
        """Some checksum is wrong."""
        return self.tensors[Check.WRONG] > 0 or bool(self.wrong_records)

    @property
    def sentence(self) -> str:
        """What came out, in one or two sentences."""
        total = sum(self.tensors.values())
        said = []
        wrong, names = self.tensors[Check.WRONG], self.wrong_records
        if wrong:
            have, its = ("has", "its") if wrong == 1 else ("have", "their")
            things = "tensor" if total == 1 else "tensors"
            said.append(f"{wrong:,} of {total:,} {things} {have} a wrong checksum: {its} bytes are not what was saved.")
        if names:
            more = f" and {len(names) - 1:,} more" if len(names) > 1 else ""
            said.append(f"So has the record {names[0][:80]!r}{more}." if wrong else _record_sentence(names[0], more))
        right = self.tensors[Check.RIGHT]
        if right and right == total and not names:
            said.append("The checksums of all tensors are right." if total > 1 else "Its checksum is right.")
        elif right:
            said.append(f"{right:,} {'is' if right == 1 else 'are'} right.")
        if self.tensors[Check.NOT_RECORDED]:
            said.append(
                f"For {self.tensors[Check.NOT_RECORDED]:,} the {'shards have' if self.sharded else 'file has'} none."
            )
        if self.tensors[Check.NOT_READ]:
            said.append(f"{self.tensors[Check.NOT_READ]:,} could not be read.")
        valueless = self.tensors[Check.NO_VALUES]
        if valueless:
            have, its = ("has", "its") if valueless == 1 else ("have", "their")
            said.append(f"{valueless:,} {have} no values of {its} own.")
        return " ".join(said) or "No record has a wrong checksum."


def _record_sentence(name: str, more: str) -> str:
    return f"The record {name[:80]!r}{more} has a wrong checksum."


def why_no_checksums(checkpoint: Checkpoint) -> str | None:
    """Why there is nothing to verify, as a sentence; None where there is something.

    Args:
        checkpoint: Any.
    """
    storages = as_columns(checkpoint.tensors.storages)
    if checkpoint.container not in ("zip", "torchscript", "torch.package", "sharded"):
        names = {"legacy": "PyTorch's format before 1.6", "tar": "PyTorch's tar format", "pickle": "A pickle"}
        return f"{names.get(checkpoint.container, f'The {checkpoint.container} format')} has no checksums to verify."
    if any(crc != NO_CRC for crc in storages.crcs) or any(record.crc is not None for record in checkpoint.records):
        return None
    if any(chunk.crc is not None for whole in storages.chunks.values() for chunk in whole.chunks):
        return None
    if checkpoint.container != "sharded":
        return "The file was saved without checksums."
    zips = any(FRAMINGS[framing].startswith("zip") for framing in set(storages.framings))
    return (
        "The shards were saved without checksums." if zips else "The format of the shards has no checksums to verify."
    )


def verify(checkpoint: Checkpoint, report: Report) -> Checksums:
    """Read every record once and compare its checksum.

    Args:
        checkpoint: Whose file is read.
        report: Told of the bytes.

    Raises:
        CheckpointError: The file is gone, or changed.
    """
    with open_file_values(checkpoint) as values:
        work = _Verifying(checkpoint, values, report)
        checks = [work.check(storage) for storage in checkpoint.tensors.storages]
        records = [(work.name(record), work.check(record)) for record in checkpoint.records if record.crc is not None]
        values.check_unchanged()
    table = checkpoint.tensors
    without = [Check.NO_VALUES if kind.valueless else Check.NOT_READ for kind in table.kinds]
    of_tensors = [
        without[kind] if storage < 0 else checks[storage]
        for storage, kind in zip(table.storage_of, table.kind_of, strict=True)
    ]
    for storage, parts in table.parts.items():
        for part in parts:
            of_tensors[part.tensor] = max(of_tensors[part.tensor], checks[storage])
    counts = dict.fromkeys(Check, 0)
    for check in of_tensors:
        counts[check] += 1
    sharded = checkpoint.container == "sharded"
    found = Checksums(checks, tuple(records), work.reasons, work.done, table, of_tensors, counts, sharded)
    # For the window, which shows them in this order.
    _ = found.worst_first, found.wrong_tensors
    return found


class _Verifying:
    """Compares records one after the other."""

    def __init__(self, checkpoint: Checkpoint, values: Values, report: Report) -> None:
        self._values = values
        self._report = report
        self._files = checkpoint.files
        self._total = _total(checkpoint)
        self._told = 0
        self._chunks: dict[tuple[int, int, int], bool] = {}
        self.reasons: dict[int, str] = {}
        self.done = 0

    def name(self, record: FileRecord) -> str:
        """What to call a record: with its file, where there are several."""
        return f"{self._files[record.file].path.name}: {record.name}" if record.file else record.name

    def check(self, record: Storage | FileRecord) -> Check:
        """Compare a record, or all that a tensor is put together from."""
        if isinstance(record, Storage) and record.chunks is not None:
            return self._check_chunks(record.number, record.chunks)
        if record.position + record.stored_nbytes > self._files[record.file].identity.nbytes:
            return self._skipped(record, Check.NOT_READ, "the file ends before it does")
        if record.crc is None:
            # An empty record has the checksum 0, which is right.
            return self._skipped(record, Check.NOT_RECORDED, self._why_none(record)) if record.nbytes else Check.RIGHT
        try:
            crc = self._crc_of(self._values.bytes_of(record))
        except CheckpointError as error:
            self._values.check_unchanged()
            return self._skipped(record, Check.NOT_READ, error.why or error.what)
        return Check.RIGHT if crc == record.crc else Check.WRONG

    def _check_chunks(self, number: int, whole: Chunked) -> Check:
        worst = Check.RIGHT
        for chunk in whole.chunks:
            first, nbytes = chunk.record
            if chunk.crc is None:
                self.reasons.setdefault(number, "chunks of it were saved without a checksum")
                worst = max(worst, Check.NOT_RECORDED)
                continue
            place = (chunk.file, first, nbytes)
            if place not in self._chunks:
                try:
                    self._chunks[place] = self._crc_of(self._values.bytes_at(*place)) == chunk.crc
                except CheckpointError as error:
                    self._values.check_unchanged()
                    self.reasons[number] = error.why or error.what
                    worst = max(worst, Check.NOT_READ)
                    continue
            if not self._chunks[place]:
                worst = Check.WRONG
        return worst

    def _crc_of(self, pieces: Iterator[bytes | memoryview]) -> int:
        crc = 0
        for piece in pieces:
            crc = zlib.crc32(piece, crc)
            self.done += len(piece)
            if self.done - self._told >= REPORT_NBYTES:
                self._tell()
        return crc

    def _why_none(self, record: Storage | FileRecord) -> str:
        if record.framing.startswith("zip"):
            return "it was saved without a checksum"
        return f"{self._files[record.file].path.name!r} has no checksum for it" if record.file else ""

    def _skipped(self, record: Storage | FileRecord, check: Check, why: str) -> Check:
        if isinstance(record, Storage) and why:
            self.reasons[record.number] = why
        return check

    def _tell(self) -> None:
        self._told = self.done
        self._report(min(self.done, self._total), self._total, "checksums")


def _total(checkpoint: Checkpoint) -> int:
    """Bytes of the storages that have checksums."""
    storages = as_columns(checkpoint.tensors.storages)
    plain = sum(nbytes for nbytes, crc in zip(storages.stored_nbytes, storages.crcs, strict=False) if crc != NO_CRC)
    chunks = sum(
        chunk.record[1] for whole in storages.chunks.values() for chunk in whole.chunks if chunk.crc is not None
    )
    return min(plain + chunks, checkpoint.nbytes)
