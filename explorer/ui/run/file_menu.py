"""The menu of a file of a run: what can be done with the file, and with its place among the others."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu, QPushButton

from explorer.ui.clipboard import put_on_clipboard
from explorer.ui.files.showing import show_folder

if TYPE_CHECKING:
    from explorer.ui.run.files import RunFiles


class FileMenu(QObject):
    """Opens at the file under the mouse, or at the one that the keyboard is at.

    Signals:
        open_asked: A file is to be opened (its path).
        window_asked: Likewise, in a window of its own.
    """

    open_asked = Signal(object)
    window_asked = Signal(object)

    def __init__(self, files: "RunFiles") -> None:
        """Give the list the menu.

        Args:
            files: With the list, and with buttons that do what the menu offers too.
        """
        super().__init__(files)
        self._files = files
        files.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        files.list.customContextMenuRequested.connect(self._open)

    @Slot(QPoint)
    def _open(self, place: QPoint) -> None:
        listed = self._files.list
        item = listed.itemAt(place)
        menu = QMenu(listed)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if item is not None:
            # Those about its place are about the chosen file.
            listed.setCurrentItem(item)
            self._add_file(menu, self._files.paths[listed.row(item)])
            menu.addSeparator()
            self._add_button(menu, self._files.up, "Move &up")
            self._add_button(menu, self._files.down, "Move &down")
            menu.addAction(self._files.delete)
        self._add_button(menu, self._files.add, "&Add…")
        menu.addAction(self._files.undo)
        menu.popup(listed.viewport().mapToGlobal(place))

    def _add_file(self, menu: QMenu, path: Path) -> None:
        copy = menu.addAction("&Copy name")
        copy.triggered.connect(partial(put_on_clipboard, path.name))
        copy.setShortcuts(QKeySequence.keyBindings(QKeySequence.StandardKey.Copy))
        menu.addAction("Copy pat&h").triggered.connect(partial(put_on_clipboard, str(path)))
        menu.addSeparator()
        menu.addAction("&Open").triggered.connect(partial(self.open_asked.emit, path))
        menu.addAction("Open in a new &window").triggered.connect(partial(self.window_asked.emit, path))
        menu.addAction("Show in &folder").triggered.connect(partial(show_folder, path))

    def _add_button(self, menu: QMenu, button: QPushButton, text: str) -> None:
        entry = menu.addAction(text)
        entry.setEnabled(button.isEnabled())
        entry.triggered.connect(button.click)
