"""The panel about the values of what is selected: facts, histogram and statistics, computed in the background."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QSplitter, QVBoxLayout

from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.checkpoint.tree import Layer
from explorer.devices.placement import IN_FILE
from explorer.formatting import UNNAMED, visible
from explorer.tasks.jobs import Jobs
from explorer.ui.failures import why
from explorer.ui.head import Head
from explorer.ui.histogram.bar import HistogramBar
from explorer.ui.histogram.counting import Counting
from explorer.ui.histogram.drawing import Drawing, Drawings, Subject, Wanted
from explorer.ui.histogram.facts import StatisticsGrid, exact_facts, facts
from explorer.ui.histogram.fitting import why_no_log
from explorer.ui.histogram.layer_work import LayersMeasured, about_layer, layer_subject, left_out, nothing_to_draw
from explorer.ui.histogram.name_lines import NameLines
from explorer.ui.histogram.plot_actions import NOTHING, PlotActions
from explorer.ui.histogram.view import HistogramView
from explorer.ui.layer_table.children import Children
from explorer.ui.plots.plot_body import PlotBody
from explorer.ui.plots.scrolled_plot import ScrolledPlot
from explorer.ui.running.current_job import CurrentJob
from explorer.ui.session import Session
from explorer.ui.settings import Settings
from explorer.ui.tensor_views import OtherLooks, TensorLook, TensorView, nothing_to_see
from explorer.ui.usual import set_usual_sizes

if TYPE_CHECKING:
    from explorer.analysis.draw.axes import Bins
    from explorer.analysis.layer_figures import LayerFigures
    from explorer.analysis.measure.numbers import Array
    from explorer.analysis.measure.statistics import Blocks, Statistics
    from explorer.ui.measuring.measurements import Measurements

OpenBlocks = Callable[[Checkpoint, TensorInfo], "tuple[Blocks, int, int]"]
"""Called in the worker: the blocks of a tensor, how many elements they hold, and how many each stands for."""

SampleOf = Callable[[Checkpoint, TensorInfo], "Array"]
"""Likewise: some of its values, from all over it."""

Shown = TensorInfo | Layer


class HistogramPanel(QFrame):
    """Shows a tensor, or a layer. Another one cancels the work for the last one.

    Signals:
        ready: Nothing is pending any more: what there is to show is shown.
        measured: Statistics that were not known before: a dict by the tensor's number.
    """

    ready = Signal()
    measured = Signal(object)

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        open_blocks: OpenBlocks,
        read_sample: SampleOf,
        settings: Settings,
        measurements: "Measurements | None" = None,
        looks: "Mapping[TensorView, TensorLook] | None" = None,
    ) -> None:
        """Make the panel; nothing is shown in it.

        Args:
            session: Tells what is open.
            jobs: Does the work.
            open_blocks: Gives the values of a tensor, in the worker; raises `CheckpointError` where it cannot.
            read_sample: Gives some of the values, likewise.
            settings: Remember how histograms are drawn.
            measurements: Know what was measured before; None for nothing.
            looks: Other ways to look at a tensor, which is shown by the one that is chosen.
        """
        super().__init__()
        self._session = session
        self._jobs = jobs
        self._open_blocks = open_blocks
        self._read_sample = read_sample
        self._settings = settings
        self._measurements = measurements
        self.looks = OtherLooks(looks or {})
        self._shown: Shown | None = None
        self._subject: Subject | None = None
        self._figures: LayerFigures | None = None
        self._statistics: Statistics | None = None
        self._layers = LayersMeasured()
        self._pinned: Drawing | None = None
        self._frozen: Bins | None = None
        self._brief = False
        self.setProperty("panel", True)
        self.setAccessibleName("Values")
        self.plot_actions = PlotActions(self)
        self.bar = HistogramBar(self.plot_actions, settings.histogram)
        self.view = HistogramView(self.plot_actions, settings)
        self.body = PlotBody(self.view, "the statistics", "Compute", self.plot_actions, NOTHING)
        self._job = CurrentJob(jobs, self.body.progress)
        self._counting = Counting(jobs, self._job)
        self._build()
        self._connect()
        self._show_values(None)

    def _build(self) -> None:
        self.head = Head()
        self.lines = NameLines(self._session)
        self.head.add(self.lines)
        self.grid = StatisticsGrid()
        self.children_table = Children(self._settings, self._jobs)
        self.halves = QSplitter(Qt.Orientation.Vertical)
        self.halves.addWidget(ScrolledPlot(self.body, self.grid))
        self.halves.addWidget(self.children_table)
        set_usual_sizes(self.halves, [480, 200])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        layout.addWidget(self.head)
        layout.addWidget(self.looks.views)
        layout.addWidget(self.bar)
        layout.addWidget(self.halves, 1)
        layout.addWidget(self.looks, 1)

    def _connect(self) -> None:
        self._session.opened.connect(self._forget_pinned)
        self._session.placed.connect(self._follow_move)
        self._job.failed.connect(self._on_failure)
        self._job.stopped.connect(self._on_stopped)
        self._counting.estimated.connect(self._draw)
        self._counting.counted.connect(self._on_result)
        self._counting.measures.connect(self._tell_what_is_measured)
        self.looks.views.chosen.connect(self._change_view)
        self.body.page.button.clicked.connect(self._compute)
        self.view.again.clicked.connect(self._compute)
        self.children_table.chosen.connect(self._go_into)
        self.bar.recount.connect(self._recount)
        self.bar.redraw.connect(self._redraw)
        self.plot_actions.freeze.toggled.connect(self._set_frozen)
        self.plot_actions.pin.triggered.connect(self._pin)
        self.plot_actions.unpin.triggered.connect(self._unpin)

    @property
    def busy(self) -> bool:
        """Something is being computed."""
        return self._job.runs or self.looks.busy

    def be_brief(self, brief: bool) -> None:
        """Leave out what can be chosen and what stands below the facts, or show it again."""
        self._brief = brief
        self.head.be_brief(brief)
        self._show_view()

    def show_values(self, shown: Shown | None) -> None:
        """Show a tensor or a layer; what is not known of it is computed.

        Args:
            shown: Any of the open checkpoint; None where something else is shown in the panel's place.
        """
        if shown is not None or self._shown is not None:
            self._show_values(shown)

    def _show_values(self, shown: Shown | None) -> None:
        self._counting.drop()
        self._shown, self._subject, self._figures, self._statistics = shown, None, None, None
        if isinstance(shown, TensorInfo) and self._measurements is not None:
            self._statistics = self._measurements.of(shown.number)
        self.grid.show_statistics(self._statistics)
        self.children_table.show_children([], "")
        self.children_table.setVisible(isinstance(shown, Layer))
        for part in (self.head, self.grid):
            part.setVisible(shown is not None)
        self.lines.show_of(shown)
        self.bar.show_views(shown=isinstance(shown, Layer) and shown.is_root)
        self._show_view()
        if shown is None:
            self._say("Select a tensor or a layer to see its values.")
            return
        if isinstance(shown, TensorInfo):
            self._tell_tensor(shown)
        else:
            self.head.tell(*about_layer(self._session, shown))
        if self.looks.shown is None:
            self._compute()
        else:
            self._show_message("")

    def _show_view(self) -> None:
        look = self.looks.show_tensor(self._shown if isinstance(self._shown, TensorInfo) else None)
        self.bar.setVisible(self._shown is not None and look is None and not self._brief)
        self.halves.setVisible(look is None)

    @Slot()
    def _change_view(self) -> None:
        self._show_view()
        shown = self.view.shown
        if self.looks.shown is not None:
            # What is hidden waits: what is looked at comes first.
            self._counting.drop()
        elif shown is None or not shown.histogram.exact:
            self._compute()

    def _tell_tensor(self, tensor: TensorInfo) -> None:
        here = IN_FILE if tensor.storage is None else self._session.place_of_storage(tensor.storage.number)
        self.head.tell(visible(tensor.key) or UNNAMED, facts(tensor, here), exact_facts(tensor, here))

    @Slot()
    def _follow_move(self) -> None:
        if isinstance(self._shown, TensorInfo):
            self._tell_tensor(self._shown)

    @Slot()
    def _compute(self) -> None:
        """Count again; measure first, where that was not done yet."""
        self._counting.drop()
        checkpoint, shown = self._session.checkpoint, self._shown
        if checkpoint is None or shown is None:
            return
        if isinstance(shown, TensorInfo):
            self._compute_tensor(checkpoint, shown)
        elif self._figures is not None:
            self._start(self._figures.whole)
        else:
            self._show_message("")
            known = {} if self._measurements is None else self._measurements.known()
            self._job.start(partial(self._layers.figures, checkpoint, shown, known), "layer", self._on_layer)

    def _compute_tensor(self, checkpoint: Checkpoint, tensor: TensorInfo) -> None:
        nothing = nothing_to_see(tensor)
        if nothing:
            self._say(nothing)
        else:
            if self._statistics is None:
                self._show_message("")  # the last picture must not stand under this one's name
            self._subject = Subject(
                tensor.key,
                "tensor",
                tensor.kind.stored_numel,
                open=partial(self._open_blocks, checkpoint, tensor),
                sample=partial(self._read_sample, checkpoint, tensor),
            )
            self._start(self._statistics)

    @Slot(object)
    def _on_layer(self, figures: "LayerFigures") -> None:
        checkpoint, layer = self._session.checkpoint, self._shown
        if checkpoint is None or not isinstance(layer, Layer):
            return
        self._figures = figures
        self.measured.emit(figures.measured)
        self._statistics = figures.whole
        self._subject = layer_subject(checkpoint, layer, figures)
        self.children_table.show_children(figures.children, self._subject.name, layer)
        self.grid.show_statistics(figures.whole)
        self._start(figures.whole)

    def _start(self, statistics: "Statistics | None") -> None:
        """Draw the subject; a layer's statistics are None where nothing of it can be read."""
        subject = self._subject
        if subject is None or (self._figures is not None and (statistics is None or not statistics.finite)):
            self._say(nothing_to_draw(self._shown) or f"No finite value to draw.{self._left_out()}")
            return
        pinned, frozen = self._pinned, self._frozen
        self._counting.begin(Wanted(subject, self._statistics or statistics, self.bar.choices, frozen, pinned))

    @Slot(bool)
    def _tell_what_is_measured(self, measures: bool) -> None:
        tensor = self._shown if measures else None
        if self._measurements is not None:
            self._measurements.leave(tensor.number if isinstance(tensor, TensorInfo) else None)

    @Slot()
    def _on_stopped(self) -> None:
        self._counting.drop()
        self._give_up("Cancelled.")

    @Slot(object)
    def _on_failure(self, error: Exception) -> None:
        self._counting.drop()
        self._give_up(why(error), failed=True)

    def _give_up(self, sentence: str, *, failed: bool = False) -> None:
        shown, subject = self.view.shown, self._subject
        if shown is None or subject is None or shown.subject.name != subject.name:
            self._say(f"{sentence}{self._left_out()}", offer=True, failed=failed)
        else:
            # What is known stays, and still says that it is an estimate.
            self.view.offer_again(sentence, failed=failed)
            self.ready.emit()

    @Slot(object)
    def _on_result(self, drawings: Drawings) -> None:
        shown, pinned = drawings
        tensor, first = self._shown, self._statistics is None
        self._statistics = shown.statistics
        self.grid.show_statistics(shown.statistics)
        if first and isinstance(tensor, TensorInfo):
            self.measured.emit({tensor.number: shown.measured})
        if pinned is not None and self._pinned is not None:
            self._pinned = pinned
        if shown.histogram.counts.size == 0:
            self._say(f"No finite value to draw.{self._left_out()}")
            return
        self._draw(drawings)
        self.ready.emit()

    @Slot(object)
    def _draw(self, drawings: Drawings) -> None:
        self.view.draw(drawings, self.bar.choices, self._left_out(), frozen=self._frozen is not None)
        self.body.show_plot()
        self._show_state()

    def _left_out(self) -> str:
        """What is missing in a layer's histogram, as a sentence after another; "" for nothing."""
        if self._figures is None or not isinstance(self._shown, Layer):
            return ""
        return left_out(self._shown, self._figures)

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
        if not frozen or self.busy:
            self._compute()

    @Slot()
    def _pin(self) -> None:
        shown = self.view.shown
        if shown is not None:
            self._pinned = shown
            self._draw(Drawings(shown, shown))
            if self.busy:
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

    @Slot(int)
    def _go_into(self, row: int) -> None:
        checkpoint, layer = self._session.checkpoint, self._shown
        if checkpoint is not None and isinstance(layer, Layer):
            part = layer.children[row]
            self._session.select(checkpoint.tensors[part] if isinstance(part, int) else part)

    def _show_state(self) -> None:
        """Have every control say what can be done now."""
        frozen = self._frozen is not None
        kind = "tensor" if self._subject is None else self._subject.kind
        why = "" if self._statistics is None else why_no_log(self._statistics, f"this {kind}")
        if not why and self._pinned is not None:
            why = why_no_log(self._pinned.statistics, f"the pinned {self._pinned.subject.kind}")
        # What is only estimated is neither kept nor taken elsewhere: the counts are about to come.
        drawn = self.view.shown is not None and self.view.shown.histogram.exact
        why_not = "" if drawn else self.body.why_nothing
        self.plot_actions.allow(why_not=why_not, pinned=self._pinned is not None, frozen=frozen, why_no_log=why)
        self.bar.show_state(frozen=frozen)

    def _say(self, sentence: str, *, offer: bool = False, failed: bool = False) -> None:
        self._show_message(sentence, offer=offer, failed=failed)
        self.ready.emit()

    def _show_message(self, sentence: str, *, offer: bool = False, failed: bool = False) -> None:
        self.view.clear()
        self.body.say(sentence, offer=offer, failed=failed)
        self._show_state()
