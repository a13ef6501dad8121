"""How rows are painted: what is selected, what the mouse is over, and where the keyboard is."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QHoverEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from explorer.ui import theme
from explorer.ui.main_window import MainWindow
from explorer.ui.settings import ThemeChoice
from explorer.ui.theme import DARK, LIGHT, Theme
from tests.ui.conftest import EXAMPLE, activate

BOTH = pytest.mark.parametrize(("choice", "colors"), [("light", LIGHT), ("dark", DARK)], ids=["light", "dark"])


@pytest.fixture
def ready(
    qtbot: QtBot, qapp: QApplication, choice: ThemeChoice, window: MainWindow, open_file: Callable[[Path], None]
) -> MainWindow:
    """The example just opened, in its look, with the keyboard in the tree."""
    theme.apply(qapp, choice)
    activate(qtbot, window)
    open_file(EXAMPLE)
    assert window.layers.tree.hasFocus()
    return window


def row(window: MainWindow, key: str | None = None) -> QRect:
    """Where a row is, from one edge of the tree to the other; the file's own without a key."""
    tree, model = window.layers.tree, window.layers.model
    place = tree.visualRect(model.index(0, 0) if key is None else model.index_of_key(key))
    return QRect(0, place.top(), tree.viewport().width(), place.height())


def painted(window: MainWindow, place: QRect) -> QImage:
    # The tree shows the panel behind it.
    return window.grab(place.translated(window.layers.tree.viewport().mapTo(window, QPoint(0, 0)))).toImage()


def edge(window: MainWindow, place: QRect) -> set[str]:
    """The colours along the left edge of a row."""
    image = painted(window, place)
    return {image.pixelColor(0, y).name() for y in range(image.height())}


def ground(window: MainWindow, place: QRect) -> set[str]:
    """The colours around a row's text: its first and its last line, and its right edge."""
    image = painted(window, place)
    lines = (0, image.height() - 1)
    along = {image.pixelColor(x, y).name() for x in range(4, image.width()) for y in lines}
    return along | {image.pixelColor(image.width() - 1, y).name() for y in range(image.height())}


@BOTH
def test_the_current_row_is_flat_with_a_mark_where_the_keyboard_is(ready: MainWindow, colors: Theme) -> None:
    assert not ready.layers.tree.selectionModel().hasSelection()
    first = row(ready)
    assert edge(ready, first) == {QColor(colors.accent).name()}
    assert ground(ready, first) == {QColor(colors.panel).name()}
    ready.filter.begin()
    assert edge(ready, first) == ground(ready, first) == {QColor(colors.panel).name()}


@BOTH
def test_the_selected_row_is_one_colour_and_its_text_another(ready: MainWindow, colors: Theme) -> None:
    QTest.keyClick(ready.layers.tree, Qt.Key.Key_Down)
    ready.layers.select_key("stem.conv.weight")
    selected = row(ready, "stem.conv.weight")
    assert ground(ready, selected) == {QColor(colors.selection).name()}
    assert edge(ready, selected) == {QColor(colors.accent).name()}
    image = painted(ready, selected)
    assert colors.text in {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
    # The row that was the current one is like any other again.
    assert edge(ready, row(ready)) == {QColor(colors.panel).name()}


@BOTH
def test_the_row_under_the_mouse_is_tinted(ready: MainWindow, colors: Theme) -> None:
    place = row(ready, "stem.conv.weight")
    inside = QPointF(place.center())
    hover = QHoverEvent(QEvent.Type.HoverMove, inside, inside, QPointF())
    QApplication.sendEvent(ready.layers.tree.viewport(), hover)
    assert ground(ready, place) == edge(ready, place) == {QColor(colors.hover).name()}
    QApplication.sendEvent(ready.layers.tree.viewport(), QHoverEvent(QEvent.Type.HoverLeave, inside, inside, QPointF()))
    assert ground(ready, place) == {QColor(colors.panel).name()}
