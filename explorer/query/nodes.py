"""Terms put together: all of some, any of some, and what does not fit one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from explorer.query.terms import Term


@dataclass(frozen=True, slots=True)
class And:
    """What fits all parts, of which there are two or more; none is an `And` itself."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """What fits any part, of which there are two or more; none is an `Or` itself."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """What does not fit; `of` is no `Not` itself."""

    of: "Node"


Node = Term | And | Or | Not


def all_of(parts: "Iterable[Node | None]") -> Node | None:
    """What fits all parts; None asks for nothing."""
    return _joined(And, parts)


def any_of(parts: "Iterable[Node | None]") -> Node | None:
    """What fits any part; None, which asks for nothing, is left out."""
    return _joined(Or, parts)


def not_of(node: Node) -> Node:
    """What does not fit; what does not not fit, fits."""
    return node.of if isinstance(node, Not) else Not(node)


def _joined(kind: type[And] | type[Or], parts: "Iterable[Node | None]") -> Node | None:
    flat: list[Node] = []
    for part in parts:
        if isinstance(part, kind):
            flat += part.parts
        elif part is not None:
            flat.append(part)
    return kind(tuple(flat)) if len(flat) > 1 else flat[0] if flat else None


def terms_of(node: Node | None) -> Iterator[Term]:
    """All terms in it, in their order."""
    if isinstance(node, And | Or):
        for part in node.parts:
            yield from terms_of(part)
    elif isinstance(node, Not):
        yield from terms_of(node.of)
    elif node is not None:
        yield node


def written(node: Node | None) -> str:
    """As it could have been written: reading it gives the same again."""
    match node:
        case None:
            return ""
        case And(parts):
            return " ".join(f"({written(part)})" if isinstance(part, Or) else written(part) for part in parts)
        case Or(parts):
            return " or ".join(map(written, parts))
        case Not(of):
            return f"not ({written(of)})" if isinstance(of, And | Or) else f"not {written(of)}"
    return str(node)
