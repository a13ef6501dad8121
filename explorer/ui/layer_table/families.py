"""Families of a layer's tensors for Qt: a row for each with the spread of its figures, its members below it."""

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QTreeView

from explorer import formatting
from explorer.ui import text
from explorer.ui.help.meanings import tree as meanings
from explorer.ui.help.meanings import values
from explorer.ui.help.meanings.meaning import explained
from explorer.ui.tables.columns import EXACT, LEFT, NOWHERE, RIGHT, Index, heading, move_rows, sorted_places
from explorer.ui.tables.heads import Head, natural
from explorer.ui.tables.look import Fitting, dress

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.analysis.families import FamilyFigures, Odd, Spread
    from explorer.analysis.measure.statistics import Statistics
    from explorer.checkpoint.document import TensorTable
    from explorer.checkpoint.tree import Layer

NAME, TENSORS, ODD = 0, 1, 2
_FIRST_FIGURE: Final = 3
_SHARES: Final = (7, 8)
_SPREAD: Final = "-0.04444 … 0.04444"
HEADS: Final = explained(
    (
        Head("Family"),
        Head("Tensors", figures=True, sample="1.00 k", goes=6),
        Head("Odd one out"),
        *(
            Head(title, figures=True, sample=_SPREAD, goes=goes)
            for title, goes in (("Min", 4), ("Max", 5), ("Mean", 2), ("Std", 0), ("Zeros", 3), ("NaN, Inf", 1))
        ),
    ),
    meanings.COLUMNS,
    values.FIGURES,
)
_ROOM_FOR_NAMES: Final = 440
"""Pixels for both columns that tell names."""
_TOLD: Final = 3
"""Odd ones out of a family that are named."""
_WORDS: Final = {"largest": "max |x|"}


