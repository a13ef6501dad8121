"""Fills the small histograms of the tree rows, a few tensors at a time, behind the window."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer

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
_AFTER_PAINT_MS: Final = 100
"""The tree is painted first: a worker that starts at once would take Python's lock from it."""


class Previews(QObject):
    """Measures the tensors of the shown entry in the file's order, all values of each."""

    def __init__(self, session: Session, jobs: Jobs, model: LayerModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = jobs
        self._model = model
        self._job: Job | None = None
        self._waiting: list[int] = []
        self._measured: set[int] = set()
        self._begin_timer = QTimer(self, singleShot=True, interval=_AFTER_PAINT_MS)
        self._begin_timer.timeout.connect(self._next)
        session.opened.connect(self._forget)
        session.entry_changed.connect(self._begin)

    @property
    def busy(self) -> bool:
        """Rows are still to be filled."""
        return self._job is not None or self._begin_timer.isActive()

    def _forget(self) -> None:
        self._measured.clear()

    def _begin(self, entry: Entry | None) -> None:
        checkpoint = self._session.checkpoint
        self._begin_timer.stop()
        if self._job is not None:
            self._job.cancel()
            self._job = None
        if entry is None or checkpoint is None or checkpoint.nbytes > MAX_FILE_BYTES:
            self._waiting = []
            return
        self._waiting = [number for number in entry.numbers if number not in self._measured]
        self._waiting.reverse()
        self._begin_timer.start()

    def _next(self) -> None:
        checkpoint = self._session.checkpoint
        if not self._waiting or checkpoint is None:
            self._job = None
            return
        numbers = self._take(checkpoint)
        self._job = Job(lambda report: _measure(checkpoint, numbers, report), "row histograms", _BEHIND_SELECTION)
        self._job.succeeded.connect(self._show)
        self._job.failed.connect(self._give_up)
        self._jobs.start(self._job)

    def _take(self, checkpoint: Checkpoint) -> list[int]:
        numbers: list[int] = []
        nbytes = 0
        while self._waiting and len(numbers) < TOGETHER_TENSORS and nbytes < TOGETHER_BYTES:
            number = self._waiting.pop()
            numbers.append(number)
            nbytes += checkpoint.tensors.kind(number).nbytes
        return numbers

    def _show(self, previews: list[tuple[int, "Histogram"]]) -> None:
        for number, histogram in previews:
            self._measured.add(number)
            self._model.set_preview(number, histogram)
        self._next()

    def _give_up(self, _error: Exception) -> None:
        # The file changed or went away: the panel of the selected tensor says so when it is looked at.
        self._waiting = []
        self._job = None


def _measure(checkpoint: Checkpoint, numbers: Sequence[int], report: Report) -> list[tuple[int, "Histogram"]]:
    # NumPy is imported on the worker, behind the window.
    from explorer.analysis.histogram import preview, robust_range  # noqa: PLC0415
    from explorer.analysis.statistics import measure  # noqa: PLC0415
    from explorer.checkpoint.values import distinct_numel, multiplicity, open_values  # noqa: PLC0415

    found: list[tuple[int, Histogram]] = []
    with open_values(checkpoint) as values:
        for number in numbers:
            tensor = checkpoint.tensors[number]
            if tensor.kind.problem is not None:
                continue
            try:
                blocks = partial(values.blocks, tensor)
                statistics = measure(blocks, distinct_numel(tensor), report, multiplicity(tensor))
            except CheckpointError:
                continue
            if statistics.min is not None:
                low, high = robust_range(statistics)
                found.append((number, preview(statistics, low, high, BINS)))
    return found
