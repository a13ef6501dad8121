"""The channels of a tensor with the choice of their dimension and order; read in the background."""

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox

from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.formatting import exact
from explorer.tasks.jobs import Jobs
from explorer.ui.channels.view import ChannelsView
from explorer.ui.channels.words import axis_caption, why_none
from explorer.ui.channels.work import Found, Subject, look, look_first, odd_first, ordered
from explorer.ui.failures import why
from explorer.ui.measuring.lazy_judge import LazyJudge
from explorer.ui.plots.export_actions import ExportActions, export_button
from explorer.ui.plots.plot_body import PlotBody, bar, stacked
from explorer.ui.running.current_job import CurrentJob
from explorer.ui.session import Session
from explorer.ui.settings import Settings
from explorer.ui.tensor_views import Place, TensorLook, nothing_to_see
from explorer.ui.text import set_tooltip
from explorer.ui.usual import set_usual

if TYPE_CHECKING:
    from explorer.analysis.draw.channels import Figure
    from explorer.ui.measuring.measurements import Measurements

MOST: Final = 1 << 19
"""Channels at most: what is kept of each must not fill the memory."""

_ORDERS: Final[dict[str, "Figure | None"]] = {"index": None, "norm": "norm", "std": "std", "median": "median"}
_ODD_FIRST: Final = "NaN, Inf"
NOTHING: Final = "Select a tensor first that has channels."


