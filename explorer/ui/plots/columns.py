"""Where columns stand that show a distribution each, in pixels."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF

from explorer.ui.plots.bands import Bands

Numbers = NDArray[np.float64]

ABOVE, BELOW = 20.0, 8.0
"""Between the highest value and the upper end, where the marks are, and below the lowest."""
OUTSIDE: Final = 16.0
"""Above the plot and to its right."""
GAP: Final = 8.0
"""Between the plot and its labels."""
TICK_EVERY: Final = 36.0
"""About, along the vertical axis."""
CROWDED: Final = 3.0
"""In columns narrower than this a thin line would leave no room beside it."""

_BAR: Final = 0.8
"""The part of a column that its bar takes."""
_WIDEST: Final = 64.0
"""Few columns would fill the plot with blocks."""
_TOUCHING: Final = 5.0
"""In columns narrower than this bars leave no gaps."""
_THICK: Final = 2.0
"""The median is a line of this thickness."""
_MARKS_APART: Final = 3.0
"""Nearer marks would cover one another."""


class Columns(NamedTuple):
    """Columns side by side: their middles, and how far a bar and a thin line reach to either side."""

    middle: Numbers
    wide: Numbers
    thin: Numbers


def columns_of(
    firsts: NDArray[np.int64], shown: tuple[float, float], together: int, length: int, room: QRectF
) -> Columns:
    """Tell where columns stand.

    Args:
        firsts: The first place of each.
        shown: The ends of what is shown.
        together: Places of a column.
        length: Places that there are.
        room: Of all columns.
    """
    scale = room.width() / (shown[1] - shown[0])
    starts = room.left() + (firsts - shown[0]) * scale
    stops = starts + np.minimum(together, length - firsts) * scale
    half = (stops - starts) / 2
    pixels = together * scale
    wide = half if pixels < _TOUCHING else np.minimum(half * _BAR, _WIDEST / 2)
    thin = half if pixels < CROWDED else np.minimum(half, 0.5)
    return Columns((starts + stops) / 2, wide, thin)


def draw_bands(bands: Bands, columns: Columns, room: QRectF, lows: Numbers, highs: Numbers) -> None:
    """Fill in the bands of columns.

    Args:
        bands: Whose lists are filled.
        columns: Where they stand.
        room: Where they end.
        lows: float64[n, 4], the lower edges of the ends, of the outer and the inner band, and of the median.
        highs: Likewise the upper ones.
    """
    middle, wide, thin = columns
    for bars, place, reach, least in (
        (bands.ends, 0, thin, 0.0),
        (bands.outer, 1, wide, 0.0),
        (bands.inner, 2, wide, 0.0),
        (bands.medians, 3, wide, _THICK),
    ):
        bars.extend(rectangles(room, middle - reach, middle + reach, lows[:, place], highs[:, place], least))


def rectangles(room: QRectF, left: Numbers, right: Numbers, low: Numbers, high: Numbers, least: float) -> list[QRectF]:
    """Bars that end where the room does, and are so high at least."""
    some = np.isfinite(low) & np.isfinite(high)
    left, right = (np.clip(x[some], room.left(), room.right()) for x in (left, right))
    low, high = low[some], high[some]
    more = np.maximum(least - (low - high), 0) / 2
    rows = zip(
        left.tolist(), (high - more).tolist(), (right - left).tolist(), (low - high + 2 * more).tolist(), strict=True
    )
    return [QRectF(*row) for row in rows]


def mark(marks: list[float], middle: float, room: QRectF) -> None:
    """Put a mark above a column, where it is seen and covers no other."""
    apart = not marks or middle - marks[-1] >= _MARKS_APART
    if apart and room.left() <= middle <= room.right():
        marks.append(middle)
