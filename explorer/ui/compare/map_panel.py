"""The heat maps of a pair with their choices; drawn behind the window, and anew for what is zoomed into."""

from functools import partial
from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QSlider

from explorer.checkpoint.values.planes import first_plane
from explorer.tasks.jobs import Jobs
from explorer.ui.breaking import BreakingLine, group
from explorer.ui.compare.map_view import MapView
from explorer.ui.compare.map_work import PairDrawn, PairSubject, draw_pair, draw_pair_over
from explorer.ui.compare.pair_look import PairLook, ShownPair
from explorer.ui.heatmap.choices import by_buttons, chosen_by, share_box
from explorer.ui.heatmap.layering import Layering, Painter
from explorer.ui.heatmap.work import FAST
from explorer.ui.plane_bar import PlaneBar
from explorer.ui.plots.export_actions import ExportActions, export_button
from explorer.ui.plots.plot_body import PlotBody, choice, stacked
from explorer.ui.running.current_job import CurrentJob
from explorer.ui.settings import Settings

_FINE: Final = 1000
"""Places of the curtain that the slider has."""
NOTHING: Final = "Select a pair first that has values to draw."
NO_COUNTERPART: Final = "It has no counterpart in the other checkpoint."


class MapPanel(PairLook):
    """Shows A, B and their difference as pictures. Another pair cancels the work for the last one."""

    def __init__(self, jobs: Jobs, settings: Settings) -> None:
        """Make the panel; nothing is shown in it.

        Args:
            jobs: Does the work.
            settings: Remember how heat maps are drawn.
        """
        super().__init__()
        self._settings = settings
        self._pair: ShownPair | None = None
        self._jump_when_drawn: tuple[int, ...] | None = None
        self.plot_actions = ExportActions("the cells that are shown", self, key=False)
        self.view = MapView(self.plot_actions, settings, jobs)
        self.planes = PlaneBar()
        self.body = PlotBody(self.view, "the heat maps", "Draw", self.plot_actions, NOTHING)
        self._layering = Layering(self.view.plot, CurrentJob(jobs, self.body.progress))
        self._build()
        self._layering.drawn.connect(self._show)
        self._layering.given_up.connect(self.body.give_up)
        self.body.page.button.clicked.connect(self._start_anew)
        self.planes.changed.connect(self._start_anew)

    def _build(self) -> None:
        self.curtain = choice("Curtain", "A to the left of a line and B to its right, in one map: drag the line.")
        self.curtain.setAccessibleName("One map with a curtain")
        self.curtain.toggled.connect(self._choose_curtain)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, _FINE)
        self.slider.setValue(_FINE // 2)
        self.slider.setAccessibleName("Where the curtain is")
        self.slider.setMaximumWidth(160)
        self.slider.setMinimumWidth(60)
        self.slider.valueChanged.connect(lambda at: self.view.plot.move_curtain(at / _FINE))
        self.slider.hide()
        self.view.plot.curtain_moved.connect(self._follow_curtain)
        go_to_worst = "Zoom in on the largest difference, and mark it (Ctrl+G)."
        self.worst = choice("Go to worst", go_to_worst, checkable=False)
        self.worst.setAccessibleName("Go to the largest difference")
        self.worst.setShortcut(QKeySequence("Ctrl+G"))
        self.worst.clicked.connect(self.go_to_worst)
        go_to_odd = "Zoom in on a place where one side has NaN or infinity, and mark it."
        self.odd = choice("Go to NaN", go_to_odd, checkable=False)
        self.odd.setAccessibleName("Go to where one side is not finite")
        self.odd.clicked.connect(self.go_to_odd)
        self.by = by_buttons(self._settings, self, self._start_anew)
        self.share = share_box()
        self.share.activated.connect(self._start_anew)
        self.export = export_button(self.plot_actions)
        left = [self.curtain, self.slider, self.worst, self.odd]
        right = group([*self.by.values(), self.share, self.export], right=True)
        choices = BreakingLine(group(left), right, (0, 4, 0, 4))
        choices.setProperty("bar", True)
        stacked(self, choices, self.planes, self.body)

    @property
    def busy(self) -> bool:
        """There is more to be drawn."""
        return self._layering.busy

    def show_pair(self, pair: ShownPair | None) -> None:
        """Show a pair; None while something else is shown in its place."""
        self._pair = pair
        both = None if pair is None else pair.both
        self._jump_when_drawn = None
        nothing, shape = NO_COUNTERPART, tuple[int, ...]()
        if both is not None:
            # NumPy is here: a comparison was made.
            from explorer.analysis.compare.pair_numbers import overlap_of, why_no_pair  # noqa: PLC0415

            kinds = both[0][1].kind, both[1][1].kind
            nothing = why_no_pair(*kinds)
            shape = () if nothing else overlap_of(*kinds)
        self.worst.setEnabled(not nothing and pair is not None and pair.worst is not None)
        self.odd.setVisible(not nothing and pair is not None and pair.odd is not None)
        self.planes.show_plane(first_plane(shape))
        if nothing or pair is None:
            self._drop()
            self.body.say(nothing)
        else:
            self._start_anew()

    @Slot()
    def go_to_worst(self) -> None:
        """Bring the largest difference into the middle of the maps, and mark it."""
        self._go_to(None if self._pair is None else self._pair.worst)

    @Slot()
    def go_to_odd(self) -> None:
        """Likewise a place where one side has NaN or an infinity and the other something else."""
        self._go_to(None if self._pair is None else self._pair.odd)

    def _go_to(self, index: tuple[int, ...] | None) -> None:
        if index is None:
            return
        plane = self.planes.plane
        place = plane.place(index)
        if plane.index(*place) != index:
            # Another slice has it.
            self.planes.show_plane(plane.through(index))
            self._start_anew()
        if self._layering.has_drawn:
            self.view.plot.mark_place(*place)
        else:
            self._jump_when_drawn = index

    @Slot()
    def _start_anew(self) -> None:
        self._drop()
        both = None if self._pair is None else self._pair.both
        if self._pair is None or both is None:
            return
        plane = self.planes.plane
        self.view.begin(plane.height, plane.width)
        subject = PairSubject(self._pair.key, *both, plane, chosen_by(self.by), self.share.currentData())
        whole, over = partial(draw_pair, subject), partial(draw_pair_over, subject)
        self._layering.begin(Painter(plane.height, plane.width, whole, over, plane.height * plane.width > FAST))

    def _drop(self) -> None:
        self._layering.drop()
        self.view.begin(1, 1)
        self.body.make_room()

    @Slot(bool)
    def _choose_curtain(self, on: bool) -> None:
        self.slider.setVisible(on)
        self.view.plot.show_curtain(on=on)

    @Slot(float)
    def _follow_curtain(self, share: float) -> None:
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(share * _FINE))

    @Slot(object)
    def _show(self, pictures: list[PairDrawn]) -> None:
        self.view.draw(*pictures)
        self.body.show_plot()
        index, self._jump_when_drawn = self._jump_when_drawn, None
        self._go_to(index)
