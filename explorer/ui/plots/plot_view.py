"""A plot with the words below it, and the ways to take both elsewhere."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QWidget

from explorer.formatting import UNNAMED, visible
from explorer.progress import Report, no_report
from explorer.tasks.jobs import Job, Jobs
from explorer.ui import theme
from explorer.ui.clipboard import put_on_clipboard
from explorer.ui.export import file_name, not_saved, saved, write_whole
from explorer.ui.failures import why
from explorer.ui.files.dialogs import ask_where_to_save
from explorer.ui.plots.confirmation import Confirmation
from explorer.ui.plots.export_actions import COPY_PICTURE_KEY, ExportActions, menu_of
from explorer.ui.plots.picture import Line, image_of, png_of, svg_of
from explorer.ui.plots.wrapping import WordsBelow
from explorer.ui.settings import Settings
from explorer.ui.text import set_tone

if TYPE_CHECKING:
    from explorer.ui.plots.plot import Plot

Separator = Literal[",", "\t"]
MakeTable = Callable[[Separator, Report], str]
"""Writes what is drawn for other programs, in the worker where there is one."""

_READ_LINES: Final = 2


class PlotView(QWidget):
    """Reads a plot out below it, copies it and saves it. What is drawn is for those that derive from it.

    Attributes:
        readout: What is under the cursor, else what is drawn.
        notes: What is worth knowing.
        confirmation: How copying and saving went.
    """

    def __init__(
        self,
        what: str,
        actions: ExportActions,
        settings: Settings,
        parent: QWidget | None = None,
        *,
        jobs: Jobs | None = None,
    ) -> None:
        """Make the labels; to be laid out by those that derive from it.

        Args:
            what: Is drawn, in one word.
            actions: For the plot's menu; those that copy and save are done here.
            settings: Remember the folder that was saved to.
            parent: What it stands in.
            jobs: Write tables that are large; None for one that is not.
        """
        super().__init__(parent)
        self._what = what
        self._actions = actions
        self._settings = settings
        self._table_jobs = jobs
        self._said, self._failed = "", False
        self.readout = WordsBelow(_READ_LINES)
        self.notes = WordsBelow(1, grows=True)
        self.confirmation = Confirmation(self)
        actions.reset.triggered.connect(self.reset)
        actions.copy_picture.triggered.connect(self.copy_picture)
        actions.copy_numbers.triggered.connect(self.copy_numbers)
        for suffix, save in (("png", self._save_png), ("svg", self._save_svg), ("csv", self.save_csv)):
            actions.export[suffix].triggered.connect(save)

    def drawn(self) -> "Plot | None":
        """The plot, while something is drawn on it."""
        raise NotImplementedError

    def name(self) -> str:
        """What is drawn, for the name of a file."""
        raise NotImplementedError

    def facts(self) -> list[str]:
        """What is worth knowing of what is drawn."""
        raise NotImplementedError

    def make_table(self) -> MakeTable | None:
        """What writes what is drawn; None where nothing is."""
        raise NotImplementedError

    def above(self) -> list[Line]:
        """What a picture says above the plot: what it is of."""
        return [self.headline(visible(self.name()) or UNNAMED)]

    def below(self) -> list[str]:
        """What a picture says below the plot."""
        raise NotImplementedError

    def lines(self) -> tuple[list[Line], list[Line]]:
        """What a picture says above and below the plot."""
        if self.drawn() is None:
            return [], []
        return self.above(), [self.small(text) for text in self.below() if text]

    def headline(self, text: str) -> Line:
        """The uppermost line of a picture."""
        return Line(text, theme.title_font(self.font()), theme.current(self).text)

    def small(self, text: str, color: str = "") -> Line:
        """A line below the plot."""
        return Line(text, self.readout.font(), color or theme.current(self).muted)

    def say(self, sentence: str, *, failed: bool = False) -> None:
        """Say something below the plot, until `begin_words`: why no more is drawn."""
        self._said, self._failed = sentence, failed
        self.tell()

    def begin_words(self) -> None:
        """Forget what was said: something else is about to be drawn."""
        self._said, self._failed = "", False
        self.confirmation.hide()

    def tell(self) -> None:
        """Say what is worth knowing now, where there is room for it."""
        facts = [] if self.drawn() is None else self.facts()
        set_tone(self.notes, "bad" if self._failed else None)
        self.notes.setText(" · ".join(text for text in (self._said, *facts) if text))
        self.notes.setVisible(bool(self.notes.text()))
        self._give_way()

    @Slot()
    def reset(self) -> None:
        """Show the whole range."""
        plot = self.drawn()
        if plot is not None:
            plot.reset()

    @Slot()
    def copy_picture(self) -> None:
        """Put the plot on the clipboard as a picture."""
        plot = self.drawn()
        if plot is not None:
            QGuiApplication.clipboard().setImage(image_of(plot, *self.lines()))
            self.confirmation.say("The picture was copied.")

    @Slot()
    def copy_numbers(self) -> None:
        """Put the numbers on the clipboard, with tabs between them."""
        make = self.make_table()
        if make is not None:
            self._work(partial(make, "\t"), self._put_on_clipboard)

    @Slot()
    def save_csv(self) -> None:
        """Ask where, and save the numbers."""
        make = self.make_table()
        if make is not None:
            # Something else may be shown while the dialog is open: what is saved is what was shown.
            self.ask_where("csv", partial(self._write, make))

    def save(self, path: Path, content: bytes) -> None:
        """Write a file, and say how that went.

        Args:
            path: Where.
            content: What is to be written.
        """
        self._tell_written(path, _written(path, content))

    def event(self, event: QEvent) -> bool:
        """Take the key that copies, also from the menus, whose plot may be another that is not seen."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _copies(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Copy the picture of the plot that has the keyboard."""
        if _copies(event):
            self.copy_picture()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        """Offer all that can be done."""
        menu = menu_of(self._actions.everything(), self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Keep the confirmation at the lower edge, and the room of the plot."""
        super().resizeEvent(event)
        self.confirmation.place()
        self._give_way()

    def _give_way(self) -> None:
        """Hide words where the plot needs their room; here they keep it."""

    def ask_where(self, suffix: str, chosen: Callable[[Path], None]) -> None:
        """Ask for a place for the file.

        Args:
            suffix: Of the file.
            chosen: Called with the path, if there is one.
        """
        name = file_name(self.name(), self._what, suffix)
        title = f"Export the {self._what} as {suffix.upper()}"
        ask_where_to_save(self, title, self._settings.last_folder, name, chosen)

    @Slot()
    def _save_png(self) -> None:
        plot = self.drawn()
        if plot is not None:
            self._ask("png", png_of(plot, *self.lines()))

    @Slot()
    def _save_svg(self) -> None:
        plot = self.drawn()
        if plot is not None:
            self._ask("svg", svg_of(plot, *self.lines()))

    def _ask(self, suffix: str, content: bytes) -> None:
        self.ask_where(suffix, lambda path: self.save(path, content))

    def _write(self, make: MakeTable, path: Path) -> None:
        self._work(partial(_table_written, make, path), partial(self._tell_written, path))

    def _work(self, work: Callable[[Report], object], then: Callable[..., None]) -> None:
        if self._table_jobs is None:
            then(work(no_report))
            return
        job = Job(work, name=f"numbers of the {self._what}")
        job.succeeded.connect(then)
        job.failed.connect(self._fail)
        self._table_jobs.start(job)

    @Slot(object)
    def _fail(self, error: Exception) -> None:
        self.confirmation.say(f"The numbers could not be written: {why(error)}", failed=True)

    @Slot(object)
    def _put_on_clipboard(self, text: str) -> None:
        put_on_clipboard(text)
        self.confirmation.say("The numbers were copied.")

    def _tell_written(self, path: Path, error: OSError | None) -> None:
        """Say that a file was written, and begin there the next time; or why it was not."""
        if error is None:
            self.confirmation.say(saved(path), saved=path)
            self._settings.last_folder = path.absolute().parent
        else:
            self.confirmation.say(not_saved(path, error), failed=True)


def _copies(event: QKeyEvent) -> bool:
    return QKeySequence(event.keyCombination()) == COPY_PICTURE_KEY


def _written(path: Path, content: bytes) -> OSError | None:
    try:
        write_whole(path, content)
    except OSError as error:
        return error
    return None


def _table_written(make: MakeTable, path: Path, report: Report) -> OSError | None:
    return _written(path, make(",", report).encode("utf-8", "backslashreplace"))
