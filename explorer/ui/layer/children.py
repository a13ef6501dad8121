"""The table of what is in a layer, with what can be done with it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from explorer.progress import Report
from explorer.tasks.jobs import Job, Jobs
from explorer.ui.clipboard import put_on_clipboard
from explorer.ui.export import file_name, not_saved, saved, write_whole
from explorer.ui.export_actions import menu_button, menu_of
from explorer.ui.file_dialogs import ask_where_to_save
from explorer.ui.layer.table import ChildrenModel, ChildrenTable, as_text
from explorer.ui.settings import Settings
from explorer.ui.text import ElidedLabel, label, set_tone, set_tooltip

if TYPE_CHECKING:
    from explorer.analysis.layer_figures import Child


class Children(QWidget):
    """Shows what is directly in a layer, copies it and saves it.

    Signals:
        chosen: A row is to be looked at (its number).
    """

    chosen = Signal(int)

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
        row = QHBoxLayout()
        row.setContentsMargins(12, 4, 12, 4)
        row.setSpacing(8)
        row.addWidget(label("In it"))
        row.addWidget(self.said)
        row.addStretch(1)
        row.addWidget(self.button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(row)
        layout.addWidget(self.table, 1)

    def show_children(self, children: "list[Child]", layer: str) -> None:
        """Show other rows.

        Args:
            children: In the file's order.
            layer: The name of what they are in, as the file has it.
        """
        self._layer = layer
        self.model.show_children(children)
        self._say("")
        self.button.setEnabled(bool(children))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        """Offer what can be done."""
        if self.button.isEnabled():
            menu = menu_of([self.copy, self.export], self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(event.globalPos())

    @Slot()
    def _copy(self) -> None:
        self._work(partial(_text, self.model.children_shown, "\t"), self._put_on_clipboard)

    @Slot()
    def _export(self) -> None:
        # Another layer may be shown by the time that a place is chosen: what is saved is what was shown.
        save = partial(self._save, self.model.children_shown)
        name = file_name(self._layer, "table", "csv")
        ask_where_to_save(self, "Export the table as CSV", self._settings.last_folder, name, save)

    def _save(self, children: "list[Child]", path: Path) -> None:
        self._work(partial(_written, children, path), partial(self._tell_saved, path))

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


def _text(children: "list[Child]", separator: Literal[",", "\t"], _report: Report) -> str:
    return as_text(children, separator)


def _written(children: "list[Child]", path: Path, _report: Report) -> OSError | None:
    try:
        write_whole(path, as_text(children, ",").encode())
    except OSError as error:
        return error
    return None
