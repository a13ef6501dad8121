"""The singular values of a tensor, computed in the background when somebody asks for them."""

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QPushButton

from explorer.checkpoint.document import TensorInfo
from explorer.tasks.jobs import Jobs
from explorer.ui.failures import why
from explorer.ui.plots.export_actions import ExportActions, export_button
from explorer.ui.plots.plot_body import PlotBody, bar, choice, stacked
from explorer.ui.running.current_job import CurrentJob
from explorer.ui.session import Session
from explorer.ui.settings import Settings
from explorer.ui.spectrum.view import SpectrumView
from explorer.ui.spectrum.words import NOT_FINITE, what_is_computed, why_none
from explorer.ui.spectrum.work import Computed, compute
from explorer.ui.tensor_views import TensorLook, nothing_to_see
from explorer.ui.usual import set_usual

if TYPE_CHECKING:
    from explorer.ui.measuring.measurements import Measurements

_FORMS: Final = {"index": "By index", "histogram": "Histogram"}
_TIPS: Final = {
    "index": "One singular value behind the other, the largest first.",
    "histogram": "How many singular values there are of which size.",
}
NOTHING: Final = "Compute a spectrum first."


class SpectrumPanel(TensorLook):
    """Offers to compute the spectrum of a tensor, and shows it; those that were computed stay until the next file.

    Signals:
        computed: The number of a tensor, and its `explorer.analysis.draw.spectrum.Spectrum`.
    """

    computed = Signal(int, object)

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
            jobs: Does the work, and nothing else: a step of it may take a second to stop.
            settings: Remember how spectra are drawn.
            actions: Take what is drawn elsewhere.
            measurements: Know the statistics of tensors; None for nothing.
        """
        super().__init__()
        self._session = session
        self._settings = settings
        self._measurements = measurements
        self._tensor: TensorInfo | None = None
        self._known: dict[int, Computed] = {}
        self._begun: int | None = None
        self.plot_actions = actions
        self.view = SpectrumView(actions, settings)
        self.body = PlotBody(self.view, "the spectrum", "Compute spectrum", actions, NOTHING)
        self._job = CurrentJob(jobs, self.body.progress)
        self._build()
        self._job.failed.connect(self._fail)
        self._job.stopped.connect(self._stopped)
        self.body.page.button.clicked.connect(self.compute)
        session.opened.connect(self._forget)

    def _build(self) -> None:
        self.forms: dict[str, QPushButton] = {}
        group = QButtonGroup(self)
        kept = self._settings.kept("spectrum/form")
        for form, caption in _FORMS.items():
            button = self.forms[form] = choice(caption, _TIPS[form])
            button.setChecked(form == (kept if kept in _FORMS else "index"))
            set_usual(button, form == "index")
            group.addButton(button)
        group.buttonClicked.connect(self._redraw)
        self.log = choice("Log y", "Draw the vertical axis logarithmic.")
        self.log.setChecked(self._settings.kept("spectrum/log") == "True")
        set_usual(self.log, False)
        self.log.clicked.connect(self._redraw)
        self.export = export_button(self.plot_actions)
        stacked(self, bar([], [*self.forms.values(), self.log, self.export]), self.body)

    @property
    def busy(self) -> bool:
        """A spectrum is being computed."""
        return self._job.runs

    def show_tensor(self, tensor: TensorInfo | None) -> None:
        """Show a tensor of the open checkpoint; None while something else is shown in its place."""
        self._tensor = tensor
        if tensor is None or tensor.number != self._begun:
            self._job.drop()
            self._begun = None
        if tensor is None:
            # What is not seen is not taken elsewhere either: another tensor may be selected meanwhile.
            self._say("")
            return
        known = self._known.get(tensor.number)
        nothing = nothing_to_see(tensor) or why_none(tensor.kind) or self._why_not_finite(tensor)
        for control in (*self.forms.values(), self.log, self.export):
            control.setEnabled(not nothing)
        if nothing:
            self._say(nothing)
        elif known is not None:
            self._show(known)
        elif not self.busy:
            self._say(what_is_computed(tensor.kind), offer=True)

    def _why_not_finite(self, tensor: TensorInfo) -> str:
        known = None if self._measurements is None else self._measurements.of(tensor.number)
        return NOT_FINITE if known is not None and known.finite < known.count else ""

    @Slot()
    def _forget(self) -> None:
        self._known = {}
        self._begun = None
        self._job.drop()

    @Slot()
    def compute(self) -> None:
        """Compute the spectrum of the tensor that is shown, where it has one."""
        checkpoint, tensor = self._session.checkpoint, self._tensor
        if checkpoint is None or tensor is None or nothing_to_see(tensor) or why_none(tensor.kind):
            return
        if self._why_not_finite(tensor):
            return
        self._say("Computing singular values…")
        self._begun = tensor.number
        self._job.start(partial(compute, checkpoint, tensor), "spectrum", self._take)

    @Slot(object)
    def _take(self, computed: Computed) -> None:
        self._begun = None
        self._known[computed.tensor.number] = computed
        if computed.spectrum is not None:
            self.computed.emit(computed.tensor.number, computed.spectrum)
        self._show(computed)

    def _show(self, computed: Computed) -> None:
        if computed.spectrum is None:
            self._say(NOT_FINITE)
            return
        self.view.draw(computed, self._form, log=self.log.isChecked())
        self.body.show_plot()

    @property
    def _form(self) -> str:
        return next(form for form, button in self.forms.items() if button.isChecked())

    @Slot()
    def _redraw(self) -> None:
        self._settings.keep("spectrum/form", self._form)
        self._settings.keep("spectrum/log", str(self.log.isChecked()))
        known = None if self._tensor is None else self._known.get(self._tensor.number)
        if known is not None:
            self._show(known)

    @Slot()
    def _stopped(self) -> None:
        self._begun = None
        self._say("Cancelled.", offer=True)

    @Slot(object)
    def _fail(self, error: Exception) -> None:
        self._begun = None
        self._say(why(error), offer=True, failed=True)

    def _say(self, sentence: str, *, offer: bool = False, failed: bool = False) -> None:
        self.view.clear()
        self.body.say(sentence, offer=offer, failed=failed)