class ChannelsPanel(TensorLook):
    """Shows the channels of a tensor. Another one cancels the work for the last one."""

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        settings: Settings,
        actions: ExportActions,
        measurements: "Measurements | None",
    ) -> None:
        """Make the panel; nothing is shown in it.

        Args:
            session: Tells what is open.
            jobs: Does the work.
            settings: Remember the order that was chosen.
            actions: Take what is drawn elsewhere.
            measurements: Know the statistics of tensors; None for nothing.
        """
        super().__init__()
        self._session = session
        self._settings = settings
        self._measurements = measurements
        self._tensor: TensorInfo | None = None
        self._listed: tuple[int, ...] | None = None
        self._found: Found | None = None
        self._last: tuple[Found, int | None] | None = None
        self._wanted: int | None = None
        self._judge: LazyJudge | None = None
        self._judged: Checkpoint | None = None
        self.plot_actions = actions
        self.view = ChannelsView(actions, settings, jobs)
        self.body = PlotBody(self.view, "the channels", "Read again", actions, NOTHING)
        self._job = CurrentJob(jobs, self.body.progress)
        self._build()
        self._job.failed.connect(self._fail)
        self._job.stopped.connect(self._stopped)
        self.body.page.button.clicked.connect(self._press)
        self.view.place_asked.connect(self.place_asked)
        session.opened.connect(self._forget)

    @Slot()
    def _forget(self) -> None:
        self._last = self._judge = self._judged = None

    def _build(self) -> None:
        self.axis, self.order = QComboBox(), QComboBox()
        self.axis.setAccessibleName("Dimension of the channels")
        self.axis.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        set_tooltip(
            self.axis,
            "The dimension whose indices are the channels: of most weights, the first is the output and the second the "
            "input.",
        )
        self.order.setAccessibleName("Order of the channels")
        for name in (*_ORDERS, _ODD_FIRST):
            self.order.addItem(f"Order: {name}", name)
        kept = self._settings.kept("channels/order")
        self.order.setCurrentIndex(max(self.order.findData(kept), 0))
        set_usual(self.order, 0)
        set_tooltip(self.order, "By index, the largest of a figure first, or those with NaN and Inf first.")
        self.axis.activated.connect(self._change_axis)
        self.order.activated.connect(self._change_order)
        self.export = export_button(self.plot_actions)
        stacked(self, bar([self.axis], [self.order, self.export]), self.body)

    @property
    def busy(self) -> bool:
        """There is more to be read."""
        return self._job.runs

    def show_tensor(self, tensor: TensorInfo | None) -> None:
        """Show a tensor of the open checkpoint; None while something else is shown in its place."""
        self._drop()
        self._tensor, self._wanted = tensor, None
        if tensor is None:
            return
        nothing = nothing_to_see(tensor) or why_none(tensor.kind)
        if self._listed != tensor.kind.stored_shape:
            self._listed = tensor.kind.stored_shape
            self.axis.clear()
            for axis in range(0 if nothing else len(tensor.kind.stored_shape)):
                self.axis.addItem(axis_caption(tensor.kind, axis), axis)
        for control in (self.axis, self.order):
            control.setVisible(not nothing)
        self.export.setEnabled(not nothing)
        self.body.page.button.setText("Show in Values" if nothing else "Read again")
        if nothing:
            self.body.say(nothing, offer=not nothing_to_see(tensor))
        else:
            self._start_anew()

    def show_place(self, place: Place) -> None:
        """Select a channel, once it is drawn."""
        if not 0 <= place.axis < self.axis.count():
            return
        self._wanted = place.at[place.axis]
        if self.axis.currentData() != place.axis:
            self.axis.setCurrentIndex(place.axis)
            self._start_anew()
        elif self._found is not None:
            self._take(self._found)

    @Slot()
    def _press(self) -> None:
        """Read again, or show in Values what has no channels."""
        if self._tensor is not None and why_none(self._tensor.kind):
            self.place_asked.emit("values", (0,) * len(self._tensor.kind.stored_shape))
        else:
            self._start_anew()

    @Slot()
    def _change_axis(self) -> None:
        self._wanted = None
        self._start_anew()

    def _drop(self) -> None:
        self._job.drop()
        if self._found is not None:
            # Who comes back from another view finds the same channel selected.
            self._last = self._found, self.view.channel
        self._found = None
        self.view.clear()
        self.body.say("")

    @Slot()
    def _start_anew(self) -> None:
        self._drop()
        checkpoint, tensor = self._session.checkpoint, self._tensor
        if checkpoint is None or tensor is None:
            return
        axis = int(self.axis.currentData() or 0)
        many = tensor.kind.stored_shape[axis]
        if many > MOST:
            self.body.say(
                f"These are {exact(many)} channels, and at most {exact(MOST)} are shown: choose another dimension."
            )
            return
        if self._last is not None and self._is_of(self._last[0], checkpoint, tensor, axis):
            found, self.view.channel = self._last
            self._take(found)
            return
        statistics = None if self._measurements is None else self._measurements.of(tensor.number)
        subject = Subject(checkpoint, tensor, axis, statistics)
        self._job.start(partial(look_first, subject), "channels", partial(self._take_first, subject))

    def _is_of(self, found: Found, checkpoint: Checkpoint, tensor: TensorInfo, axis: int) -> bool:
        """Whether what was found is all there is to know of these channels."""
        subject = found.subject
        same = subject.checkpoint is checkpoint and subject.tensor.number == tensor.number and subject.axis == axis
        judged = self._judge is not None and self._judge.thresholds == self._settings.thresholds
        return same and judged and not found.channels.sampled

    def _take_first(self, subject: Subject, found: Found | None) -> None:
        if found is not None:
            self._take(found)
        thresholds = self._settings.thresholds
        if self._judge is None or self._judged is not subject.checkpoint or self._judge.thresholds != thresholds:
            self._judge, self._judged = LazyJudge(subject.checkpoint, thresholds), subject.checkpoint
        self._job.start(partial(look, subject, self._judge), "channels", self._take)

    @Slot(object)
    def _take(self, found: Found) -> None:
        self._found = found
        if self._wanted is not None:
            self.view.channel = self._wanted
            # A first picture is followed by the whole one.
            self._wanted = self._wanted if found.channels.sampled else None
        self._draw()
        self.body.show_plot()

    def _draw(self) -> None:
        if self._found is not None:
            by = self.order.currentData()
            channels = self._found.channels
            order = odd_first(channels) if by == _ODD_FIRST else ordered(channels, _ORDERS[by])
            self.view.draw(self._found, order, by)

    @Slot()
    def _change_order(self) -> None:
        self._settings.keep("channels/order", self.order.currentData())
        self._draw()

    @Slot()
    def _stopped(self) -> None:
        self.body.give_up("Cancelled.", failed=False)

    @Slot(object)
    def _fail(self, error: Exception) -> None:
        self.body.give_up(why(error), failed=True)
