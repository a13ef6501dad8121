"""Names of layers where there is little room for them."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF

from explorer.formatting import ELLIPSIS, visible

_WITHIN: Final = 4.0
_APART: Final = 10.0
_LONGEST: Final = 120.0
"""Pixels that a name may take beyond its section."""


class Name(NamedTuple):
    """The name of a section, where it stands along x."""

    left: float
    right: float
    text: str


def fitting_names(rooms: Sequence[tuple[float, float, str]], whole: QRectF, metrics: QFontMetricsF) -> list[Name]:
    """Names of sections side by side: whole ones in their section, then those that stand out of it without touching.

    Args:
        rooms: Of each section, where it begins and ends along x, and its name.
        whole: Of all of them.
        metrics: Of the font.
    """
    names: list[Name] = []
    taken: list[tuple[float, float]] = []
    narrow = []
    for left, right, name in rooms:
        text = fitting_name(name, right - left - _WITHIN, metrics)
        if text and not text.endswith(ELLIPSIS):
            names.append(Name(left, right, text))
            half = metrics.horizontalAdvance(text) / 2
            taken.append(((left + right) / 2 - half, (left + right) / 2 + half))
        else:
            narrow.append((left, right, name, text))
    for left, right, name, cut in narrow:
        last = visible(name).rpartition(".")[2]
        half, middle = metrics.horizontalAdvance(last) / 2 + 1, (left + right) / 2
        # At an edge it stands beside the middle of its section rather than being cut.
        begin = max(whole.left(), min(middle - half, whole.right() - 2 * half))
        end = begin + 2 * half
        free = all(end + _APART <= first or begin >= last_end + _APART for first, last_end in taken)
        if free and half * 2 <= _LONGEST and end <= whole.right():
            names.append(Name(begin, end, last))
            taken.append((begin, end))
        elif cut and all(right <= first or left >= last_end for first, last_end in taken):
            names.append(Name(left, right, cut))
            taken.append((left, right))
    return sorted(names)


def fitting_name(name: str, room: float, metrics: QFontMetricsF) -> str:
    """As much of a dotted name as there is room for: its last parts, or the beginning of the last one.

    Args:
        name: As the file has it.
        room: In pixels.
        metrics: Of the font.

    Returns:
        Text that hides nothing; "" where a letter has no room.
    """
    parts = visible(name).split(".")
    for first in range(len(parts)):
        text = ".".join(parts[first:])
        if metrics.horizontalAdvance(text) <= room:
            return text
    if room < metrics.horizontalAdvance(f"m{ELLIPSIS}"):
        return ""
    return metrics.elidedText(parts[-1], Qt.TextElideMode.ElideRight, room)
