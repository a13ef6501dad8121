"""The two views of the compared tensors, a list and a tree: how they look, with nothing that ties them together."""

from typing import Final, Literal

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyleOptionViewItem,
    QTabBar,
    QTableView,
    QTreeView,
)

from explorer.ui.compare.model import HEADS, OTHER_NAME, Column, ComparisonModel
from explorer.ui.compare.tree_model import UnionModel
from explorer.ui.tables.columns import IN_SHORT
from explorer.ui.tables.look import Fitting, RowDelegate, View, dress, header_of, width_for

_ARROW: Final = "  ←  "
_MARGINS: Final = 18
"""Pixels of a cell that are not for its words."""
_NARROW: Final = 660
_WIDE: Final = 800
_ROOM_FOR_NAME: Final = 230
"""Pixels."""
_NAME: Final = "What changed, tensor by tensor"
Room = Literal["little", "some", "much"]
_STATES: Final[dict[Room, str]] = {
    "little": "88 not finite…",
    "some": "88 not finite +88",
    "much": "8 not finite · 88 differ",
}
_STATE: Final = "not compared"
"""Of a single pair."""


class _NameDelegate(RowDelegate):
    """Shows both names of what rules renamed: ``A's ← B's``."""

    def initStyleOption(  # noqa: N802 - Qt's name
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Add the other name."""
        super().initStyleOption(option, index)
        other = index.data(OTHER_NAME)
        if other:
            # Cut as one, the end of the first and the beginning of the second would be lost.
            metrics = option.fontMetrics
            room = option.rect.width() - _MARGINS - metrics.horizontalAdvance(_ARROW)
            own_room = max(room * 2 // 3, room - metrics.horizontalAdvance(other))
            own = metrics.elidedText(option.text, Qt.TextElideMode.ElideMiddle, own_room)
            rest = room - metrics.horizontalAdvance(own)
            option.text = f"{own}{_ARROW}{metrics.elidedText(other, Qt.TextElideMode.ElideMiddle, rest)}"


class _StateDelegate(RowDelegate):
    """Says of a layer in several states the worst alone, with as much of the rest as there is room for."""

    def initStyleOption(  # noqa: N802 - Qt's name
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Say less."""
        super().initStyleOption(option, index)
        room = option.rect.width() - _MARGINS
        told = [option.text, *(index.data(IN_SHORT) or ())]
        option.text = next((each for each in told if option.fontMetrics.horizontalAdvance(each) <= room), told[-1])
        # The worst comes first.
        option.textElideMode = Qt.TextElideMode.ElideRight


def switch_of_forms() -> QTabBar:
    """Between the tree and the list."""
    made = QTabBar()
    made.setDrawBase(False)
    made.setExpanding(False)
    made.setAccessibleName("Tree or list")
    for title in ("Tree", "List"):
        made.addTab(title)
    return made


def list_of_pairs(model: ComparisonModel) -> QTableView:
    """A row for each pair."""
    table = QTableView()
    table.setModel(model)
    _prepare(table, _NAME)
    return table


def tree_of_pairs(model: UnionModel) -> QTreeView:
    """Layers and pairs."""
    tree = QTreeView()
    tree.setModel(model)
    _prepare(tree, f"{_NAME}, by layers")
    tree.setIndentation(16)
    return tree


def _prepare(view: View, name: str) -> None:
    """What both views have in common."""
    dress(view, name)
    Fitting(view, HEADS, _ROOM_FOR_NAME)
    view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    view.setItemDelegateForColumn(Column.NAME, _NameDelegate(view))
    view.setItemDelegateForColumn(Column.STATE, _StateDelegate(view))
    header = header_of(view)
    header.moveSection(header.visualIndex(Column.MEAN), header.visualIndex(Column.MAX) + 1)
    give_room(view, "some")


def room_of(width: int) -> Room:
    """How much room there is for the columns in so many pixels."""
    return "little" if width < _NARROW else "some" if width < _WIDE else "much"


def give_room(view: View, room: Room) -> None:
    """Give states the room that there is; figures are never cut, and names get what is left.

    Args:
        view: One of the two.
        room: How much there is.
    """
    # Only layers are in several states.
    state = _STATES[room] if isinstance(view, QTreeView) else _STATE
    header_of(view).resizeSection(Column.STATE, width_for(view, HEADS[Column.STATE]._replace(sample=state)))


def share_columns(one: View, other: View) -> None:
    """Show in both views the columns that are chosen in either."""
    for first, second in ((one, other), (other, one)):
        fitting, follower = first.findChild(Fitting), second.findChild(Fitting)
        if fitting is not None and follower is not None:
            fitting.chosen.connect(follower.show)


def mark_sorted(header: QHeaderView, column: int, order: Qt.SortOrder) -> None:
    """Show in the other view by what is sorted, without asking for it again."""
    blocked = QSignalBlocker(header)
    header.setSortIndicator(column, order)
    blocked.unblock()
