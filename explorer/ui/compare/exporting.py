"""What was compared, taken elsewhere: the table, all of it as JSON, a report, and the command line that makes it."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QFileDialog, QPushButton, QVBoxLayout, QWidget

from explorer.formatting import visible
from explorer.progress import Report
from explorer.tasks.jobs import Jobs
from explorer.ui.clipboard import put_on_clipboard
from explorer.ui.compare.entries import KINDS, NOT_YET, ExportEntries
from explorer.ui.compare.model import HEADS, Arranged, ComparisonModel, exact_of
from explorer.ui.export import file_name, not_saved, saved, write_whole
from explorer.ui.failures import why
from explorer.ui.files.dialogs import ask_where_to_save
from explorer.ui.files.showing import show_file
from explorer.ui.plots.confirmation import Confirmation
from explorer.ui.plots.export_actions import menu_button
from explorer.ui.running.current_job import CurrentJob
from explorer.ui.running.work_row import WorkRow, with_work_row
from explorer.ui.tables.columns import written
from explorer.ui.tables.look import View, shown_columns
from explorer.ui.tables.taking import Tables

if TYPE_CHECKING:
    from explorer.analysis.compare.pairing import Pairing
    from explorer.ui.compare.comparing import Compared

Write = Callable[["Compared", Arranged, Path, Report], OSError | None]


class ComparisonExports(QWidget):
    """The rows of a comparison, and what was saved of them.

    Attributes:
        entries: What can be done.
        button: Opens them.
        confirmation: Says how it went.
    """

    def __init__(
        self, model: ComparisonModel, folder: Callable[[], Path | None], entries: ExportEntries, rows: QWidget
    ) -> None:
        """Have the entries do what they say.

        Args:
            model: Whose rows are taken.
            folder: Where to save first.
            entries: In the menus.
            rows: Shows them.
        """
        super().__init__()
        self._model = model
        self._folder = folder
        self._jobs = Jobs("export")
        self.progress = WorkRow("the export", "Writing the comparison")
        self._work = CurrentJob(self._jobs, self.progress)
        self._work.failed.connect(lambda error: self._say(why(error), failed=True))
        self._work.stopped.connect(lambda: self._say("Cancelled; nothing was saved."))
        self.entries = entries
        entries.copy_table.triggered.connect(self._copy_table)
        entries.copy_command.triggered.connect(self._copy_command)
        for kind, action in entries.export.items():
            action.triggered.connect(partial(self._ask, kind))
        self.button = menu_button("Export", entries.listed)
        self.open_report = QPushButton("Open the report")
        self.open_report.setProperty("flat", True)
        self.open_report.clicked.connect(self._open_report)
        self._saved = Path()
        self._pairing: Pairing | None = None
        self._views: tuple[View, ...] = ()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(with_work_row(rows, self.progress))
        self.confirmation = Confirmation(self, self.open_report)
        model.modelReset.connect(self._follow)
        self._follow()

    def serve(self, tables: Tables, *views: View) -> None:
        """Offer the entries that take rows elsewhere in the menus of views as well."""
        self._views = views
        for view in views:
            taking = tables.add(view, "comparison", lambda: None, self._say)
            taking.replace(copy_table=self._copy_table, export=partial(self._ask, "csv"))

    @property
    def busy(self) -> bool:
        """Something is being written."""
        return self._work.runs

    def close_work(self) -> None:
        """End the worker; what was not written to its end is not there."""
        self._work.drop()
        self._jobs.close()

    def _follow(self) -> None:
        """What was said of another comparison is about what was shown before; sorting and filtering change no file."""
        compared = self._model.compared
        pairing = None if compared is None else compared.comparison.pairing
        if pairing is None or pairing is not self._pairing:
            self.confirmation.hide()
        self._pairing = pairing
        known = compared is not None
        self.button.setEnabled(known)
        self.entries.allow("" if known else NOT_YET)

    def _copy_command(self) -> None:
        compared = self._model.compared
        if compared is not None:
            from explorer.analysis.compare.command import command_line  # noqa: PLC0415 - brings numpy

            put_on_clipboard(command_line(compared.comparison.pairing, compared.comparison.tolerance))
            self._say("The command line was copied.")

    def _copy_table(self) -> None:
        compared, arranged = self._model.compared, self._model.arranged
        if compared is not None:
            shown = next((view for view in self._views if view.isVisible()), None)
            columns = range(len(HEADS)) if shown is None else shown_columns(shown)
            self._work.start(partial(_shown_table, compared, arranged, columns), "table", self._put_on_clipboard)

    def _put_on_clipboard(self, text: str) -> None:
        put_on_clipboard(text)
        self._say("The table was copied.")

    def _ask(self, kind: str) -> QFileDialog | None:
        compared, arranged = self._model.compared, self._model.arranged
        if compared is None:
            return None
        pairing = compared.comparison.pairing
        sides = f"{pairing.a.checkpoint.path.stem}-{pairing.b.checkpoint.path.stem}"
        # Another comparison may be shown by the time that a place is chosen: what is saved is what was shown.
        save = partial(self._save, kind, compared, arranged)
        title = f"{KINDS[kind][0].replace('&', '').rstrip('…')} of the comparison"
        return ask_where_to_save(self, title, self._folder(), file_name(sides, "comparison", kind), save)

    def _save(self, kind: str, compared: "Compared", arranged: Arranged, path: Path) -> None:
        work = partial(_WRITERS[kind], compared, arranged, path)
        whole = kind == "json" or (kind == "html" and not arranged.places)
        covers = "all tensors, whatever is listed" if whole else arranged.of_all
        self._work.start(work, "export", partial(self._tell_saved, path, covers if arranged.limits else ""))

    def _tell_saved(self, path: Path, covers: str, error: OSError | None) -> None:
        if error is not None:
            self._say(not_saved(path, error), failed=True)
            return
        self._saved = path
        self.open_report.setVisible(path.suffix == ".html")
        # The folder is told by its button as well.
        of_some = f"Saved as {visible(path.name)}: {covers}."
        self.confirmation.say(of_some if covers else saved(path), saved=path)

    def _open_report(self) -> None:
        show_file(self._saved)

    def _say(self, sentence: str, failed: bool = False) -> None:
        self.open_report.hide()
        self.confirmation.say(sentence, failed=failed)


def _shown_table(compared: "Compared", arranged: Arranged, columns: Sequence[int], report: Report) -> str:
    """The columns that are shown, with every digit."""
    pairs, differences = compared.comparison.pairing.pairs, compared.comparison.differences
    rows = ([exact_of(pairs[place], differences[place], column) for column in columns] for place in arranged.places)
    return written([HEADS[column].title for column in columns], rows, "\t", report)


def _write_csv(compared: "Compared", arranged: Arranged, path: Path, report: Report) -> OSError | None:
    from explorer.analysis.compare.table import as_text  # noqa: PLC0415 - not on the way to the window

    return _written(path, as_text(compared.comparison, arranged.places, ",", report))


def _write_markdown(compared: "Compared", arranged: Arranged, path: Path, report: Report) -> OSError | None:
    from explorer.analysis.compare.table import as_markdown  # noqa: PLC0415 - as above

    listed = f" Listed are {arranged.of_all}." if arranged.of_all else ""
    return _written(path, as_markdown(compared.comparison, arranged.places, f"{compared.sentence}{listed}", report))


def _write_json(compared: "Compared", _arranged: Arranged, path: Path, report: Report) -> OSError | None:
    import json  # noqa: PLC0415 - as above

    from explorer.analysis.compare.as_json import as_json  # noqa: PLC0415 - as above
    from explorer.analysis.compare.words import incomplete  # noqa: PLC0415 - as above

    comparison = compared.comparison
    pairing = comparison.pairing
    report(0, 0, "comparison")
    asked = {side: str(chosen.checkpoint.path) for side, chosen in (("a", pairing.a), ("b", pairing.b))}
    said = as_json(comparison, compared.proposals, pairing.rules, incomplete(comparison))
    return _written(path, json.dumps(asked | comparison.tolerance._asdict() | said, allow_nan=False, indent=1) + "\n")


def _write_report(compared: "Compared", arranged: Arranged, path: Path, report: Report) -> OSError | None:
    from explorer.analysis.compare.words import incomplete  # noqa: PLC0415 - as above
    from explorer.analysis.report.comparison_report import report_pieces  # noqa: PLC0415 - as above
    from explorer.checkpoint.writing.new_file import NewFile  # noqa: PLC0415 - as above

    comparison, scope = compared.comparison, ""
    if arranged.of_all:
        # Of nothing there would be no report.
        comparison = comparison.of(arranged.places) if arranged.places else comparison
        covers = f"This report covers {arranged.of_all}."
        scope = covers if arranged.places else f"Nothing fits {arranged.limits}: this report covers all tensors."
    with NewFile(path, comparison.pairing.a.checkpoint.path) as page:
        for piece in report_pieces(comparison, compared.proposals, incomplete(comparison), report, scope):
            page.write(piece.encode())
        page.finish(report)
        page.publish()
    return None


def _written(path: Path, text: str) -> OSError | None:
    try:
        write_whole(path, text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        return error
    return None


_WRITERS: Final[dict[str, Write]] = {
    "csv": _write_csv,
    "json": _write_json,
    "md": _write_markdown,
    "html": _write_report,
}
