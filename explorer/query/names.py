"""What a query says of names alone: of a model's keys, of several files, and of what is no tensor."""

from typing import Final

from explorer.formatting import visible
from explorer.query.nodes import And, Node, Not, Or, terms_of
from explorer.query.parsing import Query
from explorer.query.terms import Name

_LONGEST: Final = 100


def may_fit(query: Query, name: str) -> bool:
    """Whether a name fits as far as names tell: what only a tensor could tell leaves nothing out.

    Args:
        query: One that makes sense.
        name: In capitals or not.
    """
    return query.tree is None or _fits(query.tree, name.casefold()) is not False


def beyond_names(query: Query) -> str:
    """A sentence about the terms that names do not tell of; "" where there are none."""
    terms = dict.fromkeys(str(term) for term in terms_of(query.tree) if not isinstance(term, Name))
    return f"Here it looks for words alone, not at {visible(' '.join(terms), _LONGEST)}." if terms else ""


def _fits(node: Node, name: str) -> bool | None:
    """None where it is not known."""
    match node:
        case And(parts):
            fits = [_fits(part, name) for part in parts]
            return False if False in fits else None if None in fits else True
        case Or(parts):
            fits = [_fits(part, name) for part in parts]
            return True if True in fits else None if None in fits else False
        case Not(of):
            inner = _fits(of, name)
            return None if inner is None else not inner
    return node.fits(name) if isinstance(node, Name) else None
