"""Lets the window go first: a worker that runs Python waits while the window is busy drawing or answering a click."""

import threading
from time import monotonic
from typing import Final

from PySide6.QtCore import QObject, Qt, QTimer

BEAT_MS: Final = 2
"""The window's event loop tells so often that it is free."""

LATE_S: Final = 0.004
"""A loop that has not told so for so long is in the middle of something."""

PATIENCE_S: Final = 0.1
"""The worker waits for no longer, and once for each time that the window is busy: a dialog of the desktop's own may
stop the loop for minutes."""


class Beat(QObject):
    """Says whether the event loop turns. Lives on the GUI thread; only `wait` is for the worker.

    Drawing a tree, or opening a layer of ten thousand rows, goes back and forth between Qt and Python thousands of
    times, and each time the worker may take Python's lock meanwhile: with both at it, the window takes several times
    as long.
    """

    def __init__(
        self, parent: QObject | None = None, *, late_s: float = LATE_S, patience_s: float = PATIENCE_S
    ) -> None:
        """Prepare; it beats between `start` and `stop`.

        Args:
            parent: Owner.
            late_s: After so many seconds without a beat the window is busy.
            patience_s: Seconds that `wait` waits at most.
        """
        super().__init__(parent)
        self._late_s = late_s
        self._patience_s = patience_s
        self._at = 0.0
        self._beating = False
        self._waited = False
        self._turned = threading.Event()
        self._timer = QTimer(self, interval=BEAT_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        """Begin, if it does not beat already."""
        if not self._beating:
            self._beat()
            self._beating = True
            self._timer.start()

    def stop(self) -> None:
        """End; nobody waits any more."""
        self._beating = False
        self._timer.stop()
        self._turned.set()

    def wait(self) -> None:
        """Wait while the window is busy. Called by the worker between two short pieces of work."""
        if not self._beating or self._waited or monotonic() - self._at < self._late_s:
            return
        self._turned.clear()
        # The worker may have been on the wrong side of a beat or of the end: it waits for the next, or not for long.
        self._waited = not self._turned.wait(self._patience_s)

    def _beat(self) -> None:
        self._at = monotonic()
        self._waited = False
        self._turned.set()
