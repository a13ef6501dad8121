"""Says what of a file is not in a copy of one of its entries."""

from collections.abc import Sequence
from typing import Final

from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.entry_paths import entry_keys

_SHOWN: Final = 20
"""Names that are told; how many more there are is said."""


def named(names: Sequence[str]) -> str:
    """Names in a line: the first of them, and how many more there are."""
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"


def beside(checkpoint: Checkpoint, path: str) -> list[str]:
    """Name what the file holds beside an entry, outermost first, with how many tensors are in it.

    Names are as the file has them.
    """
    if not path:
        return [entry.name for entry in checkpoint.entries if entry.path]
    names: dict[tuple[str, ...], int] = {}
    keys = entry_keys(path)
    rows = {-1: 0}
    for number, row in enumerate(checkpoint.contents):
        depth = rows.get(row.parent)
        # A row without a type is a remark.
        if depth is None or depth >= len(keys) or not row.type:
            continue
        if row.name == keys[depth]:
            rows[number] = depth + 1
        else:
            names[(*keys[:depth], row.name)] = 0
    for tensor in checkpoint.tensors:
        shared = next((n for n, key in enumerate(keys) if n >= len(tensor.path) or tensor.path[n] != key), None)
        if shared is not None:
            above = tensor.path[: shared + 1]
            names[above] = names.get(above, 0) + 1
    return [".".join(above) + _counted(count) for above, count in names.items()]


def _counted(tensors: int) -> str:
    return f" ({tensors:,} tensor{'' if tensors == 1 else 's'})" if tensors else ""
