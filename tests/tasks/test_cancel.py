"""A cancelled job says nothing but that it is over."""

import threading

from pytestqt.qtbot import QtBot

from explorer.progress import Cancelled, Report
from explorer.tasks.jobs import Job, Jobs
from tests.tasks.conftest import Gate, Listener, idle, nothing


def test_cancel_stops_the_work_at_its_next_report(qtbot: QtBot, jobs: Jobs) -> None:
    begun = threading.Event()
    stopped = threading.Event()

    def work(report: Report) -> None:
        try:
            while True:
                report(0, 0, "for ever")
                begun.set()
        except Cancelled:
            stopped.set()
            raise

    job = Job(work, "endless")
    listener = Listener(job)
    jobs.start(job)
    qtbot.waitUntil(begun.is_set)
    job.cancel()
    assert job.cancelled
    qtbot.waitUntil(idle(jobs))

    assert stopped.is_set()
    assert set(listener.heard[:-1]) <= {"progressed"}
    assert listener.heard[-1] == "finished"


def test_report_keeps_raising_after_cancel(qtbot: QtBot, jobs: Jobs) -> None:
    raised: list[int] = []
    gate = Gate()

    def stubborn(report: Report) -> str:
        gate.begun.set()
        assert gate.opened.wait(30)
        for step in range(3):
            try:
                report(step, 3, "step")
            except Cancelled:
                raised.append(step)
        return "done all the same"

    job = Job(stubborn, "stubborn")
    listener = Listener(job)
    jobs.start(job)
    qtbot.waitUntil(gate.begun.is_set)
    job.cancel()
    gate.opened.set()
    qtbot.waitUntil(idle(jobs))

    assert raised == [0, 1, 2]
    assert listener.heard == ["finished"]


def test_a_result_on_its_way_is_dropped_by_cancel(qtbot: QtBot, jobs: Jobs) -> None:
    ended = threading.Event()
    job, after = Job(lambda _: "late", "done"), Job(lambda _: ended.set(), "after")
    listener = Listener(job)
    jobs.start(job)
    jobs.start(after)
    assert ended.wait(30), "both ran, and the GUI thread has not looked yet"
    job.cancel()
    qtbot.waitUntil(idle(jobs))

    assert listener.heard == ["finished"]


def test_an_error_that_cancel_caused_is_not_shown(qtbot: QtBot, jobs: Jobs) -> None:
    begun, killed = threading.Event(), threading.Event()

    def reads_from_a_process(_: Report) -> None:
        begun.set()
        assert killed.wait(30)
        raise EOFError("the process went away")

    job = Job(reads_from_a_process, "read", on_cancel=killed.set)
    listener = Listener(job)
    jobs.start(job)
    qtbot.waitUntil(begun.is_set)
    job.cancel()
    qtbot.waitUntil(idle(jobs))

    assert listener.heard == ["finished"]


def test_on_cancel_runs_once_and_on_the_thread_that_cancels(qtbot: QtBot, jobs: Jobs) -> None:
    calls: list[threading.Thread] = []
    gate = Gate()
    job = Job(gate, "gate", on_cancel=lambda: calls.append(threading.current_thread()))
    jobs.start(job)
    qtbot.waitUntil(gate.begun.is_set)
    job.cancel()
    job.cancel()
    assert calls == [threading.main_thread()]
    gate.opened.set()
    qtbot.waitUntil(idle(jobs))
    assert len(calls) == 1


def test_cancel_does_nothing_once_a_job_is_over(qtbot: QtBot, jobs: Jobs) -> None:
    calls: list[str] = []
    job = Job(nothing, "quick", on_cancel=lambda: calls.append("cancelled"))
    listener = Listener(job)
    job.succeeded.connect(job.cancel)
    jobs.start(job)
    qtbot.waitUntil(idle(jobs))
    job.cancel()

    assert calls == []
    assert not job.cancelled
    assert listener.heard == ["progressed", "succeeded", "finished"]


def test_work_that_gives_up_by_itself_counts_as_cancelled(qtbot: QtBot, jobs: Jobs) -> None:
    def gives_up(_: Report) -> None:
        raise Cancelled

    job = Job(gives_up, "gives up")
    listener = Listener(job)
    jobs.start(job)
    qtbot.waitUntil(idle(jobs))

    assert job.cancelled
    assert listener.heard == ["finished"]


def test_a_waiting_job_is_cancelled_without_waiting_for_the_running_one(qtbot: QtBot, jobs: Jobs) -> None:
    ran: list[str] = []
    gate = Gate()
    jobs.start(Job(gate, "running"))
    qtbot.waitUntil(gate.begun.is_set)
    waiting = Job(lambda _: ran.append("waiting"), "waiting")
    listener = Listener(waiting)
    jobs.start(waiting)
    waiting.cancel()
    qtbot.waitUntil(lambda: listener.heard == ["finished"])
    assert not gate.opened.is_set()

    gate.opened.set()
    qtbot.waitUntil(idle(jobs))
    assert ran == []
    assert listener.heard == ["finished"]


def test_a_job_cancelled_before_it_is_started_only_finishes(qtbot: QtBot, jobs: Jobs) -> None:
    ran: list[str] = []
    job = Job(lambda _: ran.append("ran"), "never")
    listener = Listener(job)
    job.cancel()
    jobs.start(job)
    assert listener.heard == [], "signals come from the event loop, never inside start"
    qtbot.waitUntil(idle(jobs))

    assert ran == []
    assert listener.heard == ["finished"]


def test_cancel_all_reaches_running_and_waiting_jobs_and_later_ones_run(qtbot: QtBot, jobs: Jobs) -> None:
    gate = Gate()
    running, waiting = Job(gate, "running", on_cancel=gate.opened.set), Job(nothing, "waiting")
    listeners = [Listener(running), Listener(waiting)]
    jobs.start(running)
    jobs.start(waiting)
    qtbot.waitUntil(gate.begun.is_set)
    jobs.cancel_all()
    qtbot.waitUntil(idle(jobs))
    assert [listener.heard for listener in listeners] == [["finished"], ["finished"]]

    later = Job(lambda _: "runs", "later")
    with qtbot.waitSignal(later.succeeded) as succeeded:
        jobs.start(later)
    assert succeeded.args == ["runs"]
