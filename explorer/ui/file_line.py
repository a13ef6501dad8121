"""Whether loading the open file runs anything, and the lines that load it: below the name of the file."""

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from explorer.loading.load_lines import load_program, what_loading_runs
from explorer.ui.clipboard import put_on_clipboard
from explorer.ui.sentence import Sentence
from explorer.ui.session import Session
from explorer.ui.text import set_tone, set_tooltip
from explorer.ui.words_row import words_row


class FileLine(QWidget):
    """Follows the open file and its shown entry.

    Signals:
        copied: The lines are on the clipboard: a sentence.
    """

    copied = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        """Make it; while nothing is open it says nothing.

        Args:
            session: Tells what is open.
            parent: What it stands in.
        """
        super().__init__(parent)
        self._session = session
        self.sentence = Sentence()
        self.sentence.setProperty("muted", True)
        self.copy = QPushButton("Copy load call")
        self.copy.clicked.connect(self._copy)
        words_row(self, self.copy, self.sentence)
        session.opened.connect(self._show)
        session.entry_changed.connect(self._show)
        self._show()

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As high as the button, which may be hidden."""
        hint = super().minimumSizeHint()
        return QSize(hint.width(), max(hint.height(), self.copy.sizeHint().height()))

    @property
    def program(self) -> str:
        """The lines that load the shown entry, or what is in a file without any; "" where none surely do."""
        checkpoint, entry = self._session.checkpoint, self._session.entry
        if checkpoint is None or (entry is None and checkpoint.entries):
            return ""
        return load_program(checkpoint, entry)

    def _show(self) -> None:
        checkpoint = self._session.checkpoint
        said = None if checkpoint is None else what_loading_runs(checkpoint)
        self.sentence.setText("" if said is None else said.sentence)
        set_tone(self.sentence, None if said is None else said.tone)
        program = self.program
        self.copy.setVisible(bool(program))
        set_tooltip(self.copy, f"Copy the Python that loads what is shown:\n\n{program}" if program else "")

    def _copy(self) -> None:
        put_on_clipboard(self.program)
        self.copied.emit("The lines that load it were copied.")
