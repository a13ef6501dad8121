"""Windows of Help with a table, of which a field keeps the rows that have all of its words."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractSlider, QLineEdit, QStyleOptionViewItem, QTableView, QWidget

from explorer.formatting import plural
from explorer.ui import theme
from explorer.ui.help.swatch import SIDE, swatch
from explorer.ui.help.window import HelpWindow
from explorer.ui.message_page import MessagePage
from explorer.ui.tables.columns import LEFT, Column, copied
from explorer.ui.tables.heads import Head
from explorer.ui.tables.look import Fitting, RowDelegate, dress, go_to_row
from explorer.ui.tables.model import TableModel
from explorer.ui.tables.taking import Tables
from explorer.ui.text import label, set_tone
from explorer.ui.themed import Themed

Index = QModelIndex | QPersistentModelIndex
Grouped = tuple[str, Iterable[Sequence[str]]]
"""The title of a group, and its rows with a text for each column."""

_PADDING: Final = QSize(18, 8)
"""Around a text in a cell: that of the style sheet, and that of the style."""
_HIGHEST: Final = 10_000
_DOT: Final = re.compile(r"(?<=[A-Za-z_])\.(?=[A-Za-z_])")
"""In a dotted name, behind which a line may end: some are wider than a column is."""
_PAGES: Final = {
    Qt.Key.Key_PageDown: QAbstractSlider.SliderAction.SliderPageStepAdd,
    Qt.Key.Key_PageUp: QAbstractSlider.SliderAction.SliderPageStepSub,
}
_TOP: Final = (LEFT & ~Qt.AlignmentFlag.AlignVertical_Mask) | Qt.AlignmentFlag.AlignTop


class ListedRow(NamedTuple):
    """A row.

    Attributes:
        group: Its group.
        texts: Those of the other columns.
    """

    group: str
    texts: tuple[str, ...]


def no_colors(_row: ListedRow, _theme: theme.Theme) -> Sequence[str]:
    """A row is about no colour."""
    return ()


class ListWindow(Themed, HelpWindow):
    """One with a table.

    Attributes:
        filter: The field.
        model: The rows that are kept.
        list: Shows them.
        page: Says where none is.
    """

    def __init__(
        self,
        title: str,
        heads: Sequence[Head],
        groups: Iterable[Grouped],
        tables: Tables,
        parent: QWidget,
        colors_of: Callable[[ListedRow, theme.Theme], Sequence[str]] = no_colors,
    ) -> None:
        """Make it, with all rows.

        Args:
            title: Of the window.
            heads: Of the columns; the first is that of the groups.
            groups: From the top.
            tables: Give the table its menu.
            parent: The main window.
            colors_of: Tells which colours a row is about: they are shown before its first text.
        """
        super().__init__(title, parent)
        self._rows = [ListedRow(group, tuple(row)) for group, rows in groups for row in rows]
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Filter")
        self.filter.setAccessibleName("Filter")
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self._keep)
        self.filter.installEventFilter(self)
        self.model = _Model(heads, colors_of, self)
        self.list = QTableView()
        self.list.setModel(self.model)
        dress(self.list, title)
        self.list.setWordWrap(True)
        self.list.setVerticalScrollMode(QTableView.ScrollMode.ScrollPerPixel)
        self.list.setItemDelegate(_Wrapping(self.list))
        Fitting(self.list, heads)
        # Rows are as high as their texts need, which is known once columns have their widths.
        self._higher = QTimer(self, singleShot=True, interval=0)
        self._higher.timeout.connect(self.list.resizeRowsToContents)
        for changed in (self.list.horizontalHeader().sectionResized, self.model.modelReset, self.model.layoutChanged):
            changed.connect(lambda *_: self._higher.start())
        taking = tables.add(self.list, title.lower(), self.model.writer, self._tell)
        taking.name = lambda: "help"
        # The menu of the main window has the key there only.
        taking.copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.list.addAction(taking.copy)
        self.page = MessagePage("Clear the filter", shows="search")
        self.page.button.clicked.connect(self.filter.clear)
        self.said = label(muted=True)
        self.body.addWidget(self.filter)
        self.body.addWidget(self.list, 1)
        self.body.addWidget(self.page, 1)
        self.body.addWidget(self.said)
        self._begin_to_wear()
        self._keep("")
        self.filter.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Scroll the rows by pages from the field, which has none; Escape clears it before it closes the window."""
        if watched is self.filter and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape and self.filter.text():
                self.filter.clear()
                return True
            way = _PAGES.get(Qt.Key(event.key()))
            if way is not None:
                self.list.verticalScrollBar().triggerAction(way)
                return True
        return super().eventFilter(watched, event)

    def rows(self) -> dict[str, list[tuple[str, ...]]]:
        """What stands in the rows that are kept, by their groups."""
        kept: dict[str, list[tuple[str, ...]]] = {}
        for row in self.model.rows:
            kept.setdefault(row.group, []).append(row.texts)
        return kept

    def as_text(self) -> str:
        """The rows that are kept, as they stand, with tabs between their columns."""
        rows = [self.model.index(place, 0) for place in range(self.model.rowCount())]
        return copied(self.model, rows, range(self.model.columnCount()))

    def show_row(self, title: str, name: str = "") -> None:
        """Go to a row.

        Args:
            title: Its group; what is none changes nothing.
            name: One of those behind it; "" for the first of the group.
        """
        places = [place for place, row in enumerate(self.model.rows) if row.group == title]
        named = [place for place in places if name in self.model.row(place).texts[0].split(", ")]
        for place in (named or places)[:1]:
            self.list.resizeRowsToContents()
            go_to_row(self.list, place)
            self.list.scrollTo(self.model.index(place, 0), QTableView.ScrollHint.PositionAtTop)

    def _wear(self) -> None:
        self.model.wear(theme.current(self))

    def _keep(self, text: str) -> None:
        words = text.casefold().split()
        kept = [row for row in self._rows if _has(row, words)]
        self.model.show_rows(None, kept)
        self.list.setVisible(bool(kept))
        self.page.setVisible(not kept)
        self.page.say("" if kept else "No row has all of these words.", offer=True)
        every = plural(len(self._rows), "row")
        self._tell("" if not kept else every if len(kept) == len(self._rows) else f"{len(kept)} of {every}", False)

    def _tell(self, sentence: str, bad: bool) -> None:
        self.said.setText(sentence)
        set_tone(self.said, "bad" if bad else None)


