"""Where the keyboard and the tree are when another file is open."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from explorer.checkpoint.document import Checkpoint

if TYPE_CHECKING:
    from pathlib import Path

    from explorer.ui.main_window import MainWindow


class Beginning(QObject):
    """Begins at the top of the tree; of the same file, read again, everything stays where it is."""

    def __init__(self, window: "MainWindow") -> None:
        """Follow what is opened.

        Args:
            window: With its panels made, and not yet told of what is opened.
        """
        super().__init__(window)
        self._window = window
        self._path: Path | None = None
        self._another = self._takes_keyboard = False
        window.session.opened.connect(self._note)
        window.session.entry_changed.connect(self._begin)

    @Slot(object)
    def _note(self, checkpoint: Checkpoint) -> None:
        """See where the keyboard is, before the first file takes the place of the welcome."""
        window, focus = self._window, self._window.focusWidget()
        self._another, self._path = self._path != checkpoint.path, checkpoint.path
        # The tool bar's buttons may have been what asked for the file, or for one before it.
        idle = focus in (None, window.layers.tree) or window.tool_bar is focus.parentWidget()
        # What was looked at on the right is of the file before.
        on_the_right = self._another and window.beside.isAncestorOf(focus)
        self._takes_keyboard = window.pages.currentWidget() is window.welcome or idle or on_the_right

    @Slot()
    def _begin(self) -> None:
        """Once the tree shows it, and before anything of it is selected."""
        tree = self._window.layers.tree
        if self._another:
            tree.scrollToTop()
        if self._takes_keyboard:
            tree.setFocus()
            if not tree.currentIndex().isValid():
                tree.setCurrentIndex(tree.model().index(0, 0))
        self._another = self._takes_keyboard = False
