"""The problems of the open file for Qt: a row for each, in the file's order until they are sorted."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QColor

from explorer import formatting
from explorer.analysis.judge.problem_words import SHAPES, WORDS
from explorer.checkpoint.document import Checkpoint
from explorer.ui.layers.columns import natural
from explorer.ui.text import tooltip

if TYPE_CHECKING:
    from explorer.analysis.judge.problems import Problem

TITLES: Final = ("Problem", "Tensor", "Entry", "What was found")
PROBLEM, TENSOR, ENTRY, DETAIL = range(4)

MOST: Final = 10_000
"""Rows at most; all are counted."""

_FILE_ORDER: Final = -1
_NOWHERE: Final = QModelIndex()

Index = QModelIndex | QPersistentModelIndex


class ProblemModel(QAbstractTableModel):
    """What is wrong, where, and the number that makes it so: of all tensors, or of those that a filter keeps.

    Attributes:
        count: How many problems there are, of all tensors.
        colors: Of words by their severity.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._checkpoint: Checkpoint | None = None
        self._rows: list[Problem] = []
        self._all: list[Problem] = []
        self._kept: frozenset[int] | None = None
        self._beside: list[Problem] = []
        self._sorting = (_FILE_ORDER, Qt.SortOrder.AscendingOrder)
        self.count = 0
        self.colors: dict[str, QColor] = {}

    def begin(self, checkpoint: Checkpoint | None) -> None:
        """Show those of another file: none yet."""
        self.beginResetModel()
        self._checkpoint = checkpoint
        self._all, self._rows, self._beside, self._kept, self.count = [], [], [], None, 0
        self.endResetModel()

    def add(self, problems: "list[Problem]") -> None:
        """Show more."""
        if not problems:
            return
        self.count += len(problems)
        self._all += problems[: MOST - len(self._all)]
        # They are found in whatever order figures come.
        self._all.sort(key=lambda problem: problem.number)
        self._show()

    def set_beside(self, problems: "list[Problem]") -> None:
        """Show these in the place of those that were last told so."""
        if self._beside:
            gone = set(map(id, self._beside))
            self._all = [row for row in self._all if id(row) not in gone]
            self.count -= len(self._beside)
            self._show()
        self._beside = problems
        self.add(problems)

    def keep(self, numbers: frozenset[int] | None) -> None:
        """Show those of some tensors only, by their numbers; None for those of all."""
        if numbers != self._kept:
            self._kept = numbers
            self._show()

    def _show(self) -> None:
        self.beginResetModel()
        self._rows = [row for row in self._all if self._keeps(row)]
        self.endResetModel()
        self.sort(*self._sorting)

    @property
    def filtered(self) -> bool:
        """Those of some tensors only are shown."""
        return self._kept is not None

    @property
    def all(self) -> "list[Problem]":
        """Those that have rows, or would have without the filter: `MOST` at most."""
        return list(self._all)

    def numbers(self) -> list[int]:
        """Tensors that have problems, each once."""
        return list(dict.fromkeys(row.number for row in self._all))

    def _keeps(self, problem: "Problem") -> bool:
        return self._kept is None or problem.number in self._kept

    def problems(self) -> "list[Problem]":
        """Those that have rows, as they stand."""
        return list(self._rows)

    def problem(self, row: int) -> "Problem":
        """That of a row."""
        return self._rows[row]

    def rows_of(self, number: int) -> list[int]:
        """The rows of a tensor, by its number."""
        return [place for place, row in enumerate(self._rows) if row.number == number]

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort the rows, and those that come later."""
        changed, self._sorting = self._sorting[0] != column, (column, order)
        if column < 0:
            if changed:
                self._show()
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        kept = [self._rows[index.row()] for index in before]
        key: Callable[[Problem], Any] = {
            _FILE_ORDER: lambda one: one.number,
            PROBLEM: lambda one: (one.severity, WORDS[one.kind], one.number),
            TENSOR: lambda one: (natural(self._key(one.number)), one.number),
            ENTRY: lambda one: (self._entry(one.number), one.number),
            DETAIL: lambda one: (natural(one.detail), one.number),
        }[column]
        self._rows.sort(key=key, reverse=column >= 0 and order == Qt.SortOrder.DescendingOrder)
        places = {id(row): place for place, row in enumerate(self._rows)}
        after = [self.index(places[id(row)], index.column()) for row, index in zip(kept, before, strict=True)]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def lines(self, rows: Iterable[int]) -> list[str]:
        """Rows as text, their cells parted by tabs; with the entry where the file has several."""
        several = self._checkpoint is not None and len(self._checkpoint.entries) > 1
        columns = [column for column in range(len(TITLES)) if several or column != ENTRY]
        return ["\t".join(self._text(row, column) for column in columns) for row in rows]

    def rowCount(self, parent: Index = _NOWHERE) -> int:  # noqa: N802 - Qt's name
        """One for each problem."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:  # noqa: N802 - Qt's name
        """As many in every row."""
        return 0 if parent.isValid() else len(TITLES)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:  # noqa: ANN401 - what Qt asks for
        """Titles of the columns."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(TITLES):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return TITLES[section]
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return left if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - what Qt asks for
        """What stands in a cell."""
        if not index.isValid() or self._checkpoint is None:
            return None
        row, column = index.row(), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, column)
        if role == Qt.ItemDataRole.ForegroundRole and column == PROBLEM:
            color = self.colors.get(self._rows[row].severity)
            return None if color is None else QBrush(color)
        if role == Qt.ItemDataRole.ToolTipRole:
            full = formatting.visible(self._key(self._rows[row].number), 1000) or formatting.UNNAMED
            return tooltip(full if column == TENSOR else self._rows[row].detail)
        return None

    def _text(self, row: int, column: int) -> str:
        problem = self._rows[row]
        if column == PROBLEM:
            return f"{SHAPES[problem.severity]} {WORDS[problem.kind]}"
        if column == TENSOR:
            return formatting.visible(self._key(problem.number)) or formatting.UNNAMED
        return problem.detail if column == DETAIL else formatting.visible(self._entry(problem.number)) or "(top)"

    def _key(self, number: int) -> str:
        return "" if self._checkpoint is None else self._checkpoint.tensors.key(number)

    def _entry(self, number: int) -> str:
        return "" if self._checkpoint is None else self._checkpoint.tensors[number].entry
