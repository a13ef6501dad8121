"""The plot of singular values with their figures below it; takes both elsewhere."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout

from explorer.ui.figures_grid import FiguresGrid
from explorer.ui.plots.export_actions import ExportActions
from explorer.ui.plots.plot_view import MakeTable, PlotView
from explorer.ui.plots.span_plot import Span
from explorer.ui.settings import Settings
from explorer.ui.spectrum.plot import SpectrumPlot
from explorer.ui.spectrum.words import GRID, about_span, figures_of, notes, summary
from explorer.ui.spectrum.work import Computed, table


class SpectrumView(PlotView):
    """Draws singular values, and reads out the one under the cursor."""

    def __init__(self, actions: ExportActions, settings: Settings) -> None:
        """Make the view.

        Args:
            actions: For the plot's menu; those that copy and save are done here.
            settings: Remember the folder that was saved to.
        """
        super().__init__("spectrum", actions, settings)
        self._computed: Computed | None = None
        self.plot = SpectrumPlot()
        self.plot.pointed.connect(self._read_out)
        self.grid = FiguresGrid(GRID, len(GRID))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 4)
        layout.setSpacing(0)
        layout.addWidget(self.plot, 1)
        layout.addWidget(self.readout)
        layout.addWidget(self.grid)
        layout.addWidget(self.notes)

    def draw(self, computed: Computed, form: str, *, log: bool) -> None:
        """Draw singular values.

        Args:
            computed: With a spectrum.
            form: As of `SpectrumPlot.show_spectrum`.
            log: Draw the vertical axis logarithmic.
        """
        self.begin_words()
        self._computed = computed
        self.plot.show_spectrum(computed, "histogram" if form == "histogram" else "index", log=log)
        if computed.spectrum is not None:
            for caption, (text, tip) in figures_of(computed.spectrum).items():
                self.grid.say(caption, text, tip)
        self._read_out(None)
        self.tell()

    def clear(self) -> None:
        """Draw nothing."""
        self._computed = None
        self.plot.clear()
        self.grid.clear()

    def drawn(self) -> SpectrumPlot | None:
        """The plot, while something is drawn on it."""
        return None if self._computed is None else self.plot

    def name(self) -> str:
        """The key of the tensor."""
        return "" if self._computed is None else self._computed.tensor.key

    def make_table(self) -> MakeTable | None:
        """A line for each singular value."""
        computed = self._computed
        return None if computed is None else lambda separator, _report: table(computed, separator)

    def below(self) -> list[str]:
        """Which matrix, its figures, and what is worth knowing."""
        computed = self._computed
        if computed is None or computed.spectrum is None:
            return []
        figures = " · ".join(f"{caption} {self.grid.text_of(caption)}" for caption in GRID)
        return [summary(computed, computed.spectrum), figures, " · ".join(self.facts())]

    def facts(self) -> list[str]:
        """Where the values of a random matrix end, and more."""
        computed = self._computed
        return [] if computed is None or computed.spectrum is None else notes(computed, computed.spectrum)

    @Slot(object)
    def _read_out(self, span: Span | None) -> None:
        computed = self._computed
        if computed is None or computed.spectrum is None:
            self.readout.setText("")
            return
        said = summary(computed, computed.spectrum)
        if span is not None:
            said = about_span(computed, computed.spectrum, span, self.plot.form)
        self.readout.setText(said)
        self.plot.setAccessibleDescription(said)
