"""The row that shows how far work is, in panels and in the status bar."""

from time import monotonic

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QProgressBar, QWidget
from pytestqt.qtbot import QtBot

from explorer.tasks.jobs import Progress
from explorer.ui.running.work_row import SLOW_MS, WorkRow, cancel_in


@pytest.fixture
def row(qtbot: QtBot) -> WorkRow:
    made = WorkRow("the work", "Working")
    qtbot.addWidget(made)
    return made


def bar(row: WorkRow) -> QProgressBar:
    (found,) = row.findChildren(QProgressBar)
    return found


def test_it_comes_when_the_work_takes_long_and_goes_with_it(qtbot: QtBot, row: WorkRow) -> None:
    began = monotonic()
    row.begin()
    assert not row.isVisible()
    qtbot.waitUntil(row.isVisible)
    assert monotonic() - began >= 0.9 * SLOW_MS / 1000
    row.end()
    assert not row.isVisible()


def test_short_work_is_never_shown(qtbot: QtBot, row: WorkRow) -> None:
    row.begin()
    row.end()
    later = WorkRow("other work", "Working")
    qtbot.addWidget(later)
    later.begin()
    qtbot.waitUntil(later.isVisible)
    assert not row.isVisible()


def test_it_says_how_far_work_of_any_size_is(row: WorkRow) -> None:
    assert bar(row).accessibleName() == "Progress of the work"
    row.begin()
    assert (bar(row).minimum(), bar(row).maximum()) == (0, 0)
    row.follow(Progress(3 * 2**40, 4 * 2**40, "counting"))
    assert bar(row).value() == 0.75 * bar(row).maximum()
    row.follow(Progress(5, 0, "counting"))
    assert (bar(row).minimum(), bar(row).maximum()) == (0, 0)


def test_cancel_asks(qtbot: QtBot, row: WorkRow) -> None:
    row.show()
    with qtbot.waitSignal(row.cancel_asked):
        QTest.mouseClick(row.cancel, Qt.MouseButton.LeftButton)


def test_it_says_what_is_done_and_how_much_of_it(row: WorkRow) -> None:
    row.begin()
    assert row.text.text() == "Working…"
    row.begin("Reading a.pt")
    assert row.text.text() == "Reading a.pt…"
    row.follow(Progress(1, 4, "counting"))
    assert row.text.text() == "Reading a.pt · 25.0 %"
    row.follow(Progress(0, 8, "writing"), "Writing a.pt")
    assert row.text.text() == "Writing a.pt · 0.0 %"
    row.end()
    row.begin()
    assert row.text.text() == "Working…", "the next work is another"


def test_how_fast_it_is_is_said_of_bytes_and_how_long_still_of_all(qtbot: QtBot) -> None:
    for in_bytes in (True, False):
        row = WorkRow("the work", "Working", in_bytes=in_bytes)
        qtbot.addWidget(row)
        row.begin()
        said: list[str] = []

        def told(row: WorkRow = row, said: list[str] = said) -> bool:
            row.follow(Progress(1000 * len(said), 10**9, ""))
            said.append(row.text.text())
            return " left" in said[-1]

        qtbot.waitUntil(told)
        assert ("B/s" in said[-1]) == in_bytes


def test_it_is_the_same_in_the_status_bar(qtbot: QtBot, row: WorkRow) -> None:
    other = WorkRow("the work", "Working", in_status=True)
    qtbot.addWidget(other)
    for each in (row, other):
        each.begin()
        assert each.cancel.property("flat")
        assert each.cancel.text() == "Cancel"
        assert each.cancel.accessibleName() == "Cancel the work"
        assert "Cancel the work (Esc)" in each.cancel.toolTip()
        assert each.text.property("muted")


def test_all_that_runs_in_a_part_of_a_window_is_cancelled(qtbot: QtBot) -> None:
    part = QWidget()
    qtbot.addWidget(part)
    rows = [WorkRow(kind, "Working", part) for kind in ("one", "another")]
    asked: list[str] = []
    for row in rows:
        row.cancel_asked.connect(lambda row=row: asked.append(row.bar.accessibleName()))
    assert not cancel_in(part)
    rows[1].begin()
    assert cancel_in(part)
    assert asked == ["Progress of another"]
