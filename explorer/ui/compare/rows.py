"""The compared tensors, as a tree of both files or one below the other: two views of one list, with one selection."""

from typing import TYPE_CHECKING, Final, Literal, get_args

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from explorer import formatting
from explorer.analysis.compare.difference import STATE_WORDS
from explorer.query.parsing import Query, parse
from explorer.ui import theme
from explorer.ui.compare.arranging import Arranging
from explorer.ui.compare.filtering import OF_ONE_FILE
from explorer.ui.compare.model import Arranged, ComparisonModel
from explorer.ui.compare.row_views import (
    Room,
    give_room,
    list_of_pairs,
    mark_sorted,
    room_of,
    share_columns,
    switch_of_forms,
    tree_of_pairs,
)
from explorer.ui.compare.stepping import went_round, why_none
from explorer.ui.compare.tree_model import UnionModel
from explorer.ui.message_page import MessagePage
from explorer.ui.settings import Settings
from explorer.ui.tables.fitting import CLEAR, fit_words
from explorer.ui.tables.look import View, go_to_row
from explorer.ui.text import ElidedLabel
from explorer.ui.usual import set_usual

if TYPE_CHECKING:
    from explorer.analysis.compare.pairing import Pairing
    from explorer.analysis.compare.union_rows import UnionRows
    from explorer.ui.compare.comparing import Compared

Form = Literal["tree", "list"]
_MOST_OPENED: Final = 3_000
"""Qt takes 17 ms to lay out a thousand rows."""
_REMEMBERED: Final = "compare/rows"


