"""What Escape gives up, in this order: a completion, the filter being written, a full view, what runs, the filter."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.ui.main_window import MainWindow


def escape(window: "MainWindow") -> None:
    """Give up the first of these that there is."""
    if window.filter.close_completion():
        return
    page = window.pages.currentWidget()
    if window.filter.text() and window.filter.hasFocus():
        window.filter.clear()
    elif page is window.load_test:
        _leave(window, window.load_test.testing.cancel if window.load_test.testing.busy else None)
    elif page is window.compare:
        _leave(window, window.compare.comparing.cancel if window.compare.comparing.busy else None)
    elif not _cancel(window):
        window.filter.clear()


def _leave(window: "MainWindow", cancel: Callable[[], None] | None) -> None:
    """Cancel what a full view does, or leave the view."""
    if cancel is None:
        window.show_layers()
    else:
        cancel()


def _cancel(window: "MainWindow") -> bool:
    """Cancel what runs behind the layers, the most recently begun kind first; whether anything did."""
    if window.opening.busy:
        window.opening.cancel()
    elif window.placing.busy:
        window.placing.cancel()
    elif window.placing.plan is not None:
        window.placing.dismiss()
    elif window.file_check.verifying:
        window.file_check.cancel()
    elif window.measurements.busy or window.statistics_jobs.busy or window.overview.busy or window.looks.busy:
        window.measurements.cancel()
        window.statistics_jobs.cancel_all()
        window.looks.cancel()
        window.overview.cancel()
    else:
        return False
    return True
