"""The menu of every table, and how its rows are taken elsewhere."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt, Slot
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QFileDialog, QMenu, QTableView, QWidget

from explorer.progress import Report
from explorer.tasks.jobs import Job, Jobs
from explorer.ui.clipboard import copy_text, put_on_clipboard
from explorer.ui.copying import selected_text
from explorer.ui.export import file_name, not_saved, saved, write_whole
from explorer.ui.failures import why
from explorer.ui.files.dialogs import ask_where_to_save
from explorer.ui.running.work_row import WorkRow
from explorer.ui.settings import Settings
from explorer.ui.tables.columns import Writer
from explorer.ui.tables.look import Fitting, View, header_of, press_head, selected_rows, shown_columns
from explorer.ui.text import caption, set_tooltip
from explorer.ui.ticking import tick_with_space

SORT_KEY: Final = "Alt+Down"
"""Opens the menu of orders, as it opens the list of a field."""
_KIND: Final = "writing a table"

Say = Callable[[str, bool], None]
"""Told a sentence, and whether it is bad."""


class Tables(QObject):
    """All tables of a window, and the one worker that writes them."""

    def __init__(self, settings: Settings, name: Callable[[], str], say: Say, parent: QObject) -> None:
        """Begin without tables.

        Args:
            settings: Remember the folder that was saved to.
            name: Tells what is open, for names of files.
            say: Takes what there is to say of a table that says nothing itself.
            parent: Owner.
        """
        super().__init__(parent)
        self.settings = settings
        self.name = name
        self.say = say
        self.busy_shown = WorkRow("the table", "Writing the table", in_status=True)
        self.busy_shown.cancel_asked.connect(self.cancel)
        self._jobs = Jobs("tables")

    @property
    def busy(self) -> bool:
        """A table is being written."""
        return self._jobs.busy

    def add(self, view: View, what: str, writer: Callable[[], Writer | None], say: Say | None = None) -> "Taking":
        """Give a table its menu.

        Args:
            view: Of the table.
            what: Is in it, in one or two words, for the name of its file.
            writer: Gives what writes it as it is now; None where there is nothing.
            say: Takes what there is to say; None for the window.
        """
        return Taking(self, view, what, writer, say or self.say)

    def work(self, work: Callable[[Report], object], then: Callable[..., None], failed: Callable[..., None]) -> None:
        """Write behind the window, with its progress in the status bar."""
        job = Job(work, name=_KIND)
        job.succeeded.connect(then)
        job.failed.connect(failed)
        job.progressed.connect(self.busy_shown.follow)
        job.finished.connect(self._end)
        self.busy_shown.begin()
        self._jobs.start(job)

    @Slot()
    def cancel(self) -> None:
        """Give up what is being written; nothing of it is there then."""
        self._jobs.cancel_all()

    def close(self) -> None:
        """End the worker."""
        self._jobs.close()

    @Slot()
    def _end(self) -> None:
        if not self._jobs.busy:
            self.busy_shown.end()


class Taking(QObject):
    """The entries of one table.

    Attributes:
        view: Of the table.
        copy: Copies the selected rows, with tabs between their cells.
        copy_table: Likewise all of them, below their titles.
        export: Saves them.
        columns: Gives the entries that show and hide columns, where the table's `Fitting` does not.
        sorting: The menu of orders, where the table has one of its own; None for one with all columns.
        begin: Puts what can be done with a row at the beginning of its menu.
        name: Tells what the rows are of, for the name of their file.
    """

    def __init__(self, tables: Tables, view: View, what: str, writer: Callable[[], Writer | None], say: Say) -> None:
        """See `Tables.add`."""
        super().__init__(view)
        self.view = view
        self._tables = tables
        self._what = what
        self._writer = writer
        self._say = say
        self._own: list[QAction] = []
        self.columns: Callable[[], list[QAction]] | None = None
        self.sorting: QMenu | None = None
        self.begin: Callable[[QMenu, QModelIndex], None] | None = None
        self.name = tables.name
        self.copy = self._entry("C&opy rows", "Copy the selected rows, with tabs between their cells.", self.copy_rows)
        self.copy.setShortcuts(QKeySequence.keyBindings(QKeySequence.StandardKey.Copy))
        self.copy_table = self._entry("Copy ta&ble", "Copy all rows below their titles, with tabs.", self._copy_table)
        self.export = self._entry("E&xport as CSV…", "Save all rows, with every digit.", self._export)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._open)
        header = header_of(view)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._open_head)
        view.installEventFilter(self)

    def put_first(self, entries: list[QAction]) -> None:
        """Begin the menu with entries that only this table has."""
        self._own += entries

    def copy_names(self) -> None:
        """Have the key that copies take the names of tensors alone, which code and the filter understand."""
        names = self._entry("Copy &names", "Copy the whole names of what is selected.", self._copy_names)
        names.setShortcuts(self.copy.shortcuts())
        self.copy.setShortcuts([])
        self.put_first([names])

    @Slot()
    def _copy_names(self) -> None:
        self._copy_text(selected_text(self.view))

    def replace(self, **does: Callable[[], object]) -> None:
        """Have a table that writes itself do so.

        Args:
            does: What `copy`, `copy_table` and `export` do.
        """
        for name, call in does.items():
            entry: QAction = getattr(self, name)
            entry.triggered.disconnect()
            entry.triggered.connect(lambda _checked=False, call=call: call())

    @property
    def entries(self) -> list[QAction]:
        """What every table offers."""
        return [self.copy, self.copy_table, self.export]

    @Slot()
    def copy_rows(self) -> None:
        """Copy the selected rows."""
        self._copy_text(selected_rows(self.view))

    def _copy_text(self, text: str) -> None:
        said = copy_text(text)
        if said:
            self._say(said, False)

    def leave_menu(self) -> None:
        """Have the table open the menu of its rows itself, which `fill` completes; that of its heads stays."""
        self.view.customContextMenuRequested.disconnect(self._open)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.DefaultContextMenu)

    def menu(self, row: QModelIndex | None = None) -> QMenu:
        """What can be done, as it is now; for whoever opens it.

        Args:
            row: Of which it is to be the menu; None for that of all.
        """
        menu = QMenu(self.view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        if self._own:
            menu.addActions(self._own)
            menu.addSeparator()
        if self.begin is not None and row is not None and row.isValid():
            self.begin(menu, row)
            menu.addSeparator()
        self.fill(menu)
        return menu

    def fill(self, menu: QMenu) -> None:
        """Put what every table offers into a menu.

        Args:
            menu: That is about to be opened, and deleted when it is closed.
        """
        self.copy.setEnabled(self.view.selectionModel().hasSelection())
        some = self.view.model().rowCount() > 0
        for entry in (self.copy_table, self.export):
            entry.setEnabled(some)
        menu.addActions(self.entries)
        menu.addSeparator()
        if self.sorting is not None:
            # Added as a menu it would be deleted with this one.
            menu.addAction(self.sorting.menuAction())
        else:
            self._fill_orders(menu.addMenu("So&rt by"))
        self._fill_columns(menu)

    def orders(self) -> QMenu:
        """By what the rows can be sorted."""
        if self.sorting is not None:
            return self.sorting
        menu = QMenu("Sort by", self.view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._fill_orders(menu)
        return menu

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Open the menu of orders by its key, and go to either end of a table of rows."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        keys = QKeySequence(event.keyCombination())
        if keys == SORT_KEY:
            header = header_of(self.view)
            self.orders().popup(header.mapToGlobal(header.rect().bottomLeft()))
            return True
        by_rows = self.view.selectionBehavior() == QAbstractItemView.SelectionBehavior.SelectRows
        if isinstance(self.view, QTableView) and by_rows and keys in ("Home", "End"):
            # Qt would go to the first or the last cell of the row.
            model, column = self.view.model(), max(0, self.view.currentIndex().column())
            self.view.setCurrentIndex(model.index(0 if keys == "Home" else model.rowCount() - 1, column))
            return True
        return super().eventFilter(watched, event)

    def _fill_orders(self, menu: QMenu) -> None:
        model, header = self.view.model(), header_of(self.view)
        sorted_by = header.sortIndicatorSection()
        usual = menu.addAction("&Usual order")
        usual.setCheckable(True)
        usual.setChecked(sorted_by < 0)
        usual.triggered.connect(lambda: self.view.sortByColumn(-1, Qt.SortOrder.AscendingOrder))
        for column in shown_columns(self.view):
            title = str(model.headerData(column, Qt.Orientation.Horizontal))
            up = header.sortIndicatorOrder() == Qt.SortOrder.AscendingOrder
            way = "" if column != sorted_by else ", up" if up else ", down"
            entry = menu.addAction(caption(f"{title}{way}"))
            entry.setCheckable(True)
            entry.setChecked(column == sorted_by)
            entry.triggered.connect(partial(self._press, column))
        menu.setEnabled(self.view.isSortingEnabled())

    def _press(self, column: int, _checked: bool = False) -> None:
        press_head(self.view, column)

    def _fill_columns(self, menu: QMenu) -> None:
        if self.columns is not None:
            of_its_own = menu.addMenu("Col&umns")
            of_its_own.addActions(self.columns())
            tick_with_space(of_its_own)
        fitting = self.view.findChild(Fitting)
        if fitting is None or not fitting.choosable:
            return
        columns = menu.addMenu("Col&umns")
        tick_with_space(columns)
        model = self.view.model()
        for column in fitting.choosable:
            entry = columns.addAction(caption(str(model.headerData(column, Qt.Orientation.Horizontal))))
            entry.setCheckable(True)
            entry.setChecked(not self.view.isColumnHidden(column))
            entry.toggled.connect(lambda shown, column=column: self._toggle(fitting, column, shown=shown))
        columns.addSeparator()
        columns.addAction("As the &width allows").triggered.connect(lambda: fitting.choose(None))

    def _toggle(self, fitting: Fitting, column: int, *, shown: bool) -> None:
        now = {at for at in fitting.choosable if not self.view.isColumnHidden(at)}
        fitting.choose(now | {column} if shown else now - {column})

    def _entry(self, text: str, tip: str, does: Callable[[], None]) -> QAction:
        entry = QAction(text, self)
        set_tooltip(entry, tip)
        entry.triggered.connect(does)
        return entry

    @Slot(QPoint)
    def _open(self, place: QPoint) -> None:
        self.menu(self.view.indexAt(place)).popup(self.view.viewport().mapToGlobal(place))

    @Slot(QPoint)
    def _open_head(self, place: QPoint) -> None:
        self.menu().popup(header_of(self.view).mapToGlobal(place))

    @Slot()
    def _copy_table(self) -> None:
        writer = self._writer()
        if writer is not None:
            self._tables.work(partial(_text, writer), self._put_on_clipboard, self._fail)

    @Slot()
    def _export(self) -> None:
        writer = self._writer()
        if writer is not None:
            # Something else may be shown by the time that a place is chosen: what is saved is what was shown.
            self.ask(partial(self._save, writer))

    def ask(self, chosen: Callable[[Path], None]) -> QFileDialog:
        """Ask where to save."""
        folder, name = self._tables.settings.last_folder, file_name(self.name(), self._what, "csv")
        return ask_where_to_save(self.view, "Export the table as CSV", folder, name, chosen)

    def _save(self, writer: Writer, path: Path) -> None:
        self._tables.work(partial(_write, writer, path), partial(self._tell_saved, path), self._fail)

    @Slot(object)
    def _put_on_clipboard(self, text: str) -> None:
        put_on_clipboard(text)
        self._say("The table was copied.", False)

    def _tell_saved(self, path: Path, error: OSError | None) -> None:
        if error is None:
            self._say(saved(path), False)
            self._tables.settings.last_folder = path.absolute().parent
        else:
            self._say(not_saved(path, error), True)

    @Slot(object)
    def _fail(self, error: Exception) -> None:
        self._say(f"The table could not be written: {why(error)}", True)


def taking_of(widget: QWidget | None) -> Taking | None:
    """What takes rows of a table elsewhere; None for any other widget."""
    return None if widget is None else widget.findChild(Taking, options=Qt.FindChildOption.FindDirectChildrenOnly)


def _text(writer: Writer, report: Report) -> str:
    return writer("\t", report)


def _write(writer: Writer, path: Path, report: Report) -> OSError | None:
    try:
        write_whole(path, writer(",", report).encode("utf-8", "backslashreplace"))
    except OSError as error:
        return error
    return None
