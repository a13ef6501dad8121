"""What all programs are asked: questions about files, with the answers that are true."""

from pathlib import Path
from typing import Any, Final, NamedTuple

QUESTIONS: Final = {
    "list": "What is in it: open and list",
    "statistics": "Minimum, maximum, mean and standard deviation of every tensor",
    "health": "Is it healthy: NaN, infinities, damage",
    "diff": "What changed between two",
    "align": "Which key is which",
    "untrusted": "A file with code in it",
}
"""By their names: as headings."""


class Case(NamedTuple):
    """A question about one or two files.

    Attributes:
        question: One of `QUESTIONS`.
        about: The files, in words.
        files: One, or two to compare or align: the second's keys are looked for in the first.
        truths: As `benchmarks.peers.judging.judge` takes them.
        either: Names that may be called changed in their values or not, since their dtype changed.
    """

    question: str
    about: str
    files: tuple[Path, ...]
    truths: dict[str, Any]
    either: frozenset[str] = frozenset()
