"""Which rules rename the checkpoint's keys when it is tested: a line of the form."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from explorer.formatting import plural, visible
from explorer.keys.key_mapping import Rule
from explorer.ui.text import ElidedLabel, set_tooltip


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
        self.said = ElidedLabel()
        self.drop = QPushButton("Use none")
        set_tooltip(self.drop, "Test with the checkpoint's own keys again.")
        self.drop.clicked.connect(self.drop_asked)
        self.edit = QPushButton("Edit rules…")
        set_tooltip(self.edit, "Rename the checkpoint's keys by rules, and test with them.")
        self.edit.clicked.connect(self.edit_asked)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.said, 1)
        layout.addWidget(self.drop)
        layout.addWidget(self.edit)
        self.show_rules(())

    def show_rules(self, rules: Sequence[Rule]) -> None:
        """Say which rules the next test applies."""
        words = "; ".join(visible(rule.in_words, 200) for rule in rules)
        self.said.setText(f"{plural(len(rules), 'rule')}: {words}" if rules else "as in the checkpoint")
        self.drop.setVisible(bool(rules))
