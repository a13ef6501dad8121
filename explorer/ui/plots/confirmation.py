"""How copying and saving went, said over a plot or a line of words, so that nothing moves."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QTimer, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QPalette
from PySide6.QtWidgets import QApplication, QFrame, QPushButton, QWidget

from explorer.ui.plots.wrapping import WordsBelow
from explorer.ui.text import ElidedLabel, set_tone, set_tooltip
from explorer.ui.words_row import words_row

SAID_MS: Final = 8000
"""How long it is said that something was copied. What leads to a file stays."""


class Confirmation(QFrame):
    """Lies over the lower edge of what it stands in, or over a line of it, and goes with the next sentence.

    What was copied is said for some seconds; a file that was saved until one of the buttons was used.

    Attributes:
        words: What is said.
        folder: Opens the folder of a file that was saved.
        closing: Has it gone.
    """

    def __init__(self, over: QWidget, *more: QPushButton) -> None:
        """Make it, hidden.

        Args:
            over: Whose lower edge it lies over.
            more: What else can be done about what it says, before the folder.
        """
        super().__init__(over)
        self._over = over
        self._line: QWidget | None = None
        self._path = Path()
        self.setProperty("bar", True)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.words = ElidedLabel()
        self.folder = QPushButton("Show in folder")
        self.folder.clicked.connect(self._show_folder)
        self._row = row = words_row(self, self.folder, self.words, sides=12, above=4)
        for button in more:
            row.insertWidget(row.indexOf(self.folder), button)
            button.clicked.connect(self._go_soon)
        self.closing = QPushButton("✕")
        self.closing.setProperty("flat", True)
        self.closing.setAccessibleName("Close what was said")
        set_tooltip(self.closing, "Close")
        self.closing.clicked.connect(self.hide)
        row.insertWidget(row.indexOf(self.folder) + 1, self.closing)
        self.folder.clicked.connect(self._go_soon)
        self._timer = QTimer(self, singleShot=True, interval=SAID_MS)
        self._timer.timeout.connect(self._go)
        over.installEventFilter(self)
        self.hide()

    def lie_over(self, over: QWidget, line: QWidget, sides: int) -> None:
        """Lie over a line of words instead, where below are rows that nobody could scroll from under it.

        Args:
            over: What the line stands in.
            line: As long as it is hidden, the lower edge is taken.
            sides: Pixels before it.
        """
        self._over.removeEventFilter(self)
        self.setParent(over)
        self._over, self._line = over, line
        # Words begin where those of the line do, and its neighbours are not covered.
        self._row.setContentsMargins(sides - 1, 0, sides, 0)
        for watched in (over, line):
            watched.installEventFilter(self)
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Stay where it lies."""
        moved = event.type() in (QEvent.Type.Resize, QEvent.Type.Move)
        if moved and watched in (self._over, self._line) and not self.isHidden():
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
        self.closing.setVisible(saved is not None or failed)
        if saved is not None:
            self._path = saved
            set_tooltip(self.folder, f"Show {saved.parent}.")
        self.place()
        self.show()
        self.raise_()
        if failed or saved is not None:
            self._timer.stop()
        else:
            self._timer.start()

    def text(self) -> str:
        """What is said; "" where nothing is any more."""
        return "" if self.isHidden() else self.words.text()

    def place(self) -> None:
        """Lie over the line, or the lower edge, however large that is now, and cut no line of words in two."""
        room = self._over.rect()
        if self._line is not None and not self._line.isHidden():
            line = QRect(self._line.mapTo(self._over, QPoint()), self._line.size())
            high = max(line.height(), self.sizeHint().height())
            self.setGeometry(1, line.center().y() - high // 2 + 1, line.right(), high)
            return
        top = room.height() - self.sizeHint().height()
        for words in self._over.findChildren(WordsBelow):
            if words.isVisible() and words.y() < top < words.geometry().bottom():
                top = words.y()
        self.setGeometry(0, top, room.width(), room.height() - top)

    @Slot()
    def _go_soon(self) -> None:
        """It was used."""
        self._timer.start()

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
