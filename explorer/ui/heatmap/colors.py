"""The colours of heat maps: blue below zero, the panel's own at zero, red above, and three that stand apart."""

from dataclasses import dataclass
from functools import cache
from typing import Final

from PySide6.QtGui import QColor

from explorer.ui import theme

SHOWN_CODES: Final = 251
"""Of finite values; the engine's own number, checked by a test, so that this needs no NumPy."""


@dataclass(frozen=True, slots=True)
class HeatColors:
    """Colours as ``#rrggbb``.

    Attributes:
        below: From weak to strong, for values below zero.
        above: The same for those above.
        nan: Cells with a NaN.
        posinf: With +Inf.
        neginf: With -Inf.
    """

    below: tuple[str, str]
    above: tuple[str, str]
    nan: str
    posinf: str
    neginf: str


LIGHT: Final = HeatColors(("#7fa8ea", "#123a86"), ("#ee8f88", "#8e1410"), "#d400d4", "#e8b500", "#00a9b8")
DARK: Final = HeatColors(("#3a66b8", "#a8caff"), ("#b04a44", "#ffb3ac"), "#ff4dff", "#ffe14d", "#3df0ff")


def of(colors: theme.Theme) -> HeatColors:
    """Those that belong to a theme."""
    return DARK if colors is theme.DARK else LIGHT


@cache
def table_of(colors: theme.Theme) -> tuple[int, ...]:
    """A colour for each code of a cell: 256 numbers as QImage takes them."""
    heat, half = of(colors), SHOWN_CODES // 2
    table = []
    for code in range(SHOWN_CODES):
        weak, strong = heat.below if code < half else heat.above
        table.append(_between(colors.panel, weak, strong, abs(code - half) / half))
    # Bars of norms: pale up to the largest of several, strong up to the smallest.
    table += [_between(colors.panel, colors.bars, colors.bars, 0.22), QColor(colors.bars).rgb()]
    return (*table, *(QColor(color).rgb() for color in (heat.neginf, heat.posinf, heat.nan)))


def _between(zero: str, weak: str, strong: str, share: float) -> int:
    """A colour between three, of which the middle one lies half way."""
    start, end, part = (zero, weak, 2 * share) if share <= 0.5 else (weak, strong, 2 * share - 1)
    low, high = QColor(start), QColor(end)
    pairs = ((low.red(), high.red()), (low.green(), high.green()), (low.blue(), high.blue()))
    return QColor(*(round(one + (other - one) * part) for one, other in pairs)).rgb()
