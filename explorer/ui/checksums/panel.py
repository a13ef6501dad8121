"""What came out for the checksums of the file: a sentence, and a table that leads to the tensors."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QModelIndex, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from explorer.ui import theme
from explorer.ui.checksums.model import ChecksumModel
from explorer.ui.clipboard import put_on_clipboard
from explorer.ui.files.check import FileCheck
from explorer.ui.message_page import MessagePage
from explorer.ui.session import Session
from explorer.ui.tables.look import Fitting, dress
from explorer.ui.text import label, set_tone, set_tooltip

if TYPE_CHECKING:
    from explorer.checkpoint.checksums import Checksums

_HEIGHT: Final = 180
_COPIED: Final = 10_000
"""Rows that Copy takes at most, beside the sentence."""


class ChecksumPanel(QFrame):
    """Follows a `FileCheck`.

    Signals:
        chosen: A tensor is to be looked at (its number).
    """

    chosen = Signal(int)

    def __init__(self, session: Session, check: FileCheck) -> None:
        """Make the panel, empty.

        Args:
            session: Tells what is open.
            check: Tells what came out.
        """
        super().__init__()
        self.setProperty("panel", True)
        self.setAccessibleName("Checksums")
        self._session = session
        self._check = check
        self.model = ChecksumModel(self)
        self.sentence = label(wrap=True, selectable=True)
        self.again = QPushButton("Verify again")
        self.again.clicked.connect(check.verify)
        set_tooltip(self.again, "Read all records once more and compare their checksums")
        self.copy = QPushButton("Copy")
        self.copy.clicked.connect(self._copy)
        set_tooltip(self.copy, "Copy the sentence, and a line for each tensor whose checksum is not right")
        head = QHBoxLayout()
        head.setContentsMargins(12, 4, 8, 4)
        head.addWidget(self.sentence, 1)
        for button in (self.again, self.copy):
            button.setProperty("flat", True)
            head.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self.table = QTableView()
        self.table.setModel(self.model)
        dress(self.table, "Checksums of tensors")
        Fitting(self.table, self.model.heads)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.clicked.connect(self._choose)
        self.table.activated.connect(self._choose)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        self.page = MessagePage("Verify checksums")
        self.page.button.clicked.connect(check.verify)
        self._head = QWidget()
        self._head.setLayout(head)
        for part in (self._head, self.table, self.page):
            layout.addWidget(part, part is not self._head)
        check.verified.connect(self._show)
        check.verifiable.connect(self._show_state)
        check.began.connect(self._begin)
        check.ended.connect(self._show_state)
        self._wear()
        self._show_state()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Room for a few rows: the window is for the tensors."""
        return QSize(super().sizeHint().width(), _HEIGHT)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Wear the theme's colours."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "model"):
            self._wear()

    def _wear(self) -> None:
        self.model.wear(theme.current(self))

    def _show(self, checksums: "Checksums | None") -> None:
        self.model.show_checksums(self._session.checkpoint, checksums)
        self._show_state()

    def _show_state(self) -> None:
        checksums, why_not = self._check.checksums, self._check.why_not
        self.table.setVisible(checksums is not None)
        self.again.setEnabled(not why_not and not self._check.verifying)
        if checksums is not None:
            self._say(checksums.sentence, bad=checksums.is_wrong)
        else:
            self._say(why_not or "Nothing was verified yet.")
            self.page.say(self.sentence.text(), offer=self.again.isEnabled())
        self._head.setHidden(checksums is None)
        self.page.setVisible(checksums is None)
        self.copy.setEnabled(checksums is not None)

    def _say(self, sentence: str, *, bad: bool = False) -> None:
        self.sentence.setText(sentence)
        set_tone(self.sentence, "bad" if bad else None)

    def _begin(self) -> None:
        self._say("Verifying checksums…")
        self.page.say(self.sentence.text())

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
