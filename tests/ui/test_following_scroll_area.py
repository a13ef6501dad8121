"""What scrolls as a whole where there is too little room, and follows the keyboard."""

import gc

import pytest
import shiboken6
from PySide6.QtCore import QStringListModel, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QDoubleSpinBox,
    QLabel,
    QLineEdit,
    QTableView,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from explorer.ui.following_scroll_area import FollowingScrollArea
from explorer.ui.main_window import MainWindow
from explorer.ui.tab_order import go_on
from explorer.ui.tables.look import dress
from tests.ui.conftest import activate


def test_it_is_as_high_as_what_it_shows_or_follows_the_keyboard(qtbot: QtBot) -> None:
    inside = QWidget()
    column = QVBoxLayout(inside)
    fields = [QLineEdit() for _ in range(20)]
    for each in fields:
        column.addWidget(each)
    scrolled = FollowingScrollArea(inside, 100)
    qtbot.addWidget(scrolled)
    assert scrolled.minimumSizeHint().height() == 100
    assert scrolled.minimumSizeHint().width() > inside.minimumSizeHint().width()
    assert scrolled.sizeHint().height() == inside.sizeHint().height()
    scrolled.resize(300, 120)
    scrolled.show()
    activate(qtbot, scrolled)
    fields[-1].setFocus()
    assert fields[-1].visibleRegion().boundingRect() == fields[-1].rect()
    fields[0].setFocus()
    assert scrolled.verticalScrollBar().value() < fields[1].y()
    # When it has the keyboard again, a field that has it comes into view itself.
    fields[0].clearFocus()
    scrolled.bring(fields[10])
    qtbot.waitUntil(lambda: fields[10].visibleRegion().boundingRect() == fields[10].rect())


def test_what_needs_little_has_its_own_least_height(qtbot: QtBot) -> None:
    inside = QWidget()
    QVBoxLayout(inside).addWidget(QLabel("A line"))
    scrolled = FollowingScrollArea(inside, 100)
    qtbot.addWidget(scrolled)
    assert scrolled.minimumSizeHint() == inside.minimumSizeHint()


def test_what_nobody_else_holds_outlives_tab(qtbot: QtBot) -> None:
    window, inside = QWidget(), QWidget()
    qtbot.addWidget(window)
    column = QVBoxLayout(inside)
    field, number = QLineEdit(), QDoubleSpinBox()
    column.addWidget(field)
    column.addWidget(number)
    QVBoxLayout(window).addWidget(FollowingScrollArea(inside, 100))
    del inside, column
    window.show()
    activate(qtbot, window)
    field.setFocus()
    assert go_on(window, forward=True)
    assert QApplication.focusWidget() is number
    gc.collect()
    assert shiboken6.isValid(field)
    assert shiboken6.isValid(number)


def is_seen(view: QAbstractItemView) -> bool:
    """Whether all of the current row's height is, through all that the view is scrolled with."""
    row, seen = view.visualRect(view.currentIndex()), view.viewport().visibleRegion().boundingRect()
    return seen.top() <= row.top() and row.bottom() <= seen.bottom()


def test_the_current_row_is_followed_by_all_that_its_view_is_scrolled_with(qtbot: QtBot) -> None:
    inside, table = QWidget(), QTableView()
    table.setModel(QStringListModel([str(at) for at in range(30)], table))
    dress(table, "Numbers")
    table.setFixedHeight(400)
    other = QLineEdit()
    column = QVBoxLayout(inside)
    column.addWidget(other)
    column.addWidget(table)
    scrolled = FollowingScrollArea(inside, 100)
    qtbot.addWidget(scrolled)
    scrolled.resize(300, 160)
    scrolled.show()
    activate(qtbot, scrolled)
    table.selectRow(9)
    other.setFocus()
    assert not is_seen(table)
    table.selectRow(8)
    assert not is_seen(table), "only what has the keyboard is followed"
    table.setFocus()
    assert is_seen(table)
    for key in (*[Qt.Key.Key_Up] * 8, *[Qt.Key.Key_Down] * 20):
        QTest.keyClick(table, key)
        assert is_seen(table), table.currentIndex().row()
    scrolled.resize(300, 110)
    qtbot.waitUntil(lambda: is_seen(table))
    bar = scrolled.verticalScrollBar()
    bar.triggerAction(bar.SliderAction.SliderToMinimum)
    scrolled.resize(300, 130)
    QApplication.processEvents()
    assert not is_seen(table), "the user has scrolled away"
    QTest.keyClick(table, Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    assert is_seen(table)
    assert not table.horizontalHeader().viewport().visibleRegion().isEmpty(), "with the heads of its columns"
    del inside, column, bar
    gc.collect()
    assert shiboken6.isValid(table)
    assert shiboken6.isValid(other)


@pytest.mark.qt_log_ignore("propagateSizeHints")  # the offscreen platform, about windows
@pytest.mark.usefixtures("example")
def test_in_a_small_window_with_a_dock_the_current_row_is_seen(qtbot: QtBot, window: MainWindow) -> None:
    window.resize(960, 540)
    window.problems.show()
    activate(qtbot, window)
    tree = window.layers.tree
    tree.setFocus()
    for _ in range(12):
        QTest.keyClick(tree, Qt.Key.Key_Down)
        assert is_seen(tree), tree.currentIndex().row()
