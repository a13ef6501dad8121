"""The menu of a row of the tree: what can be done with a tensor, a layer, or the file."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QObject, QPoint, Qt, Slot
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu

from explorer.checkpoint.tree import Layer
from explorer.formatting import plural
from explorer.loading.load_lines import load_program
from explorer.ui.clipboard import put_on_clipboard
from explorer.ui.filter.quoting import by_name
from explorer.ui.tables.taking import taking_of
from explorer.ui.tensor_views import IN_MENUS, TensorView

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
        self._taking = taking_of(window.layers.tree)
        if self._taking is not None:
            self._taking.leave_menu()
        window.layers.tree.menu_asked.connect(self._open)

    @Slot(QModelIndex, QPoint)
    def _open(self, index: QModelIndex, place: QPoint) -> None:
        """Fill it for a row, and show it."""
        window, model = self._window, self._window.layers.model
        layer, number = model.layer(index), model.tensor_number(index)
        if layer is None and number is None:
            return
        menu = QMenu(window.layers.tree)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        if layer is not None and layer.is_root:
            self._add_file(menu)
        elif layer is not None:
            self._add_layer(menu, layer)
        elif number is not None:
            self._add_tensor(menu, number)
        if layer is not None:
            menu.addSeparator()
            _add(menu, "&Expand all below", partial(window.layers.tree.expand_below, index))
            _add(menu, "Co&llapse all below", partial(window.layers.tree.collapse_below, index))
        menu.addSeparator()
        for each in self._menus:
            menu.addAction(each.menuAction())
        menu.addSeparator()
        if self._taking is not None:
            self._taking.fill(menu)
        menu.popup(place)

    def _add_file(self, menu: QMenu) -> None:
        window = self._window
        checkpoint, entry = window.session.checkpoint, window.session.entry
        if checkpoint is None or entry is None:
            return
        self._add_copy(menu, "&Copy name", partial(put_on_clipboard, checkpoint.path.name))
        _add(menu, "Copy pat&h", partial(put_on_clipboard, str(checkpoint.path)))
        program = load_program(checkpoint, entry)
        if program:
            _add(menu, "Copy as P&ython that loads it", partial(put_on_clipboard, program))
        menu.addSeparator()
        _add(menu, "Compare &with…", window.full_views.show_compare)
        _add(menu, "&Test-load…", window.full_views.show_load_test)
        _add(menu, "Save &a copy…", window.save_copy)

    def _add_layer(self, menu: QMenu, layer: Layer) -> None:
        self._add_names(menu, layer.prefix)
        prefix = f"{layer.prefix}."
        code = f"{{key: value for key, value in state_dict.items() if key.startswith({prefix!r})}}"
        _add(menu, "Copy as P&ython", partial(put_on_clipboard, code))
        self._add_filter(menu, prefix)

    def _add_tensor(self, menu: QMenu, number: int) -> None:
        window = self._window
        if window.session.checkpoint is None:
            return
        tensor = window.session.checkpoint.tensors[number]
        self._add_names(menu, tensor.key)
        _add(menu, "Copy as P&ython", partial(put_on_clipboard, f"state_dict[{tensor.key!r}]"))
        self._add_filter(menu, tensor.key)
        menu.addSeparator()
        views = menu.addMenu("S&how as")
        for view, title in IN_MENUS.items():
            views.addAction(title).triggered.connect(partial(self._show_as, view))
        menu.addAction(window.beside.action)

    def _add_names(self, menu: QMenu, key: str) -> None:
        keys = self._window.copyable().splitlines()
        if len(keys) > 1 and key in keys:
            self._add_copy(menu, f"&Copy {plural(len(keys), 'name')}", self._window.copy)
        else:
            self._add_copy(menu, "&Copy name", partial(put_on_clipboard, key))

    def _add_copy(self, menu: QMenu, text: str, slot: object) -> None:
        """Add what the key that copies does, and show the key."""
        _add(menu, text, slot)
        menu.actions()[-1].setShortcuts(QKeySequence.keyBindings(QKeySequence.StandardKey.Copy))

    def _add_filter(self, menu: QMenu, name: str) -> None:
        _add(menu, "&Filter for this name", partial(self._window.filter.setText, by_name(name)))

    def _show_as(self, view: TensorView) -> None:
        self._window.histogram.looks.views.choose(view)


def _add(menu: QMenu, text: str, slot: object) -> None:
    menu.addAction(text).triggered.connect(slot)
