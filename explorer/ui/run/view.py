"""The lines of a run with what is read out below them; takes both elsewhere."""

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout

from explorer.progress import Report
from explorer.tasks.jobs import Jobs
from explorer.ui import theme
from explorer.ui.plots.export_actions import ExportActions
from explorer.ui.plots.picture import Line
from explorer.ui.plots.plot_view import MakeTable, PlotView, Separator
from explorer.ui.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.analysis.run.table import Measure, RunTable
    from explorer.ui.run.comparing import Shown
    from explorer.ui.run.lines import RunLine
    from explorer.ui.run.plot import RunPlot


_CHANGES: "Final[dict[Measure, str]]" = {"relative": "relative L2 change", "largest": "largest change"}


class RunView(PlotView):
    """Draws lines, and reads out the one that the mouse or the keyboard is at.

    Signals:
        chosen: The row of the `RunTable` whose line was clicked.
    """

    chosen = Signal(int)

    def __init__(self, actions: ExportActions, settings: Settings) -> None:
        """Make the view; the plot comes with the first lines.

        Args:
            actions: For the plot's menu; those that copy and save are done here.
            settings: Remember the folder that was saved to.
        """
        self._jobs = Jobs("numbers of a run")
        super().__init__("run", actions, settings, jobs=self._jobs)
        self.plot: RunPlot | None = None
        self._shown: Shown | None = None
        self._note = self._at = ""
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 4)
        self._layout.setSpacing(0)
        self._layout.addWidget(self.readout)
        self._layout.addWidget(self.notes)
        self.notes.hide()

    @property
    def busy(self) -> bool:
        """Numbers are being written."""
        return self._jobs.busy

    def draw(self, shown: "Shown", lines: "Sequence[RunLine]", note: str, *, log: bool) -> None:
        """Draw lines.

        Args:
            shown: What they are of.
            lines: Of some of its rows.
            note: How many these are.
            log: On a logarithmic axis.
        """
        if self.plot is None:
            # It brings pyqtgraph along.
            from explorer.ui.run.plot import RunPlot  # noqa: PLC0415

            self.plot = RunPlot()
            self.plot.pointed.connect(self._point)
            self.plot.chosen.connect(self.chosen)
            self.plot.named.connect(self._say)
            self._layout.insertWidget(0, self.plot, 1)
        self._shown, self._note = shown, note
        # Files are called by it.
        self._what = _CHANGES[shown.table.measure]
        self.begin_words()
        run = shown.table.run
        unread = frozenset(at for at, step in enumerate(run.steps) if step.entry is None)
        first = 1 if run.against == "before" and len(shown.files) > 1 else 0
        self.plot.show_lines(lines, shown.files, unread, log=log, first=first)
        self._point(self._at)

    def clear(self) -> None:
        """Draw nothing."""
        self._shown = None
        if self.plot is not None:
            self.plot.show_lines((), (), frozenset(), log=False)
        self.readout.setText("")
        self.begin_words()
        self.tell()

    def close_work(self) -> None:
        """End the worker."""
        self._jobs.close()

    def drawn(self) -> "RunPlot | None":
        """The plot, while something is drawn on it."""
        return None if self._shown is None else self.plot

    def name(self) -> str:
        """The folder of the files, the first and the last."""
        if self._shown is None:
            return ""
        folder = self._shown.table.run.paths[0].parent.name
        return "-".join(filter(None, [folder, self._shown.files[0], self._shown.files[-1]]))

    def lines(self) -> tuple[list[Line], list[Line]]:
        """What a picture says: below the plot also which line is which, where their ends have no room for that."""
        above, below = super().lines()
        named = [] if self.plot is None else self.plot.unnamed()
        return above, [*below, *(self.small(text, color) for text, color in named)]

    def above(self) -> list[Line]:
        """What came out, what is not finite first."""
        shown, colors = self._shown, theme.current(self)
        said = [] if shown is None else [(shown.not_finite, colors.bad), (shown.summary, colors.text)]
        return [Line(text, self.font(), color) for text, color in said if text]

    def below(self) -> list[str]:
        """What is drawn of how much."""
        return [self._note]

    def facts(self) -> list[str]:
        """Nothing more."""
        return []

    def make_table(self) -> MakeTable | None:
        """The table."""
        return None if self._shown is None else partial(_text, self._shown.table)

    def _point(self, said: str) -> None:
        self._at = said
        self._say()

    def _say(self) -> None:
        """What is pointed at, or how many lines these are and which have no room for a name."""
        unnamed = [] if self.plot is None or self._shown is None else [text for text, _color in self.plot.unnamed()]
        without = f"There is no room for the names of {', '.join(unnamed)}." if unnamed else ""
        self.readout.setText(self._at or " ".join(filter(None, [self._note, without])))
        if self.plot is not None:
            self.plot.setAccessibleDescription(self.readout.text())


def _text(table: "RunTable", separator: Separator, report: Report) -> str:
    from explorer.analysis.run.words import run_text  # noqa: PLC0415 - brings numpy

    return run_text(table, separator, report)
