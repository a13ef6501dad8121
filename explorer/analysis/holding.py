"""How much a checkpoint holds, in words: the parameters of a model, told apart from the values of an optimizer."""

from typing import Final

from explorer import formatting
from explorer.checkpoint.document import Checkpoint, Entry

_NAMED: Final = 3
"""So many entries are told one by one."""
_NAME: Final = 24
"""Letters of an entry's name."""


def held(entry: Entry) -> str:
    """What an entry holds: ``27.0 k parameters``, of an optimizer ``54.0 k values``."""
    return formatting.about(entry.parameters, entry.counted_as)


def held_in(checkpoint: Checkpoint) -> list[str]:
    """What a file holds, the chosen entry first; entries are named where there are several."""
    chosen, entries = checkpoint.chosen, checkpoint.entries
    if chosen is None:
        return [formatting.plural(0, "tensor")]
    if len(entries) == 1:
        return [held(chosen), tensors_in(checkpoint, chosen)]
    others = [entry for entry in entries if entry is not chosen]
    if len(entries) <= _NAMED:
        return [_told(checkpoint, entry) for entry in (chosen, *others)]
    tensors = sum(entry.tensors for entry in others)
    return [
        _told(checkpoint, chosen),
        f"{formatting.plural(tensors, 'tensor')} in {formatting.exact(len(others))} other entries",
    ]


def held_briefly(checkpoint: Checkpoint) -> list[str]:
    """The same without numbers of tensors, where several entries are named."""
    chosen, entries = checkpoint.chosen, checkpoint.entries
    if chosen is None or not 1 < len(entries) <= _NAMED:
        return held_in(checkpoint)
    return [f"{_name(entry)}{held(entry)}" for entry in (chosen, *(each for each in entries if each is not chosen))]


def held_exactly(checkpoint: Checkpoint) -> list[str]:
    """A line for each entry, with every digit."""
    return [
        f"{_name(entry)}{formatting.plural(entry.parameters, entry.counted_as)}, "
        f"{formatting.plural(entry.tensors, 'tensor')}"
        for entry in checkpoint.entries[:20]
    ]


def tensors_in(checkpoint: Checkpoint, entry: Entry) -> str:
    """How many tensors an entry holds: ``51 tensors``; ``8 of 12 tensors`` where of the others no size is known."""
    total, known = formatting.plural(entry.tensors, "tensor"), checkpoint.readable.get(entry.path)
    return total if known is None or known.sized == entry.tensors else f"{formatting.exact(known.sized)} of {total}"


def unsized_in(checkpoint: Checkpoint, entry: Entry | None) -> str:
    """Of how many tensors no size is known, as a sentence; "" where it is of all."""
    known = checkpoint.readable.get(None if entry is None else entry.path)
    total = len(checkpoint.tensors) if entry is None else entry.tensors
    if known is None or known.sized == total:
        return ""
    return f"Of {formatting.plural(total - known.sized, 'tensor')} no size is known: they are not in these figures."


def readable_in(checkpoint: Checkpoint, entry: Entry | None) -> str:
    """How much of the bytes of an entry, or of all, can be read: ``588 kB readable``; "" where all can."""
    known = checkpoint.readable.get(None if entry is None else entry.path)
    if known is None or known.readable_nbytes == known.nbytes:
        return ""
    return f"{formatting.nbytes(known.readable_nbytes)} readable"


def _told(checkpoint: Checkpoint, entry: Entry) -> str:
    return f"{_name(entry)}{held(entry)}, {tensors_in(checkpoint, entry)}"


def _name(entry: Entry) -> str:
    return f"{formatting.visible(entry.name, _NAME)}: " if entry.path else ""
