"""Tensors that count steps: their values lie far from all others, and say nothing about a network."""

from collections.abc import Sequence
from typing import Final

from explorer.checkpoint.document import TensorTable

_NAMES: Final = ("num_batches_tracked", "step")
_BEHIND: Final = tuple(f".{name}" for name in _NAMES)


def without_counters(table: TensorTable, numbers: Sequence[int]) -> list[int]:
    """Leave counters out, where there is anything else.

    Args:
        table: All tensors of the checkpoint.
        numbers: Rows of it.
    """
    keys = table.keys
    left = [
        number
        for number in numbers
        if not ((keys[number].endswith(_BEHIND) or keys[number] in _NAMES) and table.kind(number).numel == 1)
    ]
    return left or list(numbers)
