"""Everything in the file that is not a tensor, as a tree of names, types and values."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QFrame, QHeaderView, QTreeView, QVBoxLayout, QWidget

from explorer.checkpoint.document import Checkpoint
from explorer.formatting import plain, visible
from explorer.ui.session import Session
from explorer.ui.text import label, tooltip


class ContentsPanel(QFrame):
    """Shows what stands beside the tensors: epoch, arguments, learning rates, pickled objects."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("panel", True)
        self._empty = label("The file holds nothing but tensors.", muted=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._model = QStandardItemModel(0, 3, self)
        self._model.setHorizontalHeaderLabels(["Name", "Type", "Value"])
        self._tree = QTreeView()
        self._tree.setModel(self._model)
        self._tree.setUniformRowHeights(True)
        self._tree.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        self._tree.setAccessibleName("Contents of the file")
        self._tree.header().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self._tree.header().resizeSection(0, 200)
        self._tree.header().resizeSection(1, 130)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.addWidget(self._tree)
        layout.addWidget(self._empty, 1)
        session.opened.connect(self._show)

    def _show(self, checkpoint: Checkpoint) -> None:
        self._model.removeRows(0, self._model.rowCount())
        made: list[QStandardItem] = []
        for row in checkpoint.contents:
            name = QStandardItem(visible(row.name) or "(unnamed)")
            value = QStandardItem(visible(row.text))
            value.setData(tooltip(plain(row.text)), Qt.ItemDataRole.ToolTipRole)
            above = made[row.parent] if 0 <= row.parent < len(made) else self._model.invisibleRootItem()
            above.appendRow([name, QStandardItem(visible(row.type)), value])
            made.append(name)
        self._tree.setVisible(bool(made))
        self._empty.setVisible(not made)
        if len(made) <= 200:
            self._tree.expandToDepth(0)
