"""The compared tensors, as a tree of both files or one below the other: two views of one list, with one selection."""

from typing import Final, Literal, get_args

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStackedWidget,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTabBar,
    QTableView,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from explorer import formatting
from explorer.query.parsing import Query, parse
from explorer.ui import theme
from explorer.ui.compare.arranging import Arranging
from explorer.ui.compare.filtering import OF_ONE_FILE
from explorer.ui.compare.model import OTHER_NAME, Arranged, Column, ComparisonModel
from explorer.ui.compare.tree_model import UnionModel
from explorer.ui.settings import Settings
from explorer.ui.text import ElidedLabel

Form = Literal["tree", "list"]
_REMEMBERED: Final = "compare/rows"
_NAME: Final = "What changed, tensor by tensor"
_LETTERS: Final = {Column.STATE: 20, Column.MAX: 12, Column.RELATIVE: 12, Column.COSINE: 12, Column.CHANGED: 13}


class PairRows(QWidget):
    """Shows what `Arranging` arranges.

    Attributes:
        model: The list, in the order in which the tree has it where that is shown.
        table: Shows the list.
        tree: Shows the tree.
        switch: Between the two.

    Signals:
        current_changed: Another pair is looked at (its place in `Pairing.pairs`).
        activated: A pair was chosen (likewise).
    """

    current_changed = Signal(int)
    activated = Signal(int)

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
        self._opened: set[int] = set()
        self._following = False
        self.model = ComparisonModel(self)
        self.union = UnionModel(self)
        self.table = _table(self.model)
        self.tree = _tree(self.union)
        self.switch = _switch()
        self.said = ElidedLabel(mode=Qt.TextElideMode.ElideRight)
        self.said.setProperty("muted", True)
        self.said.setContentsMargins(8, 4, 8, 0)
        self.said.hide()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.tree)
        self._stack.addWidget(self.table)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self.said)
        self._connect()
        kept = settings.kept(_REMEMBERED)
        self.switch.setCurrentIndex(get_args(Form).index(kept) if kept in get_args(Form) else 0)
        self._show_form()

    def _connect(self) -> None:
        self.switch.currentChanged.connect(self._choose_form)
        self._arranging.arranged.connect(self._list)
        for model, others in ((self.model, self.tree.header()), (self.union, self.table.horizontalHeader())):
            model.sort_asked.connect(self._arranging.sort)
            model.sort_asked.connect(lambda column, order, header=others: _mark_sorted(header, column, order))
        self.table.selectionModel().currentRowChanged.connect(self._follow_table)
        self.tree.selectionModel().currentRowChanged.connect(self._follow_tree)
        self.tree.expanded.connect(lambda index: self._opened.add(self.union.node(index) or 0))
        self.tree.collapsed.connect(lambda index: self._opened.discard(self.union.node(index) or 0))
        self.table.activated.connect(lambda index: self._activate(self._place_of_row(index.row())))
        self.tree.activated.connect(lambda index: self._activate(self._pair_at(index)))

    @property
    def form(self) -> Form:
        """Which of the two is shown."""
        return "tree" if self._stack.currentWidget() is self.tree else "list"

    @property
    def current_place(self) -> int | None:
        """The pair that is looked at, by its place in `Pairing.pairs`."""
        return self._place_of_row(self.table.currentIndex().row())

    @property
    def current_key(self) -> str | None:
        """The key of the pair that is looked at."""
        found = self.model.pair(self.table.currentIndex().row())
        return None if found is None else found[0].key

    def set_filter(self, words: str) -> None:
        """List only what fits; what makes no sense, as the filter's field says, lists all."""
        self._query = parse(words)
        self._arranging.show_fitting(self._query)
        self._say()

    def list_all(self, key: str) -> None:
        """List all pairs, whatever the filter and their states, and select one.

        Args:
            key: Of that one.
        """
        self._query = Query()
        self._arranging.show_all_states(key)

    def clear(self) -> None:
        """Show nothing."""
        self._opened.clear()
        self.model.show_arranged(None)
        self.union.show_arranged(None)
        self._say()

    def focus(self) -> None:
        """Take the keyboard."""
        (self.tree if self.form == "tree" else self.table).setFocus()

    def wear(self, colors: theme.Theme) -> None:
        """Take the colours of a theme."""
        self.model.wear(colors)
        self.union.wear(colors)
        self.tree.viewport().update()

    def step(self, by: int) -> None:
        """Select the next pair that is not identical, down (1) or up (-1), and open what it is in."""
        if self.form == "tree":
            at = self.union.position(self.tree.currentIndex(), by)
        else:
            at = self.table.currentIndex().row()
        row = self.model.next_difference(at, by)
        if row is not None:
            self._select_row(row)

    def select(self, place: int) -> bool:
        """Select a pair; tell whether it is listed."""
        row = self.model.arranged.row(place)
        if row >= 0:
            self._select_row(row)
        return row >= 0

    def _select_row(self, row: int) -> None:
        if row != self.table.currentIndex().row():
            self.table.selectRow(row)
        else:
            # A layer may be what is current in the tree.
            self._show_in_tree(self.model.arranged.places[row])

    def _list(self, arranged: Arranged) -> None:
        """Show the rows, and select the pair that was asked for or the first that is not identical."""
        before = self.union.rows
        self.model.show_arranged(arranged)
        rows = arranged.tree
        again = rows is not None and before is not None and rows.tree is before.tree
        self.union.show_arranged(arranged)
        if rows is not None:
            kept = {node for node in self._opened if again and node < rows.tree.nodes}
            self._opened = kept if again and len(arranged.places) == rows.tree.pairs else kept | set(rows.opened)
            for node in list(self._opened):
                self.tree.expand(self.union.index_of(node))
        if arranged.places:
            self.table.selectRow(arranged.first)
        self._say()

    def _say(self) -> None:
        """Say how many fit the filter."""
        arranged = self.model.arranged
        filtered = not self._query.empty and arranged.compared is not None
        self.said.setVisible(filtered)
        if filtered and arranged.compared is not None:
            of = formatting.exact(len(arranged.compared.order))
            note = f" {OF_ONE_FILE}" if self._query.needs("statistics") else ""
            self.said.setText(f"{formatting.exact(len(arranged.places))} of {of} tensors are listed.{note}")

    def _choose_form(self) -> None:
        self._settings.keep(_REMEMBERED, get_args(Form)[self.switch.currentIndex()])
        self._show_form()

    def _show_form(self) -> None:
        had_focus = self.tree.hasFocus() or self.table.hasFocus()
        self._stack.setCurrentIndex(self.switch.currentIndex())
        if had_focus:
            self.focus()
        self._arranging.show_as(tree=self.form == "tree", key=self.current_key)

    def _follow_table(self, index: QModelIndex) -> None:
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
        place = self.union.place(index)
        if place is None or self._following:
            return
        self._following = True
        row = self.model.arranged.row(place)
        if row >= 0 and row != self.table.currentIndex().row():
            self.table.selectRow(row)
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


