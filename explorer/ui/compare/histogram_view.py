"""One histogram of a pair with what is read out below it; takes both elsewhere."""

from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from explorer.formatting import UNNAMED, visible
from explorer.ui import theme
from explorer.ui.plots.export_actions import ExportActions, menu_button
from explorer.ui.plots.picture import Line
from explorer.ui.plots.plot_view import PlotView, Separator
from explorer.ui.settings import Settings
from explorer.ui.text import label, set_tooltip

if TYPE_CHECKING:
    from explorer.analysis.draw.axes import Axis
    from explorer.analysis.draw.histogram import Histogram
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
        self.plot_actions = ExportActions("bins and counts", None)
        super().__init__(what, self.plot_actions, settings, parent)
        self.plot_actions.setParent(self)
        # In the menus the key belongs to the plot of a tensor; here to the plot that has the keyboard.
        self.plot_actions.copy_picture.setShortcut(QKeySequence())
        self._other = other
        self._key = self._summary = ""
        self._drawn: tuple[Histogram, Histogram | None] | None = None
        self.plot: HistogramPlot | None = None
        self.title = label()
        self.export = menu_button("export", self.plot_actions.exports())
        set_tooltip(self.export, "Copy or save what is drawn.")
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
        self, key: str, summary: str, histogram: "Histogram", axis: "Axis", other: "Histogram | None" = None
    ) -> None:
        """Draw another histogram.

        Args:
            key: What the pair is called.
            summary: What is drawn, as a sentence.
            histogram: One with at least one bin.
            axis: On which its bins are equal.
            other: Another on the same edges, drawn as an outline.
        """
        from explorer.ui.histogram.plot import HistogramPlot  # noqa: PLC0415 - brings pyqtgraph

        if self.plot is None:
            self.plot = HistogramPlot(other=self._other, quiet=not self._other)
            self.plot.setAccessibleName(f"Histogram{'s of A and B' if self._other else ' of the differences'}")
            self.plot.pointed.connect(self._read_out)
            self._layout.insertWidget(1, self.plot, 1)
        self._key, self._summary, self._drawn = key, summary, (histogram, other)
        self.plot.show_histogram(histogram, axis, other)
        self.plot.show()
        self.plot_actions.allow_taking("")
        self._write_notes([])
        self._read_out("")

    def say_instead(self, sentence: str) -> None:
        """Draw nothing, and say why."""
        self._drawn = None
        self.plot_actions.allow_taking("Nothing is drawn.")
        if self.plot is not None:
            self.plot.hide()
        self._write_notes([])
        self.readout.setText(sentence)

    def drawn(self) -> "HistogramPlot | None":
        """The plot, while something is drawn on it."""
        return None if self._drawn is None else self.plot

    def say(self, sentence: str, *, failed: bool = False) -> None:
        """Say something below the plot, until the next is drawn."""
        self._write_notes([sentence], failed=failed)

    def name(self) -> str:
        """The key of the pair."""
        return self._key

    def numbers(self, separator: Separator) -> str:
        """Bins and counts."""
        from explorer.ui.histogram.table import table  # noqa: PLC0415 - brings numpy

        if self._drawn is None:
            return ""
        names = ("count A", "count B") if self._other else ("count", "")
        return table(*self._drawn, separator, names)

    def lines(self) -> tuple[list[Line], list[Line]]:
        """What a picture says above and below the plot."""
        colors = theme.current(self)
        above = [
            Line(visible(self._key) or UNNAMED, theme.title_font(self.font()), colors.text),
            Line(self.title.text(), self.font(), colors.text),
        ]
        return above, [Line(self._summary, self.readout.font(), colors.muted)]

    def _read_out(self, text: str) -> None:
        self.readout.setText(text or self._summary)
