"""The overview's plot with what is read out below it; takes both elsewhere."""

import math
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout

from explorer.formatting import NOTHING, figure
from explorer.ui import theme
from explorer.ui.figures_grid import FiguresGrid
from explorer.ui.measuring.measurements import Measurements
from explorer.ui.overview.plot import OverviewPlot
from explorer.ui.overview.words import (
    BANDS,
    Figure,
    about_tensor,
    about_tensors,
    bar_legend,
    health,
    legend,
    notes,
    tone_of,
    unreadable,
)
from explorer.ui.plots.export_actions import ExportActions
from explorer.ui.plots.picture import Line
from explorer.ui.plots.plot_view import MakeTable, PlotView
from explorer.ui.plots.span_plot import Span
from explorer.ui.problems.lost import unreadable_button
from explorer.ui.settings import Settings
from explorer.ui.text import ElidedLabel, set_tone, set_tooltip

if TYPE_CHECKING:
    from explorer.analysis.draw.overview import Overview

_WIDEST: Final = ("-0.0004444", "-4.444e+20")
"""Figures that have room: seven stand in one line."""

_PLOT: Final = 150
"""Pixels that the plot has before the words below it have any."""


class OverviewView(PlotView):
    """Draws an overview, and reads out the column that the mouse or the keyboard is at.

    Signals:
        chosen: The number of a tensor that is to be selected.
        compute_asked: What is not measured is to be.
        unreadable_asked: What cannot be read is to be shown alone.
    """

    chosen = Signal(int)
    compute_asked = Signal()
    unreadable_asked = Signal()

    def __init__(self, actions: ExportActions, settings: Settings, measurements: Measurements) -> None:
        """Make the view.

        Args:
            actions: For the plot's menu; those that copy and save are done here.
            settings: Remember the folder that was saved to.
            measurements: Know the figures of tensors, and lend their worker.
        """
        super().__init__("overview", actions, settings, jobs=measurements.jobs)
        self._measurements = measurements
        self._overview: Overview | None = None
        self._bars: Overview | None = None
        self.figure: Figure = "bands"
        self._name = self._facts = ""
        self.plot = OverviewPlot()
        self.plot.pointed.connect(self._read_out)
        self.plot.zoomed_in.connect(self._tell_zoomed)
        self.plot.chosen.connect(self.chosen)
        self.grid = FiguresGrid(BANDS, len(BANDS), widest=_WIDEST)
        set_tooltip(self.grid, "Point at a column above to read its figures.")
        self.health = ElidedLabel()
        self.health.setFont(theme.small_font(self.health.font()))
        self.health.setProperty("muted", True)
        self.compute_all = QPushButton("Compute all")
        set_tooltip(self.compute_all, "Measure the tensors that are not measured yet.")
        self.compute_all.clicked.connect(self.compute_asked)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 8)
        layout.setSpacing(0)
        row = QHBoxLayout()
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(8)
        row.addWidget(self.health)
        self.lost = unreadable_button()
        self.lost.clicked.connect(self.unreadable_asked)
        row.addWidget(self.lost)
        row.addWidget(self.compute_all)
        row.addStretch(1)
        layout.addWidget(self.plot, 1)
        layout.addWidget(self.readout)
        layout.addWidget(self.grid)
        layout.addLayout(row)
        layout.addWidget(self.notes)

    def _give_way(self) -> None:
        """Without figures first, then without notes: the plot is what the view is for."""
        beside = self.readout.sizeHint().height() + self.compute_all.sizeHint().height()
        left = self.height() - beside - _PLOT
        noted = bool(self.notes.text())
        notes = self.notes.sizeHint().height() if noted else 0
        self.grid.setVisible(left >= notes + self.grid.sizeHint().height())
        self.notes.setVisible(noted and left >= notes)

    def draw(self, overview: "Overview", name: str, facts: str) -> None:
        """Draw an overview; one that is drawn already is drawn with what was filled since.

        Args:
            overview: With at least one row.
            name: Of the file, as it is shown.
            facts: What a picture says below it.
        """
        if overview is not self._overview:
            self.begin_words()
            self.notes.shrink()
            self._overview, self._name, self._facts = overview, name, facts
            self._bars = None
        self.plot.show_overview(self._drawn(overview))
        self._read_out(self.plot.pointed_at)
        self._tell()

    def show_figure(self, figure: "Figure") -> None:
        """Choose what is drawn of every tensor; what is read out stays."""
        if figure == self.figure:
            return
        self.figure, self._bars = figure, None
        if self._overview is not None:
            self.draw(self._overview, self._name, self._facts)

    def _drawn(self, overview: "Overview") -> "Overview":
        """What the plot shows."""
        from explorer.analysis.draw.overview_bars import bars_of, refresh  # noqa: PLC0415 - brings NumPy

        if self.figure == "bands":
            return overview
        if self._bars is None:
            self._bars = bars_of(overview, self.figure)
        else:
            refresh(self._bars, overview, self.figure)
        return self._bars

    def clear(self) -> None:
        """Forget what is drawn; the plot is not to be seen until the next is."""
        self._overview = self._bars = None
        self.plot.clear()

    def offer_compute(self, *, offered: bool) -> None:
        """Show or hide Compute all."""
        self.compute_all.setVisible(offered)

    def drawn(self) -> OverviewPlot | None:
        """The plot, while an overview is drawn."""
        return None if self._overview is None else self.plot

    def name(self) -> str:
        """The name of the file."""
        return self._name

    def above(self) -> list[Line]:
        """The file, and what a picture of it says."""
        return [self.headline(self._name), Line(self._facts, self.font(), theme.current(self).muted)]

    def below(self) -> list[str]:
        """What the columns are, how the values are, and how the picture is to be read."""
        found = [] if self._overview is None else health(self._overview)
        return [self._legend(), " · ".join(found), " · ".join(self.facts())]

    def facts(self) -> list[str]:
        """How the picture is to be read."""
        return [] if self._overview is None else notes(self._overview, self.plot.axis, self.plot.together)

    def make_table(self) -> MakeTable | None:
        """A line for each tensor."""
        shown, measurements = self._overview, self._measurements
        if shown is None:
            return None
        known, unreadable = measurements.known(), measurements.unreadable()
        return partial(_table, shown.table, shown.numbers, shown.bands.copy(), known, unreadable)

    def _read_out(self, column: Span | None) -> None:
        overview = self._overview
        if overview is None or column is None:
            self.readout.setText(f"{self._legend()} · point at a column, or press ← or →, for its figures")
            self.grid.clear()
            return
        first, end = column
        if end - first == 1:
            number = int(overview.numbers[first])
            of, problem = self._measurements.of(number), self._measurements.problem(number)
            self.readout.setText(about_tensor(overview, first, of, problem))
            found = overview.bands[first].tolist()
        else:
            self.readout.setText(about_tensors(overview, first, end))
            lows, highs = (each[0].tolist() for each in overview.envelope(first, end, end - first)[1:])
            # There is no one median of several tensors.
            found = [*lows[:3], math.nan, *highs[2::-1]]
        step = (found[-1] / 100 - found[0] / 100) if math.isfinite(found[0]) else 0.0
        for caption, value in zip(BANDS, found, strict=True):
            known = math.isfinite(value)
            self.grid.say(caption, figure(value, step) if known else NOTHING, repr(value) if known else "")
        said = (f"{caption} {self.grid.text_of(caption)}" for caption in BANDS)
        self.plot.setAccessibleDescription(" · ".join([self.readout.text(), *said]))

    def _legend(self) -> str:
        if self.figure != "bands":
            return bar_legend(self.figure, together=self.plot.together > 1)
        return legend(together=self.plot.together > 1, crowded=self.plot.crowded)

    @Slot()
    def _tell_zoomed(self) -> None:
        self._read_out(self.plot.pointed_at)
        self._tell()

    def _tell(self) -> None:
        if self._overview is not None:
            self.health.setText(" · ".join(health(self._overview)))
            set_tone(self.health, tone_of(self._overview))
            self.lost.setVisible(unreadable(self._overview) > 0)
        self.tell()


def _table(*what: Any) -> str:  # noqa: ANN401 - handed on as it is
    # NumPy is imported on the worker, behind the window.
    from explorer.ui.overview.table import table  # noqa: PLC0415

    return table(*what)
