"""The plot of singular values with their figures below it; takes both elsewhere."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout

from explorer.formatting import UNNAMED, visible
from explorer.ui import theme
from explorer.ui.figures_grid import FiguresGrid
from explorer.ui.plots.export_actions import ExportActions
from explorer.ui.plots.picture import Line
from explorer.ui.plots.plot_view import PlotView, Separator
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
        self._said = ""
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
        self._said = ""
        self._computed = computed
        self.plot.show_spectrum(computed, "histogram" if form == "histogram" else "index", log=log)
        if computed.spectrum is not None:
            for caption, (text, tip) in figures_of(computed.spectrum).items():
                self.grid.say(caption, text, tip)
        self._read_out(None)
        self._tell()

    def clear(self) -> None:
        """Draw nothing."""
        self._computed = None
        self.plot.clear()
        self.grid.clear()

    def drawn(self) -> SpectrumPlot | None:
        """The plot, while something is drawn on it."""
        return None if self._computed is None else self.plot

    def say(self, sentence: str, *, failed: bool = False) -> None:
        """Say something below the plot, until the next is drawn."""
        self._said = sentence
        self._tell(failed=failed)

    def name(self) -> str:
        """The key of the tensor."""
        return "" if self._computed is None else self._computed.tensor.key

    def numbers(self, separator: Separator) -> str:
        """A line for each singular value."""
        return "" if self._computed is None else table(self._computed, separator)

    def lines(self) -> tuple[list[Line], list[Line]]:
        """What a picture says above and below the plot."""
        computed = self._computed
        if computed is None or computed.spectrum is None:
            return [], []
        colors = theme.current(self)
        above = [Line(visible(computed.tensor.key) or UNNAMED, theme.title_font(self.font()), colors.text)]
        figures = " · ".join(f"{caption} {self.grid.text_of(caption)}" for caption in GRID)
        below = [summary(computed, computed.spectrum), figures, " · ".join(notes(computed, computed.spectrum))]
        return above, [Line(text, self.readout.font(), colors.muted) for text in below]

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

    def _tell(self, *, failed: bool = False) -> None:
        computed = self._computed
        said = [] if computed is None or computed.spectrum is None else notes(computed, computed.spectrum)
        self._write_notes([text for text in (self._said, *said) if text], failed=failed)
