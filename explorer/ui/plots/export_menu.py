"""The part of the window's menu that saves what a plot shows, with why it cannot where nothing is drawn."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtWidgets import QMenu

from explorer.ui.allowing import allow
from explorer.ui.plots.export_actions import ExportActions
from explorer.ui.plots.plot_body import PlotBody

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from explorer.ui.main_window import MainWindow
    from explorer.ui.tensor_views import TensorLook


class _Entry(NamedTuple):
    """One view.

    Attributes:
        title: Of its menu.
        actions: Take what it shows elsewhere.
        body: Gives the panel that shows it; None for one that was not made yet.
        way: How to have it shown, as a sentence goes on.
    """

    title: str
    actions: ExportActions
    body: Callable[[], PlotBody | None]
    way: str


def add_plots(menu: QMenu, window: "MainWindow") -> None:
    """Add a menu for each view that has a plot.

    Args:
        menu: Takes them.
        window: With its panels made.
    """
    overview, histogram = window.overview, window.histogram
    file = _Entry("&Overview", overview.plot_actions, lambda: overview.body, "select the file, and Overview")
    values = "select a layer, or a tensor and Histogram"
    tensors = [_Entry("&Histogram", histogram.plot_actions, lambda: histogram.body, values)]
    for title, look, name in (
        ("H&eat map", window.looks.heatmap, "Heat map"),
        ("&Channels", window.looks.channels, "Channels"),
        ("&Spectrum", window.looks.spectrum, "Spectrum"),
    ):
        tensors.append(_Entry(title, look.plot_actions, _body_in(look), f"select a tensor, and {name}"))
    made: list[tuple[QAction, _Entry]] = []
    for group in ([file], tensors):
        menu.addSeparator()
        for entry in group:
            of_plot = menu.addMenu(entry.title)
            of_plot.setToolTipsVisible(True)
            of_plot.addActions(list(entry.actions.export.values()))
            made.append((of_plot.menuAction(), entry))

    def follow() -> None:
        for action, entry in made:
            allow(action, _why_not(entry))

    menu.aboutToShow.connect(follow)


def _body_in(look: "TensorLook") -> Callable[[], PlotBody | None]:
    return lambda: look.findChild(PlotBody)


def _why_not(entry: _Entry) -> str:
    """Why nothing of a view can be saved, as a sentence; "" where it can."""
    if entry.actions.export["png"].isEnabled():
        return ""
    body = entry.body()
    if body is None or not body.isVisible():
        return f"Show this view first: {entry.way}."
    return body.why_nothing
