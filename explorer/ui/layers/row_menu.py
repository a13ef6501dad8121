"""The menu of a row of the tree: what can be done with a tensor, a layer, or the file."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QObject, QPoint, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from explorer.checkpoint.tree import Layer
from explorer.formatting import plural
from explorer.loading.load_lines import load_program
from explorer.ui.clipboard import put_on_clipboard
from explorer.ui.tensor_views import VIEWS, TensorView

if TYPE_CHECKING:
    from explorer.ui.main_window import MainWindow


class RowMenu(QObject):
    """Opens at the row that is under the mouse, or that the keyboard is at."""

    def __init__(self, window: "MainWindow", *menus: QMenu) -> None:
        """Give a window's tree the menu.

        Args:
            window: Whose tree it is.
            menus: Those at its end.
        """
        super().__init__(window)
        self._window = window
        self._menus = menus
        self.menu = QMenu(window.layers.tree)
        self.menu.setToolTipsVisible(True)
        self._views = QMenu("&Show as", self.menu)
        window.layers.tree.menu_asked.connect(self._open)

    @Slot(QModelIndex, QPoint)
    def _open(self, index: QModelIndex, place: QPoint) -> None:
        """Fill it for a row, and show it."""
        window, model = self._window, self._window.layers.model
        layer, number = model.layer(index), model.tensor_number(index)
        self.menu.clear()
        if layer is not None and layer.is_root:
            self._add_file()
        elif layer is not None:
            self._add_layer(layer)
        elif number is not None:
            self._add_tensor(number)
        else:
            return
        if layer is not None:
            self.menu.addSeparator()
            self._add("&Expand all below", partial(window.layers.tree.expand_below, index))
            self._add("Co&llapse all below", partial(window.layers.tree.collapse_below, index))
        self.menu.addSeparator()
        for menu in self._menus:
            self.menu.addMenu(menu)
        self.menu.popup(place)

    def _add_file(self) -> None:
        window = self._window
        checkpoint, entry = window.session.checkpoint, window.session.entry
        if checkpoint is None or entry is None:
            return
        self._add("&Copy name", partial(put_on_clipboard, checkpoint.path.name))
        self._add("Copy &path", partial(put_on_clipboard, str(checkpoint.path)))
        program = load_program(checkpoint, entry)
        if program:
            self._add("Copy as P&ython that loads it", partial(put_on_clipboard, program))
        self.menu.addSeparator()
        self._add("Com&pare with…", window.full_views.show_compare)
        self._add("&Test-load…", window.full_views.show_load_test)
        self._add("Save a cop&y…", window.save_copy)

    def _add_layer(self, layer: Layer) -> None:
        self._add_names(layer.prefix)
        prefix = f"{layer.prefix}."
        code = f"{{key: value for key, value in state_dict.items() if key.startswith({prefix!r})}}"
        self._add("Copy as P&ython", partial(put_on_clipboard, code))
        self._add_filter(prefix)

    def _add_tensor(self, number: int) -> None:
        window = self._window
        if window.session.checkpoint is None:
            return
        tensor = window.session.checkpoint.tensors[number]
        self._add_names(tensor.key)
        self._add("Copy as P&ython", partial(put_on_clipboard, f"state_dict[{tensor.key!r}]"))
        self._add_filter(tensor.key)
        self.menu.addSeparator()
        self._views.clear()
        for view, title in VIEWS.items():
            self._views.addAction(title).triggered.connect(partial(self._show_as, view))
        self.menu.addMenu(self._views)
        self.menu.addAction(window.beside.action)

    def _add_names(self, key: str) -> None:
        keys = self._window.copyable().splitlines()
        if len(keys) > 1 and key in keys:
            self._add(f"&Copy {plural(len(keys), 'name')}", self._window.copy)
        else:
            self._add("&Copy name", partial(put_on_clipboard, key))

    def _add_filter(self, name: str) -> None:
        quoted = name.replace('"', '""')
        self._add("&Filter for this name", partial(self._window.filter.setText, f'name:"{quoted}"'))

    def _show_as(self, view: TensorView) -> None:
        self._window.histogram.looks.views.choose(view)

    def _add(self, text: str, slot: object) -> QAction:
        action = self.menu.addAction(text)
        action.triggered.connect(slot)
        return action
