"""Finds out behind the window which parameter each tensor of an optimizer belongs to, and shows it with the tensor."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from explorer.checkpoint.document import Checkpoint, TensorInfo
from explorer.progress import Report
from explorer.tasks.jobs import Job
from explorer.ui.optimizer.line import OptimizerLine

if TYPE_CHECKING:
    from explorer.analysis.optimizer_states import OptimizerStates
    from explorer.ui.main_window import MainWindow


class OptimizerLinks(QObject):
    """Follows what is selected; works only in files that hold an optimizer.

    Attributes:
        line: Stands below the name of the selected tensor.
    """

    def __init__(self, window: "MainWindow") -> None:
        """Put the line in its place.

        Args:
            window: With its panels made.
        """
        super().__init__(window)
        self._window = window
        self._found: OptimizerStates | None = None
        self._job: Job | None = None
        self.line = OptimizerLine()
        window.histogram.head.add(self.line)
        self.line.chosen.connect(window.select_tensor)
        window.session.opened.connect(self._begin)
        window.session.entry_changed.connect(self._follow)
        window.session.selection_changed.connect(self._follow)
        window.measurements.measured.connect(self._follow_measured)

    @property
    def busy(self) -> bool:
        """It is being found out."""
        return self._job is not None

    def _begin(self) -> None:
        if self._job is not None:
            self._job.cancel()
        self._job = self._found = None
        self.line.show_nothing()
        self._name_weights({})

    def _name_weights(self, weights: dict[int, int]) -> None:
        """Have the tree say of each state of a parameter which one that is."""
        self._window.layers.model.marks.weights = weights
        self._window.layers.tree.viewport().update()

    def _follow(self, _selected: object = None) -> None:
        session = self._window.session
        tensor, checkpoint, entry = session.tensor, session.checkpoint, session.entry
        wanted = tensor is not None or (entry is not None and entry.kind == "optimizer")
        # Its coming and going would move what stands below it, which is about to be clicked.
        policy = self.line.sizePolicy()
        policy.setRetainSizeWhenHidden(checkpoint is not None and wanted and _has_optimizer(checkpoint))
        self.line.setSizePolicy(policy)
        if checkpoint is None or not wanted:
            self.line.show_nothing()
        elif self._found is not None and tensor is not None:
            self._show(self._found, tensor, checkpoint)
        elif self._found is None and self._job is None and _has_optimizer(checkpoint):
            self._job = Job(partial(_map, checkpoint), "optimizer")
            self._job.succeeded.connect(self._take)
            self._window.statistics_jobs.start(self._job)
        else:
            self.line.show_nothing()

    def _take(self, found: "OptimizerStates") -> None:
        self._job = None
        self._found = found
        self._name_weights(found.weights)
        self._follow()

    def _follow_measured(self, numbers: list[int]) -> None:
        tensor = self._window.session.tensor
        if self._found is None or tensor is None:
            return
        state = self._found.states.get(tensor.number)
        if state is not None and not set(state.tensors.values()).isdisjoint(numbers):
            self._follow()

    def _show(self, found: "OptimizerStates", tensor: TensorInfo, checkpoint: Checkpoint) -> None:
        weight, state = found.weights.get(tensor.number), found.states.get(tensor.number)
        if weight is not None:
            self.line.show_weight(checkpoint.tensors.key(weight), weight, found.how.get(tensor.entry, ""))
        elif state is not None:
            of = self._window.measurements.of
            entry = checkpoint.tensors[next(iter(state.tensors.values()))].entry
            known = {name: of(number) for name, number in state.tensors.items()}
            self.line.show_states(state, known, found.how.get(entry, ""))
        else:
            self.line.show_nothing()


def _has_optimizer(checkpoint: Checkpoint) -> bool:
    return any(entry.kind == "optimizer" for entry in checkpoint.entries)


def _map(checkpoint: Checkpoint, report: Report) -> "OptimizerStates":
    from explorer.analysis.optimizer_states import map_states  # noqa: PLC0415 - not on the way to the window

    return map_states(checkpoint, report)
