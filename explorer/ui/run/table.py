"""The table of a run as it is seen: names at its side, which stay where it is moved across, and selected rows."""

from typing import Final

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QPoint, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QTableView

from explorer.ui import theme
from explorer.ui.plots.export_actions import ExportActions, menu_of
from explorer.ui.run.comparing import Shown
from explorer.ui.run.model import RunModel

_COLUMN: Final = ("not compared *", "shape, not finite, not compared")
"""What a column has room for at least, and at most."""
_MARGINS: Final = 16
_MOST: Final = 24
"""So many selected rows are drawn as lines."""


class RunTableView(QTableView):
    """Rows that come and go, while files are compared, stay selected by their names.

    Signals:
        picked: Other rows are selected.
    """

    picked = Signal()

    def __init__(self, model: RunModel, actions: ExportActions) -> None:
        """Make it.

        Args:
            model: What it shows.
            actions: For its menu.
        """
        super().__init__()
        self._model = model
        self._actions = actions
        self._kept: set[str] = set()
        self.setModel(model)
        self.setAccessibleName("Change of each layer, file by file")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setProperty("names", True)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._offer)
        letter = self.fontMetrics().averageCharWidth()
        names = self.verticalHeader()
        names.setDefaultSectionSize(theme.row_height(self.fontMetrics()))
        # Where names are long, it is their ends that tell them apart.
        names.setTextElideMode(Qt.TextElideMode.ElideLeft)
        names.setFixedWidth(34 * letter)
        names.setHighlightSections(False)
        header = self.horizontalHeader()
        self._least, self._most = (_MARGINS + self.fontMetrics().horizontalAdvance(words) for words in _COLUMN)
        header.setDefaultSectionSize(self._least)
        model.modelReset.connect(self._give_room)
        header.setMinimumSectionSize(48)
        header.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header.setHighlightSections(False)
        header.setSortIndicator(-1, Qt.SortOrder.DescendingOrder)
        header.setSortIndicatorClearable(True)
        self.setSortingEnabled(True)
        self.selectionModel().selectionChanged.connect(self._keep)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Give the files the room that there is."""
        super().resizeEvent(event)
        self._give_room()

    def _give_room(self) -> None:
        columns = self._model.columnCount()
        if columns:
            each = min(max(self.viewport().width() // columns, self._least), self._most)
            if each != self.horizontalHeader().defaultSectionSize():
                self.horizontalHeader().setDefaultSectionSize(each)

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

    def _keep(self) -> None:
        shown = self._model.shown
        if shown is not None:
            self._kept = {shown.table.names[row] for row in self.selected_rows()}
            self.picked.emit()

    def _offer(self, place: QPoint) -> None:
        menu = menu_of([self._actions.copy_numbers, self._actions.export["csv"]], self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.viewport().mapToGlobal(place))
