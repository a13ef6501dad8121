"""The compared tensors for Qt: a row for each pair, in any order, of all states or of one."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from PySide6.QtCore import QAbstractTableModel, QObject, Qt, Signal
from PySide6.QtGui import QBrush, QColor

from explorer import formatting
from explorer.analysis.compare.difference import STATE_WORDS
from explorer.ui.help.meanings.meaning import explained
from explorer.ui.help.meanings.pairs import COMPARISON
from explorer.ui.tables.columns import EXACT, LEFT, NOWHERE, RIGHT, Index, heading
from explorer.ui.tables.heads import Head
from explorer.ui.text import tooltip
from explorer.ui.theme import Theme

if TYPE_CHECKING:
    from explorer.analysis.compare.difference import Difference, Figures
    from explorer.analysis.compare.moved_grid import MovedGrid
    from explorer.analysis.compare.pairing import Pair, Pairing
    from explorer.analysis.compare.union_rows import UnionRows
    from explorer.ui.compare.comparing import Compared

FROM_ZERO: Final = " *"
"""Behind the relative change of a layer in which more moved: from all 0, which has none that could be compared."""
_WIDEST: Final = "8.888e-308"
HEADS: Final = explained(
    (
        Head("Tensor"),
        Head("State", sample="not compared"),
        Head("max |Δ|", figures=True, sample=_WIDEST, about="The largest absolute difference"),
        Head(
            "rel. L2",
            figures=True,
            sample=_WIDEST + FROM_ZERO,
            about="The L2 norm of the difference, relative to that of A",
        ),
        Head("cosine", figures=True, sample="−1 + 8.8e-88", about="The cosine of the angle between both", goes=2),
        Head("changed", figures=True, sample="<88.88 %", about="The share of values that are not the same"),
        Head("mean |Δ|", figures=True, sample=_WIDEST, about="The mean absolute difference", goes=1),
    ),
    COMPARISON,
)


class Column(IntEnum):
    """Places of the columns; views show the mean beside the largest."""

    NAME = 0
    STATE = 1
    MAX = 2
    RELATIVE = 3
    COSINE = 4
    CHANGED = 5
    MEAN = 6


FIELDS: Final[dict[int, str]] = {
    Column.MAX: "max_abs",
    Column.RELATIVE: "relative_l2",
    Column.COSINE: "cosine",
    Column.CHANGED: "changed",
    Column.MEAN: "mean_abs",
}
OTHER_NAME: Final = int(Qt.ItemDataRole.UserRole) + 1
"""The role under which a row tells what it is called in B, where that is something else."""

_NEAR_1: Final = 1e-4
"""A cosine that is nearer to 1 is written as how near it is: in digits of its own it would need too many."""


class Arranged(NamedTuple):
    """What the rows are.

    Attributes:
        compared: The comparison; None where nothing is shown.
        places: Of each row the place of its pair in `Pairing.pairs`.
        differing: The rows that are not identical, in order.
        first: The row to select.
        row_of: Of each pair its row; -1 where it has none.
        tree: The same pairs as a tree, from the top down; None where they are a list.
        moved: Where these moved; None where nothing is shown.
        limits: Why not all pairs are listed, as a few words; "" where all are.
    """

    compared: "Compared | None"
    places: Sequence[int]
    differing: Sequence[int]
    first: int
    row_of: Sequence[int] = ()
    tree: "UnionRows | None" = None
    moved: "MovedGrid | None" = None
    limits: str = ""

    @property
    def of_all(self) -> str:
        """How many of all pairs are listed, and why not all, as a few words; "" where all are."""
        if not self.limits or self.compared is None:
            return ""
        few, of = (formatting.exact(count) for count in (len(self.places), len(self.compared.order)))
        return f"{few} of {of} tensors: {self.limits}"

    def row(self, place: int) -> int:
        """The row of a pair; -1 where it has none."""
        return self.row_of[place] if 0 <= place < len(self.row_of) else -1


_NOTHING: Final = Arranged(None, (), (), 0)


class ComparisonModel(QAbstractTableModel):
    """Names, states and figures.

    Signals:
        sort_asked: The user wants the rows by another column, -1 for none, and in which direction.
    """

    sort_asked = Signal(int, Qt.SortOrder)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._arranged = _NOTHING
        self._colors: dict[str, str] = {}

    @property
    def arranged(self) -> "Arranged":
        """What the rows are."""
        return self._arranged

    @property
    def compared(self) -> "Compared | None":
        """What the rows are of; None where nothing is shown."""
        return self._arranged.compared

    def wear(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._colors = state_colors(theme)
        if self._arranged.places:
            self.dataChanged.emit(self.index(0, Column.STATE), self.index(len(self._arranged.places) - 1, Column.STATE))

    def show_arranged(self, arranged: "Arranged | None") -> None:
        """Show other rows, or none for None."""
        self.beginResetModel()
        self._arranged = arranged or _NOTHING
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Ask for other rows: whoever has the comparison sorts it, in a worker."""
        self.sort_asked.emit(column, order)

    def pair(self, row: int) -> "tuple[Pair, Difference] | None":
        """What a row is about."""
        compared = self._arranged.compared
        if compared is None or not 0 <= row < len(self._arranged.places):
            return None
        place = self._arranged.places[row]
        return compared.comparison.pairing.pairs[place], compared.comparison.differences[place]

    def next_difference(self, row: int, by: int) -> int | None:
        """The row of the next pair that is not identical, from one on, down (1) or up (-1); None for none."""
        differing = self._arranged.differing
        at = bisect_right(differing, row) if by > 0 else bisect_left(differing, row) - 1
        return differing[at] if 0 <= at < len(differing) else None

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802 - Qt's name
        """One for each pair that is shown."""
        return 0 if parent.isValid() else len(self._arranged.places)

    def columnCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802 - Qt's name
        """As many in every row."""
        return 0 if parent.isValid() else len(HEADS)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:  # noqa: ANN401 - what Qt asks for
        """Titles of the columns."""
        return heading(HEADS, section, orientation, role)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - what Qt asks for
        """What stands in a cell."""
        found = self.pair(index.row()) if index.isValid() else None
        if found is None:
            return None
        pair, difference = found
        column = index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            if column == Column.NAME:
                return formatting.visible(pair.key) or formatting.UNNAMED
            return (
                STATE_WORDS[difference.state]
                if column == Column.STATE
                else figure_text(value_of(difference, column), column)
            )
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if column in FIELDS else LEFT
        if role == OTHER_NAME and column == Column.NAME and self.compared is not None:
            return other_name(self.compared.comparison.pairing, pair)
        if role == Qt.ItemDataRole.ForegroundRole and column == Column.STATE and difference.state in self._colors:
            return QBrush(QColor(self._colors[difference.state]))
        if role == Qt.ItemDataRole.ToolTipRole:
            if column == Column.NAME and self.compared is not None:
                return name_tip(self.compared.comparison.pairing, pair)
            if column == Column.STATE:
                return state_tip(difference)
            return figure_tip(value_of(difference, column), column)
        return exact_of(pair, difference, column) if role == EXACT else None


