"""What can be done with a pair of a comparison, at the beginning of the menu of its row."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QModelIndex, QObject
from PySide6.QtWidgets import QMenu

from explorer.ui.clipboard import put_on_clipboard
from explorer.ui.filter.quoting import by_name
from explorer.ui.tables.taking import taking_of

if TYPE_CHECKING:
    from explorer.ui.compare.pair_view import View
    from explorer.ui.compare.panel import ComparePanel

_VIEWS: "Final[dict[View, str]]" = {"histogram": "&Histograms", "heatmap": "Heat &maps", "scatter": "&Scatter"}


class PairMenu(QObject):
    """Serves the tree and the list of pairs."""

    def __init__(self, panel: "ComparePanel", filter_by: Callable[[str], object]) -> None:
        """Give both the entries.

        Args:
            panel: Whose rows they are; they have their menus already.
            filter_by: Takes what the filter is to say.
        """
        super().__init__(panel)
        self._panel = panel
        self._filter_by = filter_by
        for view in (panel.rows.table, panel.rows.tree):
            taking = taking_of(view)
            if taking is not None:
                taking.begin = self._begin

    def _begin(self, menu: QMenu, index: QModelIndex) -> None:
        name = self._panel.rows.name_at(index)
        if name is None:
            return
        menu.addAction("Copy &name").triggered.connect(partial(put_on_clipboard, name.removesuffix(".")))
        menu.addAction("&Filter for this name").triggered.connect(partial(self._filter_by, by_name(name)))
        if self._panel.rows.pair_at(index) is None:
            return
        menu.addSeparator()
        views = menu.addMenu("Sho&w as")
        for view, title in _VIEWS.items():
            views.addAction(title).triggered.connect(partial(self._show_as, index, view))

    def _show_as(self, index: QModelIndex, view: "View") -> None:
        place = self._panel.rows.pair_at(index)
        if place is not None:
            self._panel.rows.select(place)
            self._panel.pair.show_as(view)
