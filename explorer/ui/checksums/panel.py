"""What came out for the checksums of the file: a sentence, and a table that leads to the tensors."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QModelIndex, Signal, Slot
from PySide6.QtWidgets import (
    QPushButton,
)

from explorer.query.fitting import Work, fitting_of
from explorer.ui.checksums.model import ChecksumModel
from explorer.ui.clipboard import put_on_clipboard
from explorer.ui.files.check import FileCheck
from explorer.ui.message_page import MessagePage
from explorer.ui.session import Session
from explorer.ui.tables.fitting import CLEAR
from explorer.ui.tables.table_panel import TablePanel
from explorer.ui.text import set_tooltip

if TYPE_CHECKING:
    from explorer.checkpoint.checksums import Checksums

_HEIGHT: Final = 180
_COPIED: Final = 10_000
"""Rows that Copy takes at most, beside the sentence."""
_VERIFY: Final = "Verify checksums"
_CANCELLED: Final = "Verifying was cancelled."


class ChecksumPanel(TablePanel):
    """Follows a `FileCheck`.

    Signals:
        chosen: A tensor is to be looked at (its number).
        all_asked: What the filter leaves out is to be listed again.
    """

    chosen = Signal(int)
    all_asked = Signal()

    def __init__(self, session: Session, check: FileCheck) -> None:
        """Make the panel, empty.

        Args:
            session: Tells what is open.
            check: Tells what came out.
        """
        self.model = ChecksumModel()
        super().__init__("Checksums", "Checksums of tensors", self.model, MessagePage(_VERIFY), _HEIGHT)
        self.model.setParent(self)
        self._session = session
        self._check = check
        self.again = QPushButton("Verify again")
        self.again.clicked.connect(check.verify)
        set_tooltip(self.again, "Read all records once more and compare their checksums")
        self.copy = QPushButton("Copy")
        self.copy.clicked.connect(self._copy)
        set_tooltip(self.copy, "Copy the sentence, and a line for each tensor whose checksum is not right")
        for button in (self.again, self.copy):
            button.setProperty("flat", True)
        self.table.clicked.connect(self._choose)
        self.table.activated.connect(self._choose)
        self.page.button.clicked.connect(self._press)
        self.lay_out(self.again, self.copy)
        check.verified.connect(self._show)
        check.verifiable.connect(self._show_state)
        check.began.connect(self._begin)
        check.ended.connect(self._show_state)
        self._show_state()

    def _show(self, checksums: "Checksums | None") -> None:
        self.model.show_checksums(self._session.checkpoint, checksums)
        self._show_state()

    def to_keep(self) -> Work:
        """Finds out which tensors fit the filter."""
        checksums = self._check.checksums
        return fitting_of(() if checksums is None else checksums.worst_first)

    def keep(self, numbers: frozenset[int] | None) -> None:
        """List these tensors only; None for all."""
        self.model.show_only(numbers)
        self._show_state()

    def _show_state(self) -> None:
        checksums, why_not = self._check.checksums, self._check.why_not
        none_fits = checksums is not None and self.model.none_fits
        self.page.button.setText(CLEAR if none_fits else _VERIFY)
        self.table.setVisible(checksums is not None and not none_fits)
        self.again.setEnabled(not why_not and not self._check.verifying)
        if checksums is not None:
            before = f"{_CANCELLED} Before that: " if self._check.stopped else ""
            said = [f"{before}{checksums.sentence}", self.model.about_filter()]
            self.say(" ".join(filter(None, said)), "bad" if checksums.is_wrong else None)
        else:
            self.say(why_not or (_CANCELLED if self._check.stopped else "Nothing was verified yet."))
        self.show_page(instead=checksums is None or none_fits, offer=none_fits or self.again.isEnabled())
        self.copy.setEnabled(checksums is not None)

    @Slot()
    def _press(self) -> None:
        """Do what the page offers."""
        if self._check.checksums is not None and self.model.none_fits:
            self.all_asked.emit()
        else:
            self._check.verify()

    def _begin(self) -> None:
        self.say("Verifying checksums…")
        self.show_page(instead=self._check.checksums is None)

    def _choose(self, index: QModelIndex) -> None:
        self.chosen.emit(self.model.row(index.row()))

    def _copy(self) -> None:
        checkpoint, checksums = self._session.checkpoint, self._check.checksums
        if checkpoint is None or checksums is None:
            return
        lines = [checksums.sentence]
        for number in checksums.worst_first[:_COPIED]:
            if checksums.word(number) == "right":
                break
            lines.append(f"{checkpoint.tensors.key(number)}\t{checksums.word(number)}")
        put_on_clipboard("\n".join(lines))
