"""What of a file there is where some of its tensors cannot be read."""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.checkpoint.document import Checkpoint


class Readable(NamedTuple):
    """What of several tensors there is.

    Attributes:
        sized: How many have a known size; sums are of these alone.
        nbytes: Of all these.
        readable_nbytes: Of the values that can be read.
    """

    sized: int
    nbytes: int
    readable_nbytes: int


def readable_of(checkpoint: "Checkpoint") -> dict[str | None, Readable]:
    """Tell it of each entry, by its path, and by None of the whole file; nothing where all tensors can be read."""
    table = checkpoint.tensors
    lost = frozenset(table.unreadable)
    if not lost:
        return {}
    unsized = [number for number in lost if not table.kind(number).is_known]
    several: dict[str | None, Sequence[int]] = {None: range(len(table))}
    several.update({entry.path: entry.numbers for entry in checkpoint.entries})
    return {
        path: Readable(
            len(numbers) - sum(number in numbers for number in unsized),
            table.sums(numbers).nbytes,
            table.sums([number for number in numbers if number not in lost]).nbytes,
        )
        for path, numbers in several.items()
    }