def state_colors(theme: Theme) -> dict[str, str]:
    """What colour each state is told in."""
    return {
        "identical": theme.good,
        "close": theme.muted,
        "differs": theme.b_text,
        "not_finite": theme.bad,
        "unread": theme.bad,
        **dict.fromkeys(("dtype", "shape", "only_a", "only_b"), theme.caution),
    }


def state_tip(difference: "Difference", more: str = "") -> str | None:
    """What else there is to say of a state, and what more of its row."""
    told = "By checksum, without being read" if difference.by_checksum else difference.problem
    return tooltip("\n".join(filter(None, (told, more)))) or None


def other_name(pairing: "Pairing", pair: "Pair") -> str:
    """What a pair is called in B where rules renamed it, to be shown; "" elsewhere."""
    key_b = pairing.key_b(pair)
    return "" if key_b in (None, pair.key) else formatting.visible(key_b or "", 1000) or formatting.UNNAMED


def name_tip(pairing: "Pairing", pair: "Pair") -> str:
    """Whole names of a pair, that in B too where it is another."""
    other = other_name(pairing, pair)
    own = formatting.visible(pair.key, 1000) or formatting.UNNAMED
    return tooltip(f"{own}\nIn B: {other}" if other else own)


def _shown(difference: "Difference") -> "Figures | None":
    return difference.figures or difference.overlap


def value_of(difference: "Difference", column: int) -> float | None:
    """The figure of a column; of differing shapes that of what both have."""
    figures = _shown(difference)
    if figures is None:
        return None
    # What is NaN or infinite on one side changed too.
    value: float | None = figures.share_changed if column == Column.CHANGED else getattr(figures, FIELDS[column])
    return value


def figure_tip(value: float | None, column: int, more: str = "") -> str | None:
    """The same with every digit and what it is, and what more there is to say, as a tool tip; None without a figure."""
    if value is None:
        return None
    told = f"{HEADS[column].title}: {value!r}"
    return tooltip("\n".join(filter(None, (told, why_written_so(value, column), more))))


def why_written_so(value: float, column: int) -> str:
    """What a cosine means that is written as how near it is to 1, as a sentence; "" for all other figures."""
    text = figure_text(value, column)
    if column != Column.COSINE or " " not in text:
        return ""
    one, way = ("1", "the same direction") if value > 0 else ("−1", "opposite directions")
    return f"{text} is a number so near to {one}, {way}, that how much is missing is written: the less, the nearer."


def exact_of(pair: "Pair", difference: "Difference", column: int) -> str | float:
    """What is copied of a pair."""
    if column == Column.NAME:
        return formatting.visible(pair.key, 10_000) or formatting.UNNAMED
    if column == Column.STATE:
        return STATE_WORDS[difference.state]
    value = value_of(difference, column)
    return "" if value is None else value


def figure_text(value: float | None, column: int) -> str:
    """A figure as its column shows it."""
    if value is None:
        return formatting.NOTHING
    if column == Column.CHANGED:
        return formatting.percent(value, 1)
    if column == Column.COSINE and abs(value) != 1:
        # Only a cosine that is 1 is shown as 1.
        apart = 1 - abs(value)
        if apart >= _NEAR_1:
            return formatting.figure(value, apart)
        return f"1 − {apart:.2g}" if value > 0 else f"−1 + {apart:.2g}"
    return formatting.figure(value)
