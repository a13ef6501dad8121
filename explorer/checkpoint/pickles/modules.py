"""Pickled torch.nn.Modules and those of TorchScript: what their state_dict would hold, and what else they do."""

from collections.abc import Iterator
from typing import Any, Final

from explorer.checkpoint.labels import key_text
from explorer.checkpoint.pickles.unpickler import Recorded, TensorCall

MAX_DEPTH: Final = 200
"""Containers inside containers that are followed."""

MAX_TENSORS: Final = 1_000_000

Children = list[tuple[str, Any]]
"""What stands in a container or object, with its keys or positions."""

_FX_CALLS: Final = "torch.fx.graph_module.reduce_"

_PACKED: Final = "torch.ScriptObject"
"""What holds the weight and bias of a quantized layer."""

_OF_ITS_OWN: Final = ("_parameters", "_buffers", "_modules", "_non_persistent_buffers_set")
"""Attributes in which every Module keeps what it is made of."""


def is_module(node: object) -> bool:
    """A pickled torch.nn.Module: an object whose attributes include those every Module has."""
    if not isinstance(node, Recorded):
        return False
    attributes = _attributes(node)
    return isinstance(attributes.get("_parameters"), dict) and isinstance(attributes.get("_modules"), dict)


def _attributes(node: Recorded) -> dict[Any, Any]:
    """The state of an object; a module of torch.fx gives it to the function that makes its class anew."""
    if node.called.startswith(_FX_CALLS) and node.args and isinstance(node.args[0], dict):
        return node.args[0]
    return node.attributes


def is_scripted(node: object) -> bool:
    """A module of TorchScript: an object of a class that the archive brings along."""
    return isinstance(node, Recorded) and node.called.startswith("__torch__.")


def module_tensors(module: Recorded) -> Children:
    """Tensors of a pickled module under their state_dict names, in the order of ``Module.state_dict``."""
    found: Children = []
    for prefix, node in _modules_in(module):
        found += [
            (prefix + name, value)
            for name, value, persistent in _own_tensors(_attributes(node))
            if persistent and isinstance(value, TensorCall)
        ]
        if len(found) >= MAX_TENSORS:
            break
    return found


def packed_parts(module: Recorded) -> Children:
    """Objects in which quantized layers of a pickled module keep their parameters, by dotted name; each once."""
    found: Children = []
    for prefix, node in _modules_in(module, once=True):
        if not is_module(node):
            found.append((prefix.removesuffix("."), node))
            continue
        plain = _attributes(node).items()
        found += [
            (prefix + key_text(key), value)
            for key, value in plain
            if isinstance(value, Recorded) and value.called == _PACKED
        ]
    return found


def _modules_in(module: Recorded, *, once: bool = False) -> Iterator[tuple[str, Recorded]]:
    """A pickled module and all in it, each with its dotted name and a dot.

    Args:
        module: The outermost.
        once: Leave out those that were met under another name.
    """
    met: set[int] = set()
    waiting: list[tuple[str, Recorded, frozenset[int]]] = [("", module, frozenset())]
    while waiting:
        prefix, node, above = waiting.pop()
        if once and id(node) in met:
            continue
        met.add(id(node))
        yield prefix, node
        inner = _attributes(node).get("_modules")
        if isinstance(inner, dict):
            below = above | {id(node)}
            waiting += [
                (f"{prefix}{key_text(key)}.", value, below)
                for key, value in reversed(list(dict.items(inner)))
                if isinstance(value, Recorded) and id(value) not in below and len(below) < MAX_DEPTH
            ]


def module_state(module: Recorded) -> Children:
    """What a pickled module has in its state_dict, without that of its inner modules."""
    own = _own_tensors(_attributes(module))
    return [(name, value) for name, value, persistent in own if persistent and not _is_empty(value)]


def module_extras(module: Recorded) -> Children:
    """What a pickled module holds that is not in its state_dict: buffers left out of it, and plain attributes.

    Args:
        module: Its inner modules are not entered.
    """
    attributes = _attributes(module)
    tensors = [(name, value) for name, value, persistent in _own_tensors(attributes) if not persistent]
    plain = [(key_text(key), value) for key, value in attributes.items() if key not in _OF_ITS_OWN]
    return [(name, value) for name, value in (*tensors, *plain) if not _is_empty(value)]


def inner_modules(module: Recorded) -> Children:
    """Modules that stand directly in a pickled module."""
    inner = _attributes(module).get("_modules")
    held = dict.items(inner) if isinstance(inner, dict) else ()
    return [(key_text(key), value) for key, value in held if value is not None]


def _own_tensors(attributes: dict[Any, Any]) -> list[tuple[str, Any, bool]]:
    """Parameters and buffers of one module with their names, and whether its state_dict has them."""
    left_out = _texts(attributes.get("_non_persistent_buffers_set"))
    found: list[tuple[str, Any, bool]] = []
    for group in ("_parameters", "_buffers"):
        held = attributes.get(group)
        if isinstance(held, dict):
            names = ((key_text(key), value) for key, value in dict.items(held))
            found += [(name, value, group == "_parameters" or name not in left_out) for name, value in names]
    return found


def _is_empty(value: object) -> bool:
    """Nothing, as in most of the two dozen attributes of a Module: no hooks, no gradient."""
    return value is None or (isinstance(value, (dict, list)) and not value)


def _texts(names: object) -> set[str]:
    """The texts in a set, which the older protocols write as a call with a list."""
    if isinstance(names, Recorded):
        names = names.args[0] if names.args else names.items
    return {name for name in names if isinstance(name, str)} if isinstance(names, (set, list)) else set()
