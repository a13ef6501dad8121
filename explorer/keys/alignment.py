"""Finds which key of a checkpoint is which key of a model, where they are named differently.

Both are seen as trees of dotted names. Two subtrees with the same names and shapes in them belong together whatever
they are called; what is left is paired level by level: by name, then by number, then by what is inside. A pair that
could as well be another is left out: nothing is guessed. Where as many are left on either side and only their order
tells which is which, they are paired in order, and named as such.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from explorer.keys.adapters import adapter
from explorer.keys.factors import factor
from explorer.keys.siblings import Numbered, by_names, in_order, monotone
from explorer.progress import Report, asking, no_report

Shape = tuple[int, ...] | None
Sized = tuple[str, Shape]
"""A key and its shape; None where it has none, as a lazy parameter."""

_LIKE: Final = 0.5
"""Share of what two layers hold that has to be the same for them to be taken for one."""
_MOST_BY_CONTENTS: Final = 200
"""Children of a layer that are looked at, of either side, for what they have inside."""
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
    def tree(cls, keys: Iterable[Sized], *, sized: bool = True, report: Report = no_report) -> "Node":
        """Make a tree of dotted keys; layers are told apart by their shapes too where it is `sized`.

        Raises:
            Cancelled: By `report`.
        """
        root = cls()
        for place, (key, shape) in enumerate(asking(keys, report, "keys")):
            node = root
            for segment in key.split("."):
                node = node.children.setdefault(segment, cls())
            node.leaf = Leaf(place, shape)
        root._sum_up(report, sized=sized)
        return root

    def _sum_up(self, report: Report, *, sized: bool) -> None:
        # Without recursion: names of a stranger's file may be as deep as they are long.
        order: list[tuple[str, Node]] = [("", self)]
        for _, node in order:
            order += node.children.items()
        for own_name, node in asking(reversed(order), report, "layers"):
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


class Alignment(NamedTuple):
    """Which key is which.

    Attributes:
        pairs: The model's key for keys of the checkpoint; those without a sure counterpart are left out, and no two
            have one.
        by_order: Keys of the checkpoint whose counterpart only their order tells: others have the same shapes.
    """

    pairs: dict[str, str]
    by_order: frozenset[str]


def align(checkpoint: Sequence[Sized], model: Sequence[Sized], report: Report = no_report) -> Alignment:
    """Pair keys of a checkpoint with keys of a model.

    Args:
        checkpoint: Its keys, each once, in the file's order.
        model: Likewise, in the order of its state_dict.
        report: Asked again and again whether to go on.

    Raises:
        Cancelled: By `report`.
    """
    found = _Pairs(report)
    # Beside parameters that have no shape yet, nothing can be told by shapes.
    sized = all(shape is not None for _, shape in model)
    found.align(Node.tree(checkpoint, sized=sized, report=report), Node.tree(model, sized=sized, report=report), 0)
    roles = _parts(checkpoint), _parts(model)
    named = ((checkpoint[ours][0], model[theirs][0]) for ours, theirs in found.pairs.items())
    pairs = {ours: theirs for ours, theirs in named if roles[0].get(ours) == roles[1].get(theirs)}
    by_order = {checkpoint[ours][0] for ours in found.by_order} & pairs.keys()
    left = [sized for sized in checkpoint if sized[0] not in pairs]
    taken = set(pairs.values())
    free = [sized for sized in model if sized[0] not in taken]
    if left and len(left) == len(free) and all(a == b for (_, a), (_, b) in zip(left, free, strict=True)):
        # What is left has the same shapes in the same order, whatever it is called.
        kinds = [(_kind(ours), _kind(theirs)) for (ours, _), (theirs, _) in zip(left, free, strict=True)]
        in_turn = {ours: theirs for (ours, _), (theirs, _) in zip(left, free, strict=True)}
        same_parts = all(roles[0].get(ours) == roles[1].get(theirs) for ours, theirs in in_turn.items())
        if same_parts and all(a == b for a, b in kinds if a and b):
            pairs |= in_turn
            by_order |= _told_by_order(left, in_turn, report)
    return Alignment(pairs, frozenset(by_order))


def _parts(keys: Sequence[Sized]) -> dict[str, str]:
    """What the factors of weight_norm and of LoRA are: one is no other, nor a weight, whatever its shape."""
    names = {key for key, _ in keys}
    of_norm = {key: str(found.part) for key in names if (found := factor(key, names)) is not None}
    return of_norm | {key: f"LoRA {part.part}" for key in names if (part := adapter(key)) is not None}


def _told_by_order(keys: Sequence[Sized], pairs: dict[str, str], report: Report) -> set[str]:
    """Those that could have another's counterpart by their shapes, and by their names as well."""
    alike: dict[Shape, list[str]] = defaultdict(list)
    for key, shape in keys:
        alike[shape].append(key)
    found: set[str] = set()
    for group in alike.values():
        named, sure = by_names(group, [pairs[key] for key in group], report)
        if not sure or any(pairs[ours] != theirs for ours, theirs in named):
            found.update(group)
    return found


