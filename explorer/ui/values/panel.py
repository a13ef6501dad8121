"""The exact values of a tensor as a table, read as they are scrolled to."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QStackedWidget, QVBoxLayout

from explorer.checkpoint.document import TensorInfo
from explorer.checkpoint.values.planes import Plane, first_plane
from explorer.formatting import exact
from explorer.tasks.jobs import Job, Jobs
from explorer.ui import theme
from explorer.ui.failures import why
from explorer.ui.heatmap.words import table_size
from explorer.ui.message_page import MessagePage
from explorer.ui.plane_bar import PlaneBar
from explorer.ui.plots.export_actions import menu_button
from explorer.ui.plots.wrapping import WordsBelow
from explorer.ui.running.current_job import CurrentJob
from explorer.ui.running.work_row import WorkRow
from explorer.ui.session import Session
from explorer.ui.settings import Settings
from explorer.ui.tensor_views import Place, TensorLook, nothing_to_see
from explorer.ui.text import set_tone, set_tooltip
from explorer.ui.themed import Themed
from explorer.ui.values.actions import NOTHING, ValuesActions
from explorer.ui.values.finding import ODD_WORDS, find_odd, odd_name
from explorer.ui.values.index_text import index_in, plane_to_read
from explorer.ui.values.model import PAGE, ValuesModel
from explorer.ui.values.reading import Source, exact_facts
from explorer.ui.values.table import ValuesTable, how_written
from explorer.ui.values.taking import ValuesTaking

_WHERE_TO: Final = (
    "Such as 33, 0, 5: a number for each axis, negative ones from the end; 33 alone is the first value there. "
    "NaN, Inf, +Inf and −Inf go to the next of them."
)


class ValuesPanel(Themed, TensorLook):
    """Shows the values of a tensor, or their bits."""

    def __init__(self, session: Session, jobs: Jobs, settings: Settings) -> None:
        """Make the panel; nothing is shown in it.

        Args:
            session: Tells what is open.
            jobs: Read values, and write tables.
            settings: Remember the folder that was saved to.
        """
        super().__init__()
        self._session = session
        self._jobs = jobs
        self._tensor: TensorInfo | None = None
        self._left: tuple[TensorInfo, Plane, tuple[int, int] | None] | None = None
        self._pointing: Job | None = None
        self.model = ValuesModel(jobs, self)
        self._begin_to_wear()
        self.table = ValuesTable(self.model)
        self.planes = PlaneBar()
        self.page = MessagePage("Read again")
        self.progress = WorkRow("the work on values", "Reading values")
        self._job = CurrentJob(jobs, self.progress)
        self.taking = ValuesTaking(self.table, self.model, self._job, settings)
        self.plot_actions: ValuesActions = ValuesActions(self)
        self.said = WordsBelow(1, grows=True)
        self._build()
        self._connect()
        self.plot_actions.allow(NOTHING)

    def _build(self) -> None:
        self.index = QLineEdit()
        self.index.setPlaceholderText("Go to index, or NaN")
        self.index.setAccessibleName("Go to index")
        set_tooltip(self.index, _WHERE_TO)
        self.index.setMaximumWidth(180)
        self.bits = QPushButton("Bits")
        self.bits.setCheckable(True)
        self.bits.setProperty("flat", True)
        set_tooltip(self.bits, "Show the stored bits in hexadecimal figures, the most significant first.")
        self.before, self.after = QPushButton("‹ page"), QPushButton("page ›")
        for button, name in ((self.before, "Page before"), (self.after, "Page after")):
            button.setProperty("flat", True)
            button.setAccessibleName(name)
        self.export = menu_button("Export", [self.plot_actions.copy_numbers, self.plot_actions.export["csv"]])
        set_tooltip(self.export, "Copy what is selected, or save it, or all where one value is.")
        bar = QFrame()
        bar.setProperty("bar", True)
        row = QHBoxLayout(bar)
        row.setContentsMargins(12, 4, 12, 4)
        row.setSpacing(4)
        for control in (self.index, self.before, self.after):
            row.addWidget(control)
        row.addStretch(1)
        row.addWidget(self.bits)
        row.addWidget(self.export)
        self._body = QStackedWidget()
        self._body.addWidget(self.page)
        self._body.addWidget(self.table)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 4)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addWidget(self.planes)
        layout.addWidget(self._body, 1)
        layout.addWidget(self.progress)
        layout.addWidget(self.said)

    def _connect(self) -> None:
        self.model.failed.connect(self._fail)
        self.taking.said.connect(self._say)
        self._job.stopped.connect(partial(self._say, "Cancelled."))
        self.table.end_asked.connect(self._go_to_end)
        self.table.beyond_asked.connect(self._go_beyond)
        self.table.pointed.connect(self._point)
        self.table.copy_asked.connect(self.taking.copy_selected)
        self.plot_actions.copy_numbers.triggered.connect(self.taking.copy_selected)
        self.plot_actions.export["csv"].triggered.connect(self.taking.export_table)
        self.planes.changed.connect(self._change_plane)
        self.bits.toggled.connect(self._show_bits)
        self.index.returnPressed.connect(self._go)
        self.page.button.clicked.connect(self._show_plane)
        self.before.clicked.connect(partial(self._turn, -1))
        self.after.clicked.connect(partial(self._turn, 1))

    def _wear(self) -> None:
        self.model.odd_color = QColor(theme.current(self).bad)

    @property
    def busy(self) -> bool:
        """Something is being read or written."""
        return self.model.busy or self._job.runs or self._pointing is not None

    def show_tensor(self, tensor: TensorInfo | None) -> None:
        """Show a tensor of the open checkpoint; None while something else is shown in its place.

        Who comes back from another view finds the same table, at the same value.
        """
        if self._tensor is not None and self.model.source is not None:
            self._left = self._tensor, self.planes.plane, self._place()
        self._tensor = tensor
        self._job.drop()
        self.index.clear()
        nothing = "" if tensor is None else nothing_to_see(tensor)
        shown = tensor is not None and not nothing
        plane, place = plane_to_read(tensor.kind.stored_shape) if tensor and shown else first_plane(()), None
        if self._left is not None and self._left[0] == tensor:
            _, plane, place = self._left
        self.planes.show_plane(plane)
        self.plot_actions.allow("" if shown else NOTHING)
        for control in (self.index, self.bits, self.export):
            control.setEnabled(shown)
        self._show_plane()
        if nothing:
            self.page.say(nothing)
            self._body.setCurrentWidget(self.page)
        elif place is not None:
            self._go_to_cell(*place)

    def _place(self) -> tuple[int, int] | None:
        """Row and column of the current value in the table; None where none is."""
        current, first = self.table.currentIndex(), self.model.first
        return (current.row() + first[0], current.column() + first[1]) if current.isValid() else None

    @Slot(object)
    def _change_plane(self, plane: Plane) -> None:
        """Show another table: the same value of it, or where only an index changed, the same row and column."""
        before, place = self.model.source, self._place()
        axes = plane.down, plane.across
        if before is not None and place is not None and (before.plane.down, before.plane.across) != axes:
            plane = plane.through(before.plane.index(*place))
            self.planes.show_plane(plane)
            place = plane.place(plane.at)
        self._show_plane()
        if place is not None:
            self._go_to_cell(*place)

    @Slot()
    def _show_plane(self) -> None:
        checkpoint, tensor = self._session.checkpoint, self._tensor
        self._stop_pointing()
        if checkpoint is None or tensor is None or nothing_to_see(tensor):
            self.model.show_source(None)
        else:
            alone = self.planes.plane.width == 1
            self.table.fit(tensor.kind.element, as_bits=self.bits.isChecked(), alone=alone)
            self.model.show_source(Source(checkpoint, tensor, self.planes.plane, self.bits.isChecked()))
            self._body.setCurrentWidget(self.table)
        self._tell_page()

    @Slot(bool)
    def _show_bits(self, shown: bool) -> None:
        if self._tensor is not None:
            self.table.fit(self._tensor.kind.element, as_bits=shown, alone=self.planes.plane.width == 1)
        self.model.show_bits(shown=shown)
        if self.table.currentIndex().isValid():
            # Columns have another width now.
            self.table.scrollTo(self.table.currentIndex())

    def go_to(self, index: Sequence[int]) -> None:
        """Show a value of the tensor, as if its index were typed."""
        self.show_place(Place(tuple(index)))
        self.table.setFocus()

    def show_place(self, place: Place) -> None:
        """Show a value of the tensor, and its index in the field."""
        if self._tensor is None or self.model.source is None:
            return
        self.index.setText(", ".join(map(str, place.at)))
        plane = self.planes.plane.through(place.at)
        if any(plane.at[axis] != self.planes.plane.at[axis] for axis in plane.fixed):
            self.planes.show_plane(plane)
            self._show_plane()
        self._go_to_cell(*plane.place(place.at))

    @Slot(bool)
    def _go_to_end(self, last: bool) -> None:
        if self.model.source is not None:
            plane = self.model.source.plane
            self._go_to_cell(*((plane.height - 1, plane.width - 1) if last else (0, 0)))

    @Slot(int, int)
    def _go_beyond(self, down: int, right: int) -> None:
        place = self._place()
        if self.model.source is not None and place is not None:
            row, column = place[0] + down, place[1] + right
            if 0 <= row < self.model.source.plane.height and 0 <= column < self.model.source.plane.width:
                self._go_to_cell(row, column)

    def _go_to_cell(self, row: int, column: int) -> None:
        """Bring a cell of the table into view, on its page."""
        first = tuple(at // size * size for at, size in zip((row, column), PAGE, strict=True))
        if first != self.model.first:
            self._show_page((first[0], first[1]))
        self.table.go_to(row - first[0], column - first[1])

    @Slot()
    def _go(self) -> None:
        source = self.model.source
        if self._tensor is None or source is None:
            return
        word, place = self.index.text().strip(), self._place()
        if word.lower() in ODD_WORDS:
            after = None if place is None else source.plane.index(*place)
            self._job.start(partial(find_odd, source, word, after), "looking for it", partial(self._take_odd, word))
            return
        found = index_in(word, self._tensor.kind.stored_shape)
        if isinstance(found, str):
            self._say(found, failed=True)
        else:
            self.go_to(found)

    def _take_odd(self, word: str, found: tuple[int, ...] | None) -> None:
        if found is None:
            self._say(f"The tensor holds no {odd_name(word)}.", failed=True)
        else:
            self.go_to(found)
            self.index.setText(word)
            self.index.setFocus()  # where Enter goes on to the next

    def _turn(self, by: int) -> None:
        """Go to the page before, or after: along the columns where rows fit on one."""
        way = 0 if self.planes.plane.height > PAGE[0] else 1
        first = list(self.model.first)
        first[way] += by * PAGE[way]
        self._show_page((first[0], first[1]))

    def _show_page(self, first: tuple[int, int]) -> None:
        self.model.show_source(self.model.source, first)
        self._tell_page()

    def _tell_page(self) -> None:
        source, first = self.model.source, self.model.first
        sizes = (0, 0) if source is None else (source.plane.height, source.plane.width)
        long = [way for way in (0, 1) if sizes[way] > PAGE[way]]
        for button in (self.before, self.after):
            button.setVisible(bool(long))
        said = "" if source is None else table_size(source.plane)
        if long:
            way = long[0]
            last = min(first[way] + PAGE[way], sizes[way])
            self.before.setEnabled(first[way] > 0)
            self.after.setEnabled(last < sizes[way])
            said += f" · {('rows', 'columns')[way]} {exact(first[way])} to {exact(last - 1)} on this page"
        if source is not None and source.tensor.kind.stored_shape != source.tensor.kind.shape:
            said += f" · the stored values of a {source.tensor.kind.layout.replace('_', ' ')} tensor"
        if source is not None and not source.as_bits and (how := how_written(source.tensor.kind.element)):
            said += f" · {how}"
        self._say(said)

    @Slot()
    def _point(self) -> None:
        self._stop_pointing()
        current, source = self.table.currentIndex(), self.model.source
        if source is None or not current.isValid():
            return
        place = current.row() + self.model.first[0], current.column() + self.model.first[1]
        self._pointing = Job(partial(exact_facts, source, *place), "value", priority=-2)
        self._pointing.succeeded.connect(self._tell_value)
        self._pointing.failed.connect(self._fail)
        self._pointing.stopping.connect(self._forget_pointing)
        self._jobs.start(self._pointing)

    def _stop_pointing(self) -> None:
        if self._pointing is not None:
            self._pointing.cancel()

    @Slot(object)
    def _forget_pointing(self, job: Job) -> None:
        if job is self._pointing:
            self._pointing = None

    @Slot(object)
    def _tell_value(self, read: tuple[int, int, str]) -> None:
        self._pointing = None
        self._say(read[2])

    @Slot(object)
    def _fail(self, error: Exception) -> None:
        self._pointing = None
        self.model.show_source(None)
        self.page.say(why(error), offer=True)
        self._body.setCurrentWidget(self.page)
        self._tell_page()

    @Slot(str, bool)
    def _say(self, sentence: str, failed: bool = False) -> None:
        set_tone(self.said, "bad" if failed else None)
        self.said.setText(sentence)
