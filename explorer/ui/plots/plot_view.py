"""A plot with the words below it, and the ways to take both elsewhere."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

from explorer.ui import theme
from explorer.ui.clipboard import put_on_clipboard
from explorer.ui.export import file_name, not_saved, saved, write_whole
from explorer.ui.files.dialogs import ask_where_to_save
from explorer.ui.plots.export_actions import COPY_PICTURE_KEY, ExportActions, menu_of
from explorer.ui.plots.picture import Line, image_of, png_of, svg_of
from explorer.ui.settings import Settings
from explorer.ui.text import ElidedLabel, set_tone

if TYPE_CHECKING:
    from explorer.ui.plots.plot import Plot

Separator = Literal[",", "\t"]


class PlotView(QWidget):
    """Reads a plot out below it, copies it and saves it. What is drawn is for those that derive from it.

    Attributes:
        readout: What is under the cursor, else what is drawn.
        notes: What is worth knowing, and how copying and saving went.
    """

    def __init__(self, what: str, actions: ExportActions, settings: Settings, parent: QWidget | None = None) -> None:
        """Make the labels; to be laid out by those that derive from it.

        Args:
            what: Is drawn, in one word.
            actions: For the plot's menu; those that copy and save are done here.
            settings: Remember the folder that was saved to.
            parent: What it stands in.
        """
        super().__init__(parent)
        self._what = what
        self._actions = actions
        self._settings = settings
        self.readout = words_below()
        self.notes = words_below()
        actions.reset.triggered.connect(self.reset)
        actions.copy_picture.triggered.connect(self.copy_picture)
        actions.copy_numbers.triggered.connect(self.copy_numbers)
        for suffix, save in (("png", self._save_png), ("svg", self._save_svg), ("csv", self.save_csv)):
            actions.export[suffix].triggered.connect(save)

    def drawn(self) -> "Plot | None":
        """The plot, while something is drawn on it."""
        raise NotImplementedError

    def say(self, sentence: str, *, failed: bool = False) -> None:
        """Say something below the plot, until the next one is drawn."""
        raise NotImplementedError

    def name(self) -> str:
        """What is drawn, for the name of a file."""
        raise NotImplementedError

    def numbers(self, separator: Separator) -> str:
        """What is drawn, as a table."""
        raise NotImplementedError

    def lines(self) -> tuple[list[Line], list[Line]]:
        """What a picture says above and below the plot."""
        raise NotImplementedError

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
            self.say("The picture was copied.")

    @Slot()
    def copy_numbers(self) -> None:
        """Put the numbers on the clipboard, with tabs between them."""
        if self.drawn() is not None:
            put_on_clipboard(self.numbers("\t"))
            self.say("The numbers were copied.")

    def save(self, path: Path, content: bytes) -> None:
        """Write a file, and say how that went.

        Args:
            path: Where.
            content: What is to be written.
        """
        try:
            write_whole(path, content)
        except OSError as error:
            self.say_not_saved(path, error)
        else:
            self.say_saved(path)

    def say_not_saved(self, path: Path, error: OSError) -> None:
        """Say why a file could not be written."""
        self.say(not_saved(path, error), failed=True)

    def say_saved(self, path: Path) -> None:
        """Say that a file was written, and begin there the next time."""
        self.say(saved(path))
        self._settings.last_folder = path.absolute().parent

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

    def ask_where(self, suffix: str, chosen: Callable[[Path], None]) -> None:
        """Ask for a place for the file.

        Args:
            suffix: Of the file.
            chosen: Called with the path, if there is one.
        """
        name = file_name(self.name(), self._what, suffix)
        title = f"Export the {self._what} as {suffix.upper()}"
        ask_where_to_save(self, title, self._settings.last_folder, name, chosen)

    def _ask(self, suffix: str, content: bytes) -> None:
        # Something else may be shown while the dialog is open: what is saved is what was shown.
        self.ask_where(suffix, lambda path: self.save(path, content))

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

    @Slot()
    def save_csv(self) -> None:
        """Ask where, and save the numbers."""
        if self.drawn() is not None:
            self._ask("csv", self.numbers(",").encode())

    def _write_notes(self, notes: list[str], *, failed: bool = False) -> None:
        set_tone(self.notes, "bad" if failed else None)
        self.notes.setText(" · ".join(notes))
        self.notes.setVisible(bool(notes))


def _copies(event: QKeyEvent) -> bool:
    return QKeySequence(event.keyCombination()) == COPY_PICTURE_KEY


def words_below() -> ElidedLabel:
    """A muted line for below a plot."""
    made = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
    made.setProperty("muted", True)
    made.setFont(theme.tabular(theme.small_font(made.font())))
    made.setContentsMargins(12, 2, 12, 2)
    return made
