"""Renames and drops keys of a recorded state_dict, and what its ``_metadata`` says of them.

Runs in the planning process.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.labels import key_text
from explorer.checkpoint.modules import MAX_DEPTH, is_module
from explorer.checkpoint.pickles import OrderedMapping, TensorCall

AskNames = Callable[[list[str]], dict[str, str]]
"""Given all keys, answers which are written and how they are called."""


class Renamed(NamedTuple):
    """An entry whose keys are called otherwise.

    Attributes:
        entry: In place of the old one, which may stand elsewhere too and is as it was.
        names: The new name of every key that is still there.
    """

    entry: dict[Any, Any]
    names: dict[str, str]


class _Leaf(NamedTuple):
    """A key of the entry: of a mapping in it, with the keys that lead to that."""

    holder: dict[Any, Any]
    key: Any
    above: str

    @property
    def name(self) -> str:
        """Its dotted name in the entry."""
        return self.above + key_text(self.key)


def rename_keys(entry: object, others: frozenset[int], ask: AskNames) -> Renamed:
    """Have the keys of an entry called otherwise.

    Args:
        entry: What holds them.
        others: Ids of what stands in it and is an entry of its own: what holds them is one key.
        ask: Says how.

    Raises:
        CheckpointError: It is no mapping, or a key would have to move to another one.
    """
    if not isinstance(entry, dict):
        what = "it is a pickled module" if is_module(entry) else "it is no mapping"
        advice = "take it out as a state_dict with --entry PATH"
        raise CheckpointError("The keys of the entry cannot be named otherwise", what, advice, verdict="unsupported")
    leaves = _leaves(entry, others)
    names = ask([leaf.name for leaf in leaves])
    new_keys = {(id(leaf.holder), leaf.key): _new_key(leaf, names.get(leaf.name)) for leaf in leaves}
    holders = {id(entry): entry, **{id(leaf.holder): leaf.holder for leaf in leaves}}
    made: dict[int, dict[Any, Any]] = {number: type(holder)() for number, holder in holders.items()}
    for number, holder in holders.items():
        for key, value in dict.items(holder):
            new = new_keys.get((number, key), key)
            if new is _DROPPED:
                continue
            if dict.__contains__(made[number], new):
                raise CheckpointError("A key cannot be renamed so", f"there is a {key_text(new)[:80]!r} beside it")
            dict.__setitem__(made[number], new, made.get(id(value), value))
    top = made[id(entry)]
    if isinstance(entry, OrderedMapping) and isinstance(top, OrderedMapping):
        _keep_state(entry, top, [leaf.name for leaf in leaves], names)
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


def _keep_state(old: OrderedMapping, new: OrderedMapping, keys: list[str], names: dict[str, str]) -> None:
    """Give a state_dict the attributes of the one that it comes in place of."""
    state = getattr(old, "state", None)
    if state is None:
        return
    new.state = state
    metadata = dict.get(state, "_metadata") if isinstance(state, dict) else None
    if isinstance(metadata, dict):
        moved = type(metadata)(dict.items(metadata))
        rename_modules(moved, keys, names)
        new.state = {**state, "_metadata": moved}


_DROPPED: Final = object()
"""In place of a key: it is left out."""


def _new_key(leaf: _Leaf, new: str | None) -> Any:  # noqa: ANN401 - a key of a file's mapping
    if new is None:
        return _DROPPED
    if new == leaf.name:
        return leaf.key
    if not new.startswith(leaf.above):
        why = f"{leaf.name[:80]!r} stands in a mapping of its own, which {new[:80]!r} would not"
        raise CheckpointError("A key cannot be renamed so", why, verdict="unsupported")
    return new.removeprefix(leaf.above)


def _leaves(entry: dict[Any, Any], others: frozenset[int]) -> list[_Leaf]:
    leaves: list[_Leaf] = []
    seen = {id(entry)}

    def enter(holder: dict[Any, Any], above: str, depth: int) -> None:
        for key, value in dict.items(holder):
            nested = isinstance(value, dict) and id(value) not in others and depth < MAX_DEPTH
            if nested and id(value) not in seen and _leads_to_tensors(value):
                seen.add(id(value))
                enter(value, f"{above}{key_text(key)}.", depth + 1)
            else:
                leaves.append(_Leaf(holder, key, above))

    enter(entry, "", 0)
    return leaves


def _leads_to_tensors(node: dict[Any, Any]) -> bool:
    waiting, seen = [node], {id(node)}
    while waiting:
        for value in dict.values(waiting.pop()):
            if isinstance(value, TensorCall):
                return True
            if isinstance(value, dict) and id(value) not in seen:
                seen.add(id(value))
                waiting.append(value)
    return False


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
