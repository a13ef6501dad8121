"""A drawn table with what is read out below it; takes both elsewhere."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, Generic, TypeVar

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout

from explorer.progress import Report
from explorer.tasks.jobs import Job, Jobs
from explorer.ui.clipboard import put_on_clipboard
from explorer.ui.export import write_whole
from explorer.ui.failures import why
from explorer.ui.heatmap.table_plot import TablePlot
from explorer.ui.plots.export_actions import ExportActions
from explorer.ui.plots.plot_view import PlotView, Separator
from explorer.ui.settings import Settings

_POINTED_FIRST: Final = -1
"""A value under the cursor overtakes pictures that wait."""

P = TypeVar("P", bound=TablePlot)

MakeTable = Callable[[Separator, Report], str]
"""Writes what is drawn for other programs, in the worker."""
ReadPlace = Callable[[Report], tuple[int, int, str]]
"""Reads what stands at a row and a column, in the worker."""


class TableView(PlotView, Generic[P]):
    """Reads the exact value under the cursor from the file. What is drawn, and said, is for what derives from it."""

    def __init__(self, what: str, plot: P, actions: ExportActions, settings: Settings, jobs: Jobs) -> None:
        """Make the view.

        Args:
            what: Is drawn, in one or two words.
            plot: Draws it.
            actions: For the plot's menu; those that copy and save are done here.
            settings: Remember the folder that was saved to.
            jobs: Read single values, and write tables.
        """
        super().__init__(what, actions, settings)
        self._jobs = jobs
        self._pointing: Job | None = None
        self._at: tuple[int, int] | None = None
        self._said = self._value = ""
        self.plot = plot
        self.plot.pointed.connect(self._read_out)
        # Its coming and going would change the plot's room, for which it is drawn anew, maybe without end.
        policy = self.notes.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.notes.setSizePolicy(policy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 4)
        layout.setSpacing(0)
        layout.addWidget(self.plot, 1)
        layout.addWidget(self.readout)
        layout.addWidget(self.notes)

    def begin(self, height: int, width: int) -> None:
        """Begin with another table: nothing is drawn of it yet."""
        self._at, self._said, self._value = None, "", ""
        self._stop_pointing()
        self.plot.show_table(height, width)
        self.readout.setText("")
        self._write_notes([])

    def say(self, sentence: str, *, failed: bool = False) -> None:
        """Say something below the plot, until the next is drawn."""
        self._said = sentence
        self._tell(failed=failed)

    def summary(self) -> str:
        """What is drawn, in a line; "" for nothing."""
        raise NotImplementedError

    def about(self, row: int, column: int, value: str) -> str:
        """What stands at a place, of which the exact value may not be known yet: "" then."""
        raise NotImplementedError

    def facts(self) -> list[str]:
        """What else is worth knowing of what is drawn."""
        raise NotImplementedError

    def make_table(self) -> MakeTable | None:
        """What writes what is drawn; None where nothing is."""
        raise NotImplementedError

    def read_place(self, row: int, column: int) -> ReadPlace | None:
        """What reads the exact value at a place; None where there is none."""
        raise NotImplementedError

    @Slot()
    def copy_numbers(self) -> None:
        """Put the cells on the clipboard; made behind the window."""
        make = self.make_table()
        if make is not None:
            self._work(partial(make, "\t"), self._put_on_clipboard)

    @Slot()
    def save_csv(self) -> None:
        """Ask where, and save the cells; made and written behind the window."""
        make = self.make_table()
        if make is not None:
            self.ask_where("csv", partial(self._write, make))

    def _drawn_anew(self) -> None:
        """Say what belongs to other pictures of the same table."""
        self._said = ""
        self._tell_place()
        self._tell()

    def _write(self, make: MakeTable, path: Path) -> None:
        self._work(partial(_written, make, path), partial(self._tell_written, path))

    def _work(self, work: Callable[[Report], object], then: Callable[..., None]) -> None:
        job = Job(work, name="numbers of what is drawn")
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
        read = None if at is None else self.read_place(*at)
        if read is None:
            return
        self._pointing = Job(read, "value", priority=_POINTED_FIRST)
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
        if self._at is None or self.drawn() is None:
            self.readout.setText(self.summary())
        else:
            said = self.about(*self._at, self._value)
            self.readout.setText(said)
            self.plot.setAccessibleDescription(said)

    def _tell(self, *, failed: bool = False) -> None:
        self._write_notes([text for text in (self._said, *self.facts()) if text], failed=failed)


def _written(make: MakeTable, path: Path, report: Report) -> OSError | None:
    try:
        write_whole(path, make(",", report).encode())
    except OSError as error:
        return error
    return None
