"""The compared tensors for Qt as one tree of both files: layers tell what is below them."""

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QBrush, QColor

from explorer import formatting
from explorer.analysis.compare.difference import STATE_WORDS
from explorer.analysis.compare.whole_numbers import kinds_of, whole_numbers
from explorer.ui.compare.model import (
    FIELDS,
    FROM_ZERO,
    HEADS,
    OTHER_NAME,
    Arranged,
    Column,
    exact_of,
    figure_text,
    figure_tip,
    name_tip,
    other_name,
    state_colors,
    state_tip,
    value_of,
)
from explorer.ui.compare.naming import both_sides
from explorer.ui.tables.columns import EXACT, IN_SHORT, LEFT, NOWHERE, RIGHT, Index, heading
from explorer.ui.text import tooltip
from explorer.ui.theme import Theme

if TYPE_CHECKING:
    from explorer.analysis.compare.difference import Difference
    from explorer.analysis.compare.pairing import Pair
    from explorer.analysis.compare.union_rows import UnionRows
    from explorer.analysis.compare.union_tree import Rolled

# Qt asks for the flags of every row of an opened layer, and joining flags is slow.
_LAYER_FLAGS: Final = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
_PAIR_FLAGS: Final = _LAYER_FLAGS | Qt.ItemFlag.ItemNeverHasChildren
_STATES: Final = tuple(STATE_WORDS)
_COUNTED: Final = {"differs": "differ"}
"""What states are called behind a number of tensors, where it is not what they are called elsewhere."""

_LEFT_OUT: Final = (
    "Whole numbers, such as counters: the figures of a layer leave them out, unless it holds nothing else."
)
"""Why the largest difference in a layer can be larger than what the layer says."""
_ABOUT: Final = {
    Column.MAX: "The largest below",
    Column.RELATIVE: "The largest below",
    Column.COSINE: "The smallest below",
    Column.MEAN: "The mean over all elements below that were compared",
    Column.CHANGED: "The share of all elements below that were compared",
}


