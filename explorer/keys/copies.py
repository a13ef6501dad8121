"""Finds several copies of one model among keys: ``student.`` and ``teacher.``, ``encoder_q.`` and ``encoder_k.``."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from explorer.keys.key_mapping import Rule
from explorer.progress import Report, asking, no_report

if TYPE_CHECKING:
    from explorer.keys.alignment import Sized


class Copies(NamedTuple):
    """Copies of what is wanted.

    Attributes:
        prefixes: That the keys of each start with, such as ``student.``, in the order of the keys.
        matching: How many keys of each have a name and shape of the wanted ones without it.
    """

    prefixes: tuple[str, ...] = ()
    matching: int = 0

    def rule(self, prefix: str) -> Rule:
        """What takes one of them out."""
        return Rule(f"^{re.escape(prefix)}", "")

    def others(self, prefix: str, shown: int = 3) -> str:
        """Which fit as well as one of them does, as a clause; "" where none do."""
        rest = [other for other in self.prefixes if other != prefix]
        if not rest:
            return ""
        more = f" and {len(rest) - shown} more" if len(rest) > shown else ""
        return f"{', '.join(rest[:shown])}{more} {'fits' if len(rest) == 1 else 'fit'} as well"


def copies(keys: Sequence["Sized"], wanted: Sequence["Sized"], report: Report = no_report) -> Copies:
    """Find prefixes without which as many keys, and more than without any other, have wanted names and shapes.

    Args:
        keys: Each once, in their file's order.
        wanted: Those that they should become; a shape that is None fits any.
        report: Asked again and again whether to go on.

    Raises:
        Cancelled: By `report`.
    """
    shapes = dict(wanted)
    longest = max((key.count(".") for key in shapes), default=0)
    counted: Counter[str] = Counter()
    for key, shape in asking(keys, report, "keys"):
        parts = key.split(".")
        # Names of a stranger's file may be as deep as they are long.
        for first in range(max(1, len(parts) - longest - 1), len(parts)):
            name = ".".join(parts[first:])
            if name in shapes and shapes[name] in (shape, None):
                counted[".".join([*parts[:first], ""])] += 1
    most = max(counted.values(), default=0)
    best = tuple(prefix for prefix, count in counted.items() if count == most)
    return Copies(best, most)
