"""The devices for Qt: a row for each, with its memory."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from explorer import formatting
from explorer.devices.torch_devices import Device
from explorer.ui.text import tooltip

TITLES: Final = ("Device", "Total", "Free", "Held here", "What it is")
DEVICE, TOTAL, FREE, HELD, WHAT = range(5)
_NOWHERE: Final = QModelIndex()
_LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_ABOUT_HELD: Final = "Tensors of the file in this window"

Index = QModelIndex | QPersistentModelIndex


class DeviceModel(QAbstractTableModel):
    """Names, memory, and why one cannot be used."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._devices: Sequence[Device] = ()
        self._held: Mapping[str, int] = {}

    def show_devices(self, devices: Sequence[Device], held: Mapping[str, int]) -> None:
        """Show these.

        Args:
            devices: In this order.
            held: Bytes of the open file on each.
        """
        self.beginResetModel()
        self._devices, self._held = devices, held
        self.endResetModel()

    def rowCount(self, parent: Index = _NOWHERE) -> int:  # noqa: N802 - Qt's name
        """One for each device."""
        return 0 if parent.isValid() else len(self._devices)

    def columnCount(self, parent: Index = _NOWHERE) -> int:  # noqa: N802 - Qt's name
        """As many in every row."""
        return 0 if parent.isValid() else len(TITLES)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:  # noqa: ANN401 - what Qt asks for
        """Titles of the columns."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(TITLES):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return TITLES[section]
        if role == Qt.ItemDataRole.ToolTipRole and section == HELD:
            return tooltip(_ABOUT_HELD)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if section in {TOTAL, FREE, HELD} else _LEFT
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - what Qt asks for
        """What stands in a cell."""
        if not index.isValid():
            return None
        device, column = self._devices[index.row()], index.column()
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column in {TOTAL, FREE, HELD} else _LEFT
        if role not in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole}:
            return None
        exact = role == Qt.ItemDataRole.ToolTipRole
        if column == DEVICE:
            return None if exact else device.name
        if column == WHAT:
            words = device.why_not or device.what
            return tooltip(words) if exact else formatting.visible(words)
        size = (device.room.total, device.room.free, self._held.get(device.name, 0))[column - TOTAL]
        if device.why_not or size is None:
            return tooltip(device.why_not or "The device does not tell.") if exact else formatting.NOTHING
        return tooltip(formatting.exact_bytes(size)) if exact else formatting.nbytes(size)