class UnionModel(QAbstractItemModel):
    """Layers and pairs as rows. An index carries the number of the layer it stands in and 1; 0 in the first row.

    Signals:
        sort_asked: As of `ComparisonModel`.
    """

    sort_asked = Signal(int, Qt.SortOrder)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._arranged: Arranged | None = None
        self._rolled: dict[int, Rolled] = {}
        self._colors: dict[str, str] = {}

    @property
    def rows(self) -> "UnionRows | None":
        """What is shown; None for nothing."""
        return None if self._arranged is None else self._arranged.tree

    def show_arranged(self, arranged: Arranged | None) -> None:
        """Show other rows; none for None, or where they are no tree."""
        self.beginResetModel()
        self._arranged = arranged if arranged is not None and arranged.tree is not None else None
        self._rolled = {}
        self.endResetModel()

    def wear(self, theme: Theme) -> None:
        """Take the colours of a theme; whoever shows this draws it anew."""
        self._colors = state_colors(theme)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Ask for other rows."""
        self.sort_asked.emit(column, order)

    def node(self, index: Index) -> int | None:
        """The layer, piece or pair that a row is of; None for no row."""
        rows = self.rows
        if rows is None or not index.isValid():
            return None
        layer = index.internalId() - 1
        return rows.inside(layer)[index.row()] if layer >= 0 else rows.tree.root

    def place(self, index: Index) -> int | None:
        """The pair that a row is of, or of a layer the one that moved furthest; None for no row."""
        node, rows = self.node(index), self.rows
        if node is None or rows is None:
            return None
        return self._of(node).place if rows.is_layer(node) else node

    def position(self, index: Index, by: int) -> int:
        """The place of a pair among those that are listed; of a layer, the one that is passed last on the way to it.

        Args:
            index: Of the row; before all of them where there is none.
            by: Whether the way goes down (1) or up (-1).
        """
        node, rows = self.node(index), self.rows
        if node is None or rows is None or self._arranged is None:
            return -1
        return rows.before(node) - (by > 0) if rows.is_layer(node) else self._arranged.row(node)

    def index_of(self, node: int) -> QModelIndex:
        """The row of a layer, a piece or a pair, in the first column; invalid where it has none."""
        rows = self.rows
        if rows is None or rows.row(node) < 0:
            return QModelIndex()
        return self.createIndex(rows.row(node), 0, rows.above(node) + 1)

    def index(self, row: int, column: int, parent: Index = NOWHERE) -> QModelIndex:
        """Qt's way down."""
        if not (0 <= row < self.rowCount(parent) and 0 <= column < len(HEADS)):
            return QModelIndex()
        node = self.node(parent)
        return self.createIndex(row, column, 0 if node is None else node + 1)

    def parent(self, index: Index = NOWHERE) -> QModelIndex:  # type: ignore[override]  # Qt has another one without arguments
        """Qt's way up."""
        return self.index_of(index.internalId() - 1) if index.isValid() and index.internalId() else QModelIndex()

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802 - Qt's name
        """Count what is directly in a row."""
        rows = self.rows
        if rows is None:
            return 0
        node = self.node(parent)
        return 1 if node is None else len(rows.inside(node)) if parent.column() == 0 else 0

    def hasChildren(self, parent: Index = NOWHERE) -> bool:  # noqa: N802 - Qt's name
        """Tell layers from pairs."""
        return self.rowCount(parent) > 0

    def columnCount(self, parent: Index = NOWHERE) -> int:  # noqa: ARG002, N802 - Qt's name and arguments
        """As many in every row."""
        return len(HEADS)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Everything can be selected."""
        node, rows = self.node(index), self.rows
        if node is None or rows is None:
            return Qt.ItemFlag.NoItemFlags
        return _LAYER_FLAGS if rows.is_layer(node) else _PAIR_FLAGS

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:  # noqa: ANN401 - what Qt asks for
        """Titles of the columns."""
        return heading(HEADS, section, orientation, role)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - what Qt asks for
        """What stands in a cell."""
        node, rows, arranged = self.node(index), self.rows, self._arranged
        if node is None or rows is None or arranged is None or arranged.compared is None:
            return None
        column = index.column()
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if column in FIELDS else LEFT
        if rows.is_layer(node):
            return self._of_layer(rows, node, column, role)
        comparison = arranged.compared.comparison
        return self._of_pair(rows, node, comparison.differences[node], column, role)

    def _of(self, node: int) -> "Rolled":
        rows = self.rows
        assert rows is not None  # noqa: S101 - its callers have looked
        if node not in self._rolled:
            self._rolled[node] = rows.rolled(node)
        return self._rolled[node]

    def _pair(self, place: int) -> "Pair":
        assert self._arranged is not None  # noqa: S101 - as above
        assert self._arranged.compared is not None  # noqa: S101 - as above
        return self._arranged.compared.comparison.pairing.pairs[place]

    def _of_pair(self, rows: "UnionRows", node: int, difference: "Difference", column: int, role: int) -> Any:  # noqa: ANN401 - as data
        pair = self._pair(node)
        if role == Qt.ItemDataRole.DisplayRole:
            if column == Column.NAME:
                return formatting.visible(rows.name(node, pair.key)) or formatting.UNNAMED
            if column == Column.STATE:
                whole = self._left_out(pair, difference)
                return f"{STATE_WORDS[difference.state]} · {whole}" if whole else STATE_WORDS[difference.state]
            return figure_text(value_of(difference, column), column)
        if role == Qt.ItemDataRole.ForegroundRole:
            if column == Column.STATE:
                return self._brush(difference.state)
            return self._brush("close") if column in FIELDS and self._left_out(pair, difference) else None
        pairing = self._arranged.compared.comparison.pairing  # type: ignore[union-attr]  # as `_pair`
        if role == OTHER_NAME and column == Column.NAME:
            return other_name(pairing, pair)
        if role == Qt.ItemDataRole.ToolTipRole:
            if column == Column.NAME:
                return name_tip(pairing, pair)
            more = _LEFT_OUT if self._left_out(pair, difference) else ""
            if column == Column.STATE:
                return state_tip(difference, more)
            return figure_tip(value_of(difference, column), column, more)
        return exact_of(pair, difference, column) if role == EXACT else None

    def _left_out(self, pair: "Pair", difference: "Difference") -> str:
        """What whole numbers a pair that differs is of; "" where layers count it, or there is nothing to count."""
        if not value_of(difference, Column.MAX):
            return ""
        return whole_numbers(kinds_of(self._arranged.compared.comparison.pairing, pair))  # type: ignore[union-attr]  # as `_pair`

    def _of_layer(self, rows: "UnionRows", node: int, column: int, role: int) -> Any:  # noqa: ANN401 - as data
        if column == Column.NAME:
            return self._name_of_layer(rows, node, role)
        rolled = self._of(node)
        if column == Column.STATE:
            return self._states_of_layer(rolled, role)
        value: float | None = getattr(rolled, FIELDS[column])
        from_zero = rolled.from_zero if column == Column.RELATIVE else 0
        if role == Qt.ItemDataRole.DisplayRole:
            return figure_text(value, column) + FROM_ZERO * bool(from_zero)
        if role == Qt.ItemDataRole.ToolTipRole and value is not None:
            said = f"{_ABOUT[Column(column)]}: {value!r}"
            if column == Column.RELATIVE and value:
                said += f", in {formatting.visible(self._pair(rolled.place).key) or formatting.UNNAMED}"
            if from_zero:
                zero = "tensor that was" if from_zero == 1 else "tensors that were"
                said += f"\n* Without {formatting.exact(from_zero)} {zero} all 0 in A, and changed: +Inf."
            if rolled.left_out:
                said += f"\nWithout {formatting.plural(rolled.left_out, 'tensor')} of whole numbers."
            return tooltip(said)
        return ("" if value is None else value) if role == EXACT else None

    def _states_of_layer(self, rolled: "Rolled", role: int) -> Any:  # noqa: ANN401 - as data
        if role == Qt.ItemDataRole.DisplayRole:
            return counted_words(rolled)
        if role == IN_SHORT:
            return _worst_first(rolled)
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._brush(_STATES[next((at for at, count in enumerate(rolled.counts) if count), -1)])
        return tooltip(_all_counts(rolled)) if role == Qt.ItemDataRole.ToolTipRole else None

    def _name_of_layer(self, rows: "UnionRows", node: int, role: int) -> Any:  # noqa: ANN401 - as data
        root = node == rows.tree.root
        if role == Qt.ItemDataRole.DisplayRole:
            return self._both_files() if root else formatting.visible(rows.name(node)) or formatting.UNNAMED
        if role == Qt.ItemDataRole.ToolTipRole:
            whole = node < rows.tree.nodes and not root
            name = (
                formatting.visible(rows.tree.prefix(node)[:-1], 1000) if whole else str(self.data(self.index_of(node)))
            )
            return tooltip(f"{name}\n{formatting.plural(self._of(node).pairs, 'tensor')}")
        return None

    def _both_files(self) -> str:
        return both_sides(self._arranged.compared.comparison.pairing)  # type: ignore[union-attr]  # as `_pair`

    def _brush(self, state: str) -> QBrush | None:
        return QBrush(QColor(self._colors[state])) if state in self._colors else None


def counted_words(rolled: "Rolled") -> str:
    """How many tensors are in each state but identical, as a few words; ``identical`` where all are."""
    if rolled.same:
        return STATE_WORDS["identical"] if rolled.pairs else formatting.NOTHING
    return " · ".join(
        f"{formatting.exact(count)} {word if count == 1 else _COUNTED.get(state, word)}"
        for (state, word), count in zip(STATE_WORDS.items(), rolled.counts, strict=True)
        if count and state != "identical"
    )


def _worst_first(rolled: "Rolled") -> list[str]:
    """Less and less: how many are in the worst state and how many more are not identical, without these, and its word.

    The word of the worst state is in each, for it is what matters most.
    """
    counted = [
        (count, state)
        for state, count in zip(STATE_WORDS, rolled.counts, strict=True)
        if count and state != "identical"
    ]
    if not counted:
        return []
    (count, state), *others = counted
    word = STATE_WORDS[state] if count == 1 else _COUNTED.get(state, STATE_WORDS[state])
    said = f"{formatting.count(count)} {word}"
    if not others:
        return [f"{word}{formatting.ELLIPSIS}"]
    more = formatting.count(sum(count for count, _state in others))
    return [f"{said} +{more}", f"{said}{formatting.ELLIPSIS}", f"{word}{formatting.ELLIPSIS}"]


def _all_counts(rolled: "Rolled") -> str:
    counted = [
        f"{formatting.exact(count)} {word}"
        for word, count in zip(STATE_WORDS.values(), rolled.counts, strict=True)
        if count
    ]
    return "\n".join([f"Of {formatting.plural(rolled.pairs, 'tensor')} below:", *counted])
