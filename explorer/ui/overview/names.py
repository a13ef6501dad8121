"""Names of layers where there is little room for them."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF

from explorer.formatting import ELLIPSIS, visible


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
