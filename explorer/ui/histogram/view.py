"""The plot with the words around it: what is pinned above, what is read out and what is worth knowing below."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from explorer.formatting import UNNAMED, count, exact, figure, plural, visible
from explorer.progress import Report
from explorer.ui import theme
from explorer.ui.histogram.drawing import Drawing, Drawings
from explorer.ui.histogram.fitting import collapses, why_no_log
from explorer.ui.histogram.plot_actions import PlotActions
from explorer.ui.plots.picture import Line
from explorer.ui.plots.plot_view import MakeTable, PlotView, Separator
from explorer.ui.plots.scrolled_plot import PLOT_HEIGHT
from explorer.ui.settings import HistogramChoices, Settings
from explorer.ui.text import ElidedLabel, label, set_tone, set_tooltip

if TYPE_CHECKING:
    from explorer.analysis.draw.histogram import Histogram
    from explorer.analysis.measure.statistics import Statistics
    from explorer.ui.histogram.heights import HeightAxis
    from explorer.ui.histogram.plot import HistogramPlot


class HistogramView(PlotView):
    """Draws what it is given, reads it out, and takes it elsewhere."""

    def __init__(self, actions: PlotActions, settings: Settings, parent: QWidget | None = None) -> None:
        """Make the view.

        Args:
            actions: For the plot's menu; those that copy and save are done here.
            settings: Remember the folder that was saved to.
            parent: What it stands in.
        """
        super().__init__("histogram", actions, settings, parent)
        self._drawings: Drawings | None = None
        self._choices = HistogramChoices()
        self._summary = self._left_out = ""
        self._plot: HistogramPlot | None = None
        self.pinned = ElidedLabel()
        self.again = QPushButton("Compute")
        self.again.setProperty("flat", True)
        self.again.hide()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addWidget(self._make_pinned())
        self._layout.addWidget(self.readout)
        below = QHBoxLayout()
        below.setContentsMargins(0, 0, 12, 0)
        below.addWidget(self.notes, 1)
        below.addWidget(self.again)
        self._layout.addLayout(below)
        self.unpin.clicked.connect(actions.unpin.trigger)

    def _make_pinned(self) -> QWidget:
        self._pinned_row = QWidget()
        set_tone(self.pinned, "b")
        self.unpin = QPushButton("×")
        self.unpin.setProperty("flat", True)
        self.unpin.setAccessibleName("Unpin")
        set_tooltip(self.unpin, "Unpin: draw the shown histogram alone again.")
        row = QHBoxLayout(self._pinned_row)
        row.setContentsMargins(12, 4, 12, 0)
        row.setSpacing(4)
        caption = label("Pinned:", tone="b")
        row.addWidget(caption)
        row.addWidget(self.pinned)
        row.addWidget(self.unpin)
        row.addStretch(1)
        self._pinned_row.hide()
        return self._pinned_row

    @property
    def shown(self) -> Drawing | None:
        """What is drawn; None where nothing is."""
        return None if self._drawings is None else self._drawings.shown

    @property
    def pinned_drawing(self) -> Drawing | None:
        """What is drawn as an outline."""
        return None if self._drawings is None else self._drawings.pinned

    @property
    def height_axis(self) -> "HeightAxis | None":
        """The vertical axis that is shown."""
        return None if self._plot is None else self._plot.height_axis

    @property
    def plot(self) -> "HistogramPlot":
        """The plot, which is made when it is first asked for."""
        return self.make_plot()

    @Slot()
    def make_plot(self) -> "HistogramPlot":
        """Make the plot, if there is none yet: while nobody waits for it."""
        from explorer.ui.histogram.plot import HistogramPlot  # noqa: PLC0415 - brings pyqtgraph

        if self._plot is None:
            self._plot = HistogramPlot()
            self._plot.setMinimumHeight(PLOT_HEIGHT)
            self._plot.pointed.connect(self._read_out)
            self._layout.insertWidget(1, self._plot, 1)
        return self._plot

    def draw(self, drawings: Drawings, choices: HistogramChoices, left_out: str = "", *, frozen: bool) -> None:
        """Draw histograms.

        Args:
            drawings: The one that is selected has at least one bin.
            choices: How they are to be drawn.
            left_out: What is missing in the one that is selected, as a sentence; "" for nothing.
            frozen: Keep the axes of the last drawing, if there was one.
        """
        self._drawings, self._choices = drawings, choices
        self._left_out = left_out.strip()
        self.begin_words()
        self.again.hide()
        self.notes.shrink()
        shown, pinned = drawings
        self.plot.set_looks(densities=choices.density, log=choices.log, frozen=frozen)
        self.plot.show_histogram(shown.histogram, shown.bins.axis, pinned.histogram if pinned else None)
        self.pinned.setText((visible(pinned.subject.name) or UNNAMED) if pinned else "")
        self._pinned_row.setVisible(pinned is not None)
        self._summary = " · ".join(part for part in (_summary(shown), self._left_out) if part)
        self._read_out("")
        self.tell()

    def redraw(self, choices: HistogramChoices, *, frozen: bool) -> None:
        """Draw the same counts otherwise."""
        self._choices = choices
        if self._drawings is not None:
            self.plot.set_looks(densities=choices.density, log=choices.log, frozen=frozen)
            self.tell()

    def clear(self) -> None:
        """Forget what is drawn; the plot is not to be seen until the next is."""
        self._drawings = None

    def drawn(self) -> "HistogramPlot | None":
        """The plot, while a histogram is drawn."""
        return None if self._drawings is None else self.plot

    def name(self) -> str:
        """The key of the tensor, or the name of the layer."""
        return "" if self._drawings is None else self._drawings.shown.subject.name

    def make_table(self) -> MakeTable | None:
        """Bins and counts."""
        if self._drawings is None:
            return None
        shown, pinned = self._drawings
        other = pinned.histogram if pinned else None

        def write(separator: Separator, _report: Report) -> str:
            from explorer.ui.histogram.table import table  # noqa: PLC0415 - brings numpy

            return table(shown.histogram, other, separator)

        return write

    def above(self) -> list[Line]:
        """What it is of, and what is pinned."""
        if self.pinned_drawing is None:
            return super().above()
        pinned = visible(self.pinned_drawing.subject.name) or UNNAMED
        return [*super().above(), Line(f"Pinned: {pinned}", self.font(), theme.current(self).b_text)]

    def below(self) -> list[str]:
        """How many values are counted, and what is worth knowing."""
        return [self._summary, " · ".join(self.facts())]

    def facts(self) -> list[str]:
        """How the axes are, where that is not plain."""
        return [] if self._drawings is None else _notes(self._drawings, self._choices, self.plot)

    def offer_again(self, sentence: str, *, failed: bool = False) -> None:
        """Say why what is drawn is no more than an estimate, and offer to count again."""
        self.say(sentence, failed=failed)
        self.again.show()

    @Slot(str)
    def _read_out(self, text: str) -> None:
        self.readout.setText(text or self._summary)


def _summary(shown: Drawing) -> str:
    from explorer.ui.histogram.plot import outside  # noqa: PLC0415 - brings pyqtgraph

    histogram = shown.histogram
    bins = plural(histogram.counts.size, "bin")
    if histogram.exact:
        parts = [plural(histogram.total, "finite value"), *_not_finite(shown.statistics), bins, *outside(histogram)]
    else:
        parts = [_estimate(histogram, shown.subject.stored), bins]
    return " · ".join(part for part in parts if part)


def _not_finite(statistics: "Statistics") -> list[str]:
    """Beside the picture of the others, which looks well: the figures below may be out of sight."""
    counts = ((statistics.nan, "NaN"), (statistics.posinf, "+Inf"), (statistics.neginf, "−Inf"))
    return [f"{exact(many)} {what}" for many, what in counts if many]


def _estimate(histogram: "Histogram", values: int) -> str:
    if histogram.sample is None:
        return "estimated from the statistics"
    return f"estimated from {exact(histogram.sample)} of {count(values)} values"


def _notes(drawings: Drawings, choices: HistogramChoices, plot: "HistogramPlot") -> list[str]:
    axis = drawings.shown.bins.axis
    refused = any(why_no_log(each.statistics, "it") for each in drawings if each is not None)
    notes = []
    bins, known = drawings.shown.bins, drawings.shown.statistics
    whole = known.min is not None and (bins.low, bins.high) == (known.min, known.max)
    if choices.robust and whole and collapses(known):
        notes.append("full range: the middle 99 % of the values are equal")
    if plot.beyond:
        notes.append(f"the highest bar, {plot.beyond}, ends beyond the frozen axis")
    if axis.kind == "symlog":
        threshold = figure(axis.threshold)
        notes.append(f"x is linear from -{threshold} to {threshold}, logarithmic beyond")
    elif axis.kind == "log":
        notes.append("x is logarithmic")
    elif choices.axis == "log" and refused:
        notes.append("x is linear: a log axis has room for values above 0 only")
    elif choices.axis != "linear":
        notes.append("x is linear: the values are too close together for another axis")
    if choices.density and plot.height_axis is not None and not plot.height_axis.densities:
        notes.append("y is counts: the bins are too narrow or too wide for densities")
    return notes
