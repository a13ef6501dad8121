"""What the last word of a query may become."""

import re
from typing import Final

from explorer.checkpoint.dtypes import DTYPES
from explorer.query.figures import FIGURES
from explorer.query.terms import ABOUTS, LAYER_KINDS, PROBLEM_WORDS, ROLE_WORDS, STATE_WORDS

_LAST: Final = re.compile(r"(?<!\S)[(!-]*([^\s(]*)\Z")


def suggestions() -> list[str]:
    """Terms, each of which may stand in a query: figures, what follows a colon, and the words before one."""
    dtypes = [dtype.short for dtype in DTYPES.values() if dtype.family != "packed"]
    values = {
        "name": [""],
        "dtype": dtypes,
        "shape": ["", "scalar"],
        "device": ["cpu", "cuda"],
        "role": ROLE_WORDS,
        "kind": LAYER_KINDS,
        "state": STATE_WORDS,
        "problem": PROBLEM_WORDS,
    }
    told = [f"{word}:{value}" for word in ABOUTS if word in values for value in values[word]]
    compared = [each for figure in FIGURES.values() for each in (figure, figure.as_share) if each is not None]
    return [*(figure.example for figure in compared), *told]


def last_word(text: str) -> str:
    """The word at the end of a query, without what leaves it out or opens a group before it."""
    match = _LAST.search(text)
    return "" if match is None else match[1]
