"""Stands by while the program runs: the log, its own errors, and what a crash leaves behind."""

import logging
from types import TracebackType
from typing import Self

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication

from explorer.progress import Report
from explorer.tasks.jobs import Job, Jobs
from explorer.ui.faults import crash_report
from explorer.ui.faults.crash_hooks import CrashHooks, Fault
from explorer.ui.faults.log import Log, state_folder
from explorer.ui.main_window import MainWindow
from explorer.ui.versions import versions

_AFTER_PAINT_MS = 500

_log = logging.getLogger(__name__)


class Guard(QObject):
    """In a ``with`` statement around the event loop.

    Tests of windows do without it: there an error fails the test.
    """

    def __init__(self) -> None:
        """Prepare; only one file is opened, which takes the report should this process crash."""
        super().__init__()
        self._folder = state_folder()
        self._log = Log(self._folder)
        self._hooks = CrashHooks(self)
        self._hooks.caught.connect(self._show_fault)
        self._jobs = Jobs("guard")
        self._timer = QTimer(self, singleShot=True, interval=_AFTER_PAINT_MS)
        self._timer.timeout.connect(self._look_back)
        self._file = crash_report.CrashFile(self._folder)

    def __enter__(self) -> Self:
        self._log.begin()
        self._hooks.install()
        # The window is painted first.
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if isinstance(error, Exception):
            _log.error("The program ended.", exc_info=error)
        self._timer.stop()
        self._jobs.close()
        self._hooks.remove()
        self._log.close()
        self._file.close()

    def _look_back(self) -> None:
        job = Job(self._begin_log, "looking for reports of crashes")
        job.succeeded.connect(self._offer)
        self._jobs.start(job)

    def _begin_log(self, _report: Report) -> list[crash_report.Report]:
        """On the worker, because the folder may lie on a server."""
        _log.info("Started. %s", ". ".join(" ".join(line.split()) for line in versions()))
        reports = crash_report.take_reports(self._folder)
        for report in reports:
            _log.error("Ended unexpectedly before. %s", report)
        return reports

    @Slot(object)
    def _offer(self, reports: list[crash_report.Report]) -> None:
        window = _window_in_front()
        if reports and window is not None:
            window.messages.show_crash([str(report) for report in reports])

    @Slot(object)
    def _show_fault(self, fault: Fault) -> None:
        window = _window_in_front()
        if window is not None:
            window.messages.show_fault(fault)


def _window_in_front() -> MainWindow | None:
    """The window that the user works with; None before the first is shown and after the last is closed."""
    shown = [window for window in QApplication.topLevelWidgets() if isinstance(window, MainWindow)]
    visible = [window for window in shown if window.isVisible()]
    return next((window for window in visible if window.isActiveWindow()), visible[0] if visible else None)
