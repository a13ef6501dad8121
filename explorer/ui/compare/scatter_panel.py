"""The scatter of a pair with its choices; counted behind the window, and anew for what is zoomed into."""

import math
from functools import partial
from typing import Final

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QButtonGroup, QPushButton

from explorer.tasks.jobs import Jobs
from explorer.ui.compare.map_panel import NO_COUNTERPART, NOTHING
from explorer.ui.compare.pair_look import PairLook, ShownPair
from explorer.ui.compare.scatter_view import ScatterView
from explorer.ui.compare.scatter_work import UNITS, ScatterDrawn, ScatterSubject, draw_scatter, draw_scatter_over
from explorer.ui.heatmap.layering import Layering, Painter
from explorer.ui.plots.export_actions import ExportActions, export_button
from explorer.ui.plots.plot_body import PlotBody, bar, choice, stacked
from explorer.ui.running.current_job import CurrentJob
from explorer.ui.settings import Settings
from explorer.ui.usual import set_usual

_RANGES: Final = {
    "full range": (False, "From the smallest to the largest value of A and B."),
    "robust": (True, "The middle 99 % of the values of A and B: a few far ones do not press the others together."),
}


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
        self.plot_actions = ExportActions("the cells that hold a pair", self, key=False)
        self.view = ScatterView(self.plot_actions, settings, jobs)
        self.body = PlotBody(self.view, "the scatter", "Count", self.plot_actions, NOTHING)
        self._layering = Layering(self.view.plot, CurrentJob(jobs, self.body.progress))
        self._build()
        self._layering.drawn.connect(self._show)
        self._layering.given_up.connect(self.body.give_up)
        self.body.page.button.clicked.connect(self._start_anew)

    def _build(self) -> None:
        self.ranges: dict[str, QPushButton] = {}
        group = QButtonGroup(self)
        kept = self._settings.kept("scatter/range")
        for name, (_robust, tip) in _RANGES.items():
            button = self.ranges[name] = choice(name.capitalize(), tip)
            button.setChecked(name == (kept if kept in _RANGES else "full range"))
            set_usual(button, name == "full range")
            group.addButton(button)
        group.buttonClicked.connect(self._choose_range)
        self.export = export_button(self.plot_actions)
        stacked(self, bar([*self.ranges.values()], [self.export], 0), self.body)

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
        both = None if self._pair is None else self._pair.both
        if self._pair is None or both is None:
            self.body.say(NO_COUNTERPART)
            return
        # NumPy is here: a comparison was made.
        from explorer.analysis.compare.pair_numbers import overlap_of, why_no_pair  # noqa: PLC0415

        kinds = both[0][1].kind, both[1][1].kind
        why_not = why_no_pair(*kinds)
        if why_not:
            self.body.say(why_not)
            return
        self.body.make_room()
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
            self.body.say("No pair of numbers is finite.")
            return
        self.view.draw(*pictures)
        self.body.show_plot()
