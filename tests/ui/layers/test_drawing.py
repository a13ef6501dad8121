"""How rows of the tree look: read off a picture of it."""

from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, QPoint
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from explorer.ui import theme
from explorer.ui.main_window import MainWindow
from explorer.ui.settings import ThemeChoice
from explorer.ui.theme import DARK, LIGHT, Theme
from tests.ui.conftest import activate


def color_at(window: MainWindow, row: QModelIndex, x: int) -> str:
    """The colour of the picture in a row, so many pixels from the left edge of the tree."""
    tree = window.layers.tree
    place = tree.viewport().mapTo(window, QPoint(x, tree.visualRect(row).top() + 2))
    return window.grab().toImage().pixelColor(place).name()


@pytest.mark.parametrize(("choice", "colors"), [("light", LIGHT), ("dark", DARK)])
def test_the_selected_row_is_marked_from_edge_to_edge(
    qtbot: QtBot,
    window: MainWindow,
    example: dict[str, Any],  # noqa: ARG001 - opens it
    choice: ThemeChoice,
    colors: Theme,
) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.apply(app, choice)
    activate(qtbot, window)
    assert window.layers.select_key("stem.norm.bias")
    window.layers.tree.setFocus()
    tree = window.layers.tree
    selected = tree.currentIndex()
    other = tree.indexBelow(selected)
    right = tree.viewport().width() - 3
    assert color_at(window, selected, 8) == color_at(window, selected, right) == QColor(colors.selection).name()
    assert color_at(window, selected, 0) == QColor(colors.accent).name()
    assert color_at(window, other, 0) == color_at(window, other, right) == QColor(colors.panel).name()
    window.filter.setFocus()
    assert color_at(window, selected, 0) == QColor(colors.selection).name()


def test_the_row_that_the_keyboard_is_at_has_no_frame_after_opening(
    qtbot: QtBot,
    window: MainWindow,
    example: dict[str, Any],  # noqa: ARG001 - opens it
) -> None:
    activate(qtbot, window)
    tree = window.layers.tree
    top = tree.model().index(0, 0)
    colors = theme.current(tree)
    assert color_at(window, top, 0) == QColor(colors.accent).name()
    assert color_at(window, top, tree.viewport().width() - 3) == QColor(colors.panel).name()
