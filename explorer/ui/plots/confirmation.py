"""How copying and saving went, said over the lower edge of a plot or a table, so that nothing moves."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QObject, QTimer, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QPalette
from PySide6.QtWidgets import QApplication, QFrame, QPushButton, QWidget

from explorer.ui.plots.wrapping import WordsBelow
from explorer.ui.text import ElidedLabel, set_tone, set_tooltip
from explorer.ui.words_row import words_row

SAID_MS: Final = 8000
"""How long it is said."""


class Confirmation(QFrame):
    """Lies over the lower edge of what it stands in, and goes after some seconds or with the next sentence.

    Attributes:
        words: What is said.
        folder: Opens the folder of a file that was saved.
    """

    def __init__(self, over: QWidget, *more: QPushButton) -> None:
        """Make it, hidden.

        Args:
            over: Whose lower edge it lies over.
            more: What else can be done about what it says, before the folder.
        """
        super().__init__(over)
        self._over = over
        self._path = Path()
        self.setProperty("bar", True)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.words = ElidedLabel()
        self.folder = QPushButton("Show in folder")
        self.folder.clicked.connect(self._show_folder)
        row = words_row(self, self.folder, self.words, sides=12, above=4)
        for button in more:
            row.insertWidget(row.indexOf(self.folder), button)
        self._timer = QTimer(self, singleShot=True, interval=SAID_MS)
        self._timer.timeout.connect(self._go)
        over.installEventFilter(self)
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Stay at the lower edge."""
        if event.type() == QEvent.Type.Resize and watched is self._over and not self.isHidden():
            self.place()
        return False

    def say(self, sentence: str, *, saved: Path | None = None, failed: bool = False) -> None:
        """Say how it went.

        Args:
            sentence: What is said.
            saved: The file that was written, whose folder is offered.
            failed: It did not work; that stays until something else is said or drawn.
        """
        self.words.setText(sentence)
        set_tone(self.words, "bad" if failed else None)
        self.folder.setVisible(saved is not None)
        if saved is not None:
            self._path = saved
            set_tooltip(self.folder, f"Show {saved.parent}.")
        self.place()
        self.show()
        self.raise_()
        if failed:
            self._timer.stop()
        else:
            self._timer.start()

    def text(self) -> str:
        """What is said; "" where nothing is any more."""
        return "" if self.isHidden() else self.words.text()

    def place(self) -> None:
        """Lie over the lower edge, however large what it stands in is now, and cut no line of words in two."""
        room = self._over.rect()
        top = room.height() - self.sizeHint().height()
        for words in self._over.findChildren(WordsBelow):
            if words.isVisible() and words.y() < top < words.geometry().bottom():
                top = words.y()
        self.setGeometry(0, top, room.width(), room.height() - top)

    @Slot()
    def _go(self) -> None:
        """Be gone, unless somebody is about to press a button in it."""
        if self.underMouse() or self.isAncestorOf(QApplication.focusWidget() or self._over):
            self._timer.start()
        else:
            self.hide()

    @Slot()
    def _show_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._path.absolute().parent)))
