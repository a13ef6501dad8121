"""One selection for the tree of layers and for the session, whichever of the two it is changed in."""

from PySide6.QtCore import QModelIndex, QObject, Slot

from explorer.checkpoint.document import TensorInfo
from explorer.checkpoint.tree import Layer
from explorer.ui.layers.model import LayerModel
from explorer.ui.layers.tree import WIDE_ROWS, LayerTree
from explorer.ui.session import Session


class Selecting(QObject):
    """Tells each of what is selected in the other, and finds it again when the tree shows other rows."""

    def __init__(self, session: Session, model: LayerModel, tree: LayerTree, parent: QObject) -> None:
        """Begin with what is selected in the tree from now on.

        Args:
            session: Knows what is selected in the whole window.
            model: Of the tree.
            tree: In which the current row is what is selected.
            parent: Owner.
        """
        super().__init__(parent)
        self._session, self._model, self._tree = session, model, tree
        self._folded: Layer | None = None
        tree.selectionModel().currentChanged.connect(self._take)
        tree.clicked.connect(self._take)

    def forget(self) -> None:
        """Find nothing of the last file again."""
        self._folded = None

    def go_to(self, index: QModelIndex) -> None:
        """Select a row, and bring it into view."""
        self._tree.setCurrentIndex(index)
        # It may have been the current row already, without having been selected by anybody.
        self._take(index)
        self._tree.scrollTo(index)

    def go_to_first(self) -> None:
        """Go to the first tensor in the tree."""
        index = self._model.index(0, 0)
        while self._model.rowCount(index):
            index = self._model.index(0, 0, index)
        if self._model.tensor_number(index) is not None:
            self.go_to(index)

    def select_again(self, selected: TensorInfo | Layer | None) -> None:
        """Bring back into view what was selected before the tree was another."""
        root = self._model.layer(self._model.index(0, 0))
        if root is None:
            return
        if self._folded is not None and selected is self._session.selected and not isinstance(selected, TensorInfo):
            selected = self._folded
        if isinstance(selected, Layer):
            self._go_to_layer(selected)
        elif selected is not None and all(len(layer.children) <= WIDE_ROWS for layer in root.way_to(selected.key)):
            self.show(selected)

    def show(self, selected: TensorInfo | Layer | None) -> None:
        """Go to what is selected elsewhere, where it has a row."""
        current = self._tree.currentIndex()
        if isinstance(selected, Layer):
            if selected is not self._model.layer(current):
                self._go_to_layer(selected)
        elif selected is not None and selected.number != self._model.tensor_number(current):
            index = self._model.index_of(selected.number)
            if index.isValid():
                self.go_to(index)

    def _go_to_layer(self, layer: Layer) -> None:
        """Select a layer again, with the tensors that it has in this tree.

        Where it has no row, that of the nearest one above stands for it until it has one again.
        """
        index = self._model.index_of_row(layer.stem)
        above = layer.stem.removesuffix(".")
        while not index.isValid() and "." in above:
            above = above.rpartition(".")[0]
            index = self._model.index_of_layer(above)
        self._folded = None
        if index.isValid():
            self.go_to(index)
        else:
            self._session.select(None)
        shown = self._model.layer(index)
        if shown is None or shown.prefix != layer.prefix:
            self._folded = layer

    @Slot(QModelIndex)
    def _take(self, current: QModelIndex) -> None:
        self._folded = None
        number = self._model.tensor_number(current)
        checkpoint = self._session.checkpoint
        if number is None or checkpoint is None:
            layer, selected = self._model.layer(current), self._session.selected
            if not (layer and isinstance(selected, Layer) and layer.same_as(selected)):
                self._session.select(layer)
        else:
            self._session.select(checkpoint.tensors[number])
