"""What a meaning is."""

from collections.abc import Iterable
from typing import NamedTuple

from explorer.ui.tables.heads import Head


class Meaning(NamedTuple):
    """What something that is shown means.

    Attributes:
        names: How it is shown, each as it stands on the screen, of a colour a word for it; the first is the usual one.
        what: Its definition, in sentences: the formula, the unit, and of which values.
        source: Whose definition that is, or "" where it is the program's own.
        colors: Of a colour, what `Theme` or `HeatColors` call it: it is shown beside its name.
    """

    names: tuple[str, ...]
    what: str
    source: str = ""
    colors: tuple[str, ...] = ()


class Group(NamedTuple):
    """Meanings of what is shown in one place.

    Attributes:
        title: That place.
        meanings: In the order in which they are seen.
    """

    title: str
    meanings: tuple[Meaning, ...]


def tip_of(name: str, *places: Group) -> str:
    """What something means, for a tool tip; "" where that is not said.

    Args:
        name: As it is shown.
        places: Where to look, one after the other.
    """
    found = (meaning.what for place in places for meaning in place.meanings if name in meaning.names)
    return next(found, "")


def explained(heads: Iterable[Head], *places: Group) -> tuple[Head, ...]:
    """Heads of columns with what their titles mean as tool tips; arguments as of `tip_of`."""
    return tuple(head._replace(about=tip_of(head.title, *places) or head.about) for head in heads)
