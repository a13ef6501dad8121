"""The heat map with what is read out below it; takes both elsewhere."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout

from explorer.formatting import UNNAMED, visible
from explorer.progress import Report
from explorer.tasks.jobs import Job, Jobs
from explorer.ui import theme
from explorer.ui.clipboard import put_on_clipboard
from explorer.ui.export import write_whole
from explorer.ui.export_actions import ExportActions
from explorer.ui.failures import why
from explorer.ui.heatmap.plot import HeatmapPlot
from explorer.ui.heatmap.words import about_place, notes, summary
from explorer.ui.heatmap.work import Drawn, read_one, table
from explorer.ui.picture import Line
from explorer.ui.plot_view import PlotView
from explorer.ui.settings import Settings

_POINTED_FIRST = -1
"""A value under the cursor overtakes pictures that wait."""


class HeatmapView(PlotView):
    """Draws what it is given, and reads the exact value under the cursor from the file."""

    def __init__(self, actions: ExportActions, settings: Settings, jobs: Jobs) -> None:
        """Make the view.

        Args:
            actions: For the plot's menu; those that copy and save are done here.
            settings: Remember the folder that was saved to.
            jobs: Read single values, and write tables.
        """
        super().__init__("heat map", actions, settings)
        self._jobs = jobs
        self._pointing: Job | None = None
        self._at: tuple[int, int] | None = None
        self._said = self._value = ""
        self.plot = HeatmapPlot()
        self.plot.pointed.connect(self._read_out)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 4)
        layout.setSpacing(0)
        layout.addWidget(self.plot, 1)
        layout.addWidget(self.readout)
        layout.addWidget(self.notes)

    @property
    def shown(self) -> Drawn | None:
        """The finest picture that is drawn."""
        pictures = self.plot.pictures
        return pictures[-1] if pictures else None

    def begin(self, height: int, width: int) -> None:
        """Begin with another table: nothing is drawn of it yet."""
        self._at, self._said, self._value = None, "", ""
        self._stop_pointing()
        self.plot.show_table(height, width)
        self.readout.setText("")
        self._write_notes([])

    def draw(self, *pictures: Drawn) -> None:
        """Draw the picture of the whole, and one of a part over it."""
        self._said = ""
        self.plot.show_pictures(*pictures)
        self._tell_place()
        self._tell()

    def drawn(self) -> HeatmapPlot | None:
        """The plot, while something is drawn on it."""
        return self.plot if self.plot.pictures else None

    def say(self, sentence: str, *, failed: bool = False) -> None:
        """Say something below the plot, until the next is drawn."""
        self._said = sentence
        self._tell(failed=failed)

    def name(self) -> str:
        """The key of the tensor."""
        return "" if self.shown is None else self.shown.subject.tensor.key

    def lines(self) -> tuple[list[Line], list[Line]]:
        """What a picture says above and below the plot."""
        shown = self.shown
        if shown is None:
            return [], []
        colors = theme.current(self)
        above = [Line(visible(shown.subject.tensor.key) or UNNAMED, theme.title_font(self.font()), colors.text)]
        below = [summary(shown), " · ".join(notes(shown))]
        return above, [Line(text, self.readout.font(), colors.muted) for text in below if text]

    @Slot()
    def copy_numbers(self) -> None:
        """Put the cells on the clipboard; made behind the window."""
        if self.shown is not None:
            self._work(partial(table, self.shown, "\t"), self._put_on_clipboard)

    @Slot()
    def save_csv(self) -> None:
        """Ask where, and save the cells; made and written behind the window."""
        shown = self.shown
        if shown is not None:
            self.ask_where("csv", partial(self._write, shown))

    def _write(self, shown: Drawn, path: Path) -> None:
        self._work(partial(_written, shown, path), partial(self._tell_written, path))

    def _work(self, work: Callable[[Report], object], then: Callable[..., None]) -> None:
        job = Job(work, name="numbers of the heat map")
        job.succeeded.connect(then)
        job.failed.connect(self._fail)
        self._jobs.start(job)

    @Slot(object)
    def _fail(self, error: Exception) -> None:
        self.say(f"The numbers could not be written: {why(error)}", failed=True)

    @Slot(object)
    def _put_on_clipboard(self, text: str) -> None:
        put_on_clipboard(text)
        self.say("The numbers were copied.")

    def _tell_written(self, path: Path, error: OSError | None) -> None:
        if error is None:
            self.say_saved(path)
        else:
            self.say_not_saved(path, error)

    @Slot(object)
    def _read_out(self, at: tuple[int, int] | None) -> None:
        if at == self._at:
            return
        self._at, self._value = at, ""
        self._stop_pointing()
        self._tell_place()
        shown = self.shown
        if at is None or shown is None:
            return
        self._pointing = Job(partial(read_one, shown.subject, *at), "value", priority=_POINTED_FIRST)
        self._pointing.succeeded.connect(self._take_value)
        self._pointing.failed.connect(self._take_no_value)
        self._jobs.start(self._pointing)

    def _stop_pointing(self) -> None:
        job, self._pointing = self._pointing, None
        if job is not None:
            job.cancel()

    @Slot(object)
    def _take_value(self, read: tuple[int, int, str]) -> None:
        row, column, value = read
        if self._at == (row, column):
            self._pointing = None
            self._value = value
            self._tell_place()

    @Slot(object)
    def _take_no_value(self, error: Exception) -> None:
        self._pointing = None
        self.say(why(error), failed=True)

    def _tell_place(self) -> None:
        shown = self.shown
        if shown is None:
            self.readout.setText("")
        elif self._at is None:
            self.readout.setText(summary(shown))
        else:
            said = about_place(shown, *self._at, self._value)
            self.readout.setText(said)
            self.plot.setAccessibleDescription(said)

    def _tell(self, *, failed: bool = False) -> None:
        said = [] if self.shown is None else notes(self.shown)
        self._write_notes([text for text in (self._said, *said) if text], failed=failed)


def _written(shown: Drawn, path: Path, report: Report) -> OSError | None:
    try:
        write_whole(path, table(shown, ",", report).encode())
    except OSError as error:
        return error
    return None
