"""The view of Compare: what changed in a sentence, a table of all pairs, and the selected pair."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QModelIndex, Qt, Signal
from PySide6.QtGui import QDoubleValidator
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QSplitter,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from explorer import formatting
from explorer.analysis.difference import STATE_WORDS
from explorer.checkpoint.document import Checkpoint
from explorer.keys.key_mapping import Rule
from explorer.ui import theme
from explorer.ui.compare.arranging import Arranging
from explorer.ui.compare.comparing import Compared, Comparing, Limits
from explorer.ui.compare.entries import ExportEntries
from explorer.ui.compare.exporting import ComparisonExports
from explorer.ui.compare.model import Arranged, ComparisonModel
from explorer.ui.compare.moved_map import MovedMap
from explorer.ui.compare.pair_view import Located, PairView
from explorer.ui.file_dialogs import ask_what_to_open
from explorer.ui.progress_row import ProgressRow
from explorer.ui.session import Session
from explorer.ui.text import caption, label, set_tone, set_tooltip

if TYPE_CHECKING:
    from explorer.analysis.pairing import RuleProposal

_HINT: Final = "Choose a second checkpoint, B, to see what changed from this one, A."
_ALL: Final = "All states"
_LEFT: Final = 8
"""Where the first column's words begin, in pixels."""


