"""Closing ends the thread and tells every job."""

import threading

from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from explorer.tasks.jobs import Job, Jobs
from tests.tasks.conftest import Gate, Listener, idle, nothing


def test_close_delivers_finished_before_it_returns(qtbot: QtBot) -> None:
    assert qtbot is not None
    jobs = Jobs("closing worker")
    gate = Gate()
    running, waiting = Job(gate, "running", on_cancel=gate.opened.set), Job(nothing, "waiting")
    listeners = [Listener(running), Listener(waiting)]
    jobs.start(running)
    jobs.start(waiting)
    assert gate.begun.wait(30)

    assert jobs.close()
    assert [listener.heard for listener in listeners] == [["finished"], ["finished"]]
    assert not jobs.busy
    assert jobs.close(), "closing again changes nothing"


def test_close_without_any_job(qtbot: QtBot) -> None:
    assert qtbot is not None
    assert Jobs("idle worker").close()


def test_a_job_started_after_close_only_finishes(qtbot: QtBot) -> None:
    jobs = Jobs("closed worker")
    assert jobs.close()
    ran: list[str] = []
    job = Job(lambda _: ran.append("ran"), "too late")
    listener = Listener(job)
    jobs.start(job)
    qtbot.waitUntil(idle(jobs))

    assert ran == []
    assert job.cancelled
    assert listener.heard == ["finished"]


def test_close_abandons_work_that_hangs(qtbot: QtBot) -> None:
    jobs = Jobs("hanging worker")
    gate = Gate()
    hanging, waiting = Job(gate, "hanging"), Job(nothing, "waiting")
    listener, waiting_listener = Listener(hanging), Listener(waiting)
    jobs.start(hanging)
    jobs.start(waiting)
    qtbot.waitUntil(gate.begun.is_set)

    assert not jobs.close(timeout_s=0.05)
    assert not jobs.close(timeout_s=30), "and does not wait again"
    assert waiting_listener.heard == ["finished"]

    (thread,) = (thread for thread in threading.enumerate() if thread.name == "hanging worker")
    assert thread.daemon, "it does not keep the program from ending"
    gate.opened.set()
    thread.join(30)
    assert not thread.is_alive()
    QCoreApplication.processEvents()
    assert listener.heard == []
