"""Work for the jobs, and somebody who listens to them."""

import threading
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QObject

from explorer.progress import Report
from explorer.tasks.jobs import Job, Jobs, Progress


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
