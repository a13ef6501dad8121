"""What Copy takes, wherever the user is."""

from collections.abc import Callable

from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
    QTableView,
    QTreeView,
    QWidget,
)

from explorer.ui.clipboard import copy_text
from explorer.ui.layers.cells import Role
from explorer.ui.plots.plot import Plot
from explorer.ui.tables.columns import EXACT
from explorer.ui.tables.look import selected_rows
from explorer.ui.text import Label
from explorer.ui.values.table import ValuesTable


def copy(widget: QWidget | None, text: str, say: Callable[[str], None]) -> None:
    """Copy what is selected.

    Args:
        widget: That has the keyboard.
        text: What there is to copy.
        say: Tells where that is nothing, or is not all.
    """
    if copy_values(widget):
        return
    said = copy_text(text)
    if said:
        say(said)


def copy_values(widget: QWidget | None) -> bool:
    """Copy the values that are selected in a table of them, which are read for it.

    Returns:
        Whether the widget is such a table.
    """
    if isinstance(widget, ValuesTable):
        widget.copy_asked.emit()
    return isinstance(widget, ValuesTable)


def selected_text(widget: QWidget | None) -> str:
    """What is selected in a widget, as text.

    Args:
        widget: A field, a label, a list, or a plot of which the keyboard reads a place; anything else has nothing to
            copy.

    Returns:
        The marked words of a field or a label. Of a list the selected rows, a line each, from top to bottom: a
        tensor's or a layer's key, else the columns that are shown, with every digit and tabs between. "" where
        nothing is selected. Of a table of values, which are still to be read, how many are.
    """
    if isinstance(widget, ValuesTable):
        return widget.described()
    if isinstance(widget, Plot):
        return widget.accessibleDescription() if widget.reads else ""
    if isinstance(widget, QSpinBox):
        widget = widget.lineEdit()
    if isinstance(widget, QLineEdit | Label):
        return widget.selectedText()
    if isinstance(widget, QPlainTextEdit):
        return widget.textCursor().selection().toPlainText()
    if isinstance(widget, QTableView | QTreeView) and widget.model() is not None:
        rows = widget.selectionModel().selectedRows()
        keys = [row.model().data(row, Role.KEY) for row in rows]
        if keys and all(isinstance(key, str) for key in keys):
            in_order = sorted(zip(rows, keys, strict=True), key=lambda pair: widget.visualRect(pair[0]).top())
            return "\n".join(key for _row, key in in_order)
        return selected_rows(widget)
    if isinstance(widget, QAbstractItemView) and widget.model() is not None:
        return "\n".join(str(row.data(EXACT) or row.data() or "") for row in widget.selectionModel().selectedRows())
    return ""
