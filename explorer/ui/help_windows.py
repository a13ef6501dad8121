"""Help > Keyboard shortcuts and Help > About: small windows beside the one that asked for them."""

from collections.abc import Iterable, Iterator
from typing import Final

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QHeaderView, QMenu, QMenuBar, QPushButton, QTreeWidget, QTreeWidgetItem, QWidget

from explorer.ui.clipboard import put_on_clipboard
from explorer.ui.side_window import SideWindow, brought_forward
from explorer.ui.text import label, set_tooltip
from explorer.ui.versions import versions

Shortcut = tuple[str, str]
"""What is done, and the key for it; "" where there is none."""

_IN_THE_TREE: Final = (
    ("Go to the next or the previous row", ("Down", "Up")),
    ("Open or close a layer", ("Return",)),
    ("Open a layer, or go into it", ("Right",)),
    ("Close a layer, or go to the one above", ("Left",)),
    ("Select more rows", ("Shift+Down", "Shift+Up")),
    ("Select all rows", ("Ctrl+A",)),
    ("Go to the first or the last row", ("Home", "End")),
    ("Go to a name", ()),
)
"""What Qt's trees and the tree of layers do by themselves."""
_IN_THE_TABLE: Final = (
    ("Go to the next or the previous row", ("Down", "Up")),
    ("Look at what the row stands for", ("Return",)),
)
"""What the table of what is in a layer does while it has the keyboard."""
_BY_TYPING: Final = "type its first letters"
_IN_THE_PLOT: Final = (
    ("Read the next or the previous bin", ("Right", "Left")),
    ("Zoom in or out", ("+", "-")),
    ("Show all bins again", ("Home", "0")),
)
"""What the histogram does while it has the keyboard."""
_IN_THE_OVERVIEW: Final = (
    ("Read the next or the previous column", ("Right", "Left")),
    ("Select its tensor, or zoom in on its tensors", ("Return",)),
    ("Zoom in or out", ("+", "-")),
    ("Show all columns again", ("Home", "0")),
)
"""What the overview of the file does while it has the keyboard."""
_IN_THE_HEAT_MAPS: Final = (
    ("Read the next or the previous cell", ("Right", "Left", "Down", "Up")),
    ("Zoom in or out", ("+", "-")),
    ("Show all cells again", ("Home", "0")),
    ("Of a compared pair, go to the largest difference", ("Ctrl+G",)),
    ("Move the curtain between A and B", ("Shift+Right", "Shift+Left")),
)
"""What heat maps do while they have the keyboard."""
_IN_THE_COMPARISON: Final = (
    ("Go to the next or the previous pair", ("Down", "Up")),
    ("Look at its tensor in A", ("Return",)),
    ("Go over the map of layers", ("Left", "Right", "Up", "Down")),
)
"""What the rows and the map of a comparison do while they have the keyboard."""
_IN_A_RUN: Final = (
    ("Read the next or the previous file", ("Right", "Left")),
    ("Show all files again", ("Home", "0")),
    ("Draw more layers", ("Shift+Down", "Shift+Up")),
)
"""What the lines and the table of a run do while they have the keyboard."""


class HelpWindow(SideWindow):
    """A side window whose words can be copied."""

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(title, parent)
        copy = QPushButton("Copy")
        set_tooltip(copy, "Copy all of this as text")
        copy.clicked.connect(self._copy)
        self.buttons.insertWidget(1, copy)
        self.setTabOrder(copy, self.close_button)

    def as_text(self) -> str:
        """What Copy takes."""
        raise NotImplementedError

    def _copy(self) -> None:
        put_on_clipboard(self.as_text())


class ShortcutsWindow(HelpWindow):
    """Every action of the menus with its key, as the menus have them now."""

    def __init__(self, window: QWidget, menus: QMenuBar) -> None:
        super().__init__("Keyboard shortcuts", window)
        self._groups = {title: list(actions) for title, actions in _groups(menus)}
        self.list = QTreeWidget()
        self.list.setColumnCount(2)
        self.list.setHeaderLabels(["Action", "Key"])
        self.list.setAccessibleName("Keyboard shortcuts")
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.header().setStretchLastSection(False)
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        for title, shortcuts in self._groups.items():
            group = QTreeWidgetItem([title])
            font = group.font(0)
            font.setBold(True)
            group.setFont(0, font)
            group.addChildren([QTreeWidgetItem([text, key]) for text, key in shortcuts])
            self.list.addTopLevelItem(group)
        self.list.expandAll()
        self.list.setItemsExpandable(False)
        self.body.addWidget(self.list)
        self.resize(480, 560)

    def as_text(self) -> str:
        """The list, a line for each action, with a tab before its key."""
        return "\n\n".join(
            "\n".join([title, *(f"{text}\t{key}" for text, key in shortcuts)])
            for title, shortcuts in self._groups.items()
        )


class AboutWindow(HelpWindow):
    """Which program this is and what it runs on."""

    def __init__(self, window: QWidget) -> None:
        super().__init__("About Checkpoint Explorer", window)
        program, *below = versions()
        self.body.addWidget(label(program, title=True))
        self.body.addWidget(label("See what is inside a PyTorch checkpoint, without running anything it holds."))
        self.body.addWidget(label("Free software under the MIT licence.", muted=True))
        table = label("\n".join(below), fixed=True, selectable=True)
        table.setAccessibleName("Versions")
        self.body.addSpacing(8)
        self.body.addWidget(table)
        self.body.addStretch(1)

    def as_text(self) -> str:
        """The versions, for a report of an error."""
        return "\n".join(versions())


def show_shortcuts(window: QWidget, menus: QMenuBar) -> None:
    """Show the keys; a window of them that stands already comes to the front.

    Args:
        window: The main window.
        menus: Its menu bar.
    """
    if not brought_forward(window, ShortcutsWindow):
        ShortcutsWindow(window, menus).show()


def show_about(window: QWidget) -> None:
    """Show the versions; a window of them that stands already comes to the front."""
    if not brought_forward(window, AboutWindow):
        AboutWindow(window).show()


def _groups(menus: QMenuBar) -> Iterator[tuple[str, Iterable[Shortcut]]]:
    for entry in menus.actions():
        menu = entry.menu()
        if isinstance(menu, QMenu):
            yield _plain(entry.text()), _shortcuts(menu)
    yield "In the tree of layers", _own_shortcuts(_IN_THE_TREE)
    yield "In the table of a layer", _own_shortcuts(_IN_THE_TABLE)
    yield "In the histogram", _own_shortcuts(_IN_THE_PLOT)
    yield "In the overview", _own_shortcuts(_IN_THE_OVERVIEW)
    yield "In a heat map", _own_shortcuts(_IN_THE_HEAT_MAPS)
    yield "In a comparison", _own_shortcuts(_IN_THE_COMPARISON)
    yield "In a run", _own_shortcuts(_IN_A_RUN)


def _shortcuts(menu: QMenu) -> Iterator[Shortcut]:
    for action in menu.actions():
        if not action.isSeparator():
            yield _plain(action.text()), _key(action)


def _own_shortcuts(listed: Iterable[tuple[str, tuple[str, ...]]]) -> Iterator[Shortcut]:
    for text, keys in listed:
        yield text, ", ".join(_named(QKeySequence(key)) for key in keys) or _BY_TYPING


def _key(action: QAction) -> str:
    return _named(action.shortcut())


def _named(key: QKeySequence) -> str:
    return key.toString(QKeySequence.SequenceFormat.NativeText)


def _plain(text: str) -> str:
    """A menu's text without the mark of its letter."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&")
