"""What those who start jobs may rely on: results, errors, progress and whose turn it is."""

import threading
import traceback
from collections.abc import Callable
from time import monotonic

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from explorer.progress import Report
from explorer.tasks.jobs import PROGRESS_INTERVAL_S, Job, Jobs, Progress
from tests.tasks.conftest import Gate, Listener, idle, nothing


def test_result_arrives_on_the_gui_thread_and_finished_comes_last(qtbot: QtBot, jobs: Jobs) -> None:
    worked_on: list[threading.Thread] = []
    result = {"layers": [1, 2, 3]}

    def work(report: Report) -> object:
        worked_on.append(threading.current_thread())
        report(1, 2, "half")
        return result

    job = Job(work, "work")
    listener = Listener(job)
    jobs.start(job)
    assert jobs.busy
    qtbot.waitUntil(idle(jobs))

    assert listener.heard == ["progressed", "succeeded", "finished"]
    assert listener.progress == [Progress(1, 2, "half")]
    assert listener.results[0] is result
    assert listener.threads == {threading.main_thread()}
    assert worked_on[0].name == "test worker"
    assert worked_on[0].daemon


def test_no_thread_before_the_first_job(qtbot: QtBot) -> None:
    jobs = Jobs("lazy worker")

    def running() -> bool:
        return any(thread.name == "lazy worker" for thread in threading.enumerate())

    assert not running()
    job = Job(nothing, "first")
    with qtbot.waitSignal(job.finished):
        jobs.start(job)
    assert running()
    assert jobs.close()
    assert not running()


def test_an_error_arrives_with_its_traceback_and_the_next_job_runs(qtbot: QtBot, jobs: Jobs) -> None:
    def broken_work(report: Report) -> None:
        report(0, 0, "about to break")
        raise ValueError("3 of 4 bytes")

    broken, sound = Job(broken_work, "broken"), Job(lambda _: 7, "sound")
    listener, next_listener = Listener(broken), Listener(sound)
    jobs.start(broken)
    jobs.start(sound)
    qtbot.waitUntil(idle(jobs))

    assert listener.heard == ["progressed", "failed", "finished"]
    (error,) = listener.errors
    assert isinstance(error, ValueError)
    assert str(error) == "3 of 4 bytes"
    assert traceback.extract_tb(error.__traceback__)[-1].name == "broken_work"
    assert next_listener.results == [7]


def test_progress_comes_thirty_times_a_second_and_at_once(qtbot: QtBot, jobs: Jobs) -> None:
    enough = threading.Event()
    took: list[float] = []

    def work(report: Report) -> None:
        began = monotonic()
        done = 0
        while not enough.is_set():
            report(done, 0, "counting")
            done += 1
        took.append(monotonic() - began)

    job = Job(work, "count")
    listener = Listener(job)
    jobs.start(job)
    qtbot.waitUntil(lambda: len(listener.progress) >= 4)
    enough.set()
    qtbot.waitUntil(idle(jobs))

    assert listener.progress[0].done == 0
    assert listener.progress == sorted(listener.progress)
    assert len(listener.progress) <= 1 + took[0] / PROGRESS_INTERVAL_S


def test_short_jobs_one_after_the_other_tell_how_far_they_are_together_as_seldom_as_one(
    qtbot: QtBot, jobs: Jobs
) -> None:
    began = monotonic()
    listeners = []
    for number in range(100):
        job = Job(nothing, str(number))
        listeners.append(Listener(job))
        jobs.start(job)
    qtbot.waitUntil(idle(jobs))
    told = sum(len(listener.progress) for listener in listeners)
    assert 1 <= told <= 1 + (monotonic() - began) / PROGRESS_INTERVAL_S


def test_a_job_may_tell_less_often_how_far_it_is(qtbot: QtBot, jobs: Jobs) -> None:
    def work(report: Report) -> None:
        for step in range(1_000):
            report(step, 1_000, "counting")

    job = Job(work, "seldom", interval_s=1_000)
    listener = Listener(job)
    jobs.start(job)
    qtbot.waitUntil(idle(jobs))
    assert listener.progress == [Progress(0, 1_000, "counting")]


def test_a_job_runs_once(qtbot: QtBot, jobs: Jobs) -> None:
    job = Job(nothing, "once")
    jobs.start(job)
    with pytest.raises(RuntimeError, match="'once' was started twice"):
        jobs.start(job)
    qtbot.waitUntil(idle(jobs))
    with pytest.raises(RuntimeError, match="'once' was started twice"):
        jobs.start(job)


# qtbot keeps nothing from one example to the next.
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(priorities=st.lists(st.integers(-3, 3), max_size=12))
def test_lowest_number_first_and_first_come_first_served(qtbot: QtBot, priorities: list[int]) -> None:
    jobs = Jobs("ordered worker")
    ran: list[int] = []
    gate = Gate()
    jobs.start(Job(gate, "gate"))
    assert gate.begun.wait(30)

    def note(number: int) -> Callable[[Report], None]:
        return lambda _: ran.append(number)

    waiting = [Job(note(number), str(number), priority) for number, priority in enumerate(priorities)]
    for job in waiting:
        jobs.start(job)
    gate.opened.set()
    qtbot.waitUntil(idle(jobs))
    assert jobs.close()

    assert ran == sorted(range(len(waiting)), key=priorities.__getitem__)


def test_many_jobs_started_and_cancelled_while_others_run_all_finish(qtbot: QtBot, jobs: Jobs) -> None:
    def work(report: Report) -> int:
        for step in range(50):
            report(step, 50, "step")
        return 50

    listeners = []
    for number in range(300):
        job = Job(work, str(number), priority=number % 3)
        listeners.append(Listener(job))
        jobs.start(job)
        if number % 7 == 0:
            job.cancel()
        if number % 11 == 0:
            job.finished.connect(jobs.cancel_all)
    qtbot.waitUntil(idle(jobs), timeout=30_000)

    for listener in listeners:
        endings = [what for what in listener.heard if what != "progressed"]
        assert endings in (["succeeded", "finished"], ["finished"])
