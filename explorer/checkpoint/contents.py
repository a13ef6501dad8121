"""Everything in a file that is not in the table of tensors, as rows of a readable tree."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from explorer.checkpoint.document import ContentRow
from explorer.checkpoint.labels import key_text, type_name
from explorer.checkpoint.pickles.calls import (
    MAX_ATTRIBUTES,
    NotATensor,
    attributes_of,
    facts_of,
    has_attributes,
    storage_dtype,
)
from explorer.checkpoint.pickles.modules import (
    MAX_DEPTH,
    Children,
    inner_modules,
    is_module,
    module_extras,
    module_state,
)
from explorer.checkpoint.pickles.numpy_values import array_text, array_type
from explorer.checkpoint.pickles.python_values import complex_number, path_text, time_text
from explorer.checkpoint.pickles.structure import FoundEntry, children, kinds_of, mapping_attributes, may_hold
from explorer.checkpoint.pickles.unpickler import WITH_STATE, Named, Recorded, StorageId, TensorCall, codec_bytes

MAX_CONTENT_ROWS: Final = 20_000
MAX_MODULE_ROWS: Final = MAX_CONTENT_ROWS // 2
"""After so many rows a module's attributes are left out, so that what stands behind a large model is shown."""
MAX_ROWS_PER_CONTAINER: Final = 500
MAX_TEXT: Final = 1_000


class Remark(str):
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


class _Attributes(dict[str, Any]):
    """What hangs on a tensor beside its values."""


class _Parts(NamedTuple):
    """What stands in something, with keys or positions; of the first so many, tensors are not in the table."""

    pairs: Children
    unlisted: int


def content_rows(
    tops: list[tuple[str, object]], entries: list[FoundEntry], tensor_counts: dict[int, int]
) -> Iterator[ContentRow]:
    """Rows for everything else, cut to what a person can look through.

    Args:
        tops: The file's unpickled objects. One without a name has no row of its own.
        entries: Its entries; each becomes one row that says how many tensors it holds.
        tensor_counts: Tensors of each entry by the id of its object.
    """
    telling = _Telling(entries, tensor_counts)
    rows = 0
    waiting = [(-1, item, 0) for item in reversed(telling.first(tops))]
    while waiting:
        parent, item, depth = waiting.pop()
        if rows >= MAX_CONTENT_ROWS:
            yield ContentRow(-1, "…", "", "more than can be shown")
            return
        text, inside = telling.tell(item, depth, rows)
        kind = "" if isinstance(item.value, Remark) else _type_of(item.value)
        yield ContentRow(parent, item.name, kind, text)
        waiting += [(rows, inner, depth + 1) for inner in reversed(inside)]
        rows += 1


class _Telling:
    """Finds the words for values, and remembers what was told already."""

    def __init__(self, entries: list[FoundEntry], tensor_counts: dict[int, int]) -> None:
        self._said = {
            id(entry.node): f"{entry.kind}, {_counted(tensor_counts[id(entry.node)], 'tensor')}"
            for entry in entries
            if tensor_counts.get(id(entry.node))
        }
        self._told: set[int] = set()

    def first(self, tops: list[tuple[str, object]]) -> list[_Item]:
        """What the rows begin with."""
        found: list[_Item] = []
        for name, held in tops:
            root = _of_tensor(held) if isinstance(held, TensorCall) else held
            top = _Item(name, root, listed=root is held)
            if not name and may_hold(root):
                found += _items(_parts(top), MAX_CONTENT_ROWS)
                self._said[id(root)] = "the file's outermost object again"
                self._told.add(id(root))
            elif not _only_tensors(root) and root != ():
                found.append(top)
        return found

    def tell(self, item: _Item, depth: int, rows: int) -> tuple[str, list[_Item]]:
        """The text of a value, and what is to have rows below it.

        Args:
            item: The value.
            depth: Containers around it.
            rows: Rows before it.
        """
        value = item.value
        text = value_text(value)
        if text is not None:
            return text, []
        parts = _Parts([], 0)
        if id(value) in self._told and not _is_constant(value):
            text = "the same object as above"
        elif depth >= MAX_DEPTH:
            text = "nested too deeply to be shown"
        elif rows >= MAX_MODULE_ROWS and is_module(value):
            text = "more than can be shown"
        else:
            parts = _parts(item)
            text = _counted_items(parts)
        if not isinstance(value, _Attributes):  # made for this row alone
            self._told.add(id(value))
        if id(value) in self._said:
            text = self._said[id(value)]
            if not parts.unlisted:
                parts = _Parts([pair for pair in parts.pairs if not _only_tensors(pair[1])], 0)
        return text, _items(parts, MAX_ROWS_PER_CONTAINER)


def _parts(item: _Item) -> _Parts:
    """What stands in a container or object: of a module what its state_dict leaves out, and its inner modules."""
    value = item.value
    if isinstance(value, Recorded) and is_module(value):
        state, extras, inner = module_state(value), module_extras(value), inner_modules(value)
        if not item.listed:
            return _Parts([*state, *extras, *inner], len(state) + len(extras) + len(inner))
        listed = [(name, held) for name, held in state if not _has_no_more(held)]
        return _Parts([*extras, *listed, *inner], len(extras))
    beside = mapping_attributes(value)
    pairs = [*beside, *children(value)] if beside else children(value)
    return _Parts(pairs, len(beside) if item.listed else len(pairs))


def _items(parts: _Parts, limit: int) -> list[_Item]:
    """The first of these parts, and a remark on the rest; without tensors that are listed."""
    pairs, unlisted = parts
    items = [_Item(name, value, listed=False) for name, value in pairs[:unlisted]]
    others = pairs[unlisted:]
    if any(issubclass(kind, TensorCall) for kind in kinds_of(others)):
        others = [pair for pair in others if not _has_no_more(pair[1])]
    left_out = len(items) + len(others) - limit
    for name, value in others[:limit]:
        held = _of_tensor(value) if isinstance(value, TensorCall) else value
        items.append(_Item(name, held, listed=held is value))
    return items if left_out <= 0 else [*items[:limit], _Item("…", Remark(f"{left_out:,} more"), listed=True)]


def _counted_items(parts: _Parts) -> str:
    """How many there are, and how many of them have no row here."""
    said = _counted(len(parts.pairs), "item")
    others = parts.pairs[parts.unlisted :]
    if not any(issubclass(kind, TensorCall) for kind in kinds_of(others)):
        return said
    tensors = sum(_has_no_more(value) for _name, value in others)
    listed = "a tensor" if tensors == 1 else f"{tensors:,} tensors"
    return f"{said}, {listed} of them, under Layers" if tensors else said


def _has_no_more(value: object) -> bool:
    """A tensor with no attributes but its values: nearly every one."""
    return isinstance(value, TensorCall) and (type(value) not in WITH_STATE or not has_attributes(value))


def _of_tensor(call: TensorCall) -> object:
    """What hangs on a tensor, or the tensor itself where nothing does."""
    found = _Attributes(attributes_of(call))
    if len(found) == MAX_ATTRIBUTES:
        found["…"] = Remark("more than can be shown")
    return found or call


def _type_of(value: object) -> str:
    if isinstance(value, _Attributes):
        return "attributes"
    return array_type(value) or type_name(value)


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
        return _has_no_more(node)
    if not may_hold(node) or is_module(node) or mapping_attributes(node):
        return False
    inside = children(node)
    return bool(inside) and all(
        _has_no_more(value) or (may_hold(value) and all(_has_no_more(below) for _, below in children(value)))
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
