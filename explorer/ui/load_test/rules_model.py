"""The rules as a table that is edited, with undo; and what they make of keys, as a table that is read."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QObject, Qt, Signal
from PySide6.QtGui import QColor, QUndoCommand, QUndoStack

from explorer import formatting
from explorer.keys.renaming import Change, Renamed
from explorer.ui import text
from explorer.ui.tables.columns import LEFT, NOWHERE, RIGHT, Column, Index, Writer, heading, written
from explorer.ui.tables.heads import Head
from explorer.ui.tables.model import TableModel

Written = tuple[str, str]
"""A rule as it is written: what is to be found, and what comes in its place."""

FIND, REPLACE, SAID = range(3)
HEADS: Final = (Head("Find"), Head("Replace by"), Head("Keys", figures=True, sample="88,888 m"))
_LONGEST: Final = 2_000
"""Characters of an expression; nobody writes a longer one."""


class RulesModel(QAbstractTableModel):
    """Rules in their order. Every change can be undone.

    Signals:
        edited: The rules are others than before.
    """

    edited = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo = QUndoStack(self)
        self._rules: tuple[Written, ...] = ()
        self._renamed: Renamed | None = None
        self.bad_color = QColor()
        """Of what is wrong with a rule."""

    @property
    def rules(self) -> tuple[Written, ...]:
        """The rules."""
        return self._rules

    def change(self, rules: Sequence[Written], what: str) -> None:
        """Have other rules.

        Args:
            rules: All of them.
            what: Is done, for Undo: "add a rule".
        """
        if tuple(rules) != self._rules:
            self.undo.push(_Change(self, self._rules, tuple(rules), what))

    def put(self, rules: tuple[Written, ...]) -> None:
        """Have other rules; for the stack of what can be undone."""
        if len(rules) == len(self._rules):
            # What is current stays so, and the next cell can be edited at once.
            before, self._rules = self._rules, rules
            for row, (old, new) in enumerate(zip(before, rules, strict=True)):
                if old != new:
                    self.dataChanged.emit(self.index(row, FIND), self.index(row, REPLACE))
            self.show_renamed(None)
        else:
            self.beginResetModel()
            self._rules, self._renamed = rules, None
            self.endResetModel()
        self.edited.emit()

    def show_renamed(self, renamed: Renamed | None) -> None:
        """Say beside each rule how many keys it changes, or what is wrong with it; None while that is not known."""
        self._renamed = renamed
        if self._rules:
            # Not of the other columns: a view would put back what is being typed there.
            self.dataChanged.emit(self.index(0, SAID), self.index(len(self._rules) - 1, SAID))

    def problem(self, row: int) -> str:
        """Why a rule cannot be applied, as a sentence; "" where it can, or where that is not known."""
        problems = () if self._renamed is None else self._renamed.problems
        return problems[row] if row < len(problems) else ""

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802 - Qt's name
        """One for each rule."""
        return 0 if parent.isValid() else len(self._rules)

    def columnCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802 - Qt's name
        """What is found, what comes, and how many keys that changes."""
        return 0 if parent.isValid() else len(HEADS)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """The first two columns are edited."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        can = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
        return can | Qt.ItemFlag.ItemIsEditable if index.column() != SAID else can

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:  # noqa: ANN401 - what Qt asks for
        """Titles of the columns, and numbers of the rules."""
        if orientation == Qt.Orientation.Horizontal:
            return heading(HEADS, section, orientation, role)
        return section + 1 if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - what Qt asks for
        """What stands in a cell."""
        if not index.isValid():
            return None
        row, column = index.row(), index.column()
        problem = self.problem(row)
        if role == Qt.ItemDataRole.EditRole and column != SAID:
            return self._rules[row][column]
        if role == Qt.ItemDataRole.DisplayRole:
            if column != SAID:
                return formatting.visible(self._rules[row][column], _LONGEST)
            if problem:
                return "wrong"
            # Rules that cannot all be applied change nothing.
            known = self._renamed
            return "" if known is None or any(known.problems) else formatting.count(known.counts[row])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if column == SAID else LEFT
        if role == Qt.ItemDataRole.ForegroundRole and problem and column in (FIND, SAID):
            return self.bad_color
        if role == Qt.ItemDataRole.ToolTipRole:
            return text.tooltip(problem) if problem else None
        return None

    def writer(self) -> Writer:
        """What writes the rules."""
        return partial(written, [head.title for head in HEADS[:SAID]], self._rules)

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: N802 - Qt's name
        """Take what was written."""
        if not index.isValid() or role != Qt.ItemDataRole.EditRole or index.column() == SAID:
            return False
        rules = list(self._rules)
        changed = list(rules[index.row()])
        changed[index.column()] = str(value)[:_LONGEST]
        rules[index.row()] = (changed[FIND], changed[REPLACE])
        self.change(rules, "edit a rule")
        return True


class _Change(QUndoCommand):
    """One step that can be undone: all rules before it and after it."""

    def __init__(self, model: RulesModel, before: tuple[Written, ...], after: tuple[Written, ...], what: str) -> None:
        super().__init__(what)
        self._model, self._before, self._after = model, before, after

    def undo(self) -> None:
        """Go back."""
        self._model.put(self._before)

    def redo(self) -> None:
        """Go on."""
        self._model.put(self._after)


_LEFT_OUT: Final = "(left out)"

_CHANGES: Final[tuple[Column[None, Change], ...]] = (
    Column(
        Head("Before"),
        lambda _of, change: formatting.visible(change.before),
        exact=lambda _of, change: formatting.visible(change.before, 10_000),
    ),
    Column(
        Head("After"),
        lambda _of, change: formatting.visible(change.after) or _LEFT_OUT,
        exact=lambda _of, change: formatting.visible(change.after, 10_000) or _LEFT_OUT,
    ),
    Column(HEADS[SAID], lambda _of, change: formatting.exact(change.keys), exact=lambda _of, change: change.keys),
)


class ChangesModel(TableModel[None, Change]):
    """Keys that are renamed: before, after, and how many."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(_CHANGES, parent)

    def show_changes(self, changes: Sequence[Change]) -> None:
        """Show others."""
        self.show_rows(None, changes)
