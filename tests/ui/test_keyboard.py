"""The whole window without a mouse."""

import gc
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import shiboken6
import torch
from PySide6.QtCore import QEvent, QModelIndex, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from explorer.ui.main_window import MainWindow
from explorer.ui.settings import Settings
from tests.ui.conftest import EXAMPLE, TIMEOUT_MS, activate, save


def focused() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def press(key: Qt.Key) -> None:
    QTest.keyClick(focused(), key)


@pytest.fixture
def ready(qtbot: QtBot, window: MainWindow, example: dict[str, Any]) -> MainWindow:
    """The example with a tensor selected, and the keyboard in the window."""
    assert "stem.conv.weight" in example["model"]
    activate(qtbot, window)
    assert window.layers.select_key("stem.conv.weight")
    qtbot.waitUntil(lambda: not window.histogram.busy, timeout=TIMEOUT_MS)
    return window


def test_the_first_file_gives_the_keyboard_to_the_tree(ready: MainWindow) -> None:
    assert focused() is ready.layers.tree


def test_another_file_begins_at_the_top_of_the_tree(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    tree, scroll = window.layers.tree, window.layers.tree.verticalScrollBar()
    activate(qtbot, window)
    for name in ("first.pt", "second.pt"):
        open_file(save(tmp_path / name, **{f"a{place:03}.w": torch.ones(2) for place in range(300)}))
        qtbot.waitUntil(lambda: scroll.maximum() > 0, timeout=TIMEOUT_MS)
        assert (focused(), tree.currentIndex().data(), scroll.value()) == (tree, name, 0)
        assert window.session.selected is None
        scroll.setValue(scroll.maximum())
        window.overview.views.setFocus()
    window.reload()
    qtbot.waitUntil(lambda: not window.opening.busy, timeout=TIMEOUT_MS)
    assert focused() is window.overview.views, "whoever looks at a file that grows goes on looking"


def test_tab_goes_from_the_filter_to_the_tree_to_the_panel(qtbot: QtBot, ready: MainWindow) -> None:
    qtbot.waitUntil(ready.optimizer.line.go.isVisible, timeout=TIMEOUT_MS)
    bar, view = ready.histogram.bar, ready.histogram.view
    QTest.keySequence(ready, QKeySequence(QKeySequence.StandardKey.Find))
    left = [ready.tabs.tabBar(), ready.layers.entries, ready.layers.tree]
    above = [ready.beside.button, ready.optimizer.line.go, ready.histogram.looks.views]
    in_bar = [bar.robust, bar.log, bar.bins, bar.axes, bar.pin, bar.export]
    order = [ready.filter, *left, *above, *in_bar, view.plot]
    passed: list[QWidget] = [focused()]
    for _ in order[1:]:
        press(Qt.Key.Key_Tab)
        passed.append(focused())
    assert passed == order
    for before in reversed(order[:-1]):
        press(Qt.Key.Key_Backtab)
        assert focused() is before


def test_tab_enters_a_group_at_what_is_chosen(ready: MainWindow) -> None:
    bar = ready.histogram.bar
    for chosen in (bar.full, bar.robust):
        chosen.setChecked(True)
        ready.histogram.looks.views.setFocus()
        press(Qt.Key.Key_Tab)
        assert focused() is chosen


def test_tab_reaches_everything_and_comes_round(ready: MainWindow) -> None:
    ready.filter.begin()
    passed = [focused()]
    for _ in range(30):
        press(Qt.Key.Key_Tab)
        if focused() is ready.filter:
            break
        passed.append(focused())
    assert focused() is ready.filter
    assert {ready.tool_bar.open_button, ready.tabs.tabBar(), ready.layers.entries} <= set(passed)
    # Nothing that Tab went by is taken for garbage.
    gc.unfreeze()
    gc.collect()
    assert all(map(shiboken6.isValid, (*passed, ready.histogram.body, ready.histogram.view.plot)))
    for widget in passed:
        name = widget.accessibleName() or (widget.text() if isinstance(widget, QPushButton) else "")
        assert name, f"a screen reader has no name for {widget}"


def drawn_in_a_closed_window(qtbot: QtBot) -> "weakref.ref[object]":
    """What one drew in which Tab went by it."""
    window = MainWindow(Settings())
    window.show()
    activate(qtbot, window)
    window.open_file(EXAMPLE)
    qtbot.waitUntil(lambda: not window.opening.busy, timeout=TIMEOUT_MS)
    assert window.layers.select_key("stem.conv.weight")
    qtbot.waitUntil(window.histogram.view.plot.isVisible, timeout=TIMEOUT_MS)
    for _ in range(12):
        press(Qt.Key.Key_Tab)
    window.close()
    window.deleteLater()
    return weakref.ref(window.histogram.view.plot._plot)


def test_nothing_that_tab_went_by_is_kept_once_its_window_is_closed(qtbot: QtBot) -> None:
    drawn = drawn_in_a_closed_window(qtbot)

    def gone() -> bool:
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
        gc.unfreeze()
        gc.collect()
        return drawn() is None

    qtbot.waitUntil(gone, timeout=TIMEOUT_MS)


def test_enter_presses_a_button_and_opens_its_menu(qtbot: QtBot, ready: MainWindow) -> None:
    log, menu = ready.histogram.bar.log, ready.tool_bar.move_button.menu()
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
        ready.tool_bar.move_button.setFocus()
        press(key)
        qtbot.waitUntil(menu.isVisible, timeout=TIMEOUT_MS)
        menu.close()
    before = log.isChecked()
    log.setFocus()
    press(Qt.Key.Key_Return)
    assert log.isChecked() != before


def test_enter_goes_from_the_filter_into_the_tree(ready: MainWindow) -> None:
    QTest.keySequence(ready, QKeySequence(QKeySequence.StandardKey.Find))
    press(Qt.Key.Key_Return)
    assert focused() is ready.layers.tree


def test_enter_goes_to_the_first_that_fits_the_filter(qtbot: QtBot, ready: MainWindow) -> None:
    tree = ready.layers.tree
    ready.open_example()
    qtbot.waitUntil(lambda: not ready.opening.busy, timeout=TIMEOUT_MS)
    ready.layers.tree.setCurrentIndex(QModelIndex())
    ready.session.select(None)
    QTest.keySequence(ready, QKeySequence(QKeySequence.StandardKey.Find))
    ready.filter.setText("stem.conv")
    press(Qt.Key.Key_Return)
    assert (focused(), selected_key(ready)) == (tree, "stem.conv.weight")
    # What is looked at stays: the whole file may be.
    ready.layers.select_file()
    ready.filter.setFocus()
    ready.filter.setText("norm")
    press(Qt.Key.Key_Return)
    assert (focused(), selected_key(ready)) == (tree, None)
    ready.filter.clear()


def selected_key(window: MainWindow) -> str | None:
    return None if window.session.tensor is None else window.session.tensor.key


def test_the_keys_of_the_tree_do_what_help_says(ready: MainWindow) -> None:
    tree, model = ready.layers.tree, ready.layers.model
    ready.layers.select_key("stem")
    tree.setFocus()
    layer = tree.currentIndex()
    assert str(layer.data()) == "stem"
    for key, is_open in (
        (Qt.Key.Key_Return, False),
        (Qt.Key.Key_Return, True),
        (Qt.Key.Key_Left, False),
        (Qt.Key.Key_Right, True),
    ):
        press(key)
        assert tree.isExpanded(layer.siblingAtColumn(0)) == is_open
    press(Qt.Key.Key_Right)
    assert tree.currentIndex().parent() == layer.siblingAtColumn(0)
    press(Qt.Key.Key_Left)
    assert tree.currentIndex().siblingAtColumn(0) == layer.siblingAtColumn(0)
    QTest.keySequence(tree, QKeySequence(QKeySequence.StandardKey.Copy))
    assert QGuiApplication.clipboard().text() == "stem"
    press(Qt.Key.Key_Home)
    assert tree.currentIndex().siblingAtColumn(0) == model.index(0, 0)
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Up)
    assert tree.currentIndex().siblingAtColumn(0) == model.index(0, 0)
    QTest.keySequence(tree, QKeySequence("Shift+Down"))
    assert len(tree.selectionModel().selectedRows()) == 2
    press(Qt.Key.Key_Home)
    QTest.keyClicks(tree, "hea")
    assert str(tree.currentIndex().siblingAtColumn(0).data()).startswith("hea")
    press(Qt.Key.Key_End)
    assert not tree.indexBelow(tree.currentIndex()).isValid()
