"""Which rules rename the checkpoint's keys when it is tested: a line of the form, and the rules below it."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from explorer.formatting import plural, visible
from explorer.keys.key_mapping import Rule
from explorer.ui.plots.wrapping import WordsBelow
from explorer.ui.text import label, set_tooltip


class RulesLine(QWidget):
    """The rules in force.

    Signals:
        edit_asked: They are to be edited.
        drop_asked: There are to be none.
    """

    edit_asked = Signal()
    drop_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.said = label()
        self.words = WordsBelow(1, grows=True)
        self.words.setContentsMargins(0, 2, 0, 2)
        self.drop = QPushButton("Use none")
        set_tooltip(self.drop, "Test with the checkpoint's own keys again.")
        self.drop.clicked.connect(self.drop_asked)
        self.edit = QPushButton("Edit rules…")
        set_tooltip(self.edit, "Rename the checkpoint's keys by rules, and test with them.")
        self.edit.clicked.connect(self.edit_asked)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.said, 1)
        row.addWidget(self.drop)
        row.addWidget(self.edit)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(row)
        layout.addWidget(self.words)
        self.show_rules(())

    def show_rules(self, rules: Sequence[Rule]) -> None:
        """Say which rules the next test applies."""
        self.said.setText(plural(len(rules), "rule") if rules else "as in the checkpoint")
        self.words.shrink()
        self.words.setText("; ".join(visible(rule.in_words, 200) for rule in rules))
        self.words.setVisible(bool(rules))
        self.drop.setVisible(bool(rules))
