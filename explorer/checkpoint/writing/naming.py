"""Renames and drops keys of a recorded state_dict, and what its ``_metadata`` says of them.

Runs in the planning process.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.labels import key_text
from explorer.checkpoint.pickles.modules import is_module
from explorer.checkpoint.pickles.unpickler import OrderedMapping
from explorer.checkpoint.writing.holders import Rebuilding, is_holder, keys_inside

AskNames = Callable[[list[str]], dict[str, str]]
"""Given all keys, answers which are written and how they are called."""


class Renamed(NamedTuple):
    """An entry whose keys are called otherwise.

    Attributes:
        entry: In place of the old one, which may stand elsewhere too and is as it was.
        names: The new name of every key that is still there.
    """

    entry: Any
    names: dict[str, str]


def rename_keys(entry: object, others: frozenset[int], ask: AskNames, advice: str = "") -> Renamed:
    """Have the keys of an entry called otherwise.

    Args:
        entry: What holds them.
        others: Ids of what stands in it and is an entry of its own: what holds them is one key.
        ask: Says how.
        advice: What to do where it has no keys.

    Raises:
        CheckpointError: It is no mapping, or a key would have to move to another one.
    """
    if not is_holder(entry):
        what = "it is a pickled module" if is_module(entry) else "it is no mapping"
        raise CheckpointError("The keys of the entry cannot be named otherwise", what, advice, verdict="unsupported")
    holder = keys_inside(entry, others)
    keys = [leaf.name for leaf in holder.leaves()]
    names = ask(keys)
    top = Rebuilding(names).rebuilt(holder)
    if isinstance(entry, OrderedMapping) and isinstance(top, OrderedMapping):
        _follow_metadata(top, keys, names)
    return Renamed(top, names)


def put_in_place(root: Any, path: tuple[str, ...], new: object) -> Any:  # noqa: ANN401 - what a pickle holds
    """Put an entry where another one is.

    Args:
        root: What it stands in, or itself.
        path: The keys to it.
        new: What comes in its place.

    Returns:
        The root with it.

    Raises:
        CheckpointError: A key of these is none of a mapping or a list.
    """
    if not path:
        return new
    holder: Any = root
    for part in path[:-1]:
        holder = holder[_key_of(holder, part)]
    holder[_key_of(holder, path[-1])] = new
    return root


def _key_of(holder: object, text: str) -> Any:  # noqa: ANN401 - a key or position
    if isinstance(holder, list):
        return int(text)
    if isinstance(holder, dict):
        return next(key for key in dict.keys(holder) if key_text(key) == text)
    raise CheckpointError(
        "The keys of the entry cannot be named otherwise",
        "it stands in something else than mappings and lists",
        "take it out with --entry PATH",
        verdict="unsupported",
    )


def _follow_metadata(made: OrderedMapping, keys: list[str], names: dict[str, str]) -> None:
    """Let what a state_dict says of its modules follow their keys."""
    state = getattr(made, "state", None)
    metadata = dict.get(state, "_metadata") if isinstance(state, dict) else None
    if isinstance(state, dict) and isinstance(metadata, dict):
        moved = type(metadata)(dict.items(metadata))
        rename_modules(moved, keys, names)
        made.state = {**state, "_metadata": moved}


def rename_modules(metadata: dict[Any, Any], keys: list[str], names: dict[str, str]) -> None:
    """Let what is said of modules follow the keys of their tensors.

    Args:
        metadata: By the dotted names of modules; changed in place.
        keys: All keys there were.
        names: The new name of every key that is still there.
    """
    first: dict[str, str | None] = {}
    for key in keys:
        new = names.get(key)
        parts = key.split(".")
        for end in range(len(parts)):
            module, rest = ".".join(parts[:end]), ".".join(parts[end:])
            if first.get(module) is None:
                first[module] = _module_of(new, rest, module)
    said = list(dict.items(metadata))
    dict.clear(metadata)
    moved = [(_followed(module, first), module, facts) for module, facts in said]
    # Of two modules that end in one place, the one that came from elsewhere is the one whose tensors are there.
    for new, _module, facts in sorted(moved, key=lambda each: each[0] != each[1]):
        if new is not None:
            dict.__setitem__(metadata, new, facts)


def _module_of(new: str | None, rest: str, module: str) -> str | None:
    """Where the module of a key is now; None where its keys are left out."""
    if new is None:
        return None
    if new == rest:
        return ""
    return new.removesuffix(f".{rest}") if new.endswith(f".{rest}") else module


def _followed(module: object, first: dict[str, str | None]) -> Any:  # noqa: ANN401 - a key of a file's mapping
    if not isinstance(module, str):
        return module
    if module in first:
        return first[module]
    above, _, last = module.rpartition(".")
    parent = _followed(above, first) if module else None
    if parent is None:
        return None if above in first and module else module
    return f"{parent}.{last}" if parent else last
