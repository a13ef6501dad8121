"""What Copy takes, wherever the user is."""

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QPlainTextEdit, QSpinBox, QWidget

from explorer.ui.clipboard import put_on_clipboard
from explorer.ui.layers.model import Role
from explorer.ui.plots.plot import Plot
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
    if not text:
        say("Nothing is selected that could be copied.")
    elif not put_on_clipboard(text):
        say('Halves of characters, which no clipboard can hold, were copied as in "\\ud800".')


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
        The marked words of a field or a label. Of a list the selected rows, a line each, as they are shown from top
        to bottom: a tensor's or a layer's key, else its name at the side and its columns with tabs between. "" where
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
    if isinstance(widget, QAbstractItemView) and widget.model() is not None:
        rows = sorted(widget.selectionModel().selectedRows(), key=lambda row: widget.visualRect(row).top())
        return "\n".join(_line(row) for row in rows)
    return ""


def _line(row: QModelIndex) -> str:
    # The model's own answer: Qt would drop what is half of a character.
    key = row.model().data(row, Role.KEY)
    if isinstance(key, str):
        return key
    name = row.model().headerData(row.row(), Qt.Orientation.Vertical)
    columns = range(row.model().columnCount(row.parent()))
    cells = (str(row.siblingAtColumn(column).data() or "") for column in columns)
    # Without a name rows are counted.
    return "\t".join([name, *cells] if isinstance(name, str) else cells)
