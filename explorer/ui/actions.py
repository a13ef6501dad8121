"""The menus and their keys."""

from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu

from explorer.formatting import visible
from explorer.ui.text import caption, set_tooltip

if TYPE_CHECKING:
    from explorer.ui.main_window import MainWindow

_Key = QKeySequence.StandardKey


def make_menus(window: "MainWindow") -> None:
    """Give a window its menu bar."""
    _file_menu(window)
    edit = window.menuBar().addMenu("&Edit")
    _add(edit, "&Find", window.focus_filter, _Key.Find, "Ctrl+F")
    escape = QAction("Clear the filter, or cancel", window)
    escape.setShortcut("Esc")
    escape.triggered.connect(window.escape)
    edit.addAction(escape)
    _view_menu(window)


def _add(menu: QMenu, text: str, slot: object, key: QKeySequence.StandardKey | None = None, fallback: str = "") -> None:
    action = menu.addAction(text)
    if key is not None:
        bindings = QKeySequence.keyBindings(key)
        action.setShortcut(bindings[0] if bindings else QKeySequence(fallback))
    action.triggered.connect(slot)


def _file_menu(window: "MainWindow") -> None:
    menu = window.menuBar().addMenu("&File")
    _add(menu, "&Open…", window.choose_file, _Key.Open, "Ctrl+O")
    recent = menu.addMenu("Open &recent")
    recent.aboutToShow.connect(lambda: _fill_recent(recent, window))
    _add(menu, "Open the &example", window.open_example)
    menu.addSeparator()
    _add(menu, "&Quit", window.close, _Key.Quit, "Ctrl+Q")


def _fill_recent(menu: QMenu, window: "MainWindow") -> None:
    menu.clear()
    for path in window.settings.recent:
        action = menu.addAction(caption(visible(path.name)))
        set_tooltip(action, str(path))
        action.triggered.connect(lambda _checked=False, path=path: window.open_file(path))
    if menu.isEmpty():
        menu.addAction("No recent files").setEnabled(False)


def _view_menu(window: "MainWindow") -> None:
    menu = window.menuBar().addMenu("&View")
    group = QActionGroup(window)
    for choice in ("system", "light", "dark"):
        action = menu.addAction(choice.capitalize())
        action.setCheckable(True)
        action.setChecked(window.settings.theme == choice)
        action.triggered.connect(lambda _checked=False, choice=choice: window.set_theme(choice))
        group.addAction(action)
