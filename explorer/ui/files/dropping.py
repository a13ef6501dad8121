"""Files that are dragged onto a window and dropped there."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject
from PySide6.QtGui import QDragEnterEvent, QDropEvent

from explorer.formatting import plural, visible
from explorer.ui.files.urls import dragged_files

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
        window: Shows the first, and offers to compare them: two with each other, more as files of one run.
        files: One at least.
    """
    window.open_file(files[0])
    if len(files) > 1:
        _Offer(window, files)


class _Offer(QObject):
    """Waits until the first of several files is open, then offers what can be done with the others."""

    def __init__(self, window: "MainWindow", files: Sequence[Path]) -> None:
        super().__init__(window)
        self._window = window
        self._files = files
        self._failed = ""
        window.opening.succeeded.connect(self._show)
        window.opening.failed.connect(self._note)
        window.opening.ended.connect(self._end)

    def _show(self, path: Path) -> None:
        if path == self._files[0]:
            self._offer(f"{visible(path.name)} is open.")

    def _note(self, sentence: str) -> None:
        self._failed = sentence

    def _offer(self, sentence: str) -> None:
        window, others = self._window, self._files[1:]
        if len(others) == 1:
            came = f"{visible(others[0].name)} came with it."
            compare = {"Compare them": partial(_compare, window, others[0])}
            beside = "Open it in a new window"
        else:
            came = f"{plural(len(others), 'file')} came with it."
            compare = {"Compare them as a run": partial(window.full_views.compare_run, self._files)}
            beside = "Open them in new windows"
        if self._failed and len(others) == 1:
            compare = {}
        window.messages.show_offer(f"{sentence} {came}", compare | {beside: partial(_open_beside, window, others)})

    def _end(self) -> None:
        """It is open, or was not opened: nothing is waited for any more."""
        for signal, slot in (
            (self._window.opening.succeeded, self._show),
            (self._window.opening.failed, self._note),
            (self._window.opening.ended, self._end),
        ):
            signal.disconnect(slot)
        if self._failed:
            self._offer(self._failed)
        self.deleteLater()


def _compare(window: "MainWindow", other: Path) -> None:
    window.pages.setCurrentWidget(window.compare)
    window.compare.compare_with(other)


def _open_beside(window: "MainWindow", paths: Sequence[Path]) -> None:
    last = window
    for path in paths[: DROPPED_LIMIT - 1]:
        last = last.new_window()
        last.open_file(path)
    if len(paths) >= DROPPED_LIMIT:
        window.status.say(f"Of {len(paths) + 1} files the first {DROPPED_LIMIT} were opened.")
