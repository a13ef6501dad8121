"""The program as ``python main.py`` runs it, and something done in it once its window is painted.

It imports next to nothing, so that what is measured is the program's own start.
"""

import sys
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow


def run(then: Callable[[], object], *words: str) -> None:
    """Begin as main.py does, and end as the program ends.

    Args:
        then: Called once, with the window painted; the program ends after it.
        words: Arguments of the program.
    """
    wait = QApplication.exec

    def wait_for_paint(*_app: QApplication) -> int:
        # Shown it is by now, and not painted: that happens when Qt first waits for events.
        (window,) = (shown for shown in QApplication.topLevelWidgets() if isinstance(shown, QMainWindow))
        painted = _Painted(window, then)
        window.installEventFilter(painted)
        return wait()

    QApplication.exec = wait_for_paint  # type: ignore[method-assign]
    sys.argv = ["main.py", *words]
    from explorer.start import main  # noqa: PLC0415 - the program's imports are part of its start

    sys.exit(main())


class _Painted(QObject):
    """Waits for the first picture of a window."""

    def __init__(self, window: QMainWindow, then: Callable[[], object]) -> None:
        super().__init__(window)
        self._then = then

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() is QEvent.Type.Paint:
            watched.removeEventFilter(self)
            # The parts of the window are painted behind it, before Qt takes the next event.
            QTimer.singleShot(0, self._end)
        return False

    def _end(self) -> None:
        try:
            self._then()
        finally:
            QApplication.quit()
