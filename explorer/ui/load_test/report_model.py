"""The report as a tree for Qt: groups, families of keys in them, and the keys."""

from collections.abc import Iterator, Mapping, Sequence
from enum import IntEnum
from functools import partial
from typing import Any, Final, NamedTuple

from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt
from PySide6.QtGui import QBrush, QColor, QFont

from explorer import formatting
from explorer.keys.families import Family, fold
from explorer.loading.load_test import Handed
from explorer.loading.report import LoadReport
from explorer.progress import Report
from explorer.ui import text
from explorer.ui.tables.columns import (
    EXACT,
    LEFT,
    NOWHERE,
    RIGHT,
    Index,
    Separator,
    Writer,
    heading,
    move_rows,
    sorted_places,
    written,
)
from explorer.ui.tables.heads import Head, natural
from explorer.ui.theme import Theme

HEADS: Final = (
    Head("Key"),
    Head("Checkpoint", figures=True, sample="512×512×3×3 m"),
    Head("Model", figures=True, sample="512×512×3×3 m"),
)


_CHECKPOINT: Final = 1
_MODEL: Final = 2


class Role(IntEnum):
    """What the model tells beside Qt's own roles."""

    KEY = Qt.ItemDataRole.UserRole
    """The key of a row that stands for one, as the checkpoint or the model has it."""


class Group(NamedTuple):
    """Keys of which the same is to be said.

    Attributes:
        title: What that is.
        bad: Strict loading fails for it, or loading does.
        families: The keys, folded.
        sides: Of each key, what the checkpoint and the model say of it.
        old: Of keys that rules made, what the checkpoint calls them.
        column: In which the keys are counted: that of what has them.
    """

    title: str
    bad: bool
    families: Sequence[Family]
    sides: dict[str, tuple[str, str]]
    old: Mapping[str, str] = {}
    column: int = _CHECKPOINT


def groups_of(report: LoadReport, given: Handed, keys: Mapping[str, str]) -> list[Group]:
    """Sort what a report says into groups, the worst first; made on the worker, since files have many keys.

    Args:
        report: Of a test.
        given: What was handed over in it.
        keys: The checkpoint's own names of tensors that were, by the names under which they were.
    """
    shapes = {value.key: _shape(value.shape) for value in report.values}
    own = dict(given.others) | {tensor.key: _shape(tensor.shape) for tensor in given.tensors}
    sizes = {each.key: (_shape(each.checkpoint), _shape(each.model)) for each in report.size_mismatch}
    dtypes = {each.key: (each.checkpoint, each.model or "") for each in report.dtype_differs}
    # A hook may name keys that neither of the two has.
    missing = {key: ("", shapes.get(key, "")) for key in report.missing}
    unexpected = {key: (own.get(key, ""), "") for key in report.unexpected}
    loaded = {value.key: (shapes[value.key],) * 2 for value in report.values if value.key in report.loaded}
    renamed = {key: sides for key, sides in loaded.items() if keys.get(key, key) != key}
    named = {key: sides for key, sides in loaded.items() if key not in renamed}
    left_out = {tensor.key: (_shape(tensor.shape), "") for tensor in given.left_out}
    lost = {key: (own[key], shapes[key]) for key in own if key in report.lost and key in shapes}
    made = [
        Group("Cannot be read: the file is damaged", True, fold(lost), lost),
        Group("Shape differs: cannot load", True, fold(sizes), sizes),
        Group("Missing: stays as initialised", True, fold(missing), missing, column=_MODEL),
        Group("Unexpected: no place in the model", True, fold(unexpected), unexpected),
        Group("Left out: a rule leaves nothing of the key", False, fold(left_out), left_out),
        Group("Dtype differs: is cast", False, fold(dtypes), dtypes),
        Group("Renamed: loads by a rule", False, fold(renamed), renamed, {key: keys[key] for key in renamed}),
        Group("Whole, and fits" if report.damage else "Loads", False, fold(named), named),
    ]
    return [group for group in made if group.families]


