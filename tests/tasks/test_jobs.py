"""What those who start jobs may rely on."""

import gc
import sys
import threading
import traceback
import weakref
from collections.abc import Callable, Iterator
from time import monotonic

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QCoreApplication, QObject
from pytestqt.qtbot import QtBot

from explorer.progress import Cancelled, Report
from explorer.tasks.jobs import PROGRESS_INTERVAL_S, Job, Jobs, Progress


class Listener(QObject):
    """Writes down what a job says, and on which thread it heard it."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.heard: list[str] = []
        self.progress: list[Progress] = []
        self.results: list[object] = []
        self.errors: list[Exception] = []
        self.threads: set[threading.Thread] = set()
        job.progressed.connect(self.on_progressed)
        job.succeeded.connect(self.on_succeeded)
        job.failed.connect(self.on_failed)
        job.finished.connect(self.on_finished)

    def hear(self, what: str) -> None:
        self.heard.append(what)
        self.threads.add(threading.current_thread())

    def on_progressed(self, progress: Progress) -> None:
        self.hear("progressed")
        self.progress.append(progress)

    def on_succeeded(self, result: object) -> None:
        self.hear("succeeded")
        self.results.append(result)

    def on_failed(self, error: Exception) -> None:
        self.hear("failed")
        self.errors.append(error)

    def on_finished(self) -> None:
        self.hear("finished")


class Gate:
    """Work that says when it has begun, and goes on when it is let."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.opened = threading.Event()

    def __call__(self, report: Report) -> str:
        self.begun.set()
        assert self.opened.wait(30)
        report(1, 1, "gate")
        return "through"


@pytest.fixture
def jobs(qapp: object) -> Iterator[Jobs]:
    assert qapp is not None
    jobs = Jobs("test worker")
    yield jobs
    assert jobs.close()


def nothing(report: Report) -> None:
    report(0, 0, "nothing")


def idle(jobs: Jobs) -> Callable[[], bool]:
    return lambda: not jobs.busy


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
@given(
    priorities=st.lists(st.integers(-3, 3), max_size=12),
    promotions=st.lists(st.tuples(st.integers(0, 11), st.integers(-3, 3)), max_size=6),
)
def test_lowest_number_first_and_first_come_first_served(
    qtbot: QtBot, priorities: list[int], promotions: list[tuple[int, int]]
) -> None:
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
    places = [(priority, number) for number, priority in enumerate(priorities)]
    for turn, (number, priority) in enumerate(promotions):
        if number < len(waiting):
            jobs.promote(waiting[number], priority)
            places[number] = (priority, len(waiting) + turn)
    gate.opened.set()
    qtbot.waitUntil(idle(jobs))
    assert jobs.close()

    assert ran == sorted(range(len(waiting)), key=places.__getitem__)


def test_promote_comes_too_late_for_a_job_that_runs_or_is_over(qtbot: QtBot, jobs: Jobs) -> None:
    gate = Gate()
    job = Job(gate, "gate")
    listener = Listener(job)
    jobs.start(job)
    qtbot.waitUntil(gate.begun.is_set)
    jobs.promote(job, -1)
    gate.opened.set()
    qtbot.waitUntil(idle(jobs))
    jobs.promote(job, -1)
    assert not jobs.busy
    assert listener.heard == ["progressed", "succeeded", "finished"]


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


def test_nobody_needs_to_keep_a_job(qtbot: QtBot, jobs: Jobs) -> None:
    results: list[object] = []
    job = Job(lambda _: sum(range(1000)), "unkept")
    job.succeeded.connect(results.append)
    jobs.start(job)
    del job
    gc.collect()
    qtbot.waitUntil(idle(jobs))
    assert results == [499500]


def test_a_job_its_work_and_its_result_are_freed_without_the_garbage_collector(qtbot: QtBot, jobs: Jobs) -> None:
    class Result:
        """Something that can be watched."""

    class Owner(QObject):
        """Like a panel: holds the job, whose work and receivers are its own methods."""

        def __init__(self) -> None:
            super().__init__()
            self.job = Job(self.work, "owned")
            self.job.succeeded.connect(self.take)
            self.job.finished.connect(self.end)
            self.ended = False

        def work(self, report: Report) -> Result:
            report(0, 0, "working")
            return Result()

        def take(self, result: Result) -> None:
            watched.append(weakref.ref(result))

        def end(self) -> None:
            self.ended = True

    watched: list[weakref.ref[object]] = []
    owner = Owner()
    watched += [weakref.ref(owner), weakref.ref(owner.job)]
    gc.disable()
    try:
        jobs.start(owner.job)
        qtbot.waitUntil(idle(jobs))
        assert owner.ended
        del owner
        assert [watch() for watch in watched] == [None, None, None]
    finally:
        gc.enable()


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


def test_emitting_loses_no_references(qtbot: QtBot, jobs: Jobs) -> None:
    # PySide6 6.12.0 on Python 3.11 loses one reference to True per emit, and aborts when none is left.
    job = Job(nothing, "counted")
    listener = Listener(job)
    with qtbot.waitSignal(job.finished):
        jobs.start(job)
    before = sys.getrefcount(True), sys.getrefcount(None)
    for done in range(1000):
        job.progressed.emit(Progress(done, 1000, "emitting"))
    after = sys.getrefcount(True), sys.getrefcount(None)

    assert len(listener.progress) == 1001
    assert [abs(now - then) < 100 for then, now in zip(before, after, strict=True)] == [True, True]
