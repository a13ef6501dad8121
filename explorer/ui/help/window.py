"""Windows of Help: words that can be copied, and lists of them with a field that filters."""

from collections.abc import Iterable, Sequence
from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from explorer.formatting import plural
from explorer.ui.clipboard import put_on_clipboard
from explorer.ui.side_window import SideWindow
from explorer.ui.text import label, set_tooltip

Index = QModelIndex | QPersistentModelIndex

_PADDING: Final = QSize(18, 8)
"""Around a text in a cell: that of the style sheet, and that of the style."""
_HIGHEST: Final = 10_000


class HelpWindow(SideWindow):
    """A side window whose words can be copied."""

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(title, parent)
        self.copy_button = QPushButton("Copy")
        set_tooltip(self.copy_button, "Copy all of this as text")
        self.copy_button.clicked.connect(self._copy)
        self.buttons.insertWidget(1, self.copy_button)

    def as_text(self) -> str:
        """What Copy takes."""
        raise NotImplementedError

    def _copy(self) -> None:
        put_on_clipboard(self.as_text())


class ListWindow(HelpWindow):
    """One with rows in groups, of which a field keeps those that have all of its words.

    Attributes:
        filter: The field.
        list: The rows; groups are rows as well, with theirs below them.
    """

    def __init__(
        self, title: str, heads: Sequence[str], groups: Iterable[tuple[str, Iterable[Sequence[str]]]], parent: QWidget
    ) -> None:
        """Make it, with all rows.

        Args:
            title: Of the window.
            heads: Of the columns.
            groups: From the top.
            parent: The main window.
        """
        super().__init__(title, parent)
        self._groups: list[tuple[QTreeWidgetItem, list[QTreeWidgetItem]]] = []
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Filter")
        self.filter.setAccessibleName("Filter")
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self._keep)
        self.list = QTreeWidget()
        self.list.setColumnCount(len(heads))
        self.list.setHeaderLabels(list(heads))
        self.list.setAccessibleName(title)
        self.list.setRootIsDecorated(False)
        self.list.setIndentation(0)
        self.list.setItemsExpandable(False)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in range(1, len(heads)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.said = label(muted=True)
        self.body.addWidget(self.filter)
        self.body.addWidget(self.list, 1)
        self.body.addWidget(self.said)
        for group, rows in groups:
            self._add(group, rows)
        self.list.expandAll()
        self._keep("")
        self.filter.setFocus()

    def _add(self, title: str, rows: Iterable[Sequence[str]]) -> None:
        group = QTreeWidgetItem([title])
        font = self.list.font()
        font.setBold(True)
        group.setFont(0, font)
        items = [QTreeWidgetItem(list(row)) for row in rows]
        for item in items:
            for column in range(self.list.columnCount()):
                item.setTextAlignment(column, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        group.addChildren(items)
        self.list.addTopLevelItem(group)
        group.setFirstColumnSpanned(True)
        self._groups.append((group, items))

    def rows(self) -> dict[str, list[tuple[str, ...]]]:
        """What stands in the rows that are kept, by the titles of their groups."""
        return {
            group.text(0): [self._texts(row) for row in rows if not row.isHidden()]
            for group, rows in self._groups
            if not group.isHidden()
        }

    def as_text(self) -> str:
        """The rows that are kept, with tabs between their columns."""
        return "\n\n".join(
            "\n".join([title, *("\t".join(row).rstrip() for row in rows)]) for title, rows in self.rows().items()
        )

    def show_row(self, title: str, name: str = "") -> None:
        """Go to a row.

        Args:
            title: Of its group; what is none changes nothing.
            name: One of those in its first column; "" for the group itself.
        """
        for group, rows in self._groups:
            if group.text(0) == title:
                found = next((row for row in rows if name in row.text(0).split(", ")), group)
                self.list.setCurrentItem(found)
                self.list.scrollToItem(found, QAbstractItemView.ScrollHint.PositionAtTop)

    def _texts(self, row: QTreeWidgetItem) -> tuple[str, ...]:
        return tuple(row.text(column) for column in range(self.list.columnCount()))

    def _keep(self, text: str) -> None:
        words = text.casefold().split()
        kept = total = 0
        for group, rows in self._groups:
            here = 0
            for row in rows:
                searched = "\n".join([group.text(0), *self._texts(row)]).casefold()
                fits = all(word in searched for word in words)
                row.setHidden(not fits)
                here += fits
            group.setHidden(not here)
            kept += here
            total += len(rows)
        every = plural(total, "row")
        self.said.setText(
            "No row has all of these words." if not kept else every if kept == total else f"{kept} of {every}"
        )


class _Wrapping(QStyledItemDelegate):
    """Gives rows the height that their texts need; a style sheet gives them that of one line."""

    def __init__(self, rows: QTreeWidget) -> None:
        super().__init__(rows)
        self._rows = rows

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802 - Qt's name
        """As wide as usual, and as high as the text in this width."""
        usual = super().sizeHint(option, index)
        room = QRect(0, 0, self._rows.columnWidth(index.column()) - _PADDING.width(), _HIGHEST)
        words = str(index.data() or "")
        needed = self._rows.fontMetrics().boundingRect(room, Qt.TextFlag.TextWordWrap.value, words).height()
        return QSize(usual.width(), max(usual.height(), needed + _PADDING.height()))


def wrap_lines(rows: QTreeWidget, widths: Sequence[int]) -> None:
    """Have rows be as high as their texts need.

    Args:
        rows: All of them.
        widths: Of the columns in letters; 0 for the one that takes the rest.
    """
    rows.setWordWrap(True)
    rows.setItemDelegate(_Wrapping(rows))
    header = rows.header()
    letter = rows.fontMetrics().averageCharWidth()
    for column, letters in enumerate(widths):
        mode = QHeaderView.ResizeMode.Interactive if letters else QHeaderView.ResizeMode.Stretch
        header.setSectionResizeMode(column, mode)
        if letters:
            header.resizeSection(column, letters * letter)
    header.setMinimumSectionSize(8 * letter)
    # A tree keeps the heights that it found first.
    header.sectionResized.connect(rows.scheduleDelayedItemsLayout)