def _kind(key: str) -> str:
    """What a tensor is by the last word of its name: ``weight`` of ``fc1_weight``; "" for a word of no meaning."""
    word = key.replace("_", ".").rpartition(".")[2]
    return word if word in {"weight", "bias", "mean", "var", "tracked", "scale", "shift"} else ""


class _Pairs:
    """Collects pairs of places, in the checkpoint's list and in the model's; and those that only order tells."""

    def __init__(self, report: Report) -> None:
        self.pairs: dict[int, int] = {}
        self.by_order: set[int] = set()
        self._report = report

    def align(self, ours: Node, theirs: Node, depth: int, *, sure: bool = True) -> None:
        self._report(0, 0, "layers")
        if depth > _DEEPEST:
            return
        if ours.leaf is not None and theirs.leaf is not None and _fit(ours.leaf.shape, theirs.leaf.shape):
            self.pairs[ours.leaf.place] = theirs.leaf.place
            if not sure:
                self.by_order.add(ours.leaf.place)
        if ours.signature == theirs.signature:
            for name, child in ours.children.items():
                self.align(child, theirs.children[name], depth + 1, sure=sure)
            return
        wrapper = _wrapper(ours, theirs)
        if wrapper is not None:
            self.align(*wrapper, depth + 1, sure=sure)
            return
        for mine, other, told in _matched(ours, theirs, self._report):
            self.align(ours.children[mine], theirs.children[other], depth + 1, sure=sure and told)


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


_Told = tuple[str, str, bool]
"""Names of two children that belong together, and whether more than their order tells so."""


def _matched(ours: Node, theirs: Node, report: Report) -> list[_Told]:
    """Children that belong together."""
    numbers = _numbers(ours), _numbers(theirs)
    pairs: list[_Told] = []
    moved: set[str] = set()
    for stem in numbers[0].keys() & numbers[1].keys():
        found = _numbered(stem, numbers[0][stem], numbers[1][stem], report)
        pairs += found
        moved |= {stem} if found else set()
    taken = {name for pair in pairs for name in pair[:2]}
    named = [name for name in ours.children if name in theirs.children and name not in taken]
    # Where some numbers have moved, none of the others stays: it would be taken for what it is not.
    named = [name for name in named if (number := Numbered.parse(name)) is None or number.stem not in moved]
    pairs += [(name, name, True) for name in named]
    mine, others = _without(ours.children, theirs.children, pairs)
    return _without_crossing(pairs, _by_contents(ours, theirs, mine, others, report))


def _without(mine: Iterable[str], others: Iterable[str], pairs: Iterable[_Told]) -> tuple[list[str], list[str]]:
    """Names of either side that are in no pair."""
    taken = list(pairs)
    first, second = {pair[0] for pair in taken}, {pair[1] for pair in taken}
    return [name for name in mine if name not in first], [name for name in others if name not in second]


