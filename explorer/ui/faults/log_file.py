"""The file behind the log."""

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

MAX_NBYTES: Final = 1_000_000
OLDER: Final = 2
"""So many older files are kept beside the current one, each with a number at its end."""


class LogFile(RotatingFileHandler):
    """Appends whole records, so that several processes may write to it. What cannot be written is left out."""

    def __init__(self, path: Path) -> None:
        """Prepare; the file is opened with the first record.

        Args:
            path: Of the file, in a folder that exists.
        """
        super().__init__(
            path, maxBytes=MAX_NBYTES, backupCount=OLDER, encoding="utf-8", errors="backslashreplace", delay=True
        )

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Say nothing: the disk may be full, and an error about an error helps nobody."""
