"""The command line that makes a comparison again."""

import re
import shlex
from typing import Final

from explorer.analysis.compare.difference import Tolerance
from explorer.analysis.compare.pairing import Pairing
from explorer.keys.key_mapping import Rule

PROGRAM = "checkpoint-explorer"

_ESCAPED: Final = re.compile(r"\\(.)|=", re.DOTALL)


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
    words += [f"--map={_one_sign(rule)}" for rule in pairing.rules]
    return shlex.join(words)


def _one_sign(rule: Rule) -> str:
    """A rule as it is written, with no ``=`` in its replacement: it is split at the last one."""
    return f"{rule.pattern}={_ESCAPED.sub(_octal, rule.replacement)}"


def _octal(found: "re.Match[str]") -> str:
    # A replacement knows no \x3d. Before an =, a backslash stands for itself.
    if found[0] == "=":
        return r"\075"
    return r"\\\075" if found[1] == "=" else found[0]
