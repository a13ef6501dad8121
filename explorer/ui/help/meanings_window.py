"""Help > What the marks mean: definitions of all that is shown, and whose they are."""

from typing import TYPE_CHECKING, Final

from explorer.analysis.judge.problem_words import SHAPES
from explorer.ui.heatmap import colors as heat
from explorer.ui.help.list_window import ListedRow, ListWindow
from explorer.ui.help.meanings.all_meanings import groups
from explorer.ui.help.meanings.colours import COLOURS
from explorer.ui.help.meanings.files import FILE, WORK
from explorer.ui.help.meanings.optimizer import OPTIMIZER
from explorer.ui.help.meanings.pairs import COMPARISON, LOADING, RUN
from explorer.ui.help.meanings.space import SPACE
from explorer.ui.help.meanings.tree import COLUMNS
from explorer.ui.help.meanings.values import DRAWN, FIGURES, SPECTRUM
from explorer.ui.side_window import brought_forward
from explorer.ui.tables.heads import Head

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from explorer.ui.main_window import MainWindow
    from explorer.ui.theme import Theme

TITLE: Final = "What the marks mean"
PROBLEMS: Final = "Problems"
_OWN: Final = "this program"
"""Whose definition it is where it is nobody else's."""
_HEADS: Final = (
    Head("Where", sample="m" * 10, about="In which part of the window it is shown"),
    Head("Shown", sample="m" * 11),
    Head("What it means"),
    Head("Source", sample="m" * 13, about="Whose definition it is"),
)


class MeaningsWindow(ListWindow):
    """A row for each mark, figure and column."""

    def __init__(self, window: "MainWindow") -> None:
        listed = [
            (
                group.title,
                [(", ".join(meaning.names), meaning.what, meaning.source or _OWN) for meaning in group.meanings],
            )
            for group in groups(window.settings.thresholds)
        ]
        super().__init__(TITLE, _HEADS, listed, window.tables, window, colors_of)
        self.resize(1080, 640)


def colors_of(row: ListedRow, theme: "Theme") -> "Sequence[str]":
    """The colours that a row is about, as a theme has them."""
    named = (
        meaning.colors for meaning in COLOURS.meanings if row.group == COLOURS.title and row.texts[0] in meaning.names
    )
    colors = [getattr(heat.of(theme) if hasattr(heat.HeatColors, name) else theme, name) for name in next(named, ())]
    # Of heat maps those of small and of large values.
    return [one for color in colors for one in (color if isinstance(color, tuple) else (color,))]


def show_meanings(window: "MainWindow", place: tuple[str, str] | None = None) -> None:
    """Show them, at what has the keyboard; a window of them that stands already comes to the front.

    Args:
        window: The main window.
        place: The title of a group and a name in it; None for those of what has the keyboard.
    """
    place = place_of(window) if place is None else place
    if not brought_forward(window, MeaningsWindow):
        MeaningsWindow(window).show()
    for shown in window.findChildren(MeaningsWindow):
        shown.filter.clear()
        shown.show_row(*place)


def place_of(window: "MainWindow") -> tuple[str, str]:
    """Where what has the keyboard is explained: the title of a group and a name in it, or "" for its first."""
    views = window.full_views
    focused: QWidget | None = window.focusWidget()
    if focused is None:
        return COLUMNS.title, ""
    docks = (
        (window.problems.dock, PROBLEMS),
        (window.checksum_dock, FILE.title),
        (window.devices_dock, WORK.title),
    )
    for dock, title in docks:
        if dock.isAncestorOf(focused):
            return title, _problem(window) if title == PROBLEMS else ""
    if views.shown is not None:
        # Of the three, that of the comparison alone can be asked for without being made.
        comparing = views.comparing is views.shown
        return (COMPARISON if comparing else LOADING if views.tests else RUN).title, ""
    panels = (
        (window.optimizer.line, OPTIMIZER),
        (window.space, SPACE),
        (window.overview, DRAWN),
        (window.contents, COLUMNS),
    )
    for panel, group in panels:
        if panel.isAncestorOf(focused):
            return group.title, ""
    if window.beside.isAncestorOf(focused):
        return _of_values(window, focused is window.histogram.children_table.table)
    return COLUMNS.title, ""


def _of_values(window: "MainWindow", in_table: bool) -> tuple[str, str]:
    view = window.histogram.looks.views.view if window.session.tensor is not None else "histogram"
    if view == "histogram":
        return (FIGURES if in_table else DRAWN).title, "Histogram"
    names = {"heatmap": "Heat map", "values": "Values", "channels": "Channels"}
    return (SPECTRUM.title, "") if view == "spectrum" else (DRAWN.title, names[view])


def _problem(window: "MainWindow") -> str:
    """What the problem of the current row is called."""
    current = window.problems.panel.table.currentIndex()
    said = str(current.siblingAtColumn(0).data() or "")
    for shape in SHAPES.values():
        said = said.removeprefix(shape)
    return said.strip()
