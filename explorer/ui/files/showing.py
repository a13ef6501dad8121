"""Hands what was saved to the desktop: the file to the program for its kind, or its folder to the file manager."""

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices


def show_file(path: Path) -> None:
    """Open a file of our own making, such as a report, in the desktop's program for it."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.absolute())))


def show_folder(path: Path) -> None:
    """Open the folder that a file is in."""
    show_file(path.absolute().parent)
