"""The heat map of a tensor with its choices; drawn in the background, and anew for what is zoomed into."""

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Slot

from explorer.checkpoint.document import TensorInfo
from explorer.checkpoint.values.planes import Plane, first_plane
from explorer.tasks.jobs import Jobs
from explorer.ui.heatmap.choices import by_buttons, chosen_by, share_box
from explorer.ui.heatmap.layering import Layering, Painter
from explorer.ui.heatmap.view import HeatmapView
from explorer.ui.heatmap.work import FAST, Drawn, Subject, draw, draw_over
from explorer.ui.plane_bar import PlaneBar
from explorer.ui.plots.export_actions import ExportActions, export_button
from explorer.ui.plots.plot_body import PlotBody, bar, stacked
from explorer.ui.running.current_job import CurrentJob
from explorer.ui.session import Session
from explorer.ui.settings import Settings
from explorer.ui.tensor_views import Place, TensorLook, nothing_to_see

if TYPE_CHECKING:
    from explorer.ui.heatmap.table_plot import SeenPlace

_NOTHING: Final = "Select a tensor first that has values to draw."


class HeatmapPanel(TensorLook):
    """Shows a tensor as a picture. Another one cancels the work for the last one."""

    def __init__(self, session: Session, jobs: Jobs, settings: Settings) -> None:
        """Make the panel; nothing is shown in it.

        Args:
            session: Tells what is open.
            jobs: Does the work.
            settings: Remember how heat maps are drawn.
        """
        super().__init__()
        self._session = session
        self._settings = settings
        self._tensor: TensorInfo | None = None
        self._wanted: tuple[int, ...] | None = None
        self._left: tuple[TensorInfo, Plane, SeenPlace] | None = None
        self._seen: SeenPlace | None = None
        self.plot_actions = ExportActions("the cells that are shown", self)
        self.view = HeatmapView(self.plot_actions, settings, jobs)
        self.planes = PlaneBar()
        self.body = PlotBody(self.view, "the heat map", "Draw", self.plot_actions, _NOTHING)
        self._layering = Layering(self.view.plot, CurrentJob(jobs, self.body.progress))
        self.by = by_buttons(self._settings, self, self._start_anew)
        self.share = share_box()
        self.share.activated.connect(self._start_anew)
        self.export = export_button(self.plot_actions)
        stacked(self, bar([], [*self.by.values(), self.share, self.export]), self.planes, self.body)
        self._layering.drawn.connect(self._show)
        self._layering.given_up.connect(self.body.give_up)
        self.body.page.button.clicked.connect(self._start_anew)
        self.planes.changed.connect(self._change_plane)

    @property
    def busy(self) -> bool:
        """There is more to be drawn."""
        return self._layering.busy

    def cancel(self) -> None:
        """Draw nothing more, also of what was about to begin."""
        self._layering.cancel()

    def show_tensor(self, tensor: TensorInfo | None) -> None:
        """Show a tensor of the open checkpoint; None while something else is shown in its place.

        Who comes back from another view finds what was seen of it.
        """
        if self._tensor is not None and self._layering.has_drawn:
            self._left = self._tensor, self.planes.plane, self.view.plot.place
        self._tensor, self._wanted, self._seen = tensor, None, None
        nothing = "" if tensor is None else nothing_to_see(tensor)
        plane = first_plane(() if tensor is None or nothing else tensor.kind.stored_shape)
        if self._left is not None and self._left[0] == tensor:
            _, plane, self._seen = self._left
        self.planes.show_plane(plane)
        if nothing:
            self._drop()
            self.body.say(nothing)
        else:
            self._start_anew()

    def show_place(self, place: Place) -> None:
        """Bring a value of the tensor into view, and read it, once it is drawn."""
        self._wanted = place.at
        self._go()

    def go_to(self, index: tuple[int, ...]) -> None:
        """The same, with the keyboard there."""
        super().go_to(index)
        self.view.plot.setFocus()

    def _go(self) -> None:
        if not self._layering.has_drawn:
            return
        if self._seen is not None:
            seen, self._seen = self._seen, None
            self.view.plot.go_back(seen)
        if self._wanted is None:
            return
        plane = self.planes.plane.through(self._wanted)
        if any(plane.at[axis] != self.planes.plane.at[axis] for axis in plane.fixed):
            self.planes.show_plane(plane)
            self._start_anew()
            return
        self.view.plot.look_at(*plane.place(self._wanted))
        self._wanted = None

    @Slot()
    def _start_anew(self) -> None:
        self._drop()
        checkpoint, tensor = self._session.checkpoint, self._tensor
        if tensor is None or checkpoint is None:
            return
        plane = self.planes.plane
        self.view.begin(plane.height, plane.width)
        subject = Subject(checkpoint, tensor, plane, chosen_by(self.by), self.share.currentData())
        whole, over = partial(draw, subject), partial(draw_over, subject)
        self._layering.begin(Painter(plane.height, plane.width, whole, over, plane.height * plane.width > FAST))

    @Slot()
    def _change_plane(self) -> None:
        self._seen = None
        self._start_anew()

    def _drop(self) -> None:
        self._layering.drop()
        self.view.begin(1, 1)
        self.body.make_room()

    @Slot(object)
    def _show(self, pictures: list[Drawn]) -> None:
        self.view.draw(*pictures)
        self.body.show_plot()
        self._go()
