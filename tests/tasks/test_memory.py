"""What jobs hold and let go."""

import gc
import sys
import weakref

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from explorer.progress import Report
from explorer.tasks.jobs import Job, Jobs, Progress
from tests.tasks.conftest import Listener, idle, nothing


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
