"""Stored CRC32s against the bytes they are of. Only zip archives have them: one for each record.

Format: PKWARE APPNOTE 6.3.10, section 4.4.7. torch.save writes 0 for each where it was told to
(``torch.serialization.set_crc32_options(False)``), so that 0 stands for none.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import Final

from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.file_records import FileRecord
from explorer.checkpoint.storages import NO_CRC, Storage, as_columns
from explorer.checkpoint.values import Values, open_values
from explorer.progress import Report

REPORT_NBYTES: Final = 1 << 22
"""So many bytes at most go by between two reports."""


class Check(IntEnum):
    """What came out for a record, the worst last."""

    RIGHT = 0
    NOT_RECORDED = 1
    NOT_READ = 2
    WRONG = 3


CHECK_WORDS: Final = {
    Check.RIGHT: "right",
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
        reasons: Why a storage could not be read, as a clause, by its number.
        nbytes: How many bytes were compared.
        storage_of: For each tensor, by its number: that of its storage; -1 for none.
        of_tensors: For each tensor, by its number: what came out for its storage; `Check.NOT_READ` for one without.
        tensors: How many tensors there are of each.
    """

    storages: Sequence[Check]
    records: tuple[tuple[str, Check], ...]
    reasons: dict[int, str]
    nbytes: int
    storage_of: Sequence[int]
    of_tensors: Sequence[Check]
    tensors: dict[Check, int]

    def word(self, number: int) -> str:
        """What came out for a tensor, for people."""
        return CHECK_WORDS[self.of_tensors[number]]

    def why(self, number: int) -> str:
        """Why a tensor's bytes were not compared, as a sentence; "" where they were, or there is no more to say."""
        storage = self.storage_of[number]
        reason = self.reasons.get(storage, "") if storage >= 0 else "the file has no bytes for it"
        return f"{reason[:1].upper()}{reason[1:]}." if reason else ""

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
            said.append(f"For {self.tensors[Check.NOT_RECORDED]:,} the file has none.")
        if self.tensors[Check.NOT_READ]:
            said.append(f"{self.tensors[Check.NOT_READ]:,} could not be read.")
        return " ".join(said) or "No record has a wrong checksum."


def _record_sentence(name: str, more: str) -> str:
    return f"The record {name[:80]!r}{more} has a wrong checksum."


def why_no_checksums(checkpoint: Checkpoint) -> str | None:
    """Why there is nothing to verify, as a sentence; None where there is something.

    Args:
        checkpoint: Any.
    """
    crcs = as_columns(checkpoint.tensors.storages).crcs
    if checkpoint.container == "sharded":
        return "Sharded checkpoints are not verified as a whole; open one of their .bin files to verify that one."
    if checkpoint.container not in ("zip", "torchscript", "torch.package"):
        names = {"legacy": "PyTorch's format before 1.6", "tar": "PyTorch's tar format", "pickle": "A pickle"}
        return f"{names.get(checkpoint.container, f'The {checkpoint.container} format')} has no checksums to verify."
    if all(crc == NO_CRC for crc in crcs) and all(record.crc is None for record in checkpoint.records):
        return "The file was saved without checksums."
    return None


def verify(checkpoint: Checkpoint, report: Report) -> Checksums:
    """Read every record once and compare its checksum.

    Args:
        checkpoint: Whose file is read.
        report: Told of the bytes.

    Raises:
        CheckpointError: The file is gone, or changed.
    """
    with open_values(checkpoint) as values:
        work = _Verifying(checkpoint, values, report)
        checks = [work.check(storage) for storage in checkpoint.tensors.storages]
        records = [(record.name, work.check(record)) for record in checkpoint.records if record.crc is not None]
        values.check_unchanged()
    table = checkpoint.tensors
    of_tensors = [Check.NOT_READ if storage < 0 else checks[storage] for storage in table.storage_of]
    counts = dict.fromkeys(Check, 0)
    for check in of_tensors:
        counts[check] += 1
    found = Checksums(checks, tuple(records), work.reasons, work.done, table.storage_of, of_tensors, counts)
    # For the window, which shows them in this order.
    _ = found.worst_first, found.wrong_tensors
    return found


class _Verifying:
    """Compares records one after the other."""

    def __init__(self, checkpoint: Checkpoint, values: Values, report: Report) -> None:
        self._values = values
        self._report = report
        self._size = checkpoint.nbytes
        self._total = min(sum(as_columns(checkpoint.tensors.storages).stored_nbytes), checkpoint.nbytes)
        self._told = 0
        self.reasons: dict[int, str] = {}
        self.done = 0

    def check(self, record: Storage | FileRecord) -> Check:
        if record.position + record.stored_nbytes > self._size:
            return self._not_read(record, "the file ends before it does")
        if record.crc is None:
            # An empty record has the checksum 0, which is right.
            return Check.NOT_RECORDED if record.nbytes else Check.RIGHT
        crc = 0
        try:
            for piece in self._values.bytes_of(record):
                crc = zlib.crc32(piece, crc)
                self.done += len(piece)
                if self.done - self._told >= REPORT_NBYTES:
                    self._tell()
        except CheckpointError as error:
            self._values.check_unchanged()
            return self._not_read(record, error.why or error.what)
        return Check.RIGHT if crc == record.crc else Check.WRONG

    def _not_read(self, record: Storage | FileRecord, why: str) -> Check:
        if isinstance(record, Storage):
            self.reasons[record.number] = why
        return Check.NOT_READ

    def _tell(self) -> None:
        self._told = self.done
        self._report(min(self.done, self._total), self._total, "checksums")
