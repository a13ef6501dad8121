"""The overview's plot with what is read out below it; takes both elsewhere."""

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout

from explorer.formatting import NOTHING, figure
from explorer.progress import Report
from explorer.tasks.jobs import Job
from explorer.ui import theme
from explorer.ui.clipboard import put_on_clipboard
from explorer.ui.export import write_whole
from explorer.ui.failures import why
from explorer.ui.figures_grid import FiguresGrid
from explorer.ui.measuring.measurements import Measurements
from explorer.ui.overview.plot import Column, OverviewPlot
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
)
from explorer.ui.plots.export_actions import ExportActions
from explorer.ui.plots.picture import Line
from explorer.ui.plots.plot_view import PlotView, Separator, words_below
from explorer.ui.settings import Settings
from explorer.ui.text import set_tone, set_tooltip

if TYPE_CHECKING:
    from explorer.analysis.draw.overview import Overview


class OverviewView(PlotView):
    """Draws an overview, and reads out the column that the mouse or the keyboard is at.

    Signals:
        chosen: The number of a tensor that is to be selected.
        compute_asked: What is not measured is to be.
    """

    chosen = Signal(int)
    compute_asked = Signal()

    def __init__(self, actions: ExportActions, settings: Settings, measurements: Measurements) -> None:
        """Make the view.

        Args:
            actions: For the plot's menu; those that copy and save are done here.
            settings: Remember the folder that was saved to.
            measurements: Know the figures of tensors, and lend their worker.
        """
        super().__init__("overview", actions, settings)
        self._measurements = measurements
        self._overview: Overview | None = None
        self._bars: Overview | None = None
        self.figure: Figure = "bands"
        self._name = self._facts = self._said = ""
        self.plot = OverviewPlot()
        self.plot.pointed.connect(self._read_out)
        self.plot.zoomed.connect(self._tell_zoomed)
        self.plot.chosen.connect(self.chosen)
        self.grid = FiguresGrid(BANDS, len(BANDS))
        set_tooltip(self.grid, "Point at a column above to read its figures.")
        self.health = words_below()
        self.health.setContentsMargins(0, 2, 0, 2)
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
        row.addWidget(self.compute_all)
        row.addStretch(1)
        layout.addWidget(self.plot, 1)
        layout.addWidget(self.readout)
        layout.addWidget(self.grid)
        layout.addLayout(row)
        layout.addWidget(self.notes)

    def draw(self, overview: "Overview", name: str, facts: str) -> None:
        """Draw an overview; one that is drawn already is drawn with what was filled since.

        Args:
            overview: With at least one row.
            name: Of the file, as it is shown.
            facts: What a picture says below it.
        """
        if overview is not self._overview:
            self._said = ""
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

    def offer_compute(self, *, offered: bool) -> None:
        """Show or hide Compute all."""
        self.compute_all.setVisible(offered)

    def drawn(self) -> OverviewPlot | None:
        """The plot, while an overview is drawn."""
        return None if self._overview is None else self.plot

    def say(self, sentence: str, *, failed: bool = False) -> None:
        """Say something below the plot, until another overview is drawn."""
        self._said = sentence
        self._tell(failed=failed)

    def name(self) -> str:
        """The name of the file."""
        return self._name

    def lines(self) -> tuple[list[Line], list[Line]]:
        """What a picture says above and below the plot."""
        if self._overview is None:
            return [], []
        colors = theme.current(self)
        above = [
            Line(self._name, theme.title_font(self.font()), colors.text),
            Line(self._facts, self.font(), colors.muted),
        ]
        said = (self._legend(), " · ".join(health(self._overview)), " · ".join(self._notes()))
        return above, [Line(text, self.readout.font(), colors.muted) for text in said]

    @Slot()
    def copy_numbers(self) -> None:
        """Put a line for each tensor on the clipboard, with tabs between figures; made behind the window."""
        if self._overview is not None:
            self._work(self._table("\t"), self._put_on_clipboard)

    @Slot()
    def save_csv(self) -> None:
        """Ask where, and save a line for each tensor; made and written behind the window."""
        if self._overview is not None:
            # Another file may be open by the time that a place is chosen: what is saved is what was shown.
            self.ask_where("csv", partial(self._write, self._table(",")))

    def _table(self, separator: Separator) -> Callable[[Report], str]:
        assert self._overview is not None  # noqa: S101 - its callers have looked
        shown, measurements = self._overview, self._measurements
        what = (shown.table, shown.numbers, shown.bands.copy(), measurements.known(), measurements.unreadable())
        return partial(_table, *what, separator)

    def _write(self, make: Callable[[Report], str], path: Path) -> None:
        self._work(partial(_written, make, path), partial(self._show_written, path))

    def _work(self, work: Callable[[Report], object], then: Callable[..., None]) -> None:
        job = Job(work, name="numbers of the overview")
        job.succeeded.connect(then)
        job.failed.connect(self._fail)
        self._measurements.jobs.start(job)

    def _fail(self, error: Exception) -> None:
        self.say(f"The numbers could not be written: {why(error)}", failed=True)

    def _put_on_clipboard(self, text: str) -> None:
        put_on_clipboard(text)
        self.say("The numbers were copied.")

    def _show_written(self, path: Path, error: OSError | None) -> None:
        if error is None:
            self.say_saved(path)
        else:
            self.say_not_saved(path, error)

    def _read_out(self, column: Column | None) -> None:
        overview = self._overview
        if overview is None or column is None:
            self.readout.setText(self._legend())
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

    def _notes(self) -> list[str]:
        if self._overview is None:
            return []
        return notes(self._overview, self.plot.axis, self.plot.together)

    @Slot()
    def _tell_zoomed(self) -> None:
        self._read_out(self.plot.pointed_at)
        self._tell()

    def _tell(self, *, failed: bool = False) -> None:
        if self._overview is not None:
            self.health.setText(" · ".join(health(self._overview)))
            set_tone(self.health, tone_of(self._overview))
        self._write_notes([text for text in (self._said, *self._notes()) if text], failed=failed)


def _table(*what: Any) -> str:  # noqa: ANN401 - handed on as it is
    # NumPy is imported on the worker, behind the window.
    from explorer.ui.overview.table import table  # noqa: PLC0415

    return table(*what)


def _written(make: Callable[[Report], str], path: Path, report: Report) -> OSError | None:
    try:
        write_whole(path, make(report).encode())
    except OSError as error:
        return error
    return None
