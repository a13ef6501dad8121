"""The panel with the tree of layers: what it counts, which entry it shows, and the filter's result."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QFont, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from explorer import formatting
from explorer.checkpoint.document import Checkpoint, Entry, TensorInfo
from explorer.checkpoint.tree import Layer
from explorer.ui import text
from explorer.ui.layers.model import Column, LayerModel
from explorer.ui.layers.tree import LayerTree
from explorer.ui.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDE: Final = 1440
"""Width of the window, in pixels, from which on all columns are shown."""
_EXPANDED_HITS: Final = 1000
_EXPANDED_TENSORS: Final = 100
"""A file so small is shown unfolded: scrolling through it is quicker than opening layers."""


class LayersPanel(QFrame):
    """Shows the entry of a session as a tree, and tells the session what is selected.

    Signals:
        counts_changed: How many tensors are shown, and of how many.
    """

    counts_changed = Signal(int, int)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)
        self._session = session
        self._filter = ""
        self.model = LayerModel(self)
        self.tree = LayerTree(self.model)
        self.count = text.label(muted=True)
        self.message = text.label(muted=True, wrap=True)
        self.entries = QComboBox()
        self._stack = QStackedWidget()
        self._build()
        self.entries.activated.connect(self._choose_entry)
        self.tree.selectionModel().currentChanged.connect(self._select)
        session.opened.connect(self._show_checkpoint)
        session.entry_changed.connect(self._show_entry)
        session.selection_changed.connect(self._show_selection)
        self._show_checkpoint(session.checkpoint)
        self._show_entry(session.entry)

    def _build(self) -> None:
        title = text.label("Layers")
        font = QFont(title.font())
        font.setWeight(QFont.Weight.DemiBold)
        title.setFont(font)
        self.entries.setAccessibleName("Entry")
        self.entries.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.entries.setMinimumContentsLength(16)
        head = QHBoxLayout()
        head.setContentsMargins(12, 8, 12, 4)
        head.setSpacing(8)
        head.addWidget(title)
        head.addWidget(self.count)
        head.addStretch(1)
        head.addWidget(self.entries)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.message.setMargin(12)
        self._stack.addWidget(self.tree)
        self._stack.addWidget(self.message)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(self._stack, 1)

    def set_filter(self, words: str) -> None:
        """Show only tensors whose key contains a text, in capitals or not.

        Args:
            words: The text; "" shows everything.
        """
        if words != self._filter:
            self._filter = words
            self._show_layers()

    def select_key(self, key: str) -> bool:
        """Select the tensor, else the layer, of that key and bring it into view.

        Args:
            key: Its dotted name inside the entry.

        Returns:
            Whether it is shown.
        """
        index = self.model.index_of_key(key)
        if not index.isValid():
            index = self.model.index_of_layer(key)
        if index.isValid():
            self._go_to(index)
        return index.isValid()

    def _show_checkpoint(self, checkpoint: Checkpoint | None) -> None:
        self.model.clear_previews()
        entries = () if checkpoint is None else checkpoint.entries
        self.entries.clear()
        for entry in entries:
            name = formatting.visible(entry.path) or "whole file"
            self.entries.addItem(f"{name} – {formatting.plural(entry.tensors, 'tensor')}")
        self.entries.setVisible(len(entries) > 1)

    def _choose_entry(self, place: int) -> None:
        if self._session.checkpoint is not None:
            self._session.show_entry(self._session.checkpoint.entries[place].path)

    def _show_entry(self, entry: Entry | None) -> None:
        if entry is not None and self._session.checkpoint is not None:
            self.entries.setCurrentIndex(self._session.checkpoint.entries.index(entry))
        self._show_layers()

    def _show_layers(self) -> None:
        checkpoint, entry = self._session.checkpoint, self._session.entry
        if checkpoint is None or entry is None:
            self.model.set_layers(None)
            self._say(0, 0)
            return
        numbers: Sequence[int] = entry.numbers
        root = self._session.layers
        if self._filter:
            wanted, key_of = self._filter.casefold(), checkpoint.tensors.key
            numbers = [number for number in numbers if wanted in key_of(number).casefold()]
            root = Layer.root(checkpoint.tensors, numbers, checkpoint.path.name)
        self.model.set_layers(root)
        self._say(len(numbers), len(entry.numbers))
        if self._filter and len(numbers) <= _EXPANDED_HITS:
            self.tree.expandAll()
        else:
            self._expand_first()
        self._show_selection(self._session.tensor)

    def _expand_first(self) -> None:
        top = self.model.index(0, 0)
        if self._session.entry is not None and self._session.entry.tensors <= _EXPANDED_TENSORS:
            self.tree.expandAll()
            return
        self.tree.expand(top)
        only = self.model.index(0, 0, top)
        if self.model.rowCount(top) == 1 and self.model.rowCount(only) <= _EXPANDED_HITS:
            self.tree.expand(only)

    def _say(self, shown: int, total: int) -> None:
        tensors = formatting.plural(total, "tensor")
        self.count.setText(f"{formatting.exact(shown)} of {tensors}" if self._filter else tensors)
        if self._session.checkpoint is None:
            self.count.setText("")
            self.message.setText("")
        elif total and not shown:
            self.message.setText(f"No tensor's name contains ‘{formatting.visible(self._filter)}’.")
        else:
            self.message.setText("This file has no tensors.")
        self._stack.setCurrentWidget(self.tree if shown else self.message)
        self.counts_changed.emit(shown, total)

    def _select(self, current: QModelIndex) -> None:
        number = self.model.tensor_number(current)
        checkpoint = self._session.checkpoint
        self._session.select(None if number is None or checkpoint is None else checkpoint.tensors[number])

    def _show_selection(self, tensor: TensorInfo | None) -> None:
        if tensor is None or tensor.number == self.model.tensor_number(self.tree.currentIndex()):
            return
        index = self.model.index_of(tensor.number)
        if index.isValid():
            self._go_to(index)

    def _go_to(self, index: QModelIndex) -> None:
        self.tree.setCurrentIndex(index)
        self.tree.scrollTo(index)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Show as many columns as the window has room for."""
        super().resizeEvent(event)
        self._fit_columns()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Show as many columns as the window has room for."""
        super().showEvent(event)
        self._fit_columns()

    def _fit_columns(self) -> None:
        narrow = self.window().width() < WIDE
        for column in (Column.BYTES, Column.SAVED_ON):
            self.tree.setColumnHidden(column, narrow)
