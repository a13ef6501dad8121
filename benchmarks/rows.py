"""Lines of the table of figures."""

from typing import NamedTuple

ROUNDS = 5


class Row(NamedTuple):
    """One line of the table."""

    what: str
    ours: str
    reference: str
    figure: str
    wanted: str
