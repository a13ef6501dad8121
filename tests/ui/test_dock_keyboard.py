"""A dock that is shown has the keyboard, and gives it back; F8 leads through the problems and leaves it where it is."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PySide6.QtWidgets import QAbstractItemView, QApplication, QWidget
from pytestqt.qtbot import QtBot

from explorer.ui.main_window import MainWindow
from tests.ui.conftest import TIMEOUT_MS, activate
from tests.ui.test_keys_in_views import focused, open_menu, press

Open = Callable[[Path], None]


@pytest.fixture
def ill(qtbot: QtBot, window: MainWindow, open_file: Open, tmp_path: Path) -> MainWindow:
    """A window with a file of 64 layers, of which every third has a problem."""
    torch.manual_seed(0)
    tensors = {f"layers.{place}.weight": torch.randn(16, 16) for place in range(64)}
    for place in range(0, 64, 3):
        tensors[f"layers.{place}.weight"][place % 16, 5] = math.nan if place % 2 else math.inf
    tensors["layers.62.weight"].zero_()
    torch.save(tensors, tmp_path / "ill.pt")
    open_file(tmp_path / "ill.pt")
    qtbot.waitUntil(lambda: not window.problems.finding.busy and not window.measurements.busy, timeout=TIMEOUT_MS)
    activate(qtbot, window)
    return window


def seen(view: QAbstractItemView) -> bool:
    """The whole current row is in sight."""
    index = view.currentIndex()
    row = view.visualRect(index)
    return index.isValid() and row.top() >= 0 and row.bottom() < view.viewport().height()


def test_f8_shows_the_problem_in_tree_and_list_and_leaves_the_keyboard_where_it_is(
    qtbot: QtBot, ill: MainWindow
) -> None:
    tree, table, values = ill.layers.tree, ill.problems.panel.table, ill.looks.values
    assert focused() is tree
    # The last one: the dock that opens now would lie over its row in the tree.
    press("Shift+F8")
    qtbot.waitUntil(lambda: seen(tree) and seen(table) and ill.problems.dock.height() > 0, timeout=TIMEOUT_MS)
    QApplication.processEvents()
    assert (seen(tree), seen(table), focused()) == (True, True, tree)
    passed = []
    for key in ("F8", "F8", "Shift+F8"):
        press(key)
        assert ill.session.tensor is not None
        passed.append(ill.session.tensor.key)
        assert (seen(tree), seen(table), focused()) == (True, True, tree)
    assert passed == ["layers.0.weight", "layers.3.weight", "layers.0.weight"]
    # Return shows the value, as it does in the list.
    press("Return")
    qtbot.waitUntil(lambda: values.said.text().startswith("[0, 5] = +Inf"), timeout=TIMEOUT_MS)
    assert focused() is tree
    for place in (table, values.table):
        place.setFocus()
        press("F8")
        assert focused() is place
    qtbot.waitUntil(lambda: values.said.text().startswith("[6, 5] = +Inf"), timeout=TIMEOUT_MS)
    # From where no row is gone through, it goes to the tree.
    ill.filter.setFocus()
    press("F8")
    assert focused() is tree


def test_each_dock_takes_the_keyboard_and_gives_it_back(qtbot: QtBot, ill: MainWindow) -> None:
    problems, devices, checksums = ill.problems, ill.devices_dock, ill.checksum_dock
    ways: list[tuple[QWidget, str, str, QWidget]] = [
        (problems.dock, "Alt+V", "P", problems.panel.table),
        (checksums, "Alt+V", "K", ill.checksums.page.button),
        (devices, "Alt+V", "D", ill.devices.table),
        (devices, "Alt+D", "D", ill.devices.table),
    ]
    assert ill.layers.select_key("layers.3.weight")

    def choose(menu: str, letter: str, then: QWidget) -> None:
        open_menu(qtbot, menu)
        press(letter)
        qtbot.waitUntil(lambda: has_keyboard(then), timeout=TIMEOUT_MS)

    def has_keyboard(widget: QWidget) -> bool:
        # Without a desktop the menu that closed has it at last.
        ill.activateWindow()
        return QApplication.focusWidget() is widget

    for dock, menu, letter, first in ways:
        for place in (ill.layers.tree, ill.histogram.looks.views):
            place.setFocus()
            choose(menu, letter, first)
            assert dock.isVisible()
            choose(menu, letter, place)
            assert not dock.isVisible()
            choose(menu, letter, first)
            # Else Escape gives up looking for devices, which the dock began.
            qtbot.waitUntil(lambda: not ill.placing.at_work, timeout=TIMEOUT_MS)
            press("Esc")
            QApplication.processEvents()
            qtbot.waitUntil(lambda place=place: QApplication.focusWidget() is place, timeout=TIMEOUT_MS)  # type: ignore[misc]  # a default of a lambda
            assert not dock.isVisible()
    # The button that counts problems in the status bar is such a way too.
    problems.button.setFocus()
    press("Space")
    assert focused() is problems.panel.table
    press("Esc")
    qtbot.waitUntil(lambda: QApplication.focusWidget() is problems.button, timeout=TIMEOUT_MS)
