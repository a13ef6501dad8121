"""The rows of a comparison, and in their place the editor of the rules that pair their keys."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from explorer.keys.key_mapping import Rule
from explorer.ui.compare.rules import keys_of, pairing_editor

if TYPE_CHECKING:
    from explorer.analysis.compare.pairing import Pairing
    from explorer.ui.load_test.rules_editor import RulesEditor
    from explorer.ui.tables.taking import Tables


class RowsOrEditor(QStackedWidget):
    """Shows one of them; the editor is made when it is first asked for.

    Attributes:
        editor: None until then.
        tables: Give its tables their menus; None for none.

    Signals:
        apply_asked: The files are to be compared with these rules for B's keys (a tuple of `Rule`).
    """

    apply_asked = Signal(object)

    def __init__(self, rows: QWidget) -> None:
        super().__init__()
        self._rows = rows
        self.addWidget(rows)
        self.editor: RulesEditor | None = None
        self.tables: Tables | None = None

    def show_rows(self) -> None:
        """Leave the editor."""
        self.setCurrentWidget(self._rows)

    def edit(self, rules: Sequence[Rule], pairing: "Pairing") -> None:
        """Edit rules for the keys of B before they are applied.

        Args:
            rules: To begin with.
            pairing: What is compared.
        """
        if self.editor is None:
            self.editor = pairing_editor(self.tables)
            self.editor.apply_asked.connect(self.apply_asked)
            self.editor.back_asked.connect(self.show_rows)
            self.addWidget(self.editor)
        self.editor.take(rules)
        self.editor.begin_with(partial(keys_of, pairing.a, pairing.b))
        self.setCurrentWidget(self.editor)

    def take(self, rules: Sequence[Rule]) -> None:
        """Have the editor begin with these rules, which are applied."""
        if self.editor is not None:
            self.editor.take(rules)

    def close_work(self) -> None:
        """End the editor's worker."""
        if self.editor is not None:
            self.editor.close_preview()