Place = tuple[int, int, int]
"""Of a key: its group, its family there, and its place in that."""


def places_of(groups: Sequence[Group]) -> dict[str, Place]:
    """Where each key stands; where it does in several groups, in the worst. Made on the worker as well."""
    places: dict[str, Place] = {}
    for group_place, group in enumerate(groups):
        for family_place, family in enumerate(group.families):
            for place, key in enumerate(family.keys):
                places.setdefault(key, (group_place, family_place, place))
    return places


def _shape(shape: tuple[int, ...] | None) -> str:
    return "?" if shape is None else formatting.shape(shape)


class _Row(NamedTuple):
    """A row: its place among its siblings, and the row above; families and keys are made when they are asked for."""

    group: int
    family: int
    key: int


class ReportModel(QAbstractItemModel):
    """Groups on top; below them families, or keys where a family is but one; below families their keys."""

    def __init__(self) -> None:
        super().__init__()
        self._groups: Sequence[Group] = ()
        self._theme: Theme | None = None
        self._sorting = (-1, Qt.SortOrder.AscendingOrder)
        self._shown: list[list[int]] = []
        self._places: list[list[int]] = []

    def wear(self, theme: Theme) -> None:
        """Take the colours of a theme; whoever shows this draws it anew."""
        self._theme = theme

    def show_groups(self, groups: Sequence[Group]) -> None:
        """Show another report: groups as `groups_of` made them."""
        self.beginResetModel()
        self._groups = groups
        self._arrange()
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort the families of each group; groups stay, the worst first."""
        self._sorting = column, order

        def find(row: _Row, at: int) -> QModelIndex:
            index = self._index_of(row)
            return index.siblingAtColumn(at)

        move_rows(self, self._arrange, self._row, find)

    def writer(self) -> Writer | None:
        """What writes all keys."""
        return partial(_write, self._groups) if self._groups else None

    def _arrange(self) -> None:
        column, order = self._sorting
        self._shown = [list(range(len(group.families))) for group in self._groups]
        if column >= 0:
            keys = ([_sort_key(group, family, column) for family in group.families] for group in self._groups)
            self._shown = [sorted_places(each, order) for each in keys]
        self._places = [[0] * len(shown) for shown in self._shown]
        for places, shown in zip(self._places, self._shown, strict=True):
            for place, family in enumerate(shown):
                places[family] = place

    def index_of(self, place: Place) -> QModelIndex:
        """The row of a key, in the first column."""
        return self._index_of(_Row(*place))

    def _index_of(self, row: _Row) -> QModelIndex:
        group = self.index(row.group, 0)
        if row.family < 0:
            return group
        above = self.index(self._places[row.group][row.family], 0, group)
        return self.index(row.key, 0, above) if row.key >= 0 and self.rowCount(above) else above

    # An index's id: 0 for a group; 1 + its group's place for a family; both, packed, for a key of a family. Places are
    # those in the report, rows those that are shown.

    def _row(self, index: Index) -> _Row:
        inner = index.internalId()
        if inner == 0:
            return _Row(index.row(), -1, -1)
        group, family = (inner - 1) & 0xFF, ((inner - 1) >> 8) - 1
        return _Row(group, self._shown[group][index.row()], -1) if family < 0 else _Row(group, family, index.row())

    def index(self, row: int, column: int, parent: Index = NOWHERE) -> QModelIndex:
        """Qt's way down."""
        if not (0 <= row < self.rowCount(parent) and 0 <= column < len(HEADS)):
            return QModelIndex()
        if not parent.isValid():
            return self.createIndex(row, column, 0)
        above = self._row(parent)
        return self.createIndex(row, column, 1 + above.group + (0 if above.family < 0 else (above.family + 1) << 8))

    def parent(self, index: Index = NOWHERE) -> QModelIndex:  # type: ignore[override]  # Qt has another one without arguments
        """Qt's way up."""
        if not index.isValid() or index.internalId() == 0:
            return QModelIndex()
        own = self._row(index)
        if own.key < 0:
            return self.createIndex(own.group, 0, 0)
        return self.createIndex(self._places[own.group][own.family], 0, 1 + own.group)

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802 - Qt's name
        """Count what is directly in a row."""
        if not parent.isValid():
            return len(self._groups)
        own = self._row(parent)
        if parent.column() != 0 or own.key >= 0:
            return 0
        if own.family < 0:
            return len(self._groups[own.group].families)
        keys = self._groups[own.group].families[own.family].keys
        return len(keys) if len(keys) > 1 else 0

    def columnCount(self, parent: Index = NOWHERE) -> int:  # noqa: ARG002, N802 - Qt's name and arguments
        """As many in every row."""
        return len(HEADS)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:  # noqa: ANN401 - what Qt asks for
        """Titles of the columns."""
        return heading(HEADS, section, orientation, role)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - what Qt asks for
        """What stands in a cell."""
        if not index.isValid():
            return None
        own, column = self._row(index), index.column()
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return RIGHT if column else LEFT
        group = self._groups[own.group]
        if own.family < 0:
            return self._of_group(group, column, role)
        family = group.families[own.family]
        key = family.keys[max(own.key, 0)] if own.key >= 0 or len(family.keys) == 1 else None
        if role == Role.KEY:
            return key
        if role == EXACT and column == 0:
            return formatting.visible(key or family.name, 10_000)
        if role == Qt.ItemDataRole.DisplayRole:
            return _of_key(group, key, column) if key is not None else _of_family(group, family, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            said = _named(group, key, 1000) if key is not None and column == 0 else _of_family(group, family, column)
            if key is not None and column:
                said = _of_key(group, key, column)
            return text.tooltip(said) if said else None
        return None

    def _of_group(self, group: Group, column: int, role: int) -> Any:  # noqa: ANN401 - as data
        if role == Qt.ItemDataRole.DisplayRole:
            count = sum(len(family.keys) for family in group.families)
            counted = formatting.plural(count, "tensor") if column == group.column else None
            return group.title if column == 0 else counted
        if role == Qt.ItemDataRole.ToolTipRole and column == 0:
            return text.tooltip(group.title)
        if role == Qt.ItemDataRole.ForegroundRole and column == 0 and self._theme is not None:
            return QBrush(QColor(self._theme.bad if group.bad else self._theme.good))
        if role == Qt.ItemDataRole.FontRole and column == 0:
            font = QFont()
            font.setWeight(QFont.Weight.DemiBold)
            return font
        return None


def _of_key(group: Group, key: str, column: int) -> str:
    return _named(group, key) if column == 0 else group.sides.get(key, ("", ""))[column - 1]


def _named(group: Group, key: str, limit: int = 200) -> str:
    """A key, and what the checkpoint calls it where that is another name."""
    old = group.old.get(key)
    return formatting.visible(key, limit) + (f"  ←  {formatting.visible(old, limit)}" if old is not None else "")


def _of_family(group: Group, family: Family, column: int) -> str:
    if column == 0:
        return formatting.visible(family.name)
    return formatting.plural(len(family.keys), "tensor") if column == group.column else ""


def _sort_key(group: Group, family: Family, column: int) -> object:
    return natural(family.name if column == 0 else _of_key(group, family.keys[0], column))


def _write(groups: Sequence[Group], separator: Separator, report: Report) -> str:
    def rows() -> Iterator[tuple[str, str, str, str]]:
        for group in groups:
            for family in group.families:
                for key in family.keys:
                    yield group.title, formatting.visible(key, 10_000), *group.sides.get(key, ("", ""))

    return written(["What", *(head.title for head in HEADS)], rows(), separator, report)
