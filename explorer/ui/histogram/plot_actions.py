"""What can be done with a plot: the same entries in the bar, in the plot's menu and in the window's menus."""

from typing import Final

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from explorer.analysis.axes import AxisKind
from explorer.ui.text import set_tooltip

_AXES: Final[tuple[tuple[AxisKind, str, str], ...]] = (
    ("linear", "Linear x", "Values stand evenly."),
    ("log", "Logarithmic x", "Each power of ten takes the same room."),
    ("symlog", "Symmetric log x", "Powers of ten on both sides of 0, and an even stretch around it."),
)
_FROZEN: Final = "The axes are frozen: unfreeze them first."
_NOTHING: Final = "Select a tensor first that has values to draw."


class PlotActions(QObject):
    """The entries; the panel connects them.

    Attributes:
        axes: One of them is checked.
        density: Checked for densities, else counts.
        freeze: Checked while the axes stay as they are.
        pin: Keeps the shown tensor.
        unpin: Drops the one that was kept.
        reset: Shows the whole range.
        copy_picture: To the clipboard, as `copy_numbers`.
        export: By the ending of the file: ``png``, ``svg``, ``csv``.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        group = QActionGroup(self)
        self.axes: dict[AxisKind, QAction] = {}
        for kind, text, tip in _AXES:
            self.axes[kind] = self._add(text, tip, checkable=True)
            group.addAction(self.axes[kind])
        self.density = self._add("Density", "Bars as shares for each unit of x: their area is 1.", checkable=True)
        self.freeze = self._add("Freeze axes", "Keep both axes for the tensors to come.", checkable=True)
        self.pin = self._add("Pin this tensor", "Keep it as an outline, and lay the next tensor over it.")
        self.unpin = self._add("Unpin", "Draw the shown tensor alone again.")
        self.reset = self._add("Show the whole range", "Undo zooming and moving.")
        self.copy_picture = self._add("Copy picture", "Copy the plot as a picture.")
        self.copy_picture.setShortcut(QKeySequence("Ctrl+Shift+C"))
        self.copy_numbers = self._add("Copy numbers", "Copy bins and counts, with tabs between them.")
        self.export = {
            suffix: self._add(f"Export {suffix.upper()}…", f"Save {what}.")
            for suffix, what in (
                ("png", "the plot as a picture"),
                ("svg", "the plot as shapes"),
                ("csv", "the numbers"),
            )
        }
        self._tips = {action: action.statusTip() for action in self.findChildren(QAction)}
        self.allow(drawn=False, pinned=False, frozen=False, why_no_log="")

    def allow(self, *, drawn: bool, pinned: bool, frozen: bool, why_no_log: str) -> None:
        """Enable what can be done now, and have the rest say why it cannot.

        Args:
            drawn: A histogram is shown.
            pinned: A tensor is pinned.
            frozen: The axes are frozen.
            why_no_log: Why the values do not fit on a logarithmic axis, as a sentence; "" where they do.
        """
        for action in (self.pin, self.reset, self.copy_picture, self.copy_numbers, *self.export.values()):
            self._allow(action, "" if drawn else _NOTHING)
        self._allow(self.unpin, "" if pinned else "No tensor is pinned.")
        self._allow(self.freeze, "" if drawn or frozen else _NOTHING)
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

    def exports(self) -> list[QAction]:
        """Entries that take it elsewhere."""
        return [self.copy_picture, self.copy_numbers, self._line(), *self.export.values()]

    def everything(self) -> list[QAction]:
        """All entries, for the plot's own menu."""
        middle = [self._line(), self.pin, self.unpin, self.reset, self._line()]
        return [*self.looks(), *middle, *self.exports()]

    def _add(self, text: str, tip: str, *, checkable: bool = False) -> QAction:
        action = QAction(text, self, checkable=checkable)
        action.setStatusTip(tip)
        return action

    def _line(self) -> QAction:
        line = QAction(self)
        line.setSeparator(True)
        return line

    def _allow(self, action: QAction, why_not: str) -> None:
        action.setEnabled(not why_not)
        said = why_not or self._tips[action]
        action.setStatusTip(said)
        set_tooltip(action, said)


def menu_of(actions: list[QAction], parent: QWidget) -> QMenu:
    """A menu that shows why an entry is disabled."""
    menu = QMenu(parent)
    menu.setToolTipsVisible(True)
    menu.addActions(actions)
    return menu


def menu_button(caption: str, actions: list[QAction]) -> QToolButton:
    """A button that opens a menu.

    Args:
        caption: Of the button.
        actions: Of the menu.
    """
    button = QToolButton()
    button.setText(f"{caption} ▾")
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setMenu(menu_of(actions, button))
    button.setProperty("flat", True)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.setAccessibleName(caption)
    return button
