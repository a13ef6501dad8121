"""Who follows the filter of a window beside the tree, its problems and a comparison."""

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.ui.load_test.panel import LoadTestPanel
    from explorer.ui.main_window import MainWindow


def follow_filter(window: "MainWindow") -> None:
    """Have the tables that are there from the start show only what fits.

    Args:
        window: With its panels made.
    """
    filtering, check = window.layers.filtering, window.file_check
    filtering.follow(window.checksums.to_keep, window.checksums.keep)
    filtering.follow(window.space.to_keep, window.space.keep)
    filtering.asked.connect(window.contents.keep)
    for panel in (window.checksums, window.space, window.contents):
        panel.all_asked.connect(window.filter.clear)
    window.pages.currentChanged.connect(partial(_allow, window))
    check.verified.connect(lambda _found: filtering.refresh())
    check.counted.connect(lambda _found: filtering.refresh())


def _allow(window: "MainWindow", _page: int) -> None:
    """A run has rows to filter also where no file is open."""
    window.filter.allow(window.session.checkpoint is not None or window.full_views.shows_run)


def follow_filter_in_report(window: "MainWindow", view: "LoadTestPanel") -> None:
    """Have the report of Test-load do so.

    Args:
        window: Of the view.
        view: As soon as it is made.
    """
    filtering = window.layers.filtering
    filtering.follow(view.report.to_keep, view.report.keep)
    view.report.all_asked.connect(window.filter.clear)
    view.testing.tested.connect(lambda _tested: filtering.refresh())
