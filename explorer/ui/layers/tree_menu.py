"""The tree's own menu: what can be done with the row under the mouse."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QMenu

from explorer.ui.allowing import allow
from explorer.ui.copying import selected_text
from explorer.ui.tensor_views import VIEWS, TensorView

if TYPE_CHECKING:
    from explorer.ui.main_window import MainWindow


class TreeMenu(QObject):
    """Opens where the tree is clicked with the right button, which selects the row first.

    Attributes:
        menu: What is opened.
    """

    def __init__(self, window: "MainWindow", move: QMenu, copies: QMenu) -> None:
        """Make the menu.

        Args:
            window: Whose tree it is about.
            move: Moves what is selected to a device.
            copies: Saves a copy of the file for a device.
        """
        tree = window.layers.tree
        super().__init__(tree)
        self._window = window
        self.menu = QMenu(tree)
        self.menu.setToolTipsVisible(True)
        self._copy = self.menu.addAction("&Copy name")
        self._copy.triggered.connect(window.copy)
        self.menu.addSeparator()
        self._shows = {view: self.menu.addAction(f"Show {title}") for view, title in VIEWS.items()}
        for view, action in self._shows.items():
            action.triggered.connect(partial(self._show, view))
        self.menu.addAction(window.beside.action)
        self.menu.addSeparator()
        self.menu.addMenu(move)
        self.menu.addMenu(copies)
        tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        tree.customContextMenuRequested.connect(self._open)

    def _show(self, view: TensorView) -> None:
        self._window.histogram.looks.views.choose(view)

    def _open(self, place: QPoint) -> None:
        window = self._window
        if window.session.checkpoint is None:
            return
        allow(self._copy, "" if selected_text(window.layers.tree) else "Select a row first.")
        why_not = "" if window.session.tensor is not None else "Select a tensor first."
        for action in self._shows.values():
            allow(action, why_not)
        self.menu.popup(window.layers.tree.viewport().mapToGlobal(place))
