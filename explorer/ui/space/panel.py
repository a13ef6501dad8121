"""Where the bytes of the file are: a sentence, a bar, and a table that leads to tensors and layers."""

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from explorer import formatting
from explorer.checkpoint.document import Checkpoint
from explorer.progress import Report
from explorer.query.fitting import Work, fitting_of
from explorer.ui.clipboard import put_on_clipboard
from explorer.ui.file_line import FileLine
from explorer.ui.file_views import FileViews
from explorer.ui.files.check import FileCheck
from explorer.ui.head import Head
from explorer.ui.message_page import MessagePage
from explorer.ui.session import Session
from explorer.ui.space.bar import Part, SpaceBar
from explorer.ui.space.words import TOP, answer, full_name
from explorer.ui.tables import heads
from explorer.ui.tables.columns import EXACT, RIGHT, Separator, Writer, heading, written
from explorer.ui.tables.fitting import CLEAR, fit_words
from explorer.ui.tables.look import Fitting, dress
from explorer.ui.text import label, set_tooltip, tooltip

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from explorer.analysis.space import Amount, Space

_ROWS: Final = 50
"""Rows of a group at most."""
_SHADED: Final = 3
"""Entries that have a part of the bar each; the others share one."""
_HEADS: Final = (
    heads.Head("Where"),
    heads.Head("Bytes", figures=True, sample="888 MB mm"),
    heads.Head("Share", figures=True, sample="<88.88 %"),
    heads.Head("Count", figures=True, sample="88.8 k"),
)
_TENSOR: Final = Qt.ItemDataRole.UserRole
_LAYER: Final = Qt.ItemDataRole.UserRole + 1
_KEY: Final = Qt.ItemDataRole.UserRole + 2


class _Row(QTreeWidgetItem):
    """Is sorted by what it stands for, within its group; groups stay."""

    def __lt__(self, other: QTreeWidgetItem) -> bool:
        """Qt asks."""
        tree = self.treeWidget()
        up = tree.header().sortIndicatorOrder() == Qt.SortOrder.AscendingOrder
        above = self.parent()
        if above is None:
            return (tree.indexOfTopLevelItem(self) < tree.indexOfTopLevelItem(other)) == up
        keys = [row.data(tree.sortColumn(), _KEY) for row in (self, other)]
        if None in keys:
            # They come last, whichever way.
            return (keys[0] is not None) == up and keys[0] is not keys[1]
        return bool(keys[0] < keys[1])


