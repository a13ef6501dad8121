"""What a row of the tree offers, and how the tree keeps the place of who works in it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent, QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from explorer.ui.layers.columns import Column
from explorer.ui.main_window import MainWindow
from tests.ui.conftest import EXAMPLE, TIMEOUT_MS, action, activate, plain_text

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")

Open = Callable[[Path], None]
Offered = Callable[[str], dict[str, QAction]]


def clipboard() -> str:
    return QGuiApplication.clipboard().text()


@pytest.fixture
def offered(window: MainWindow, open_file: Open) -> Iterator[Offered]:
    """Press the menu key at a row of the example; what the menu offers, by its words."""
    open_file(EXAMPLE)

    def shown(key: str) -> dict[str, QAction]:
        tree = window.layers.tree
        assert window.layers.select_key(key)
        middle = tree.visualRect(tree.currentIndex()).center()
        place = tree.viewport().mapToGlobal(middle)
        QApplication.sendEvent(tree.viewport(), QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, middle, place))
        (menu,) = [each for each in tree.findChildren(QMenu) if each.isVisible()]
        return {plain_text(entry): entry for entry in menu.actions() if not entry.isSeparator()}

    yield shown
    for menu in window.layers.tree.findChildren(QMenu):
        menu.close()


def test_a_tensor_offers_its_name_and_views(qtbot: QtBot, window: MainWindow, offered: Offered) -> None:
    entries = offered("stem.conv.weight")
    assert list(entries) == [
        *("Copy name", "Copy as Python", "Filter for this name", "Show as", "Keep in view", "Move to"),
        *("Save a copy for", "Copy rows", "Copy table", "Export as CSV…", "Sort by", "Columns"),
    ]
    assert entries["Copy name"].shortcuts() == QKeySequence.keyBindings(QKeySequence.StandardKey.Copy)
    entries["Copy name"].trigger()
    assert clipboard() == "stem.conv.weight"
    entries["Copy as Python"].trigger()
    state_dict = torch.load(EXAMPLE, weights_only=True)["model"]
    copied = eval(clipboard(), {"state_dict": state_dict})  # noqa: S307 - what the program wrote
    assert copied is state_dict["stem.conv.weight"]
    views = entries["Show as"].menu()
    assert isinstance(views, QMenu)
    next(each for each in views.actions() if plain_text(each) == "Values").trigger()
    assert window.histogram.looks.views.view == "values"
    entries["Filter for this name"].trigger()
    qtbot.waitUntil(lambda: window.layers.count.text().startswith("1 of "), timeout=TIMEOUT_MS)


def test_a_row_offers_what_all_tables_do(qtbot: QtBot, window: MainWindow, offered: Offered) -> None:
    entries = offered("stem.conv.weight")
    entries["Copy rows"].trigger()
    assert clipboard().split("\t")[0] == "stem.conv.weight"
    columns = entries["Columns"].menu()
    assert isinstance(columns, QMenu)
    choices = {plain_text(each): each for each in columns.actions()}
    assert (choices["Shape"].isChecked(), choices["Std"].isChecked()) == (True, False)
    choices["Std"].trigger()
    assert not window.layers.tree.isColumnHidden(Column.STD)
    orders = entries["Sort by"].menu()
    assert isinstance(orders, QMenu)
    assert orders is action(window, "View", "Sort by").menu()
    assert "Distribution" not in map(plain_text, orders.actions())
    next(each for each in orders.actions() if plain_text(each) == "Params").trigger()
    header = window.layers.tree.header()
    assert header.sortIndicatorSection() == Column.PARAMETERS
    title = QPoint(header.sectionViewportPosition(Column.DISTRIBUTION) + 20, header.height() // 2)
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=title)
    assert header.sortIndicatorSection() == Column.PARAMETERS, "drawings have no order"
    entries["Copy table"].trigger()
    qtbot.waitUntil(lambda: len(clipboard().splitlines()) == 49, timeout=TIMEOUT_MS)
    # The heads keep their own menu.
    window.layers.tree.header().customContextMenuRequested.emit(QPoint(5, 5))
    shown = [each for each in window.layers.tree.findChildren(QMenu) if each.isVisible()]
    assert plain_text(shown[-1].actions()[0]) == "Copy names"


def test_a_layer_is_opened_and_closed_with_all_below_it(window: MainWindow, offered: Offered) -> None:
    tree, model = window.layers.tree, window.layers.model
    entries = offered("stages")
    entries["Collapse all below"].trigger()
    stages = model.index_of_layer("stages")
    assert tree.isExpanded(stages)
    assert not any(tree.isExpanded(index) for index in model.layers_in(stages))
    entries["Expand all below"].trigger()
    assert tree.isExpanded(model.index_of_layer("stages.0.norm1"))
    entries["Copy as Python"].trigger()
    state_dict = torch.load(EXAMPLE, weights_only=True)["model"]
    found: dict[str, Any] = eval(clipboard(), {"state_dict": state_dict})  # noqa: S307 - as above
    assert list(found) == [key for key in state_dict if key.startswith("stages.")]


def test_the_file_offers_what_the_menus_do(offered: Offered) -> None:
    entries = offered("digits.pth")
    assert {"Copy path", "Compare with…", "Test-load…", "Save a copy…", "Expand all below", "Move to"} <= set(entries)
    entries["Copy as Python that loads it"].trigger()
    assert clipboard().startswith("import torch\n")


def test_as_many_rows_are_opened_as_take_no_wait(window: MainWindow, open_file: Open, tmp_path: Path) -> None:
    none = torch.zeros(())
    torch.save({f"{a}.{b}.w{c}": none for a in range(30) for b in range(2) for c in range(400)}, tmp_path / "m.pt")
    open_file(tmp_path / "m.pt")
    tree, model = window.layers.tree, window.layers.model
    tree.setCurrentIndex(model.index(0, 0))
    QTest.keyClick(tree, Qt.Key.Key_Asterisk)
    assert tree.isExpanded(model.index_of_layer("0.0"))
    assert not tree.isExpanded(model.index_of_layer("29.1"))
    assert "still closed" in window.status.currentMessage()


def test_a_filter_that_nothing_fits_does_not_say_that_the_file_is_empty(
    qtbot: QtBot, window: MainWindow, open_file: Open
) -> None:
    open_file(EXAMPLE)
    window.layers.select_file()
    QTest.keyClicks(window.filter, "conv zz")
    qtbot.waitUntil(lambda: window.layers.count.text().startswith("0 of "), timeout=TIMEOUT_MS)
    assert window.overview.body.page.message.text() == "No tensor fits the filter."
    window.details.show_file_as("histogram")
    qtbot.waitUntil(lambda: not window.histogram.busy, timeout=TIMEOUT_MS)
    assert window.histogram.body.page.message.text() == "No tensor fits the filter."
    QTest.mouseClick(window.layers.page.button, Qt.MouseButton.LeftButton)
    assert window.filter.text() == ""
    qtbot.waitUntil(lambda: window.layers.count.text() == "48 tensors", timeout=TIMEOUT_MS)
    assert window.layers.tree.isVisible()
    qtbot.waitUntil(lambda: not window.histogram.busy, timeout=TIMEOUT_MS)


def test_the_overview_follows_the_filter_before_anything_is_selected(
    qtbot: QtBot, window: MainWindow, open_file: Open
) -> None:
    open_file(EXAMPLE)
    assert window.session.selected is None
    QTest.keyClicks(window.filter, "stem")
    qtbot.waitUntil(lambda: "7 of 48 tensors" in window.overview.head.facts.text(), timeout=TIMEOUT_MS)
    window.filter.clear()
    qtbot.waitUntil(lambda: "48 tensors" in window.overview.head.facts.text(), timeout=TIMEOUT_MS)


def test_clearing_the_filter_comes_back_to_the_same_place(qtbot: QtBot, window: MainWindow, open_file: Open) -> None:
    open_file(EXAMPLE)
    tree, model = window.layers.tree, window.layers.model
    tree.collapse(model.index_of_layer("stem"))
    bar = tree.verticalScrollBar()
    bar.setValue(bar.maximum())
    before = bar.value()
    assert before
    QTest.keyClicks(window.filter, "bias")
    qtbot.waitUntil(lambda: " of " in window.layers.count.text(), timeout=TIMEOUT_MS)
    window.filter.clear()
    qtbot.waitUntil(lambda: window.layers.count.text() == "48 tensors", timeout=TIMEOUT_MS)
    assert not tree.isExpanded(model.index_of_layer("stem"))
    assert tree.isExpanded(model.index_of_layer("stages.0"))
    assert bar.value() == before


def test_down_goes_from_the_filter_to_what_was_found_and_escape_goes_back(
    qtbot: QtBot, window: MainWindow, open_file: Open
) -> None:
    open_file(EXAMPLE)
    activate(qtbot, window)
    window.filter.begin()
    QTest.keyClick(window.filter, Qt.Key.Key_Down)
    assert QApplication.focusWidget() is window.layers.tree
    assert window.layers.tree.currentIndex() != QModelIndex()
    qtbot.waitUntil(lambda: not (window.measurements.busy or window.overview.busy), timeout=TIMEOUT_MS)
    window.filter.begin()
    window.escape()
    assert QApplication.focusWidget() is window.layers.tree


def test_names_keep_their_room_beside_more_columns(window: MainWindow, open_file: Open) -> None:
    open_file(EXAMPLE)
    tree = window.layers.tree
    window.layers.columns.show(tuple(Column)[1:])
    assert tree.columnWidth(Column.NAME) >= 140
    window.layers.columns.show(None)
    assert sum(tree.columnWidth(column) for column in Column) == tree.viewport().width()
