"""Where somebody is in the tree of layers: what is open, current, selected and at the top of the window."""

from bisect import bisect_left
from collections import deque
from typing import Final, NamedTuple

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QPoint
from PySide6.QtWidgets import QAbstractItemView

from explorer.ui.layers.model import LayerModel, Row
from explorer.ui.layers.tree import WIDE_ROWS, LayerTree

_SELECTED_ROWS: Final = 1_000
"""Of more, only the current row is found again."""
_UNFOLDED_ROWS: Final = 1_000
"""Of the only layer in a file, which are shown at once."""
_Flag = QItemSelectionModel.SelectionFlag


class Place(NamedTuple):
    """To be found again in another tree of the same tensors, or more of them.

    Attributes:
        opened: Names of the open layers, sorted.
        closed: Names of the layers that are seen and closed, where others are to be opened.
        current: The current row; None for none, as below.
        selected: The selected rows.
        top: The first row that is seen.
        left: What the horizontal scroll bar says.
    """

    opened: list[str]
    closed: set[str]
    current: Row | None
    selected: list[Row]
    top: Row | None
    left: int


def place_in(tree: LayerTree, model: LayerModel, *, few: bool) -> Place:
    """Remember the place.

    Args:
        tree: Is about to show other layers.
        model: Its own.
        few: There are so few layers that those which nobody has closed are to be open.
    """
    selection = tree.selectionModel()
    opened = _opened(tree, model)
    closed: set[str] = set()
    if few:
        inside = (layer for index in opened.values() for layer in model.layers_in(index))
        closed = {str(model.row_of(index)) for index in (model.index(0, 0), *inside)} - opened.keys()
    chosen = selection.selection()
    many = sum(chosen.at(place).height() for place in range(chosen.count())) > _SELECTED_ROWS
    selected = [] if many else [model.row_of(index) for index in selection.selectedRows()]
    return Place(
        sorted(opened),
        closed,
        model.row_of(tree.currentIndex()),
        [row for row in selected if row is not None],
        model.row_of(tree.indexAt(QPoint(0, 0))),
        tree.horizontalScrollBar().value(),
    )


def _opened(tree: LayerTree, model: LayerModel) -> dict[str, QModelIndex]:
    """The open layers that are seen, by their rows' names, without asking about each of a thousand closed ones."""
    opened = {str(model.row_of(index)): index for index in model.remembered() if tree.isExpanded(index)}

    def seen(index: QModelIndex) -> bool:
        above = model.parent(index)
        return not above.isValid() or (str(model.row_of(above)) in opened and seen(above))

    return {row: index for row, index in opened.items() if seen(index)}


def open_some(tree: LayerTree, model: LayerModel, *, at_once: int) -> None:
    """Open what there is room for in a tree of which nothing is open.

    Args:
        tree: Has just been given other layers.
        model: Its own.
        at_once: So many tensors are all shown.
    """
    top = model.index(0, 0)
    root = model.layer(top)
    if root is None:
        return
    if len(root.numbers) <= at_once:
        tree.expandAll()
    elif len(root.children) <= WIDE_ROWS:
        tree.expand(top)
        only = model.layer(model.index(0, 0, top)) if len(root.children) == 1 else None
        if only is not None and len(only.children) <= _UNFOLDED_ROWS:
            tree.expand(model.index(0, 0, top))


def go_back(tree: LayerTree, model: LayerModel, place: Place, *, few: bool) -> None:
    """Open, select and scroll to what is remembered, as far as it is there.

    Args:
        tree: Has just been given other layers: nothing in it is open.
        model: Its own.
        place: Of the last one.
        few: Open what is new, too.
    """
    selection = tree.selectionModel()
    waiting = deque([model.index(0, 0)])
    room = WIDE_ROWS
    while waiting:
        index = waiting.popleft()
        layer = model.layer(index)
        if layer is None:
            continue
        # A layer may have been part of a row that was folded: what leads to something open was open.
        at = bisect_left(place.opened, layer.stem)
        leads = at < len(place.opened) and place.opened[at].startswith(layer.stem)
        if not leads and not (few and model.row_of(index) not in place.closed):
            continue
        # A wide one that is open was opened by somebody, or has been growing before his eyes.
        rows = len(layer.children)
        if rows <= room or rows > WIDE_ROWS:
            room -= rows if rows <= WIDE_ROWS else 0
            tree.expand(index)
            waiting += model.layers_in(index)
    again = QItemSelection()
    for row in place.selected:
        index = model.index_of_row(row)
        if index.isValid():
            again.select(index, index)
    selection.select(again, _Flag.Select | _Flag.Rows)
    current = QModelIndex() if place.current is None else model.index_of_row(place.current)
    if current.isValid():
        selection.setCurrentIndex(current, _Flag.NoUpdate)
    if place.top is not None:
        tree.scrollTo(model.index_of_row(place.top), QAbstractItemView.ScrollHint.PositionAtTop)
    tree.horizontalScrollBar().setValue(place.left)