class PairRows(QWidget):
    """Shows what `Arranging` arranges.

    Attributes:
        model: The list, in the order in which the tree has it where that is shown.
        table: Shows the list.
        tree: Shows the tree.
        page: In their place, where no pair fits the filter.
        switch: Between the two.

    Signals:
        current_changed: Another pair is looked at (its place in `Pairing.pairs`).
        activated: A pair was chosen (likewise).
        all_asked: Pairs that the filter leaves out are to be listed again.
    """

    current_changed = Signal(int)
    activated = Signal(int)
    all_asked = Signal()

    def __init__(self, settings: Settings, arranging: Arranging) -> None:
        """Make it, with nothing to show.

        Args:
            settings: Remember whether the tree or the list is shown.
            arranging: Works out the rows.
        """
        super().__init__()
        self._settings = settings
        self._arranging = arranging
        self._query = Query()
        self._pairing: Pairing | None = None
        self._opened: set[int] | None = None
        self._following = self._opening = False
        self._room: Room = "some"
        self._keeps_in_view = self._to_top = self._walked_to = self._listing = False
        self._keep_in_view = QTimer(self, singleShot=True, interval=0)
        self._keep_in_view.timeout.connect(self._bring_into_view)
        self.model = ComparisonModel(self)
        self.union = UnionModel(self)
        self.table = list_of_pairs(self.model)
        self.tree = tree_of_pairs(self.union)
        share_columns(self.table, self.tree)
        self.switch = switch_of_forms()
        self.said = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self.said.setProperty("muted", True)
        self.said.setContentsMargins(8, 4, 8, 0)
        self.said.hide()
        self.page = MessagePage(CLEAR)
        self._stack = QStackedWidget()
        for part in (self.tree, self.table, self.page):
            self._stack.addWidget(part)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self.said)
        self._connect()
        kept = settings.kept(_REMEMBERED)
        self.switch.setCurrentIndex(get_args(Form).index(kept) if kept in get_args(Form) else 0)
        set_usual(self.switch, 0)
        self._show_form()

    def _connect(self) -> None:
        self.switch.currentChanged.connect(self._choose_form)
        self.page.button.clicked.connect(self.all_asked)
        self._arranging.arranged.connect(self._list)
        self._arranging.current = lambda: self.current_key
        for model, others in ((self.model, self.tree.header()), (self.union, self.table.horizontalHeader())):
            model.sort_asked.connect(self._note_sorting)
            model.sort_asked.connect(self._arranging.sort)
            model.sort_asked.connect(lambda column, order, header=others: mark_sorted(header, column, order))
        self.table.selectionModel().currentRowChanged.connect(self._follow_table)
        self.tree.selectionModel().currentRowChanged.connect(self._follow_tree)
        for view in (self.tree, self.table):
            view.verticalScrollBar().actionTriggered.connect(self._let_go)
        self.tree.expanded.connect(self._note_opened)
        self.tree.collapsed.connect(self._note_closed)
        self.table.activated.connect(lambda index: self._activate(self._place_of_row(index.row())))
        self.tree.activated.connect(lambda index: self._activate(self._pair_at(index)))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Leave room for names."""
        super().resizeEvent(event)
        room = room_of(self.width())
        if room != self._room:
            self._room = room
            for view in (self.table, self.tree):
                give_room(view, room)
        self._keep_in_view.start()

    @property
    def form(self) -> Form:
        """Which of the two is shown."""
        form: Form = get_args(Form)[self.switch.currentIndex()]
        return form

    @property
    def _view(self) -> View:
        return self.tree if self.form == "tree" else self.table

    @property
    def current_key(self) -> str | None:
        """The key of the pair that is looked at."""
        found = self.model.pair(self.table.currentIndex().row())
        return None if found is None else found[0].key

    @property
    def current_tensor(self) -> int | None:
        """The number of A's tensor in the pair that is looked at; None where it has none."""
        found = self.model.pair(self.table.currentIndex().row())
        return None if found is None else found[0].a

    def select_tensor(self, number: int) -> None:
        """Select the pair of a tensor of A, where it is listed."""
        compared = self.model.compared
        place = None if compared is None else compared.place_of.get(number)
        if place is not None:
            self.select(place)

    def pair_at(self, index: QModelIndex) -> int | None:
        """The pair that a row of either view is of, by its place in `Pairing.pairs`; None for a layer's."""
        return self._pair_at(index) if index.model() is self.union else self._place_of_row(index.row())

    def name_at(self, index: QModelIndex) -> str | None:
        """The key of the pair that a row is of, or of a layer the name, with a dot; None for the first row."""
        place, compared = self.pair_at(index), self.model.compared
        if place is not None and compared is not None:
            return compared.comparison.pairing.pairs[place].key
        node, rows = self.union.node(index), self.union.rows
        # Pieces have no name of their own.
        return None if node is None or rows is None or node >= rows.tree.nodes else rows.tree.prefix(node) or None

    def set_filter(self, words: str) -> None:
        """List only what fits; what makes no sense, as the filter's field says, changes nothing."""
        query = parse(words)
        if query.wrong is not None:
            return
        self._query = query
        self._arranging.show_fitting(query, words)

    def list_all(self, key: str) -> None:
        """List all pairs, whatever the filter and their states, and select one.

        Args:
            key: Of that one.
        """
        self._query = Query()
        self._arranging.show_all_states(key)

    def clear(self) -> None:
        """Show nothing."""
        self._pairing = self._opened = None
        self.model.show_arranged(None)
        self.union.show_arranged(None)
        self._say()

    def focus(self) -> None:
        """Take the keyboard; where no pair fits the filter it stays where it is."""
        if self._stack.currentWidget() is not self.page:
            self._view.setFocus()

    def wear(self, colors: theme.Theme) -> None:
        """Take the colours of a theme."""
        self.model.wear(colors)
        self.union.wear(colors)
        self.tree.viewport().update()

    def step(self, by: int) -> str:
        """Select the next pair that is not identical, and open what it is in; from either end to the other.

        Args:
            by: Down (1) or up (-1).

        Returns:
            Where that led, if not to the next, as a sentence; else "".
        """
        differing = self.model.arranged.differing
        if not differing:
            return why_none(self.model.compared)
        if self.form == "tree":
            at = self.union.position(self.tree.currentIndex(), by)
        else:
            at = self.table.currentIndex().row()
        row = self.model.next_difference(at, by)
        self._select_row(differing[0 if by > 0 else -1] if row is None else row)
        return went_round(by, len(differing)) if row is None else ""

    def select(self, place: int) -> bool:
        """Select a pair; tell whether it is listed."""
        row = self.model.arranged.row(place)
        if row >= 0:
            self._select_row(row)
        return row >= 0

    def _select_row(self, row: int) -> None:
        if row != self.table.currentIndex().row():
            go_to_row(self.table, row)
        else:
            # A layer may be what is current in the tree.
            self._show_in_tree(self.model.arranged.places[row])

    def _list(self, arranged: Arranged) -> None:
        """Show the rows, and select the pair that was asked for or the first that is not identical."""
        rows = arranged.tree
        pairing = None if arranged.compared is None else arranged.compared.comparison.pairing
        if pairing is not self._pairing:
            # Of the same pairs, judged again, a tree has the same layers.
            self._pairing, self._opened, self._walked_to = pairing, None, False
        self._listing = True
        self.model.show_arranged(arranged)
        self.union.show_arranged(arranged)
        if rows is not None:
            self._open(rows, whole=len(arranged.places) == rows.tree.pairs)
        if arranged.places:
            go_to_row(self.table, arranged.first)
        self._listing = False
        self._say()
        # What else is shown of other rows takes its room only after this.
        self._keeps_in_view = not self._to_top
        if self._to_top:
            self._to_top = False
            for view in (self.tree, self.table):
                view.scrollToTop()
        self._keep_in_view.start()

    def _note_sorting(self) -> None:
        """Who sorts wants to see what is first then; who walks by keyboard, the row that they are at."""
        self._to_top = not self._walked_to

    def _note_how(self) -> None:
        """Note whether a row was gone to by the keyboard: others are clicked on, or were there from the beginning."""
        if not self._listing:
            has_keys = self.tree.hasFocus() or self.table.hasFocus()
            self._walked_to = has_keys and not QGuiApplication.mouseButtons()

    def _let_go(self) -> None:
        """The user scrolls."""
        self._keeps_in_view = False

    def _bring_into_view(self) -> None:
        for view in (self.tree, self.table):
            if self._keeps_in_view and view.currentIndex().isValid():
                view.scrollTo(view.currentIndex())

    def _open(self, rows: "UnionRows", *, whole: bool) -> None:
        """Open what was open, and of what was filtered what there is room for as well."""
        if whole and self._opened is None:
            self._opened = set(rows.opened)
        opened = (self._opened or set()) | (set() if whole else set(rows.opened))
        room = _MOST_OPENED
        self._opening = True
        # Layers come after those that they are in.
        for node in sorted(opened):
            inside = len(rows.inside(node)) if rows.row(node) >= 0 else 0
            if 0 < inside <= room:
                room -= inside
                self.tree.expand(self.union.index_of(node))
        self._opening = False

    def _note_opened(self, index: QModelIndex) -> None:
        """What the user opens stays open; what is opened for a filter does not."""
        node, rows = self.union.node(index), self.union.rows
        if node is not None and rows is not None and not self._opening and node < rows.tree.nodes:
            self._opened = {*(self._opened or ()), node}

    def _note_closed(self, index: QModelIndex) -> None:
        # To bring a row into view opens what it is in.
        self._let_go()
        if self._opened is not None:
            self._opened.discard(self.union.node(index) or 0)

    def _say(self) -> None:
        """Say how many fit the filter, or in the place of the rows that none does."""
        arranged, compared = self.model.arranged, self.model.arranged.compared
        filtered = not self._query.empty and compared is not None
        none_fits = filtered and not arranged.places
        self.said.setVisible(filtered and not none_fits)
        self._stack.setCurrentWidget(self.page if none_fits else self._view)
        if filtered and compared is not None:
            of = formatting.exact(len(compared.order))
            note = OF_ONE_FILE if self._query.needs("statistics") or self._query.needs("problem") else ""
            self.said.setText(f"{formatting.exact(len(arranged.places))} of {of} tensors are listed. {note}".strip())
            self.page.say(fit_words(0, self._all_in_words(compared), note), offer=True)

    def _all_in_words(self, compared: "Compared") -> str:
        """What the filter is asked of: all tensors, or those in the state that is chosen."""
        state = self._arranging.state
        if not state:
            return formatting.plural(len(compared.order), "tensor")
        word = next(word for each, word in STATE_WORDS.items() if each == state)
        return f"{formatting.plural(compared.comparison.counts[state], 'tensor')} in the state ‘{word}’"

    def _choose_form(self) -> None:
        self._settings.keep(_REMEMBERED, get_args(Form)[self.switch.currentIndex()])
        self._show_form()

    def _show_form(self) -> None:
        had_focus = self.tree.hasFocus() or self.table.hasFocus()
        self._say()
        if had_focus:
            self.focus()
        self._arranging.show_as(tree=self.form == "tree", key=self.current_key)

    def _follow_table(self, index: QModelIndex) -> None:
        self._note_how()
        place = self._place_of_row(index.row())
        if place is not None:
            self._show_in_tree(place)
            self.current_changed.emit(place)

    def _show_in_tree(self, place: int) -> None:
        index = self.union.index_of(place)
        if self._following or not index.isValid():
            return
        self._following = True
        # This also opens what it is in.
        self.tree.scrollTo(index)
        self.tree.setCurrentIndex(index)
        self._following = False

    def _follow_tree(self, index: QModelIndex) -> None:
        self._note_how()
        place = self.union.place(index)
        if place is None or self._following:
            return
        self._following = True
        row = self.model.arranged.row(place)
        if row >= 0 and row != self.table.currentIndex().row():
            go_to_row(self.table, row)
        else:
            self.current_changed.emit(place)
        self._following = False

    def _place_of_row(self, row: int) -> int | None:
        places = self.model.arranged.places
        return places[row] if 0 <= row < len(places) else None

    def _pair_at(self, index: QModelIndex) -> int | None:
        node, rows = self.union.node(index), self.union.rows
        return None if node is None or rows is None or rows.is_layer(node) else node

    def _activate(self, place: int | None) -> None:
        if place is not None:
            self.activated.emit(place)
