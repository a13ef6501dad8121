"""Takes the values of a table elsewhere: those that are selected, or all, to the clipboard or into a file."""

from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Signal, Slot

from explorer.checkpoint.values.planes import Bounds
from explorer.formatting import exact
from explorer.ui.clipboard import put_on_clipboard
from explorer.ui.export import file_name, not_saved, saved
from explorer.ui.failures import why
from explorer.ui.files.dialogs import ask_where_to_save
from explorer.ui.running.current_job import CurrentJob
from explorer.ui.settings import Settings
from explorer.ui.values.model import ValuesModel
from explorer.ui.values.reading import Source, write_table, written
from explorer.ui.values.table import ValuesTable

MOST_WRITTEN: Final = 5_000_000
"""Values that are copied or exported at once."""


class ValuesTaking(QObject):
    """Copies and saves what a table shows.

    Signals:
        said: What came of it, as a sentence, and whether it failed.
    """

    said = Signal(str, bool)

    def __init__(self, table: ValuesTable, model: ValuesModel, job: CurrentJob, settings: Settings) -> None:
        """Take nothing yet.

        Args:
            table: What is selected in it.
            model: Its own.
            job: Writes.
            settings: Remember the folder that was saved to.
        """
        super().__init__(table)
        self._table = table
        self._model = model
        self._job = job
        self._settings = settings
        job.failed.connect(self._fail)

    @Slot()
    def copy_selected(self) -> None:
        """Copy the values that are selected, or all where none is."""
        part, chosen = self._part(), self._table.selected()
        if part is None:
            return
        source, rows, columns = part
        if chosen is not None and self._table.described() == "1 value":
            (top, _), (left, _) = chosen
            down, across = self._model.first
            rows, columns = (top + down, top + down + 1), (left + across, left + across + 1)
        self._start_copying(source, rows, columns, titled=False)

    def copy_table(self) -> None:
        """Copy all values, with the numbers of rows and columns."""
        source = self._model.source
        if source is not None:
            self._start_copying(source, (0, source.plane.height), (0, source.plane.width), titled=True)

    def _start_copying(self, source: Source, rows: Bounds, columns: Bounds, *, titled: bool) -> None:
        if self._is_little(rows, columns):
            work = partial(write_table, source, rows, columns, "\t", titled=titled)
            self._job.start(work, "copying values", self._put_on_clipboard)

    @Slot()
    def export_table(self) -> None:
        """Save the values that are selected, or all where at most one is."""
        part = self._part()
        if part is not None and self._is_little(*part[1:]):
            # Another tensor may be shown while the dialog is open: what is saved is what was shown.
            folder, name = self._settings.last_folder, file_name(part[0].tensor.key, "values", "csv")
            ask_where_to_save(self._table, "Export the values as CSV", folder, name, partial(self._save, *part))

    def _save(self, source: Source, rows: Bounds, columns: Bounds, path: Path) -> None:
        make = partial(write_table, source, rows, columns, ",", titled=True)
        self._job.start(partial(written, make, path), "exporting values", partial(self._tell_saved, path))

    def _is_little(self, rows: Bounds, columns: Bounds) -> bool:
        many = (rows[1] - rows[0]) * (columns[1] - columns[0])
        if many > MOST_WRITTEN:
            self.said.emit(f"These are {exact(many)} values; select {exact(MOST_WRITTEN)} at most.", True)
        return many <= MOST_WRITTEN

    @Slot(object)
    def _put_on_clipboard(self, text: str) -> None:
        put_on_clipboard(text)
        self.said.emit("The values were copied.", False)

    def _tell_saved(self, path: Path, error: OSError | None) -> None:
        if error is None:
            self.said.emit(saved(path), False)
            self._settings.last_folder = path.absolute().parent
        else:
            self.said.emit(not_saved(path, error), True)

    def _part(self) -> tuple[Source, Bounds, Bounds] | None:
        """What is to be copied or saved: what is selected, or the whole table where at most one value is."""
        source, chosen = self._model.source, self._table.selected()
        if source is None:
            return None
        rows, columns = (0, source.plane.height), (0, source.plane.width)
        if chosen is not None and chosen != ((chosen[0][0], chosen[0][0] + 1), (chosen[1][0], chosen[1][0] + 1)):
            (top, bottom), (left, right) = chosen
            down, across = self._model.first
            rows, columns = (top + down, bottom + down), (left + across, right + across)
        return source, rows, columns

    @Slot(object)
    def _fail(self, error: Exception) -> None:
        self.said.emit(f"The values could not be written: {why(error)}", True)
