"""The panel with the tree of layers: what it counts, which entry it shows, and the filter's result."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFont, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
)

from explorer import formatting
from explorer.checkpoint.document import Checkpoint, Entry, TensorInfo
from explorer.checkpoint.tree import Layer
from explorer.ui import text
from explorer.ui.layers.cells import Role
from explorer.ui.layers.columns import STATISTIC_COLUMNS, Column
from explorer.ui.layers.entry_box import EntryBox
from explorer.ui.layers.filtering import Filtering, Found
from explorer.ui.layers.model import LayerModel
from explorer.ui.layers.place import Place, go_back, open_some, place_in
from explorer.ui.layers.selecting import Selecting
from explorer.ui.layers.shown_columns import ShownColumns
from explorer.ui.layers.tree import LayerTree
from explorer.ui.layers.words import none_shown
from explorer.ui.measuring.measurements import Measurements
from explorer.ui.message_page import MessagePage
from explorer.ui.session import Session
from explorer.ui.settings import Settings
from explorer.ui.tables.fitting import CLEAR

if TYPE_CHECKING:
    from explorer.analysis.compare.comparing import Comparison
    from explorer.query.parsing import Query

_LOOK_MS: Final = 50
_EXPANDED_HITS: Final = 1000
_EXPANDED_TENSORS: Final = 100
"""A file so small is shown unfolded: scrolling through it is quicker than opening layers."""


class LayersPanel(QFrame):
    """Shows the entry of a session as a tree, and tells the session what is selected.

    Signals:
        counts_changed: How many tensors are shown, and of how many.
        filter_judged: What is wrong with the filter (`explorer.query.parsing.Wrong`); None where nothing is.
        all_asked: The filter, which nothing fits, is to be cleared.
        layers_changed: The tree shows another root (a `Layer`): of what fits the filter; None for none yet.
    """

    counts_changed = Signal(int, int)
    filter_judged = Signal(object)
    all_asked = Signal()
    layers_changed = Signal(object)

    def __init__(
        self, session: Session, measurements: Measurements | None = None, settings: Settings | None = None
    ) -> None:
        """Make the panel.

        Args:
            session: What is open.
            measurements: Figures of its tensors, which the rows show; None for none.
            settings: Remember how the columns stand; None for nobody.
        """
        super().__init__()
        self.setProperty("panel", True)
        self._session = session
        self._measurements = measurements
        self.filtering = Filtering(session, measurements, self)
        self._before: tuple[Entry, Place] | None = None
        self._answered: tuple[Entry, Query] | None = None
        self._pending = 0
        self._first_wanted = False
        statistics_of = (lambda _number: None) if measurements is None else measurements.of
        self.model = LayerModel(self, statistics_of, session.place_of)
        self.tree = LayerTree(self.model)
        self._selecting = Selecting(session, self.model, self.tree, self)
        self.count = text.ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self.count.setProperty("muted", True)
        self.entries = EntryBox()
        self.page = MessagePage(CLEAR)
        self.message = self.page.message
        self._stack = QStackedWidget()
        self._build()
        self.columns = ShownColumns(self.tree, settings)
        self.entries.activated.connect(self._choose_entry)
        self.filtering.found.connect(self._show_found)
        self.filtering.searching.connect(lambda: self.count.setText("searching…"))
        self._look_timer = QTimer(self, singleShot=True, interval=_LOOK_MS)
        self._look_timer.timeout.connect(self._look)
        if measurements is not None:
            measurements.measured.connect(self.model.show_measured)
            measurements.ended.connect(self._sort_again)
            measurements.began.connect(self._offer)
            measurements.ended.connect(self._offer)
            self.compute_all.clicked.connect(measurements.compute_all)
            self.compute_all.clicked.connect(self._offer)
            self.tree.verticalScrollBar().valueChanged.connect(self._look_timer.start)
            for signal in (self.tree.expanded, self.tree.collapsed, self.model.modelReset, self.model.layoutChanged):
                signal.connect(self._look_timer.start)
        session.opened.connect(self._show_checkpoint)
        session.entry_changed.connect(self._show_entry)
        session.selection_changed.connect(self._selecting.show)
        session.placed.connect(self._follow_move)
        self._show_checkpoint(session.checkpoint)
        self._show_entry(session.entry)

    def _build(self) -> None:
        title = text.label("Layers")
        font = QFont(title.font())
        font.setWeight(QFont.Weight.DemiBold)
        title.setFont(font)
        head = QHBoxLayout()
        head.setContentsMargins(12, 8, 12, 4)
        head.setSpacing(8)
        head.addWidget(title)
        head.addWidget(self.count)
        head.addStretch(1)
        head.addWidget(self.entries)
        self._missing = text.label(muted=True, wrap=True)
        self.compute_all = QPushButton("Compute all")
        text.set_tooltip(self.compute_all, "Measure all tensors of the file, so that the filter knows which fit")
        self.offer = QFrame()
        offered = QHBoxLayout(self.offer)
        offered.setContentsMargins(12, 0, 12, 4)
        offered.addWidget(self._missing, 1)
        offered.addWidget(self.compute_all)
        self.offer.hide()
        self.page.button.clicked.connect(self.all_asked)
        self._stack.addWidget(self.tree)
        self._stack.addWidget(self.page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self.offer)
        layout.addWidget(self._stack, 1)

    def set_filter(self, words: str) -> None:
        """Show only tensors that fit.

        Args:
            words: As `explorer.query.parsing.parse` understands them; "" shows everything. What makes no sense changes
                nothing but what is said.
        """
        if words == self.filtering.text:
            return
        self._first_wanted = False
        if self.filtering.ask(words):
            self._show_layers()
        else:
            self.filter_judged.emit(self.filtering.wrong)
            if self._stack.currentWidget() is self.page and self.filtering.wrong is not None:
                # What stands there tells of words that are not in the filter any more.
                self.page.say(self.filtering.wrong.sentence, offer=True)

    def go_to_found(self) -> None:
        """Go to the first tensor that fits the filter, once that is known."""
        self._first_wanted = not self.filtering.query.empty
        if self._first_wanted and not self.filtering.busy:
            self._first_wanted = False
            self._selecting.go_to_first()

    def follow_comparison(self, comparison: "Comparison") -> None:
        """Let the filter ask how tensors changed, once that is known."""
        if self.filtering.compare(comparison):
            self.filtering.ask_anew()
            self._show_layers()

    def select_key(self, key: str) -> bool:
        """Select the tensor, else the layer, of that key, else the file of that name, and bring it into view.

        Args:
            key: Its dotted name inside the entry.

        Returns:
            Whether it is shown.
        """
        index = self.model.index_of_key(key)
        if not index.isValid():
            index = self.model.index_of_layer(key)
        top = self.model.index(0, 0)
        if not index.isValid() and key == self.model.data(top, Role.KEY):
            index = top
        if index.isValid():
            self._selecting.go_to(index)
        return index.isValid()

    def select_file(self) -> None:
        """Select the first row, which stands for the file."""
        top = self.model.index(0, 0)
        if top.isValid():
            self._selecting.go_to(top)

    def select_anywhere(self, key: str) -> bool:
        """As `select_key`, in the shown entry first, then in the others; that which has it is shown.

        Args:
            key: Its dotted name inside its entry.

        Returns:
            Whether any entry has it. If none has, the shown one stays.
        """
        checkpoint, shown = self._session.checkpoint, self._session.entry
        if checkpoint is None or shown is None or self.select_key(key):
            return self._session.selected is not None
        for entry in checkpoint.entries:
            self._session.show_entry(entry.path)
            if self.select_key(key):
                return True
        self._session.show_entry(shown.path)
        return False

    def _show_checkpoint(self, checkpoint: Checkpoint | None) -> None:
        self.model.in_cells.clear_previews()
        self.columns.show_places(placed=False)
        self._before = None
        self._selecting.forget()
        self.filtering.ask("")
        self.entries.show_entries(() if checkpoint is None else checkpoint.entries)

    def _choose_entry(self, place: int) -> None:
        if self._session.checkpoint is not None:
            self._session.show_entry(self._session.checkpoint.entries[place].path)

    def _show_entry(self, entry: Entry | None) -> None:
        if entry is not None and self._session.checkpoint is not None:
            self.entries.setCurrentIndex(self._session.checkpoint.entries.index(entry))
        self.layers_changed.emit(None)
        self.filtering.ask_anew()
        self.columns.show_names(self._session.layers)
        self._show_layers()

    def _show_layers(self) -> None:
        root, entry, query = self._session.layers, self._session.entry, self.filtering.query
        self.filter_judged.emit(self.filtering.wrong)
        if root is not None and not query.empty:
            self.filtering.search()
            return
        self.filtering.stop()
        self._answered = None
        self._pending = 0
        selected, before = self._session.selected, self._before
        self._before = None
        self._set_layers(root)
        total = 0 if entry is None else len(entry.numbers)
        self._say(total, total)
        if before is None or before[0] is not entry:
            self._open_some(selected)
        else:
            go_back(self.tree, self.model, before[1]._replace(current=None, selected=[]), few=False)
            self._selecting.select_again(selected)

    def _show_found(self, found: Found) -> None:
        entry, hits = self._session.entry, found.hits
        if entry is None:
            return
        shown = self.model.layer(self.model.index(0, 0))
        again = self._answered == (entry, self.filtering.query) and shown is not None and bool(shown.numbers)
        self._answered = entry, self.filtering.query
        self._pending = hits.pending
        self._say(len(hits.numbers), len(entry.numbers))
        if not again or shown is None:
            selected = self._session.selected
            if self._before is None and shown is not None:
                self._before = entry, place_in(self.tree, self.model, few=False)
            self._set_layers(found.root)
            self._open_some(selected)
        elif shown.numbers != hits.numbers:
            few = len(hits.numbers) <= _EXPANDED_HITS
            place = place_in(self.tree, self.model, few=few)
            if place.current is None and self._session.tensor is not None:
                place = place._replace(current=self._session.tensor.number, selected=[self._session.tensor.number])
            self._set_layers(found.root)
            go_back(self.tree, self.model, place, few=few)
        if self._first_wanted:
            self.go_to_found()

    def _set_layers(self, root: Layer | None) -> None:
        self.model.set_layers(root)
        self.layers_changed.emit(root)

    def _open_some(self, selected: TensorInfo | Layer | None) -> None:
        """Open what there is room for, and what leads to what was selected before the tree was another.

        A tree that takes the focus makes its first row the current one; nobody has selected that.
        """
        open_some(self.tree, self.model, at_once=_EXPANDED_TENSORS if self._answered is None else _EXPANDED_HITS)
        self._selecting.select_again(selected)

    def _say(self, shown: int, total: int) -> None:
        query, words = self.filtering.query, formatting.visible(self.filtering.words)
        tensors = formatting.plural(total, "tensor")
        if query.empty:
            self.count.setText(tensors if self._session.checkpoint else "")
        elif self._pending:
            pending = f"{formatting.exact(self._pending)} not measured yet"
            self.count.setText(f"{formatting.exact(shown)} of {formatting.exact(total)}, {pending}")
        else:
            self.count.setText(f"{formatting.exact(shown)} of {tensors}")
        wrong = self.filtering.wrong
        said = none_shown(query, words, total, self._pending) if wrong is None else wrong.sentence
        self.page.say(said if self._session.checkpoint else "", offer=bool(total) and not shown)
        self._stack.setCurrentWidget(self.tree if shown else self.page)
        self._offer()
        self.counts_changed.emit(shown, total)

    def _offer(self) -> None:
        """Offer to measure what the filter has to know, unless that is being done."""
        known = self._measurements
        waiting = known is None or known.measuring_all or known.complete
        self._missing.setText(f"Whether {'it fits' if self._pending == 1 else 'they fit'} is not known.")
        self.offer.setVisible(bool(self._pending) and not waiting)

    def sort_by(self, column: Column | None, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort what is in each layer.

        Args:
            column: By what; None for the file's order.
            order: Which way.
        """
        self.tree.sortByColumn(-1 if column is None else column, order)

    def _follow_move(self, numbers: list[int]) -> None:
        self.model.show_measured(numbers)
        placement = self._session.placement
        self.columns.show_places(placed=placement is not None and bool(placement.nbytes()))
        if self.tree.header().sortIndicatorSection() == Column.IS_ON:
            self.model.sort_again()

    def _sort_again(self) -> None:
        if self.tree.header().sortIndicatorSection() in STATISTIC_COLUMNS:
            self.model.sort_again()

    def _look(self) -> None:
        if self._measurements is not None:
            numbers = (self.model.tensor_number(index) for index in self.tree.rows_on_screen())
            self._measurements.look_at([number for number in numbers if number is not None])

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Show as many columns as the window has room for."""
        super().showEvent(event)
        self.columns.fit()
