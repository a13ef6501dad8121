"""What would make more load: one card for each proposal."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from explorer import formatting
from explorer.loading.proposals import Proposal
from explorer.ui.text import label

_RULES_SHOWN = 6


class ProposalList(QWidget):
    """Proposals, the best on top.

    Signals:
        apply_asked: The test is to run again so (`Proposal`).
        edit_asked: Its rules are to be edited first (`Proposal`).
        shown: There are proposals now (the first card).
    """

    apply_asked = Signal(object)
    edit_asked = Signal(object)
    shown = Signal(QWidget)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards = QVBoxLayout(self)
        self._cards.setContentsMargins(0, 8, 0, 4)
        self._cards.setSpacing(8)
        self.setAccessibleName("Proposed fixes")
        self._filled = self._aside = False
        self.show_words("")

    def set_aside(self, aside: bool) -> None:
        """Hide what stands here while something else is to be decided, or show it again."""
        self._aside = aside
        self.setVisible(self._filled and not aside)

    def show_words(self, sentence: str) -> None:
        """Say something in the place of proposals; nothing leaves its room to others."""
        self._filled = bool(sentence)
        self.set_aside(self._aside)
        self._show([label(sentence, muted=True, wrap=True)])

    @property
    def buttons(self) -> list[QPushButton]:
        """From top to bottom."""
        return self.findChildren(QPushButton)

    def show_proposals(self, proposals: Sequence[Proposal]) -> None:
        """Show other proposals."""
        if proposals:
            self._filled = True
            self.set_aside(self._aside)
            cards = [self._card(proposal, best=place == 0) for place, proposal in enumerate(proposals)]
            self._show(cards)
            self.shown.emit(cards[0])
        else:
            self.show_words("No other entry, arguments or names of keys were found that load more.")

    def _show(self, parts: Sequence[QWidget]) -> None:
        for place in reversed(range(self._cards.count())):
            item = self._cards.takeAt(place)
            before = None if item is None else item.widget()
            if before is not None:
                before.hide()
                before.setParent(None)
                before.deleteLater()
        for part in parts:
            self._cards.addWidget(part)

    def _card(self, proposal: Proposal, *, best: bool) -> QFrame:
        card = QFrame()
        card.setProperty("panel", True)
        layout = QVBoxLayout(card)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(4)
        # A prefix ends in a full stop of its own.
        why = label(f"{proposal.why[:1].upper()}{proposal.why[1:].removesuffix('.')}.", wrap=True)
        font = why.font()
        font.setBold(True)
        why.setFont(font)
        layout.addWidget(why)
        report = proposal.report
        share = formatting.percent(report.parameters_loaded, report.parameters)
        tensors = formatting.plural(report.tensors, "tensor")
        loads = f"Loads {formatting.exact(len(report.loaded))} of {tensors}, {share} of parameters"
        if proposal.strict is False:
            loads += ", with strict off; the others keep the values that they begin with"
        layout.addWidget(label(f"{loads}.", muted=True, wrap=True))
        if proposal.ambiguous:
            layout.addWidget(label(f"Ambiguous: {proposal.ambiguous}.", wrap=True, tone="caution"))
        if proposal.expression is not None:
            layout.addWidget(label(formatting.visible(proposal.expression, 400), fixed=True, wrap=True))
        for rule in proposal.rules[:_RULES_SHOWN]:
            layout.addWidget(label(rule.in_words, fixed=True, wrap=True))
        if len(proposal.rules) > _RULES_SHOWN:
            layout.addWidget(label(f"and {len(proposal.rules) - _RULES_SHOWN} more rules", muted=True))
        button = QPushButton("Apply and re-test")
        button.setProperty("primary", best)
        button.clicked.connect(lambda: self.apply_asked.emit(proposal))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(button)
        if proposal.rules:
            edit = QPushButton("Edit rules…")
            edit.clicked.connect(lambda: self.edit_asked.emit(proposal))
            row.addWidget(edit)
        row.addStretch(1)
        layout.addLayout(row)
        return card
