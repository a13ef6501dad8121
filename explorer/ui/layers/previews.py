"""Fills the small histograms of the tree rows, a few tensors at a time, behind the window."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal

from explorer.checkpoint.document import Checkpoint, Entry
from explorer.checkpoint.errors import CheckpointError
from explorer.progress import Report
from explorer.tasks.jobs import Job, Jobs
from explorer.ui.layers.model import LayerModel
from explorer.ui.session import Session

if TYPE_CHECKING:
    from explorer.analysis.histogram import Histogram

BINS: Final = 24
TOGETHER_BYTES: Final = 16_000_000
TOGETHER_TENSORS: Final = 64
"""One job measures at most so much, so that the selected tensor never waits long for its turn."""

MAX_FILE_BYTES: Final = 8_000_000_000
"""Larger files are measured only where the user looks."""

_BEHIND_SELECTION: Final = 5
_TELL_MS: Final = 100
_AFTER_PAINT_MS: Final = 100
"""The tree is painted first: a worker that starts at once would take Python's lock from it."""


class Previews(QObject):
    """Measures the tensors of the shown entry in the file's order, all values of each.

    Signals:
        started: Rows began to be filled.
        progressed: The share of their bytes that is measured, from 0 to 1; ten times a second at most.
        ended: Nothing is measured any more: all is, it was cancelled, or the file is gone.
    """

    started = Signal()
    progressed = Signal(float)
    ended = Signal()

    def __init__(self, session: Session, jobs: Jobs, model: LayerModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = jobs
        self._model = model
        self._job: Job | None = None
        self._waiting: Iterator[int] = iter(())
        self._measured: set[int] = set()
        self._nbytes = 0
        self._done_nbytes = 0
        self._taken_nbytes = 0
        self._tell_timer = QTimer(self, interval=_TELL_MS)
        self._tell_timer.timeout.connect(self._tell)
        self._begin_timer = QTimer(self, singleShot=True, interval=_AFTER_PAINT_MS)
        self._begin_timer.timeout.connect(self._start)
        session.opened.connect(self._forget)
        session.entry_changed.connect(self._begin)

    @property
    def busy(self) -> bool:
        """Rows are still to be filled."""
        return self._job is not None or self._begin_timer.isActive()

    def cancel(self) -> None:
        """Stop measuring; the rows that are filled stay, the others stay empty until their entry is shown again."""
        self._begin_timer.stop()
        self._waiting = iter(())
        if self._job is not None:
            self._job.cancel()
        self._end()

    def _forget(self) -> None:
        self._measured.clear()

    def _begin(self, entry: Entry | None) -> None:
        checkpoint = self._session.checkpoint
        self.cancel()
        if entry is None or checkpoint is None or checkpoint.nbytes > MAX_FILE_BYTES:
            return
        self._waiting = iter(entry.numbers)
        self._begin_timer.start()

    def _start(self) -> None:
        layers = self._session.layers
        self._nbytes = 0 if layers is None else layers.sums.nbytes
        self._done_nbytes = 0
        self.started.emit()
        self._tell_timer.start()
        self._next()

    def _tell(self) -> None:
        self.progressed.emit(min(1.0, self._done_nbytes / max(self._nbytes, 1)))

    def _end(self) -> None:
        self._job = None
        if self._tell_timer.isActive():
            self._tell_timer.stop()
            self.ended.emit()

    def _next(self) -> None:
        checkpoint = self._session.checkpoint
        numbers = [] if checkpoint is None else self._take(checkpoint)
        if not numbers or checkpoint is None:
            self._end()
            return
        self._job = Job(lambda report: _measure(checkpoint, numbers, report), "row histograms", _BEHIND_SELECTION)
        self._job.succeeded.connect(self._show)
        self._job.failed.connect(self._give_up)
        self._jobs.start(self._job)

    def _take(self, checkpoint: Checkpoint) -> list[int]:
        numbers: list[int] = []
        nbytes = 0
        for number in self._waiting:
            if number not in self._measured:
                numbers.append(number)
                nbytes += checkpoint.tensors.kind(number).nbytes
            if len(numbers) == TOGETHER_TENSORS or nbytes >= TOGETHER_BYTES:
                break
        self._taken_nbytes = nbytes
        return numbers

    def _show(self, previews: list[tuple[int, "Histogram"]]) -> None:
        for number, histogram in previews:
            self._measured.add(number)
            self._model.set_preview(number, histogram)
        self._done_nbytes += self._taken_nbytes
        self._next()

    def _give_up(self, _error: Exception) -> None:
        # The file changed or went away: the panel of the selected tensor says so when it is looked at.
        self._waiting = iter(())
        self._end()


def _measure(checkpoint: Checkpoint, numbers: Sequence[int], report: Report) -> list[tuple[int, "Histogram"]]:
    # NumPy is imported on the worker, behind the window.
    from explorer.analysis.histogram import preview, robust_range  # noqa: PLC0415
    from explorer.analysis.statistics import measure  # noqa: PLC0415
    from explorer.checkpoint.values import open_values, prepare_walk  # noqa: PLC0415

    found: list[tuple[int, Histogram]] = []
    with open_values(checkpoint) as values:
        for number in numbers:
            tensor = checkpoint.tensors[number]
            if tensor.kind.problem is not None:
                continue
            try:
                walk = prepare_walk(values, tensor)
                statistics = measure(walk.blocks, walk.total, report, walk.multiplicity)
            except CheckpointError:
                continue
            if statistics.min is not None:
                low, high = robust_range(statistics)
                found.append((number, preview(statistics, low, high, BINS)))
    return found
