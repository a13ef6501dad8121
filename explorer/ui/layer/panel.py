"""The panel about a layer: all its values in one histogram, and a table of what is in it."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from explorer import formatting
from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.tree import Layer
from explorer.progress import Report
from explorer.tasks.jobs import Job, Jobs
from explorer.ui import theme
from explorer.ui.failures import why
from explorer.ui.file_views import FileViews
from explorer.ui.histogram.facts import StatisticsGrid
from explorer.ui.layer.table import ChildrenModel, ChildrenTable
from explorer.ui.measurements import Measurements
from explorer.ui.overview.words import file_facts, layer_facts
from explorer.ui.progress_row import ProgressRow
from explorer.ui.session import Session
from explorer.ui.text import ElidedLabel, label

if TYPE_CHECKING:
    from explorer.analysis.histogram import Histogram
    from explorer.analysis.layer_figures import LayerFigures
    from explorer.analysis.statistics import Statistics
    from explorer.ui.histogram.plot import HistogramPlot


class LayerPanel(QFrame):
    """Shows a layer. Another one cancels the work for the last one.

    Attributes:
        views: The switch to the other view of a file, while a whole one is shown.

    Signals:
        ready: What there is to show is shown.
    """

    ready = Signal()

    def __init__(self, session: Session, jobs: Jobs, measurements: Measurements) -> None:
        """Make the panel.

        Args:
            session: Tells what is open.
            jobs: Does the work.
            measurements: Knows the figures of tensors, and is told new ones.
        """
        super().__init__()
        self.setProperty("panel", True)
        self.setAccessibleName("Layer")
        self._session = session
        self._jobs = jobs
        self._measurements = measurements
        self._job: Job | None = None
        self._layer: Layer | None = None
        self._plot: HistogramPlot | None = None
        self._summary = ""
        self.progress = ProgressRow("the layer's statistics")
        self.progress.cancel_asked.connect(self._cancel)
        self._build()

    def _build(self) -> None:
        self.name = ElidedLabel()
        self.name.setFont(theme.title_font(self.name.font()))
        self.facts = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self.facts.setProperty("muted", True)
        self.said = label(wrap=True, muted=True)
        self.said.setContentsMargins(12, 4, 12, 4)
        self.children_model = ChildrenModel()
        self.children_model.setParent(self)
        self.table = ChildrenTable(self.children_model)
        self.table.chosen.connect(self._go_into)
        self.grid = StatisticsGrid()
        drawn = QWidget()
        self._drawn = QVBoxLayout(drawn)
        self._drawn.setContentsMargins(0, 0, 0, 0)
        self._drawn.addWidget(self.said)
        self._drawn.addWidget(self.progress)
        self._drawn.addWidget(self.grid)
        self.halves = QSplitter(Qt.Orientation.Vertical)
        self.halves.setChildrenCollapsible(False)
        self.halves.addWidget(drawn)
        self.halves.addWidget(self.table)
        self.halves.setSizes([420, 260])
        head = QWidget()
        lines = QVBoxLayout(head)
        lines.setContentsMargins(12, 12, 12, 4)
        lines.setSpacing(0)
        lines.addWidget(self.name)
        lines.addWidget(self.facts)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        layout.addWidget(head)
        layout.addWidget(self._make_views())
        layout.addWidget(self.halves, 1)

    def _make_views(self) -> QWidget:
        self.views = FileViews("histogram")
        self._views_bar = QFrame()
        self._views_bar.setProperty("bar", True)
        row = QHBoxLayout(self._views_bar)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.views)
        row.addStretch(1)
        return self._views_bar

    def _go_into(self, row: int) -> None:
        checkpoint, layer = self._session.checkpoint, self._layer
        if checkpoint is not None and layer is not None:
            part = layer.children[row]
            self._session.select(checkpoint.tensors[part] if isinstance(part, int) else part)

    @property
    def busy(self) -> bool:
        """Something is being computed."""
        return self._job is not None

    def show_layer(self, layer: Layer | None) -> None:
        """Show a layer; what is not known of it is computed.

        Args:
            layer: Any; None where something else is shown in the panel's place.
        """
        self._drop_job()
        self._layer = layer
        checkpoint = self._session.checkpoint
        if layer is None or checkpoint is None:
            return
        self._views_bar.setVisible(layer.is_root)
        self.name.setText(formatting.visible(layer.prefix or layer.name))
        entry = self._session.entry
        self.facts.setText(file_facts(checkpoint, entry, layer) if layer.is_root else layer_facts(layer))
        self.grid.show_statistics(None)
        self.children_model.show_children([])
        self._summary = ""
        self._say("")
        if self._plot is not None:
            self._plot.hide()
        known = self._measurements.known()
        self._start(partial(_figures, checkpoint, layer, known), self._show)

    def _start(self, work: Callable[[Report], object], then: object) -> None:
        self._job = Job(work, name="layer")
        self._job.progressed.connect(self.progress.follow)
        self._job.succeeded.connect(then)
        self._job.failed.connect(self._fail)
        self._job.stopping.connect(self._stopped)
        self.progress.begin()
        self._jobs.start(self._job)

    def _drop_job(self) -> None:
        job, self._job = self._job, None
        self.progress.end()
        if job is not None:
            job.cancel()

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _stopped(self, job: Job) -> None:
        if job is self._job:
            self._drop_job()
            self._say(f"{self._summary} Cancelled." if self._summary else "Cancelled.")

    def _fail(self, error: Exception) -> None:
        self._drop_job()
        self._say(why(error))

    def _show(self, figures: "LayerFigures") -> None:
        self._drop_job()
        self._measurements.keep(figures.measured)
        self.children_model.show_children(figures.children)
        self.grid.show_statistics(figures.whole)
        left_out = ""
        if figures.unreadable:
            are = "is" if figures.unreadable == 1 else "are"
            left_out = f" {formatting.plural(figures.unreadable, 'tensor')} cannot be read and {are} left out."
        checkpoint, layer = self._session.checkpoint, self._layer
        if figures.histogram is None or checkpoint is None or layer is None:
            self._say(f"No finite value to draw.{left_out}")
            return
        self._draw(figures.histogram)
        values = formatting.plural(figures.histogram.total, "finite value")
        self._summary = f"{values}, estimated from the statistics of each tensor.{left_out}"
        self._say(self._summary)
        work = partial(_exact, checkpoint, layer, figures.histogram)
        self._start(work, partial(self._show_exact, f"{values}, all counted.{left_out}"))

    def _show_exact(self, summary: str, histogram: "Histogram") -> None:
        self._drop_job()
        self._draw(histogram)
        self._summary = summary
        self._say(summary)

    def _draw(self, histogram: "Histogram") -> None:
        from explorer.ui.histogram.plot import HistogramPlot  # noqa: PLC0415 - brings pyqtgraph

        if self._plot is None:
            self._plot = HistogramPlot()
            self._plot.pointed.connect(self._point)
            self._drawn.insertWidget(0, self._plot, 1)
        self._plot.show()
        self._plot.show_histogram(histogram)

    def _point(self, words: str) -> None:
        self.said.setText(words or self._summary)

    def _say(self, sentence: str) -> None:
        self.said.setText(sentence)
        if sentence:
            self.ready.emit()


def _figures(checkpoint: Checkpoint, layer: Layer, known: "dict[int, Statistics]", report: Report) -> "LayerFigures":
    # NumPy is imported on the worker, behind the window.
    from explorer.analysis.layer_figures import layer_figures  # noqa: PLC0415

    return layer_figures(checkpoint, layer, known, report)


def _exact(checkpoint: Checkpoint, layer: Layer, estimate: "Histogram", report: Report) -> "Histogram":
    from explorer.analysis.layer_figures import exact_histogram  # noqa: PLC0415 - as above

    return exact_histogram(checkpoint, layer, estimate, report)
