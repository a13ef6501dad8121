"""The checksums of a file for Qt: a row for each tensor, what is wrong first."""

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QColor

from explorer import formatting
from explorer.checkpoint.document import Checkpoint
from explorer.ui.text import tooltip

if TYPE_CHECKING:
    from explorer.checkpoint.checksums import Checksums

_TITLES: Final = ("Tensor", "Entry", "Bytes", "Checksum")
_NAME, _ENTRY, _BYTES, _RESULT = range(4)
_NOWHERE: Final = QModelIndex()
_LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter

Index = QModelIndex | QPersistentModelIndex


class ChecksumModel(QAbstractTableModel):
    """Names, entries, sizes and what came out."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._checkpoint: Checkpoint | None = None
        self._checksums: Checksums | None = None
        self._order: list[int] = []
        self.wrong_color = QColor()

    def show_checksums(self, checkpoint: Checkpoint | None, checksums: "Checksums | None") -> None:
        """Show what came out for a file; None for nothing."""
        self.beginResetModel()
        self._checkpoint, self._checksums = checkpoint, checksums
        self._order = [] if checksums is None else list(checksums.worst_first)
        self.endResetModel()

    def number(self, row: int) -> int:
        """Tell which tensor a row is about."""
        return self._order[row]

    def rowCount(self, parent: Index = _NOWHERE) -> int:  # noqa: N802 - Qt's name
        """One for each tensor."""
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: Index = _NOWHERE) -> int:  # noqa: N802 - Qt's name
        """As many in every row."""
        return 0 if parent.isValid() else len(_TITLES)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:  # noqa: ANN401 - what Qt asks for
        """Titles of the columns."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(_TITLES):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return _TITLES[section]
        return (_RIGHT if section == _BYTES else _LEFT) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - what Qt asks for
        """What stands in a cell."""
        if not index.isValid() or self._checkpoint is None or self._checksums is None:
            return None
        number, column = self._order[index.row()], index.column()
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column == _BYTES else _LEFT
        if role == Qt.ItemDataRole.DisplayRole:
            return self._shown(self._checkpoint, self._checksums, number, column)
        if role == Qt.ItemDataRole.ForegroundRole and column == _RESULT and self._checksums.word(number) == "wrong":
            return QBrush(self.wrong_color)
        if role == Qt.ItemDataRole.ToolTipRole:
            table = self._checkpoint.tensors
            if column == _NAME:
                return tooltip(formatting.visible(table.key(number), 1000) or formatting.UNNAMED)
            if column == _BYTES:
                known = table.kind(number).is_known
                return tooltip(formatting.exact_bytes(table.kind(number).nbytes) if known else "It is not known.")
            if column == _RESULT:
                return tooltip(self._checksums.why(number)) or None
        return None

    def _shown(self, checkpoint: Checkpoint, checksums: "Checksums", number: int, column: int) -> str:
        table = checkpoint.tensors
        if column == _NAME:
            return formatting.visible(table.key(number)) or formatting.UNNAMED
        if column == _BYTES:
            kind = table.kind(number)
            return formatting.nbytes(kind.nbytes) if kind.is_known else formatting.NOTHING
        if column == _RESULT:
            return checksums.word(number)
        return formatting.visible(table[number].entry) or "(top)"
