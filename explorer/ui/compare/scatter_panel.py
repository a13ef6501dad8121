"""The scatter of a pair with its choices; counted behind the window, and anew for what is zoomed into."""

import math
from functools import partial
from typing import Final

from PySide6.QtCore import Slot
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout

from explorer.formatting import UNNAMED, visible
from explorer.tasks.jobs import Jobs
from explorer.ui import theme
from explorer.ui.compare.map_panel import NO_COUNTERPART
from explorer.ui.compare.pair_look import PairLook, ShownPair
from explorer.ui.compare.scatter_plot import ScatterPlot
from explorer.ui.compare.scatter_words import about_place, facts, summary
from explorer.ui.compare.scatter_work import (
    UNITS,
    ScatterDrawn,
    ScatterSubject,
    draw_scatter,
    draw_scatter_over,
    scatter_table,
)
from explorer.ui.heatmap.layering import Layering, Painter
from explorer.ui.heatmap.table_view import MakeTable, ReadPlace, TableView
from explorer.ui.message_page import MessagePage
from explorer.ui.plots.export_actions import ExportActions, menu_button
from explorer.ui.plots.picture import Line
from explorer.ui.running.current_job import CurrentJob
from explorer.ui.running.progress_row import ProgressRow, with_progress
from explorer.ui.settings import Settings
from explorer.ui.text import set_tooltip
from explorer.ui.usual import set_usual

_NOTHING: Final = "Select a pair first that has values to draw."
_RANGES: Final = {
    "full range": (False, "From the smallest to the largest value of A and B."),
    "robust": (True, "The middle 99 % of the values of A and B: a few far ones do not press the others together."),
}


class ScatterView(TableView[ScatterPlot]):
    """Draws what it is given."""

    def __init__(self, actions: ExportActions, settings: Settings, jobs: Jobs) -> None:
        """Make the view; see `TableView`."""
        super().__init__("scatter", ScatterPlot(), actions, settings, jobs)
        for line in (self.readout, self.notes):
            line.setContentsMargins(0, 2, 0, 2)
        # What is outside is told otherwise there.
        self.plot.moved.connect(self._tell)

    @property
    def shown(self) -> ScatterDrawn | None:
        """The finest picture that is drawn."""
        pictures = self.plot.pictures
        return pictures[-1] if pictures else None

    def draw(self, *pictures: ScatterDrawn) -> None:
        """Draw the picture of the whole, and one of a part over it."""
        self.plot.show_pictures(*pictures)
        self._drawn_anew()

    def drawn(self) -> ScatterPlot | None:
        """The plot, while something is drawn on it."""
        return self.plot if self.plot.pictures else None

    def name(self) -> str:
        """The key of the pair."""
        return "" if self.shown is None else self.shown.subject.key

    def lines(self) -> tuple[list[Line], list[Line]]:
        """What a picture says above and below the plot."""
        shown = self.shown
        if shown is None:
            return [], []
        colors, font = theme.current(self), self.readout.font()
        above = [Line(visible(shown.subject.key) or UNNAMED, theme.title_font(self.font()), colors.text)]
        for letter, side, color in (("A", shown.subject.a, colors.accent), ("B", shown.subject.b, colors.b_text)):
            above.append(Line(f"{letter} {visible(side[0].path.name)}", self.font(), color))
        below = [self.summary(), " · ".join(self.facts())]
        return above, [Line(text, font, colors.muted) for text in below if text]

    def summary(self) -> str:
        """How many pairs are drawn, in what cells."""
        return "" if self.shown is None else summary(self.shown)

    def about(self, row: int, column: int, value: str) -> str:  # noqa: ARG002 - as of every table
        """The cell at a place, and how many pairs are in it."""
        return "" if self.shown is None else about_place(self.shown, row, column)

    def facts(self) -> list[str]:
        """What is not drawn."""
        return [] if self.shown is None else facts(self.shown, zoomed=len(self.plot.pictures) > 1)

    def make_table(self) -> MakeTable | None:
        """The cells that hold a pair."""
        return None if self.shown is None else partial(scatter_table, self.shown)

    def read_place(self, row: int, column: int) -> ReadPlace | None:  # noqa: ARG002 - as of every table
        """There is no more to read."""
        return None


