"""Short work that nobody waits for, and that is done even when the window has gone: writing what is to be kept."""

import threading
import traceback
from collections import deque
from collections.abc import Callable


class Behind:
    """Does one piece of work after the other, on a thread that is there only while there is some.

    A program that ends does so after the work that it has handed over.
    """

    def __init__(self, name: str) -> None:
        """Prepare; no thread runs yet.

        Args:
            name: Of the thread, for debuggers and crash reports.
        """
        self._name = name
        self._waiting: deque[Callable[[], None]] = deque()
        self._busy = False
        self._changed = threading.Condition()

    def do(self, work: Callable[[], None]) -> None:
        """Do it after what was handed over before. What it raises is printed, as Python does for other threads."""
        with self._changed:
            self._waiting.append(work)
            if not self._busy:
                self._busy = True
                threading.Thread(target=self._serve, name=self._name, daemon=False).start()

    def wait(self, timeout_s: float) -> bool:
        """Wait until all is done that was handed over; False where it was not in time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._busy, timeout_s)

    def _serve(self) -> None:
        while (work := self._next()) is not None:
            try:
                work()
            except Exception:  # noqa: BLE001 - whatever it is, the rest is done all the same
                traceback.print_exc()

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            if self._waiting:
                return self._waiting.popleft()
            self._busy = False
            self._changed.notify_all()
            return None
