"""The lines of a run with what is read out below them; takes both elsewhere."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QVBoxLayout

from explorer.progress import Report
from explorer.tasks.jobs import Job, Jobs
from explorer.ui import theme
from explorer.ui.clipboard import put_on_clipboard
from explorer.ui.export import write_whole
from explorer.ui.failures import why
from explorer.ui.plots.export_actions import ExportActions
from explorer.ui.plots.picture import Line
from explorer.ui.plots.plot_view import PlotView, Separator
from explorer.ui.settings import Settings

if TYPE_CHECKING:
    from explorer.analysis.run.table import Measure, RunTable
    from explorer.ui.run.comparing import Shown
    from explorer.ui.run.plot import RunLine, RunPlot


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
        super().__init__("run", actions, settings)
        self._jobs = Jobs("numbers of a run")
        self.plot: RunPlot | None = None
        self._shown: Shown | None = None
        self._note = self._said = self._at = ""
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
            self._layout.insertWidget(0, self.plot, 1)
        self._shown, self._note, self._said = shown, note, ""
        # Files are called by it.
        self._what = _CHANGES[shown.table.measure]
        run = shown.table.run
        unread = frozenset(at for at, step in enumerate(run.steps) if step.entry is None)
        self.plot.show_lines(lines, shown.files, unread, log=log)
        self._tell()

    def clear(self) -> None:
        """Draw nothing."""
        self._shown = None
        if self.plot is not None:
            self.plot.show_lines((), (), frozenset(), log=False)
        self.readout.setText("")
        self._write_notes([])

    def close_work(self) -> None:
        """End the worker."""
        self._jobs.close()

    def drawn(self) -> "RunPlot | None":
        """The plot, while something is drawn on it."""
        return None if self._shown is None else self.plot

    def say(self, sentence: str, *, failed: bool = False) -> None:
        """Say something below the plot, until another is drawn."""
        self._said = sentence
        self._write_notes([sentence], failed=failed)

    def name(self) -> str:
        """The folder of the files, the first and the last."""
        if self._shown is None:
            return ""
        folder = self._shown.table.run.paths[0].parent.name
        return "-".join(filter(None, [folder, self._shown.files[0], self._shown.files[-1]]))

    def lines(self) -> tuple[list[Line], list[Line]]:
        """What a picture says above and below the plot."""
        if self._shown is None:
            return [], []
        colors = theme.current(self)
        above = [Line(self._shown.summary, self.font(), colors.text)]
        return above, [Line(self._note, self.readout.font(), colors.muted)]

    @Slot()
    def copy_numbers(self) -> None:
        """Put the table on the clipboard, with tabs between figures; made behind the window."""
        if self._shown is not None:
            self._work(partial(_text, self._shown.table, "\t"), self._put_on_clipboard)

    @Slot()
    def save_csv(self) -> None:
        """Ask where, and save the table; made and written behind the window."""
        if self._shown is not None:
            # Another run may be shown by the time that a place is chosen: what is saved is what was shown.
            self.ask_where("csv", partial(self._write, self._shown.table))

    def _write(self, table: "RunTable", path: Path) -> None:
        self._work(partial(_written, table, path), partial(self._show_written, path))

    def _work(self, work: Callable[[Report], object], then: Callable[..., None]) -> None:
        job = Job(work, name="numbers of a run")
        job.succeeded.connect(then)
        job.failed.connect(self._fail)
        self._jobs.start(job)

    def _fail(self, error: Exception) -> None:
        self.say(f"The numbers could not be written: {why(error)}", failed=True)

    def _put_on_clipboard(self, text: str) -> None:
        put_on_clipboard(text)
        self.say("The table was copied.")

    def _show_written(self, path: Path, error: OSError | None) -> None:
        if error is None:
            self.say_saved(path)
        else:
            self.say_not_saved(path, error)

    def _point(self, said: str) -> None:
        self._at = said
        self._tell()

    def _tell(self) -> None:
        self.readout.setText(self._at or self._note)
        self._write_notes([self._said] if self._said else [])
        if self.plot is not None:
            self.plot.setAccessibleDescription(self.readout.text())


def _text(table: "RunTable", separator: Separator, report: Report) -> str:
    from explorer.analysis.run.words import run_text  # noqa: PLC0415 - brings numpy

    return run_text(table, separator, report)


def _written(table: "RunTable", path: Path, report: Report) -> OSError | None:
    try:
        write_whole(path, _text(table, ",", report).encode("utf-8", "backslashreplace"))
    except OSError as error:
        return error
    return None
