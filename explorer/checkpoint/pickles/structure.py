"""What stands where in an unpickled file, and the tensors in it."""

from collections.abc import Iterator
from operator import itemgetter
from typing import Any, NamedTuple

from explorer.checkpoint.labels import key_text
from explorer.checkpoint.pickles.calls import MAX_NESTED_CALLS, subclass_parts
from explorer.checkpoint.pickles.modules import MAX_DEPTH, Children, is_module, module_tensors, packed_parts
from explorer.checkpoint.pickles.unpickler import REBUILD_TENSOR, OrderedMapping, Recorded, StorageId, TensorCall


class FoundEntry(NamedTuple):
    """A state_dict that was found.

    Attributes:
        path: Its keys from the top.
        node: Itself.
        kind: As `Entry.kind`.
        others: Ids of what stands in it and is an entry of its own.
        dotted: For TorchScript, where attribute paths are single names: the part of them above it. None elsewhere.
    """

    path: tuple[str, ...]
    node: Any
    kind: str
    others: frozenset[int] = frozenset()
    dotted: tuple[str, ...] | None = None


def children(node: object) -> Children:
    """What stands directly in a container or object, with its keys or positions; of a module, its state_dict."""
    if isinstance(node, dict):
        if set(map(type, node)) == {str}:  # nearly every mapping; without a call for each of 100,000 keys
            return list(dict.items(node))
        return [(key_text(key), value) for key, value in dict.items(node)]
    if isinstance(node, (list, tuple)) and not isinstance(node, (TensorCall, StorageId)):
        return [(str(position), value) for position, value in enumerate(node)]
    if isinstance(node, (set, frozenset)):
        return [(str(position), value) for position, value in enumerate(node)]
    if isinstance(node, Recorded):
        if is_module(node):
            return module_tensors(node)
        if node.called in ("builtins.set", "builtins.frozenset", "builtins.list", "builtins.tuple") and node.args:
            return children(node.args[0])
        found: Children = [(str(position), value) for position, value in enumerate((*node.args, *node.items))]
        found += [(key_text(key), value) for key, value in node.pairs]
        attributes = node.attributes
        found += [(key_text(key), value) for key, value in attributes.items()]
        if not attributes:
            states = enumerate(node.states)
            found += [(f"state {position}", state) for position, state in states if state is not None and state != {}]
        return found
    return []


def beside_state(node: object) -> Children:
    """What an entry keeps its tensors in that is neither a key nor in a state_dict; for most there is none.

    Of a pickled module these are the packed parameters of its quantized layers, which are objects of C++ or of a layout
    of their own (``torch/ao/nn/quantized``), by dotted name; of a state_dict, what was set on it as an attribute.
    """
    if isinstance(node, OrderedMapping):
        return mapping_attributes(node)
    return packed_parts(node) if isinstance(node, Recorded) and is_module(node) else []


def mapping_attributes(node: object) -> Children:
    """What was set as attributes on a state_dict, beside the versions of its modules."""
    state = getattr(node, "state", None) if isinstance(node, OrderedMapping) else None
    if not isinstance(state, dict):
        return []
    return [(key_text(key), value) for key, value in dict.items(state) if key != "_metadata"]


def kinds_of(pairs: Children) -> set[type]:
    """Types of what stands in something: of two million values there are a few, and each is looked at once."""
    return set(map(type, map(itemgetter(1), pairs)))


def versions_of(node: object) -> list[tuple[str, int]] | None:
    """Names and versions of modules, as the ``_metadata`` of a state_dict has them; None where it carries none."""
    state = getattr(node, "state", None) if isinstance(node, OrderedMapping) else None
    found = dict.get(state, "_metadata") if isinstance(state, dict) else None
    if not isinstance(found, dict):
        return None
    facts = [(name, dict.get(of, "version")) for name, of in dict.items(found) if isinstance(of, dict)]
    return [(name, version) for name, version in facts if isinstance(name, str) and type(version) is int]


def tensors_of(entry: FoundEntry) -> Iterator[tuple[tuple[str, ...], TensorCall]]:
    """Every tensor of an entry with its path below it, in the file's order.

    An object that is reached twice comes twice; one that stands in itself is entered once. What holds no tensors is
    looked through once, so that files which repeat themselves endlessly cost no more than their size.
    """
    if isinstance(entry.node, TensorCall):
        yield (), entry.node
        yield from _parts((), entry.node)
        return
    dotted = entry.dotted
    barren: set[int] = set(entry.others)
    above: list[int] = [id(entry.node)]
    stack: list[tuple[Iterator[tuple[str, Any]], tuple[str, ...], bool]] = [(iter(children(entry.node)), (), False)]
    while stack:
        inside, path, fertile = stack[-1]
        for name, value in inside:
            if isinstance(value, TensorCall):
                stack[-1] = (inside, path, True)
                fertile = True
                yield (*path, name) if dotted is None else (".".join((*dotted, *path, name)),), value
                if type(value) is not REBUILD_TENSOR:
                    yield from _parts((*path, name), value)
            elif may_hold(value) and id(value) not in barren and id(value) not in above and len(stack) < MAX_DEPTH:
                stack.append((iter(children(value)), (*path, name), False))
                above.append(id(value))
                break
        else:
            stack.pop()
            ended = above.pop()
            if not fertile:
                barren.add(ended)
            elif stack:
                outer, outer_path, _ = stack[-1]
                stack[-1] = (outer, outer_path, True)


def _parts(
    path: tuple[str, ...], call: TensorCall, above: tuple[int, ...] = ()
) -> Iterator[tuple[tuple[str, ...], TensorCall]]:
    """The tensors that a tensor subclass is made of, below its own path; those of its parts too."""
    above = (*above, id(call))
    if len(above) > MAX_NESTED_CALLS:
        return
    for name, part in subclass_parts(call):
        if id(part) not in above:
            yield (*path, name), part
            yield from _parts((*path, name), part, above)


def may_hold(value: object) -> bool:
    """A container or an object: something that tensors may stand in."""
    return isinstance(value, (dict, list, tuple, set, frozenset, Recorded)) and not isinstance(value, StorageId)
