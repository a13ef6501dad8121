"""Problems n: a sentence about what was found in how much, and a table that leads to the tensors."""

from bisect import bisect
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QModelIndex, Signal, Slot
from PySide6.QtWidgets import (
    QMenu,
    QPushButton,
)

from explorer import formatting
from explorer.analysis.judge.notes import found_in_words
from explorer.checkpoint.errors import SOUND
from explorer.checkpoint.pickles.names import does_something
from explorer.ui.clipboard import put_on_clipboard
from explorer.ui.measuring.measurements import Measurements
from explorer.ui.message_page import MessagePage
from explorer.ui.problems.finding import Finding
from explorer.ui.problems.lost import dress_unreadable, unreadable_button
from explorer.ui.problems.model import DETAIL, ENTRY, MOST, PROBLEM, TENSOR, ProblemModel
from explorer.ui.session import Session
from explorer.ui.tables.columns import copied
from explorer.ui.tables.fitting import CLEAR, fit_words
from explorer.ui.tables.look import go_to_row, shown_columns, width_for
from explorer.ui.tables.table_panel import TablePanel
from explorer.ui.tensor_views import IN_MENUS
from explorer.ui.text import set_tooltip

if TYPE_CHECKING:
    from explorer.analysis.judge.problems import Problem
    from explorer.ui.tensor_views import TensorView

_PLACES: "Final[tuple[TensorView, ...]]" = ("values", "heatmap", "channels")

HEIGHT: Final = 180
"""Of the dock when it is shown, in pixels."""
_MARGINS: Final = 12
"""Of a cell, in pixels."""


