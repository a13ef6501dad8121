"""Work behind the window lets the window go first, and does not wait for it for ever."""

import threading

import pytest
from pytestqt.qtbot import QtBot

from explorer.progress import Report
from explorer.tasks.beat import Beat
from explorer.tasks.jobs import Job, Jobs
from tests.tasks.conftest import idle


def test_the_worker_waits_until_the_window_is_free(qtbot: QtBot) -> None:
    beat = Beat(late_s=0, patience_s=60)
    beat.start()
    order: list[str] = []

    def work() -> None:
        beat.wait()
        order.append("worker")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(0.05)
    order.append("window")
    qtbot.waitUntil(lambda: len(order) == 2)
    thread.join()
    beat.stop()

    assert order == ["window", "worker"]


@pytest.mark.usefixtures("qtbot")
def test_a_window_that_stays_busy_is_waited_for_once() -> None:
    beat = Beat(late_s=0, patience_s=0.01)
    beat.start()
    # Nothing turns the event loop here: the second of them would wait as long as the first.
    waited = [threading.Thread(target=beat.wait) for _ in range(2)]
    for thread in waited:
        thread.start()
        thread.join()
    beat.stop()
    beat.wait()


def test_a_job_goes_on_while_the_window_does_not_answer(qtbot: QtBot, jobs: Jobs) -> None:
    done = threading.Event()

    def work(report: Report) -> int:
        for step in range(10_000):
            report(step, 10_000, "working")
        done.set()
        return 10_000

    job = Job(work, "work")
    results: list[object] = []
    job.succeeded.connect(results.append)
    jobs.start(job)
    # The event loop does not turn before all is done.
    assert done.wait(30)
    qtbot.waitUntil(idle(jobs))

    assert results == [10_000]


@pytest.mark.usefixtures("qtbot")
def test_nobody_waits_for_a_window_that_closes() -> None:
    jobs = Jobs("closing")
    begun = threading.Event()

    def work(report: Report) -> None:
        begun.set()
        while True:
            report(0, 0, "endless")

    jobs.start(Job(work, "endless"))
    assert begun.wait(30)
    assert jobs.close()
