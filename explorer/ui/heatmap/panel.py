"""The heat map of a tensor with its choices; drawn in the background, and anew for what is zoomed into."""

from functools import partial
from typing import TYPE_CHECKING, Final, cast

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from explorer.checkpoint.document import TensorInfo
from explorer.checkpoint.planes import Bounds, first_plane
from explorer.tasks.jobs import Jobs
from explorer.ui.current_job import CurrentJob
from explorer.ui.export_actions import ExportActions, menu_button
from explorer.ui.failures import why
from explorer.ui.heatmap.fitting import part_around, seen, step_for, still_fine, will_do
from explorer.ui.heatmap.view import HeatmapView
from explorer.ui.heatmap.work import FAST, Drawn, Subject, Wanted, draw, draw_over
from explorer.ui.message_page import MessagePage
from explorer.ui.plane_bar import PlaneBar
from explorer.ui.progress_row import ProgressRow
from explorer.ui.session import Session
from explorer.ui.settings import Settings
from explorer.ui.tensor_views import TensorLook, nothing_to_see
from explorer.ui.text import set_tooltip

if TYPE_CHECKING:
    from explorer.analysis.heatmap import By

_SETTLED_MS: Final = 40
"""After so long without another step of a zoom what is seen is read anew."""
_MOST_CELLS: Final = 1024
_SHARES: Final = {"90 %": 0.9, "99 %": 0.99, "99.9 %": 0.999, "all": 1.0}
_USUAL: Final = 0.99
_BY: Final[dict[str, tuple[str, str]]] = {
    "mean": ("mean", "Where a cell stands for several values: their mean"),
    "magnitude": ("largest", "Where a cell stands for several values: the one of the largest magnitude"),
}
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
        self._base: Drawn | None = None
        self._part: Drawn | None = None
        self._wanted: tuple[int, ...] | None = None
        self._gave_up = False
        self.plot_actions = ExportActions("the cells that are shown", self)
        self.view = HeatmapView(self.plot_actions, settings, jobs)
        self.page = MessagePage("Draw")
        self.planes = PlaneBar()
        self.progress = ProgressRow("the heat map")
        self._job = CurrentJob(jobs, self.progress)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._begin)
        self._build()
        self._job.failed.connect(self._fail)
        self._job.stopped.connect(self._stopped)
        self.page.button.clicked.connect(self._start_anew)
        self.planes.changed.connect(self._start_anew)
        self.view.plot.moved.connect(self._follow_zoom)
        self.plot_actions.allow_taking(_NOTHING)

    def _build(self) -> None:
        bar = QFrame()
        bar.setProperty("bar", True)
        row = QHBoxLayout(bar)
        row.setContentsMargins(12, 4, 12, 4)
        row.setSpacing(4)
        self.by: dict[str, QPushButton] = {}
        group = QButtonGroup(self)
        kept = self._settings.kept("heatmap/by")
        # Not below the picture: its coming and going would change the picture's room, for which it is drawn anew.
        self.progress.set_margins(0, 0)
        row.addWidget(self.progress, 1)
        row.addStretch(1)
        for name, (caption, tip) in _BY.items():
            button = self.by[name] = QPushButton(caption)
            button.setCheckable(True)
            button.setChecked(name == (kept if kept in _BY else "mean"))
            button.setProperty("flat", True)
            button.setAccessibleName(caption)
            set_tooltip(button, f"{tip}.")
            group.addButton(button)
            row.addWidget(button)
        group.buttonClicked.connect(self._choose_by)
        self.share = QComboBox()
        self.share.setAccessibleName("Where colours end")
        for caption, share in _SHARES.items():
            self.share.addItem(f"colours: {caption}", share)
        self.share.setCurrentIndex(list(_SHARES.values()).index(_USUAL))
        set_tooltip(
            self.share, "So many of the cells have colours of their own; those farther from 0 share the strongest."
        )
        self.share.activated.connect(self._start_anew)
        row.addWidget(self.share)
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
        layout.addWidget(self.planes)
        layout.addWidget(self._body, 1)

    @property
    def busy(self) -> bool:
        """There is more to be drawn."""
        return self._timer.isActive() or self._job.runs

    def cancel(self) -> None:
        """Draw nothing more, also of what was about to begin."""
        if self._timer.isActive():
            self._timer.stop()
            self._stopped()

    def controls(self) -> list[QWidget]:
        """What takes the keyboard, in its order."""
        return [*self.by.values(), self.share, self.export, *self.planes.controls(), self.view.plot]

    def show_tensor(self, tensor: TensorInfo | None) -> None:
        """Show a tensor of the open checkpoint; None while something else is shown in its place."""
        self._tensor, self._wanted = tensor, None
        nothing = "" if tensor is None else nothing_to_see(tensor)
        self.planes.show_plane(first_plane(() if tensor is None or nothing else tensor.kind.stored_shape))
        if nothing:
            self._drop()
            self._say(nothing)
        else:
            self._start_anew()

    def go_to(self, index: tuple[int, ...]) -> None:
        """Bring a value of the tensor into view, and read it, once it is drawn."""
        self._wanted = index
        self._go()

    def _go(self) -> None:
        if self._wanted is None or self._base is None:
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
        if self._tensor is None:
            return
        plane = self.planes.plane
        self.view.begin(plane.height, plane.width)
        self._body.setCurrentWidget(self.view)
        # Not before the plot has got its room.
        self._timer.start(0)

    def _drop(self) -> None:
        self._timer.stop()
        self._job.drop()
        self._base = self._part = None
        self._gave_up = False
        self.view.begin(1, 1)
        self.plot_actions.allow_taking(_NOTHING)

    def _choose_by(self) -> None:
        self._settings.keep("heatmap/by", self._by)
        self._start_anew()

    @property
    def _by(self) -> "By":
        return cast("By", next(name for name, button in self.by.items() if button.isChecked()))

    @Slot()
    def _follow_zoom(self) -> None:
        if self._base is not None:
            self._gave_up = False
            self._timer.start(_SETTLED_MS)

    @Slot()
    def _begin(self) -> None:
        """Start what is still to be drawn."""
        checkpoint, tensor = self._session.checkpoint, self._tensor
        if checkpoint is None or tensor is None or self._gave_up:
            return
        subject = Subject(checkpoint, tensor, self.planes.plane, self._by, self.share.currentData())
        size = (subject.plane.height, subject.plane.width)
        whole: tuple[Bounds, Bounds] = ((0, size[0]), (0, size[1]))
        down, across = self.view.plot.pixels
        most = (min(down, _MOST_CELLS), min(across, _MOST_CELLS))
        base = self._base
        finest = map(step_for, size, most)
        if base is None or not all(map(still_fine, base.found.step, finest)):
            few = size[0] * size[1] <= FAST
            wanted = Wanted(subject, *whole, most, None, norms=few, sample=not few)
            self._job.start(partial(draw, wanted), "heat map", self._take_base)
        elif self.view.plot.zoomed:
            self._begin_part(subject, base, size, most)
        else:
            self._forget_part()
            if base.found.sampled:
                self._job.start(
                    partial(draw, Wanted(subject, *whole, most, None, norms=True)), "heat map", self._take_base
                )

    def _begin_part(self, subject: Subject, base: Drawn, size: tuple[int, int], most: tuple[int, int]) -> None:
        shown = [seen(each, length) for each, length in zip(self.view.plot.shown, size, strict=True)]
        steps = [step_for(high - low, cells) for (low, high), cells in zip(shown, most, strict=True)]
        if base.found.step[0] <= steps[0] and base.found.step[1] <= steps[1]:
            self._forget_part()
            return
        known = None if self._part is None else self._part.found
        if known is not None and all(map(will_do, (known.rows, known.columns), known.step, shown, steps)):
            return
        rows, columns = map(part_around, shown, size, steps)
        cells = -(-(rows[1] - rows[0]) // steps[0]), -(-(columns[1] - columns[0]) // steps[1])
        # While it only moves, colours stay.
        same = self._part is not None and self._part.found.step == tuple(steps)
        limit = self._part.limit if same and self._part is not None else None
        wanted = Wanted(subject, rows, columns, cells, limit, norms=True)
        self._job.start(partial(draw_over, wanted, base), "heat map", self._take_part)

    @Slot(object)
    def _take_base(self, drawn: Drawn) -> None:
        self._base, self._part = drawn, None
        self.view.draw(drawn)
        self._go_on()

    @Slot(object)
    def _take_part(self, drawn: tuple[Drawn, Drawn]) -> None:
        self._part = drawn[1]
        self.view.draw(*drawn)
        self._go_on()

    def _go_on(self) -> None:
        self.plot_actions.allow_taking("")
        self._body.setCurrentWidget(self.view)
        self._timer.start(0)
        self._go()

    def _forget_part(self) -> None:
        if self._part is not None and self._base is not None:
            self._part = None
            self.view.draw(self._base)

    @Slot()
    def _stopped(self) -> None:
        self._give_up("Cancelled.", failed=False)

    @Slot(object)
    def _fail(self, error: Exception) -> None:
        self._give_up(why(error), failed=True)

    def _give_up(self, sentence: str, *, failed: bool) -> None:
        self._gave_up = True
        if self._base is None:
            self._say(sentence, offer=not failed)
        else:
            # What is drawn stays, coarser than it could be.
            self.view.say(sentence, failed=failed)

    def _say(self, sentence: str, *, offer: bool = False) -> None:
        self.page.say(sentence, offer=offer)
        self._body.setCurrentWidget(self.page)
