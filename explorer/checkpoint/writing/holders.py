"""The mappings, lists and tuples of an entry that lead to its tensors, and what they become when keys change.

Runs in the planning process.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from explorer.checkpoint.errors import CheckpointError
from explorer.checkpoint.labels import key_text
from explorer.checkpoint.pickles.modules import MAX_DEPTH, MAX_TENSORS
from explorer.checkpoint.pickles.unpickler import TensorCall

_DROPPED: Final = object()
"""In place of what is left out."""


class Leaf(NamedTuple):
    """What is one key, whatever it holds.

    Attributes:
        key: In what holds it; of a list the position.
        value: It.
        name: Its dotted name in the entry.
    """

    key: Any
    value: Any
    name: str


@dataclass
class Holder:
    """A mapping, list or tuple that leads to tensors; one that stands in two places is one in each of them.

    Attributes:
        key: As of `Leaf`.
        value: It.
        above: What the names of all in it begin with.
        inside: In order.
    """

    key: Any
    value: Any
    above: str
    inside: "list[Holder | Leaf]" = field(default_factory=list)

    def leaves(self) -> Iterator[Leaf]:
        """All keys in it, in order."""
        for part in self.inside:
            if isinstance(part, Leaf):
                yield part
            else:
                yield from part.leaves()


def is_holder(node: object) -> bool:
    """Whether it is a mapping, list or tuple."""
    return isinstance(node, dict) or type(node) in (list, tuple)


def keys_inside(entry: Any, others: frozenset[int]) -> Holder:  # noqa: ANN401 - a mapping, list or tuple
    """Find the keys of an entry.

    Args:
        entry: A mapping, list or tuple.
        others: Ids of what stands in it and is an entry of its own: what holds them is one key.

    Raises:
        CheckpointError: There are too many.
    """
    leads: dict[int, bool] = {}
    count = 0

    def enter(key: Any, node: Any, above: str, on_path: frozenset[int]) -> Holder:  # noqa: ANN401 - as above
        nonlocal count
        holder = Holder(key, node, above)
        for inside, value in _items(node):
            count += 1
            if count > MAX_TENSORS:
                raise CheckpointError("The keys of the entry cannot be named otherwise", "it has too many")
            nested = is_holder(value) and id(value) not in others and id(value) not in on_path
            if nested and len(on_path) < MAX_DEPTH and _leads_to_tensors(value, leads):
                below = f"{above}{key_text(inside)}."
                holder.inside.append(enter(inside, value, below, on_path | {id(value)}))
            else:
                holder.inside.append(Leaf(inside, value, above + key_text(inside)))
        return holder

    return enter(None, entry, "", frozenset((id(entry),)))


class Rebuilding:
    """Makes anew what holds keys, as they are called then."""

    def __init__(self, names: Mapping[str, str]) -> None:
        """Call every key as `names` says, and leave the others out."""
        self._names = names
        self._made: dict[int, Any] = {}

    def rebuilt(self, holder: Holder) -> Any:  # noqa: ANN401 - of the type that it has
        """What comes in its place.

        Raises:
            CheckpointError: A key would have to move to another mapping, or what is behind one in a list.
        """
        old = holder.value
        made = self._mapping(holder) if isinstance(old, dict) else type(old)(self._listed(holder))
        # What stood in two places and became the same in both is still one.
        before = self._made.setdefault(id(old), made)
        return before if _is_same(before, made) else made

    def _mapping(self, holder: Holder) -> dict[Any, Any]:
        made: dict[Any, Any] = type(holder.value)()
        for part in holder.inside:
            new, value = part.key, part.value
            if isinstance(part, Leaf):
                new = _new_key(part, holder.above, self._names.get(part.name))
            else:
                value = self.rebuilt(part) if self._keeps_some(part) else _DROPPED
            if new is _DROPPED or value is _DROPPED:
                continue
            if dict.__contains__(made, new):
                raise CheckpointError("A key cannot be renamed so", f"there is a {key_text(new)[:80]!r} beside it")
            dict.__setitem__(made, new, value)
        if getattr(holder.value, "state", None) is not None:
            made.state = holder.value.state  # type: ignore[attr-defined]  # an OrderedMapping's
        return made

    def _listed(self, holder: Holder) -> Iterator[Any]:
        if not self._keeps_some(holder):
            return
        for part in holder.inside:
            if isinstance(part, Holder):
                yield self.rebuilt(part)
                continue
            new = self._names.get(part.name)
            if new != part.name:
                what = "A key cannot be renamed so" if new else "A key cannot be left out"
                why = f"{part.name[:80]!r} is a position of a list, whose others would move"
                raise CheckpointError(what, why, verdict="unsupported")
            yield part.value

    def _keeps_some(self, holder: Holder) -> bool:
        return any(leaf.name in self._names for leaf in holder.leaves())


def _new_key(leaf: Leaf, above: str, new: str | None) -> Any:  # noqa: ANN401 - a key of a file's mapping
    if new is None:
        return _DROPPED
    if new == leaf.name:
        return leaf.key
    if not new.startswith(above):
        why = f"{leaf.name[:80]!r} stands in a mapping of its own, which {new[:80]!r} would not"
        raise CheckpointError("A key cannot be renamed so", why, verdict="unsupported")
    return new.removeprefix(above)


def _items(node: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 - a mapping, list or tuple
    return iter(dict.items(node)) if isinstance(node, dict) else enumerate(node)


def _is_same(one: Any, other: Any) -> bool:  # noqa: ANN401 - as above
    if one is other:
        return True
    pairs = list(_items(one)), list(_items(other))
    return len(pairs[0]) == len(pairs[1]) and all(
        left[0] == right[0] and left[1] is right[1] for left, right in zip(*pairs, strict=True)
    )


def _leads_to_tensors(node: Any, known: dict[int, bool]) -> bool:  # noqa: ANN401 - as above
    if id(node) not in known:
        waiting, seen = [node], {id(node)}
        known[id(node)] = False
        while waiting and not known[id(node)]:
            for _key, value in _items(waiting.pop()):
                if isinstance(value, TensorCall):
                    known[id(node)] = True
                    break
                if is_holder(value) and id(value) not in seen:
                    seen.add(id(value))
                    waiting.append(value)
    return known[id(node)]
