"""The devices for Qt: a row for each, with its memory."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from PySide6.QtCore import QObject

from explorer import formatting
from explorer.devices.torch_devices import Device
from explorer.ui.tables.columns import Column
from explorer.ui.tables.heads import Head
from explorer.ui.tables.model import TableModel

Held = Mapping[str, int]
"""Bytes of the open file on each device."""


def _amount(title: str, size_of: Callable[[Held, Device], int | None], about: str = "") -> Column[Held, Device]:
    def known(held: Held, device: Device) -> int | None:
        return None if device.why_not else size_of(held, device)

    def shown(held: Held, device: Device) -> str:
        size = known(held, device)
        return formatting.NOTHING if size is None else formatting.nbytes(size)

    def tip(held: Held, device: Device) -> str:
        size = known(held, device)
        none = device.why_not or "The device does not tell."
        return none if size is None else f"{title}: {formatting.exact_bytes(size)}"

    return Column(Head(title, figures=True, sample="88.8 GB", about=about), shown, exact=known, tip=tip)


def _what(_held: Held, device: Device) -> str:
    return device.why_not or device.what


_COLUMNS: Final[tuple[Column[Held, Device], ...]] = (
    Column(Head("Device", sample="cuda:10 mmm"), lambda _held, device: device.name),
    _amount("Total", lambda _held, device: device.room.total),
    _amount("Free", lambda _held, device: device.room.free),
    _amount("Held here", lambda held, device: held.get(device.name, 0), about="Tensors of the file in this window"),
    Column(Head("What it is"), lambda held, device: formatting.visible(_what(held, device)), tip=_what),
)


class DeviceModel(TableModel[Held, Device]):
    """Names, memory, and why one cannot be used."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(_COLUMNS, parent)

    def show_devices(self, devices: Sequence[Device], held: Held) -> None:
        """Show these.

        Args:
            devices: In this order.
            held: Bytes of the open file on each.
        """
        self.show_rows(held, devices)
