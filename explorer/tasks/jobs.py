"""The background worker thread: a `Job` says what is to be done, a `Jobs` does one job after the other.

Connect first, start after:

    job = Job(lambda report: open_checkpoint(path, report), name=f"Opening {path.name}")
    job.succeeded.connect(self._show)
    jobs.start(job)
"""

import itertools
import math
import sys
import threading
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Final, NamedTuple

from PySide6.QtCore import QCoreApplication, QEvent, QMetaMethod, QObject, Qt, Signal, Slot

from explorer.progress import Cancelled, Report
from explorer.tasks.beat import Beat

PROGRESS_INTERVAL_S: Final = 1 / 30
"""At least so long, in seconds, between two `Job.progressed`: a redraw for every report would take most of the time."""

SWITCH_S: Final = 0.0005
"""After so long, in seconds, a worker that runs Python lets the window run, if that wants to.

Drawing a tree goes back and forth between Qt and Python a hundred times, and each time may wait for that; Python's own
5 ms would add up to half a second.
"""


class Progress(NamedTuple):
    """How far a job is.

    Attributes:
        done: Steps done, in whatever the work counts.
        total: Steps in all; 0 while unknown.
        what: What is being done, for people.
    """

    done: int
    total: int
    what: str


class Outcome(NamedTuple):
    """How the work of a job ended: with a result, or with an error."""

    result: object = None
    error: Exception | None = None


class Job(QObject):
    """Work for a background thread. Made, connected, started and cancelled on the GUI thread.

    All signals are emitted on the GUI thread, by its event loop. After `cancel` has been called only `finished` comes,
    even when the work was done already and its result on the way. Prefer bound methods of QObjects as receivers: a
    function that holds the job keeps it from being freed.

    Attributes:
        progressed: A `Progress`, thirty times a second at most. The first comes at once, unless the worker has just
            told something else; the last may be left out.
        succeeded: What the work returned. It should be plain data: a QObject made in the worker would belong to it.
        failed: The exception that the work raised, with its traceback. Where nobody is connected, it goes to
            `sys.excepthook`, as one of any other thread that nobody caught.
        stopping: The job itself, at once when it is cancelled; the work may need a moment longer.
        finished: Always the last, however the job ended.
        name: What is being done, for people.
        priority: Its priority when it starts; the lowest number runs first.
        started: It has been handed to a `Jobs`.
    """

    progressed = Signal(object)
    succeeded = Signal(object)
    failed = Signal(object)
    stopping = Signal(object)
    finished = Signal()

    def __init__(
        self,
        work: Callable[[Report], object],
        name: str,
        priority: int = 0,
        on_cancel: Callable[[], None] | None = None,
        interval_s: float = PROGRESS_INTERVAL_S,
    ) -> None:
        """Describe the work; nothing runs yet.

        Args:
            work: Called in the worker with a `Report`, which raises `Cancelled` once the job is cancelled.
            name: What is being done, for people.
            priority: The lowest number runs first.
            on_cancel: Called once by `cancel`, on its thread, to wake work that cannot report: it kills the process
                that the work waits for. It may be called before the work has begun, and just after it has ended.
            interval_s: At least so long, in seconds, between two `progressed`.
        """
        super().__init__()
        self.name = name
        self.priority = priority
        self.started = False
        self._work: Callable[[Report], object] | None = work
        self._on_cancel = on_cancel
        self._interval_s = interval_s
        self._stop = threading.Event()
        self._over = False

    @property
    def cancelled(self) -> bool:
        """It was asked to stop before it was over, or its work gave up by raising `Cancelled`."""
        return self._stop.is_set()

    def cancel(self) -> None:
        """Ask the work to stop. Does nothing when that was done before, or when the job is over."""
        if self._over or self._stop.is_set():
            return
        self._stop.set()
        self.stopping.emit(self)
        if self._on_cancel is not None:
            self._on_cancel()

    def run(self, send: Callable[[Progress], None], wait: Callable[[], None], told: float) -> Outcome:
        """Do the work on the calling thread; for `Jobs`.

        Args:
            send: Takes those reports that are to be shown.
            wait: Called at every report: the window goes first.
            told: When the worker told something the last time, by `monotonic`: work that is cut into many short jobs
                would tell two things for each.

        Returns:
            What the work returned or raised; nothing when it was cancelled.
        """
        due = told + self._interval_s

        def report(done: int, total: int, what: str) -> None:
            nonlocal due
            if self._stop.is_set():
                raise Cancelled
            wait()
            now = monotonic()
            if now >= due:
                due = now + self._interval_s
                send(Progress(done, total, what))

        if self._work is None or self._stop.is_set():
            return Outcome()
        try:
            return Outcome(result=self._work(report))
        except Cancelled:
            self._stop.set()
            return Outcome()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is shown by those who asked for the work
            return Outcome(error=error)

    def tell(self, progress: Progress) -> None:
        """Emit `progressed`, unless the job was cancelled; for `Jobs`, on the GUI thread."""
        if not self._stop.is_set():
            self.progressed.emit(progress)

    def settle(self, outcome: Outcome) -> None:
        """Emit how the work ended, then `finished`; for `Jobs`, on the GUI thread."""
        self._over = True
        if self._stop.is_set():
            pass
        elif outcome.error is not None:
            if not self.isSignalConnected(QMetaMethod.fromSignal(self.failed)):
                sys.excepthook(type(outcome.error), outcome.error, outcome.error.__traceback__)
            self.failed.emit(outcome.error)
        else:
            self.succeeded.emit(outcome.result)
        self.finished.emit()
        # The work often holds whoever holds the job. Such a ring of QObjects would be freed by the garbage
        # collector, on whichever thread that runs.
        self._work = None
        self._on_cancel = None