class SpacePanel(QFrame):
    """Follows a `FileCheck`.

    Signals:
        tensor_chosen: A tensor is to be looked at (its number).
        layer_chosen: A layer is (its dotted name).
        all_asked: What the filter leaves out is to be listed again.
    """

    tensor_chosen = Signal(int)
    layer_chosen = Signal(str)
    all_asked = Signal()

    def __init__(self, session: Session, check: FileCheck) -> None:
        """Make the panel, empty.

        Args:
            session: Tells what is open.
            check: Tells where its bytes are.
        """
        super().__init__()
        self.setProperty("panel", True)
        self.setAccessibleName("Where the bytes are")
        self._session = session
        self._space: Space | None = None
        self._fitting: frozenset[int] | None = None
        self.views = FileViews("bytes")
        self.head = Head()
        self.file_line = FileLine(session)
        self.head.add(self.file_line)
        self.answer = label(wrap=True, selectable=True)
        self.filtered = label(wrap=True, muted=True)
        self.filtered.hide()
        # Below the table: what else is in it does not depend on the filter.
        self.none_fits = MessagePage(CLEAR)
        self.none_fits.button.clicked.connect(self.all_asked)
        self.none_fits.hide()
        self.bar = SpaceBar()
        self.tree = self._make_tree()
        self.copy = QPushButton("Copy")
        self.copy.setProperty("flat", True)
        self.copy.clicked.connect(self._copy)
        set_tooltip(self.copy, "Copy this table as text, with every digit")
        self._build()
        check.counted.connect(self._show)
        self._show(check.space)

    def _make_tree(self) -> QTreeWidget:
        tree = QTreeWidget()
        tree.setHeaderLabels([head.title for head in _HEADS])
        dress(tree, "Bytes of the file")
        Fitting(tree, _HEADS)
        tree.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        for column in range(len(_HEADS)):
            for role in (Qt.ItemDataRole.TextAlignmentRole, Qt.ItemDataRole.InitialSortOrderRole):
                tree.headerItem().setData(column, role, heading(_HEADS, column, Qt.Orientation.Horizontal, role))
        tree.header().sortIndicatorChanged.connect(self._follow_order)
        tree.itemClicked.connect(self._choose)
        tree.itemActivated.connect(self._choose)
        return tree

    def _follow_order(self, column: int) -> None:
        # Qt knows of no way back to the order in which rows came.
        if column < 0:
            self._show(self._space)

    def _build(self) -> None:
        switch = QFrame()
        switch.setProperty("bar", True)
        row = QHBoxLayout(switch)
        row.setContentsMargins(0, 0, 12, 0)
        row.addWidget(self.views, 0, Qt.AlignmentFlag.AlignBottom)
        row.addStretch(1)
        row.addWidget(self.copy)
        said = QWidget()
        words = QVBoxLayout(said)
        words.setContentsMargins(12, 12, 12, 12)
        words.setSpacing(12)
        words.addWidget(self.answer)
        words.addWidget(self.bar)
        words.addWidget(self.filtered)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        layout.addWidget(self.head)
        layout.addWidget(switch)
        layout.addWidget(said)
        layout.addWidget(self.tree, 1)
        layout.addWidget(self.none_fits)

    def to_keep(self) -> Work:
        """Finds out which of the largest tensors fit the filter."""
        return fitting_of(() if self._space is None else [amount.number for amount in self._space.largest])

    def keep(self, numbers: frozenset[int] | None) -> None:
        """Of the largest tensors list these only; None for all."""
        if numbers != self._fitting:
            self._fitting = numbers
            self._show(self._space)

    @property
    def _largest(self) -> "Sequence[Amount]":
        """Of the largest tensors those that are listed."""
        largest, fitting = () if self._space is None else self._space.largest, self._fitting
        return largest if fitting is None else [amount for amount in largest if amount.number in fitting]

    def _show(self, space: "Space | None") -> None:
        checkpoint, self._space = self._session.checkpoint, space
        self.tree.clear()
        self.copy.setEnabled(space is not None)
        self.bar.setVisible(space is not None and space.total > 0)
        self.none_fits.hide()
        name = "" if checkpoint is None else formatting.visible(checkpoint.path.name)
        if space is None or checkpoint is None:
            self.head.tell(name, "", "")
            self.answer.setText("" if checkpoint is None else "Counting…")
            return
        said = f"Where its {formatting.nbytes(space.total)} are"
        self.head.tell(name, said, formatting.exact_bytes(space.total))
        self.answer.setText(answer(space))
        largest = self._largest
        said = fit_words(len(largest), f"the {len(space.largest)} largest tensors")
        none_fits = bool(space.largest) and not largest
        self.filtered.setVisible(self._fitting is not None and not none_fits)
        self.filtered.setText(said)
        self.none_fits.setVisible(none_fits)
        self.none_fits.say(said, offer=none_fits)
        self.bar.show_parts(_parts(space), space.total)
        entries = space.entries if len(space.entries) > 1 else ()
        tensors = self._group("Tensors", space.tensors, space, sum(entry.items for entry in space.entries))
        self._fill(tensors, entries, space, names=[_entry_name(entry) for entry in entries])
        unused = self._group("Parts of storages that no tensor uses", space.unused, space)
        self._fill(unused, space.wasteful, space, names=self._names(space.wasteful))
        self._fill(self._group("Everything else", space.rest, space), space.rests, space)
        self._fill(self._group("Tensors by dtype", space.tensors, space), space.dtypes, space)
        self._fill(self._group("Largest layers", None, space), space.layers, space)
        self._fill(self._group("Largest tensors", None, space), largest, space, names=self._names(largest))

    def _names(self, amounts: "Sequence[Amount]") -> list[str]:
        checkpoint = self._session.checkpoint
        return [] if checkpoint is None else [full_name(checkpoint, amount.number) for amount in amounts]

    def _group(self, name: str, nbytes: int | None, space: "Space", items: int = 0) -> QTreeWidgetItem:
        group = _Row(self.tree)
        font = QFont(self.tree.font())
        font.setWeight(QFont.Weight.DemiBold)
        group.setFont(0, font)
        self._write(group, name, nbytes, space, items)
        group.setExpanded(True)
        return group

    def _fill(
        self, group: QTreeWidgetItem, amounts: "Sequence[Amount]", space: "Space", names: list[str] | None = None
    ) -> None:
        for place, amount in enumerate(amounts[:_ROWS]):
            row = _Row(group)
            self._write(row, amount.name if names is None else names[place], amount.nbytes, space, amount.items)
            row.setData(0, _TENSOR, amount.number)
            row.setData(0, _LAYER, amount.layer)
        if len(amounts) > _ROWS:
            left = amounts[_ROWS:]
            self._write(
                _Row(group),
                f"{formatting.exact(len(left))} more",
                sum(amount.nbytes for amount in left),
                space,
                len(left),
            )
        group.setHidden(group.childCount() == 0 and group.text(1) in ("", formatting.nbytes(0)))
        group.setExpanded(True)

    def _write(self, row: QTreeWidgetItem, name: str, nbytes: int | None, space: "Space", items: int) -> None:
        keys: tuple[object, ...] = heads.natural(name), nbytes, nbytes, items or None
        for column, (key, exact) in enumerate(zip(keys, (name, nbytes, None, items or None), strict=True)):
            row.setData(column, _KEY, key)
            if column != 2:
                row.setData(column, EXACT, "" if exact is None else exact)
        row.setText(0, formatting.visible(name))
        row.setData(0, Qt.ItemDataRole.ToolTipRole, tooltip(formatting.visible(name, 1000)))
        if nbytes is not None:
            row.setText(1, formatting.nbytes(nbytes))
            row.setText(2, formatting.share(nbytes, space.total))
            row.setData(1, Qt.ItemDataRole.ToolTipRole, tooltip(formatting.exact_bytes(nbytes)))
        row.setText(3, formatting.count(items) if items else "")
        for column in (1, 2, 3):
            row.setTextAlignment(column, RIGHT)

    def _choose(self, row: QTreeWidgetItem) -> None:
        number, layer = row.data(0, _TENSOR), row.data(0, _LAYER)
        if isinstance(number, int) and number >= 0:
            self.tensor_chosen.emit(number)
        elif layer:
            self.layer_chosen.emit(layer)

    def writer(self) -> Writer | None:
        """What writes the table, its figures exact."""
        checkpoint, space = self._session.checkpoint, self._space
        return None if space is None or checkpoint is None else partial(_write, checkpoint, space, self._largest)

    def as_text(self) -> str:
        """What Copy takes: a line for each row, its figures exact and behind tabs."""
        space = self._space
        if space is None:
            return ""
        lines = [self.answer.text(), f"File\t{space.total}"]
        for name, total, amounts in (
            ("Tensors", space.tensors, space.entries),
            ("Parts of storages that no tensor uses", space.unused, space.wasteful),
            ("Everything else", space.rest, space.rests),
            ("Tensors by dtype", space.tensors, space.dtypes),
        ):
            lines.append(f"{name}\t{total}")
            lines += [f"  {formatting.visible(amount.name) or TOP}\t{amount.nbytes}" for amount in amounts]
        return "\n".join(lines)

    def _copy(self) -> None:
        put_on_clipboard(self.as_text())


