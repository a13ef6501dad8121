"""The view of Compare: what changed in a sentence, a tree of all pairs, and the selected pair."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from explorer.formatting import visible
from explorer.keys.key_mapping import Rule
from explorer.ui import theme
from explorer.ui.compare.arranging import Arranging
from explorer.ui.compare.comparing import Compared, Comparing, Limits
from explorer.ui.compare.entries import ExportEntries
from explorer.ui.compare.exporting import ComparisonExports
from explorer.ui.compare.head import ComparisonHead
from explorer.ui.compare.moved_map import MovedMap
from explorer.ui.compare.naming import both_sides, from_to, most_like
from explorer.ui.compare.pair_look import located
from explorer.ui.compare.pair_view import PairView
from explorer.ui.compare.rows import PairRows
from explorer.ui.compare.rows_or_editor import RowsOrEditor
from explorer.ui.compare.rules import OfferedRules
from explorer.ui.compare.tools import ComparisonTools
from explorer.ui.compare.waiting_keyboard import WaitingKeyboard
from explorer.ui.files.dialogs import ask_what_to_open
from explorer.ui.message_page import MessagePage
from explorer.ui.running.work_row import WorkRow, with_work_row
from explorer.ui.session import Session
from explorer.ui.settings import Settings
from explorer.ui.text import ElidedLabel, label, set_tone, set_tooltip
from explorer.ui.themed import Themed
from explorer.ui.usual import set_usual_sizes

_HINT: Final = "Choose a second checkpoint, B, to see what changed from this one, A."
_LEFT: Final = 8
"""Where the first column's words begin, in pixels."""


