"""Entries that reset a plot and take it elsewhere: the same in a bar, in the plot's own menu and in the window's."""

from typing import Final

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from explorer.ui.text import set_tooltip

COPY_PICTURE_KEY: Final = "Ctrl+Shift+C"
_NOT_SHOWN: Final = "Show this view first."


class ExportActions(QObject):
    """The entries; whoever has the plot connects them.

    Attributes:
        reset: Shows the whole range.
        copy_picture: To the clipboard, as `copy_numbers`.
        export: By the ending of the file: ``png``, ``svg``, ``csv``.
    """

    def __init__(self, numbers: str, parent: QObject | None, *, key: bool = True) -> None:
        """Make them, disabled.

        Args:
            numbers: What the numbers are, as one or two words.
            parent: Owner.
            key: The menus show them, with the key that copies. Elsewhere it is the plot's that has the keyboard.
        """
        super().__init__(parent)
        self._tips: dict[QAction, str] = {}
        self.reset = self._add("Show the &whole range", "Undo zooming and moving.")
        self.copy_picture = self._add("Copy p&icture", "Copy the plot as a picture.")
        if key:
            self.copy_picture.setShortcut(QKeySequence(COPY_PICTURE_KEY))
        self.copy_numbers = self._add("Copy &numbers", f"Copy {numbers}, with tabs between them.")
        self.export = {
            suffix: self._add(f"Export as &{suffix.upper()}…", f"Save {what}.")
            for suffix, what in (
                ("png", "the plot as a picture"),
                ("svg", "the plot as shapes"),
                ("csv", "the numbers"),
            )
        }
        # A view may be made only when it is first shown: until then nobody would do what these ask for.
        self.allow_taking(_NOT_SHOWN)

    def allow_taking(self, why_not: str) -> None:
        """Enable all of them, or have them say why they cannot be used.

        Args:
            why_not: What has to be done first, as a sentence; "" where something is drawn.
        """
        for action in (self.reset, self.copy_picture, self.copy_numbers, *self.export.values()):
            self._allow(action, why_not)

    def exports(self) -> list[QAction]:
        """Entries that take it elsewhere, with a line between their groups."""
        return [self.copy_picture, self.copy_numbers, self._line(), *self.export.values()]

    def everything(self) -> list[QAction]:
        """All entries, for the plot's own menu: in every plot these first, and then what only one has."""
        return [self.reset, self._line(), *self.exports(), *self.more()]

    def more(self) -> list[QAction]:
        """Entries that other plots have not; none, but for those that derive from this."""
        return []

    def _add(self, text: str, tip: str, *, checkable: bool = False) -> QAction:
        action = QAction(text, self, checkable=checkable)
        action.setStatusTip(tip)
        self._tips[action] = tip
        return action

    def _line(self) -> QAction:
        line = QAction(self)
        line.setSeparator(True)
        return line

    def _allow(self, action: QAction, why_not: str) -> None:
        said = why_not or self._tips[action]
        if action.isEnabled() == (not why_not) and action.statusTip() == said and action.toolTip():
            return
        action.setEnabled(not why_not)
        action.setStatusTip(said)
        set_tooltip(action, said)


def menu_of(actions: list[QAction], parent: QWidget) -> QMenu:
    """A menu that shows why an entry is disabled."""
    menu = QMenu(parent)
    menu.setToolTipsVisible(True)
    menu.addActions(actions)
    return menu


def export_button(actions: ExportActions) -> QToolButton:
    """A button that offers to take a plot elsewhere."""
    made = menu_button("Export", actions.exports())
    set_tooltip(made, "Copy or save what is drawn.")
    return made


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
