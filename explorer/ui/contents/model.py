"""The contents of a file for Qt: its rows as they are, made into text only when they are looked at."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from explorer.checkpoint.document import Checkpoint, ContentRow, is_nan
from explorer.formatting import UNNAMED, plain, plural, visible
from explorer.ui.text import tooltip

if TYPE_CHECKING:
    from PySide6.QtGui import QColor

Index = QModelIndex | QPersistentModelIndex

_TITLES: Final = ("Name", "Type", "Value")
_NOWHERE: Final = QModelIndex()
_TOP: Final = -1
_VALUE: Final = 2


class ContentsModel(QAbstractItemModel):
    """Names, types and values as a tree; first what code the file names. An index carries the number of its row.

    Attributes:
        nan: Names of values that are NaN, in their order.
        bad_color: Of such values.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[ContentRow] = []
        self._below: dict[int, list[int]] = {}
        self._places: list[int] = []
        self.nan: list[str] = []
        self.bad_color: QColor | None = None

    def __len__(self) -> int:
        return len(self._rows)

    def show_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Take the rows of a file in place of the last one's."""
        self.beginResetModel()
        code = _code_rows(checkpoint.code)
        first = len(code)
        self._rows = [
            *code,
            *(row._replace(parent=row.parent + first if row.parent >= 0 else _TOP) for row in checkpoint.contents),
        ]
        self._below, self._places = {}, []
        self.nan = [visible(row.name) or UNNAMED for row in checkpoint.contents if is_nan(row)]
        for number, row in enumerate(self._rows):
            if row.parent >= number:
                self._rows[number] = row._replace(parent=_TOP)
            siblings = self._below.setdefault(self._rows[number].parent, [])
            self._places.append(len(siblings))
            siblings.append(number)
        self.endResetModel()

    def index(self, row: int, column: int, parent: Index = _NOWHERE) -> QModelIndex:
        """Point to a cell."""
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        return self.createIndex(row, column, self._below[self._number(parent)][row])

    def parent(self, index: Index) -> QModelIndex:  # type: ignore[override]  # QObject has another without arguments
        """Point to what a row stands in."""
        above = self._rows[self._number(index)].parent if index.isValid() else _TOP
        return QModelIndex() if above == _TOP else self.createIndex(self._places[above], 0, above)

    def rowCount(self, parent: Index = _NOWHERE) -> int:  # noqa: N802 - Qt's name
        """How many rows stand in another, or at the top."""
        return 0 if parent.column() > 0 else len(self._below.get(self._number(parent), ()))

    def columnCount(self, parent: Index = _NOWHERE) -> int:  # noqa: ARG002, N802 - Qt's name and arguments
        """Name, type and value."""
        return len(_TITLES)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """What a cell says; under the cursor a long value is seen as a whole."""
        if not index.isValid():
            return None
        row = self._rows[self._number(index)]
        text = (row.name, row.type, row.text)[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return visible(text) or (UNNAMED if index.column() == 0 else "")
        if role == Qt.ItemDataRole.ForegroundRole:
            return self.bad_color if index.column() == _VALUE and is_nan(row) else None
        if role == Qt.ItemDataRole.ToolTipRole and index.column() != 1:
            return tooltip(plain(text))
        return None

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """The titles of the columns."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _TITLES[section]
        return None

    def _number(self, index: Index) -> int:
        return int(index.internalId()) if index.isValid() else _TOP


def _code_rows(code: tuple[str, ...]) -> list[ContentRow]:
    if not code:
        return []
    said = f"{plural(len(code), 'name')}; none was imported or run"
    return [ContentRow(_TOP, "code the file names", "", said), *(ContentRow(0, name, "code", "") for name in code)]
