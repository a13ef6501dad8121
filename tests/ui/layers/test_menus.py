"""View > Columns and Sort by, in the real window, by keyboard as well as by mouse."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from explorer.ui.layers.columns import Column
from explorer.ui.main_window import MainWindow
from tests.ui.conftest import EXAMPLE, TIMEOUT_MS, save

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


def action(window: MainWindow, menu: str, title: str) -> QAction:
    found = next(each for each in window.findChildren(QMenu) if each.title().replace("&", "") == menu)
    found.aboutToShow.emit()
    return next(each for each in found.actions() if each.text() == title)


def names(window: MainWindow) -> list[str]:
    model = window.layers.model
    top = model.index(0, 0)
    return [model.index(row, 0, top).data() for row in range(model.rowCount(top))]


def test_the_tree_is_sorted_by_what_was_measured(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    tensors = {"a": torch.full((3,), 3.0), "b": torch.full((3,), -5.0), "c": torch.full((3,), 0.5)}
    open_file(save(tmp_path / "a.pt", **tensors))
    qtbot.waitUntil(lambda: window.measurements.complete, timeout=TIMEOUT_MS)
    action(window, "Sort by", "Mean, up").trigger()
    assert names(window) == ["b", "c", "a"]
    assert action(window, "Sort by", "Mean, up").isChecked()
    action(window, "Sort by", "Mean, down").trigger()
    assert names(window) == ["a", "c", "b"]
    action(window, "Sort by", "The file's order").trigger()
    assert names(window) == ["a", "b", "c"]


def test_columns_are_chosen(window: MainWindow, open_file: Callable[[Path], None]) -> None:
    open_file(EXAMPLE)
    assert window.layers.tree.isColumnHidden(Column.STD)
    action(window, "Columns", "Std").trigger()
    assert not window.layers.tree.isColumnHidden(Column.STD)
    assert action(window, "Columns", "Std").isChecked()
    action(window, "Columns", "As the width allows").trigger()
    assert window.layers.tree.isColumnHidden(Column.STD)


def test_names_have_room_in_a_narrow_window(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None]
) -> None:
    open_file(EXAMPLE)
    window.resize(1024, 700)
    tree = window.layers.tree
    qtbot.waitUntil(lambda: tree.columnWidth(Column.NAME) >= 150, timeout=TIMEOUT_MS)
    assert not tree.isColumnHidden(Column.DISTRIBUTION)


def test_a_click_on_the_first_row_shows_the_file(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None]
) -> None:
    open_file(EXAMPLE)
    tree = window.layers.tree
    for from_nothing in (True, False):
        assert (window.session.selected is None) == from_nothing
        first = tree.visualRect(tree.model().index(0, 0)).center()
        QTest.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=first)
        assert window.session.selected is not None
        assert window.details.currentWidget() is window.overview
        assert window.layers.select_key("stem.conv.weight")
        assert window.details.currentWidget() is window.tensor_panel
        tree.scrollToTop()
    qtbot.waitUntil(window.tensor_panel.is_ready, timeout=TIMEOUT_MS)