class ComparePanel(Themed, QWidget):
    """Compares the shown entry with one of a second checkpoint.

    Attributes:
        held: Another file becomes A, and what is compared with it is still to come.

    Signals:
        tensor_chosen: A tensor of A is to be shown in the tree of layers (its number).
        back_asked: The user wants the layers back.
        run_asked: The user wants the run back that these two files are of.
        all_asked: The filter keeps from being listed what the user wants to see.
    """

    tensor_chosen = Signal(int)
    back_asked = Signal()
    run_asked = Signal()
    all_asked = Signal()

    def __init__(self, session: Session, settings: Settings, entries: ExportEntries) -> None:
        """Make the view, with nothing to compare with.

        Args:
            session: Tells what A is.
            settings: Remember where to look for B first, and how things are drawn.
            entries: Take elsewhere what it shows.
        """
        super().__init__()
        self._session = session
        self._folder: Callable[[], Path | None] = lambda: settings.last_folder
        self._compared: Compared | None = None
        self._to_select: str | None = None
        self._a = None if session.checkpoint is None else session.checkpoint.path
        self.held = False
        self.progress = WorkRow("the comparison", "Comparing")
        self.comparing = Comparing(session, self.progress)
        self.arranging = Arranging(WorkRow("sorting", "Sorting"))
        self.rows = PairRows(settings, self.arranging)
        self.model, self.table = self.rows.model, self.rows.table
        self.tools = ComparisonTools(self.rows.switch, _LEFT)
        self.states, self.entries = self.tools.states, self.tools.entries
        self.tolerances = self.tools.tolerances
        self.rtol, self.atol = self.tolerances.rtol, self.tolerances.atol
        self.offered = OfferedRules()
        self.exports = ComparisonExports(self.model, self._folder, entries, self.rows)
        self.moved = MovedMap(settings)
        self.pair = PairView(settings)
        self._build()
        self._connect()
        self._keyboard = WaitingKeyboard(self, (self.again, self.page.button, self.sentence), self.progress.cancel)
        self.verify.hide()
        self._say_hint()
        self._name_entries()
        self._begin_to_wear()

    def _build(self) -> None:
        head = ComparisonHead(self.exports.button, _LEFT)
        self.back, self.back_to_run, self.swap, self.choose = head.back, head.back_to_run, head.swap, head.choose
        self.sentence = label(wrap=True, selectable=True)
        # The keyboard waits there, and Tab goes on from there.
        self.sentence.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.sides = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self.sides.setProperty("muted", True)
        self.two_entries = QPushButton("Compare two entries of this file")
        said = QVBoxLayout()
        said.setContentsMargins(_LEFT, 0, 8, 0)
        said.addWidget(self.sentence)
        said.addWidget(self.sides)
        self.verify = QPushButton("Verify by reading")
        set_tooltip(self.verify, "Read the tensors that are identical by checksum, and compare every bit.")
        self.again = QPushButton("Compare again")
        self.again.hide()
        for button in (self.verify, self.two_entries, self.again):
            said.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        said.addWidget(self.offered)
        left = QFrame()
        left.setProperty("panel", True)
        column = QVBoxLayout(left)
        column.setContentsMargins(1, 0, 1, 1)
        column.setSpacing(8)
        column.addWidget(head)
        column.addLayout(said)
        page_of_rows = QWidget()
        page = QVBoxLayout(page_of_rows)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(8)
        for part in (self.tools, self.exports, self.arranging.progress, self.moved):
            page.addWidget(part, part is self.exports)
        self.exports.confirmation.lie_over(left, self.sides, _LEFT + 1)
        self.body = RowsOrEditor(page_of_rows)
        self.page = MessagePage("Compare with…", sentence=_HINT, shows="compare")
        self.body.addWidget(self.page)
        column.addWidget(with_work_row(self.body, self.progress), 1)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(6)
        self.splitter.addWidget(left)
        self.splitter.addWidget(self.pair)
        set_usual_sizes(self.splitter, [740, 520])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.splitter)

    def _connect(self) -> None:
        self._session.entry_changed.connect(self._follow_a)
        self.back.clicked.connect(self.back_asked)
        self.back_to_run.clicked.connect(self.run_asked)
        self.choose.clicked.connect(self.choose_file)
        self.page.button.clicked.connect(self.choose_file)
        self.progress.cancel_asked.connect(self.comparing.opening.cancel)
        self.comparing.opened.connect(self._name_entries)
        self._session.opened.connect(self._name_entries)
        self.comparing.begun.connect(lambda: self._say("Comparing…"))
        self.comparing.compared.connect(self._show)
        self.comparing.failed.connect(self._fail)
        self.comparing.not_opened.connect(self._say_not_opened)
        self.comparing.stopped.connect(self._stop)
        self.comparing.opening.started.connect(lambda name: self._say(f"Opening {name}…"))
        self.tools.state_chosen.connect(self.arranging.show_state)
        self.arranging.arranged.connect(self.moved.show_arranged)
        self.tools.entry_a_chosen.connect(self._session.show_entry)
        self.tools.entry_b_chosen.connect(self._choose_entry)
        self.tolerances.changed.connect(self.comparing.judge_again)
        self.verify.clicked.connect(self._verify)
        self.two_entries.clicked.connect(self._compare_entries)
        self.again.clicked.connect(self.comparing.again)
        self.offered.apply_asked.connect(self._apply)
        self.offered.edit_asked.connect(self._edit)
        self.body.apply_asked.connect(self._apply)
        self.tools.rules_asked.connect(lambda: self._edit(self.comparing.rules))
        self.rows.current_changed.connect(self._show_pair)
        self.rows.activated.connect(self._choose)
        self.rows.all_asked.connect(self.all_asked)
        self.moved.chosen.connect(self._show_place)

    @property
    def busy(self) -> bool:
        """Something is opened, compared or counted."""
        return self.comparing.busy or any(part.busy for part in (self.arranging, self.exports, self.pair))

    def choose_file(self) -> QFileDialog:
        """Ask for B."""
        a = self._session.checkpoint
        name = "A" if a is None else visible(a.path.name)
        return ask_what_to_open(self, self._folder(), self.compare_with, title=f"Choose B, to compare with {name}")

    @property
    def is_empty(self) -> bool:
        """Without a second checkpoint there is nothing to do here."""
        return not (self.has_other or self.busy or self.two_entries.isVisible())

    def compare_with(
        self, path: Path, select: str | None = None, entry: str | None = None, rules: Sequence[Rule] = ()
    ) -> None:
        """Open B and compare.

        Args:
            path: Of the file or folder.
            select: Key of the pair to select then.
            entry: The path of the entry of B; None for the one that is shown first.
            rules: For the keys of B.
        """
        self._to_select = select
        self.comparing.open(path, entry, rules)

    @property
    def selected_key(self) -> str | None:
        """The key of the selected pair."""
        return self.rows.current_key

    @property
    def has_other(self) -> bool:
        """B is open."""
        return self.comparing.other.checkpoint is not None

    def close_comparing(self) -> None:
        """End the reader and the workers."""
        self.comparing.close()
        self.arranging.close()
        self.exports.close_work()
        self.pair.close_work()
        self.body.close_work()

    def take_keyboard(self) -> None:
        """Give the keyboard to the rows; while there are none, to what goes on or to what is said of them."""
        if self.rows.isVisible() and self.again.isHidden():
            self.rows.focus()
        else:
            self._keyboard.take()

    def _wear(self) -> None:
        self.rows.wear(theme.current(self))

    def start_anew(self, select: str | None = None) -> None:
        """Compare with what is A now.

        Args:
            select: Key of the pair to select then.
        """
        self._to_select = select
        self._follow_a()

    def _follow_a(self) -> None:
        """Another entry or file is A."""
        self._forget()
        before, self._a = self._a, None if self._session.checkpoint is None else self._session.checkpoint.path
        if before not in (None, self._a) and not self.held:
            self.let_go()
        self._name_entries()
        if self.has_other and not self.held:
            self.comparing.compare()

    def let_go(self) -> None:
        """Have no B any more: who opens a file does not think of what another one was compared with."""
        self.comparing.let_go()
        self._say_hint()

    def _say_hint(self) -> None:
        """Say in the place of the rows what is to be done first."""
        self.body.setCurrentWidget(self.page)
        self._say("")

    def _verify(self) -> None:
        self.rows.focus()
        self.verify.setEnabled(False)
        self.comparing.verify()

    def _fail(self, sentence: str) -> None:
        self._forget()
        self._say(sentence, bad=True)
        self._keyboard.go_to(self.again)

    def _say_not_opened(self, sentence: str) -> None:
        if self._compared is not None:
            sides = both_sides(self._compared.comparison.pairing)
            sentence = f"{sentence} What is listed is still what was compared before: {sides}."
        self._say(sentence, bad=True)
        if self._compared is None:
            self._keyboard.go_to(self.again)

    def _stop(self) -> None:
        last = self.comparing.last
        if last is None:
            self._forget()
            self._say("Cancelled.")
            self._keyboard.go_to(self.again)
        else:
            # It is still judged by what it was.
            self.comparing.limits = Limits(*last.comparison.tolerance)
            self.tolerances.show_limits(self.comparing.limits)
            self._tell(last, f"Cancelled. {last.sentence}")
            self.verify.setEnabled(last.by_checksum > 0)

    def _forget(self) -> None:
        self._compared = None
        self.verify.hide()
        self.comparing.forget()
        self.arranging.forget()
        self.rows.clear()
        self.moved.show_arranged(None)
        self.pair.forget()
        self._keyboard.leave(self.rows)

    def _name_entries(self) -> None:
        a, b = self._session, self.comparing.other
        self.tools.show_entries(a.checkpoint, a.entry, b.checkpoint, b.entry)
        several = a.checkpoint is not None and a.entry is not None and len(a.checkpoint.entries) > 1
        self.two_entries.setVisible(several and not self.has_other)

    def _compare_entries(self) -> None:
        """Compare the shown entry with the one of the same file that is most like it, such as an average of it."""
        checkpoint, entry = self._session.checkpoint, self._session.entry
        if checkpoint is not None and entry is not None:
            self.compare_with(checkpoint.path, entry=most_like(checkpoint, entry).path)

    def _choose_entry(self, path: str) -> None:
        self.comparing.other.show_entry(path)
        self._apply(())

    def _apply(self, rules: Sequence[Rule]) -> None:
        self.body.show_rows()
        self.body.take(rules)
        self.comparing.apply(rules)

    def _edit(self, rules: Sequence[Rule]) -> None:
        """Edit rules for the keys of B before they are applied."""
        if self._compared is not None:
            self.body.edit(rules, self._compared.comparison.pairing)

    def _show(self, compared: Compared) -> None:
        pairing = compared.comparison.pairing
        again = self._compared is not None and self._compared.comparison.pairing is pairing
        if again:
            # Judged again, the user goes on where they were.
            self._to_select = self.selected_key
        else:
            # Rules that are being edited are for other keys.
            self.body.show_rows()
            if self._keyboard.waits:
                self.rows.focus()
        self._compared = compared
        self.pair.name_sides(pairing)
        self._tell(compared, compared.sentence)
        # Once it has read it stays in its room, so that nothing below it jumps.
        self.verify.setVisible(compared.by_checksum > 0 or (again and not self.verify.isHidden()))
        self.verify.setEnabled(compared.by_checksum > 0)
        self.tools.count_states(compared)
        key, self._to_select = self._to_select, None
        self.arranging.show(compared, self.tools.state, key)

    def _tell(self, compared: Compared, sentence: str) -> None:
        """Say something of a comparison, with the names of both sides and the rules that it offers."""
        self._say(sentence)
        self.sides.setText(*from_to(compared.comparison.pairing))
        self.sides.show()
        self.offered.show_rules(compared.proposals, self.comparing.rules)
        self.tools.rules.setVisible(self.offered.isHidden())

    def _say(self, sentence: str, *, bad: bool = False) -> None:
        """Say it above the rows; for "", say in their place what is to be done first."""
        self.sentence.setText(sentence)
        set_tone(self.sentence, "bad" if bad else None)
        self._keyboard.go_to(self.sentence if sentence else self.page.button)
        self.sentence.setVisible(bool(sentence))
        self.page.say("" if sentence else _HINT, offer=not sentence)
        self.again.hide()
        self.sides.hide()
        self.offered.show_rules((), ())
        self.tools.rules.setVisible(True)

    def _show_pair(self, place: int) -> None:
        compared = self.model.compared
        if compared is None:
            return
        pairing = compared.comparison.pairing
        pair, difference = pairing.pairs[place], compared.comparison.differences[place]
        self.moved.show_arranged(self.model.arranged)
        self.moved.show_pair(place)
        self.pair.show_pair(pair.key, difference, *located(pairing, pair))

    def _show_place(self, place: int) -> None:
        """Select a pair, also where it was not listed."""
        compared = self.model.compared
        if not self.rows.select(place) and compared is not None:
            self.tools.list_all_states()
            self.rows.list_all(compared.comparison.pairing.pairs[place].key)
            self.all_asked.emit()

    def _choose(self, place: int) -> None:
        compared = self.model.compared
        number = None if compared is None else compared.comparison.pairing.pairs[place].a
        if number is not None:
            self.tensor_chosen.emit(number)
