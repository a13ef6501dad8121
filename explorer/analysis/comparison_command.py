"""The command line that makes a comparison again."""

import shlex

from explorer.analysis.difference import Tolerance
from explorer.analysis.pairing import Pairing

PROGRAM = "checkpoint-explorer"


def command_line(pairing: Pairing, tolerance: Tolerance) -> str:
    """What to type, as a POSIX shell takes it: ``checkpoint-explorer compare A B …``.

    Args:
        pairing: What is compared, and by which rules.
        tolerance: What is close.
    """
    sides = pairing.a, pairing.b
    words = [PROGRAM, "compare", *(str(side.checkpoint.path.absolute()) for side in sides)]
    for letter, (checkpoint, entry) in zip("ab", sides, strict=True):
        # In one word: an entry may begin with a hyphen.
        words += [f"--entry-{letter}={entry.path}"] if entry is not checkpoint.chosen else []
    words += [f"--{name}={value!r}" for name, value in tolerance._asdict().items() if value]
    words += [f"--map={rule}" for rule in pairing.rules]
    return shlex.join(words)
