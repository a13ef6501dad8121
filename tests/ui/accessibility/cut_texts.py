"""Which words of a window have less room than they need, and are not told elsewhere."""

from collections.abc import Iterator

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QRect, Qt
from PySide6.QtWidgets import QTableView, QTreeView, QWidget

from explorer.formatting import ELLIPSIS
from explorer.ui.plots.wrapping import WordsBelow
from explorer.ui.sentence import Sentence
from explorer.ui.text import FACT, ElidedLabel
from tests.ui.accessibility.controls import named

View = QTableView | QTreeView
ROWS = 200
"""Of a view, that are looked at."""


def cut_texts(top: QWidget) -> Iterator[str]:
    """Sentences and facts that are cut; names, which lose their middle, that no tool tip tells; and cells likewise.

    Of other labels `tests.ui.accessibility.controls.cut_off` tells.
    """
    for widget in top.findChildren(QWidget):
        if not widget.isVisible() or widget.window() is not top or widget.visibleRegion().isEmpty():
            continue
        if isinstance(widget, ElidedLabel):
            yield from _cut_line(widget)
        elif isinstance(widget, Sentence):
            if widget.height() < widget.heightForWidth(widget.width()):
                yield f"{named(widget)} is {widget.height()} high and shows {widget.shown()}"
        elif isinstance(widget, WordsBelow):
            if widget.shown()[-1].endswith(ELLIPSIS) and not widget.text().endswith(ELLIPSIS):
                yield f"{named(widget)} shows {widget.shown()}"
        elif isinstance(widget, View) and not widget.wordWrap():
            yield from _cut_cells(widget)


def _cut_line(line: ElidedLabel) -> Iterator[str]:
    shown, whole = line.shown(), line.text()
    if shown == whole:
        return
    if not line.toolTip():
        yield f"{named(line)} shows {shown!r}, and no tool tip tells the rest"
    if shown.endswith(ELLIPSIS) and not shown.endswith(f"{FACT}{ELLIPSIS}"):
        yield f"{named(line)} is cut at its end: {shown!r}"


def _cut_cells(view: View) -> Iterator[str]:
    model = view.model()
    for index in _rows(view, model):
        for column in range(model.columnCount(index.parent())):
            cell = index.siblingAtColumn(column)
            room = view.visualRect(cell)
            text = cell.data()
            if view.isColumnHidden(column) or room.isEmpty() or not isinstance(text, str) or not _is_seen(view, room):
                continue
            needed = view.sizeHintForIndex(cell).width()
            if needed > room.width() and not cell.data(Qt.ItemDataRole.ToolTipRole):
                yield f"{view.accessibleName()}: {text!r} has {room.width()} pixels of {needed}, and no tool tip"


def _is_seen(view: View, room: QRect) -> bool:
    return view.viewport().rect().intersects(room)


def _rows(view: View, model: QAbstractItemModel) -> Iterator[QModelIndex]:
    waiting = [model.index(row, 0) for row in range(min(ROWS, model.rowCount()))]
    for index in waiting:
        yield index
        if isinstance(view, QTreeView) and view.isExpanded(index) and len(waiting) < ROWS:
            waiting += [model.index(row, 0, index) for row in range(model.rowCount(index))]
