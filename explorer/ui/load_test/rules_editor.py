"""The editor of rules: a table of them, what they make of the keys, and a test with them."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QColor, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QPushButton, QTableView, QVBoxLayout, QWidget

from explorer.checkpoint.document import Checkpoint, Entry
from explorer.formatting import exact, plural
from explorer.keys.key_mapping import Rule
from explorer.loading.report import LoadReport
from explorer.ui import theme
from explorer.ui.load_test.rules_model import FIND, HEADS, ChangesModel, RulesModel
from explorer.ui.load_test.rules_preview import Keys, Previewed, RulesPreview
from explorer.ui.tables.look import Fitting, dress
from explorer.ui.tables.taking import Tables
from explorer.ui.text import label, set_tone, set_tooltip
from explorer.ui.themed import Themed

_HINT = (
    "Each rule goes over every key, in this order: a regular expression, or a part of a key with {n} for a number and "
    "{name} for any one word, as in blocks.{n}.attn → layers.{n}.attention. A key of which nothing stays is left out."
)


class EditorWords(NamedTuple):
    """What an editor says of what its rules are for.

    Attributes:
        apply: On its first button.
        applied: What that does.
        back: On the second.
        whose: The keys that others are to become are whose: "the model's".
    """

    apply: str = "Apply and re-test"
    applied: str = "Test again with these rules."
    back: str = "Back to the report"
    whose: str = "the model's"


_OF_TEST = EditorWords()


class RulesEditor(Themed, QWidget):
    """Rules of the user's.

    Signals:
        apply_asked: These rules are to be applied (a tuple of `Rule`).
        back_asked: The user wants back what was there before.
    """

    apply_asked = Signal(object)
    back_asked = Signal()

    def __init__(self, parent: QWidget | None = None, words: EditorWords = _OF_TEST) -> None:
        """Make an editor without rules.

        Args:
            parent: What it stands in.
            words: What its rules are for.
        """
        super().__init__(parent)
        self._words = words
        self._previewed: Previewed | None = None
        self.rules = RulesModel(self)
        self.changes = ChangesModel(self)
        self.preview = RulesPreview(self)
        self.table = _table(self.rules, "Rules")
        triggers = QAbstractItemView.EditTrigger
        self.table.setEditTriggers(
            triggers.DoubleClicked | triggers.SelectedClicked | triggers.EditKeyPressed | triggers.AnyKeyPressed
        )
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.verticalHeader().setVisible(True)
        # Rules go over keys in this order.
        self.table.setSortingEnabled(False)
        self.before_after = _table(self.changes, "Keys before and after")
        self.add = QPushButton("Add")
        self.remove = QPushButton("Remove")
        self.up = QPushButton("Move up")
        self.down = QPushButton("Move down")
        self.undo = QPushButton("Undo")
        self.redo = QPushButton("Redo")
        self.said = label(wrap=True, selectable=True)
        self.apply = QPushButton(words.apply)
        self.apply.setProperty("primary", True)
        self.back = QPushButton(words.back)
        self._lay_out()
        self._connect()
        self._follow_selection()
        self._begin_to_wear()

    def _wear(self) -> None:
        self.rules.bad_color = QColor(theme.current(self).bad)

    def _lay_out(self) -> None:
        edits = QHBoxLayout()
        edits.setSpacing(8)
        for button in (self.add, self.remove, self.up, self.down):
            edits.addWidget(button)
        edits.addStretch(1)
        ends = QHBoxLayout()
        ends.setSpacing(8)
        ends.addWidget(self.apply)
        ends.addWidget(self.back)
        ends.addStretch(1)
        # Not in the row above, which would be wider than half a small window.
        ends.addWidget(self.undo)
        ends.addWidget(self.redo)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        layout.addWidget(label("Rules for keys", title=True))
        layout.addWidget(label(_HINT, muted=True, wrap=True))
        layout.addWidget(self.table, 2)
        layout.addLayout(edits)
        layout.addWidget(self.said)
        layout.addWidget(self.before_after, 3)
        layout.addLayout(ends)

    def _connect(self) -> None:
        self.rules.edited.connect(self._ask)
        self.preview.answered.connect(self._show)
        self.table.selectionModel().currentChanged.connect(self._follow_selection)
        self.add.clicked.connect(self._add)
        self.remove.clicked.connect(self._remove)
        self.up.clicked.connect(lambda: self._move(-1))
        self.down.clicked.connect(lambda: self._move(1))
        self.apply.clicked.connect(self._apply)
        self.back.clicked.connect(self.back_asked)
        stack = self.rules.undo
        for button, does, key in (
            (self.undo, stack.undo, QKeySequence.StandardKey.Undo),
            (self.redo, stack.redo, QKeySequence.StandardKey.Redo),
        ):
            button.clicked.connect(does)
            action = QAction(button.text(), self)
            action.setShortcuts(QKeySequence.keyBindings(key))
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            action.triggered.connect(does)
            self.addAction(action)
        stack.indexChanged.connect(self._follow_selection)

    def use(self, tables: Tables) -> None:
        """Take rows elsewhere by the tables' menus."""
        tables.add(self.table, "rules", self.rules.writer)
        tables.add(self.before_after, "keys", self.changes.writer)

    def take(self, rules: Sequence[Rule]) -> None:
        """Put other rules in the place of those that stand here."""
        self.rules.change([(rule.pattern, rule.replacement) for rule in rules], "take over rules")

    def begin(self, checkpoint: Checkpoint, entry: Entry, report: LoadReport | None) -> None:
        """Edit the rules that stand here, for the keys of an entry.

        Args:
            checkpoint: That is open.
            entry: Of it.
            report: Of the last test; None where there is none.
        """
        self.preview.begin(checkpoint, entry, report)
        self._ask()
        self._take_focus()

    def begin_with(self, subject: Callable[[], Keys]) -> None:
        """Likewise for other keys, which are asked for on a worker."""
        self.preview.begin_with(subject)
        self._ask()
        self._take_focus()

    def _take_focus(self) -> None:
        if not self.rules.rowCount():
            self.add.setFocus()
        else:
            self.table.setFocus()
            if not self.table.currentIndex().isValid():
                self.table.setCurrentIndex(self.rules.index(0, FIND))

    def close_preview(self) -> None:
        """End what asks."""
        self.preview.close()

    def _ask(self) -> None:
        self._previewed = None
        self._judge()
        self._follow_selection()
        self.preview.ask(self.rules.rules)

    def _show(self, previewed: Previewed) -> None:
        if previewed.written != self.rules.rules:
            return
        self._previewed = previewed
        self.rules.show_renamed(previewed.renamed)
        self.table.viewport().update()
        self.changes.show_changes(previewed.renamed.changes)
        self._judge()

    def _judge(self) -> None:
        """Say what the rules do or what is wrong with them, and let only sound ones be applied."""
        renamed = None if self._previewed is None else self._previewed.renamed
        why = "" if renamed is not None else "What the rules do is being worked out."
        said = "…"
        if renamed is not None:
            problems = [f"Rule {row + 1}: {problem}" for row, problem in enumerate(renamed.problems) if problem]
            why = " ".join([*problems, renamed.refused]).strip()
            named = renamed.changed - renamed.left_out
            said = why or f"{exact(named)} of {plural(renamed.total, 'key')} get another name."
            if not why and renamed.left_out:
                said += f" {exact(renamed.left_out)} {'is' if renamed.left_out == 1 else 'are'} left out."
            if not why and renamed.fitting is not None:
                said += f" {exact(renamed.fitting)} then have a name and shape of {self._words.whose}"
                said += f", {exact(renamed.reshaped)} more a name with another shape." if renamed.reshaped else "."
        self.said.setText(said)
        set_tone(self.said, "bad" if renamed is not None and why else None)
        self.apply.setEnabled(not why)
        set_tooltip(self.apply, why or self._words.applied)

    def _follow_selection(self) -> None:
        row, count = self.table.currentIndex().row(), self.rules.rowCount()
        stack = self.rules.undo
        for button, why in (
            (self.remove, "" if row >= 0 else "Select a rule first."),
            (self.up, "" if row > 0 else "It is the first." if row == 0 else "Select a rule first."),
            (
                self.down,
                "" if 0 <= row < count - 1 else "It is the last." if row >= 0 else "Select a rule first.",
            ),
            (self.undo, "" if stack.canUndo() else "Nothing was changed."),
            (self.redo, "" if stack.canRedo() else "Nothing was undone."),
        ):
            button.setEnabled(not why)
            set_tooltip(button, why)
        if stack.canUndo():
            set_tooltip(self.undo, f"Undo: {stack.undoText()}")
        if stack.canRedo():
            set_tooltip(self.redo, f"Redo: {stack.redoText()}")

    def _add(self) -> None:
        row = self.table.currentIndex().row()
        rules = list(self.rules.rules)
        place = row + 1 if row >= 0 else len(rules)
        rules.insert(place, ("", ""))
        self.rules.change(rules, "add a rule")
        index = self.rules.index(place, FIND)
        self.table.setCurrentIndex(index)
        self.table.edit(index)

    def _remove(self) -> None:
        row = self.table.currentIndex().row()
        rules = list(self.rules.rules)
        if 0 <= row < len(rules):
            del rules[row]
            self.rules.change(rules, "remove a rule")
            self.table.setCurrentIndex(self.rules.index(min(row, len(rules) - 1), FIND))

    def _move(self, step: int) -> None:
        row = self.table.currentIndex().row()
        rules = list(self.rules.rules)
        if 0 <= row < len(rules) and 0 <= row + step < len(rules):
            rules[row], rules[row + step] = rules[row + step], rules[row]
            self.rules.change(rules, "move a rule")
            self.table.setCurrentIndex(self.rules.index(row + step, FIND))

    def _apply(self) -> None:
        if self._previewed is not None and self._previewed.renamed.fine:
            self.apply_asked.emit(self._previewed.rules)


def _table(model: RulesModel | ChangesModel, name: str) -> QTableView:
    table = QTableView()
    table.setModel(model)
    dress(table, name)
    Fitting(table, HEADS)
    table.verticalHeader().setDefaultSectionSize(theme.row_height(table.fontMetrics()) + 4)
    return table
