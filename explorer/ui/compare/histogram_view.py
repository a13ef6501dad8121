"""One histogram of a pair with what is read out below it; takes both elsewhere."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from explorer.progress import Report
from explorer.ui import theme
from explorer.ui.compare.side_lines import side_lines
from explorer.ui.plots.export_actions import ExportActions, export_button
from explorer.ui.plots.picture import Line
from explorer.ui.plots.plot_view import MakeTable, PlotView, Separator
from explorer.ui.settings import Settings
from explorer.ui.text import label

if TYPE_CHECKING:
    from explorer.analysis.draw.axes import Axis
    from explorer.analysis.draw.histogram import Histogram
    from explorer.ui.compare.pair_look import ShownPair
    from explorer.ui.histogram.plot import HistogramPlot


class PairHistogramView(PlotView):
    """A title with a menu, the plot, and a line below it. The plot is made when there is something to draw.

    Attributes:
        title: What is drawn.
        plot: None before the first.
    """

    def __init__(self, what: str, settings: Settings, *, other: str = "", parent: QWidget | None = None) -> None:
        """Make it, with nothing drawn.

        Args:
            what: Is drawn, in one or two words.
            settings: Remember the folder that was saved to.
            other: What is drawn as an outline; "" for a single histogram, in grey.
            parent: What it stands in.
        """
        self.plot_actions = ExportActions("bins and counts", None, key=False)
        super().__init__(what, self.plot_actions, settings, parent)
        self.plot_actions.setParent(self)
        self._other = other
        self._pair: ShownPair | None = None
        self._summary = ""
        self._drawn: tuple[Histogram, Histogram | None] | None = None
        self.plot: HistogramPlot | None = None
        self.title = label()
        self.export = export_button(self.plot_actions)
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(self.title)
        head.addStretch(1)
        head.addWidget(self.export)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addLayout(head)
        for line in (self.readout, self.notes):
            line.setContentsMargins(0, 2, 0, 2)
            self._layout.addWidget(line)
        self.notes.hide()

    def draw(
        self, pair: "ShownPair", summary: str, histogram: "Histogram", axis: "Axis", other: "Histogram | None" = None
    ) -> None:
        """Draw another histogram.

        Args:
            pair: What it is of.
            summary: What is drawn, as a sentence.
            histogram: One with at least one bin.
            axis: On which its bins are equal.
            other: Another on the same edges, drawn as an outline.
        """
        from explorer.ui.histogram.plot import HistogramPlot  # noqa: PLC0415 - brings pyqtgraph

        if self.plot is None:
            self.plot = HistogramPlot(own="A" if self._other else "", other=self._other, quiet=not self._other)
            self.plot.setAccessibleName(f"Histogram{'s of A and B' if self._other else ' of the differences'}")
            self.plot.pointed.connect(self._read_out)
            self._layout.insertWidget(1, self.plot, 1)
        self._pair, self._summary, self._drawn = pair, summary, (histogram, other)
        self.plot.show_histogram(histogram, axis, other)
        self.plot.show()
        self.plot_actions.allow_taking("")
        self.begin_words()
        self.tell()
        self._read_out("")

    def say_instead(self, sentence: str) -> None:
        """Draw nothing, and say why."""
        self._drawn = None
        self.plot_actions.allow_taking("Nothing is drawn.")
        if self.plot is not None:
            self.plot.hide()
        self.begin_words()
        self.tell()
        self.readout.setText(sentence)

    def drawn(self) -> "HistogramPlot | None":
        """The plot, while something is drawn on it."""
        return None if self._drawn is None else self.plot

    def name(self) -> str:
        """The key of the pair."""
        return "" if self._pair is None else self._pair.key

    def make_table(self) -> MakeTable | None:
        """Bins and counts."""
        drawn = self._drawn
        names = ("count A", "count B") if self._other else ("count", "")

        def write(separator: Separator, _report: Report) -> str:
            from explorer.ui.histogram.table import table  # noqa: PLC0415 - brings numpy

            return "" if drawn is None else table(*drawn, separator, names)

        return None if drawn is None else write

    def above(self) -> list[Line]:
        """The name of the pair, both files, and what is drawn of them."""
        sides = [] if self._pair is None else side_lines(self, self._pair.a, self._pair.b)
        return [*super().above(), *sides, Line(self.title.text(), self.font(), theme.current(self).text)]

    def below(self) -> list[str]:
        """What is counted."""
        return [self._summary]

    def facts(self) -> list[str]:
        """Nothing more."""
        return []

    def _read_out(self, text: str) -> None:
        self.readout.setText(text or self._summary)
