"""The table of what is in a layer, with what can be done with it."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from explorer.tasks.jobs import Jobs
from explorer.ui.layer_table.table import ChildrenModel, ChildrenTable
from explorer.ui.plots.export_actions import menu_button
from explorer.ui.settings import Settings
from explorer.ui.tables.columns import Writer
from explorer.ui.tables.look import View
from explorer.ui.tables.taking import Tables, Taking
from explorer.ui.text import ElidedLabel, label, set_tone, set_tooltip
from explorer.ui.usual import set_usual

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtGui import QAction

    from explorer.analysis.layer_figures import Child
    from explorer.analysis.measure.statistics import Statistics
    from explorer.checkpoint.tree import Layer
    from explorer.ui.layer_table.families_view import Families

_IN_LAYER: Final = "In this layer"
_KEPT: Final = "layer/families"


class Children(QWidget):
    """Shows what is directly in a layer, copies it and saves it.

    Attributes:
        known: Tells the statistics that are known, by the tensor's number.
        copy: Copies what is shown, once there are `Tables`.
        export: Saves it.
        fold: Shows families of all tensors below the layer in the place of what is directly in it.

    Signals:
        chosen: A row is to be looked at (its number).
        tensor_chosen: A tensor is (its number).
    """

    chosen = Signal(int)
    tensor_chosen = Signal(int)

    def __init__(self, settings: Settings, jobs: Jobs, parent: QWidget | None = None) -> None:
        """Make it, empty.

        Args:
            settings: Remember whether families are folded.
            jobs: Fold them.
            parent: What it stands in.
        """
        super().__init__(parent)
        self._settings = settings
        self._jobs = jobs
        self._layer = ""
        self._of: Layer | None = None
        self._families: Families | None = None
        self.copy: QAction
        self.export: QAction
        self.known: Callable[[], Mapping[int, Statistics]] = dict
        self.model = ChildrenModel()
        self.model.setParent(self)
        self.table = ChildrenTable(self.model)
        self.table.chosen.connect(self.chosen)
        self._tables: Tables | None = None
        self.button = menu_button("Export", [])
        self.button.setAccessibleName("Export the table")
        set_tooltip(self.button, "Copy or save the table.")
        self.said = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self.said.setProperty("muted", True)
        self.fold = QPushButton("Fold families")
        self.fold.setCheckable(True)
        self.fold.setProperty("flat", True)
        self.fold.setChecked(settings.kept(_KEPT) == "True")
        set_usual(self.fold, False)
        self.fold.toggled.connect(self._follow_fold)
        set_tooltip(self.fold, "Put tensors together whose names differ in numbers only, with the spread of figures.")
        row = QHBoxLayout()
        row.setContentsMargins(12, 4, 12, 4)
        row.setSpacing(8)
        self.title = label(_IN_LAYER)
        row.addWidget(self.title)
        row.addWidget(self.said)
        row.addStretch(1)
        row.addWidget(self.fold)
        row.addWidget(self.button)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(row)
        layout.addWidget(self._stack, 1)

    def use(self, tables: Tables) -> None:
        """Take rows elsewhere, by a button and by the table's menu."""
        self._tables = tables
        taking = self._take(tables, self.table, "table")
        self.copy, self.export = taking.copy_table, taking.export
        self.button.menu().addActions([self.copy, self.export])

    def _take(self, tables: Tables, view: View, what: str) -> Taking:
        taking = tables.add(view, what, self._writer, self._say)
        taking.name = self._name
        return taking

    def show_children(self, children: "list[Child]", layer: str, of: "Layer | None" = None) -> None:
        """Show other rows.

        Args:
            children: In the file's order.
            layer: The name of what they are in, as the file has it.
            of: What they are in; None where there are none.
        """
        self._layer, self._of = layer, of
        self.title.setText("In this file" if of is not None and of.is_root else _IN_LAYER)
        self.model.show_children(children)
        self._say("")
        self.button.setEnabled(bool(children))
        self._show_families()

    @property
    def families(self) -> "Families":
        """What is shown while families are folded; made when it first is."""
        from explorer.ui.layer_table.families_view import Families  # noqa: PLC0415 - not on the way to the window

        if self._families is None:
            self._families = Families(self._jobs)
            if self._tables is not None:
                self._take(self._tables, self._families.tree, "families")
            self._families.chosen.connect(self.tensor_chosen)
            self._families.told.connect(self._say)
            self._stack.addWidget(self._families)
        return self._families

    def _follow_fold(self) -> None:
        self._settings.keep(_KEPT, str(self.fold.isChecked()))
        self._say("")
        self._show_families()

    def _show_families(self) -> None:
        shown = self._of if self.fold.isChecked() else None
        if shown is not None:
            self.families.show_layer(shown, self.known())
            self._stack.setCurrentWidget(self.families)
        else:
            if self._families is not None:
                self._families.show_layer(None, {})
            self._stack.setCurrentWidget(self.table)

    def _name(self) -> str:
        return self._layer

    def _writer(self) -> Writer | None:
        """What writes the rows that are shown."""
        if self.fold.isChecked() and self._families is not None and self._of is not None:
            return self._families.writer()
        return self.model.writer() if self.model.rowCount() else None

    def _say(self, sentence: str, bad: bool = False) -> None:
        set_tone(self.said, "bad" if bad else None)
        self.said.setText(sentence)
