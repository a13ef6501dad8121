"""The title of a window: which file, or which files, are looked at."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject

from explorer.formatting import visible
from explorer.ui.text import set_window_title

if TYPE_CHECKING:
    from explorer.ui.compare.panel import ComparePanel
    from explorer.ui.main_window import MainWindow

_PROGRAM: Final = "Checkpoint Explorer"


class WindowTitle(QObject):
    """Keeps the title of a window true."""

    def __init__(self, window: "MainWindow") -> None:
        """Follow what a window shows.

        Args:
            window: Whose title it is.
        """
        super().__init__(window)
        self._window = window
        window.session.opened.connect(self._tell)
        window.pages.currentChanged.connect(self._tell)
        window.full_views.compare_made.connect(self._follow)
        self._tell()

    def _follow(self, panel: "ComparePanel") -> None:
        panel.comparing.opened.connect(self._tell)

    def _tell(self) -> None:
        subject = self._subject()
        set_window_title(self._window, f"{subject} — {_PROGRAM}" if subject else _PROGRAM)

    def _subject(self) -> str:
        views, checkpoint = self._window.full_views, self._window.session.checkpoint
        shown = views.shown
        if views.shows_run:
            paths = views.run.comparing.asked.paths
            folder = paths[0] if len(paths) == 1 else paths[0].parent if paths else None
            return "Run" if folder is None else f"Run in folder {visible(folder.name)}"
        name = "" if checkpoint is None else visible(checkpoint.path.name)
        panel = views.comparing
        b = panel.comparing.other.checkpoint if panel is not None and shown is panel else None
        return name if b is None else f"{name} ↔ {visible(b.path.name)}"
