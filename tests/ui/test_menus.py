"""What the menus do: copy, find, the theme, and the windows of Help."""

import getpass
import os
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import PySide6
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu
from pytestqt.qtbot import QtBot

from explorer import __version__
from explorer.ui import theme
from explorer.ui.help.about_window import AboutWindow
from explorer.ui.help.licences import LICENCES
from explorer.ui.help.shortcuts_window import ShortcutsWindow
from explorer.ui.help.window import HelpWindow
from explorer.ui.main_window import MainWindow
from tests.ui.conftest import TIMEOUT_MS, action, activate, click, plain_text

KEYS = ["stem.conv.weight", "stem.norm.bias"]


@pytest.fixture
def own_look(qapp: QApplication) -> Iterator[QApplication]:
    """The program's look, which the test may change."""
    yield qapp
    theme.apply(qapp, "system")


def clipboard() -> str:
    return QGuiApplication.clipboard().text()


def menu_actions(window: MainWindow) -> list[QAction]:
    menus = [entry.menu() for entry in window.menuBar().actions()]
    return [entry for menu in menus if isinstance(menu, QMenu) for entry in menu.actions() if not entry.isSeparator()]


def shown_help(qtbot: QtBot, window: MainWindow, text: str) -> HelpWindow:
    action(window, "Help", text).trigger()
    (shown,) = window.findChildren(HelpWindow)
    activate(qtbot, shown)
    return shown


def select(window: MainWindow, keys: list[str]) -> None:
    selection = window.layers.tree.selectionModel()
    for key in keys:
        index = window.layers.model.index_of_key(key)
        selection.select(index, selection.SelectionFlag.Select | selection.SelectionFlag.Rows)


def test_copy_takes_the_selected_keys_from_top_to_bottom(
    qtbot: QtBot, window: MainWindow, example: dict[str, Any]
) -> None:
    assert set(KEYS) <= set(example["model"])
    select(window, KEYS[::-1])
    action(window, "Edit", "Copy").trigger()
    assert clipboard().splitlines() == KEYS
    QGuiApplication.clipboard().clear()
    activate(qtbot, window)
    window.layers.tree.setFocus()
    QTest.keySequence(window.layers.tree, QKeySequence(QKeySequence.StandardKey.Copy))
    assert clipboard().splitlines() == KEYS


def test_copy_prefers_the_words_that_are_marked_in_the_focused_field(
    qtbot: QtBot, window: MainWindow, example: dict[str, Any]
) -> None:
    assert set(KEYS) <= set(example["model"])
    activate(qtbot, window)
    select(window, KEYS)
    window.filter.begin()
    QTest.keyClicks(window.filter, "stem")
    window.filter.setSelection(0, 2)
    action(window, "Edit", "Copy").trigger()
    assert clipboard() == "st"


def test_a_row_of_the_contents_is_copied_with_tabs(qtbot: QtBot, window: MainWindow, example: dict[str, Any]) -> None:
    assert "epoch" in example
    activate(qtbot, window)
    window.tabs.setCurrentWidget(window.contents)
    tree = window.contents.tree
    tree.setFocus()
    tree.keyboardSearch("epoch")
    action(window, "Edit", "Copy").trigger()
    assert clipboard() == f"epoch\tint\t{example['epoch']}"


def test_what_cannot_be_done_says_why(window: MainWindow) -> None:
    disabled = {
        plain_text(entry): entry
        for entry in [action(window, "Edit", text) for text in ("Copy", "Find")]
        if not entry.isEnabled()
    }
    assert disabled.keys() == {"Copy", "Find"}
    for entry in (*disabled.values(), action(window, "File", "Open recent", "No recent files")):
        assert not entry.isEnabled()
        assert entry.statusTip().endswith(".")
        assert entry.statusTip() in entry.toolTip()
    for entry in window.menuBar().actions():
        menu = entry.menu()
        assert isinstance(menu, QMenu)
        assert menu.toolTipsVisible()
    QGuiApplication.clipboard().setText("as before")
    window.copy()
    assert clipboard() == "as before"
    assert window.statusBar().currentMessage().startswith("Nothing is selected")


def test_what_can_be_done_is_enabled(window: MainWindow, example: dict[str, Any]) -> None:
    assert set(KEYS) <= set(example["model"])
    select(window, KEYS[:1])
    for text in ("Copy", "Find"):
        entry = action(window, "Edit", text)
        assert entry.isEnabled()
        assert entry.statusTip() == ""


def test_the_theme_is_chosen_in_every_window_and_remembered(
    own_look: QApplication, window: MainWindow, qtbot: QtBot
) -> None:
    other = window.new_window()
    base = {}
    for text in ("Light", "Dark", "System"):
        action(window, "View", "Theme", text).trigger()
        base[text] = own_look.palette().color(QPalette.ColorRole.Base).name()
        assert window.palette().color(QPalette.ColorRole.Base).name() == base[text]
        assert window.settings.theme == text.lower()
        for each in (window, other):
            assert [
                plain_text(entry)
                for entry in action(each, "View", "Theme", text).actionGroup().actions()
                if entry.isChecked()
            ] == [text]
    assert (base["Light"], base["Dark"]) == (theme.LIGHT.panel, theme.DARK.panel)
    assert base["System"] in base["Light"] + base["Dark"]
    other.close()
    qtbot.waitUntil(lambda: not other.isVisible())