class ProblemsPanel(TablePanel):
    """Follows a `Finding`.

    Signals:
        chosen: A problem is to be looked at.
        place_asked: Likewise, in a `TensorView`.
        counted: How many problems there are.
        unreadable_asked: What cannot be read is to be shown alone.
        all_asked: What the filter leaves out is to be shown again.
        copied: They are on the clipboard: a sentence.
        told: What was found in the current row, where it is cut.
    """

    chosen = Signal(object)
    place_asked = Signal(object, str)
    counted = Signal(int)
    copied = Signal(str)
    told = Signal(str)
    unreadable_asked = Signal()
    all_asked = Signal()

    def __init__(self, session: Session, measurements: Measurements, finding: Finding) -> None:
        """Make the panel, empty.

        Args:
            session: Tells what is open.
            measurements: Tell whether more will be looked at.
            finding: Tells what was found.
        """
        self.model = ProblemModel()
        super().__init__("Problems", "Problems of tensors", self.model, MessagePage(), HEIGHT - 30)
        self.model.setParent(self)
        self._session = session
        self._measurements = measurements
        self._finding = finding
        self._last: Problem | None = None
        self._of_contents = ""
        self._of_file = ""
        self.copy = QPushButton("Copy")
        self.copy.clicked.connect(self._copy)
        self.copy.setProperty("flat", True)
        set_tooltip(self.copy, "Copy the sentence and the rows")
        self.lost = unreadable_button()
        self.lost.clicked.connect(self.unreadable_asked)
        self.page.button.clicked.connect(self._press)
        self.table.clicked.connect(self._choose)
        self.table.activated.connect(self._show_values)
        self.lay_out(self.lost, self.copy)
        finding.began.connect(self._begin)
        finding.found.connect(self._add)
        finding.beside.connect(self._set_beside)
        finding.looked_changed.connect(self._tell)
        measurements.held_back_changed.connect(self._say)
        session.selection_changed.connect(self._follow_selection)
        self.model.modelReset.connect(self._follow_selection)
        self.model.modelReset.connect(self._make_room)
        self.table.selectionModel().currentRowChanged.connect(self._tell_whole)
        self._say()

    @Slot()
    def _make_room(self) -> None:
        """Give the columns before what was found no more than they hold: that needs the room."""
        header = self.table.horizontalHeader()
        for column in (PROBLEM, TENSOR, ENTRY):
            usual = width_for(self.table, self.model.heads[column])
            holds = max(self.table.sizeHintForColumn(column), header.sectionSizeHint(column))
            header.resizeSection(column, min(usual, holds))

    @Slot(QModelIndex)
    def _tell_whole(self, current: QModelIndex) -> None:
        words = self.model.index(current.row(), DETAIL).data() if current.isValid() else ""
        if self.table.fontMetrics().horizontalAdvance(words) > self.table.columnWidth(DETAIL) - _MARGINS:
            self.told.emit(words)

    def step(self, by: int) -> bool:
        """Choose the next problem, or the one before, of those that stand in the table; from either end to the other.

        Args:
            by: 1 or -1.

        Returns:
            Whether there is any.
        """
        rows = self.model.rowCount()
        if not rows:
            return False
        current = self.table.currentIndex()
        row = (current.row() + by) % rows if current.isValid() else self._beside_selected(by)
        self._choose(self.model.index(row, 0))
        return True

    def show_values_of(self, number: int) -> None:
        """Show where the problem of a tensor is, as Return in the table does: of several, the one chosen last.

        Args:
            number: Of the tensor; nothing where it has none.
        """
        row = self._row_of(number)
        if row is not None:
            self._show_values(self.model.index(row, 0))

    def _row_of(self, number: int) -> int | None:
        rows = self.model.rows_of(number)
        return next((row for row in rows if self.model.row(row) is self._last), rows[0]) if rows else None

    def _beside_selected(self, by: int) -> int:
        """The row to go to from a selected tensor that has none: the next in the file's order, or the one before."""
        selected, rows = self._session.tensor, self.model.rowCount()
        numbers = [self.model.row(row).number for row in range(rows)]
        if selected is None or numbers != sorted(numbers):
            return 0 if by > 0 else rows - 1
        behind = bisect(numbers, selected.number)
        return (behind if by > 0 else behind - 1) % rows

    def tell_contents(self, sentence: str) -> None:
        """Say what is wrong beside the tensors; "" for nothing."""
        self._of_contents = sentence
        self._say()

    def name_file(self, name: str) -> None:
        """Say of which file all is, where others are shown; "" for the only one that is."""
        if name != self._of_file:
            self._of_file = name
            self._say()

    @property
    def of_file(self) -> str:
        """What comes before all that is said of problems."""
        return f"{self._of_file}: " if self._of_file else ""

    def keep(self, numbers: frozenset[int] | None) -> None:
        """List problems of some tensors only, by their numbers; None for all."""
        self.model.keep(numbers)
        self._say()

    @property
    def said(self) -> str:
        """What was found in how much."""
        return self.sentence.text()

    @property
    def none(self) -> str:
        """What is said where nothing was found: what cannot be read may hold anything, and what was read name code."""
        checkpoint = self._session.checkpoint
        if self._has_lost:
            return "No problems in what can be read"
        told = checkpoint is not None and (checkpoint.verdict not in SOUND or does_something(checkpoint.code))
        return "No problems in its values" if told else "No problems"

    @property
    def _has_lost(self) -> bool:
        """The values of some tensor cannot be read."""
        checkpoint = self._session.checkpoint
        return checkpoint is not None and bool(checkpoint.tensors.unreadable)

    @property
    def complete(self) -> bool:
        """All values that can be read were looked at."""
        checkpoint = self._session.checkpoint
        readable = 0 if checkpoint is None else len(checkpoint.tensors) - len(self._measurements.unreadable())
        return 0 < readable <= self._finding.looked

    def _begin(self) -> None:
        checkpoint = self._session.checkpoint
        self.model.begin(checkpoint)
        self.table.setColumnHidden(ENTRY, checkpoint is None or len(checkpoint.entries) < 2)
        self._tell()

    def _add(self, problems: "list[Problem]") -> None:
        self.model.add(problems)
        self._tell()

    def _set_beside(self, problems: "list[Problem]") -> None:
        self.model.set_beside(problems)
        self._tell()

    def _tell(self) -> None:
        self._say()
        self.counted.emit(self.model.count)

    def _say(self) -> None:
        some = self.model.count > 0 or self.model.rowCount() > 0
        lost = bool(self._measurements.unreadable()) and self._session.checkpoint is not None
        if self._none_fits:
            self.page.button.setText(CLEAR)
            set_tooltip(self.page.button, "")
        else:
            dress_unreadable(self.page.button)
        some = some and not self._none_fits
        self.table.setVisible(some)
        self.copy.setEnabled(some)
        self.lost.setVisible(lost)
        self.say(f"{'' if self._session.checkpoint is None else self.of_file}{self._in_words()}")
        self.show_page(instead=not some, offer=lost or self._none_fits, failed=bool(self._finding.failed))

    @property
    def _none_fits(self) -> bool:
        """There are problems, and the filter leaves none of them."""
        return self.model.filtered and self.model.count > 0 and not self.model.rowCount()

    @Slot()
    def _press(self) -> None:
        """Do what the page offers."""
        (self.all_asked if self._none_fits else self.unreadable_asked).emit()

    def _in_words(self) -> str:
        checkpoint, count = self._session.checkpoint, self.model.count
        notes, listed, unread = self.model.notes, self.model.rowCount(), len(self._measurements.unreadable())
        if checkpoint is None:
            return "Open a checkpoint to see whether it is healthy."
        total, looked = len(checkpoint.tensors), self._finding.looked
        readable = max(total - unread, looked)
        found = found_in_words(count, notes)
        if looked < readable:
            waits = self._measurements.held_back
            going_on = "" if waits is not None or self._finding.failed else " so far"
            of_all = formatting.plural(total, "tensor")
            # Of what nothing is known yet nothing is promised.
            nothing = f"None of {of_all} was measured yet." if not (looked or count or notes) else ""
            parts = [nothing or f"{found}{going_on} in {formatting.exact(looked)} of {of_all}."]
            parts += [self._finding.failed] if self._finding.failed else [waits.why] if waits is not None else []
        else:
            of_all = f"all values of {formatting.plural(looked, 'tensor')}."
            parts = [f"{self.none}: {of_all}" if not count and not notes and self._has_lost else f"{found} in {of_all}"]
            if unread:
                have = "has" if unread == 1 else "have"
                parts.append(f"{formatting.plural(unread, 'other tensor')} {have} no values that can be read.")
        parts += [self._of_contents] if self._of_contents else []
        if self._none_fits:
            parts.append(fit_words(0, formatting.plural(count, "problem")))
        elif self.model.filtered and count:
            parts.append(f"{formatting.exact(listed)} {'fits' if listed == 1 else 'fit'} the filter.")
        elif count > MOST:
            parts.append(f"The first {formatting.exact(MOST)} are listed.")
        return " ".join(parts)

    def _choose(self, index: QModelIndex) -> None:
        self._last = self.model.row(index.row())
        self.chosen.emit(self._last)
        self._follow_selection()

    def _show_values(self, index: QModelIndex) -> None:
        self._last = self.model.row(index.row())
        self.place_asked.emit(self._last, "values")

    @Slot()
    def _follow_selection(self) -> None:
        """Select the row of the tensor that is selected: of several, the one that was chosen last."""
        tensor = self._session.tensor
        last = None if tensor is None else self._row_of(tensor.number)
        if last is None:
            self.table.clearSelection()
            self.table.setCurrentIndex(QModelIndex())
            return
        if last != self.table.currentIndex().row():
            go_to_row(self.table, last)

    def begin_menu(self, menu: QMenu, index: QModelIndex) -> None:
        """Put what can be done with a problem into a menu.

        Args:
            menu: Takes the entries.
            index: Of its row.
        """
        problem = self.model.row(index.row())
        places = menu.addMenu("S&how as")
        for view in _PLACES:
            action = places.addAction(IN_MENUS[view])
            action.setEnabled(bool(problem.index))
            action.triggered.connect(lambda _checked=False, view=view: self.place_asked.emit(problem, view))
        menu.addSeparator()
        checkpoint = self._session.checkpoint
        key = "" if checkpoint is None else checkpoint.tensors.key(problem.number)
        menu.addAction("Copy &name").triggered.connect(lambda: put_on_clipboard(key))

    def _copy(self) -> None:
        rows = [self.model.index(row, 0) for row in range(self.model.rowCount())]
        put_on_clipboard(f"{self.said}\n{copied(self.model, rows, shown_columns(self.table))}")
        self.copied.emit("The problems were copied.")
