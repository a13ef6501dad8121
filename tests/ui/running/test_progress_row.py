"""The row that shows how far a panel's own work is."""

from time import monotonic

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QProgressBar
from pytestqt.qtbot import QtBot

from explorer.tasks.jobs import Progress
from explorer.ui.running.busy import SLOW_MS
from explorer.ui.running.progress_row import ProgressRow


@pytest.fixture
def row(qtbot: QtBot) -> ProgressRow:
    made = ProgressRow("the work")
    qtbot.addWidget(made)
    return made


def bar(row: ProgressRow) -> QProgressBar:
    (found,) = row.findChildren(QProgressBar)
    return found


def test_it_comes_when_the_work_takes_long_and_goes_with_it(qtbot: QtBot, row: ProgressRow) -> None:
    began = monotonic()
    row.begin()
    assert not row.isVisible()
    qtbot.waitUntil(row.isVisible)
    assert monotonic() - began >= 0.9 * SLOW_MS / 1000
    row.end()
    assert not row.isVisible()


def test_short_work_is_never_shown(qtbot: QtBot, row: ProgressRow) -> None:
    row.begin()
    row.end()
    later = ProgressRow("other work")
    qtbot.addWidget(later)
    later.begin()
    qtbot.waitUntil(later.isVisible)
    assert not row.isVisible()


def test_it_says_how_far_work_of_any_size_is(row: ProgressRow) -> None:
    assert bar(row).accessibleName() == "Progress of the work"
    row.begin()
    assert (bar(row).minimum(), bar(row).maximum()) == (0, 0)
    row.follow(Progress(3 * 2**40, 4 * 2**40, "counting"))
    assert bar(row).value() == 0.75 * bar(row).maximum()
    row.follow(Progress(5, 0, "counting"))
    assert (bar(row).minimum(), bar(row).maximum()) == (0, 0)


def test_cancel_asks(qtbot: QtBot, row: ProgressRow) -> None:
    row.show()
    with qtbot.waitSignal(row.cancel_asked):
        QTest.mouseClick(row.cancel, Qt.MouseButton.LeftButton)
