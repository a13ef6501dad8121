"""What a copy is to be, as the window knows it, and the work of writing it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from explorer.checkpoint.document import Checkpoint, Entry
from explorer.keys.key_mapping import Rule
from explorer.progress import Report

if TYPE_CHECKING:
    from explorer.checkpoint.writing.options import CopyMade

DEVICES: Final = ("cpu", "cuda:0", "cuda:1", "mps", "xpu:0")
"""Proposed; any other can be written."""


@dataclass(frozen=True, slots=True)
class KeyChanges:
    """What becomes of the keys of an entry.

    Attributes:
        entry: Whose keys they are.
        rules: Rename them, in order.
        left_out: Keys, as they are in the source, that are not written.
    """

    entry: Entry
    rules: tuple[Rule, ...] = ()
    left_out: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be another than in the source.

    Attributes:
        device: As of `CopyOptions`; None for as saved.
        entry: Only this one is written, unwrapped; None for the whole file.
        keys: Of the chosen entry where the whole file is written.
        dtype: As of `CopyOptions`; None for as saved.
        compact: Likewise.
        break_sharing: Likewise.
    """

    device: str | None = None
    entry: str | None = None
    keys: KeyChanges | None = None
    dtype: str | None = None
    compact: bool = False
    break_sharing: bool = False


def save_copy(checkpoint: Checkpoint, out: Path, wish: Wish, report: Report) -> "CopyMade":
    """Write a copy; in a worker.

    Args:
        checkpoint: The source.
        out: The new file.
        wish: What is to be another.
        report: Told of the bytes.

    Raises:
        CheckpointError: As `explorer.checkpoint.writer.write_copy`.
        KeyMappingError: The rules cannot be applied.
        Cancelled: By `report`.
    """
    # NumPy takes a tenth of a second to import, which the window need not wait for.
    from explorer.checkpoint.writer import write_copy  # noqa: PLC0415
    from explorer.checkpoint.writing.options import CopyOptions  # noqa: PLC0415
    from explorer.keys.renaming import Renaming  # noqa: PLC0415

    changes = wish.keys

    def names(keys: Sequence[str]) -> Mapping[str, str]:
        if changes is None:
            return {key: key for key in keys}
        left = [key for key in keys if key not in changes.left_out]
        return Renaming().rename(left, changes.rules, report)

    chosen = None if changes is None else names
    options = CopyOptions(wish.device, wish.entry, chosen, wish.dtype, wish.compact, wish.break_sharing)
    return write_copy(checkpoint, out, options, report)
