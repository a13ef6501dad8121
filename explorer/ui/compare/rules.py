"""Rules for the keys of B: those that are proposed, those that are applied, and the editor of the user's own."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QToolButton, QVBoxLayout, QWidget

from explorer import formatting
from explorer.keys.key_mapping import Rule
from explorer.ui.load_test.rules_editor import EditorWords, RulesEditor
from explorer.ui.load_test.rules_preview import Keys
from explorer.ui.plots.export_actions import menu_button
from explorer.ui.text import caption, label, set_tooltip

if TYPE_CHECKING:
    from explorer.analysis.compare.pairing import Chosen, RuleProposal
    from explorer.ui.tables.taking import Tables

_NAMED: Final = 3
"""So many rules of a proposal are named in its sentence."""
_OF_COMPARISON: Final = EditorWords(
    apply="Apply and compare",
    applied="Compare again with these rules for the keys of B.",
    back="Back to the comparison",
    whose="A's",
)


class OfferedRules(QWidget):
    """A sentence about the best proposal, or about the rules that are applied, and what can be done with them.

    Signals:
        apply_asked: The files are to be compared with these rules for B's keys (a tuple of `Rule`).
        edit_asked: These are to be edited first (likewise).
    """

    apply_asked = Signal(object)
    edit_asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._rules: tuple[Rule, ...] = ()
        self._kept = 0
        self.said = label(muted=True, wrap=True)
        self.ambiguous = label(wrap=True, tone="caution")
        self.apply = QPushButton("Apply")
        self.edit = QPushButton("Edit rules…")
        self.others: QToolButton = menu_button("Others", [])
        set_tooltip(self.others, "Choose another proposal to apply")
        self.clear = QPushButton("Compare without the rules")
        self.apply.clicked.connect(lambda: self.apply_asked.emit(self._rules))
        self.edit.clicked.connect(lambda: self.edit_asked.emit(self._rules))
        self.clear.clicked.connect(lambda: self.apply_asked.emit(()))
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.said)
        words.addWidget(self.ambiguous)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(words, 1)
        for button in (self.others, self.edit, self.apply, self.clear):
            layout.addWidget(button)
        self.show_rules((), ())

    def show_rules(self, proposals: "Sequence[RuleProposal]", applied: Sequence[Rule]) -> None:
        """Offer what is proposed, else say what is applied; nothing where there is neither.

        Args:
            proposals: The best first; the rules that are applied are the first of each.
            applied: Rules.
        """
        best = proposals[0] if proposals else None
        self._rules = tuple(applied) if best is None else best.rules
        self.ambiguous.setVisible(bool(best and best.ambiguous))
        if best is not None:
            self._kept = len(applied)
            self.said.setText(self._sentence(best))
            self.ambiguous.setText(f"Ambiguous: {best.ambiguous}.")
        elif applied:
            named = ", ".join(formatting.plain(rule.in_words) for rule in applied[: _NAMED + 1])
            more = f" and {len(applied) - _NAMED - 1} more" if len(applied) > _NAMED + 1 else ""
            self.said.setText(f"With {named}{more} for B's keys.")
        self._list_others(proposals[1:])
        self.apply.setVisible(best is not None)
        self.clear.setVisible(bool(applied))
        self.setVisible(best is not None or bool(applied))

    def _list_others(self, proposals: "Sequence[RuleProposal]") -> None:
        menu: QMenu = self.others.menu()
        menu.clear()
        for proposal in proposals:
            said = f"{self._named(proposal)}: {formatting.plural(proposal.paired, 'tensor')}"
            action = menu.addAction(caption(said + (", ambiguous" if proposal.ambiguous else "")))
            set_tooltip(action, self._sentence(proposal))
            action.triggered.connect(partial(self.apply_asked.emit, proposal.rules))
        self.others.setVisible(bool(proposals))

    def _sentence(self, proposal: "RuleProposal") -> str:
        why = formatting.plain(proposal.why)
        paired = f"{formatting.plural(proposal.paired, 'tensor')} would have a counterpart"
        more = f", {formatting.exact(proposal.more)} more than now"
        return f"{why[:1].upper()}{why[1:]}: {paired} with {self._named(proposal)}{more}."

    def _named(self, proposal: "RuleProposal") -> str:
        """The rules that come to those that are applied."""
        rules = proposal.rules[self._kept :]
        named = ", ".join(formatting.plain(rule.in_words) for rule in rules[:_NAMED])
        more = f" and {len(rules) - _NAMED} more" if len(rules) > _NAMED else ""
        return f"{named}{more}"


def pairing_editor(tables: "Tables | None" = None) -> RulesEditor:
    """The editor, for the keys of B; its tables get their menus from those of a window."""
    editor = RulesEditor(words=_OF_COMPARISON)
    if tables is not None:
        editor.use(tables)
    return editor


def keys_of(a: "Chosen", b: "Chosen") -> Keys:
    """The keys of B and those of A that they are to become, with their shapes; on a worker."""
    from explorer.analysis.compare.pairing import sized_keys  # noqa: PLC0415 - not on the way to the window

    shapes = {key: shape for key, shape in sized_keys(b, a) if shape is not None}
    return Keys(list(shapes), shapes, dict(sized_keys(a, b)))
