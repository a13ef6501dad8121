"""Everything in a file that is not in the table of tensors, as rows of a readable tree."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from explorer.checkpoint.calls import NotATensor, facts_of, storage_dtype
from explorer.checkpoint.document import ContentRow
from explorer.checkpoint.labels import key_text, type_name
from explorer.checkpoint.modules import MAX_DEPTH, inner_modules, is_module, module_extras
from explorer.checkpoint.numpy_values import array_text, array_type
from explorer.checkpoint.pickles import Named, Recorded, StorageId, TensorCall, codec_bytes
from explorer.checkpoint.python_values import complex_number, path_text, time_text
from explorer.checkpoint.structure import FoundEntry, children, may_hold

MAX_CONTENT_ROWS: Final = 20_000
MAX_MODULE_ROWS: Final = MAX_CONTENT_ROWS // 2
"""After so many rows a module's attributes are left out, so that what stands behind a large model is shown."""
MAX_ROWS_PER_CONTAINER: Final = 500
MAX_TEXT: Final = 1_000


class _Remark(str):
    """A row's text that is no value of the file."""

    __slots__ = ()


class _Item(NamedTuple):
    """A value that is to become a row.

    Attributes:
        name: Its key or position.
        value: Itself.
        listed: Tensors are in the table of tensors, and no rows here.
    """

    name: str
    value: Any
    listed: bool


def content_rows(root: object, entries: list[FoundEntry], tensor_counts: dict[int, int]) -> Iterator[ContentRow]:
    """Rows for everything else, cut to what a person can look through.

    Args:
        root: The unpickled file.
        entries: Its entries; each becomes one row that says how many tensors it holds.
        tensor_counts: Tensors of each entry by the id of its object.
    """
    said = {
        id(entry.node): f"{entry.kind}, {_counted(tensor_counts[id(entry.node)], 'tensor')}"
        for entry in entries
        if tensor_counts.get(id(entry.node))
    }
    said[id(root)] = "the file's outermost object again"
    seen = {id(root)}
    rows = 0
    top = _inside(_Item("", root, listed=True)) if may_hold(root) else [_Item("", root, listed=True)]
    waiting = [(-1, item, 0) for item in reversed(top)]
    while waiting:
        parent, item, depth = waiting.pop()
        value = item.value
        if isinstance(value, TensorCall) and item.listed:
            continue
        if rows >= MAX_CONTENT_ROWS:
            yield ContentRow(-1, "…", "", "more than can be shown")
            return
        number, rows = rows, rows + 1
        text = value_text(value)
        inside: list[_Item] = []
        if text is None:
            if id(value) in seen and not _is_constant(value):
                text = "the same object as above"
            elif depth >= MAX_DEPTH:
                text = "nested too deeply to be shown"
            elif rows > MAX_MODULE_ROWS and is_module(value):
                text = "more than can be shown"
            else:
                inside = _inside(item)
                text = _counted(len(inside), "item")
            if id(value) in said:
                text = said[id(value)]
                inside = [inner for inner in inside if not (inner.listed and _only_tensors(inner.value))]
            seen.add(id(value))
        kind = "" if isinstance(value, _Remark) else array_type(value) or type_name(value)
        yield ContentRow(parent, item.name, kind, text)
        left_out = len(inside) - MAX_ROWS_PER_CONTAINER
        if left_out > 0:
            inside = [*inside[:MAX_ROWS_PER_CONTAINER], _Item("…", _Remark(f"{left_out:,} more"), listed=True)]
        waiting += [(number, inner, depth + 1) for inner in reversed(inside)]


def _inside(item: _Item) -> list[_Item]:
    """What stands in a container or object: of a module its inner modules, and what its state_dict leaves out."""
    _, value, listed = item
    if not isinstance(value, Recorded) or not is_module(value):
        return [_Item(name, inner, listed) for name, inner in children(value)]
    extras = [_Item(name, inner, listed=False) for name, inner in module_extras(value, with_state=not listed)]
    return [*extras, *(_Item(name, inner, listed) for name, inner in inner_modules(value))]


def _is_constant(value: object) -> bool:
    """A container of which Python and its pickles make one for all: an empty one, or a tuple of plain values."""
    if isinstance(value, tuple):
        return not any(map(may_hold, value))
    if isinstance(value, Recorded):
        is_set = value.called in ("builtins.set", "builtins.frozenset")
        return is_set and not value.items and not (value.args and value.args[0])
    return isinstance(value, (dict, list, set, frozenset)) and not value


def _counted(n: int, one: str) -> str:
    return f"{n:,} {one}" if n == 1 else f"{n:,} {one}s"


def _only_tensors(node: object) -> bool:
    """A container, one or two levels deep, with nothing but tensors: its tensors are in the layer tree."""
    if isinstance(node, TensorCall):
        return True
    inside = children(node) if may_hold(node) and not is_module(node) else []
    return bool(inside) and all(
        isinstance(value, TensorCall)
        or (may_hold(value) and all(isinstance(below, TensorCall) for _, below in children(value)))
        for _, value in inside
    )


def value_text(value: object) -> str | None:
    """A value for people, cut to `MAX_TEXT` characters; None for what has rows of its own below it."""
    if isinstance(value, TensorCall):
        return _tensor_text(value)
    if isinstance(value, StorageId):
        return _storage_text(value)
    text = _object_text(value)
    if text is None and may_hold(value):
        return None
    if text is None:
        text = value if isinstance(value, str) else key_text(value)
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}… ({len(text):,} characters)"


def _object_text(value: object) -> str | None:
    """A value that a pickle holds as a call, or as the name of one; None for anything else."""
    if isinstance(value, Named):
        return value.full_name
    raw = codec_bytes(value)
    if raw is not None:
        return f"{_counted(len(raw), 'byte')}: {raw[:32].hex(' ')}{' …' if len(raw) > 32 else ''}"
    if not isinstance(value, Recorded):
        return None
    if value.called in ("torch.device", "torch.Size") or complex_number(value) is not None:
        return key_text(value)
    return array_text(value) or time_text(value) or path_text(value)


def _tensor_text(call: TensorCall) -> str:
    """Dtype and shape, as those of an array; nothing where the call makes no sense."""
    try:
        facts = facts_of(call)
    except (NotATensor, TypeError, ValueError, LookupError, ArithmeticError):
        return ""
    return f"{facts.dtype} [{', '.join(map(str, facts.shape))}]"


def _storage_text(storage: StorageId) -> str:
    """A storage that stands in no tensor: ``float32, 10 elements, cpu``."""
    try:
        dtype = storage_dtype(storage)
        _, kind, _, device, count = storage[:5]
        size = (
            _counted(count, "byte") if kind.qualname == "UntypedStorage" else f"{dtype}, {_counted(count, 'element')}"
        )
    except (NotATensor, TypeError, ValueError, LookupError):  # it names no storage, or its number makes no sense
        return key_text(tuple(storage))
    return f"{size}, {key_text(device)}"
