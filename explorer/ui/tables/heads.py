"""What is to be known of columns before there are any rows; it needs nothing of Qt."""

import re
from typing import Final, NamedTuple

_DIGITS: Final = re.compile(r"([0-9]+)")


class Head(NamedTuple):
    """What is to be known of a column whatever its rows are.

    Attributes:
        title: What stands at its head.
        figures: They stand at the right, and the largest come first.
        sample: What is as wide as anything it usually shows; "" for a column that takes the room which others leave.
        about: The head's tool tip.
        goes: Columns go in this order, the lowest first, where there is no room for all; 0 for one that stays.
        short: What stands there where the title has no room; "" for as much of it as there is room for.
    """

    title: str
    figures: bool = False
    sample: str = ""
    about: str = ""
    goes: int = 0
    short: str = ""


def natural(name: str) -> tuple[object, ...]:
    """A sort key with which ``layer2`` comes before ``layer10``.

    Args:
        name: Any string; digits may be as many as they like.
    """
    parts = _DIGITS.split(name.casefold())
    # Text and digits alternate, so that like is compared with like; a longer number is a larger one.
    numbers = ((len(digits.lstrip("0")), digits.lstrip("0")) for digits in parts[1::2])
    mixed: list[object] = list(parts)
    mixed[1::2] = numbers
    return tuple(mixed), name
