"""``--screenshot``: draws the window once everything asked for is ready, and saves the picture."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from explorer.ui.main_window import MainWindow

PATIENCE_MS = 120_000


def take(app: QApplication, window: MainWindow, path: Path | None, arguments: argparse.Namespace) -> int:
    """Open, select and draw; returns the exit status."""
    window.resize(*arguments.size)
    window.show()
    failed: list[str] = []
    window.opening.failed.connect(failed.append)
    if path is not None:
        window.open_file(path)
        _wait(lambda: not window.opening.busy, window)
    if not failed and arguments.select is not None and not window.layers.select_key(arguments.select):
        failed.append(f"No tensor or layer is called {arguments.select!r}.")
    _wait(lambda: window.tensor_panel.is_ready() and not window.previews.busy, window)
    app.processEvents()
    saved = window.grab().save(str(arguments.screenshot))
    if not saved:
        failed.append(f"The picture could not be written to {arguments.screenshot}.")
    window.close()
    for sentence in failed:
        print(sentence, file=sys.stderr)  # noqa: T201 - a command speaks
    return 2 if failed else 0


def _wait(is_ready: Callable[[], bool], window: MainWindow) -> None:
    loop = QEventLoop(window)
    timer = QTimer(interval=10)
    timer.timeout.connect(lambda: loop.quit() if is_ready() else None)
    QTimer.singleShot(PATIENCE_MS, loop, loop.quit)
    timer.start()
    loop.exec()
    timer.stop()
