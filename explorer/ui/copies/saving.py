"""What a copy is to be, as the window knows it, and the work of writing it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from explorer.checkpoint.document import Checkpoint, Entry
from explorer.checkpoint.errors import SOUND
from explorer.checkpoint.pickles.names import does_something
from explorer.checkpoint.writing.beside import beside, named
from explorer.formatting import exact, plural, visible
from explorer.keys.key_mapping import Rule, left_in
from explorer.progress import Report

if TYPE_CHECKING:
    from explorer.checkpoint.writing.options import CopyMade

DEVICES: Final = ("cpu", "cuda:0", "cuda:1", "mps", "xpu:0")
"""Proposed; any other can be written."""
_AS_A_WHOLE: Final = ("zip", "legacy", "safetensors", "sharded")
"""Containers of which a copy of the whole file is one of the entry at the top, unless that is a module."""


@dataclass(frozen=True, slots=True)
class KeyChanges:
    """What becomes of the keys of an entry.

    Attributes:
        entry: Whose keys they are.
        rules: Rename them, in order.
        left_out: Keys, as they are in the source, that are not written, since they do not load.
        only_offered: That they are not is offered, and happens once it is asked for.
    """

    entry: Entry
    rules: tuple[Rule, ...] = ()
    left_out: frozenset[str] = frozenset()
    only_offered: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be another than in the source.

    Attributes:
        device: As of `CopyOptions`; None for as saved, "" for one that is still to be named.
        entry: Only this one is written, unwrapped; None for the whole file.
        keys: Of the chosen entry where the whole file is written.
        without: A regular expression; keys of that entry in which it finds something, as the copy calls them, are not
            written.
        dtype: As of `CopyOptions`; None for as saved.
        compact: Likewise.
        break_sharing: Likewise.
        salvage: Likewise; then `entry` says of which.
    """

    device: str | None = None
    entry: str | None = None
    keys: KeyChanges | None = None
    without: str | None = None
    dtype: str | None = None
    compact: bool = False
    break_sharing: bool = False
    salvage: bool = False


@dataclass(frozen=True, slots=True)
class Saved:
    """What was written.

    Attributes:
        made: The copy.
        left_out: What of the source it does not hold, in sentences; "" where it holds all.
    """

    made: "CopyMade"
    left_out: str


def is_damaged(checkpoint: Checkpoint) -> bool:
    """Tell whether only a part of a file can be written, as far as its structure says."""
    return checkpoint.verdict not in SOUND and bool(checkpoint.entries)


def whole_of(checkpoint: Checkpoint, entry: Entry) -> str:
    """How many tensors of an entry can be written: ``7 of 15 tensors``."""
    lost = sum(number in entry.numbers for number in checkpoint.tensors.unreadable)
    total = plural(entry.tensors, "tensor")
    return f"{exact(entry.tensors - lost)} of {total}"


def taken_out(checkpoint: Checkpoint) -> list[Entry]:
    """The entries that can be written alone and are then another file than the whole."""
    whole = checkpoint.container in _AS_A_WHOLE
    # Of what names code the entry at the top is written without it.
    whole = whole and not does_something(checkpoint.code)
    return [entry for entry in checkpoint.entries if entry.path or entry.kind == "module" or not whole]


def save_copy(checkpoint: Checkpoint, out: Path, wish: Wish, report: Report) -> Saved:
    """Write a copy; in a worker.

    Args:
        checkpoint: The source.
        out: The new file.
        wish: What is to be another.
        report: Told of the bytes.

    Returns:
        What was written, and what was not.

    Raises:
        CheckpointError: As `explorer.checkpoint.writer.write_copy`.
        KeyMappingError: The rules cannot be applied.
        Cancelled: By `report`.
    """
    # NumPy takes a tenth of a second to import, which the window need not wait for.
    from explorer.checkpoint.writer import write_copy  # noqa: PLC0415
    from explorer.checkpoint.writing.options import CopyOptions  # noqa: PLC0415
    from explorer.checkpoint.writing.salvage import NAMED  # noqa: PLC0415
    from explorer.keys.renaming import Renaming  # noqa: PLC0415

    rules, unexpected = ((), frozenset[str]()) if wish.keys is None else (wish.keys.rules, wish.keys.left_out)

    def names(keys: Sequence[str]) -> Mapping[str, str]:
        named = left_in(Renaming().rename([key for key in keys if key not in unexpected], rules, report))
        matching = set[str]()
        if wish.without is not None:
            matching = Renaming().matching(list(named.values()), wish.without, report)
        return {key: name for key, name in named.items() if name not in matching}

    chosen = None if wish.keys is None and wish.without is None else names
    storages = {"compact": wish.compact, "break_sharing": wish.break_sharing}
    options = CopyOptions(wish.device, wish.entry, chosen, wish.dtype, **storages, salvage=wish.salvage)
    made = write_copy(checkpoint, out, options, report)
    keys = [visible(key) for key in made.dropped_keys]
    others = [] if wish.entry is None else [visible(name) for name in beside(checkpoint, wish.entry)]
    what = "Left out"
    if wish.salvage and chosen is None:
        # The first of them stand in what the copy says of itself.
        keys, what = keys[NAMED:], f"The {exact(len(keys) - NAMED)} more"
    said = [f"{what}: {named(keys)}."] if keys else []
    said += [f"What stands beside the entry is not in the copy: {named(others)}."] if others else []
    return Saved(made, "\n".join(said))