class ComparePanel(QWidget):
    """Compares the shown entry with one of a second checkpoint.

    Attributes:
        held: Another file becomes A, and what is compared with it is still to come.

    Signals:
        tensor_chosen: A tensor of A is to be shown in the tree of layers (its number).
        back_asked: The user wants the layers back.
    """

    tensor_chosen = Signal(int)
    back_asked = Signal()

    def __init__(self, session: Session, folder: Callable[[], Path | None], entries: ExportEntries) -> None:
        """Make the view, with nothing to compare with.

        Args:
            session: Tells what A is.
            folder: Where to look for B first.
            entries: Take elsewhere what it shows.
        """
        super().__init__()
        self._session = session
        self._folder = folder
        self._compared: Compared | None = None
        self._to_select: str | None = None
        self.held = False
        self.progress = ProgressRow("the comparison")
        self.comparing = Comparing(session, self.progress)
        self.model = ComparisonModel(self)
        self.arranging = Arranging(ProgressRow("sorting"))
        self.exports = ComparisonExports(self.model, folder, entries)
        self.moved = MovedMap()
        self.pair = PairView()
        self._build()
        self._connect()
        self._say(_HINT)
        self._wear()

    def _build(self) -> None:
        self.back = QPushButton("‹ Layers")
        self.back.setProperty("flat", True)
        self.back.setAccessibleName("Back to the layers")
        self.choose = QPushButton("Compare with…")
        set_tooltip(self.choose, "Choose the second checkpoint")
        head = QHBoxLayout()
        head.setContentsMargins(_LEFT, 8, 8, 0)
        head.addWidget(self.back)
        head.addWidget(label("Compare", title=True))
        head.addStretch(1)
        self.swap = QPushButton("Swap A and B")
        self.swap.setProperty("flat", True)
        head.addWidget(self.swap)
        head.addWidget(self.exports.button)
        head.addWidget(self.choose)
        self.sentence = label(wrap=True, selectable=True)
        self.proposal = label(muted=True, wrap=True)
        self.apply = QPushButton("Apply")
        self.clear_rules = QPushButton("Compare without the rules")
        offered = QHBoxLayout()
        offered.setContentsMargins(0, 0, 0, 0)
        offered.addWidget(self.proposal, 1)
        offered.addWidget(self.apply)
        offered.addWidget(self.clear_rules)
        self.offered = QWidget()
        self.offered.setLayout(offered)
        said = QVBoxLayout()
        said.setContentsMargins(_LEFT, 0, 8, 0)
        said.addWidget(self.sentence)
        said.addWidget(self.offered)
        left = QFrame()
        left.setProperty("panel", True)
        column = QVBoxLayout(left)
        column.setContentsMargins(1, 0, 1, 1)
        column.setSpacing(8)
        column.addLayout(head)
        column.addLayout(said)
        column.addLayout(self._tools())
        column.addWidget(self._make_table(), 1)
        column.addWidget(self.progress)
        column.addWidget(self.arranging.progress)
        column.addWidget(self.exports)
        column.addWidget(self.moved)
        column.addStretch(0)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setHandleWidth(6)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(left)
        self.splitter.addWidget(self.pair)
        self.splitter.setSizes([740, 520])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.splitter)

    def _tools(self) -> QHBoxLayout:
        self.states = QComboBox()
        self.states.setAccessibleName("Which states are shown")
        self.states.addItem(_ALL, "")
        self.entries = QComboBox()
        self.entries.setAccessibleName("Entry of B")
        set_tooltip(self.entries, "Which part of B is compared")
        self.rtol, self.atol = QLineEdit("0"), QLineEdit("0")
        for box in (self.states, self.entries):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        tools = QHBoxLayout()
        tools.setContentsMargins(_LEFT, 0, 8, 0)
        tools.setSpacing(8)
        tools.addWidget(self.states)
        tools.addWidget(self.entries)
        tools.addStretch(1)
        for name, field in (("rtol", self.rtol), ("atol", self.atol)):
            validator = QDoubleValidator(0.0, 1e300, 30, field)
            validator.setLocale(self.locale().c())
            field.setValidator(validator)
            field.setFixedWidth(10 * self.fontMetrics().averageCharWidth())
            field.setAccessibleName(name)
            set_tooltip(field, "Numbers are close where |a − b| ≤ atol + rtol · |b|.")
            tools.addWidget(label(name, muted=True))
            tools.addWidget(field)
        return tools

    def _make_table(self) -> QTableView:
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAccessibleName("What changed, tensor by tensor")
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setTabKeyNavigation(False)
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(theme.row_height(self.fontMetrics()))
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(48)
        header.setSortIndicator(-1, Qt.SortOrder.DescendingOrder)
        header.setSortIndicatorClearable(True)
        self.table.setSortingEnabled(True)
        letter = self.fontMetrics().averageCharWidth()
        for column, letters in ((1, 13), (2, 14), (3, 14), (4, 15), (5, 14)):
            header.resizeSection(column, letters * letter)
        return self.table

    def _connect(self) -> None:
        self._session.entry_changed.connect(self._follow_a)
        self.back.clicked.connect(self.back_asked)
        self.choose.clicked.connect(self.choose_file)
        self.progress.cancel_asked.connect(self.comparing.opening.cancel)
        self.comparing.opened.connect(self._name_entries)
        self.comparing.compared.connect(self._show)
        self.comparing.failed.connect(lambda sentence: self._say(sentence, bad=True))
        self.comparing.stopped.connect(lambda: self._say("Cancelled. Compare again with another file or tolerance."))
        self.comparing.opening.started.connect(lambda name: self._say(f"Opening {name}…"))
        self.states.activated.connect(lambda _place: self.arranging.show_state(self.states.currentData()))
        self.model.sort_asked.connect(self.arranging.sort)
        self.arranging.arranged.connect(self._list)
        self.entries.activated.connect(self._choose_entry)
        for field in (self.rtol, self.atol):
            field.editingFinished.connect(self._judge_again)
        self.apply.clicked.connect(self._apply)
        self.clear_rules.clicked.connect(lambda: self.comparing.apply(()))
        self.table.selectionModel().currentRowChanged.connect(self._show_row)
        self.moved.chosen.connect(self._show_place)
        self.table.activated.connect(self._choose_row)

    @property
    def busy(self) -> bool:
        """Something is opened, compared or counted."""
        return self.comparing.busy or any(part.busy for part in (self.arranging, self.exports, self.pair))

    def choose_file(self) -> QFileDialog:
        """Ask for B."""
        return ask_what_to_open(self, self._folder(), self.compare_with)

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
        found = self.model.pair(self.table.currentIndex().row())
        return None if found is None else found[0].key

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

    def step(self, by: int) -> None:
        """Select the next pair that is not identical, down (1) or up (-1)."""
        row = self.model.next_difference(self.table.currentIndex().row(), by)
        if row is not None:
            self.table.selectRow(row)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Wear the theme's colours."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "model"):
            self._wear()

    def _wear(self) -> None:
        self.model.wear(theme.current(self))

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
        if self.has_other and not self.held:
            self.comparing.compare()

    def _forget(self) -> None:
        self._compared = None
        self.arranging.forget()
        self.model.show_arranged(None)
        self.moved.show_compared(None)
        self.pair.forget()

    def _name_entries(self, checkpoint: Checkpoint) -> None:
        self.entries.clear()
        for entry in checkpoint.entries:
            self.entries.addItem(caption(formatting.visible(entry.name) or "(top)"), entry.path)
        self.entries.setCurrentIndex(max(0, self.entries.findData(getattr(self.comparing.other.entry, "path", ""))))
        self.entries.setVisible(self.entries.count() > 1)

    def _choose_entry(self) -> None:
        self.comparing.other.show_entry(self.entries.currentData())
        self.comparing.apply(())

    def _judge_again(self) -> None:
        limits = Limits(*(float(field.text() or 0) for field in (self.rtol, self.atol)))
        if limits != self.comparing.limits:
            self.comparing.judge_again(limits)

    def _apply(self) -> None:
        if self._compared is not None and self._compared.proposals:
            self.comparing.apply(self._compared.proposals[0].rules)

    def _show(self, compared: Compared) -> None:
        pairing = compared.comparison.pairing
        if self._compared is not None and self._compared.comparison.pairing is pairing:
            # Judged again, the user goes on where they were.
            self._to_select = self.selected_key
        self._compared = compared
        self.pair.name_sides(pairing.a.checkpoint.path, pairing.b.checkpoint.path)
        self._say(compared.sentence)
        self._offer(compared.proposals[0] if compared.proposals else None)
        self._list_states(compared)
        self.entries.setVisible(self.entries.count() > 1)
        key, self._to_select = self._to_select, None
        self.arranging.show(compared, self.states.currentData(), key)

    def _list_states(self, compared: Compared) -> None:
        counts = compared.comparison.counts
        shown = self.states.currentData()
        self.states.clear()
        self.states.addItem(f"{_ALL} ({formatting.exact(len(compared.order))})", "")
        for state, name in STATE_WORDS.items():
            if counts[state]:
                self.states.addItem(f"{name} ({formatting.exact(counts[state])})", state)
        self.states.setCurrentIndex(max(0, self.states.findData(shown)))

    def _offer(self, proposal: "RuleProposal | None") -> None:
        rules = self.comparing.rules
        if proposal is not None:
            why = formatting.plain(proposal.why)
            named = ", ".join(formatting.plain(str(rule)) for rule in proposal.rules[:3])
            more = f" and {len(proposal.rules) - 3} more" if len(proposal.rules) > 3 else ""
            paired = f"{formatting.plural(proposal.paired, 'tensor')} would have a counterpart"
            self.proposal.setText(f"{why[:1].upper()}{why[1:]}: {paired} with {named}{more}.")
        elif rules:
            self.proposal.setText(f"With {', '.join(formatting.plain(str(rule)) for rule in rules[:4])} for B's keys.")
        self.apply.setVisible(proposal is not None)
        self.clear_rules.setVisible(proposal is None and bool(rules))
        self.offered.setVisible(proposal is not None or bool(rules))

    def _say(self, sentence: str, *, bad: bool = False) -> None:
        self.sentence.setText(sentence)
        set_tone(self.sentence, "bad" if bad else None)
        self._offer(None)
        self.entries.setVisible(self.has_other and self.entries.count() > 1)

    def _list(self, arranged: Arranged) -> None:
        """Show the rows, and select the pair that was asked for or the first that is not identical."""
        self.model.show_arranged(arranged)
        self.moved.show_compared(arranged.compared)
        if arranged.places:
            self.table.selectRow(arranged.first)

    def _show_row(self, index: QModelIndex) -> None:
        found = self.model.pair(index.row())
        compared = self.model.compared
        if found is None or compared is None:
            return
        pair, difference = found
        pairing = compared.comparison.pairing
        sides: list[Located | None] = [
            None if number is None else (side.checkpoint, side.checkpoint.tensors[number])
            for side, number in ((pairing.a, pair.a), (pairing.b, pair.b))
        ]
        self.moved.show_key(pair.key)
        self.pair.show_pair(pair.key, difference, *sides)

    def _show_place(self, place: int) -> None:
        """Select a pair, also where its state was not listed."""
        arranged, compared = self.model.arranged, self.model.compared
        if place in arranged.places:
            self.table.selectRow(arranged.places.index(place))
        elif compared is not None:
            self.states.setCurrentIndex(0)
            self.arranging.show(compared, "", compared.comparison.pairing.pairs[place].key)

    def _choose_row(self, index: QModelIndex) -> None:
        found = self.model.pair(index.row())
        if found is not None and found[0].a is not None:
            self.tensor_chosen.emit(found[0].a)
