"""What stands where in an unpickled file: its entries, their tensors, and everything else."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from explorer.checkpoint.labels import key_text
from explorer.checkpoint.modules import MAX_DEPTH, Children, is_module, is_scripted, module_tensors
from explorer.checkpoint.pickles import OrderedMapping, Recorded, StorageId, TensorCall

ENTRY_NAMES: Final = ("state_dict", "model_state_dict", "model_state", "network_state_dict", "model", "net", "weights")
"""Keys under which training scripts keep the model, the likeliest first."""

MAX_ENTRY_DEPTH: Final = 5
"""Containers around an entry, at most."""

_OPTIMIZER_NAMES: Final = ("optimizer", "optim", "optimizer_state", "optimizer_state_dict", "optimizer_states")


class FoundEntry(NamedTuple):
    """A state_dict that was found: its path from the top, the object, its kind, and children that are not its own."""

    path: tuple[str, ...]
    node: Any
    kind: str
    others: frozenset[int]


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
            found += [(f"state {position}", state) for position, state in enumerate(node.states)]
        return found
    return []


def find_entries(root: object) -> list[FoundEntry]:
    """Every state_dict inside, in the file's order; what holds no tensors may be among them."""
    if isinstance(root, TensorCall):
        return [FoundEntry((), root, "tensor", frozenset())]
    if is_scripted(root):
        return [FoundEntry((), root, "module", frozenset())]
    return _entries_below((), root, ())


def _entries_below(path: tuple[str, ...], node: object, above: tuple[int, ...]) -> list[FoundEntry]:
    if id(node) in above:
        return []
    below = (*above, id(node))
    if is_module(node):
        return [FoundEntry(path, node, "module", frozenset())]
    inside = children(node)
    if any(isinstance(value, TensorCall) for _, value in inside):
        named = [
            (name, value)
            for name, value in inside
            if not isinstance(value, TensorCall) and _is_entry_of_its_own(name, value)
        ]
        own = FoundEntry(path, node, _kind_of(path, node), frozenset(id(value) for _, value in named))
        return [own, *(entry for name, value in named for entry in _entries_below((*path, name), value, below))]
    splits = not path or any(
        _is_entry_of_its_own(name, value) or _leads_to_state_dict(value, MAX_ENTRY_DEPTH - len(above))
        for name, value in inside
    )
    if not splits or len(above) >= MAX_ENTRY_DEPTH or _is_optimizer(path, node):
        return [FoundEntry(path, node, _kind_of(path, node), frozenset())]
    return [
        entry
        for name, value in inside
        if isinstance(value, (dict, list, tuple, Recorded)) and not isinstance(value, TensorCall)
        for entry in _entries_below((*path, name), value, below)
    ]


def _is_entry_of_its_own(name: str, value: object) -> bool:
    if not isinstance(value, (dict, list, tuple, Recorded)) or isinstance(value, TensorCall):
        return False
    return name in ENTRY_NAMES or name in _OPTIMIZER_NAMES or is_module(value) or _is_optimizer((name,), value)


def _leads_to_state_dict(node: object, levels: int) -> bool:
    """Whether a mapping is what ``Module.state_dict`` gives, or holds such mappings and no tensors of its own."""
    if not isinstance(node, dict) or levels <= 0 or _is_optimizer((), node):
        return False
    inside = children(node)
    if any(isinstance(value, TensorCall) for _, value in inside):
        return isinstance(node, OrderedMapping) or any("." in name for name, _ in inside)
    return any(_is_entry_of_its_own(name, value) or _leads_to_state_dict(value, levels - 1) for name, value in inside)


def _is_optimizer(path: tuple[str, ...], node: object) -> bool:
    if isinstance(node, dict) and dict.__contains__(node, "state") and dict.__contains__(node, "param_groups"):
        return True
    return bool(path) and path[-1] in _OPTIMIZER_NAMES


def _kind_of(path: tuple[str, ...], node: object) -> str:
    if _is_optimizer(path, node):
        return "optimizer"
    if any("ema" in part.lower().replace("-", "_").split("_") for part in path):
        return "ema"
    return "list" if isinstance(node, (list, tuple)) else "state_dict"


def tensors_of(entry: FoundEntry) -> Iterator[tuple[tuple[str, ...], TensorCall]]:
    """Every tensor of an entry with its path below it, in the file's order.

    An object that is reached twice comes twice; one that stands in itself is entered once. What holds no tensors is
    looked through once, so that files which repeat themselves endlessly cost no more than their size.
    """
    if isinstance(entry.node, TensorCall):
        yield (), entry.node
        return
    # The attribute path of a scripted module is one name, as in its state_dict.
    scripted = is_scripted(entry.node)
    barren: set[int] = set(entry.others)
    above: list[int] = [id(entry.node)]
    stack: list[tuple[Iterator[tuple[str, Any]], tuple[str, ...], bool]] = [(iter(children(entry.node)), (), False)]
    while stack:
        inside, path, fertile = stack[-1]
        for name, value in inside:
            if isinstance(value, TensorCall):
                stack[-1] = (inside, path, True)
                fertile = True
                yield (".".join((*path, name)),) if scripted else (*path, name), value
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


def may_hold(value: object) -> bool:
    """A container or an object: something that tensors may stand in."""
    return isinstance(value, (dict, list, tuple, set, frozenset, Recorded)) and not isinstance(value, StorageId)
