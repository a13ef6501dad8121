"""Help > Show the log: what the program wrote down, and its last crashes, as text to be copied into a report."""

import os
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QCloseEvent, QDesktopServices, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QPushButton, QWidget

from explorer.formatting import exact, plain
from explorer.tasks.jobs import Job, Jobs
from explorer.ui import theme
from explorer.ui.faults.crash_report import kept_reports
from explorer.ui.faults.log import LOG_NAME, state_folder
from explorer.ui.help.window import HelpWindow
from explorer.ui.side_window import brought_forward
from explorer.ui.text import ElidedLabel, set_tooltip

_MAX_NBYTES = 200_000
"""Of the log's end."""


class LogWindow(HelpWindow):
    """Reads the log behind the window, and shows its end."""

    def __init__(self, window: QWidget, folder: Path) -> None:
        """Begin to read.

        Args:
            window: The main window.
            folder: Holds the log.
        """
        super().__init__("Log", window)
        self._folder = folder
        self._jobs = Jobs("log")
        self.place = ElidedLabel(str(folder / LOG_NAME))
        self.place.setProperty("muted", True)
        self.text = QPlainTextEdit(readOnly=True)
        self.text.setFont(theme.fixed_font())
        self.text.setAccessibleName("Log")
        self.text.setTabChangesFocus(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setPlaceholderText("Reading…")
        self.body.addWidget(self.place)
        self.body.addWidget(self.text, 1)
        folder_button = QPushButton("Open the folder")
        set_tooltip(folder_button, "Show where the log is kept")
        folder_button.clicked.connect(self._open_folder)
        self.buttons.insertWidget(1, folder_button)
        self.resize(900, 560)
        job = Job(lambda _report: read_log(folder), "reading the log")
        job.succeeded.connect(self._show)
        job.failed.connect(self._show_failed)
        self._jobs.start(job)

    def as_text(self) -> str:
        """All that is shown."""
        return self.text.toPlainText()

    def done(self, result: int) -> None:
        """End the worker, too."""
        self._jobs.close()
        super().done(result)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """End the worker, too."""
        self._jobs.close()
        super().closeEvent(event)

    def _show(self, text: str) -> None:
        self.text.setPlainText(text)
        self.text.moveCursor(QTextCursor.MoveOperation.End)
        self.text.moveCursor(QTextCursor.MoveOperation.StartOfBlock)

    def _show_failed(self, error: Exception) -> None:
        self.text.setPlainText(plain(f"The log cannot be read: {error}"))

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))


def show_log(window: QWidget) -> None:
    """Show the log; a window of it that stands already comes to the front.

    Args:
        window: The main window.
    """
    if not brought_forward(window, LogWindow):
        LogWindow(window, state_folder()).show()


def read_log(folder: Path) -> str:
    """The last crashes and the end of the log, as plain text; for a worker.

    Args:
        folder: Holds them.
    """
    parts = [f"Crash. {report}" for report in reversed(list(kept_reports(folder)))]
    try:
        with (folder / LOG_NAME).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(max(0, size - _MAX_NBYTES))
            end = file.read(_MAX_NBYTES).decode("utf-8", "replace")
    except FileNotFoundError:
        end = ""
    else:
        if size > _MAX_NBYTES:
            _broken_line, _, lines = end.partition("\n")
            end = f"… the last {exact(_MAX_NBYTES)} of {exact(size)} bytes\n{lines}"
    parts.append(end.strip() or "Nothing was written down yet.")
    return plain("\n\n".join(parts), 10 * _MAX_NBYTES)
