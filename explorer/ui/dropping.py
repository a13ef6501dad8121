"""Files that are dragged onto a window and dropped there."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject
from PySide6.QtGui import QDragEnterEvent, QDropEvent

from explorer.formatting import visible
from explorer.ui.file_urls import dragged_files

if TYPE_CHECKING:
    from explorer.ui.main_window import MainWindow

DROPPED_LIMIT: Final = 8
"""So many files that are dropped together are opened, each in a window of its own."""


def judge_dragged(event: QDragEnterEvent) -> None:
    """Take files, and nothing else."""
    if dragged_files(event.mimeData()):
        event.acceptProposedAction()
    else:
        event.ignore()


def open_dropped(window: "MainWindow", event: QDropEvent) -> None:
    """Open what is dropped on a window: see `open_together`."""
    files = dragged_files(event.mimeData())
    if not files:
        event.ignore()
        return
    event.acceptProposedAction()
    open_together(window, files)


def open_together(window: "MainWindow", files: Sequence[Path]) -> None:
    """Open files that came together.

    Args:
        window: Shows the first. Of two it offers to compare them; each of more gets a window of its own.
        files: One at least.
    """
    window.open_file(files[0])
    if len(files) == 2:
        _Offer(window, *files)
        return
    last = window
    for path in files[1:DROPPED_LIMIT]:
        last = last.new_window()
        last.open_file(path)
    if len(files) > DROPPED_LIMIT:
        window.status.say(f"Of {len(files)} files the first {DROPPED_LIMIT} were opened.")


class _Offer(QObject):
    """Waits until the first of two files is open, then offers what can be done with the second."""

    def __init__(self, window: "MainWindow", first: Path, second: Path) -> None:
        super().__init__(window)
        self._window = window
        self._first = first
        self._second = second
        window.opening.succeeded.connect(self._show)
        window.opening.ended.connect(self._end)

    def _show(self, path: Path) -> None:
        if path == self._first:
            names = visible(path.name), visible(self._second.name)
            self._window.messages.show_offer(
                f"{names[0]} is open. {names[1]} came with it.",
                {
                    "Compare them": partial(_compare, self._window, self._second),
                    "Open it in a new window": partial(_open_beside, self._window, self._second),
                },
            )
        self._window.opening.succeeded.disconnect(self._show)

    def _end(self) -> None:
        """It is open, or was not opened: nothing is waited for any more."""
        self._window.opening.ended.disconnect(self._end)
        self.deleteLater()


def _compare(window: "MainWindow", other: Path) -> None:
    window.pages.setCurrentWidget(window.compare)
    window.compare.compare_with(other)


def _open_beside(window: "MainWindow", path: Path) -> None:
    window.new_window().open_file(path)