class ScatterPanel(PairLook):
    """Shows A against B. Another pair cancels the work for the last one."""

    def __init__(self, jobs: Jobs, settings: Settings) -> None:
        """Make the panel; nothing is shown in it.

        Args:
            jobs: Does the work.
            settings: Remember the range that was chosen, and the folder that was saved to.
        """
        super().__init__()
        self._settings = settings
        self._pair: ShownPair | None = None
        self.plot_actions = ExportActions("the cells that hold a pair", self)
        # In the menus the key belongs to the plot of a tensor; here to the plot that has the keyboard.
        self.plot_actions.copy_picture.setShortcut(QKeySequence())
        self.view = ScatterView(self.plot_actions, settings, jobs)
        self.page = MessagePage("Count")
        self.progress = ProgressRow("the scatter")
        self._layering = Layering(self.view.plot, CurrentJob(jobs, self.progress))
        self._build()
        self._layering.drawn.connect(self._show)
        self._layering.given_up.connect(self._give_up)
        self.page.button.clicked.connect(self._start_anew)
        self.plot_actions.allow_taking(_NOTHING)

    def _build(self) -> None:
        bar = QFrame()
        bar.setProperty("bar", True)
        row = QHBoxLayout(bar)
        row.setContentsMargins(0, 4, 0, 4)
        row.setSpacing(4)
        self.ranges: dict[str, QPushButton] = {}
        group = QButtonGroup(self)
        kept = self._settings.kept("scatter/range")
        for name, (_robust, tip) in _RANGES.items():
            button = self.ranges[name] = QPushButton(name)
            button.setCheckable(True)
            button.setChecked(name == (kept if kept in _RANGES else "full range"))
            set_usual(button, name == "full range")
            button.setProperty("flat", True)
            button.setAccessibleName(name)
            set_tooltip(button, tip)
            group.addButton(button)
            row.addWidget(button)
        group.buttonClicked.connect(self._choose_range)
        row.addStretch(1)
        self.export = menu_button("export", self.plot_actions.exports())
        set_tooltip(self.export, "Copy or save what is drawn.")
        row.addWidget(self.export)
        self._body = QStackedWidget()
        self._body.addWidget(self.page)
        self._body.addWidget(self.view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(bar)
        layout.addWidget(with_progress(self._body, self.progress), 1)

    @property
    def busy(self) -> bool:
        """There is more to be drawn."""
        return self._layering.busy

    def show_pair(self, pair: ShownPair | None) -> None:
        """Show a pair; None while something else is shown in its place."""
        self._pair = pair
        self._start_anew()

    @Slot()
    def _start_anew(self) -> None:
        self._layering.drop()
        self.view.begin(UNITS, UNITS)
        self.plot_actions.allow_taking(_NOTHING)
        both = None if self._pair is None else self._pair.both
        if self._pair is None or both is None:
            self._say(NO_COUNTERPART)
            return
        # NumPy is here: a comparison was made.
        from explorer.analysis.compare.pair_numbers import overlap_of, why_no_pair  # noqa: PLC0415

        kinds = both[0][1].kind, both[1][1].kind
        why_not = why_no_pair(*kinds)
        if why_not:
            self._say(why_not)
            return
        self._body.setCurrentWidget(self.view)
        self.view.plot.expect_pairs(math.prod(overlap_of(*kinds)))
        subject = ScatterSubject(self._pair.key, *both, _RANGES[self._range][0])
        whole, over = partial(draw_scatter, subject), partial(draw_scatter_over, subject)
        self._layering.begin(Painter(UNITS, UNITS, whole, over, sample=False))

    @property
    def _range(self) -> str:
        return next(name for name, button in self.ranges.items() if button.isChecked())

    @Slot()
    def _choose_range(self) -> None:
        self._settings.keep("scatter/range", self._range)
        self._start_anew()

    @Slot(object)
    def _show(self, pictures: list[ScatterDrawn]) -> None:
        if pictures[0].span is None:
            self._layering.drop()
            self._say("No pair of numbers is finite.")
            return
        self.view.draw(*pictures)
        self.plot_actions.allow_taking("")
        self._body.setCurrentWidget(self.view)

    @Slot(str, bool)
    def _give_up(self, sentence: str, failed: bool) -> None:
        if not self._layering.has_drawn:
            self._say(sentence, offer=not failed)
        else:
            # What is drawn stays, coarser than it could be.
            self.view.say(sentence, failed=failed)

    def _say(self, sentence: str, *, offer: bool = False) -> None:
        self.page.say(sentence, offer=offer)
        self._body.setCurrentWidget(self.page)