class _Model(TableModel[None, ListedRow]):
    def __init__(
        self, heads: Sequence[Head], colors_of: Callable[[ListedRow, theme.Theme], Sequence[str]], parent: QWidget
    ) -> None:
        first = Column[None, ListedRow](heads[0], lambda _of, row: row.group, tone=lambda _of, _row: "muted")
        others = [Column[None, ListedRow](head, partial(_nth, place)) for place, head in enumerate(heads[1:])]
        super().__init__([first, *others], parent)
        self._colors_of = colors_of
        self._ratio = parent.devicePixelRatioF()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - what Qt asks for
        """What stands in a cell: at its top, as those beside it may be higher."""
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _TOP
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 1 and self._theme is not None:
            colors = self._colors_of(self.row(index.row()), self._theme)
            return swatch(colors, self._ratio) if colors else None
        return super().data(index, role)


class _Wrapping(RowDelegate):
    """Gives rows the height that their texts need; a style sheet gives them that of one line."""

    def __init__(self, view: QTableView) -> None:
        super().__init__(view)
        self._view = view

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:  # noqa: N802 - Qt's name
        """Draw the text with places where dotted names may be broken; what is copied has none."""
        super().initStyleOption(option, index)
        option.text = _breakable(option.text)
        option.decorationSize = QSize(SIDE, SIDE)
        option.decorationAlignment = _TOP

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802 - Qt's name
        """As wide as usual, and as high as the text in this width."""
        usual = super().sizeHint(option, index)
        pictured = SIDE + _PADDING.width() if index.data(Qt.ItemDataRole.DecorationRole) else 0
        room = QRect(0, 0, self._view.columnWidth(index.column()) - _PADDING.width() - pictured, _HIGHEST)
        words = _breakable(str(index.data() or ""))
        needed = self._view.fontMetrics().boundingRect(room, Qt.TextFlag.TextWordWrap.value, words).height()
        return QSize(usual.width(), max(theme.row_height(self._view.fontMetrics()), needed + _PADDING.height()))


def _breakable(text: str) -> str:
    return _DOT.sub(".\u200b", text)


def _nth(place: int, _of: None, row: ListedRow) -> str:
    return row.texts[place]


def _has(row: ListedRow, words: Iterable[str]) -> bool:
    searched = "\n".join([row.group, *row.texts]).casefold()
    return all(word in searched for word in words)
