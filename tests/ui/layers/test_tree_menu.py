"""What can be done with a row of the tree, where it is clicked with the right button."""

from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from explorer.ui.main_window import MainWindow
from tests.ui.conftest import TIMEOUT_MS, activate

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")  # the offscreen platform, about windows

KEY = "stages.0.conv1.weight"


def opened(window: MainWindow) -> QMenu:
    tree = window.layers.tree
    tree.customContextMenuRequested.emit(tree.visualRect(tree.currentIndex()).center())
    (menu,) = [each for each in tree.findChildren(QMenu) if each.isVisible()]
    return menu


def test_a_row_has_a_menu(qtbot: QtBot, window: MainWindow, example: dict[str, Any]) -> None:
    assert KEY in example["model"]
    activate(qtbot, window)
    window.layers.select_key(KEY)
    window.layers.tree.setFocus()
    menu = opened(window)
    actions = {action.text().replace("&", ""): action for action in menu.actions() if action.text()}
    assert list(actions) == [
        *("Copy name", "Show Histogram", "Show Heat map", "Show Values", "Show Channels", "Show Spectrum"),
        *("Keep in view", "Move to"),
    ]
    menu.close()
    actions["Copy name"].trigger()
    assert QGuiApplication.clipboard().text() == KEY
    actions["Show Values"].trigger()
    qtbot.waitUntil(lambda: window.looks.values.isVisible() and not window.looks.busy, timeout=TIMEOUT_MS)
    actions["Keep in view"].trigger()
    assert window.beside.tensor is not None
    assert window.beside.tensor.key == KEY
    window.beside.action.setChecked(False)
    # A layer has no views of a tensor, and the menu says so.
    window.layers.select_key("stages")
    menu = opened(window)
    assert not actions["Show Values"].isEnabled()
    assert actions["Show Values"].statusTip() == "Select a tensor first."
    menu.close()
    qtbot.waitUntil(lambda: not window.looks.busy and not window.histogram.busy, timeout=TIMEOUT_MS)
