"""The table of what is in a layer, with what can be done with it."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from explorer.progress import Report
from explorer.tasks.jobs import Job, Jobs
from explorer.ui.clipboard import put_on_clipboard
from explorer.ui.export import file_name, not_saved, saved, write_whole
from explorer.ui.files.dialogs import ask_where_to_save
from explorer.ui.layer.table import ChildrenModel, ChildrenTable, as_text
from explorer.ui.plots.export_actions import menu_button, menu_of
from explorer.ui.settings import Settings
from explorer.ui.text import ElidedLabel, label, set_tone, set_tooltip
from explorer.ui.usual import set_usual

if TYPE_CHECKING:
    from explorer.analysis.measure.layer_figures import Child
    from explorer.analysis.measure.statistics import Statistics
    from explorer.checkpoint.tree import Layer
    from explorer.ui.layer.families_view import Families


_Separator = Literal[",", "\t"]
_Rows = Callable[[_Separator], str]

_IN_LAYER: Final = "In this layer"
_KEPT: Final = "layer/families"


class Children(QWidget):
    """Shows what is directly in a layer, copies it and saves it.

    Attributes:
        known: Tells the statistics that are known, by the tensor's number.
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
            settings: Remember the folder that was saved to.
            jobs: Write long tables.
            parent: What it stands in.
        """
        super().__init__(parent)
        self._settings = settings
        self._jobs = jobs
        self._layer = ""
        self._of: Layer | None = None
        self._families: Families | None = None
        self.known: Callable[[], Mapping[int, Statistics]] = dict
        self.model = ChildrenModel()
        self.model.setParent(self)
        self.table = ChildrenTable(self.model)
        self.table.chosen.connect(self.chosen)
        self.copy = QAction("Copy table", self)
        self.copy.triggered.connect(self._copy)
        set_tooltip(self.copy, "Copy a line for each row, with tabs between figures.")
        self.export = QAction("Export table as CSV…", self)
        self.export.triggered.connect(self._export)
        set_tooltip(self.export, "Save a line for each row.")
        self.button = menu_button("export", [self.copy, self.export])
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
        from explorer.ui.layer.families_view import Families  # noqa: PLC0415 - not on the way to the window

        if self._families is None:
            self._families = Families(self._jobs)
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

    def _rows(self) -> _Rows:
        """What writes the rows that are shown."""
        if self.fold.isChecked() and self._families is not None and self._of is not None:
            return self._families.writer()
        return partial(as_text, self.model.children_shown)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        """Offer what can be done."""
        if self.button.isEnabled():
            menu = menu_of([self.copy, self.export], self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(event.globalPos())

    @Slot()
    def _copy(self) -> None:
        self._work(partial(_text, self._rows(), "\t"), self._put_on_clipboard)

    @Slot()
    def _export(self) -> None:
        # Another layer may be shown by the time that a place is chosen: what is saved is what was shown.
        save = partial(self._save, self._rows())
        name = file_name(self._layer, "table", "csv")
        ask_where_to_save(self, "Export the table as CSV", self._settings.last_folder, name, save)

    def _save(self, rows: _Rows, path: Path) -> None:
        self._work(partial(_written, rows, path), partial(self._tell_saved, path))

    def _work(self, work: Callable[[Report], object], then: Callable[..., None]) -> None:
        job = Job(work, name="table of the layer")
        job.succeeded.connect(then)
        self._jobs.start(job)

    def _put_on_clipboard(self, text: str) -> None:
        put_on_clipboard(text)
        self._say("The table was copied.")

    def _tell_saved(self, path: Path, error: OSError | None) -> None:
        if error is None:
            self._say(saved(path))
            self._settings.last_folder = path.absolute().parent
        else:
            self._say(not_saved(path, error), failed=True)

    def _say(self, sentence: str, *, failed: bool = False) -> None:
        set_tone(self.said, "bad" if failed else None)
        self.said.setText(sentence)


def _text(rows: _Rows, separator: _Separator, _report: Report) -> str:
    return rows(separator)


def _written(rows: _Rows, path: Path, _report: Report) -> OSError | None:
    try:
        write_whole(path, rows(",").encode())
    except OSError as error:
        return error
    return None
