"""``--screenshot``: draws the window once everything asked for is ready, and saves the picture."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtCore import QEventLoop, QMessageLogContext, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from explorer.ui import theme
from explorer.ui.asked import show_asked
from explorer.ui.file_views import FileView
from explorer.ui.main_window import MainWindow
from explorer.ui.settings import Settings
from explorer.ui.tensor_views import TensorView

PATIENCE_MS = 120_000


def take(app: QApplication, path: Path | None, arguments: argparse.Namespace) -> list[str]:
    """Open, select and draw.

    Returns:
        What went wrong, as sentences.
    """
    qInstallMessageHandler(_on_message)
    with TemporaryDirectory() as folder:
        # A picture neither shows nor changes what the user's own windows remember.
        settings = Settings(Path(folder) / "settings.ini")
        # They would be written behind the window, while the folder goes.
        settings.keeps_figures = False
        window = MainWindow(settings)
        theme.apply(app, arguments.theme or settings.theme)
        return _draw(app, window, path, arguments)


def _on_message(_kind: QtMsgType, _context: QMessageLogContext, message: str) -> None:
    # The offscreen platform says of each window that it has no window manager.
    if not message.startswith("This plugin does not support"):
        print(message, file=sys.stderr)  # noqa: T201 - what Qt would have done


def _draw(app: QApplication, window: MainWindow, path: Path | None, arguments: argparse.Namespace) -> list[str]:
    # Fixed, because a window that is only resized stays as wide as its contents like.
    window.setFixedSize(*arguments.size)
    window.show()
    failed: list[str] = []
    window.opening.failed.connect(failed.append)
    if path is not None:
        window.open_file(path)
        _wait(lambda: not window.opening.busy, window)
    selects = arguments.select is not None and not arguments.others
    if not failed and selects and not window.layers.select_anywhere(arguments.select):
        failed.append(f"No tensor or layer is called {arguments.select!r}.")
    if arguments.view is not None and len(arguments.others) != 1:
        failed += _show(window, arguments.view)
    show_asked(window, arguments)
    _wait(lambda: not window.full_views.busy, window)
    panels = (
        *(window.histogram, window.overview, window.measurements, window.file_check),
        *(window.problems.finding, window.looks),
    )
    _wait(lambda: not any(panel.busy for panel in panels), window)
    # Axes find out how much room their figures take when they are drawn, and stand elsewhere the next time.
    for _ in range(2):
        app.processEvents()
        window.grab()
    app.processEvents()
    saved = window.grab().save(str(arguments.screenshot))
    if not saved:
        failed.append(f"The picture could not be written to {arguments.screenshot}.")
    window.close()
    return failed


def _show(window: MainWindow, view: FileView | TensorView) -> list[str]:
    if view == "heatmap" or view == "values" or view == "channels" or view == "spectrum":
        window.histogram.looks.views.choose(view)
        if view == "spectrum":
            window.looks.compute_spectrum()
        return [] if window.session.tensor is not None else [f"--view {view} needs a tensor: name it with --select."]
    if view != "histogram" and window.session.selected is not None:
        window.layers.select_file()
    window.details.show_file_as(view)
    return []


def _wait(is_ready: Callable[[], bool], window: MainWindow) -> None:
    loop = QEventLoop(window)
    timer = QTimer(interval=10)
    timer.timeout.connect(lambda: loop.quit() if is_ready() else None)
    QTimer.singleShot(PATIENCE_MS, loop, loop.quit)
    timer.start()
    loop.exec()
    timer.stop()