def test_the_shortcuts_are_those_of_the_menus(qtbot: QtBot, window: MainWindow) -> None:
    shown = shown_help(qtbot, window, "Keyboard shortcuts")
    assert isinstance(shown, ShortcutsWindow)
    listed = {text: key for rows in shown.rows().values() for text, key in rows}
    for entry in menu_actions(window):
        assert listed[plain_text(entry)] == entry.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    assert list(shown.rows())[-1] == "Without a key"
    assert {title for title, rows in shown.rows().items() if any(not key for _text, key in rows)} == {"Without a key"}
    assert all(not key for _text, key in shown.rows()["Without a key"])
    assert listed["Open…"] == "Ctrl+O"
    assert listed["Open or close a layer"] == "Return"
    assert listed["Read the next or the previous bin"] == "Right, Left"
    assert listed["Zoom in or out"] == "+, -"
    assert listed["Show all bins again"] == "Home, 0"
    click(shown, "Copy")
    assert "Open…\tCtrl+O" in clipboard().splitlines()


def test_every_key_of_every_action_is_listed(qtbot: QtBot, window: MainWindow, example: dict[str, Any]) -> None:
    assert example
    window.load_test.editor.show()
    window.compare.show()
    shown = shown_help(qtbot, window, "Keyboard shortcuts")
    assert isinstance(shown, ShortcutsWindow)
    keys = {key for rows in shown.rows().values() for _text, cell in rows for key in cell.split(", ")}
    actions = [each for each in window.findChildren(QAction) if not each.shortcut().isEmpty() and each.text()]
    assert len(actions) > 20
    named = QKeySequence.SequenceFormat.NativeText
    assert {each.text(): each.shortcut() for each in actions if each.shortcut().toString(named) not in keys} == {}
    QTest.keyClicks(shown.filter, "ctrl+shift")
    assert 0 < sum(map(len, shown.rows().values())) < len(keys)


def test_no_key_stands_for_two_actions(window: MainWindow) -> None:
    keys = [key.toString() for entry in menu_actions(window) for key in entry.shortcuts()]
    assert sorted(set(keys)) == sorted(keys)
    for text in (
        "Open…",
        "New window",
        "Close window",
        "Quit",
        "Copy",
        "Find",
        "Keyboard shortcuts",
        "What the marks mean",
    ):
        assert [entry.shortcut().isEmpty() for entry in menu_actions(window) if plain_text(entry) == text] == [False]


def test_about_tells_versions_devices_and_licences(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = shown_help(qtbot, window, "About Checkpoint Explorer")
    assert isinstance(shown, AboutWindow)
    qtbot.waitUntil(lambda: "memory of this computer" in shown.devices.text(), timeout=TIMEOUT_MS)
    said = "\n".join(words.text() for words in shown.findChildren(QLabel))
    for words in (__version__, "MIT", PySide6.__version__, "Qt", "pyqtgraph", sys.modules["torch"].__version__, "LGPL"):
        assert words in said
    click(shown, "Copy for a bug report")
    assert clipboard() == shown.as_text()
    assert clipboard().startswith(f"Checkpoint Explorer {__version__}\n")
    assert "memory of this computer" in clipboard()
    monkeypatch.delitem(sys.modules, "torch")
    assert "not loaded yet" in shown.as_text()
    assert "torch" not in sys.modules


def test_a_bug_report_names_no_file(qtbot: QtBot, window: MainWindow, example: dict[str, Any]) -> None:
    assert example
    shown = shown_help(qtbot, window, "About Checkpoint Explorer")
    qtbot.waitUntil(lambda: window.placing.devices is not None, timeout=TIMEOUT_MS)
    said = shown.as_text()
    checkpoint = window.session.checkpoint
    assert checkpoint is not None
    for name in (checkpoint.path.name, str(Path.home()), getpass.getuser(), sys.prefix, os.sep + "home"):
        assert name not in said


def test_every_dependency_has_its_licence() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]
    names = {re.split(r"[^A-Za-z0-9_-]", each)[0] for each in project["dependencies"]}
    assert names | {project["name"], "python"} == {package for package, _terms in LICENCES.values() if package}
    assert LICENCES["Checkpoint Explorer"][1].startswith(project["license"])


@pytest.mark.parametrize("text", ["What the marks mean", "Keyboard shortcuts", "About Checkpoint Explorer"])
def test_help_stands_once_beside_the_window_and_escape_closes_it(qtbot: QtBot, window: MainWindow, text: str) -> None:
    shown = shown_help(qtbot, window, text)
    assert not shown.isModal()
    assert shown.accessibleName() == text
    assert shown_help(qtbot, window, text) is shown
    QTest.keyClick(shown, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.findChildren(HelpWindow))
    again = shown_help(qtbot, window, text)
    click(again, "Close")
    qtbot.waitUntil(lambda: not window.findChildren(HelpWindow))