class FamilyModel(QAbstractItemModel):
    """Families and their members; an index carries 0 for a family, and for a member its family's row plus one."""

    def __init__(self) -> None:
        super().__init__()
        self.families: list[FamilyFigures] = []
        self._in_order: list[FamilyFigures] = []
        self._sorting = (-1, Qt.SortOrder.AscendingOrder)
        self.odd_color = QColor()
        """Of what is said about an odd one out."""
        self._table: TensorTable | None = None
        self._known: Mapping[int, Statistics] = {}
        self._begin = 0

    def show_families(
        self,
        families: "list[FamilyFigures]",
        layer: "Layer | None",
        known: "Mapping[int, Statistics]",
    ) -> None:
        """Show other families.

        Args:
            families: In the order of their rows.
            layer: Whose they are.
            known: Statistics of its tensors, by their numbers.
        """
        self.beginResetModel()
        self._in_order, self._known = families, known
        self._table = None if layer is None else layer.table
        self._begin = 0 if layer is None or layer.is_root else len(layer.stem)
        self._arrange()
        self.endResetModel()

    def number(self, index: Index) -> int | None:
        """The tensor that a row stands for: a member, or a family of one."""
        if not index.isValid():
            return None
        if index.internalId():
            return self.families[index.internalId() - 1].numbers[index.row()]
        family = self.families[index.row()]
        return family.numbers[0] if len(family.numbers) == 1 else None

    def index(self, row: int, column: int, parent: Index = NOWHERE) -> QModelIndex:
        """Qt's way down."""
        if not (0 <= row < self.rowCount(parent) and 0 <= column < len(HEADS)):
            return QModelIndex()
        return self.createIndex(row, column, parent.row() + 1 if parent.isValid() else 0)

    def parent(self, index: Index = NOWHERE) -> QModelIndex:  # type: ignore[override]  # Qt has another one without arguments
        """Qt's way up."""
        family = index.internalId() if index.isValid() else 0
        return self.createIndex(family - 1, 0, 0) if family else QModelIndex()

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802 - Qt's name
        """Families; below one its members, if they are several."""
        if not parent.isValid():
            return len(self.families)
        if parent.internalId() or parent.column():
            return 0
        members = len(self.families[parent.row()].numbers)
        return members if members > 1 else 0

    def columnCount(self, parent: Index = NOWHERE) -> int:  # noqa: ARG002, N802 - Qt's name and arguments
        """As many in every row."""
        return len(HEADS)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:  # noqa: ANN401 - what Qt asks for
        """Titles of the columns."""
        return heading(HEADS, section, orientation, role)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort families by their names, or by the largest that they have; their members stay in the file's order."""
        self._sorting = column, order
        shown: list[FamilyFigures] = []

        def move() -> None:
            shown.extend(self.families)
            self._arrange()

        def find(name: tuple[int, int], at: int) -> QModelIndex:
            row, family = name
            whose = shown[family if family >= 0 else row]
            place = next(place for place, each in enumerate(self.families) if each is whose)
            return self.createIndex(row, at, place + 1) if family >= 0 else self.createIndex(place, at, 0)

        move_rows(self, move, lambda index: (index.row(), index.internalId() - 1), find)

    def _arrange(self) -> None:
        column, order = self._sorting
        self.families = list(self._in_order)
        if column >= 0:
            places = sorted_places([_sort_key(family, column) for family in self.families], order)
            self.families = [self._in_order[place] for place in places]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - what Qt asks for
        """What stands in a cell."""
        if not index.isValid():
            return None
        column = index.column()
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if HEADS[column].figures else LEFT
        if role == Qt.ItemDataRole.ForegroundRole and column == ODD:
            return self.odd_color
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, EXACT):
            return None
        # What is copied is what the tip says, which has every digit.
        tip = role != Qt.ItemDataRole.DisplayRole
        if index.internalId():
            said = self._of_member(self.families[index.internalId() - 1], index.row(), column, tip=tip)
        else:
            said = self._of_family(self.families[index.row()], column, tip=tip)
        return text.tooltip(said) or None if role == Qt.ItemDataRole.ToolTipRole and said else said

    def _of_family(self, family: "FamilyFigures", column: int, *, tip: bool) -> str | None:
        if column == NAME:
            return formatting.visible(family.name, 1000 if tip else 200) or formatting.UNNAMED
        if column == TENSORS:
            measured = f", {formatting.exact(family.known)} measured" if family.known < len(family.numbers) else ""
            of = formatting.plural(len(family.numbers), "tensor")
            return f"{of}{measured}" if tip else formatting.count(len(family.numbers))
        if column == ODD:
            return self._odds(family, tip=tip)
        return _spread(family.spreads[column - _FIRST_FIGURE], column, tip=tip)

    def _of_member(self, family: "FamilyFigures", row: int, column: int, *, tip: bool) -> str | None:
        number = family.numbers[row]
        if column == NAME:
            name = self._key(number) if tip else self._key(number)[self._begin :]
            return formatting.visible(name, 1000 if tip else 200) or formatting.UNNAMED
        if column == TENSORS:
            return None
        if column == ODD:
            odd = next((each for each in family.odds if each.number == number), None)
            return "" if odd is None else self._odd(family, odd, tip=tip)
        known = self._known.get(number)
        if known is None:
            return None if tip else formatting.NOTHING
        from explorer.analysis.families import Spread, figures_of  # noqa: PLC0415 - statistics brought NumPy already

        value = figures_of(known)[column - _FIRST_FIGURE]
        return _spread(None if value is None else Spread(value, value), column, tip=tip)

    def _odds(self, family: "FamilyFigures", *, tip: bool) -> str:
        """The worst of the odd ones out, and how many more there are."""
        told, more = family.odds[:_TOLD], len(family.odds) - _TOLD
        if not told:
            return ""
        if tip:
            said = [self._odd(family, odd, tip=True) for odd in told]
            if more > 0:
                said.append(f"{formatting.plural(more, 'more is', 'more are')} far from the others.")
            return "\n".join(said)
        others = [formatting.visible(self._which(family, odd.number), 40) for odd in told[1:]]
        others += [f"{formatting.exact(more)} more"] * (more > 0)
        return " · ".join([self._odd(family, told[0], tip=False), *([", ".join(others)] if others else [])])

    def _odd(self, family: "FamilyFigures", odd: "Odd", *, tip: bool) -> str:
        key = formatting.visible(self._key(odd.number), 1000)
        which = formatting.visible(self._which(family, odd.number), 40)
        if odd.figure == "not finite":
            return f"{key} has NaN or Inf, which most of the family do not." if tip else f"◆ {which}: has NaN or Inf"
        what = _WORDS.get(odd.figure, odd.figure)
        share = odd.figure == "zeros"
        value, usual = (
            formatting.percent(number, 1) if share else formatting.figure(number) for number in (odd.value, odd.usual)
        )
        if not tip:
            return f"◆ {which}: {what} {value}, else {usual}"
        far = f"{abs(odd.score):.1f} robust standard deviations away"
        return f"{key}: {what} {value}, while the median of the family is {usual}, {far}."

    def _which(self, family: "FamilyFigures", number: int) -> str:
        """The numbers in which a member's key differs from the others'."""
        own = self._key(number).split(".")
        first, last = (self._key(family.numbers[place]).split(".") for place in (0, -1))
        return ".".join(part for part, a, b in zip(own, first, last, strict=True) if a != b)

    def _key(self, number: int) -> str:
        return "" if self._table is None else self._table.key(number)


class FamilyTree(QTreeView):
    """Shows `FamilyModel`, without the least needed columns where there is no room for all of them.

    Signals:
        chosen: A tensor is to be looked at (its number): by double click or Enter.
    """

    chosen = Signal(int)

    def __init__(self, model: FamilyModel) -> None:
        super().__init__()
        self.setModel(model)
        dress(self, "Families of tensors in the layer")
        Fitting(self, HEADS, _ROOM_FOR_NAMES)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setIndentation(14)
        self.setExpandsOnDoubleClick(True)
        self.activated.connect(self._choose)

    def _choose(self, index: QModelIndex) -> None:
        model = self.model()
        number = model.number(index) if isinstance(model, FamilyModel) else None
        if number is not None:
            self.chosen.emit(number)


def _sort_key(family: "FamilyFigures", column: int) -> object:
    if column == NAME:
        return natural(family.name)
    if column == TENSORS:
        return len(family.numbers)
    if column == ODD:
        return abs(family.odds[0].score) if family.odds else None
    spread = family.spreads[column - _FIRST_FIGURE]
    return None if spread is None else spread.high


def _spread(spread: "Spread | None", column: int, *, tip: bool) -> str | None:
    if spread is None:
        return None if tip else formatting.NOTHING
    if tip:
        return repr(spread.low) if spread.low == spread.high else f"{spread.low!r} to {spread.high!r}"
    if column in _SHARES:
        low, high = (formatting.percent(share, 1) for share in spread)
    else:
        low, high = (formatting.figure(figure) for figure in spread)
    return low if low == high else f"{low} … {high}"
