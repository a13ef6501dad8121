"""What scrolls as a whole where there is too little room."""

import gc

import shiboken6
from PySide6.QtWidgets import QApplication, QDoubleSpinBox, QLabel, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from explorer.ui.scrolled import Scrolled
from explorer.ui.tab_order import go_on
from tests.ui.conftest import activate


def test_it_is_as_high_as_what_it_shows_or_follows_the_keyboard(qtbot: QtBot) -> None:
    inside = QWidget()
    column = QVBoxLayout(inside)
    fields = [QLineEdit() for _ in range(20)]
    for each in fields:
        column.addWidget(each)
    scrolled = Scrolled(inside, 100)
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
    scrolled = Scrolled(inside, 100)
    qtbot.addWidget(scrolled)
    assert scrolled.minimumSizeHint() == inside.minimumSizeHint()


def test_what_nobody_else_holds_outlives_tab(qtbot: QtBot) -> None:
    window, inside = QWidget(), QWidget()
    qtbot.addWidget(window)
    column = QVBoxLayout(inside)
    field, number = QLineEdit(), QDoubleSpinBox()
    column.addWidget(field)
    column.addWidget(number)
    QVBoxLayout(window).addWidget(Scrolled(inside, 100))
    del inside, column
    window.show()
    activate(qtbot, window)
    field.setFocus()
    assert go_on(window, forward=True)
    assert QApplication.focusWidget() is number
    gc.collect()
    assert shiboken6.isValid(field)
    assert shiboken6.isValid(number)
