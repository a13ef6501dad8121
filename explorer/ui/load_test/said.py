"""A sentence in the place of the report, with what Python says below it, and what can be done about it."""

from pathlib import Path
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QPushButton, QWidget

from explorer import formatting
from explorer.ui import theme
from explorer.ui.clipboard import put_on_clipboard
from explorer.ui.load_test.testing import Failure
from explorer.ui.message_page import MessagePage
from explorer.ui.text import caption, label, set_tooltip

RUNS: Final = "runs, to tell what it offers. You agreed to that: Edit > Preferences takes it back."
"""Behind a file's name."""
_HINT: Final = "Choose the Python file that defines the model. Nothing of it runs before you agree."
_READY: Final = "Test-load says whether the checkpoint loads into the model."
_NOTHING: Final = "The file has no torch.nn.Module class, no function that makes one, and no model."
_LOOK: Final = "Look at it again…"
_NAME: Final = 40
"""Characters of a file's name on the button; its tool tip has the whole path."""


class Said(MessagePage):
    """Stands where the report will be.

    Attributes:
        remedy: What to do about what failed.
        copy: Puts what failed on the clipboard.
        words: What Python says.

    Signals:
        look_asked: The model file is to be looked at once more, to agree to it.
        read_asked: The model file is to be read again, as it is now.
        copied: Something is on the clipboard now (what, as a sentence).
    """

    look_asked = Signal()
    read_asked = Signal()
    copied = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(_LOOK, parent, shows="test-load")
        self._reads = False
        self._under_way: Path | None = None
        self.remedy = label(wrap=True)
        self.remedy.setAlignment(self.message.alignment())
        self.copy = QPushButton("Copy")
        set_tooltip(self.copy, "Copy this message and what Python says.")
        self.words = QPlainTextEdit(readOnly=True)
        self.words.setFont(theme.fixed_font())
        self.words.setAccessibleName("What Python says")
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(self.button)
        row.addWidget(self.copy)
        row.addStretch(1)
        last = self.column.count() - 1
        for place, part in enumerate((self.remedy, self.words)):
            self.column.insertWidget(last + place, part, 4 * place)
        self.column.insertLayout(last + 1, row)
        self.button.clicked.connect(self._press)
        self.copy.clicked.connect(self._copy)
        self.tell("")

    def tell(self, sentence: str, file: Path | None = None, *, under_way: bool = False) -> None:
        """Say something else.

        Args:
            sentence: What there is to say.
            file: That can be read again; None for none.
            under_way: It is being read or run, and can be read again where that is stopped.
        """
        self._offer_reading(None if under_way else file)
        self._show(sentence, offer=self._reads)
        self._under_way = file if under_way else None

    def end(self) -> None:
        """Say so where what is under way was stopped: otherwise there is something else to say by now."""
        if self._under_way is not None:
            self.tell("It was stopped.", self._under_way)

    def tell_ready(self, file: Path | None, *, may_run: bool, offers: bool) -> None:
        """Say what can be done next.

        Args:
            file: Of the model; None before one is chosen.
            may_run: It was agreed to.
            offers: There is something in it to test.
        """
        if file is None:
            self.tell(_HINT)
        elif not may_run:
            self._offer_reading(None)
            self._show("It was not run.", offer=True)
        elif not offers:
            self.tell(_NOTHING, file)
        else:
            self.tell(_READY)

    def tell_failed(self, failure: Failure, printed: str, file: Path | None) -> None:
        """Say why there is no answer.

        Args:
            failure: What went wrong.
            printed: By the model file.
            file: That can be read again; None for none.
        """
        self._offer_reading(file if failure.remedy else None)
        printed = "" if printed.strip() in failure.sentence else printed
        details = "\n\n".join(filter(None, [failure.details, printed]))
        self._show(failure.sentence, failure.remedy, details, offer=self._reads, failed=True)

    def _offer_reading(self, file: Path | None) -> None:
        """Have the button read a file again; None has it look at what was read."""
        self._reads = file is not None
        name = "" if file is None else caption(formatting.visible(file.name, _NAME))
        self.button.setText(f"Read {name} again" if name else _LOOK)
        set_tooltip(self.button, "" if file is None else formatting.visible(str(file), 1000))

    def _show(self, sentence: str, remedy: str = "", details: str = "", *, offer: bool, failed: bool = False) -> None:
        self._under_way = None
        self.say(formatting.plain(sentence), offer=offer, failed=failed)
        self.remedy.setText(remedy)
        self.remedy.setVisible(bool(remedy))
        self.copy.setVisible(failed)
        self.words.setPlainText(formatting.plain(details))
        self.words.setVisible(bool(details))

    def _press(self) -> None:
        (self.read_asked if self._reads else self.look_asked).emit()

    def _copy(self) -> None:
        parts = self.message.text(), self.words.toPlainText()
        put_on_clipboard("\n\n".join(filter(None, parts)))
        self.copied.emit("The message was copied.")
