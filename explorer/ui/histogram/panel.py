"""The panel about the selected tensor: its facts, its histogram and its statistics, computed in the background."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.checkpoint.errors import CheckpointError
from explorer.formatting import UNNAMED, visible
from explorer.tasks.jobs import Job, Jobs
from explorer.ui import theme
from explorer.ui.failures import why
from explorer.ui.histogram.bar import HistogramBar
from explorer.ui.histogram.drawing import PREVIEW_ELEMENTS, Drawing, Drawings, Wanted, draw, draw_preview, why_no_log
from explorer.ui.histogram.facts import StatisticsGrid, exact_facts, facts
from explorer.ui.histogram.plot_actions import PlotActions
from explorer.ui.histogram.storage_line import StorageLine
from explorer.ui.histogram.view import HistogramView
from explorer.ui.progress_row import ProgressRow
from explorer.ui.session import Session
from explorer.ui.settings import Settings
from explorer.ui.text import ElidedLabel, label, set_tooltip

if TYPE_CHECKING:
    from explorer.analysis.axes import Bins
    from explorer.analysis.numbers import Array
    from explorer.analysis.statistics import Blocks, Statistics

OpenBlocks = Callable[[Checkpoint, TensorInfo], "tuple[Blocks, int, int]"]
"""Called in the worker: the blocks of a tensor, how many elements they hold, and how many each stands for."""

SampleOf = Callable[[Checkpoint, TensorInfo], "Array"]
"""Likewise: some of its values, from all over it."""


class Pinned(NamedTuple):
    """The tensor that stays as an outline: as it was drawn last, and the checkpoint it is from."""

    drawing: Drawing
    checkpoint: Checkpoint


class TensorPanel(QFrame):
    """Shows the tensor that the session has selected. A new selection cancels the work for the last one.

    Signals:
        ready: Nothing is pending any more: what there is to show is shown.
        statistics_ready: A `TensorInfo` and its `Statistics`, once for each selection that was measured.
    """

    ready = Signal()
    statistics_ready = Signal(object, object)

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        open_blocks: OpenBlocks,
        read_sample: SampleOf,
        settings: Settings,
        known: "Callable[[int], Statistics | None]" = lambda _number: None,
        parent: QWidget | None = None,
    ) -> None:
        """Make the panel.

        Args:
            session: Tells what is selected.
            jobs: Does the work.
            open_blocks: Gives the values, in the worker; raises `CheckpointError` where it cannot.
            read_sample: Gives some of the values, likewise.
            settings: Remember how histograms are drawn.
            known: Looks up statistics that were measured before, by the tensor's number.
            parent: What the panel stands in.
        """
        super().__init__(parent)
        self._session = session
        self._jobs = jobs
        self._open_blocks = open_blocks
        self._read_sample = read_sample
        self._settings = settings
        self._known = known
        self._job: Job | None = None
        self._preview_job: Job | None = None
        self._tensor: TensorInfo | None = None
        self._statistics: Statistics | None = None
        self._pinned: Pinned | None = None
        self._frozen: Bins | None = None
        self.plot_actions = PlotActions(self)
        self.bar = HistogramBar(self.plot_actions, settings.histogram)
        self.view = HistogramView(self.plot_actions, settings)
        self.setProperty("panel", True)
        self.setAccessibleName("Tensor")
        self.progress = ProgressRow("the statistics")
        self.progress.cancel_asked.connect(self._cancel)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        layout.addWidget(self._make_header())
        layout.addWidget(self.bar)
        layout.addWidget(self._make_body(), 1)
        layout.addWidget(self.progress)
        self.grid = StatisticsGrid()
        layout.addWidget(self.grid)
        self._connect()
        self._select(session.tensor)

    def _connect(self) -> None:
        self._session.opened.connect(self._forget_pinned)
        self._session.selection_changed.connect(self._select)
        self.bar.recount.connect(self._recount)
        self.bar.redraw.connect(self._redraw)
        self.plot_actions.freeze.toggled.connect(self._set_frozen)
        self.plot_actions.pin.triggered.connect(self._pin)
        self.plot_actions.unpin.triggered.connect(self._unpin)

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
        self.storage = StorageLine()
        layout.addWidget(self.storage)
        return self._header

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
        self._body = QStackedWidget()
        self._body.addWidget(self._message_page)
        self._body.addWidget(self.view)
        return self._body

    @Slot(object)
    def _select(self, selected: object) -> None:
        tensor = selected if isinstance(selected, TensorInfo) else None
        self._drop_job()
        self._tensor = tensor
        self._statistics = None if tensor is None else self._known(tensor.number)
        self.grid.show_statistics(self._statistics)
        for part in (self._header, self.bar, self.grid):
            part.setVisible(tensor is not None)
        if tensor is None:
            self._say("Select a tensor or a layer to see its values.")
            return
        self.key.setText(visible(tensor.key) or UNNAMED)
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
        wanted = Wanted(
            tensor,
            partial(self._open_blocks, checkpoint, tensor),
            self._statistics,
            self.bar.choices,
            self._frozen,
            sample=partial(self._read_sample, checkpoint, tensor),
        )
        if self._pinned is not None:
            drawing, source = self._pinned
            wanted = replace(
                wanted,
                pinned=drawing,
                open_pinned=partial(self._open_blocks, source, drawing.tensor),
                sample_pinned=partial(self._read_sample, source, drawing.tensor),
            )
        if tensor.kind.stored_numel > PREVIEW_ELEMENTS:
            self._preview_job = Job(partial(draw_preview, wanted), name=f"Preview of {visible(tensor.key)}")
            self._preview_job.succeeded.connect(self._on_preview)
            self._preview_job.failed.connect(self._on_no_preview)
            self._jobs.start(self._preview_job)
        work = partial(draw, wanted)
        self._job = Job(work, name=f"Statistics of {visible(tensor.key)}")
        self._job.progressed.connect(self.progress.follow)
        self._job.succeeded.connect(self._on_result)
        self._job.failed.connect(self._on_failure)
        self._job.stopping.connect(self._on_stopping)
        self.progress.begin()
        self._jobs.start(self._job)

    def _drop_job(self) -> None:
        jobs = (self._preview_job, self._job)
        self._preview_job = self._job = None
        self.progress.end()
        for job in jobs:
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

    @Slot(object)
    def _on_failure(self, error: Exception) -> None:
        self._drop_job()
        self._say(why(error))

    @Slot(object)
    def _on_preview(self, drawings: Drawings | None) -> None:
        if drawings is not None:
            self._draw(drawings)

    @Slot(object)
    def _on_no_preview(self, error: Exception) -> None:
        # All values are about to be read, where it will be told that the file cannot be.
        if not isinstance(error, CheckpointError):
            why(error)

    @Slot(object)
    def _on_result(self, drawings: Drawings) -> None:
        self._drop_job()
        shown, pinned = drawings
        first = self._statistics is None
        self._statistics = shown.statistics
        self.grid.show_statistics(shown.statistics)
        if first:
            self.statistics_ready.emit(shown.tensor, shown.statistics)
        if pinned is not None and self._pinned is not None:
            self._pinned = self._pinned._replace(drawing=pinned)
        if shown.histogram.counts.size == 0:
            self._say("No finite value to draw.")
            return
        self._draw(drawings)
        self.ready.emit()

    def _draw(self, drawings: Drawings) -> None:
        self.view.draw(drawings, self.bar.choices, frozen=self._frozen is not None)
        self._body.setCurrentWidget(self.view)
        self._show_state()

    @Slot()
    def _recount(self) -> None:
        self._settings.histogram = self.bar.choices
        self._show_state()
        self._compute()

    @Slot()
    def _redraw(self) -> None:
        self._settings.histogram = self.bar.choices
        self.view.redraw(self.bar.choices, frozen=self._frozen is not None)

    @Slot(bool)
    def _set_frozen(self, frozen: bool) -> None:
        shown = self.view.shown
        self._frozen = shown.bins if frozen and shown is not None else None
        self.view.redraw(self.bar.choices, frozen=self._frozen is not None)
        self._show_state()
        if not frozen or self._job is not None:
            self._compute()

    @Slot()
    def _pin(self) -> None:
        shown, checkpoint = self.view.shown, self._session.checkpoint
        if shown is not None and checkpoint is not None:
            self._pinned = Pinned(shown, checkpoint)
            self._draw(Drawings(shown, shown))
            if self._job is not None:
                # What it makes would not know of the pinned one.
                self._compute()

    @Slot()
    def _unpin(self) -> None:
        self._pinned = None
        self._show_state()
        self._compute()

    @Slot()
    def _forget_pinned(self) -> None:
        # It is from the file that was open before, which may be gone by now.
        self._pinned = None

    def _show_state(self) -> None:
        """Have every control say what can be done now."""
        frozen = self._frozen is not None
        why = "" if self._statistics is None else why_no_log(self._statistics)
        if not why and self._pinned is not None:
            why = why_no_log(self._pinned.drawing.statistics, "the pinned")
        # What is only estimated is neither kept nor taken elsewhere: the counts are about to come.
        drawn = self.view.shown is not None and self.view.shown.histogram.exact
        self.plot_actions.allow(drawn=drawn, pinned=self._pinned is not None, frozen=frozen, why_no_log=why)
        self.bar.show_state(frozen=frozen)

    def _say(self, sentence: str, *, offer: bool = False) -> None:
        self._show_message(sentence, offer=offer)
        self.ready.emit()

    def _show_message(self, sentence: str, *, offer: bool = False) -> None:
        self.view.clear()
        self._show_state()
        self.message.setText(sentence)
        self.compute.setVisible(offer)
        self._body.setCurrentWidget(self._message_page)
