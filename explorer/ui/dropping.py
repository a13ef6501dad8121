"""Files that are dragged onto a window and dropped there."""

from typing import TYPE_CHECKING, Final

from PySide6.QtGui import QDragEnterEvent, QDropEvent

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
    """Open the first file that is dropped on a window in it, and each other one in a window of its own."""
    files = dragged_files(event.mimeData())
    if not files:
        event.ignore()
        return
    event.acceptProposedAction()
    window.open_file(files[0])
    last = window
    for path in files[1:DROPPED_LIMIT]:
        last = last.new_window()
        last.open_file(path)
    if len(files) > DROPPED_LIMIT:
        window.status.say(f"Of {len(files)} files the first {DROPPED_LIMIT} were opened.")
