"""A drawn table with what is read out below it; takes both elsewhere."""

from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

from PySide6.QtCore import QEvent, Slot
from PySide6.QtWidgets import QVBoxLayout

from explorer.progress import Report
from explorer.tasks.jobs import Job, Jobs
from explorer.ui.failures import why
from explorer.ui.heatmap.table_plot import TablePlot
from explorer.ui.plots.export_actions import ExportActions
from explorer.ui.plots.plot_view import PlotView
from explorer.ui.settings import Settings

_POINTED_FIRST: Final = -1
"""A value under the cursor overtakes pictures that wait."""
_BELOW: Final = 4
"""Pixels below all of it."""

D = TypeVar("D")
"""A picture that is drawn."""
P = TypeVar("P", bound=TablePlot[Any, Any])
"""What draws it."""

ReadPlace = Callable[[Report], tuple[int, int, str]]
"""Reads what stands at a row and a column, in the worker."""


class TableView(PlotView, Generic[P, D]):
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
        super().__init__(what, actions, settings, jobs=jobs)
        self._jobs = jobs
        self._pointing: Job | None = None
        self._at: tuple[int, int] | None = None
        self._value = ""
        self.plot = plot
        self.plot.pointed.connect(self._read_out)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, _BELOW)
        layout.setSpacing(0)
        layout.addWidget(self.plot, 1)
        layout.addWidget(self.readout)
        layout.addWidget(self.notes)

    def event(self, event: QEvent) -> bool:
        """Judge the room anew when words take other lines: in another width they do only after the resizing."""
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._give_way()
        return done

    def _give_way(self) -> None:
        """Without notes first, then without what is read out: below its least height the plot would lie under them."""
        left = self.height() - self.plot.minimumHeight() - _BELOW
        read = self.readout.sizeHint().height()
        noted = left >= read + self.notes.sizeHint().height()
        self.readout.setVisible(left >= read)
        self.notes.setVisible(noted and bool(self.notes.text()))
        # Its coming and going with its words would change the room that the plot is drawn anew for, maybe without end.
        policy = self.notes.sizePolicy()
        policy.setRetainSizeWhenHidden(noted)
        self.notes.setSizePolicy(policy)

    def begin(self, height: int, width: int) -> None:
        """Begin with another table: nothing is drawn of it yet."""
        self._at, self._value = None, ""
        self._stop_pointing()
        self.plot.show_table(height, width)
        self.readout.setText("")
        self.notes.shrink()
        self.begin_words()
        self.tell()

    @property
    def shown(self) -> D | None:
        """The finest picture that is drawn."""
        pictures: list[D] = self.plot.pictures
        return pictures[-1] if pictures else None

    def draw(self, *pictures: D) -> None:
        """Draw the picture of the whole, and one of a part over it."""
        self.plot.show_pictures(*pictures)
        self.begin_words()
        self._tell_place()
        self.tell()

    def drawn(self) -> P | None:
        """The plot, while something is drawn on it."""
        return self.plot if self.plot.pictures else None

    def summary(self) -> str:
        """What is drawn, in a line; "" for nothing."""
        raise NotImplementedError

    def about(self, row: int, column: int, value: str) -> str:
        """What stands at a place, of which the exact value may not be known yet: "" then."""
        raise NotImplementedError

    def below(self) -> list[str]:
        """What a picture says below the plot."""
        return [self.summary(), " · ".join(self.facts())]

    def read_place(self, row: int, column: int) -> ReadPlace | None:
        """What reads the exact value at a place; None where there is none."""
        raise NotImplementedError

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
