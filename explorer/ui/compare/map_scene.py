"""Where the heat maps of a pair stand: three beside one another, or one behind a curtain."""

import math
from typing import Final, NamedTuple

from PySide6.QtCore import QRectF, QSizeF
from PySide6.QtGui import QFontMetricsF

from explorer.ui.heatmap.scene import Scene

_EDGE: Final = 12.0
_GAP: Final = 8.0
_BETWEEN: Final = 12.0
"""Pixels between two maps."""
_BAR: Final = 10.0
"""Height of a bar of colours."""
_LEAST_BAR: Final = 60.0
_ODD: Final = "NaN +Inf -Inf"
_LEAST_ROOM: Final = 16.0


class MapScene(NamedTuple):
    """Rooms of what is drawn.

    Attributes:
        maps: Scenes of A, of B and of the difference; of one that stands for A and B where there is a curtain.
        bars: Rooms of the colours of A and B, and of the difference.
        captions: Height of the line above each map.
    """

    maps: tuple[Scene, ...]
    bars: tuple[QRectF, ...]
    captions: float


def map_scene_of(
    size: QSizeF,
    metrics: QFontMetricsF,
    rows: tuple[float, float],
    columns: tuple[float, float],
    *,
    curtain: bool,
    odd: bool,
) -> MapScene:
    """Lay the maps out.

    Args:
        size: Of the whole drawing.
        metrics: Of the labels.
        rows: What is shown of the table down.
        columns: What is shown across.
        curtain: Draw one map for A and B, and none of the difference.
        odd: Leave room for the colours of what is not finite.
    """
    line = metrics.height()
    left = _EDGE + metrics.horizontalAdvance(str(math.floor(max(rows[1], 100)))) + _GAP
    top = 4 + line + 4
    # Below: indices, the bars of colours, and their figures.
    bottom = size.height() - (4 + line) - (_GAP + _BAR) - (2 + line) - 4
    wide = size.width() - left - _EDGE
    many = 1 if curtain else 3
    each = max((wide - (many - 1) * _BETWEEN) / many, _LEAST_ROOM)
    rooms = [QRectF(left + at * (each + _BETWEEN), top, each, max(bottom - top, _LEAST_ROOM)) for at in range(many)]
    bar_top = rooms[0].bottom() + 4 + line + _GAP
    # Beside the colours of A and B, which reach from one to the other, stand those of what is not finite.
    beside = metrics.horizontalAdvance(_ODD) + 3 * (_BAR + 4 + 8) if odd else 0.0
    long = rooms[min(1, many - 1)].right() - left - beside
    bars = [QRectF(left, bar_top, max(long, _LEAST_BAR), _BAR)]
    if not curtain:
        bars.append(QRectF(rooms[-1].left(), bar_top, each, _BAR))
    nothing = QRectF()
    scenes = (Scene(room, nothing, nothing, nothing, rows, columns) for room in rooms)
    return MapScene(tuple(scenes), tuple(bars), line)
