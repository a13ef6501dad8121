"""The compared tensors for Qt: a row for each pair, in any order, of all states or of one."""

import math
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QColor

from explorer import formatting
from explorer.ui.text import tooltip
from explorer.ui.theme import Theme

if TYPE_CHECKING:
    from explorer.analysis.difference import Difference, Figures
    from explorer.analysis.pairing import Pair
    from explorer.ui.compare.comparing import Compared

STATES: Final = {
    "differs": "differs",
    "not_finite": "not finite",
    "dtype": "dtype",
    "shape": "shape",
    "close": "close",
    "only_a": "only A",
    "only_b": "only B",
    "unread": "not compared",
    "identical": "identical",
}
"""What each state is called, what asks for most attention first."""

_TITLES: Final = ("Tensor", "State", "max |Δ|", "rel. L2", "cosine", "changed")
_NAME, _STATE, _MAX, _RELATIVE, _COSINE, _CHANGED = range(6)
_FIELDS: Final = {_MAX: "max_abs", _RELATIVE: "relative_l2", _COSINE: "cosine", _CHANGED: "changed"}
_NOWHERE: Final = QModelIndex()
_LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter

Index = QModelIndex | QPersistentModelIndex


class ComparisonModel(QAbstractTableModel):
    """Names, states and figures."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._compared: Compared | None = None
        self._state = ""
        self._sorted_by: tuple[int, Qt.SortOrder] | None = None
        self._rows: list[int] = []
        self._colors: dict[str, str] = {}

    def wear(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._colors = {
            "identical": theme.good,
            "close": theme.muted,
            "differs": theme.b_text,
            "not_finite": theme.bad,
            "unread": theme.bad,
            **dict.fromkeys(("dtype", "shape", "only_a", "only_b"), theme.caution),
        }
        if self._rows:
            self.dataChanged.emit(self.index(0, _STATE), self.index(len(self._rows) - 1, _STATE))

    def show_compared(self, compared: "Compared | None", state: str = "") -> None:
        """Show another comparison, or nothing for None; of the tensors those in one state, or all for ""."""
        self._compared, self._state = compared, state
        self._arrange()

    def show_state(self, state: str) -> None:
        """Show the tensors in one state; "" for all."""
        self._state = state
        self._arrange()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; what has no figure comes last either way."""
        self._sorted_by = (column, order) if column >= 0 else None
        self._arrange()

    def place(self, row: int) -> int:
        """Which pair a row is about, as its place in `Pairing.pairs`."""
        return self._rows[row]

    def row_of(self, place: int) -> int | None:
        """The row of a pair; None where it is not shown."""
        return self._rows.index(place) if place in self._rows else None

    def pair(self, row: int) -> "tuple[Pair, Difference] | None":
        """What a row is about."""
        if self._compared is None or not 0 <= row < len(self._rows):
            return None
        return self._at(self._compared, row)

    def next_difference(self, row: int, by: int) -> int | None:
        """The row of the next pair that is not identical, from one on, down (1) or up (-1); None for none."""
        row += by
        while 0 <= row < len(self._rows):
            pair = self.pair(row)
            if pair is not None and pair[1].state != "identical":
                return row
            row += by
        return None

    def _at(self, compared: "Compared", row: int) -> "tuple[Pair, Difference]":
        place = self._rows[row]
        return compared.comparison.pairing.pairs[place], compared.comparison.differences[place]

    def _arrange(self) -> None:
        self.beginResetModel()
        compared = self._compared
        self._rows = []
        if compared is not None:
            differences = compared.comparison.differences
            wanted = self._state
            self._rows = [place for place in compared.order if wanted in ("", differences[place].state)]
            if self._sorted_by is not None:
                column, order = self._sorted_by
                down = order == Qt.SortOrder.DescendingOrder
                keys = {place: _sort_key(compared, place, column, down=down) for place in self._rows}
                self._rows.sort(key=lambda place: keys[place], reverse=down)
        self.endResetModel()

    def rowCount(self, parent: Index = _NOWHERE) -> int:  # noqa: N802 - Qt's name
        """One for each pair that is shown."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:  # noqa: N802 - Qt's name
        """As many in every row."""
        return 0 if parent.isValid() else len(_TITLES)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:  # noqa: ANN401 - what Qt asks for
        """Titles of the columns."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(_TITLES):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return _TITLES[section]
        return (_RIGHT if section in _FIELDS else _LEFT) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - what Qt asks for
        """What stands in a cell."""
        if not index.isValid() or self._compared is None:
            return None
        pair, difference = self._at(self._compared, index.row())
        column = index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            if column == _NAME:
                return formatting.visible(pair.key) or formatting.UNNAMED
            return STATES[difference.state] if column == _STATE else _figure(difference, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column in _FIELDS else _LEFT
        if role == Qt.ItemDataRole.ForegroundRole and column == _STATE and difference.state in self._colors:
            return QBrush(QColor(self._colors[difference.state]))
        if role == Qt.ItemDataRole.ToolTipRole:
            if column == _NAME:
                return tooltip(formatting.visible(pair.key, 1000) or formatting.UNNAMED)
            if column == _STATE:
                return tooltip(difference.problem) or None
            value = _value(difference, column)
            return None if value is None else tooltip(repr(value))
        return None


def _shown(difference: "Difference") -> "Figures | None":
    return difference.figures or difference.overlap


def _value(difference: "Difference", column: int) -> float | None:
    figures = _shown(difference)
    value: float | None = None if figures is None else getattr(figures, _FIELDS[column])
    return value


def _figure(difference: "Difference", column: int) -> str:
    value = _value(difference, column)
    if value is None:
        return formatting.NOTHING
    if column == _CHANGED:
        return formatting.percent(value, 1)
    # Only a cosine that is 1 is shown as 1.
    return formatting.figure(value, 1 - abs(value) if column == _COSINE else 0.0)


def _sort_key(compared: "Compared", place: int, column: int, *, down: bool) -> tuple[bool, Any]:
    difference = compared.comparison.differences[place]
    if column == _NAME:
        return False, place
    if column == _STATE:
        return False, list(STATES).index(difference.state)
    value = _value(difference, column)
    return (value is None) != down, 0.0 if value is None or math.isnan(value) else value
