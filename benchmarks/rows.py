"""Lines of the table of figures."""

from typing import NamedTuple

ROUNDS = 5

HEAD = ("| what | ours | reference | ratio or figure | wanted |", "|---|---|---|---|---|")
"""Of the table, in Markdown."""


class Row(NamedTuple):
    """One line of the table."""

    what: str
    ours: str
    reference: str
    figure: str
    wanted: str


def as_line(row: Row) -> str:
    return f"| {' | '.join(row)} |"
