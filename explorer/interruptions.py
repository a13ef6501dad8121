"""Ends a command in order when the system asks for it: what it writes is removed, and it says so."""

import signal
import threading
from types import FrameType, TracebackType
from typing import Final, Self

_SIGNALS: Final = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


class Interruptions:
    """Has signals that ask to end raise `KeyboardInterrupt`, as Ctrl+C does; those that are ignored stay so.

    At first they are only noted: what is being imported is imported to its end.

    Attributes:
        told: There was one.
    """

    def __init__(self) -> None:
        """Prepare; nothing changes yet."""
        self.told = False
        self._held = True
        self._before: dict[int, object] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                before = signal.getsignal(number)
                if before is not None and before is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._tell)
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)  # type: ignore[arg-type]  # as signal gave it

    def allow(self) -> None:
        """Raise from now on.

        Raises:
            KeyboardInterrupt: There was one before.
        """
        self._held = False
        if self.told:
            raise KeyboardInterrupt

    def _tell(self, _number: int, _frame: FrameType | None) -> None:
        self.told = True
        if not self._held:
            raise KeyboardInterrupt
