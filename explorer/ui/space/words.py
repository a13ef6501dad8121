"""What is said about where the bytes of a file are, and how a tensor lies in its storage."""

from typing import TYPE_CHECKING, Final

from explorer import formatting
from explorer.checkpoint.document import Checkpoint, TensorInfo

if TYPE_CHECKING:
    from explorer.analysis.space import Space

_NAMED_ENTRIES: Final = 3
_MUCH: Final = 0.25
"""Of the file: so large a rest is worth a sentence."""
TOP: Final = "whole file"
"""What the entry at the top of a file is called."""


def answer(space: "Space") -> str:
    """Why the file is so big, in one to three sentences.

    Args:
        space: Where its bytes are.
    """
    said = []
    entries = sorted((entry for entry in space.entries if entry.nbytes), key=lambda entry: -entry.nbytes)
    if len(entries) > 1:
        parts = [
            f"{formatting.visible(entry.name, 60) or TOP} {formatting.nbytes(entry.nbytes)} "
            f"({formatting.share(entry.nbytes, space.total)})"
            for entry in entries[:_NAMED_ENTRIES]
        ]
        more = f", {formatting.exact(len(entries) - _NAMED_ENTRIES)} more" if len(entries) > _NAMED_ENTRIES else ""
        said.append(f"The file holds {formatting.exact(len(entries))} sets of tensors: {', '.join(parts)}{more}.")
    elif space.tensors:
        share = formatting.share(space.tensors, space.total)
        kinds = [amount for amount in space.dtypes if amount.nbytes]
        of = f", {formatting.share(kinds[0].nbytes, space.tensors)} of them {kinds[0].name}" if len(kinds) > 1 else ""
        only = f", all {kinds[0].name}" if len(kinds) == 1 else of
        said.append(f"{share} of the file are the values of its tensors{only}.")
    if space.unused:
        least = "At least " if space.at_least else ""
        said.append(
            f"{least}{formatting.nbytes(space.unused)} ({formatting.share(space.unused, space.total)}) are parts of "
            "storages that no tensor uses: each was saved whole for a slice of it. Saved as clones, the slices take no "
            "more than their own bytes."
        )
    if space.rest > _MUCH * space.total and space.rests:
        largest = space.rests[0]
        said.append(
            f"{formatting.nbytes(space.rest)} ({formatting.share(space.rest, space.total)}) are no values; most of "
            f"that: {largest.name[:1].lower()}{largest.name[1:]}, {formatting.nbytes(largest.nbytes)}."
        )
    return " ".join(said)


def storage_part(tensor: TensorInfo) -> str:
    """Which part of its storage a tensor uses, as a clause; "" where that is all of it.

    Args:
        tensor: One whose values can be read.
    """
    from explorer.analysis.space import view_of  # noqa: PLC0415 - not before a tensor is selected

    storage, kind = tensor.storage, tensor.kind
    if storage is None or kind.problem is not None:
        return ""
    view = view_of(kind)
    used = view.distinct * view.itemsize
    if used >= storage.nbytes:
        return ""
    part = f"uses {formatting.nbytes(used)} of a storage of {formatting.nbytes(storage.nbytes)}"
    if not view.extent:
        return part
    first, last = formatting.exact(tensor.offset), formatting.exact(tensor.offset + view.extent - 1)
    if view.extent == 1:
        return f"{part} (element {first})"
    if view.distinct == view.extent:
        return f"{part} (elements {first} to {last})"
    return f"{part} ({formatting.exact(view.distinct)} of the elements {first} to {last})"


def full_name(checkpoint: Checkpoint, number: int, entry: str | None = None) -> str:
    """The key of a tensor, with its entry where the file has several.

    Args:
        checkpoint: Its file.
        number: Its row in the table.
        entry: The path of an entry that need not be named; None for none.
    """
    tensor = checkpoint.tensors[number]
    key = formatting.visible(tensor.key) or formatting.UNNAMED
    several = len(checkpoint.entries) > 1 and tensor.entry not in ("", entry)
    return f"{formatting.visible(tensor.entry, 60)}: {key}" if several else key
