"""What Escape gives up, in this order.

A completion, details of a message, the filter being written, the keyboard in an empty filter, what is zoomed into, a
full view, the dock that has the keyboard, what runs, the filter.
"""

from typing import TYPE_CHECKING

from explorer.ui.plots.plot import Plot
from explorer.ui.running.work_row import cancel_in

if TYPE_CHECKING:
    from explorer.ui.main_window import MainWindow


def escape(window: "MainWindow") -> None:
    """Give up the first of these that there is."""
    if window.filter.close_completion():
        return
    if window.messages.isAncestorOf(window.focusWidget()) and window.messages.fold():
        return
    if window.filter.text() and window.filter.hasFocus():
        window.filter.clear()
    elif window.filter.hasFocus():
        window.take_keyboard()
    elif isinstance(plot := window.focusWidget(), Plot) and plot.zoomed:
        plot.reset()
    elif window.full_views.shown is not None:
        if not window.full_views.cancel():
            window.show_layers()
    elif not (_leave_dock(window) or _cancel(window)):
        window.filter.clear()


def _leave_dock(window: "MainWindow") -> bool:
    """Hide the dock that has the keyboard, unless what it is about runs, or waits for an answer; whether it did."""
    focused, placing = window.focusWidget(), window.placing
    waits = placing.busy or placing.looking or placing.plan is not None
    moves = window.devices.isAncestorOf(focused) and waits
    verifies = window.checksums.isAncestorOf(focused) and window.file_check.verifying
    return not (moves or verifies) and window.dock_keyboard.leave()


def _cancel(window: "MainWindow") -> bool:
    """Cancel what runs behind the layers, the most recently begun kind first; whether anything did."""
    if window.opening.busy:
        window.opening.cancel()
    elif window.placing.looking and window.placing.moving is None:
        window.placing.give_up_looking()
    elif window.placing.busy:
        window.placing.cancel()
    elif window.placing.plan is not None:
        window.placing.dismiss()
    elif window.reporting.busy:
        window.reporting.cancel()
    elif window.tables.busy:
        window.tables.cancel()
    elif window.file_check.verifying:
        window.file_check.cancel()
    elif window.measurements.busy or window.statistics_jobs.busy or window.overview.busy or window.looks.busy:
        window.measurements.cancel()
        window.statistics_jobs.cancel_all()
        window.looks.cancel()
        window.overview.cancel()
    else:
        return cancel_in(window.beside)
    return True
