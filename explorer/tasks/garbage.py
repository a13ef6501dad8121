"""Collects garbage between two events of the window, a little at a time.

Python's own collector runs in the middle of whatever makes objects, on whichever thread, with everything waiting: for
a quarter of a second once PyTorch is imported, and again and again where a file has a hundred thousand tensors. It may
also free a QObject while Qt, in the midst of freeing another, holds the lock that this takes: then all stands still.
"""

import gc
from typing import Final

from PySide6.QtCore import QObject, QTimer

EVERY_MS: Final = 100

YOUNG: Final = 2_000
"""New objects from which on it is worth looking through them."""

DATA: Final = 5_000
"""So many at once are what a file brought: what is left of them is not looked through again."""

TOO_MANY: Final = 30_000
"""To look through more at once would take longer than the window may wait."""

ROUNDS: Final = 20
"""After so many looks, what is left of all of them is looked through once more."""

STILL: Final = 50
"""New objects in `EVERY_MS` below which nothing is being done."""

PAUSE: Final = 50
"""After so many times of stillness the person is reading, not working: everything may be looked through."""


class Collecting(QObject):
    """Takes the place of Python's own collections, as long as it lives. Lives on the GUI thread.

    What is kept is looked through a third time only in a pause: rings of objects that became garbage later, as those
    of a window that was closed, go then.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        """Begin."""
        super().__init__(parent)
        self._rounds = 0
        self._young = 0
        self._still = 0
        self._kept = False
        gc.disable()
        gc.freeze()
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def stop(self) -> None:
        """Leave it to Python again."""
        self._timer.stop()
        # Else Python would collect at the very next object, which may be in the midst of Qt's freeing this.
        gc.collect(0)
        gc.unfreeze()
        gc.enable()

    def collect(self) -> None:
        """Look through what is new, where there is enough of it; through everything, once, in a pause."""
        young = gc.get_count()[0]
        self._still = self._still + 1 if abs(young - self._young) < STILL else 0
        if young >= YOUNG:
            self._look_through(young)
        elif self._still >= PAUSE and self._kept:
            self.collect_all()
        self._young = gc.get_count()[0]

    def collect_all(self) -> None:
        """Look through everything there is, also what was kept."""
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        self._rounds = 0
        self._kept = False

    def _look_through(self, young: int) -> None:
        self._rounds += 1
        if young < TOO_MANY:
            gc.collect(1 if self._rounds >= ROUNDS else 0)
        if young >= DATA or self._rounds >= ROUNDS:
            self._rounds = 0
            self._kept = True
            gc.freeze()
