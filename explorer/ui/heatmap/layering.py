"""Draws a table behind the window: a picture of the whole, and a finer one over it of what is zoomed into."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from explorer.checkpoint.values.planes import Bounds
from explorer.progress import Report
from explorer.ui.failures import why
from explorer.ui.heatmap.fitting import part_around, seen, step_for, still_fine, will_do
from explorer.ui.heatmap.picture import Picture
from explorer.ui.heatmap.table_plot import TablePlot
from explorer.ui.running.current_job import CurrentJob

_SETTLED_MS: Final = 40
"""After so long without another step of a zoom what is seen is read anew."""
_MOST_CELLS: Final = 1024


class Part(NamedTuple):
    """A part to be drawn.

    Attributes:
        rows: Of the table.
        columns: Of the table.
        most: Cells down and across.
        sample: Read some of the values, for a first picture.
    """

    rows: Bounds
    columns: Bounds
    most: tuple[int, int]
    sample: bool = False


class Painter(NamedTuple):
    """What is done in the worker for a table.

    Attributes:
        height: Rows of the table.
        width: Columns of the table.
        whole: Draws all of it.
        over: Draws a part of it, and the whole anew in its colours; the third is the last picture of a part, whose
            colours are to be kept, or None.
        sample: There are so many values that some make a first picture.
    """

    height: int
    width: int
    whole: Callable[[Part, Report], Picture]
    over: Callable[[Part, Any, Any, Report], tuple[Picture, Picture]]
    sample: bool


class Layering(QObject):
    """Finds out what is to be drawn, and has it drawn.

    Signals:
        drawn: The pictures that are there: that of the whole, and maybe one of a part.
        given_up: Why no more is drawn, as a sentence, and whether something failed.
    """

    drawn = Signal(object)
    given_up = Signal(str, bool)

    def __init__(self, plot: TablePlot[Any, Any], job: CurrentJob) -> None:
        """Draw nothing yet.

        Args:
            plot: Tells what is seen.
            job: Does the work.
        """
        super().__init__(plot)
        self._plot = plot
        self._job = job
        self._painter: Painter | None = None
        self._base: Picture | None = None
        self._part: Picture | None = None
        self._gave_up = False
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._begin)
        job.failed.connect(self._fail)
        job.stopped.connect(self._stopped)
        plot.moved.connect(self._follow_zoom)

    @property
    def busy(self) -> bool:
        """There is more to be drawn."""
        return self._timer.isActive() or self._job.runs

    @property
    def has_drawn(self) -> bool:
        """There is a picture."""
        return self._base is not None

    def begin(self, painter: Painter) -> None:
        """Draw another table."""
        self.drop()
        self._painter = painter
        # Not before the plot has got its room.
        self._timer.start(0)

    def drop(self) -> None:
        """Draw nothing any more."""
        self._timer.stop()
        self._job.drop()
        self._painter = self._base = self._part = None
        self._gave_up = False

    def cancel(self) -> None:
        """Draw nothing more, also of what was about to begin."""
        if self._timer.isActive():
            self._timer.stop()
            self._stopped()
        else:
            self._job.cancel()

    @Slot()
    def _follow_zoom(self) -> None:
        if self._base is not None:
            self._gave_up = False
            self._timer.start(_SETTLED_MS)

    @Slot()
    def _begin(self) -> None:
        """Start what is still to be drawn."""
        painter = self._painter
        if painter is None or self._gave_up:
            return
        size = painter.height, painter.width
        down, across = self._plot.pixels
        most = (min(down, _MOST_CELLS), min(across, _MOST_CELLS))
        whole = Part((0, size[0]), (0, size[1]), most)
        base = self._base
        if base is None or not all(map(still_fine, base.found.step, map(step_for, size, most))):
            first = whole._replace(sample=painter.sample)
            self._job.start(partial(painter.whole, first), "drawing", self._take_base)
        elif self._plot.zoomed:
            self._begin_part(painter, base, size, most)
        else:
            self._forget_part()
            if base.found.sampled:
                self._job.start(partial(painter.whole, whole), "drawing", self._take_base)

    def _begin_part(self, painter: Painter, base: Picture, size: tuple[int, int], most: tuple[int, int]) -> None:
        shown = [seen(each, length) for each, length in zip(self._plot.shown, size, strict=True)]
        steps = [step_for(high - low, cells) for (low, high), cells in zip(shown, most, strict=True)]
        if base.found.step[0] <= steps[0] and base.found.step[1] <= steps[1]:
            self._forget_part()
            return
        known = None if self._part is None else self._part.found
        if known is not None and all(map(will_do, (known.rows, known.columns), known.step, shown, steps)):
            return
        rows, columns = map(part_around, shown, size, steps)
        cells = -(-(rows[1] - rows[0]) // steps[0]), -(-(columns[1] - columns[0]) // steps[1])
        # While it only moves, colours stay.
        kept = self._part if known is not None and known.step == tuple(steps) else None
        work = partial(painter.over, Part(rows, columns, cells), base, kept)
        self._job.start(work, "drawing", self._take_part)

    @Slot(object)
    def _take_base(self, picture: Picture) -> None:
        self._base, self._part = picture, None
        self._go_on([picture])

    @Slot(object)
    def _take_part(self, pictures: tuple[Picture, Picture]) -> None:
        self._part = pictures[1]
        self._go_on(list(pictures))

    def _go_on(self, pictures: list[Picture]) -> None:
        self.drawn.emit(pictures)
        self._timer.start(0)

    def _forget_part(self) -> None:
        if self._part is not None and self._base is not None:
            self._part = None
            self.drawn.emit([self._base])

    @Slot()
    def _stopped(self) -> None:
        self._gave_up = True
        self.given_up.emit("Cancelled.", False)

    @Slot(object)
    def _fail(self, error: Exception) -> None:
        self._gave_up = True
        self.given_up.emit(why(error), True)
