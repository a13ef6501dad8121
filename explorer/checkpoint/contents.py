"""Everything in a file that is no tensor, as rows of a readable tree."""

from collections.abc import Iterator
from typing import Any, Final

from explorer.checkpoint.document import ContentRow
from explorer.checkpoint.numpy_values import array_text, array_type
from explorer.checkpoint.pickles import Named, Recorded, TensorCall, codec_bytes
from explorer.checkpoint.structure import MAX_DEPTH, Children, FoundEntry, children, key_text, may_hold, type_name

MAX_CONTENT_ROWS: Final = 20_000
MAX_ROWS_PER_CONTAINER: Final = 500
MAX_TEXT: Final = 1_000


def content_rows(root: object, entries: list[FoundEntry], tensor_counts: dict[int, int]) -> Iterator[ContentRow]:
    """Rows for everything that is no tensor, cut to what a person can look through.

    Args:
        root: The unpickled file.
        entries: Its entries; each becomes one row that says how many tensors it holds.
        tensor_counts: Tensors of each entry by the id of its object.
    """
    entry_kinds = {id(entry.node): entry.kind for entry in entries if tensor_counts.get(id(entry.node))}
    seen: set[int] = set()
    rows = 0
    waiting: list[tuple[int, str, Any, int]] = [
        (-1, name, value, 0) for name, value in reversed(children(root)) if not isinstance(value, TensorCall)
    ]
    if not may_hold(root):
        waiting = [] if isinstance(root, TensorCall) else [(-1, "", root, 0)]
    while waiting:
        parent, name, value, depth = waiting.pop()
        if isinstance(value, TensorCall):
            continue
        if rows >= MAX_CONTENT_ROWS:
            yield ContentRow(-1, "…", "", "more than can be shown")
            return
        number, rows = rows, rows + 1
        text = value_text(value)
        inside: Children = []
        if id(value) in entry_kinds:
            text = f"{entry_kinds[id(value)]}, {tensor_counts[id(value)]:,} tensors"
            inside = [(key, below) for key, below in children(value) if not _only_tensors(below)]
        elif text is None:
            text, inside = _summary(value, depth, known=id(value) in seen)
        if may_hold(value):
            seen.add(id(value))
        yield ContentRow(parent, name, array_type(value) or type_name(value), text)
        if len(inside) > MAX_ROWS_PER_CONTAINER:
            left_out = len(inside) - MAX_ROWS_PER_CONTAINER
            inside = [*inside[:MAX_ROWS_PER_CONTAINER], ("…", f"{left_out:,} more")]
        waiting += [(number, key, below, depth + 1) for key, below in reversed(inside)]


def _summary(value: object, depth: int, *, known: bool) -> tuple[str, Children]:
    if known:
        return "the same object as above", []
    if depth >= MAX_DEPTH:
        return "nested too deeply to be shown", []
    inside = children(value)
    return ("1 item" if len(inside) == 1 else f"{len(inside):,} items"), inside


def _only_tensors(node: object) -> bool:
    """A container, one or two levels deep, with nothing but tensors: its tensors are in the layer tree."""
    if isinstance(node, TensorCall):
        return True
    inside = children(node) if may_hold(node) else []
    return bool(inside) and all(
        isinstance(value, TensorCall)
        or (may_hold(value) and all(isinstance(below, TensorCall) for _, below in children(value)))
        for _, value in inside
    )


def value_text(value: object) -> str | None:
    """A value for people, cut to `MAX_TEXT` characters; None for what has rows of its own below it."""
    if isinstance(value, str):
        return value if len(value) <= MAX_TEXT else f"{value[:MAX_TEXT]}… ({len(value):,} characters)"
    if isinstance(value, Named):
        return value.full_name
    raw = codec_bytes(value)
    if raw is not None:
        more = " …" if len(raw) > 32 else ""
        return f"{len(raw):,} bytes: {raw[:32].hex(' ')}{more}"
    if isinstance(value, Recorded) and value.called == "torch.device":
        return key_text(value)
    numbers = array_text(value)
    if numbers is not None:
        return numbers
    if may_hold(value):
        return None
    return key_text(value)
