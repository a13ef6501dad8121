"""Moves tensors behind the window, on a worker of its own: what is asked first, what runs, and what came of it."""

from collections.abc import Callable, Iterable
from functools import partial
from time import monotonic
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, Signal

from explorer.checkpoint.document import Checkpoint
from explorer.devices.placement import Moved, Placement, Plan
from explorer.devices.torch_devices import Device, TorchDevices
from explorer.progress import Report
from explorer.tasks.jobs import Job, Jobs, Progress
from explorer.ui.failures import why
from explorer.ui.session import Session


class Arrived(NamedTuple):
    """A move that is done.

    Attributes:
        plan: What was to be done.
        moved: What was done.
        seconds: It took, with the checksums.
    """

    plan: Plan
    moved: Moved
    seconds: float


class Placing(QObject):
    """One thing at a time; PyTorch is imported, and CUDA begun, when somebody first asks for a device.

    Attributes:
        torch_devices: Does what is asked of devices, on the worker.
        devices: Those that PyTorch offers, as they were when somebody last looked; None while nobody has.
        plan: What waits for a yes; None for nothing.
        last: What was moved last, which can be undone; None for nothing.
        redoes: That was an undoing, so that to undo it is to do the move again.

    Signals:
        changed: One of these is another now, or `busy` is.
        proposed: A `Plan` waits for a yes.
        progressed: A `Progress`: bytes that have come, and the key of the tensor that comes now, or ``checksums``.
        arrived: A move is done (`Arrived`).
        failed: Nothing was moved (one sentence).
        cancelled: Nothing was moved, as the user wanted.
        not_found_out: Which devices there are could not be found out (why, as a sentence), or the user did not want to
            wait for it any more ("").
    """

    changed = Signal()
    proposed = Signal(object)
    progressed = Signal(object)
    arrived = Signal(object)
    failed = Signal(str)
    cancelled = Signal()
    not_found_out = Signal(str)

    def __init__(
        self, session: Session, parent: QObject | None = None, torch_devices: TorchDevices | None = None
    ) -> None:
        """Begin with nothing.

        Args:
            session: Tells what is open, and where its tensors are.
            parent: Owner.
            torch_devices: Others than this computer's.
        """
        super().__init__(parent)
        self._session = session
        self.torch_devices = torch_devices or TorchDevices()
        self._jobs = Jobs("devices")
        self._job: Job | None = None
        self._looking: Job | None = None
        self._placement: Placement | None = None
        self._moving: Plan | None = None
        self._since = 0.0
        self.devices: list[Device] | None = None
        self.plan: Plan | None = None
        self.last: Moved | None = None
        self.redoes = self._undoing = False
        session.opened.connect(self._begin_anew)

    @property
    def busy(self) -> bool:
        """Something is planned or moved."""
        return self._job is not None

    @property
    def at_work(self) -> bool:
        """The worker does something, also what nobody waits for any more: not before has it let go of its memory."""
        return self._jobs.busy

    @property
    def looking(self) -> bool:
        """It is being found out which devices there are."""
        return self._looking is not None

    @property
    def moving(self) -> Plan | None:
        """What is being done; None for nothing."""
        return self._moving

    def look(self) -> None:
        """Find out which devices there are, and how much is free on them now."""
        if self._looking is None:
            self._looking = Job(lambda _report: self.torch_devices.offered(), "looking for devices")
            self._looking.succeeded.connect(self._take_devices)
            self._looking.failed.connect(self._fail_to_look)
            self._looking.stopping.connect(self._stop_looking)
            self._jobs.start(self._looking)
            self.changed.emit()

    def give_up_looking(self) -> None:
        """Wait no longer for what PyTorch says, nor plan a move that waits for it.

        An import of PyTorch goes on to its end on the worker: nothing can stop it, and nothing is heard of it.
        """
        looking = self._looking
        if looking is not None:
            if self._moving is None:
                self.cancel()
            looking.cancel()

    def ask(self, numbers: Iterable[int], device: str) -> None:
        """Work out what a move takes, and propose it.

        Args:
            numbers: Of the tensors.
            device: Where to.
        """
        placement = self._session.placement
        if placement is None or self.busy:
            return
        if self.devices is None:
            self.look()
        self._run(partial(_plan, placement, list(numbers), device, self.torch_devices), "planning", self._propose)

    def move(self) -> None:
        """Do what was proposed."""
        placement, plan = self._session.placement, self.plan
        if placement is not None and plan is not None and plan.targets and not self.busy:
            self._move(partial(_given, plan), plan)

    def release(self, numbers: Iterable[int]) -> None:
        """Have tensors in the file again, and nothing of them in memory.

        Args:
            numbers: Of the tensors.
        """
        placement = self._session.placement
        if placement is not None and not self.busy:
            devices = self.torch_devices
            self._move(partial(_plan, placement, list(numbers), None, devices), Plan(None, {}, 0))

    def undo(self) -> None:
        """Move what was moved last back to where it was."""
        placement, last = self._session.placement, self.last
        if placement is not None and last is not None and not self.busy:
            self._undoing = True
            devices = self.torch_devices
            self._move(lambda _report: placement.plan_back(last, devices), Plan(None, {}, 0))

    def dismiss(self) -> None:
        """Do not do what was proposed."""
        self.plan = None
        self.changed.emit()

    def cancel(self) -> None:
        """Stop; everything is where it was."""
        if self._job is not None:
            self._job.cancel()

    def close(self) -> None:
        """End the worker, and free what is in memory."""
        self._job = self._looking = None
        self._jobs.close()
        if self._placement is not None:
            self._placement.release()

    def _begin_anew(self, _checkpoint: Checkpoint) -> None:
        left, self._placement = self._placement, self._session.placement
        job, self._job = self._job, None
        if job is not None:
            job.cancel()
        self.plan = self.last = self._moving = None
        self.redoes = self._undoing = False
        if left is not None and (job is not None or left.nbytes()):
            # Freeing gigabytes takes a while, and the job that was cancelled may just have put something there.
            freeing = Job(lambda _report: left.release(), "freeing memory")
            self._jobs.start(freeing)
        self.changed.emit()

    def _run(self, work: Callable[[Report], object], name: str, then: Callable[[Any], None]) -> None:
        self.plan = None
        self._job = Job(work, name)
        self._job.progressed.connect(self._follow)
        self._job.succeeded.connect(then)
        self._job.failed.connect(self._fail)
        self._job.stopping.connect(self._stop)
        self._since = monotonic()
        self._jobs.start(self._job)
        self.changed.emit()

    def _move(self, make_plan: Callable[[Report], Plan], known: Plan) -> None:
        placement = self._session.placement
        if placement is not None:
            self._moving = known
            self._run(partial(_carry_out, placement, make_plan, self.torch_devices), "moving", self._arrive)

    def _take_devices(self, devices: list[Device]) -> None:
        self._looking = None
        self.devices = devices
        self.changed.emit()

    def _fail_to_look(self, error: Exception) -> None:
        self._looking = None
        self.changed.emit()
        self.not_found_out.emit(f"PyTorch's devices are not known. {why(error)}")

    def _stop_looking(self, job: Job) -> None:
        if job is self._looking:
            self._looking = None
            self.changed.emit()
            self.not_found_out.emit("")

    def _propose(self, plan: Plan) -> None:
        self._job = None
        self.plan = plan
        self.changed.emit()
        self.proposed.emit(plan)

    def _follow(self, progress: Progress) -> None:
        if self._moving is not None:
            self.progressed.emit(progress)

    def _arrive(self, done: tuple[Plan, Moved]) -> None:
        plan, moved = done
        self._job = self._moving = None
        if moved.numbers:
            self.last = moved
            self.redoes = self._undoing and not self.redoes
        self._undoing = False
        self._session.placed.emit(moved.numbers)
        self.changed.emit()
        self.arrived.emit(Arrived(plan, moved, monotonic() - self._since))
        self.look()

    def _fail(self, error: Exception) -> None:
        self._job = self._moving = None
        self._undoing = False
        self.changed.emit()
        self.failed.emit(why(error))

    def _stop(self, job: Job) -> None:
        if job is self._job:
            self._job = self._moving = None
            self._undoing = False
            self.changed.emit()
            self.cancelled.emit()


def _plan(placement: Placement, numbers: list[int], device: str | None, devices: TorchDevices, _report: Report) -> Plan:
    return placement.plan(numbers, device, devices)


def _given(plan: Plan, _report: Report) -> Plan:
    return plan


def _carry_out(
    placement: Placement, make_plan: Callable[[Report], Plan], devices: TorchDevices, report: Report
) -> tuple[Plan, Moved]:
    plan = make_plan(report)
    return plan, placement.move(plan, devices, report)
