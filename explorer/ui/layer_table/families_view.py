"""Families of a layer's tensors, folded behind the window."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from explorer import formatting
from explorer.checkpoint.tree import Layer
from explorer.progress import Report
from explorer.tasks.jobs import Jobs
from explorer.ui import theme
from explorer.ui.failures import why
from explorer.ui.layer_table.families import FamilyModel, FamilyTree
from explorer.ui.running.current_job import CurrentJob
from explorer.ui.running.work_row import WorkRow
from explorer.ui.tables.columns import Separator, Writer
from explorer.ui.themed import Themed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from explorer.analysis.families import FamilyFigures
    from explorer.analysis.measure.statistics import Statistics
    from explorer.checkpoint.document import TensorTable


class Families(Themed, QWidget):
    """The tree of them.

    Signals:
        chosen: A tensor is to be looked at (its number).
        told: Something is to be said about what is shown.
    """

    chosen = Signal(int)
    told = Signal(str)

    def __init__(self, jobs: Jobs) -> None:
        """Make it, empty.

        Args:
            jobs: Does the work.
        """
        super().__init__()
        self._layer: Layer | None = None
        self._known: Mapping[int, Statistics] = {}
        self.model = FamilyModel()
        self.model.setParent(self)
        self.tree = FamilyTree(self.model)
        self.tree.chosen.connect(self.chosen)
        self.progress = WorkRow("the families", "Finding families")
        self._job = CurrentJob(jobs, self.progress)
        self._job.failed.connect(lambda error: self.told.emit(why(error)))
        self._job.stopped.connect(lambda: self.told.emit("Cancelled."))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.tree, 1)
        layout.addWidget(self.progress)
        self._begin_to_wear()

    @property
    def busy(self) -> bool:
        """They are being folded."""
        return self._job.runs

    def show_layer(self, layer: Layer | None, known: "Mapping[int, Statistics]") -> None:
        """Fold the tensors of another layer.

        Args:
            layer: None for none.
            known: Statistics by the tensor's number.
        """
        self._job.drop()
        self._layer, self._known = layer, known
        self.model.show_families([], None, {})
        if layer is not None:
            self._job.start(partial(_fold, layer, known), "families", self._take)

    def writer(self) -> Writer | None:
        """What writes the families that are shown."""
        return None if self._layer is None else partial(_text, list(self.model.families), self._layer.table)

    @Slot(object)
    def _take(self, families: "list[FamilyFigures]") -> None:
        if self._layer is None:
            return
        self.model.show_families(families, self._layer, self._known)
        odd = sum(bool(family.odds) for family in families)
        of = f"{formatting.exact(odd)} of {formatting.plural(len(families), 'family', 'families')}"
        first = "has an odd one out; it comes first" if odd == 1 else "have an odd one out; they come first"
        self.told.emit(f"{of} {first}." if odd else formatting.plural(len(families), "family", "families"))

    def _wear(self) -> None:
        self.model.odd_color = QColor(theme.current(self).caution)


def _fold(layer: Layer, known: "Mapping[int, Statistics]", report: Report) -> "list[FamilyFigures]":
    from explorer.analysis.families import families_of  # noqa: PLC0415 - brings NumPy

    return families_of(layer, known, report)


def _text(families: "list[FamilyFigures]", table: "TensorTable", separator: Separator, _report: Report) -> str:
    from explorer.analysis.families import as_text  # noqa: PLC0415 - as above

    return as_text(families, table, separator)
