"""The menus about the tree: which columns it shows, and by what it is sorted."""

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from explorer.ui.layers.columns import TITLES, Column
from explorer.ui.layers.panel import LayersPanel
from explorer.ui.tables.taking import taking_of

_ORDERS = (("up", Qt.SortOrder.AscendingOrder), ("down", Qt.SortOrder.DescendingOrder))


class LayerMenus(QObject):
    """Fills "Columns" and "Sort by"; the tree's own menu has the first of them too."""

    def __init__(self, panel: LayersPanel, menu: QMenu) -> None:
        """Add both to a menu.

        Args:
            panel: What they are about.
            menu: The one that takes them.
        """
        super().__init__(menu)
        self._panel = panel
        self.columns = menu.addMenu("&Columns")
        self.columns.aboutToShow.connect(self._check_columns)
        self._columns: dict[Column, QAction] = {}
        for column in tuple(Column)[1:]:
            action = self.columns.addAction(TITLES[column])
            action.setCheckable(True)
            action.triggered.connect(self._show_columns)
            self._columns[column] = action
        self.columns.addSeparator()
        self.columns.addAction("As the width allows").triggered.connect(lambda: panel.columns.show(None))
        self.columns.addAction("Usual widths and order").triggered.connect(panel.columns.reset)
        taking = taking_of(panel.tree)
        if taking is not None:
            taking.columns = self.columns
        self._add_sorting(menu.addMenu("&Sort by"))

    def _add_sorting(self, menu: QMenu) -> None:
        group = QActionGroup(menu)
        wanted: list[tuple[str, Column | None, Qt.SortOrder]] = [
            ("The file's order", None, Qt.SortOrder.AscendingOrder)
        ]
        wanted += [
            (f"{TITLES[column]}, {way}", column, order)
            for column in Column
            if column != Column.DISTRIBUTION
            for way, order in _ORDERS
        ]
        for title, column, order in wanted:
            action = group.addAction(title)
            action.setCheckable(True)
            action.setData((-1 if column is None else int(column), order))
            action.triggered.connect(lambda _checked=False, c=column, o=order: self._panel.sort_by(c, o))
            menu.addAction(action)
        menu.aboutToShow.connect(lambda: self._check_sorting(group))

    def _check_columns(self) -> None:
        shown = self._panel.columns.shown
        for column, action in self._columns.items():
            action.setChecked(column in shown)

    def _show_columns(self) -> None:
        self._panel.columns.show(column for column, action in self._columns.items() if action.isChecked())

    def _check_sorting(self, group: QActionGroup) -> None:
        header = self._panel.tree.header()
        current = (header.sortIndicatorSection(), header.sortIndicatorOrder())
        for action in group.actions():
            column, order = action.data()
            action.setChecked((column, order) == current or (column == current[0] == -1))