class _NameDelegate(QStyledItemDelegate):
    """Shows both names of what rules renamed: ``A's ← B's``."""

    def initStyleOption(  # noqa: N802 - Qt's name
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Add the other name."""
        super().initStyleOption(option, index)
        other = index.data(OTHER_NAME)
        if other:
            option.text = f"{option.text}  ←  {other}"


def _switch() -> QTabBar:
    made = QTabBar()
    made.setDrawBase(False)
    made.setExpanding(False)
    made.setAccessibleName("Tree or list")
    for title in ("Tree", "List"):
        made.addTab(title)
    return made


def _table(model: ComparisonModel) -> QTableView:
    table = QTableView()
    table.setModel(model)
    table.setAccessibleName(_NAME)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTabKeyNavigation(False)
    table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(theme.row_height(table.fontMetrics()))
    table.setSortingEnabled(_prepare(table, table.horizontalHeader()))
    return table


def _tree(model: UnionModel) -> QTreeView:
    tree = QTreeView()
    tree.setModel(model)
    tree.setAccessibleName(f"{_NAME}, by layers")
    tree.setUniformRowHeights(True)
    tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    tree.setIndentation(16)
    tree.header().setStretchLastSection(False)
    tree.setSortingEnabled(_prepare(tree, tree.header()))
    return tree


def _prepare(view: QTableView | QTreeView, header: QHeaderView) -> bool:
    """What both views have in common; true, once nothing is sorted yet."""
    view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    view.setItemDelegateForColumn(Column.NAME, _NameDelegate(view))
    header.setMinimumSectionSize(48)
    header.setSectionResizeMode(Column.NAME, QHeaderView.ResizeMode.Stretch)
    header.setSortIndicator(-1, Qt.SortOrder.DescendingOrder)
    header.setSortIndicatorClearable(True)
    letter = view.fontMetrics().averageCharWidth()
    for column, letters in _LETTERS.items():
        header.resizeSection(column, letters * letter)
    return True


def _mark_sorted(header: QHeaderView, column: int, order: Qt.SortOrder) -> None:
    """Show in the other view by what is sorted, without asking for it again."""
    blocked = QSignalBlocker(header)
    header.setSortIndicator(column, order)
    blocked.unblock()
