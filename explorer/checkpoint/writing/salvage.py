"""Tells which tensors of a damaged file are whole, and can be written all the same."""

from dataclasses import replace

from explorer.checkpoint.checksums import Check, verify
from explorer.checkpoint.document import Checkpoint, Entry
from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.writing.plan import Plan
from explorer.progress import Report

NAMED = 4
"""Tensors that the sentence names, the first that were dropped; the keys of these are all told."""


def whole_part(checkpoint: Checkpoint, entry: Entry, report: Report) -> tuple[Entry, list[int]]:
    """Take the tensors of an entry that can be written: of which all bytes are there, and no checksum is wrong.

    Args:
        checkpoint: A damaged file. Where it has checksums, its tensors are read once for them.
        entry: One of its entries.
        report: Told of the bytes.

    Returns:
        The entry with these tensors alone, and the numbers of the others.

    Raises:
        CheckpointError: None is whole, or the file is gone or changed.
        Cancelled: By `report`.
    """
    table = checkpoint.tensors
    checks = verify(checkpoint, report).of_tensors
    whole: list[int] = []
    broken: list[int] = []
    for number in entry.numbers:
        kind = table.kind(number)
        fine = kind.problem is None or "not shown" in kind.problem
        fine = fine and kind.layout == "strided" and kind.quantization is None and table.storage_of[number] >= 0
        (whole if fine and checks[number] not in (Check.WRONG, Check.NOT_READ) else broken).append(number)
    if not whole:
        raise CheckpointError("Nothing of the file can be saved", "none of its tensors is whole")
    return replace(entry, numbers=whole), broken


def tell_broken(checkpoint: Checkpoint, broken: list[int], plan: Plan) -> None:
    """Note in a plan what is left out of the copy, and say it."""
    keys = [checkpoint.tensors.key(number) for number in broken]
    plan.dropped += keys
    if keys:
        more = f" and {len(keys) - NAMED:,} more" if len(keys) > NAMED else ""
        named = ", ".join(repr(key[:80]) for key in keys[:NAMED]) + more
        count = "1 tensor is" if len(keys) == 1 else f"{len(keys):,} tensors are"
        plan.warnings.append(f"{count} not in the copy, for want of whole values: {named}.")
