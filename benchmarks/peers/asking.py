"""How a program is asked, and how its answer is read."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.peers.cases import Case
from benchmarks.peers.running import Run

Answers = dict[str, Any]
Command = Sequence[str | Path]


class Step(NamedTuple):
    """One command.

    Attributes:
        command: The program and its arguments.
        before: What it does before the question can be asked; "" for the question itself.
    """

    command: Command
    before: str = ""


class Asked(NamedTuple):
    """How a program is asked.

    Attributes:
        how: In words, for the table.
        steps: One after the other; a step that fails ends it. One may depend on what those before printed.
        read: Makes answers of what the steps printed.
    """

    how: str
    steps: Sequence[Step | Callable[[Sequence[Run]], Step]]
    read: Callable[[Sequence[Run]], Answers]


class Cannot(NamedTuple):
    """A program has no way to be asked.

    Attributes:
        why: In words.
    """

    why: str


Ask = Callable[[Case], Asked | Cannot | None]
"""A program: how it is asked a question; None where it has been asked in another way already."""
