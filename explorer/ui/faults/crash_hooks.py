"""Errors of the program itself, wherever they happen: none is lost, none ends the program, and none floods the user.

Python hands over those that nobody caught, of all threads; Qt its messages. Each goes to standard error and to the
log, and the window is told. The same error a second time is only counted: a model that fails to draw a cell fails to
draw every cell.
"""

import logging
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from types import TracebackType
from typing import Final, NamedTuple

from PySide6.QtCore import (
    QCoreApplication,
    QMessageLogContext,
    QObject,
    Qt,
    QTimer,
    QtMsgType,
    Signal,
    qInstallMessageHandler,
)

from explorer.formatting import exact, plain

MANY: Final = 20
"""So many different errors are told in `MANY_WITHIN_S` seconds; more only go to standard error."""
MANY_WITHIN_S: Final = 60.0
_KNOWN: Final = 200
"""So many different errors are told apart; a program that makes more has told enough."""
_GATHER_MS: Final = 100
_LINE_LIMIT: Final = 300

_log = logging.getLogger(__name__)


class Fault(NamedTuple):
    """An error of the program.

    Attributes:
        number: The same for the same error, also when it comes again.
        what: The kind of it and its message, in a line.
        details: Where it happened, over several lines.
        times: How often it came until now.
    """

    number: int
    what: str
    details: str
    times: int


class CrashHooks(QObject):
    """Stands between Python and Qt and their errors, from `install` until `remove`.

    Tests of windows do without it: there an error fails the test.

    Signals:
        caught: A `Fault`, on the thread of this object, by its event loop; one that comes again comes again with
            another number of times, ten times a second at most.
    """

    caught = Signal(object)
    _came = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._busy = threading.local()
        self._faults: dict[tuple[str, ...], Fault] = {}
        self._told: dict[bool, list[float]] = {True: [], False: []}
        self._left_out: set[bool] = set()
        self._news: set[tuple[str, ...]] = set()
        self._restore: list[Callable[[], None]] = []
        self._timer = QTimer(self, singleShot=True, interval=_GATHER_MS)
        self._timer.timeout.connect(self._tell)
        # The error may come from the middle of drawing, or from any thread.
        self._came.connect(self._timer.start, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Take over; what stood there before is asked to print what it would have printed."""
        python, threads, unraisable = sys.excepthook, threading.excepthook, sys.unraisablehook

        def on_error(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
            if self._take(error, where):
                python(kind, error, where)

        def on_thread_error(arguments: threading.ExceptHookArgs) -> None:
            error = arguments.exc_value
            if error is None or self._take(error, arguments.exc_traceback):
                threads(arguments)

        def on_unraisable(arguments: "sys.UnraisableHookArgs") -> None:
            error = arguments.exc_value
            if error is None or self._take(error, arguments.exc_traceback):
                unraisable(arguments)

        sys.excepthook, threading.excepthook, sys.unraisablehook = on_error, on_thread_error, on_unraisable
        qt = qInstallMessageHandler(lambda kind, context, text: self._on_message(qt, kind, context, text))

        def restore() -> None:
            sys.excepthook, threading.excepthook, sys.unraisablehook = python, threads, unraisable
            qInstallMessageHandler(qt)

        self._restore.append(restore)

    def remove(self) -> None:
        """Put back what was there before."""
        while self._restore:
            self._restore.pop()()
        self._timer.stop()

    def _take(self, error: BaseException, where: TracebackType | None) -> bool:
        """Note an exception; whether it is to be printed."""
        if isinstance(error, KeyboardInterrupt):
            # Ctrl+C in the terminal: Python was asked in the middle of something, and Qt would go on.
            with suppress(RuntimeError):
                QTimer.singleShot(0, self, QCoreApplication.quit)
            return True
        if not isinstance(error, Exception):
            return True
        lines = "".join(traceback.format_exception(type(error), error, where))
        frames = traceback.extract_tb(where)
        place = (frames[-1].filename, str(frames[-1].lineno)) if frames else ("", "")
        # The library's way, because an error may also fail to say what it is.
        what = plain(traceback.format_exception_only(error)[0].strip().replace("\n", " "), _LINE_LIMIT)
        return self._note((type(error).__name__, *place), what, lines, _log.error)

    def _on_message(self, before: object, kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
        if kind in {QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg}:
            printed = True
        else:
            category = f" ({context.category})" if context.category not in {None, "default"} else ""
            what = plain(f"Qt{category}: {message}", _LINE_LIMIT)
            if kind == QtMsgType.QtWarningMsg:
                printed = self._note(("", what), what, "", _log.warning)
            else:
                printed = self._note(("Qt", what), what, message, _log.error)
        if not printed:
            return
        if callable(before):
            before(kind, context, message)
        elif sys.stderr is not None:
            print(message, file=sys.stderr)  # noqa: T201 - what Qt would have done

    def _note(self, key: tuple[str, ...], what: str, details: str, log: Callable[..., None]) -> bool:
        """Count an error; whether it is worth a word, which the log has got then."""
        if getattr(self._busy, "noting", False):
            # What fails here must not come here again.
            return True
        self._busy.noting = True
        try:
            with self._lock:
                fault, worth = self._counted(key, what, details)
            if fault is None:
                return True
            if worth and fault.times == 1:
                log("%s", details.rstrip() or what)
            elif worth:
                log("%s (%s times until now)", what, exact(fault.times))
            # Warnings of Qt are for the log.
            if key[0] and (fault.times > 1 or worth):
                self._announce(key)
            return worth
        finally:
            self._busy.noting = False

    def _counted(self, key: tuple[str, ...], what: str, details: str) -> tuple[Fault | None, bool]:
        known = self._faults.get(key)
        if known is not None:
            fault = self._faults[key] = known._replace(times=known.times + 1)
            # 10, 100, 1,000 …
            return fault, str(fault.times).strip("0") == "1"
        # Warnings of Qt, however many, take no room from errors.
        shown = bool(key[0])
        now = monotonic()
        told = [then for then in self._told[shown] if now - then < MANY_WITHIN_S]
        self._told[shown] = told
        if len(told) >= MANY or sum(bool(each[0]) == shown for each in self._faults) >= _KNOWN:
            if shown not in self._left_out:
                self._left_out.add(shown)
                _log.error("There are more %s; they are not listed.", "errors" if shown else "warnings")
            return None, False
        told.append(now)
        fault = self._faults[key] = Fault(len(self._faults), what, plain(details), 1)
        return fault, True

    def _announce(self, key: tuple[str, ...]) -> None:
        with self._lock:
            first = not self._news
            self._news.add(key)
        if first:
            # At the very end there may be nobody to tell.
            with suppress(RuntimeError):
                self._came.emit()

    def _tell(self) -> None:
        with self._lock:
            faults = sorted(self._faults[key] for key in self._news)
            self._news.clear()
        for fault in faults:
            self.caught.emit(fault)
