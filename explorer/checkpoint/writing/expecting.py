"""Which tensors of the source a copy should hold, and under which names."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.checkpoint.writing.options import CopyOptions
from explorer.checkpoint.writing.plan import Plan


class Expected(NamedTuple):
    """A tensor that the copy should hold.

    Attributes:
        source: It, in the source.
        name: The keys to it in the copy, from the top, joined by dots.
    """

    source: TensorInfo
    name: str


def expected_flat(checkpoint: Checkpoint, numbers: Iterable[int], plan: Plan) -> Iterator[Expected]:
    """What a file of one state_dict should hold.

    Args:
        checkpoint: The source.
        numbers: Of the entry's tensors.
        plan: Of the copy.
    """
    names = plan.names or {}
    for number in numbers:
        tensor = checkpoint.tensors[number]
        if tensor.key in names:
            yield Expected(tensor, names[tensor.key])


def expected_nested(checkpoint: Checkpoint, options: CopyOptions, plan: Plan) -> Iterator[Expected]:
    """What a copy should hold that keeps the nesting of its source.

    Args:
        checkpoint: The source.
        options: As of `write_copy`.
        plan: Of the copy.
    """
    within = _renamed_entry(checkpoint, options)
    for tensor in checkpoint.tensors:
        inside = tensor.path[: len(within)] == within
        tail = tensor.path[len(within) :] if inside else tensor.path
        if options.entry is not None and not inside:
            continue
        new: str | None = ".".join(tail)
        if inside and plan.names is not None:
            new = _renamed(tail, plan.names)
        if new is not None:
            above = within if inside and options.entry is None else ()
            yield Expected(tensor, ".".join((*above, new)) if above else new)


def said_of_dropped(checkpoint: Checkpoint, options: CopyOptions, plan: Plan) -> Iterator[str]:
    """Say of which dropped keys each held several tensors, which nothing could be found in one by one.

    Args:
        checkpoint: The source.
        options: As of `write_copy`.
        plan: Of the copy.
    """
    dropped, names = set(plan.dropped), plan.names
    if names is None or not dropped:
        return
    within = _renamed_entry(checkpoint, options)
    held: dict[str, int] = {}
    for tensor in checkpoint.tensors:
        tail = tensor.path[len(within) :]
        if tensor.path[: len(within)] != within or _renamed(tail, names) is not None:
            continue
        above = next((key for key in _above(tail) if key in dropped), None)
        if above is not None:
            held[above] = held.get(above, 0) + 1
    if held:
        named = ", ".join(repr(key[:80]) for key in list(held)[:4]) + ("…" if len(held) > 4 else "")
        yield f"{sum(held.values()):,} tensors were left out with what they stand in, which is one key each: {named}."


def _above(tail: tuple[str, ...]) -> Iterator[str]:
    """What a tensor stands in, from the innermost."""
    return (".".join(tail[:end]) for end in range(len(tail) - 1, 0, -1))


def _renamed_entry(checkpoint: Checkpoint, options: CopyOptions) -> tuple[str, ...]:
    """The keys to the entry whose keys are called otherwise."""
    top = None if checkpoint.chosen is None else checkpoint.chosen.path
    return keys_of((top if options.entry is None else options.entry) or "")


def keys_of(path: str) -> tuple[str, ...]:
    """The keys of an RFC 6901 path."""
    return tuple(key.replace("~1", "/").replace("~0", "~") for key in path.split("/")) if path else ()


def _renamed(tail: tuple[str, ...], names: Mapping[str, str]) -> str | None:
    """The new name of what stands under a key, or below it; None where that is left out."""
    for end in range(len(tail), 0, -1):
        new = names.get(".".join(tail[:end]))
        if new is not None:
            return ".".join((new, *tail[end:]))
    return None
