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

PAUSE: Final = 20
"""After so many times of stillness the person is reading: what is left of all looks may be looked through again."""

REST: Final = 600
"""After so many, a minute, nobody is there: everything may be, with PyTorch imported for a tenth of a second."""


class Collecting(QObject):
    """Takes the place of Python's own collections, as long as it lives. Lives on the GUI thread.

    Rings of objects that became garbage later, as those of a window that was closed, go in a pause. What a file or an
    import brought, and what there was then, is looked through again only when nobody is there.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        """Begin."""
        super().__init__(parent)
        self._rounds = 0
        self._young = 0
        self._still = 0
        self._kept = False
        self._much = False
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
        elif self._kept and (self._still >= REST or (self._still >= PAUSE and self._much)):
            self.collect_all()
        elif self._still == PAUSE:
            self._look_through_old()
        self._young = gc.get_count()[0]

    def expect_much(self) -> None:
        """A window was closed: what it leaves is looked for in the next pause, not only when nobody is there."""
        self._much = True

    def collect_all(self) -> None:
        """Look through everything there is, also what was kept."""
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        self._rounds = 0
        self._kept = self._much = False

    def _look_through(self, young: int) -> None:
        self._rounds += 1
        if young < TOO_MANY:
            gc.collect(0)
        if young >= DATA:
            self._keep()
        elif self._rounds >= ROUNDS:
            self._look_through_old()

    def _look_through_old(self) -> None:
        """Look through what came since something was kept; keep it where it has become too much for that."""
        self._rounds = 0
        if sum(len(gc.get_objects(generation)) for generation in range(3)) < TOO_MANY:
            gc.collect()
        else:
            self._keep()

    def _keep(self) -> None:
        self._rounds = 0
        self._kept = True
        gc.freeze()
