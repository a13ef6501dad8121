"""The table of a run as it is seen: names at its side, which stay where it is moved across, and selected rows."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSignalBlocker,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QPushButton,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from explorer.ui import theme
from explorer.ui.run.comparing import Shown
from explorer.ui.run.model import RunModel
from explorer.ui.tables.heads import Head
from explorer.ui.tables.look import RowDelegate, dress, width_for
from explorer.ui.text import set_tooltip

if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDEST: Final = "from all 0, shape, not finite, not compared"
"""What a column has room for at most."""
_LEAST: Final = "0.08888"
_MARGINS: Final = 18
_NAMES: Final = (12, 40)
"""Letters that names have room for at least, and at most."""
_MARK: Final = 2
"""Pixels of the mark at the row that the keyboard acts on."""
_MEASURED: Final = 40
"""So many rows tell how wide columns have to be."""
_MOST: Final = 24
"""So many selected rows are drawn as lines."""


class _Names(QHeaderView):
    """Names of rows, which are marked as their rows are."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.setSectionsClickable(True)
        self.setHighlightSections(False)
        # Where names are long, it is their ends that tell them apart.
        self.setTextElideMode(Qt.TextElideMode.ElideLeft)

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:  # noqa: N802 - Qt's name
        """Draw what is below the name, and the name."""
        view = self.parentWidget()
        if isinstance(view, QTableView):
            colors, index = theme.current(view), view.model().index(section, 0)
            if view.selectionModel().isSelected(index):
                painter.fillRect(rect, QColor(colors.selection))
            if view.hasFocus() and view.currentIndex().row() == section:
                painter.fillRect(rect.left(), rect.top(), _MARK, rect.height(), QColor(colors.accent))
        painter.save()
        super().paintSection(painter, rect, section)
        painter.restore()


class _Cells(RowDelegate):
    """Frames the current cell: its column tells which two files are compared as a pair."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw a cell, and the frame around it."""
        super().paint(painter, option, index)
        view = option.widget
        if not isinstance(view, QTableView) or view.currentIndex() != index:
            return
        colors = theme.current(view)
        painter.save()
        # Its button can be reached by Tab: the cell is then still the one that is meant.
        painter.setPen(QPen(QColor(colors.accent if view.hasFocus() else colors.muted), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(option.rect.adjusted(0, 0, -1, -1))
        painter.restore()


class RunTableView(QTableView):
    """Rows that come and go, while files are compared, stay selected by their names.

    Attributes:
        corner: Says what rows are; puts them into their own order.

    Signals:
        picked: Other rows are selected.
    """

    picked = Signal()

    def __init__(self, model: RunModel) -> None:
        """Make it.

        Args:
            model: What it shows.
        """
        super().__init__()
        self._model = model
        self._kept: set[str] = set()
        self._looked_at: tuple[str, str] | None = None
        self._widths: list[int] = []
        self._fitted: object = None
        self._names = _Names(self)
        self.setVerticalHeader(self._names)
        self.setModel(model)
        dress(self, "Change of each layer, file by file")
        self.setItemDelegate(_Cells(self))
        self._names.show()
        self.setProperty("names", True)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.horizontalHeader().setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.corner = QPushButton("Layer", self)
        self.corner.setProperty("head", True)
        self.corner.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        set_tooltip(self.corner, "Put the rows into the order of the keys")
        self.corner.clicked.connect(lambda: self.sortByColumn(-1, Qt.SortOrder.AscendingOrder))
        model.modelReset.connect(self._fit)
        self.selectionModel().selectionChanged.connect(self._keep)
        self.selectionModel().currentChanged.connect(self._names.viewport().update)
        self.selectionModel().currentChanged.connect(self._note)

    def updateGeometries(self) -> None:  # noqa: N802 - Qt's name
        """Put the corner above the names."""
        super().updateGeometries()
        if hasattr(self, "corner"):
            frame = self.frameWidth()
            self.corner.setGeometry(frame, frame, self._names.width(), self.horizontalHeader().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Give the files the room that there is."""
        super().resizeEvent(event)
        self._give_room()

    def _fit(self) -> None:
        """Find how wide columns have to be; while the same is shown they only grow, so that none jumps."""
        shown = self._model.shown
        if shown is None:
            return
        from explorer.analysis.run.words import LEVELS, cell_words  # noqa: PLC0415 - brings numpy

        table = shown.table
        self.corner.setText(LEVELS[table.level][0].capitalize())
        rows = range(0, len(table.names), max(1, len(table.names) // _MEASURED))
        widths = [
            width_for(self, Head(name, sample=max((_LEAST, *(cell_words(table, row, at) for row in rows)), key=len)))
            for at, name in enumerate(shown.files)
        ]
        fitted = (tuple(shown.files), table.level, table.measure)
        if fitted == self._fitted:
            widths = [max(pair) for pair in zip(widths, self._widths, strict=True)]
        self._fitted, self._widths = fitted, widths
        self._fit_names([self._model.name(row) for row in rows])
        self._give_room()

    def _fit_names(self, names: "Sequence[str]") -> None:
        metrics = self.fontMetrics()
        least, most = (letters * metrics.averageCharWidth() for letters in _NAMES)
        widest = max((metrics.horizontalAdvance(name) for name in names), default=0) + _MARGINS
        self._names.setFixedWidth(min(max(widest, least), most))

    def _give_room(self) -> None:
        most = self.fontMetrics().horizontalAdvance(_WIDEST) + _MARGINS
        spare = max(0, self.viewport().width() - sum(self._widths)) // max(1, len(self._widths))
        for at, width in enumerate(self._widths[: self._model.columnCount()]):
            self.setColumnWidth(at, max(min(width + spare, most), min(most, width)))

    def selected_rows(self) -> list[int]:
        """The rows of the `RunTable` that are selected, as they are listed: as many as are drawn."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [row for at in rows[:_MOST] if (row := self._model.row_of(at)) is not None]

    def pick_again(self, shown: Shown) -> None:
        """Select what was selected before other rows came, without telling."""
        selection = QItemSelection()
        names = shown.table.names
        for name in self._kept:
            row = self._model.place_of(names.index(name)) if name in names else None
            if row is not None:
                index = self._model.index(row, 0)
                selection.select(index, index)
        how = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        with QSignalBlocker(self.selectionModel()):
            self.selectionModel().select(selection, how)
        self._look_again(shown)

    def _look_again(self, shown: Shown) -> None:
        """Go on in the cell that was looked at, where there still is one of that name and file."""
        name, file = self._looked_at or ("", "")
        names = shown.table.names
        row = self._model.place_of(names.index(name)) if name in names else None
        if row is not None and file in shown.files:
            index = self._model.index(row, shown.files.index(file))
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)

    @Slot(QModelIndex)
    def _note(self, current: QModelIndex) -> None:
        shown, row = self._model.shown, self._model.row_of(current.row())
        if shown is not None and row is not None and current.column() < len(shown.files):
            self._looked_at = shown.table.names[row], shown.files[current.column()]

    def _keep(self) -> None:
        self._names.viewport().update()
        shown = self._model.shown
        if shown is not None:
            self._kept = {shown.table.names[row] for row in self.selected_rows()}
            self.picked.emit()
