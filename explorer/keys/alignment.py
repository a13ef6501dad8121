"""Finds which key of a checkpoint is which key of a model, where they are named differently.

Both are seen as trees of dotted names. Two subtrees with the same names and shapes in them belong together whatever
they are called; what is left is paired level by level: by name, then by number, then by what is inside. A pair that
could as well be another is left out: nothing is guessed.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

Shape = tuple[int, ...] | None
Sized = tuple[str, Shape]
"""A key and its shape; None where it has none, as a lazy parameter."""

_LIKE: Final = 0.5
"""Share of what two layers hold that has to be the same for them to be taken for one."""
_WRAPPED: Final = 0.8
"""Share of what could be paired that has to lie in one child of a layer for the layer to be a mere wrapper."""
_DEEPEST: Final = 200


class Leaf(NamedTuple):
    """A key of a tree: its place in the list that the tree was made of, and its shape."""

    place: int
    shape: Shape


class Node:
    """A layer: its children by name, and what is in it."""

    __slots__ = ("children", "contents", "leaf", "leaves", "signature")

    def __init__(self) -> None:
        self.children: dict[str, Node] = {}
        self.leaf: Leaf | None = None
        self.leaves = 0
        self.contents: Counter[tuple[str, Shape]] = Counter()
        self.signature = 0

    @classmethod
    def tree(cls, keys: Iterable[Sized], *, sized: bool = True) -> "Node":
        """Make a tree of dotted keys; layers are told apart by their shapes too where it is `sized`."""
        root = cls()
        for place, (key, shape) in enumerate(keys):
            node = root
            for segment in key.split("."):
                node = node.children.setdefault(segment, cls())
            node.leaf = Leaf(place, shape)
        root._sum_up(sized=sized)
        return root

    def _sum_up(self, *, sized: bool) -> None:
        # Without recursion: names of a stranger's file may be as deep as they are long.
        order: list[tuple[str, Node]] = [("", self)]
        for _, node in order:
            order += node.children.items()
        for own_name, node in reversed(order):
            shape = node.leaf.shape if node.leaf is not None and sized else None
            own = hash(shape) if node.leaf is not None else 0
            node.leaves = (node.leaf is not None) + sum(child.leaves for child in node.children.values())
            if node.leaf is not None:
                node.contents[own_name, shape] += 1
            for child in node.children.values():
                if len(child.contents) > len(node.contents):
                    node.contents, smaller = child.contents.copy(), node.contents
                    node.contents.update(smaller)
                else:
                    node.contents.update(child.contents)
            below = frozenset((segment, child.signature) for segment, child in node.children.items())
            node.signature = hash((own, below))


def align(checkpoint: Sequence[Sized], model: Sequence[Sized]) -> dict[str, str]:
    """Pair keys of a checkpoint with keys of a model.

    Args:
        checkpoint: Its keys, each once, in the file's order.
        model: Likewise, in the order of its state_dict.

    Returns:
        The model's key for keys of the checkpoint; keys without a sure counterpart are left out, and no two have one.
    """
    found = _Pairs()
    # Beside parameters that have no shape yet, nothing can be told by shapes.
    sized = all(shape is not None for _, shape in model)
    found.align(Node.tree(checkpoint, sized=sized), Node.tree(model, sized=sized), 0)
    pairs = {checkpoint[ours][0]: model[theirs][0] for ours, theirs in found.pairs.items()}
    left = [sized for sized in checkpoint if sized[0] not in pairs]
    taken = set(pairs.values())
    free = [sized for sized in model if sized[0] not in taken]
    if left and len(left) == len(free) and all(a == b for (_, a), (_, b) in zip(left, free, strict=True)):
        # What is left has the same shapes in the same order, whatever it is called.
        kinds = [(_kind(ours), _kind(theirs)) for (ours, _), (theirs, _) in zip(left, free, strict=True)]
        if all(a == b for a, b in kinds if a and b):
            pairs |= {ours: theirs for (ours, _), (theirs, _) in zip(left, free, strict=True)}
    return pairs


def _kind(key: str) -> str:
    """What a tensor is by the last word of its name: ``weight`` of ``fc1_weight``; "" for a word of no meaning."""
    word = key.replace("_", ".").rpartition(".")[2]
    return word if word in {"weight", "bias", "mean", "var", "tracked", "scale", "shift"} else ""


class _Pairs:
    """Collects pairs of places: in the checkpoint's list, and in the model's."""

    def __init__(self) -> None:
        self.pairs: dict[int, int] = {}

    def align(self, ours: Node, theirs: Node, depth: int) -> None:
        if depth > _DEEPEST:
            return
        if ours.leaf is not None and theirs.leaf is not None and _fit(ours.leaf.shape, theirs.leaf.shape):
            self.pairs[ours.leaf.place] = theirs.leaf.place
        if ours.signature == theirs.signature:
            for name, child in ours.children.items():
                self.align(child, theirs.children[name], depth + 1)
            return
        wrapper = _wrapper(ours, theirs)
        if wrapper is not None:
            self.align(*wrapper, depth + 1)
            return
        for mine, other in _matched(ours, theirs):
            self.align(mine, other, depth + 1)


def _fit(checkpoint: Shape, model: Shape) -> bool:
    return checkpoint == model or model is None


def _wrapper(ours: Node, theirs: Node) -> tuple[Node, Node] | None:
    """The two layers to go on with, where one of these two only wraps a layer that is the other one's counterpart."""
    shared = _shared(ours, theirs)
    for inner, outer, swapped in ((ours, theirs, False), (theirs, ours, True)):
        for name, child in inner.children.items():
            if name in outer.children or not child.children:
                continue
            inside = _shared(child, outer)
            if inside and inside >= _WRAPPED * shared and _same_names(child, outer) > _same_names(inner, outer):
                return (outer, child) if swapped else (child, outer)
    return None


