"""The menus about the tree: which columns it shows, and by what it is sorted."""

from functools import partial
from typing import Final

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from explorer.ui.allowing import allow
from explorer.ui.layers.columns import STATISTIC_COLUMNS, TITLES, Column
from explorer.ui.layers.panel import LayersPanel
from explorer.ui.tables.taking import taking_of
from explorer.ui.ticking import tick_with_space

_LETTERS: Final[dict[Column, str]] = {
    **dict(zip(Column, "ndhtpbvi", strict=False)),
    **dict(zip(STATISTIC_COLUMNS, "mxes2zf", strict=True)),
}
"""Of each column's title, the one that chooses it in a menu."""
_ORDERS = (("&Ascending", Qt.SortOrder.AscendingOrder), ("Des&cending", Qt.SortOrder.DescendingOrder))


class LayerMenus(QObject):
    """Fills "Columns" and "Sort by"; the tree's own menu has both too."""

    def __init__(self, panel: LayersPanel, menu: QMenu) -> None:
        """Add both to a menu.

        Args:
            panel: What they are about.
            menu: The one that takes them.
        """
        super().__init__(menu)
        self._panel = panel
        self._hidden: list[QAction] = []
        self.columns = menu.addMenu("&Columns")
        self.columns.aboutToShow.connect(self._check_columns)
        tick_with_space(self.columns)
        self._columns: dict[Column, QAction] = {}
        for column in tuple(Column)[1:]:
            action = self.columns.addAction(_title(column))
            action.setCheckable(True)
            action.triggered.connect(self._show_columns)
            self._columns[column] = action
        self.columns.addSeparator()
        self.columns.addAction("As the &width allows").triggered.connect(lambda: panel.columns.show(None))
        self.columns.addAction("&Usual widths and order").triggered.connect(panel.columns.reset)
        self.columns.addSeparator()
        self.meanings = self.columns.addAction("What the &columns mean")
        menu.aboutToShow.connect(self._allow_here)
        taking = taking_of(panel.tree)
        self.sorting = menu.addMenu("So&rt by")
        self._add_sorting(self.sorting)
        if taking is not None:
            taking.columns, taking.sorting = self._column_entries, self.sorting

    def _add_sorting(self, menu: QMenu) -> None:
        by, order = QActionGroup(menu), QActionGroup(menu)
        columns: list[tuple[str, int]] = [("The file's &order", -1)]
        columns += [(_title(column), int(column)) for column in Column if column != Column.DISTRIBUTION]
        for title, column in columns:
            self._add_choice(menu, by, title, column).triggered.connect(partial(self._sort_by, column))
        menu.addSeparator()
        for title, way in _ORDERS:
            self._add_choice(menu, order, title, way).triggered.connect(partial(self._sort_towards, way))
        menu.aboutToShow.connect(lambda: self._check_sorting(by, order))

    def _add_choice(self, menu: QMenu, group: QActionGroup, title: str, data: object) -> QAction:
        action = group.addAction(title)
        action.setCheckable(True)
        action.setData(data)
        menu.addAction(action)
        return action

    def _sort_by(self, column: int, _checked: bool = False) -> None:
        """Names from the first on, figures from the largest: that is what is looked for."""
        words = column in {-1, Column.NAME, Column.TYPE, Column.SAVED_ON, Column.IS_ON}
        order = Qt.SortOrder.AscendingOrder if words else Qt.SortOrder.DescendingOrder
        self._panel.sort_by(None if column < 0 else Column(column), order)

    def _sort_towards(self, order: Qt.SortOrder, _checked: bool = False) -> None:
        column = self._panel.tree.header().sortIndicatorSection()
        self._panel.sort_by(None if column < 0 else Column(column), order)

    def _allow_here(self) -> None:
        """Offer nothing about a tree that another view hides: its tables are sorted by their titles."""
        hidden = not self._panel.isVisible()
        for menu in (self.columns, self.sorting):
            action = menu.menuAction()
            if hidden and action.isEnabled():
                allow(action, "The layers are not shown. A click on a title sorts the table that is (Alt+Down).")
                self._hidden.append(action)
            elif not hidden and action in self._hidden:
                allow(action, "")
                self._hidden.remove(action)

    def _column_entries(self) -> list[QAction]:
        self._check_columns()
        return self.columns.actions()

    def _check_columns(self) -> None:
        shown = self._panel.columns.shown
        for column, action in self._columns.items():
            action.setChecked(column in shown)

    def _show_columns(self) -> None:
        self._panel.columns.show(column for column, action in self._columns.items() if action.isChecked())

    def _check_sorting(self, by: QActionGroup, order: QActionGroup) -> None:
        header = self._panel.tree.header()
        sorted_by = header.sortIndicatorSection()
        for action in by.actions():
            action.setChecked(action.data() == sorted_by)
        for action in order.actions():
            action.setChecked(sorted_by >= 0 and action.data() == header.sortIndicatorOrder())
            allow(action, "" if sorted_by >= 0 else "Choose first what to sort by.")


def _title(column: Column) -> str:
    title = TITLES[column]
    place = title.lower().index(_LETTERS[column])
    return f"{title[:place]}&{title[place:]}"
