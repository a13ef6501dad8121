"""Tensors that count steps: their values lie far from all others, and say nothing about a network."""

from collections.abc import Sequence
from typing import Final

from explorer.checkpoint.document import TensorTable
from explorer.progress import Report, asking, no_report

NAMES: Final = ("num_batches_tracked", "step")
_BEHIND: Final = tuple(f".{name}" for name in NAMES)


def counters_in(table: TensorTable, numbers: Sequence[int], report: Report = no_report) -> list[int]:
    """Find counters.

    Args:
        table: All tensors of the checkpoint.
        numbers: Rows of it.
        report: Called now and then.

    Raises:
        Cancelled: By `report`.
    """
    keys = table.keys
    return [
        number
        for number in asking(numbers, report, "tensors")
        if (keys[number].endswith(_BEHIND) or keys[number] in NAMES) and table.kind(number).numel == 1
    ]


def without_counters(table: TensorTable, numbers: Sequence[int]) -> list[int]:
    """Leave counters out, where there is anything else.

    Args:
        table: All tensors of the checkpoint.
        numbers: Rows of it.
    """
    counters = set(counters_in(table, numbers))
    return [number for number in numbers if number not in counters] or list(numbers)
