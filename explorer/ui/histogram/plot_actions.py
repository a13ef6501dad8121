"""What can be done with a histogram: the same entries in the bar, in the plot's menu and in the window's menus."""

from typing import Final

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup

from explorer.analysis.draw.axes import AxisKind
from explorer.ui.plots.export_actions import ExportActions

_AXES: Final[tuple[tuple[AxisKind, str, str], ...]] = (
    ("linear", "Linea&r x", "Values stand evenly."),
    ("log", "Lo&garithmic x", "Each power of ten takes the same room."),
    ("symlog", "S&ymmetric log x", "Powers of ten on both sides of 0, and an even stretch around it."),
)
_FROZEN: Final = "The axes are frozen: unfreeze them first."
NOTHING: Final = "Select a tensor or a layer first that has values to draw."


class PlotActions(ExportActions):
    """The entries; the panel connects them.

    Attributes:
        axes: One of them is checked.
        density: Checked for densities, else counts.
        freeze: Checked while the axes stay as they are.
        pin: Keeps what is shown.
        unpin: Drops the one that was kept.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__("bins and counts", parent)
        group = QActionGroup(self)
        self.axes: dict[AxisKind, QAction] = {}
        for kind, text, tip in _AXES:
            self.axes[kind] = self._add(text, tip, checkable=True)
            group.addAction(self.axes[kind])
        self.density = self._add("&Density", "Bars as shares for each unit of x: their area is 1.", checkable=True)
        self.freeze = self._add("&Freeze axes", "Keep both axes for what is selected next.", checkable=True)
        self.pin = self._add("Pin as out&line", "Keep it as an outline, and lay what is selected next over it.")
        self.unpin = self._add("&Unpin", "Draw the shown histogram alone again.")
        self.allow(why_not=NOTHING, pinned=False, frozen=False, why_no_log="")

    def allow(self, *, why_not: str, pinned: bool, frozen: bool, why_no_log: str) -> None:
        """Enable what can be done now, and have the rest say why it cannot.

        Args:
            why_not: Why no histogram is shown, as a sentence; "" where one is.
            pinned: A histogram is pinned.
            frozen: The axes are frozen.
            why_no_log: Why the values do not fit on a logarithmic axis, as a sentence; "" where they do.
        """
        self.allow_taking(why_not)
        self._allow(self.pin, why_not)
        self._allow(self.unpin, "" if pinned else "No histogram is pinned.")
        self._allow(self.freeze, "" if frozen else why_not)
        for action in (*self.axes.values(), self.density):
            self._allow(action, _FROZEN if frozen else "")
        if why_no_log and not frozen:
            self._allow(self.axes["log"], why_no_log)

    @property
    def axis(self) -> AxisKind:
        """The axis that is checked."""
        return next(kind for kind, action in self.axes.items() if action.isChecked())

    def looks(self) -> list[QAction]:
        """Entries that change how it looks, with None between their groups."""
        return [*self.axes.values(), self._line(), self.density, self._line(), self.freeze]

    def more(self) -> list[QAction]:
        """How it looks, and what lies behind it."""
        return [self._line(), *self.looks(), self._line(), self.pin, self.unpin]
