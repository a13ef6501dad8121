"""Lines of a run, and what each looks like: it keeps that while files arrive and others come before it."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from explorer.ui.theme import DARK, Theme

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from explorer.analysis.run.table import RunTable

_LIGHT_COLORS: Final = ("#2360c4", "#b85c00", "#00795a", "#a3266b", "#0087b8", "#6b3fa0", "#7a6400", "#1f2328")
_DARK_COLORS: Final = ("#6ea4ff", "#f0a35e", "#4cc9a0", "#f28bc1", "#58c7ee", "#b79cf2", "#d9c04a", "#e4e7eb")
"""Colours of lines, which differ in lightness too, for eyes that see fewer hues."""
SHAPES: Final = ("o", "s", "t1", "d", "t", "star", "+", "t2")
SIGNS: Final = ("●", "■", "▲", "◆", "▼", "★", "✚", "►")
"""What stands for a line besides its colour, in the drawing and in words; a cross is for what is not finite."""


class RunLine(NamedTuple):
    """A line.

    Attributes:
        row: Whose, in the `RunTable`.
        name: What stands at its end.
        values: float64[files]; NaN where it has a gap.
        selected: It stands out.
        odd: The places of files in which something of it is not finite.
    """

    row: int
    name: str
    values: "NDArray[np.float64]"
    selected: bool
    odd: frozenset[int] = frozenset()

    @property
    def ends_odd(self) -> bool:
        """Something is not finite behind its last figure."""
        return bool(self.odd) and all(map(math.isnan, self.values[max(self.odd) :].tolist()))


def line_of(table: "RunTable", row: int, *, selected: bool) -> RunLine:
    """The line of a row.

    Args:
        table: Which has it.
        row: Its place there.
        selected: It stands out.
    """
    odd = frozenset(at for at, here in enumerate(table.is_odd(row).tolist()) if here)
    return RunLine(row, table.title(row), table.values[row], selected, odd)


class LineLooks:
    """Gives each line a colour and a shape by its name, and has it keep them."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}

    def assign(self, names: Sequence[str]) -> None:
        """Have a look for each of some lines, which are drawn together; without any forget all.

        Args:
            names: Of all that is drawn.
        """
        if not names:
            self._places = {}
        taken: set[int] = set()
        new = []
        for name in names:
            place = self._places.get(name)
            if place is None or place in taken:
                new.append(name)
            else:
                taken.add(place)
        remembered = set(self._places.values())
        for name in new:
            free = [place for place in range(len(SHAPES)) if place not in taken]
            # One that no line had, so that those that come back find their own.
            place = next((one for one in free if one not in remembered), min(free, default=len(taken)))
            while place in taken:
                place += 1
            self._places[name] = place
            taken.add(place)

    def color(self, name: str, theme: Theme) -> str:
        """That of a line."""
        colors = _DARK_COLORS if theme is DARK else _LIGHT_COLORS
        return colors[self._places[name] % len(colors)]

    def shape(self, name: str) -> str:
        """Of its points, as pyqtgraph calls it."""
        return SHAPES[self._places[name] % len(SHAPES)]

    def sign(self, name: str) -> str:
        """The same in words."""
        return SIGNS[self._places[name] % len(SIGNS)]