def _numbers(node: Node) -> dict[str, dict[int, Node]]:
    """Children whose names end in numbers, by what stands before them."""
    found: dict[str, dict[int, Node]] = defaultdict(dict)
    for name, child in node.children.items():
        number = Numbered.parse(name)
        if number is not None:
            found[number.stem][number.number] = child
    return found


def _numbered(stem: str, ours: dict[int, Node], theirs: dict[int, Node], report: Report) -> list[_Told]:
    """Children of one name that are numbered differently."""
    mine, others = ({number: child.signature for number, child in side.items()} for side in (ours, theirs))
    pairs, only = in_order(mine, others, lambda a, b: _likeness(ours[a], theirs[b]) >= _LIKE, report)
    return [(f"{stem}{a}", f"{stem}{b}", only) for a, b in pairs]


def _without_crossing(pairs: list[_Told], further: list[_Told]) -> list[_Told]:
    """All pairs, without those further ones whose numbers would come into another order: they only filled gaps."""
    numbers: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for mine, other, _ in pairs + further:
        ours, theirs = Numbered.parse(mine), Numbered.parse(other)
        if ours is not None and theirs is not None and ours.stem == theirs.stem:
            numbers[ours.stem].append((ours.number, theirs.number))
    crossing = {stem for stem, found in numbers.items() if not monotone(found)}
    kept = [pair for pair in further if (found := Numbered.parse(pair[0])) is None or found.stem not in crossing]
    return pairs + kept


def _by_contents(ours: Node, theirs: Node, mine: list[str], others: list[str], report: Report) -> list[_Told]:
    """Children of other names: as many with the same names and shapes inside, or the only ones alike."""
    pairs: list[_Told] = []
    alike: dict[int, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for name in mine:
        alike[ours.children[name].signature][0].append(name)
    for name in others:
        alike[theirs.children[name].signature][1].append(name)
    for left, right in alike.values():
        if len(left) == len(right):
            named, sure = by_names(left, right, report) if left else ([], True)
            pairs += [(a, b, sure) for a, b in named]
    mine, others = _without(mine, others, pairs)
    left_over = [ours.children[name] for name in mine[:_MOST_BY_CONTENTS]]
    candidates = [theirs.children[name] for name in others[:_MOST_BY_CONTENTS]]
    return pairs + [(mine[a], others[b], True) for a, b in _only_ones_alike(left_over, candidates, report)]


def _only_ones_alike(ours: Sequence[Node], theirs: Sequence[Node], report: Report) -> list[tuple[int, int]]:
    """Places of those that are alike, and of which none is as like another one that is left; the likest first."""
    likest: dict[float, list[tuple[int, int]]] = defaultdict(list)
    for a, mine in enumerate(ours):
        report(0, 0, "layers")
        for b, other in enumerate(theirs):
            # What is more than twice as large cannot be alike, whatever is in it.
            if min(mine.leaves, other.leaves) >= _LIKE * max(mine.leaves, other.leaves):
                likeness = _likeness(mine, other)
                if likeness >= _LIKE:
                    likest[likeness].append((a, b))
    pairs: list[tuple[int, int]] = []
    taken: tuple[set[int], set[int]] = set(), set()
    # How many that are left are at least as like it as those that are looked at.
    rivals: tuple[Counter[int], Counter[int]] = Counter(), Counter()
    for likeness in sorted(likest, reverse=True):
        left = [(a, b) for a, b in likest[likeness] if a not in taken[0] and b not in taken[1]]
        for side, places in enumerate(zip(*left, strict=True)):
            rivals[side].update(places)
        only = [(a, b) for a, b in left if rivals[0][a] == rivals[1][b] == 1]
        pairs += only
        taken[0].update(a for a, _ in only)
        taken[1].update(b for _, b in only)
    return pairs
