"""Help > Keyboard shortcuts: every action with its key, as the actions have them now."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from explorer.ui.help.list_window import ListWindow
from explorer.ui.help.own_keys import BY_TYPING, OWN_KEYS, Listed
from explorer.ui.side_window import brought_forward
from explorer.ui.tables.heads import Head

if TYPE_CHECKING:
    from explorer.ui.main_window import MainWindow

Shortcut = tuple[str, str]
"""What is done, and the key for it; "" where there is none."""


_HEADS: Final = (
    Head("Where", sample="In the tree of layers m", about="In which menu it is, or where the key works"),
    Head("Action"),
    Head("Key", sample="Ctrl+Shift+Down, Up m"),
)


class ShortcutsWindow(ListWindow):
    """Every action of the menus, those of views that are made, and what plots and tables do by themselves."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__("Keyboard shortcuts", _HEADS, _groups(window, window.menuBar()), window.tables, window)
        self.resize(640, 640)


def show_shortcuts(window: "MainWindow") -> None:
    """Show the keys; a window of them that stands already comes to the front.

    Args:
        window: The main window.
    """
    if not brought_forward(window, ShortcutsWindow):
        ShortcutsWindow(window).show()


def _groups(window: QWidget, menus: QMenuBar) -> Iterator[tuple[str, Iterable[Shortcut]]]:
    listed: set[str] = set()
    keyless: list[Shortcut] = []
    for entry in menus.actions():
        menu = entry.menu()
        if isinstance(menu, QMenu):
            shortcuts = list(_shortcuts(menu))
            listed.update(key for _text, key in shortcuts if key)
            keyless += [each for each in shortcuts if not each[1]]
            yield _plain(entry.text()), [each for each in shortcuts if each[1]]
    # Views have actions of their own, which are in no menu of the bar.
    others = dict.fromkeys(
        (_plain(action.text()), _key(action))
        for action in window.findChildren(QAction)
        if _key(action) and action.text() and _key(action) not in listed
    )
    if others:
        yield "In views", others
    for title, keys in OWN_KEYS.items():
        yield title, list(_own_shortcuts(keys))
    yield "Without a key", keyless


def _shortcuts(menu: QMenu) -> Iterator[Shortcut]:
    for action in menu.actions():
        if action.isSeparator():
            continue
        yield _plain(action.text()), _key(action)
        inner = action.menu()
        if isinstance(inner, QMenu):
            # What has no key stands under its menu, which is listed.
            yield from ((f"{_plain(action.text())}: {text}", key) for text, key in _shortcuts(inner) if key)


def _own_shortcuts(listed: Listed) -> Iterator[Shortcut]:
    for text, keys in listed:
        yield text, ", ".join(_named(QKeySequence(key)) for key in keys) or BY_TYPING


def _key(action: QAction) -> str:
    return _named(action.shortcut())


def _named(key: QKeySequence) -> str:
    return key.toString(QKeySequence.SequenceFormat.NativeText)


def _plain(text: str) -> str:
    """A menu's text without the mark of its letter."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&")
