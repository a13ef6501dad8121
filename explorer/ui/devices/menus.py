"""The menus that move tensors: in the menu bar and in the tool bar."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from explorer.devices.torch_devices import HOST, Device
from explorer.formatting import nbytes, visible
from explorer.ui.allowing import OPEN_FIRST, allow
from explorer.ui.copies.saving import DEVICES, Wish
from explorer.ui.devices.panel import HEIGHT
from explorer.ui.text import caption, set_tooltip

if TYPE_CHECKING:
    from explorer.ui.main_window import MainWindow


class DeviceMenus(QObject):
    """Fills "Move to", of what is selected, and "Move the whole file to"; both know what PyTorch offers, once asked."""

    def __init__(self, window: "MainWindow", menu: QMenu) -> None:
        """Add them to a menu, and to the button in the tool bar.

        Args:
            window: Whose tensors they move.
            menu: In the menu bar.
        """
        super().__init__(menu)
        self._window = window
        self._placing = window.placing
        self.selected = self._add(menu, "&Move to", self.selected_numbers)
        self.whole = self._add(menu, "Move the &whole file to", self._all_numbers)
        self.undo = menu.addAction("&Undo the move")
        self.undo.setShortcut(QKeySequence("Ctrl+Shift+Z"))
        self.undo.triggered.connect(self._undo)
        menu.addSeparator()
        self.copies = menu.addMenu("Save a co&py for")
        self._add_copies()
        menu.addSeparator()
        dock = window.devices_dock.entry("&Devices")
        dock.triggered.connect(lambda shown: self._placing.look() if shown else None)
        menu.addAction(dock)
        window.tool_bar.move_button.setMenu(self.selected)
        window.devices.copy_asked.connect(lambda device: window.save_copy_as(Wish(device=device)))
        self._placing.changed.connect(self._follow)
        self._placing.proposed.connect(self._show_dock)
        window.session.opened.connect(self._follow)
        self._follow()

    def selected_numbers(self) -> list[int]:
        """The tensors that are selected in the tree, those in selected layers too, in the file's order; else all."""
        model, numbers = self._window.layers.model, set[int]()
        for index in self._window.layers.tree.selectionModel().selectedRows(0):
            number, layer = model.tensor_number(index), model.layer(index)
            numbers.update(() if layer is None else layer.numbers)
            numbers.update(() if number is None else (number,))
        return sorted(numbers) if numbers else self._all_numbers()

    def _all_numbers(self) -> list[int]:
        checkpoint = self._window.session.checkpoint
        return [] if checkpoint is None else list(range(len(checkpoint.tensors)))

    def _add(self, menu: QMenu, title: str, numbers: Callable[[], list[int]]) -> QMenu:
        made = menu.addMenu(title)
        made.setToolTipsVisible(True)
        made.aboutToShow.connect(partial(self._fill, made, numbers, look=True))
        return made

    def _add_copies(self) -> None:
        """Offer copies that PyTorch puts on a device when it loads them: also on one that this computer lacks."""
        self.copies.setToolTipsVisible(True)
        for name in DEVICES:
            action = self.copies.addAction(caption(f"{name}…"))
            set_tooltip(action, f"Write a new file whose tensors torch.load puts on {name}")
            action.triggered.connect(partial(self._window.save_copy_as, Wish(device=name)))
        self.copies.addSeparator()
        another = self.copies.addAction("&Another device…")
        set_tooltip(another, "Type its name: cuda:7, for example")
        another.triggered.connect(partial(self._window.save_copy_as, Wish(device="")))

    def _fill(self, menu: QMenu, numbers: Callable[[], list[int]], *, look: bool = False) -> None:
        placing = self._placing
        if look and placing.devices is None:
            placing.look()
        menu.clear()
        for device in placing.devices or [Device(HOST, "memory of this computer")]:
            free = "" if device.room.free is None else f" – {nbytes(device.room.free)} free"
            why_not = f" – {visible(device.why_not, 100).rstrip('.')}" if device.why_not else ""
            action = _entry(menu, f"{device.name}{free}{why_not}", device.why_not or self._why_not)
            if not device.why_not:
                set_tooltip(action, visible(device.what))
            action.triggered.connect(partial(self._ask, numbers, device.name))
        if placing.devices is None:
            unknown = "looking for devices…" if placing.looking else "others are not known"
            _entry(menu, unknown, "PyTorch is asked which devices there are, each time this menu opens.")
        menu.addSeparator()
        placement = self._window.session.placement
        held = placement is not None and bool(placement.nbytes())
        back = _entry(menu, "Back into the file", self._why_not or ("" if held else "Nothing of it is in memory."))
        back.triggered.connect(lambda: placing.release(numbers()))

    @property
    def _why_not(self) -> str:
        if self._window.session.checkpoint is None:
            return OPEN_FIRST
        return "Something is being moved." if self._placing.busy else ""

    def _ask(self, numbers: Callable[[], list[int]], device: str) -> None:
        self._show_dock()
        self._placing.ask(numbers(), device)

    def _undo(self) -> None:
        self._show_dock()
        self._placing.undo()

    def _show_dock(self) -> None:
        self._window.devices_dock.bring(HEIGHT)

    def _follow(self) -> None:
        """Have every entry say what can be done now, also in a menu that is open."""
        opened = self._window.session.checkpoint is not None
        for menu, title in ((self.selected, self.selected_numbers), (self.whole, self._all_numbers)):
            menu.setEnabled(opened)
            set_tooltip(menu.menuAction(), "" if opened else OPEN_FIRST)
            if menu.isVisible():
                self._fill(menu, title)
        self.copies.setEnabled(opened)
        set_tooltip(self.copies.menuAction(), "" if opened else OPEN_FIRST)
        button = self._window.tool_bar.move_button
        button.setEnabled(opened)
        set_tooltip(button, "Move what is selected to a device" if opened else OPEN_FIRST)
        why_not = self._why_not or ("" if self._placing.last is not None else "Nothing was moved yet.")
        self.undo.setText("&Redo the move" if self._placing.redoes else "&Undo the move")
        self.undo.setEnabled(not why_not)
        set_tooltip(self.undo, why_not)


def _entry(menu: QMenu, text: str, why_not: str) -> QAction:
    action = menu.addAction(caption(text))
    allow(action, why_not)
    return action