def _write(
    checkpoint: Checkpoint, space: "Space", largest: "Sequence[Amount]", separator: Separator, report: Report
) -> str:
    def rows() -> "Iterator[tuple[str, str, int, int | str]]":
        for group, amounts in (
            ("Tensors", space.entries),
            ("Parts of storages that no tensor uses", space.wasteful),
            ("Everything else", space.rests),
            ("Tensors by dtype", space.dtypes),
            ("Largest layers", space.layers),
            ("Largest tensors", largest),
        ):
            for amount in amounts:
                name = full_name(checkpoint, amount.number) if amount.number >= 0 else amount.name
                yield group, formatting.visible(name, 10_000) or TOP, amount.nbytes, amount.items or ""

    return written(("What", "Where", "Bytes", "Count"), rows(), separator, report)


def _entry_name(entry: "Amount") -> str:
    return entry.name or TOP


def _parts(space: "Space") -> list[Part]:
    entries = sorted((entry for entry in space.entries if entry.nbytes), key=lambda entry: -entry.nbytes)
    if len(entries) < 2:
        parts = [Part("tensors", space.tensors, "tensors")] if space.tensors else []
    else:
        parts = [
            Part(formatting.visible(_entry_name(entry), 40), entry.nbytes, "tensors") for entry in entries[:_SHADED]
        ]
        left = sum(entry.nbytes for entry in entries[_SHADED:])
        if left:
            parts.append(Part(f"{formatting.exact(len(entries) - _SHADED)} more", left, "tensors"))
    if space.unused:
        parts.append(Part("used by no tensor", space.unused, "unused"))
    return [*parts, Part("everything else", space.rest, "rest")] if space.rest else parts
