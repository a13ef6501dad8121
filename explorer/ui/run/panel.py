"""The view of a run: how far each layer went over several files, as lines and as a table."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from explorer import formatting
from explorer.query.parsing import Query
from explorer.ui import theme
from explorer.ui.compare.remembered import RememberedPair, RememberedRun, remember
from explorer.ui.files.dialogs import ask_what_to_open, ask_which_folder
from explorer.ui.kept_room import KeptLines
from explorer.ui.message_page import MessagePage
from explorer.ui.plots.export_actions import ExportActions, menu_button
from explorer.ui.plots.plot_body import stacked
from explorer.ui.run.comparing import Asked, FileRow, RunComparing, Shown
from explorer.ui.run.files import RunFiles
from explorer.ui.run.headline import Headline
from explorer.ui.run.lines import line_of
from explorer.ui.run.model import RunModel
from explorer.ui.run.table import RunTableView
from explorer.ui.run.tools import RunTools
from explorer.ui.run.view import RunView
from explorer.ui.run.words import cancelled, lines_drawn, wrong_with
from explorer.ui.running.work_row import WorkRow, with_work_row
from explorer.ui.settings import Settings
from explorer.ui.tables.fitting import CLEAR
from explorer.ui.tables.look import go_to_row
from explorer.ui.text import label
from explorer.ui.themed import Themed
from explorer.ui.usual import set_usual_sizes

_HINT: Final = "Choose the files of a run, such as step_1000.pth and step_2000.pth, or the folder that they are in."
_NOTHING: Final = "Compare a run first."
_TOP: Final = 8
"""So many lines are drawn of what went furthest."""


class RunPanel(Themed, QWidget):
    """Compares the files of a run, whatever is open.

    Signals:
        back_asked: The user wants the layers back.
        all_asked: Rows that the filter leaves out are to be listed again.
        pair_asked: Two of the files are to be compared by themselves (a `RememberedPair`, and the key of a tensor of
            them or None).
    """

    back_asked = Signal()
    all_asked = Signal()
    pair_asked = Signal(object, object)

    def __init__(self, settings: Settings) -> None:
        """Make the view, with no files.

        Args:
            settings: Remember the folder.
        """
        super().__init__()
        self._settings = settings
        self.progress = FileRow("the comparison", "Comparing", in_bytes=True)
        self.tables = WorkRow("the rows", "Arranging the rows")
        self.comparing = RunComparing(self.progress, self.tables)
        self.actions_of_plot = ExportActions("the table", self)
        self.view = RunView(self.actions_of_plot, settings)
        self.model = RunModel(self)
        self.table = RunTableView(self.model)
        self.files = RunFiles()
        self.tools = RunTools()
        self._build()
        self._connect()
        self._forget()
        self._say("")
        self.page.say(_HINT, offer=True)
        self._begin_to_wear()

    def _build(self) -> None:
        self.back = QPushButton("‹ Layers")
        self.back.setProperty("flat", True)
        self.back.setAccessibleName("Back to the layers")
        self.choose = QPushButton("Choose files…")
        self.choose_folder = QPushButton("Choose a folder…")
        self.export = menu_button("Export", self.actions_of_plot.exports())
        head = QHBoxLayout()
        head.setContentsMargins(8, 8, 8, 0)
        head.addWidget(self.back)
        head.addWidget(label("Compare a run", title=True))
        head.addStretch(1)
        for button in (self.export, self.choose, self.choose_folder):
            head.addWidget(button)
        self.headline = Headline()
        self.sentence, self.go_on = self.headline.sentence, self.headline.go_on
        self.notes = KeptLines(muted=True)
        self.notes.setContentsMargins(8, 0, 8, 0)
        down = QSplitter(Qt.Orientation.Vertical)
        down.setHandleWidth(6)
        down.addWidget(self.view)
        self.none_fits = MessagePage(CLEAR)
        self.none_fits.hide()
        rows = QWidget()
        stacked(rows, self.none_fits, self.table)
        down.addWidget(rows)
        set_usual_sizes(down, [340, 260])
        across = QSplitter(Qt.Orientation.Horizontal)
        across.setHandleWidth(6)
        across.addWidget(self.files)
        across.addWidget(down)
        set_usual_sizes(across, [self.files.minimumSizeHint().width(), 1040])
        across.setStretchFactor(1, 1)
        self.body = across
        self.page = MessagePage("Choose files…", shows="compare")
        shown = QWidget()
        stacked(shown, self.page, across)
        panel = QFrame()
        panel.setProperty("panel", True)
        column = QVBoxLayout(panel)
        column.setContentsMargins(1, 0, 1, 4)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.headline)
        column.addWidget(self.notes)
        column.addWidget(self.tools)
        column.addWidget(with_work_row(with_work_row(shown, self.tables), self.progress), 1)
        column.addStretch(0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(panel)

    def _connect(self) -> None:
        self.back.clicked.connect(self.back_asked)
        self.none_fits.button.clicked.connect(self.all_asked)
        self.choose.clicked.connect(self.choose_files)
        self.page.button.clicked.connect(self.choose_files)
        self.choose_folder.clicked.connect(self._choose_folder)
        self.go_on.clicked.connect(lambda: self.comparing.start(self.comparing.asked))
        self.files.add_asked.connect(self._add_files)
        self.files.changed.connect(self._reorder)
        self.addAction(self.files.undo)
        self.progress.cancel_asked.connect(self.comparing.cancel)
        self.comparing.shown.connect(self._show)
        self.comparing.failed.connect(self._fail)
        self.comparing.stopped.connect(self._stop)
        self.comparing.ended.connect(self._remember)
        self.tools.compare_asked.connect(self._compare_again)
        self.tools.look_asked.connect(self._look)
        self.tools.draw_asked.connect(self._draw)
        self.tools.pair_asked.connect(lambda: self._ask_for_pair(self.table.currentIndex()))
        self.table.activated.connect(self._ask_for_pair)
        self.table.selectionModel().currentChanged.connect(self._allow_pair)
        self.model.sort_asked.connect(self._sort)
        self.table.picked.connect(self._draw)
        self.view.chosen.connect(self._select)

    @property
    def busy(self) -> bool:
        """Files are compared, or something is drawn or written."""
        return self.comparing.busy or self.view.busy

    @property
    def has_files(self) -> bool:
        """A run was chosen."""
        return bool(self.comparing.asked.paths)

    def take_keyboard(self) -> None:
        """Give the keyboard to the table, or to what begins a run; where no row fits the filter it stays there."""
        if self.none_fits.isHidden():
            (self.table if self.table.isVisible() else self.choose).setFocus()

    @property
    def selected_key(self) -> str | None:
        """The key of the row that is looked at, where rows are tensors and it is selected."""
        index = self.table.currentIndex()
        shown, row = self.model.shown, self.model.row_of(index.row())
        if shown is None or row is None or shown.table.level != "tensors":
            return None
        return shown.table.names[row] if self.table.selectionModel().isSelected(index) else None

    def select_key(self, key: str) -> None:
        """Select the row of a tensor, where rows are tensors."""
        shown = self.model.shown
        if shown is not None and shown.table.level == "tensors" and key in shown.table.names:
            self._select(shown.table.names.index(key))

    def choose_files(self) -> QFileDialog:
        """Ask for the files of a run."""
        return self._ask_for_files(self.compare)

    def _choose_folder(self) -> None:
        title = "Choose the folder of a run"
        ask_which_folder(self, self._settings.last_folder, lambda path: self.compare([path]), title)

    def _add_files(self) -> None:
        self._ask_for_files(self._add)

    def _ask_for_files(self, chosen: Callable[[Sequence[Path]], None]) -> QFileDialog:
        title = "Choose the files of a run (several may be chosen)"
        return ask_what_to_open(self, self._settings.last_folder, lambda path: chosen([path]), chosen, title)

    def _add(self, paths: Sequence[Path]) -> None:
        more = tuple(path.absolute() for path in paths)
        self._settings.last_folder = more[0].parent
        self._begin(self.comparing.asked._replace(paths=self.files.paths, ordered=True, more=more))

    def compare(self, paths: Sequence[Path], entry: str | None = None) -> None:
        """Compare the files of a run.

        Args:
            paths: In any order; a single folder stands for the checkpoints in it.
            entry: The path of the entry of each; None for the one that is shown first.
        """
        absolute = tuple(path.absolute() for path in paths)
        self._settings.last_folder = absolute[0].parent
        self._begin(Asked(absolute, against=self.tools.against.currentData(), entry=entry))

    def compare_as(self, one: RememberedRun) -> None:
        """Compare what was compared before, in the same way."""
        self.tools.against.setCurrentIndex(max(0, self.tools.against.findData(one.against)))
        self._begin(Asked(one.paths, ordered=True, against=one.against, entry=one.entry))

    def _begin(self, asked: Asked) -> None:
        self._forget()
        count = len(asked.paths) + len(asked.more)
        self._say("Looking for the files…" if count == 1 else f"Comparing {count} files…")
        self.comparing.start(asked)

    def cancel(self) -> None:
        """Stop comparing; what is known by then stays."""
        self.comparing.cancel()

    def close_work(self) -> None:
        """End the reader and the workers."""
        self.comparing.close()
        self.view.close_work()

    def _wear(self) -> None:
        self.model.wear(theme.current(self))

    def _forget(self) -> None:
        self.model.show_run(None)
        self._show_rows("")
        self.view.clear()
        self.tools.hide()
        for lines in (self.headline, self.notes):
            lines.shrink()
        self.body.hide()
        self.page.show()
        self.actions_of_plot.allow_taking(_NOTHING)
        self.export.setEnabled(False)

    def _reorder(self, paths: Sequence[Path]) -> None:
        if len(paths) > 0:
            self.comparing.start(self.comparing.asked._replace(paths=tuple(paths), ordered=True, more=()))

    def _compare_again(self) -> None:
        asked, run = self.comparing.asked, self.comparing.run
        entry = self.tools.entries.currentData()
        if run is None or run.first is None or entry == run.steps[run.first].entry:
            # It may be the one that is shown first, which another file calls otherwise.
            entry = asked.entry
        if run is not None:
            asked = asked._replace(paths=run.paths, ordered=True, more=())
        self.comparing.start(asked._replace(against=self.tools.against.currentData(), entry=entry))

    def _look(self) -> None:
        self.comparing.look(
            self.comparing.seen._replace(level=self.tools.level.currentData(), measure=self.tools.measure.currentData())
        )

    def set_filter(self, query: Query) -> None:
        """List only rows whose names fit."""
        if query.tree != self.comparing.seen.query.tree:
            self.comparing.look(self.comparing.seen._replace(query=query))

    def _sort(self, column: int, order: Qt.SortOrder) -> None:
        seen = self.comparing.seen._replace(column=column, down=order == Qt.SortOrder.DescendingOrder)
        # A header without a mark stands for the order of the keys.
        self.comparing.look(seen if column >= 0 else seen._replace(down=False))

    def _show(self, shown: Shown) -> None:
        run, first = shown.table.run, self.body.isHidden()
        self.model.show_run(shown)
        self._show_rows(shown.filtered if not self.model.rowCount() else "")
        self.tools.show()
        self.body.show()
        self.page.hide()
        if first:
            self.table.setFocus()
        self.files.show_files(
            run.paths, shown.files, shown.about, [wrong_with(shown.table, at) for at in range(len(run.paths))]
        )
        self.tools.name_entries(run)
        self._tell(shown)
        self.table.pick_again(shown)
        self._allow_pair()
        taken = bool(shown.table.movers.size)
        self.actions_of_plot.allow_taking("" if taken else _NOTHING)
        self.export.setEnabled(taken)
        self._draw()

    def _show_rows(self, none_fits: str) -> None:
        """Show the table, or in its place that no row fits the filter, as a sentence."""
        self.table.setHidden(bool(none_fits))
        self.none_fits.setVisible(bool(none_fits))
        self.none_fits.say(none_fits, offer=bool(none_fits))

    def _tell(self, shown: Shown) -> None:
        """Say what is known, and whether there is more to come."""
        run = shown.table.run
        waiting = len(run.paths) - len(run.steps)
        said = [shown.summary] if len(run.steps) > 1 or not waiting else []
        if waiting and self.comparing.compares:
            said.append(f"{formatting.plural(waiting, 'file')} to come.")
        elif waiting:
            said.insert(0, cancelled(len(run.steps), len(run.paths)))
        said += [shown.filtered] if shown.filtered and self.none_fits.isHidden() else []
        self._say(" ".join(said), shown.notes, not_finite=shown.not_finite)
        self.go_on.setVisible(bool(waiting) and not self.comparing.compares)

    def _select(self, number: int) -> None:
        row = self.model.place_of(number)
        if row is not None:
            go_to_row(self.table, row)

    def _pair_of(self, index: QModelIndex) -> tuple[RememberedPair, str | None] | None:
        """The two files that a cell is of; None where it is of none."""
        shown, row = self.model.shown, self.model.row_of(index.row())
        if shown is None or row is None or index.column() >= len(shown.table.run.steps):
            return None
        run = shown.table.run
        step = run.steps[index.column()]
        if step.against is None:
            return None
        other = run.steps[step.against]
        tells = int(shown.table.furthest[row, index.column()])
        key = step.column.keys[tells] if step.column is not None and tells >= 0 else None
        return RememberedPair(other.path, step.path, other.entry, step.entry), key

    def _ask_for_pair(self, index: QModelIndex) -> None:
        found = self._pair_of(index)
        if found is not None:
            self.pair_asked.emit(*found)

    def _allow_pair(self) -> None:
        found = self._pair_of(self.table.currentIndex())
        self.tools.allow_pair(*((found[0].a.name, found[0].b.name) if found is not None else ("", "")))

    def _draw(self) -> None:
        shown = self.model.shown
        if shown is None:
            return
        table = shown.table
        selected = self.table.selected_rows()
        top = table.movers[:_TOP].tolist()
        lines = [line_of(table, row, selected=row in selected) for row in dict.fromkeys([*top, *selected])]
        self.view.draw(
            shown, lines, lines_drawn(len(top), len(set(selected) - set(top)), shown), log=self.tools.log.isChecked()
        )

    def _remember(self) -> None:
        run = self.comparing.run
        if run is not None and len(run.paths) > 1:
            remember(self._settings, RememberedRun(run.paths, run.against, self.comparing.asked.entry))

    def _stop(self) -> None:
        run = self.comparing.run
        count = len(self.comparing.asked.paths if run is None else run.paths)
        shown = self.model.shown
        said = cancelled(0 if run is None else len(run.steps), count)
        self._say(said, not_finite="" if shown is None else shown.not_finite)
        self.go_on.show()

    def _fail(self, sentence: str) -> None:
        self._forget()
        self._say(sentence, bad=True)

    def _say(self, sentence: str, notes: Sequence[str] = (), *, bad: bool = False, not_finite: str = "") -> None:
        self.page.say("")
        self.headline.say(sentence, not_finite, bad=bad)
        self.notes.setText(" ".join(notes))
