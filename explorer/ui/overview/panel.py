"""The panel about the whole file: a column for each tensor, filled as statistics arrive."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from explorer import formatting
from explorer.analysis.told_words import ToldWords
from explorer.checkpoint.tree import Layer
from explorer.progress import Report
from explorer.ui.allowing import OPEN_FIRST
from explorer.ui.failures import why
from explorer.ui.file_line import FileLine
from explorer.ui.file_views import FileViews
from explorer.ui.head import Head
from explorer.ui.measuring.measurements import Measurements
from explorer.ui.overview.choices import OverviewChoices
from explorer.ui.overview.view import OverviewView
from explorer.ui.overview.words import NO_TENSORS, NONE_FITS, exact_facts, file_facts
from explorer.ui.plots.export_actions import ExportActions, export_button
from explorer.ui.plots.plot_body import PlotBody, choice
from explorer.ui.running.current_job import CurrentJob
from explorer.ui.session import Session
from explorer.ui.settings import Settings
from explorer.ui.text import set_tooltip

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from explorer.analysis.draw.overview import Filled, Overview
    from explorer.analysis.measure.statistics import Statistics

_AFTER_PAINT_MS: Final = 100
"""The tree is painted first: a worker that starts at once would take Python's lock from it."""
_REDRAW_MS: Final = 250