class Jobs(QObject):
    """A background thread and the jobs that wait for it. Lives on the GUI thread, and all its methods are for it.

    The thread starts with the first job and runs one job at a time; a job that has begun is not interrupted for one
    with a lower number, so long work should be cut into several jobs. It has no Qt parent: `close` ends it.

    Only the number of a job passes between the threads. The worker holds neither the job nor its result when the GUI
    thread learns that it ended, so a QObject is never destroyed by the worker.
    """

    _reported = Signal(object, object)
    _ended = Signal(object)

    def __init__(self, name: str) -> None:
        """Prepare; no thread runs yet.

        Args:
            name: Of the thread, for debuggers and crash reports.
        """
        super().__init__()
        self._name = name
        self._live: dict[int, Job] = {}
        self._waiting: dict[int, tuple[int, int]] = {}
        self._outcomes: dict[int, Outcome] = {}
        self._tickets = itertools.count()
        self._wake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._abandoned = False
        self._window = Beat(self)
        self._reported.connect(self._tell, Qt.ConnectionType.QueuedConnection)
        self._ended.connect(self._settle, Qt.ConnectionType.QueuedConnection)

    @property
    def busy(self) -> bool:
        """Jobs run, wait, or have ended without the GUI thread having heard of it."""
        return bool(self._live)

    def start(self, job: Job) -> None:
        """Let a job wait for its turn. After `close`, and when it is cancelled already, it only emits `finished`.

        Raises:
            RuntimeError: The job was started before.
        """
        if job.started:
            raise RuntimeError(f"the job {job.name!r} was started twice")
        job.started = True
        number = id(job)
        self._live[number] = job
        if self._closed:
            job.cancel()
        if job.cancelled:
            self._ended.emit(number)
            return
        job.stopping.connect(self._withdraw)
        self._window.start()
        with self._wake:
            self._waiting[number] = (job.priority, next(self._tickets))
            self._wake.notify()
        if self._thread is None:
            sys.setswitchinterval(SWITCH_S)
            self._thread = threading.Thread(target=self._serve, name=self._name, daemon=True)
            self._thread.start()

    def cancel_all(self) -> None:
        """Cancel every job, running or waiting."""
        for job in list(self._live.values()):
            job.cancel()

    def close(self, timeout_s: float = 2.0) -> bool:
        """Cancel everything and end the thread; all jobs that ended have emitted `finished` when this returns.

        Args:
            timeout_s: Seconds to wait for the running job.

        Returns:
            False if that job did not stop in time, for example in a read from a dead network share. Its thread is
            abandoned: it ends with the process, and the job emits nothing any more.
        """
        if not self._closed:
            with self._wake:
                self._closed = True
                self._wake.notify()
            self.cancel_all()
            self._window.stop()
            if self._thread is not None:
                self._thread.join(timeout_s)
                self._abandoned = self._thread.is_alive()
            QCoreApplication.sendPostedEvents(self, QEvent.Type.MetaCall.value)
        return not self._abandoned

    def _serve(self) -> None:
        told = -math.inf
        while (number := self._next()) is not None:
            self._outcomes[number] = self._live[number].run(
                partial(self._reported.emit, number), self._window.wait, told
            )
            if self._abandoned:
                return
            self._ended.emit(number)
            told = monotonic()

    def _next(self) -> int | None:
        with self._wake:
            self._wake.wait_for(lambda: self._waiting or self._closed)
            if self._closed:
                return None
            number = min(self._waiting, key=self._waiting.__getitem__)
            del self._waiting[number]
            return number

    @Slot(object)
    def _withdraw(self, job: Job) -> None:
        with self._wake:
            waited = self._waiting.pop(id(job), None) is not None
        if waited:
            self._ended.emit(id(job))

    @Slot(object, object)
    def _tell(self, number: int, progress: Progress) -> None:
        self._live[number].tell(progress)

    @Slot(object)
    def _settle(self, number: int) -> None:
        job = self._live.pop(number)
        if not self._live:
            self._window.stop()
        job.settle(self._outcomes.pop(number, Outcome()))
