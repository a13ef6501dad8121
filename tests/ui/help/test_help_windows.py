"""The windows of Help: the shortcuts, and what the program is made of."""

import getpass
import os
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import PySide6
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from explorer import __version__
from explorer.ui.help.about_window import AboutWindow
from explorer.ui.help.licences import LICENCES
from explorer.ui.help.list_window import ListWindow
from explorer.ui.help.shortcuts_window import ShortcutsWindow
from explorer.ui.help.window import HelpWindow
from explorer.ui.main_window import MainWindow
from tests.ui.conftest import TIMEOUT_MS, action, activate, click, plain_text
from tests.ui.test_menus import clipboard, menu_actions


def shown_help(qtbot: QtBot, window: MainWindow, text: str) -> HelpWindow:
    action(window, "Help", text).trigger()
    (shown,) = window.findChildren(HelpWindow)
    activate(qtbot, shown)
    return shown


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
    assert "File\tOpen…\tCtrl+O" in clipboard().splitlines()


def test_the_field_of_the_shortcuts_scrolls_them_by_pages(qtbot: QtBot, window: MainWindow) -> None:
    shown = shown_help(qtbot, window, "Keyboard shortcuts")
    assert isinstance(shown, ShortcutsWindow)
    bar = shown.list.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    QTest.keyClick(shown.filter, Qt.Key.Key_PageDown)
    assert bar.value() > 0
    QTest.keyClick(shown.filter, Qt.Key.Key_PageUp)
    assert bar.value() == 0


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
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text("utf-8"))["project"]
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


@pytest.mark.parametrize("text", ["What the marks mean", "Keyboard shortcuts"])
def test_escape_clears_the_filter_of_help_before_it_closes_it(qtbot: QtBot, window: MainWindow, text: str) -> None:
    shown = shown_help(qtbot, window, text)
    assert isinstance(shown, ListWindow)
    every = shown.rows()
    QTest.keyClicks(shown.filter, "filter")
    assert shown.rows() != every
    QTest.keyClick(shown.filter, Qt.Key.Key_Escape)
    assert (shown.isVisible(), shown.filter.text(), shown.rows()) == (True, "", every)
    QTest.keyClick(shown.filter, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.findChildren(HelpWindow))
