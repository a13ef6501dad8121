"""Errors of the program itself reach the user, the log and standard error, and none of them floods anybody."""

import gc
import logging
import sys
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
    qCritical,
    qWarning,
)
from PySide6.QtWidgets import QTableView
from pytestqt.qtbot import QtBot

from explorer.tasks.jobs import Job, Jobs
from explorer.ui.faults.crash_hooks import MANY, CrashHooks, Fault

pytestmark = pytest.mark.no_qt_log

Index = QModelIndex | QPersistentModelIndex


class Printed(list[str]):
    """What would have been printed: kinds of exceptions, by Python and for its threads."""


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> Printed:
    """Stand where Python's own hooks stand, which pytest has replaced with ones that fail the test."""
    lines = Printed()
    monkeypatch.setattr(sys, "excepthook", lambda kind, _error, _where: lines.append(kind.__name__))
    monkeypatch.setattr(threading, "excepthook", lambda arguments: lines.append(arguments.exc_type.__name__))
    monkeypatch.setattr(sys, "unraisablehook", lambda arguments: lines.append(arguments.exc_type.__name__))
    return lines


@pytest.fixture
def hooks(qapp: object, printed: Printed) -> Iterator[CrashHooks]:  # noqa: ARG001 - both have to be there before
    made = CrashHooks()
    made.install()
    yield made
    made.remove()


@pytest.fixture
def caught(hooks: CrashHooks) -> list[Fault]:
    faults: list[Fault] = []
    hooks.caught.connect(faults.append)
    return faults


class Broken(QAbstractTableModel):
    """A model that fails to draw every cell."""

    def rowCount(self, parent: object = None) -> int:  # noqa: ARG002, N802 - Qt's name
        return 20

    def columnCount(self, parent: object = None) -> int:  # noqa: ARG002, N802 - Qt's name
        return 3

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        if role == Qt.ItemDataRole.DisplayRole:
            raise ValueError(f"<b>cell {index.row()}\u202e</b>")
        return None


def test_an_error_in_a_slot(
    qtbot: QtBot, caught: list[Fault], printed: Printed, caplog: pytest.LogCaptureFixture
) -> None:
    QTimer.singleShot(0, lambda: 1 / 0)
    qtbot.waitUntil(lambda: len(caught) == 1)
    assert caught[0].what == "ZeroDivisionError: division by zero"
    assert "test_crash_hooks.py" in caught[0].details
    assert printed == ["ZeroDivisionError"]
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert caplog.records[0].getMessage().endswith("ZeroDivisionError: division by zero")


def test_an_error_in_every_cell_is_told_once(
    qtbot: QtBot, caught: list[Fault], printed: Printed, caplog: pytest.LogCaptureFixture
) -> None:
    view = QTableView()
    qtbot.addWidget(view)
    view.setModel(Broken(view))
    view.resize(600, 600)
    view.show()
    qtbot.waitUntil(lambda: bool(caught) and caught[-1].times >= 10)
    assert {fault.number for fault in caught} == {0}
    assert caught[-1].what.startswith("ValueError: <b>cell 0")
    assert "‹U+202E›" in caught[-1].what
    times = caught[-1].times
    assert len(printed) == len(caplog.records) == len(str(times)), "the first, the tenth, the hundredth"


def test_an_error_in_a_thread_and_one_that_cannot_be_raised(
    qtbot: QtBot, caught: list[Fault], printed: Printed
) -> None:
    class Fails:
        def __del__(self) -> None:
            raise LookupError("on its way out")

    def work() -> None:
        raise OSError("in a thread")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    Fails()
    gc.collect()
    qtbot.waitUntil(lambda: len(caught) == 2)
    assert [fault.what for fault in caught] == ["OSError: in a thread", "LookupError: on its way out"]
    assert printed == ["OSError", "LookupError"]


def test_an_error_in_a_job_that_nobody_waits_for(qtbot: QtBot, caught: list[Fault]) -> None:
    jobs = Jobs("forgotten")
    jobs.start(Job(lambda _report: 1 / 0, "failing"))
    qtbot.waitUntil(lambda: len(caught) == 1)
    assert caught[0].what == "ZeroDivisionError: division by zero"
    jobs.close()


def test_an_error_in_a_job_that_somebody_waits_for_is_theirs(qtbot: QtBot, caught: list[Fault]) -> None:
    jobs = Jobs("remembered")
    failed: list[Exception] = []
    job = Job(lambda _report: 1 / 0, "failing")
    job.failed.connect(failed.append)
    jobs.start(job)
    qtbot.waitUntil(lambda: len(failed) == 1)
    qtbot.wait(150)
    assert caught == []
    jobs.close()


def test_warnings_of_qt_are_logged_and_its_errors_are_shown(
    qtbot: QtBot, caught: list[Fault], capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        qWarning("a warning")
    qCritical("an error")
    qtbot.waitUntil(lambda: len(caught) == 1)
    assert caught[0].what == "Qt: an error"
    assert [record.levelname for record in caplog.records] == ["WARNING", "ERROR"]
    assert capfd.readouterr().err.splitlines() == ["a warning", "an error"]


def test_many_different_errors_are_not_all_told(
    qtbot: QtBot, caught: list[Fault], printed: Printed, caplog: pytest.LogCaptureFixture
) -> None:
    class Endless(QObject):
        asked = Signal(int)

    source = Endless()
    for number in range(2 * MANY):
        kind = type(f"Error{number}", (Exception,), {})

        def fail(_number: int, kind: type[Exception] = kind) -> None:
            raise kind

        source.asked.connect(fail)
    for number in range(2 * MANY):
        qWarning(f"warning {number}")
    source.asked.emit(1)
    qtbot.waitUntil(lambda: len(caught) == MANY)
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert errors[0] == "There are more warnings; they are not listed."
    assert errors[-1] == "There are more errors; they are not listed."
    assert len(errors) == 1 + MANY + 1
    assert len(printed) == 2 * MANY, "standard error has all"


def test_an_error_that_cannot_say_what_it_is(qtbot: QtBot, caught: list[Fault]) -> None:
    class Mute(Exception):  # noqa: N818 - a test's own
        def __str__(self) -> str:
            raise ValueError

    def fail() -> None:
        raise Mute

    QTimer.singleShot(0, fail)
    qtbot.waitUntil(lambda: len(caught) == 1)
    assert "Mute" in caught[0].what


def test_everything_is_put_back(qapp: object, printed: Printed) -> None:  # noqa: ARG001 - both have to be there before
    before = sys.excepthook, threading.excepthook, sys.unraisablehook
    hooks = CrashHooks()
    hooks.install()
    assert sys.excepthook is not before[0]
    hooks.remove()
    assert (sys.excepthook, threading.excepthook, sys.unraisablehook) == before
