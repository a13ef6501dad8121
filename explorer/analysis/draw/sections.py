"""Tensors side by side that belong together, to be named below a plot of all of them."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from explorer.progress import Report, asking, in_slices, no_report

_WIDE: Final = 0.5
"""A section that is a larger part of all tensors is shown as those in it, if they are more than single tensors."""
_MOST_SECTIONS: Final = 48
"""More have no room for their names."""


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
        return [Section(0, whole)]
    while True:
        ends = [*(section.first for section in found[1:]), len(keys)]
        widest = max(range(len(found)), key=lambda place: ends[place] - found[place].first)
        first, end = found[widest].first, ends[widest]
        if end - first <= _WIDE * len(keys):
            return found
        inside = _divide(keys[first:end], first, report)
        if not 2 <= len(inside) <= min((end - first) / 2, _MOST_SECTIONS):
            return found
        found[widest : widest + 1] = inside


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
