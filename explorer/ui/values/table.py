"""The table of values as it is seen."""

from typing import Final

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QTableView

from explorer.checkpoint.dtypes import DType
from explorer.checkpoint.values.planes import Bounds
from explorer.formatting import plural
from explorer.ui import theme
from explorer.ui.tables.staying import Staying
from explorer.ui.values.model import Index, ValuesModel

_WIDEST: Final = {
    "float64": "-0.00012345678901234567",
    "float32": "-0.000123456789",
    "complex128": "-0.12345678901234567-0.12345678901234567j",
    "complex64": "-0.000123456789-0.000123456789j",
    "complex32": "-0.000123456789-0.000123456789j",
    "int64": "-1234567890123456789",
    "uint64": "12345678901234567890",
    "bool": "False",
}
_OF_FEW_BITS: Final = "-0.00012345678"
_ALONE: Final = "-1234567890123456"
"""Before an exponent takes the place of digits; where there is a single column, there is room for it."""
_USUAL: Final = "-0.0001234"

_STEPS: Final[dict[int, tuple[int, int]]] = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}
"""Rows and columns that an arrow goes."""
_NO_MODIFIERS: Final = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
_ENDS: Final = (Qt.Key.Key_Home, Qt.Key.Key_End)


def how_written(dtype: DType) -> str:
    """What is to be known of the numbers in the table; "" where each has as few digits as tell it from the others.

    Args:
        dtype: Of the tensor; see `explorer.analysis.value_texts`.
    """
    few = dtype.name == "complex32" or (dtype.family == "float" and dtype.itemsize <= 2)
    return "exact numbers; those of more than 12 characters as float32 writes them" if few else ""


class ValuesTable(QTableView):
    """Shows `ValuesModel`.

    Signals:
        copy_asked: The selected values are to be copied.
        pointed: Another cell is the current one.
        end_asked: The first value of all, or the last (whether the last), on whichever page it is.
        beyond_asked: The cell so many rows and columns from the current one, which is on another page.
    """

    copy_asked = Signal()
    pointed = Signal()
    end_asked = Signal(bool)
    beyond_asked = Signal(int, int)

    def __init__(self, model: ValuesModel) -> None:
        super().__init__()
        self.setModel(model)
        self.setAccessibleName("Values")
        self.setFont(theme.tabular(self.font()))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ContiguousSelection)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        Staying(self)
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        for header in (rows, columns):
            header.setSectionResizeMode(header.ResizeMode.Fixed)
            header.setHighlightSections(False)
        rows.setDefaultSectionSize(theme.row_height(self.fontMetrics()))

    def fit(self, dtype: DType, *, as_bits: bool, alone: bool) -> None:
        """Make columns as wide as the longest values of a dtype.

        Args:
            dtype: Of the values.
            as_bits: Their bits are shown.
            alone: There is one column.
        """
        usual = _OF_FEW_BITS if dtype.family == "float" else _USUAL
        widest = "0" * (2 * dtype.itemsize) if as_bits else _WIDEST.get(dtype.name, usual)
        texts = [widest, *([_ALONE] if alone and dtype.family == "float" and not as_bits else [])]
        width = max(self.fontMetrics().horizontalAdvance(text) for text in texts)
        self.horizontalHeader().setDefaultSectionSize(width + 18)

    def selected(self) -> tuple[Bounds, Bounds] | None:
        """Rows and columns of the page that are selected; None where none is."""
        selection = self.selectionModel().selection()
        ranges = [selection.at(place) for place in range(selection.size())]
        if not ranges:
            return None
        # Each is a rectangle, and so are all of them together.
        top = min(part.top() for part in ranges)
        left = min(part.left() for part in ranges)
        bottom, right = max(part.bottom() for part in ranges), max(part.right() for part in ranges)
        return (top, bottom + 1), (left, right + 1)

    def described(self) -> str:
        """How many values are selected; "" for none."""
        chosen = self.selected()
        if chosen is None:
            return ""
        (top, bottom), (left, right) = chosen
        return plural((bottom - top) * (right - left), "value")

    def go_to(self, row: int, column: int) -> None:
        """Bring a cell of the page into the middle, and make it the current one."""
        index = self.model().index(row, column)
        self.setCurrentIndex(index)
        self.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)

    def currentChanged(self, current: Index, previous: Index) -> None:  # noqa: N802 - Qt's name
        """Tell of it."""
        super().currentChanged(current, previous)
        self.pointed.emit()

    def event(self, event: QEvent) -> bool:
        """Take the key that copies before the window does, which would copy names."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.matches(QKeySequence.StandardKey.Copy)
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Copy what is selected, and go on where the page ends."""
        step = _STEPS.get(event.key()) if event.modifiers() in _NO_MODIFIERS else None
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_asked.emit()
        elif event.key() in _ENDS and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            self.end_asked.emit(event.key() == Qt.Key.Key_End)
        elif step is not None and self._is_at_the_edge(*step):
            self.beyond_asked.emit(*step)
        else:
            super().keyPressEvent(event)

    def _is_at_the_edge(self, down: int, right: int) -> bool:
        current = self.currentIndex()
        return current.isValid() and not current.sibling(current.row() + down, current.column() + right).isValid()
