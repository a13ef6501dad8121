"""What stands above the rows of a comparison: which states, which entries of A and B, and what is close."""

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from explorer import formatting
from explorer.analysis.compare.difference import STATE_WORDS
from explorer.checkpoint.document import Checkpoint, Entry
from explorer.ui.breaking import BreakingLine, group
from explorer.ui.compare.comparing import Compared
from explorer.ui.compare.tolerances import Tolerances
from explorer.ui.text import Label, caption, label, set_tooltip

_ALL: Final = "All states"


class ComparisonTools(QWidget):
    """Two lines, and what is wrong with the first: the second is there where a file has more than one entry.

    Attributes:
        states: Which pairs are listed.
        entries_a: Which entry of A is compared.
        entries: Which one of B.
        tolerances: What is close.

    Signals:
        state_chosen: Pairs in this state are to be listed; all of them for "".
        entry_a_chosen: This entry of A is to be compared, by its path.
        entry_b_chosen: Likewise of B.
        rules_asked: The rules for the keys of B are to be shown.
    """

    state_chosen = Signal(str)
    entry_a_chosen = Signal(str)
    entry_b_chosen = Signal(str)
    rules_asked = Signal()

    def __init__(self, switch: QWidget, left: int) -> None:
        """Make them.

        Args:
            switch: Stands first.
            left: Pixels before it.
        """
        super().__init__()
        self.states = QComboBox()
        self.states.setAccessibleName("Which states are shown")
        self.states.addItem(_ALL, "")
        self.states.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        # Qt would have it narrower than its words.
        self.states.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.entries_a, self.entries = _entries("A"), _entries("B")
        self.tolerances = Tolerances(self)
        self.rules = QPushButton("Rules for keys…")
        self.rules.setProperty("flat", True)
        set_tooltip(self.rules, "Pair tensors that are named otherwise in B")
        close = group([], right=True)
        self.tolerances.add_to(close)
        first = BreakingLine(group([switch, self.states, self.rules]), close, (left, 0, 8, 0))
        wrong = _line(left)
        wrong.addWidget(self.tolerances.said)
        second = _line(left)
        self._labels: dict[QComboBox, Label] = {}
        for side, box in (("A", self.entries_a), ("B", self.entries)):
            self._labels[box] = label(f"{side}:", muted=True)
            second.addWidget(self._labels[box])
            second.addWidget(box, 1)
        second.addStretch(1)
        self._second = QWidget()
        self._second.setLayout(second)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(first)
        layout.addLayout(wrong)
        layout.addWidget(self._second)
        self._connect()
        self.show_entries(None, None, None, None)

    def _connect(self) -> None:
        self.rules.clicked.connect(self.rules_asked)
        self.states.activated.connect(lambda _place: self.state_chosen.emit(self.states.currentData()))
        self.entries_a.activated.connect(lambda _place: self.entry_a_chosen.emit(self.entries_a.currentData()))
        self.entries.activated.connect(lambda _place: self.entry_b_chosen.emit(self.entries.currentData()))

    @property
    def state(self) -> str:
        """Of the pairs that are listed; "" for all."""
        return str(self.states.currentData())

    def list_all_states(self) -> None:
        """Choose all of them, without asking for them."""
        self.states.setCurrentIndex(0)

    def count_states(self, compared: Compared) -> None:
        """Offer the states that pairs are in."""
        counts = compared.comparison.counts
        shown = self.states.currentData()
        self.states.clear()
        self.states.addItem(f"{_ALL} ({formatting.exact(len(compared.order))})", "")
        for state, name in STATE_WORDS.items():
            if counts[state]:
                self.states.addItem(f"{name} ({formatting.exact(counts[state])})", state)
        self.states.setCurrentIndex(max(0, self.states.findData(shown)))

    def show_entries(
        self, a: Checkpoint | None, entry_a: Entry | None, b: Checkpoint | None, entry_b: Entry | None
    ) -> None:
        """Offer the entries of both files, where there are several of one; with those chosen that are compared."""
        for box, checkpoint, entry in ((self.entries_a, a, entry_a), (self.entries, b, entry_b)):
            box.clear()
            for other in () if checkpoint is None else checkpoint.entries:
                box.addItem(caption(formatting.visible(other.name) or "(top)"), other.path)
            box.setCurrentIndex(max(0, box.findData("" if entry is None else entry.path)))
            several = b is not None and box.count() > 1
            box.setVisible(several)
            self._labels[box].setVisible(several)
        self.rules.setEnabled(b is not None)
        self._second.setVisible(b is not None and max(self.entries_a.count(), self.entries.count()) > 1)


def _entries(side: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(f"Entry of {side}")
    box.setMinimumContentsLength(12)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    set_tooltip(box, f"Which part of {side} is compared")
    return box


def _line(left: int) -> QHBoxLayout:
    line = QHBoxLayout()
    line.setContentsMargins(left, 0, 8, 0)
    line.setSpacing(8)
    return line
