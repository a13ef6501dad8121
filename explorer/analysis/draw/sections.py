"""Tensors side by side that belong together, to be named below a plot of all of them."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from explorer.progress import Report, asking, in_slices, no_report

_WIDE: Final = 0.5
"""A section that is a larger part of all tensors is shown as those in it, if they are more than single tensors."""
_MOST_SECTIONS: Final = 48
"""More have no room for their names."""
_ROUNDS: Final = 6
"""Of numbered layers that are more, at most so many marks: at multiples of 1, 2 or 5 times a power of 10."""
_DIGITS: Final = 16


class Section(NamedTuple):
    """Tensors side by side that belong together.

    Attributes:
        first: The row of the first one; the last one's is before the next section.
        name: What their keys have in common, dotted; the key of a tensor that stands alone.
    """

    first: int
    name: str


def sections(keys: Sequence[str], report: Report = no_report) -> list[Section]:
    """Divide tensors by the layers that they are in, so that no section is most of all, if that can be.

    Args:
        keys: Of all tensors, in their order.
        report: Called now and then.

    Raises:
        Cancelled: By `report`.
    """
    if not keys:
        return []
    whole = _shared(keys, report)
    found = _divide(keys, 0, report)
    if whole and len(found) > _MOST_SECTIONS:
        return _put_together(found, whole, report) or [Section(0, whole)]
    while True:
        ends = [*(section.first for section in found[1:]), len(keys)]
        widest = max(range(len(found)), key=lambda place: ends[place] - found[place].first)
        first, end = found[widest].first, ends[widest]
        if end - first <= _WIDE * len(keys):
            return found
        inside = _divide(keys[first:end], first, report)
        if len(inside) > _MOST_SECTIONS:
            inside = _put_together(inside, _shared(keys[first:end], report), report)
        if not 2 <= len(inside) <= min((end - first) / 2, _MOST_SECTIONS):
            return found
        found[widest : widest + 1] = inside


def _put_together(found: Sequence[Section], whole: str, report: Report) -> list[Section]:
    """Numbered layers that are too many to be named, in rounds: ``blocks.{0–999}``; nothing where they have no order.

    Args:
        found: Of each layer.
        whole: What their names begin with.
        report: Called now and then.
    """
    before = f"{whole}." if whole else ""
    # As they are written: with zeros before them.
    parts = [section.name[len(before) :] for section in asking(found, report, "names")]
    numbers: list[int] = []
    for part in asking(parts, report, "names"):
        if not (part.isascii() and part.isdecimal() and len(part) < _DIGITS):
            return []
        if numbers and int(part) <= numbers[-1]:
            return []
        numbers.append(int(part))
    step = next(
        size
        for power in range(_DIGITS)
        for size in (10**power, 2 * 10**power, 5 * 10**power)
        if numbers[-1] // size - numbers[0] // size < _ROUNDS
    )
    firsts = [
        place
        for place, number in enumerate(asking(numbers, report, "names"))
        if place == 0 or number // step != numbers[place - 1] // step
    ]
    ends = [*firsts[1:], len(numbers)]
    return [
        Section(found[first].first, f"{before}{{{parts[first]}–{parts[end - 1]}}}")
        for first, end in zip(firsts, ends, strict=True)
    ]


def _shared(keys: Sequence[str], report: Report) -> str:
    """The dotted name that all keys begin with; "" where there is none."""
    ends = [end for some in in_slices(keys, report, "names") for end in (min(some), max(some))]
    low, high = min(ends), max(ends)
    differ = next((place for place, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), len(low))
    return low[: max(low.rfind(".", 0, differ), 0)]


def _divide(keys: Sequence[str], offset: int, report: Report) -> list[Section]:
    """Runs of keys that have one more part in common than all of them."""
    shared = _shared(keys, report)
    start = len(shared) + 1 if shared else 0
    found: list[Section] = []
    last = None
    for place, key in enumerate(asking(keys, report, "names")):
        end = key.find(".", start)
        name = key if end < 0 else key[:end]
        if name != last:
            found.append(Section(offset + place, name))
            last = name
    return found
