"""Compares the files of a run behind the window, and puts what is known so far into rows."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Signal

from explorer import formatting
from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.reader import Reader
from explorer.progress import Report
from explorer.query.names import beyond_names, may_fit
from explorer.query.parsing import Query
from explorer.tasks.jobs import Jobs, Progress
from explorer.ui.failures import why
from explorer.ui.running.current_job import CurrentJob
from explorer.ui.running.work_row import WorkRow
from explorer.ui.tables.fitting import fit_words

if TYPE_CHECKING:
    from explorer.analysis.run.comparing import Against, Known, Run
    from explorer.analysis.run.table import Level, Measure, RunTable


class Asked(NamedTuple):
    """What is to be compared.

    Attributes:
        paths: Absolute ones; a single folder stands for the checkpoints in it.
        ordered: They stay in this order; else they come into that of the numbers in their names.
        more: Files that are to be put among them.
        against: What each is compared with.
        entry: The path of the entry of each; None for the one that is shown first.
    """

    paths: tuple[Path, ...] = ()
    ordered: bool = False
    more: tuple[Path, ...] = ()
    against: "Against" = "first"
    entry: str | None = None


class Seen(NamedTuple):
    """How it is to be shown.

    Attributes:
        level: What a row is.
        measure: What a cell is.
        column: As of `explorer.analysis.run.table.Order`, as `down`.
        down: The largest first.
        query: Only rows whose names fit it are listed.
    """

    level: "Level" = "layers"
    measure: "Measure" = "relative"
    column: int = -1
    down: bool = False
    query: Query = Query()


class Shown(NamedTuple):
    """What is shown of a run.

    Attributes:
        table: Its rows.
        not_finite: Which tensors hold NaN or infinity, as a sentence; "" where none does.
        summary: A sentence.
        notes: Sentences about some of its files.
        files: What each file is called.
        about: What there is to say of each, in lines.
        filtered: How many rows fit the filter, as a sentence; "" where all are listed.
    """

    table: "RunTable"
    not_finite: str
    summary: str
    notes: Sequence[str]
    files: Sequence[str]
    about: Sequence[str]
    filtered: str = ""


class FileRow(WorkRow):
    """Says which file is compared."""

    def follow(self, progress: Progress, says: str = "") -> None:
        """Say how far it is."""
        super().follow(progress, says or (f"Comparing {progress.what}" if progress.total else ""))


class RunComparing(QObject):
    """Compares one run after the other.

    Signals:
        shown: There is something new to show (`Shown`).
        failed: Why nothing was compared, as a sentence.
        stopped: The user cancelled; what was shown stays.
        ended: All files were compared.
    """

    shown = Signal(object)
    failed = Signal(str)
    stopped = Signal()
    ended = Signal()

    def __init__(self, progress: FileRow, tables: WorkRow) -> None:
        """Begin with nothing.

        Args:
            progress: Shows which file is compared.
            tables: Shows how far the rows are.
        """
        super().__init__(progress)
        self._reader = Reader()
        self._jobs = Jobs("run")
        self._table_jobs = Jobs("run rows")
        self._work = CurrentJob(self._jobs, progress)
        self._tables = CurrentJob(self._table_jobs, tables)
        self._work.failed.connect(self._fail)
        self._work.stopped.connect(self._stop)
        self._tables.failed.connect(self._fail)
        self.asked = Asked()
        self.seen = Seen()
        self._known: Known | None = None
        self._found: list[Run] = []
        self._run: Run | None = None
        self._waits = False
        progress.followed.connect(self._take_found)

    @property
    def busy(self) -> bool:
        """Files are compared, or rows made."""
        return self._work.runs or self._tables.runs

    @property
    def compares(self) -> bool:
        """Files are compared."""
        return self._work.runs

    @property
    def run(self) -> "Run | None":
        """What was compared so far."""
        return self._run

    def start(self, asked: Asked) -> None:
        """Compare another run, or the same in another way."""
        self.asked = asked
        found: list[Run] = []
        self._found = found
        self._run = None
        self._work.start(partial(self._compare, asked, found), "comparing a run", self._take, self._reader.stop)

    def look(self, seen: Seen) -> None:
        """Show it in another way."""
        self.seen = seen
        self._show()

    def cancel(self) -> None:
        """Give up what runs; what is known by then is shown."""
        self._work.cancel()

    def close(self) -> None:
        """End the reader and the workers."""
        self._work.drop()
        self._tables.drop()
        self._jobs.close()
        self._table_jobs.close()
        self._reader.close()

    def _compare(self, asked: Asked, found: "list[Run]", report: Report) -> "Run":
        """In the worker."""
        from explorer.analysis.run.comparing import Known, Run, compare_run  # noqa: PLC0415 - brings numpy
        from explorer.analysis.run.files import MOST, files_in, in_order, put_among  # noqa: PLC0415 - as above

        report(0, 0, "looking for files")
        paths = list(asked.paths)
        if len(paths) == 1 and paths[0].is_dir():
            paths = files_in(paths[0])
        elif not asked.ordered:
            paths = in_order(paths)
        paths = put_among(paths, asked.more)
        paths = paths[:MOST]
        known = self._known = self._known or Known()
        known.forget_others(paths)
        found.append(Run(tuple(paths), asked.against))
        return compare_run(paths, asked.against, self._open, report, entry=asked.entry, known=known, tell=found.append)

    def _open(self, path: Path, report: Report) -> Checkpoint:
        opened = self._reader.open(path, report)
        self._reader.warm()
        return opened

    def _take_found(self) -> None:
        if self._found and self._found[-1] is not self._run:
            self._run = self._found[-1]
            self._show()

    def _take(self, run: "Run") -> None:
        self._run = run
        self._found = []
        self._show()
        self.ended.emit()

    def _stop(self) -> None:
        self._take_found()
        self._found = []
        self.stopped.emit()

    def _show(self) -> None:
        """Make the rows; once those that are being made are there."""
        if self._run is None:
            return
        self._waits = self._tables.runs
        if not self._waits:
            self._tables.start(partial(_shown, self._run, self.seen), "rows of a run", self._take_shown)

    def _take_shown(self, shown: Shown) -> None:
        self.shown.emit(shown)
        if self._waits:
            self._show()

    def _fail(self, error: Exception) -> None:
        self.failed.emit(f"The run was not compared. {why(error)}")


def _shown(run: "Run", seen: Seen, report: Report) -> Shown:
    import numpy as np  # noqa: PLC0415 - not on the way to the window

    from explorer.analysis.run.files import short_names  # noqa: PLC0415 - as above
    from explorer.analysis.run.table import Order, table_of  # noqa: PLC0415 - as above
    from explorer.analysis.run.words import about_step, run_not_finite, run_notes, run_summary  # noqa: PLC0415 - as above

    table = table_of(run, seen.level, seen.measure, Order(seen.column, seen.down), report)
    total, filtered = len(table.order), ""
    if not seen.query.empty:
        listed = [row for row in table.order.tolist() if may_fit(seen.query, _names_of(table, row))]
        table = replace(table, order=table.order[:0] if not listed else np.array(listed))
        filtered = fit_words(len(listed), formatting.plural(total, "row"), beyond_names(seen.query))
    files = [formatting.visible(name) for name in short_names(run.paths)]
    about = [about_step(table, at) for at in range(len(run.paths))]
    return Shown(table, run_not_finite(table), run_summary(table), run_notes(table), files, about, filtered)


def _names_of(table: "RunTable", row: int) -> str:
    """By which a row is found: its own, and that of the parameter that it is kept for."""
    return f"{table.names[row]}\n{table.title(row)}\n{table.parameters[row]}"
