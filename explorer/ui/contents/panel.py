"""Everything in the file that is not a tensor, as a tree of names, types and values."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QTreeView, QVBoxLayout, QWidget

from explorer.checkpoint.document import Checkpoint
from explorer.ui.contents.model import HEADS, ContentsModel
from explorer.ui.session import Session
from explorer.ui.tables.look import Fitting, dress
from explorer.ui.text import label

_FEW: Final = 200
"""So many rows are opened one level deep."""


class ContentsPanel(QFrame):
    """Shows what stands beside the tensors: epoch, arguments, learning rates, pickled objects, names of code."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)
        self._empty = label("The file holds nothing but tensors.", muted=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.model = ContentsModel(self)
        self.tree = QTreeView()
        self.tree.setModel(self.model)
        dress(self.tree, "Contents of the file")
        Fitting(self.tree, HEADS)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.addWidget(self.tree)
        layout.addWidget(self._empty, 1)
        session.opened.connect(self._show)

    def _show(self, checkpoint: Checkpoint) -> None:
        self.model.show_checkpoint(checkpoint)
        some = len(self.model) > 0
        self.tree.setVisible(some)
        self._empty.setVisible(not some)
        if len(self.model) <= _FEW:
            self.tree.expandToDepth(0)