def _same_names(ours: Node, theirs: Node) -> int:
    """How many leaves lie in children of the same name."""
    return sum(
        min(child.leaves, theirs.children[name].leaves)
        for name, child in ours.children.items()
        if name in theirs.children
    )


def _shared(ours: Node, theirs: Node) -> int:
    """How many leaves have the last word of their name and their shape in common."""
    if len(ours.contents) > len(theirs.contents):
        ours, theirs = theirs, ours
    return sum(min(count, theirs.contents[what]) for what, count in ours.contents.items())


def _likeness(ours: Node, theirs: Node) -> float:
    return _shared(ours, theirs) / max(ours.leaves, theirs.leaves, 1)


def _matched(ours: Node, theirs: Node) -> list[tuple[Node, Node]]:
    """Children that belong together."""
    numbered = _numbered(ours, theirs)
    taken = {name for name, _ in numbered}, {name for _, name in numbered}
    named = [name for name in ours.children if name in theirs.children and name not in taken[0] | taken[1]]
    pairs = numbered + [(name, name) for name in named if not name.isdigit() or not numbered]
    mine = [name for name in ours.children if name not in {pair[0] for pair in pairs}]
    others = [name for name in theirs.children if name not in {pair[1] for pair in pairs}]
    pairs += _by_contents(ours, theirs, mine, others)
    return [(ours.children[mine], theirs.children[other]) for mine, other in pairs]


def _numbered(ours: Node, theirs: Node) -> list[tuple[str, str]]:
    """Children with numbers for names, where they are numbered differently: all moved by one distance."""
    mine = sorted(int(name) for name in ours.children if _is_number(name))
    others = sorted(int(name) for name in theirs.children if _is_number(name))
    if not mine or not others or mine == others:
        return []
    signatures = {int(name): child.signature for name, child in theirs.children.items() if _is_number(name)}
    agreeing: Counter[int] = Counter()
    for number in mine:
        signature = ours.children[str(number)].signature
        for distance in {others[0] - mine[0], others[-1] - mine[-1], 0}:
            agreeing[distance] += signatures.get(number + distance) == signature
    best = max(agreeing.values())
    if best and agreeing[0] < best and list(agreeing.values()).count(best) == 1:
        distance = agreeing.most_common(1)[0][0]
        return [(str(number), str(number + distance)) for number in mine if number + distance in signatures]
    if len(mine) == len(others) and not agreeing[0]:
        # Numbers of a Sequential, some of whose parts have no tensors: in order, where each looks like its counterpart.
        pairs = [(str(a), str(b)) for a, b in zip(mine, others, strict=True)]
        if all(_likeness(ours.children[a], theirs.children[b]) >= _LIKE for a, b in pairs):
            return pairs
    return []


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdigit() and name == str(int(name)) if len(name) < 9 else False


def _by_contents(ours: Node, theirs: Node, mine: list[str], others: list[str]) -> list[tuple[str, str]]:
    """Children of other names: with the same names and shapes inside in the same order, or the only ones alike."""
    pairs: list[tuple[str, str]] = []
    alike: dict[int, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for name in mine:
        alike[ours.children[name].signature][0].append(name)
    for name in others:
        alike[theirs.children[name].signature][1].append(name)
    for left, right in alike.values():
        if len(left) == len(right):
            pairs += zip(left, right, strict=True)
    mine = [name for name in mine if name not in {pair[0] for pair in pairs}]
    others = [name for name in others if name not in {pair[1] for pair in pairs}]
    likeness = {(a, b): _likeness(ours.children[a], theirs.children[b]) for a in mine[:200] for b in others[:200]}
    for a, b in sorted(likeness, key=lambda pair: -likeness[pair]):
        best = likeness.get((a, b), 0.0)
        rivals = [pair for pair in likeness if (pair[0] == a) != (pair[1] == b) and likeness[pair] >= best]
        if best >= _LIKE and not rivals:
            pairs.append((a, b))
            likeness = {pair: like for pair, like in likeness.items() if pair[0] != a and pair[1] != b}
    return pairs
