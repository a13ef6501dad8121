"""What is tried in a real window on a real display; `make test` starts one for this file alone."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from explorer import formatting
from explorer.ui.main_window import MainWindow
from tests.ui.conftest import TIMEOUT_MS, click

pytestmark = pytest.mark.xvfb


def test_a_tensor_is_reached_by_keyboard(qtbot: QtBot, window: MainWindow) -> None:
    click(window, "Open the example")
    qtbot.waitUntil(lambda: window.session.checkpoint is not None, timeout=TIMEOUT_MS)
    tree = window.layers.tree
    tree.setFocus()
    for _ in range(10):
        if window.session.tensor is None:
            QTest.keyClick(tree, Qt.Key.Key_Down)
            QTest.keyClick(tree, Qt.Key.Key_Right)
    first = window.histogram.head.name.text()
    assert first == "stem.conv.weight"
    qtbot.waitUntil(lambda: not window.histogram.busy, timeout=TIMEOUT_MS)
    assert window.histogram.grid.text_of("max") != formatting.NOTHING
