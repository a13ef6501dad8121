"""The files of a run in their order, which can be changed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QModelIndex, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAction, QColor, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QGridLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from explorer.ui import theme
from explorer.ui.run.file_menu import FileMenu
from explorer.ui.tables.columns import EXACT
from explorer.ui.text import label, set_tooltip, tooltip
from explorer.ui.themed import Themed

_PATH: Final = Qt.ItemDataRole.UserRole
_WRONG: Final = _PATH + 1
"""Whether something is wrong with a file."""


class RunFiles(Themed, QWidget):
    """A list to drag files in, and buttons that do the same.

    Attributes:
        menu: Of a file.

    Signals:
        changed: The files are in another order, or fewer (their paths).
        add_asked: More files are to be chosen.
    """

    changed = Signal(object)
    add_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._told: tuple[Path, ...] = ()
        self._before: list[tuple[Path, ...]] = []
        self.title = label("Files", muted=True)
        self.list = QListWidget()
        self.list.setAccessibleName("Files of the run, in their order")
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.list.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setTabKeyNavigation(False)
        self.up, self.down = QPushButton("Up"), QPushButton("Down")
        self.remove, self.add = QPushButton("Remove"), QPushButton("Add…")
        # Two and two: the list needs little room, and the table beside it much.
        buttons = QGridLayout()
        buttons.setSpacing(4)
        for at, (button, tip) in enumerate(
            (
                (self.up, "Compare the chosen file earlier"),
                (self.down, "Compare the chosen file later"),
                (self.remove, "Leave the chosen file out (undone with Ctrl+Z)"),
                (self.add, "Add files to the run"),
            )
        ):
            button.setProperty("flat", True)
            set_tooltip(button, tip)
            buttons.addWidget(button, at // 2, at % 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.title)
        # Above the list: its lower end is out of sight where a dock takes the room, and behind the row of what runs.
        layout.addLayout(buttons)
        layout.addWidget(self.list, 1)
        self.up.clicked.connect(lambda: self._move(-1))
        self.down.clicked.connect(lambda: self._move(1))
        self.remove.clicked.connect(self._remove)
        self.add.clicked.connect(self.add_asked)
        self.list.model().rowsMoved.connect(self._tell)
        self.list.currentRowChanged.connect(self._allow)
        self.delete = QAction("&Remove", self.list)
        self.delete.setShortcut(QKeySequence(QKeySequence.StandardKey.Delete))
        self.delete.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.delete.triggered.connect(self._remove)
        self.list.addAction(self.delete)
        self.undo = QAction("&Undo", self)
        self.undo.setShortcut(QKeySequence(QKeySequence.StandardKey.Undo))
        self.undo.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.undo.triggered.connect(self._undo)
        self.menu = FileMenu(self)
        self._allow()
        self._begin_to_wear()

    @property
    def paths(self) -> tuple[Path, ...]:
        """All files, in order."""
        return tuple(self.list.item(row).data(_PATH) for row in range(self.list.count()))

    def show_files(
        self, paths: Sequence[Path], names: Sequence[str], about: Sequence[str], wrong: Sequence[str]
    ) -> None:
        """List files.

        Args:
            paths: In order.
            names: What each is called.
            about: What there is to say of each, in lines.
            wrong: What is wrong with each, in a word; "" for nothing.
        """
        if not set(paths) <= set(self._told).union(*self._before):
            # They are of another run.
            self._before = []
        self._told = tuple(paths)
        row = self.list.currentRow()
        chosen = self.paths[row] if row >= 0 else None
        with QSignalBlocker(self.list):
            self.list.clear()
            for path, name, said, bad in zip(paths, names, about, wrong, strict=True):
                item = QListWidgetItem(f"{name} – {bad}" if bad else name)
                item.setData(_PATH, path)
                item.setData(EXACT, path.name)
                item.setData(Qt.ItemDataRole.ToolTipRole, tooltip(said))
                item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, said)
                item.setData(_WRONG, bool(bad))
                self.list.addItem(item)
            if chosen is not None and chosen in paths:
                self.list.setCurrentRow(list(paths).index(chosen))
        self._wear()
        self._allow()

    def _wear(self) -> None:
        color = QColor(theme.current(self).bad)
        with QSignalBlocker(self.list):
            for item in map(self.list.item, range(self.list.count())):
                if item.data(_WRONG):
                    item.setForeground(color)

    def _move(self, by: int) -> None:
        row = self.list.currentRow()
        if 0 <= row + by < self.list.count():
            item = self.list.takeItem(row)
            self.list.insertItem(row + by, item)
            self.list.setCurrentRow(row + by)
            self._tell()

    def _remove(self) -> None:
        if self.list.currentRow() >= 0:
            self.list.takeItem(self.list.currentRow())
            self._tell()

    def _tell(self, *_moved: QModelIndex | int) -> None:
        self._before.append(self._told)
        self._told = self.paths
        self._allow()
        self.changed.emit(self.paths)

    def _undo(self) -> None:
        """Have the files as they were before the last change."""
        if self._before:
            self._told = self._before.pop()
            self._allow()
            self.changed.emit(self._told)

    def _allow(self) -> None:
        row, count = self.list.currentRow(), self.list.count()
        for button, possible in ((self.up, row > 0), (self.down, 0 <= row < count - 1), (self.remove, row >= 0)):
            button.setEnabled(possible)
        self.delete.setEnabled(row >= 0)
        self.undo.setEnabled(bool(self._before))
