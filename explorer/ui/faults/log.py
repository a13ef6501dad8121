"""The log of the program: what it was started with, which files it opened, and its own errors. No values of tensors.

It stands in a file that is cut off when it grows. The file is opened with the first line that is written, so that
starting the program does not wait for it.
"""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QStandardPaths

from explorer.formatting import plain

if TYPE_CHECKING:
    from explorer.ui.faults.log_file import LogFile

LOG_NAME: Final = "log.txt"
_LOGGER: Final = "explorer"
_LINE_LIMIT: Final = 20_000


def state_folder() -> Path:
    """Where the log and the reports of crashes are kept; it need not be there yet."""
    place = QStandardPaths.StandardLocation.GenericStateLocation
    return Path(QStandardPaths.writableLocation(place)) / "checkpoint-explorer"


class Log(logging.Handler):
    """Takes what the program logs from `begin` until `close`; a full disk or a folder that is gone stops nobody."""

    def __init__(self, folder: Path) -> None:
        """Prepare; no file is touched.

        Args:
            folder: Takes the log; made when there is something to write.
        """
        super().__init__(logging.INFO)
        self._folder = folder
        self._file: LogFile | None = None
        self._level = logging.NOTSET
        self.setFormatter(_OneLineBegins("%(asctime)s [%(process)d] %(levelname)s: %(message)s"))

    def begin(self) -> None:
        """Take what is logged from now on."""
        logger = logging.getLogger(_LOGGER)
        self._level = logger.level
        logger.setLevel(logging.INFO)
        logger.addHandler(self)

    def close(self) -> None:
        """Take nothing any more, and close the file."""
        logger = logging.getLogger(_LOGGER)
        if self in logger.handlers:
            logger.removeHandler(self)
            logger.setLevel(self._level)
        if self._file is not None:
            self._file.close()
            self._file = None
        super().close()

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line, on the thread that logs it: one that comes later would be lost in a crash."""
        if self._file is None:
            # With its module come sockets and pickle, which a start has no use for.
            from explorer.ui.faults.log_file import LogFile  # noqa: PLC0415

            try:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError:
                return
            self._file = LogFile(self._folder / LOG_NAME)
            self._file.setFormatter(self.formatter)
        self._file.emit(record)


class _OneLineBegins(logging.Formatter):
    """Whatever a message holds, only its first line begins at the margin: no name can pretend to be a record."""

    def format(self, record: logging.LogRecord) -> str:
        return plain(super().format(record), _LINE_LIMIT).replace("\n", "\n    ")
