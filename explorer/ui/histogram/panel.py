"""The panel about the selected tensor: its facts, its histogram and its statistics, computed in the background."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.checkpoint.errors import CheckpointError
from explorer.formatting import plural, visible
from explorer.progress import Report
from explorer.tasks.jobs import Job, Jobs, Progress
from explorer.ui import theme
from explorer.ui.histogram.facts import StatisticsGrid, exact_facts, facts
from explorer.ui.session import Session
from explorer.ui.text import ElidedLabel, label, set_tooltip

if TYPE_CHECKING:
    from explorer.analysis.histogram import Histogram
    from explorer.analysis.statistics import Blocks, Statistics
    from explorer.ui.histogram.plot import HistogramPlot

OpenBlocks = Callable[[Checkpoint, TensorInfo], "tuple[Blocks, int, int]"]
"""Called in the worker: the blocks of a tensor, how many elements they hold, and how many each stands for."""

PATIENCE_MS: Final = 300
"""Work that is done before shows no progress."""
_COLLAPSED: Final = 1e-3
"""A robust range that is a smaller part of the full one says nothing about the shape."""


class Drawing(NamedTuple):
    """What a job hands back.

    Attributes:
        tensor: What it is about.
        statistics: Of the tensor.
        histogram: Of the range that was asked for.
    """

    tensor: TensorInfo
    statistics: "Statistics"
    histogram: "Histogram"


class TensorPanel(QFrame):
    """Shows the tensor that the session has selected. A new selection cancels the work for the last one.

    Signals:
        ready: Nothing is pending any more: what there is to show is shown.
        statistics_ready: A `TensorInfo` and its `Statistics`, once for each selection that was measured.
    """

    ready = Signal()
    statistics_ready = Signal(object, object)

    def __init__(self, session: Session, jobs: Jobs, open_blocks: OpenBlocks, parent: QWidget | None = None) -> None:
        """Make the panel.

        Args:
            session: Tells what is selected.
            jobs: Does the work.
            open_blocks: Gives the values, in the worker; raises `CheckpointError` where it cannot.
            parent: What the panel stands in.
        """
        super().__init__(parent)
        self._session = session
        self._jobs = jobs
        self._open_blocks = open_blocks
        self._job: Job | None = None
        self._tensor: TensorInfo | None = None
        self._statistics: Statistics | None = None
        self._plot: HistogramPlot | None = None
        self._summary = ""
        self.setProperty("panel", True)
        self.setAccessibleName("Tensor")
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self._show_progress)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        layout.addWidget(self._make_header())
        layout.addWidget(self._make_bar())
        layout.addWidget(self._make_body(), 1)
        layout.addWidget(self._make_progress())
        self.grid = StatisticsGrid()
        layout.addWidget(self.grid)
        session.selection_changed.connect(self._select)
        self._select(session.tensor)

    def is_ready(self) -> bool:
        """Nothing is being computed."""
        return self._job is None

    def _make_header(self) -> QWidget:
        self._header = QWidget()
        self.key = ElidedLabel()
        self.key.setFont(theme.title_font(self.key.font()))
        self.facts = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self.facts.setProperty("muted", True)
        # An elided label's own tool tip tells what was left out; under it lies the one with the exact figures.
        self._exact = QWidget()
        around = QVBoxLayout(self._exact)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(self.facts)
        layout = QVBoxLayout(self._header)
        layout.setContentsMargins(12, 12, 12, 4)
        layout.setSpacing(0)
        layout.addWidget(self.key)
        layout.addWidget(self._exact)
        return self._header

    def _make_bar(self) -> QWidget:
        self._bar = QFrame()
        self._bar.setProperty("bar", True)
        self.robust = self._toggle("robust", "Range without the outermost 0.5 % on each side")
        self.full = self._toggle("full range", "Range from the smallest to the largest value")
        self.log = self._toggle("log y", "Logarithmic axis of counts")
        ranges = QButtonGroup(self)
        ranges.addButton(self.robust)
        ranges.addButton(self.full)
        self.robust.setChecked(True)
        self.robust.toggled.connect(self._compute)
        self.log.toggled.connect(self._set_log)
        self.bins = QSpinBox(minimum=16, maximum=512, value=120, suffix=" bins")
        self.bins.setKeyboardTracking(False)
        self.bins.setAccessibleName("Bins")
        self.bins.valueChanged.connect(self._compute)
        layout = QHBoxLayout(self._bar)
        layout.setContentsMargins(12, 4, 12, 4)
        layout.setSpacing(4)
        layout.addWidget(label("Histogram"))
        layout.addStretch(1)
        for control in (self.robust, self.full, self.log, self.bins):
            layout.addWidget(control)
        return self._bar

    @staticmethod
    def _toggle(caption: str, tip: str) -> QPushButton:
        made = QPushButton(caption)
        made.setCheckable(True)
        made.setProperty("flat", True)
        made.setAccessibleName(caption)
        set_tooltip(made, f"{tip}.")
        return made

    def _make_body(self) -> QWidget:
        self.message = label(wrap=True, muted=True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.compute = QPushButton("Compute")
        self.compute.clicked.connect(self._compute)
        self._message_page = QWidget()
        said = QVBoxLayout(self._message_page)
        said.setContentsMargins(24, 24, 24, 24)
        said.setSpacing(8)
        said.addStretch(1)
        said.addWidget(self.message)
        said.addWidget(self.compute, 0, Qt.AlignmentFlag.AlignHCenter)
        said.addStretch(1)
        self._plot_page = QWidget()
        self.readout = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self.readout.setProperty("muted", True)
        self.readout.setFont(theme.tabular(theme.small_font(self.readout.font())))
        self.readout.setContentsMargins(12, 4, 12, 4)
        self._drawn = QVBoxLayout(self._plot_page)
        self._drawn.setContentsMargins(0, 0, 0, 0)
        self._drawn.addWidget(self.readout)
        self._body = QStackedWidget()
        self._body.addWidget(self._message_page)
        self._body.addWidget(self._plot_page)
        return self._body

    def _make_progress(self) -> QWidget:
        self.progress = QWidget()
        self._progress_bar = QProgressBar(textVisible=False)
        self._progress_bar.setAccessibleName("Progress of the statistics")
        self.cancel = QPushButton("Cancel")
        self.cancel.clicked.connect(self._cancel)
        layout = QHBoxLayout(self.progress)
        layout.setContentsMargins(12, 4, 12, 4)
        layout.addWidget(self._progress_bar, 1)
        layout.addWidget(self.cancel)
        self.progress.hide()
        return self.progress

    @Slot(object)
    def _select(self, tensor: TensorInfo | None) -> None:
        self._drop_job()
        self._tensor = tensor
        self._statistics = None
        self.grid.show_statistics(None)
        for part in (self._header, self._bar, self.grid):
            part.setVisible(tensor is not None)
        if tensor is None:
            self._say("Select a tensor to see its values.")
            return
        self.key.setText(visible(tensor.key))
        self.facts.setText(facts(tensor))
        set_tooltip(self._exact, exact_facts(tensor))
        self._compute()

    @Slot()
    def _compute(self) -> None:
        """Count again; measure first, where the tensor was not measured yet."""
        self._drop_job()
        checkpoint, tensor = self._session.checkpoint, self._tensor
        if checkpoint is None or tensor is None:
            return
        if tensor.kind.problem is not None:
            self._say(tensor.kind.problem)
        elif tensor.kind.numel == 0:
            self._say("It has no elements.")
        elif tensor.kind.stored_numel == 0:
            self._say("It stores no values: every element is 0.")
        else:
            if self._statistics is None:
                # The last tensor's picture must not stand under this one's name.
                self._show_message("")
            self._start(checkpoint, tensor)

    def _start(self, checkpoint: Checkpoint, tensor: TensorInfo) -> None:
        work = partial(
            _work,
            partial(self._open_blocks, checkpoint, tensor),
            tensor,
            self._statistics,
            self.robust.isChecked(),
            self.bins.value(),
        )
        self._job = Job(work, name=f"Statistics of {visible(tensor.key)}")
        self._job.progressed.connect(self._on_progress)
        self._job.succeeded.connect(self._on_result)
        self._job.failed.connect(self._on_failure)
        self._job.stopping.connect(self._on_stopping)
        self._progress_bar.setRange(0, 0)
        self._patience.start()
        self._jobs.start(self._job)

    def _drop_job(self) -> None:
        job, self._job = self._job, None
        self._patience.stop()
        self.progress.hide()
        if job is not None:
            job.cancel()

    @Slot()
    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()

    @Slot(object)
    def _on_stopping(self, job: Job) -> None:
        # Whoever cancelled it: a job that was dropped for another is not ours any more.
        if job is self._job:
            self._drop_job()
            self._say("Cancelled.", offer=True)

    @Slot()
    def _show_progress(self) -> None:
        self.progress.setVisible(self._job is not None)

    @Slot(object)
    def _on_progress(self, progress: Progress) -> None:
        # A bar counts in 32 bits, which large tensors do not fit in.
        self._progress_bar.setRange(0, 1000 if progress.total else 0)
        self._progress_bar.setValue(1000 * progress.done // max(progress.total, 1))

    @Slot(object)
    def _on_failure(self, error: Exception) -> None:
        self._drop_job()
        if isinstance(error, CheckpointError):
            self._say(error.sentence)
        else:
            self._say(f"The values cannot be shown: {type(error).__name__}: {error}.")

    @Slot(object)
    def _on_result(self, drawing: Drawing) -> None:
        self._drop_job()
        first = self._statistics is None
        self._statistics = drawing.statistics
        self.grid.show_statistics(drawing.statistics)
        if first:
            self.statistics_ready.emit(drawing.tensor, drawing.statistics)
        if drawing.histogram.counts.size == 0:
            self._say("No finite value to draw.")
            return
        self._draw(drawing.histogram)
        self.ready.emit()

    def _draw(self, histogram: "Histogram") -> None:
        from explorer.ui.histogram.plot import HistogramPlot, outside  # noqa: PLC0415 - brings pyqtgraph

        if self._plot is None:
            self._plot = HistogramPlot()
            self._plot.pointed.connect(self._read_out)
            self._drawn.insertWidget(0, self._plot, 1)
        self._plot.set_log(self.log.isChecked())
        self._plot.show_histogram(histogram)
        parts = [plural(histogram.total, "finite value"), plural(histogram.counts.size, "bin"), *outside(histogram)]
        self._summary = " · ".join(part for part in parts if part)
        self._read_out("")
        self._body.setCurrentWidget(self._plot_page)

    @Slot(str)
    def _read_out(self, text: str) -> None:
        self.readout.setText(text or self._summary)

    @Slot(bool)
    def _set_log(self, log: bool) -> None:
        if self._plot is not None:
            self._plot.set_log(log)

    def _say(self, sentence: str, *, offer: bool = False) -> None:
        self._show_message(sentence, offer=offer)
        self.ready.emit()

    def _show_message(self, sentence: str, *, offer: bool = False) -> None:
        self.message.setText(sentence)
        self.compute.setVisible(offer)
        self._body.setCurrentWidget(self._message_page)


def _work(
    open_blocks: "Callable[[], tuple[Blocks, int, int]]",
    tensor: TensorInfo,
    statistics: "Statistics | None",
    robust: bool,
    bins: int,
    report: Report,
) -> Drawing:
    """In the worker: measure, unless that was done, and count."""
    from explorer.analysis.histogram import count_bins  # noqa: PLC0415 - brings numpy
    from explorer.analysis.statistics import measure  # noqa: PLC0415 - as above

    blocks, total, multiplicity = open_blocks()
    before = 0
    if statistics is None:
        statistics = measure(blocks, total, lambda done, _all, what: report(done, 2 * total, what), multiplicity)
        before = total
    low, high = _range(statistics, robust=robust)
    histogram = count_bins(
        blocks,
        total,
        lambda done, _all, what: report(before + done, before + total, what),
        low,
        high,
        bins,
        multiplicity,
    )
    return Drawing(tensor, statistics, histogram)


def _range(statistics: "Statistics", *, robust: bool) -> tuple[float, float]:
    from explorer.analysis.histogram import robust_range  # noqa: PLC0415 - brings numpy

    low, high = float(statistics.min or 0), float(statistics.max or 0)
    if not robust:
        return low, high
    inner_low, inner_high = robust_range(statistics)
    # Halves, because the whole span may be more than float64 holds.
    wide_enough = inner_high / 2 - inner_low / 2 >= _COLLAPSED * (high / 2 - low / 2)
    return (inner_low, inner_high) if wide_enough else (low, high)
