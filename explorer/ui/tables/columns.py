"""Columns, each described once: what stands at its head and in its cells, and what its rows are sorted by."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, Literal, TypeVar

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, Qt

from explorer.formatting import delimited
from explorer.progress import Report, asking
from explorer.ui.tables.heads import Head, natural
from explorer.ui.text import tooltip

Index = QModelIndex | QPersistentModelIndex
Separator = Literal[",", "\t"]
Writer = Callable[[Separator, Report], str]
"""Writes a table for other programs, on the worker."""

IN_SHORT: Final = int(Qt.ItemDataRole.UserRole) + 101
"""The role under which a cell or a title tells what it says where its words have no room; None for nothing else.

A cell may tell several, the longest first."""
EXACT: Final = int(Qt.ItemDataRole.UserRole) + 100
"""The role under which a cell tells what is copied: every digit, where it shows fewer; None where it shows them all."""
RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
NOWHERE: Final = QModelIndex()

Of = TypeVar("Of")
Row = TypeVar("Row")


@dataclass(frozen=True)
class Column(Generic[Of, Row]):
    """A column of a `TableModel`. Each function is given what all rows are of, and a row.

    Attributes:
        head: Of it.
        shown: What stands in a cell.
        exact: The same for other programs, and for sorting: text, or a number with every digit; None where there is
            none. As `shown`, where it is left out.
        tip: All that there is to say, for the tool tip; as `exact` where it is left out.
        tone: The name of a colour of the theme; "" for the usual one.
        key: What rows are sorted by, where that is not `exact`.
    """

    head: Head
    shown: Callable[[Of, Row], str]
    exact: Callable[[Of, Row], str | float | None] | None = None
    tip: Callable[[Of, Row], str] | None = None
    tone: Callable[[Of, Row], str] | None = None
    key: Callable[[Of, Row], Any] | None = None

    def written(self, of: Of, row: Row) -> str | float | None:
        """What is copied."""
        return self.shown(of, row) if self.exact is None else self.exact(of, row)

    def said(self, of: Of, row: Row) -> str:
        """What the tool tip says."""
        if self.tip is not None:
            return self.tip(of, row)
        value = self.written(of, row)
        return "" if value is None else f"{self.head.title}: {value}" if self.head.figures else str(value)

    def sort_key(self, of: Of, row: Row) -> Any:  # noqa: ANN401 - anything that can be compared
        """What a row is sorted by; None for what comes last either way."""
        value = self.written(of, row) if self.key is None else self.key(of, row)
        return natural(value) if isinstance(value, str) else value


def heading(heads: Sequence[Head], section: int, orientation: Qt.Orientation, role: int) -> Any:  # noqa: ANN401 - what Qt asks for
    """What a model's `headerData` answers."""
    if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(heads):
        return None
    head = heads[section]
    if role == Qt.ItemDataRole.DisplayRole:
        return head.title
    if role == Qt.ItemDataRole.TextAlignmentRole:
        return RIGHT if head.figures else LEFT
    if role == Qt.ItemDataRole.ToolTipRole:
        return tooltip(": ".join(filter(None, [head.title if head.short else "", head.about]))) or None
    if role == IN_SHORT:
        return head.short or None
    if role == Qt.ItemDataRole.InitialSortOrderRole:
        return (Qt.SortOrder.DescendingOrder if head.figures else Qt.SortOrder.AscendingOrder).value
    return None


def sorted_places(keys: Sequence[Any], order: Qt.SortOrder) -> list[int]:
    """The places of keys in order; those of None and NaN come last either way, and of equal ones the first first."""
    known = [place for place, key in enumerate(keys) if key is not None and not _is_nan(key)]
    known.sort(key=keys.__getitem__, reverse=order == Qt.SortOrder.DescendingOrder)
    last = set(known)
    return known + [place for place in range(len(keys)) if place not in last]


def move_rows(
    model: QAbstractItemModel,
    move: Callable[[], None],
    name: Callable[[Index], Any],
    find: Callable[[Any, int], QModelIndex],
) -> None:
    """Bring rows into another order: what is selected, current or open stays so.

    Args:
        model: Whose rows.
        move: Does it.
        name: Tells what a row stands for, before.
        find: Finds that again after, in a column.
    """
    model.layoutAboutToBeChanged.emit()
    kept = model.persistentIndexList()
    names = [name(index) for index in kept]
    move()
    found = [find(what, index.column()) for what, index in zip(names, kept, strict=True)]
    model.changePersistentIndexList(kept, found)
    model.layoutChanged.emit()


def written(titles: Iterable[str], rows: Iterable[Iterable[object]], separator: Separator, report: Report) -> str:
    """A table for other programs, its titles first, and nothing where there is None.

    Raises:
        Cancelled: By `report`.
    """
    return delimited(titles, asking(rows, report, "writing rows"), separator)


def copied(model: QAbstractItemModel, rows: Sequence[QModelIndex], columns: Sequence[int]) -> str:
    """Rows of any model as lines, tabs between their cells, as they are copied."""
    lines: list[list[object]] = []
    for row in rows:
        name = model.headerData(row.row(), Qt.Orientation.Vertical)
        # The model's own answer: Qt would drop what is half of a character. Without a name rows are counted.
        cells: list[object] = [] if not isinstance(name, str) else [name]
        for column in columns:
            index = row.siblingAtColumn(column)
            exact = model.data(index, EXACT)
            cells.append(model.data(index) or "" if exact is None else exact)
        lines.append(cells)
    return delimited(None, lines, "\t").removesuffix("\n")


def _is_nan(key: object) -> bool:
    return isinstance(key, float) and math.isnan(key)