class OverviewPanel(QFrame):
    """Shows the tensors that it is told to. While something else is shown in its place, it rests.

    Signals:
        chosen: The number of a tensor that is to be selected.
    """

    chosen = Signal(int)

    def __init__(self, session: Session, measurements: Measurements, settings: Settings) -> None:
        """Make the panel.

        Args:
            session: Tells what is open.
            measurements: Knows the figures of tensors, tells when there are more, and lends its worker.
            settings: Remember the folder that was saved to.
        """
        super().__init__()
        self._session = session
        self._measurements = measurements
        self._root: Layer | None = None
        self._overview: Overview | None = None
        self._told: ToldWords | None = None
        self._news: list[int] = []
        self._taken: list[int] = []
        self._resting, self._outdated = True, False
        self.setProperty("panel", True)
        self.setAccessibleName("Overview of the file")
        self.plot_actions = ExportActions("a line for each tensor", self)
        self.views = FileViews("overview")
        self.export = export_button(self.plot_actions)
        self.view = OverviewView(self.plot_actions, settings, measurements)
        self._begin_timer = QTimer(self, singleShot=True, interval=_AFTER_PAINT_MS)
        self._begin_timer.timeout.connect(self._begin)
        self._fill_timer = QTimer(self, singleShot=True, interval=_REDRAW_MS)
        self._fill_timer.timeout.connect(self._fill)
        self._timers = (self._begin_timer, self._fill_timer)
        self.body = PlotBody(self.view, "the overview", "Draw", self.plot_actions, OPEN_FIRST)
        self._job = CurrentJob(measurements.jobs, self.body.progress)
        self._job.failed.connect(self._fail)
        self._job.stopped.connect(self._stopped)
        self._build()
        self.view.chosen.connect(self.chosen)
        self.view.compute_asked.connect(self._compute_all)
        measurements.measured.connect(self._take_in)
        measurements.began.connect(self._show_offer)
        measurements.ended.connect(self._finish)

    def _build(self) -> None:
        self.head = Head()
        self.file_line = FileLine(self._session)
        self.head.add(self.file_line)
        self.integers = choice("Show integers", "")
        self.integers.toggled.connect(self._start_anew)
        self.choices = OverviewChoices()
        self.choices.figure_chosen.connect(self.view.show_figure)
        self.choices.kind_chosen.connect(self._start_anew)
        bar = QFrame()
        bar.setProperty("bar", True)
        row = QHBoxLayout(bar)
        row.setContentsMargins(0, 0, 4, 0)
        row.setSpacing(4)
        row.addWidget(self.views, 0, Qt.AlignmentFlag.AlignBottom)
        row.addStretch(1)
        row.addWidget(self.choices)
        row.addWidget(self.integers)
        row.addWidget(self.export)
        self.body.page.button.clicked.connect(self._start_anew)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        layout.addWidget(self.head)
        layout.addWidget(bar)
        layout.addWidget(self.body, 1)
        self._say("")

    @property
    def busy(self) -> bool:
        """There is more to be drawn."""
        return self._job.runs or any(timer.isActive() for timer in self._timers)

    def show_tensors(self, root: Layer | None) -> None:
        """Show a column for each tensor, and follow what becomes known of them.

        Args:
            root: All of a file, or of what its filter finds; None where it has no tensors.
        """
        self._resting = False
        checkpoint = self._session.checkpoint
        if checkpoint is None:
            return
        shown = checkpoint, self._session.entry, root
        name = formatting.visible(checkpoint.path.name)
        self.head.tell(name, file_facts(*shown), exact_facts(*shown), file_facts(*shown, verdict=False))
        before, self._root = self._root, root
        if root is None or not root.numbers:
            self._forget()
            entry = self._session.entry
            self._say(NONE_FITS if entry is not None and entry.tensors else NO_TENSORS)
        elif before is None or before.table is not root.table:
            self._start_anew()
        elif before.numbers is not root.numbers:
            self._follow_filter()
        elif self._overview is None or self._outdated:
            self._begin_timer.start()
        else:
            self._show_overview()

    def rest(self) -> None:
        """Do no work until there is something to show again."""
        self._resting = True
        self._stop()

    @Slot()
    def cancel(self) -> None:
        """Stop what runs; it can be asked for again."""
        self._job.cancel()

    def _stop(self) -> None:
        self._job.drop()
        self._put_back()
        for timer in self._timers:
            timer.stop()

    def _forget(self) -> None:
        self._stop()
        self._overview, self._outdated = None, False
        self._news = []

    @Slot()
    def _start_anew(self) -> None:
        self._forget()
        self._say("")
        if self._root is not None and not self._resting:
            self._begin_timer.start()

    def _follow_filter(self) -> None:
        """Draw other tensors of the same file; the last picture stays until then, so that nothing flickers."""
        self._stop()
        self._outdated = self._overview is not None
        if self._overview is None:
            self._say("")
        else:
            self._show_overview()
        self._begin_timer.start()

    def _begin(self) -> None:
        if self._root is None:
            return
        self._news = []
        measurements = self._measurements
        known, problems = measurements.known(), measurements.unreadable()
        checkpoint, kind = self._session.checkpoint, self.choices.kind
        if checkpoint is not None and (self._told is None or self._told.checkpoint is not checkpoint):
            self._told = ToldWords(checkpoint)
        told = None if self._told is None or not kind else partial(self._told, "kind")
        work = partial(_prepare, self._root, known, problems, told, kind, integers=self.integers.isChecked())
        self._job.start(work, "overview", self._show_prepared)

    @Slot(object)
    def _show_prepared(self, overview: "Overview") -> None:
        if not len(overview):
            self._forget()
            self._say(f"None of these tensors is in a layer of the kind ‘{self.choices.kind}’.")
            return
        self._overview, self._outdated = overview, False
        self._show_overview()

    def _show_overview(self) -> None:
        # First the plot gets its room, or it would be laid out twice.
        self.body.show_plot()
        self._draw()
        self._show_state()
        self._go_on()

    @Slot(list)
    def _take_in(self, numbers: list[int]) -> None:
        self._news += numbers
        self._go_on()

    def _go_on(self) -> None:
        """Fill what became known, before long: more may become known meanwhile."""
        idle = not self._job.runs and not self._fill_timer.isActive()
        if self._news and idle and self._overview is not None and not self._resting:
            self._fill_timer.start()
        self._show_offer()

    @Slot()
    def _finish(self) -> None:
        """Nothing more is going to be known: fill at once."""
        if self._fill_timer.isActive():
            self._fill_timer.stop()
            self._fill()
        self._show_offer()

    def _fill(self) -> None:
        if self._overview is None:
            return
        self._taken, self._news = self._news, []
        measurements = self._measurements
        work = partial(_filled, self._overview.numbers, self._taken, measurements.known(), measurements.unreadable())
        self._job.start(work, "overview", self._show_filled)

    @Slot(object)
    def _show_filled(self, filled: "Filled") -> None:
        self._taken = []
        if self._overview is not None:
            self._overview.take(filled)
            self._draw()
        self._go_on()

    def _draw(self) -> None:
        if self._overview is not None:
            self.view.draw(self._overview, self.head.name.text(), self.head.facts.text())

    def _put_back(self) -> None:
        """What was taken up and not filled is still to be filled."""
        self._news, self._taken = self._taken + self._news, []

    @Slot()
    def _stopped(self) -> None:
        self._put_back()
        if self._overview is None or self._outdated:
            self._forget()
            self._say("Cancelled.", offer=True)
        self._show_offer()

    @Slot(object)
    def _fail(self, error: Exception) -> None:
        self._forget()
        self._say(f"The overview cannot be shown: {why(error)}", offer=True, failed=True)

    @Slot()
    def _compute_all(self) -> None:
        self._measurements.compute_all()
        self._go_on()

    @Slot()
    def _show_offer(self) -> None:
        """Offer to compute what nothing computes."""
        waits = self._job.runs or self._fill_timer.isActive() or self._measurements.measuring_all
        offered = self._overview is not None and not self._overview.complete and not waits
        self.view.offer_compute(offered=offered)

    def _say(self, sentence: str, *, offer: bool = False, failed: bool = False) -> None:
        self.view.clear()
        self.body.say(sentence, offer=offer, failed=failed)
        self._show_state()

    def _show_state(self) -> None:
        overview = self._overview
        some = overview is not None and (overview.left_out > 0 or self.integers.isChecked())
        self.integers.setEnabled(some)
        shows = "Give counters, and tensors of integers and booleans, such as masks, a column too."
        none = "There are no counters, and no tensors of integers or booleans, that could be shown."
        set_tooltip(self.integers, shows if some or overview is None else none)


def _prepare(
    root: Layer,
    known: "Mapping[int, Statistics]",
    problems: Collection[int],
    told: Callable[[], Sequence[str]] | None,
    layer_kind: str,
    report: Report,
    *,
    integers: bool,
) -> "Overview":
    # NumPy is imported on the worker, behind the window.
    from explorer.analysis.draw.overview import fill, overview_of  # noqa: PLC0415

    numbers = root.numbers
    if told is not None:
        kinds = told()
        numbers = [number for number in numbers if kinds[number] == layer_kind]
    overview = overview_of(root.table, numbers, report, integers=integers)
    if len(overview):
        overview.take(fill(overview.numbers, numbers, known, problems, report))
    return overview


def _filled(
    numbers: "NDArray[np.int64]",
    news: Collection[int],
    known: "Mapping[int, Statistics]",
    problems: Collection[int],
    report: Report,
) -> "Filled":
    from explorer.analysis.draw.overview import fill  # noqa: PLC0415 - as above

    return fill(numbers, news, known, problems, report)
