"""Where a test loads the values: on the CPU, or on a device that PyTorch has here."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox

from explorer.devices.torch_devices import HOST
from explorer.formatting import visible
from explorer.ui.devices.placing import Placing
from explorer.ui.text import caption, set_tooltip, tooltip

_ASK: Final = "other devices…"
_SHOWN: Final = 12
"""Characters of what is chosen that there is always room for."""
_MARGINS: Final = 24
"""Pixels of the list that are not for its words."""


class DeviceChoice(QComboBox):
    """Looks for devices when it is first opened: PyTorch takes seconds to come. What cannot be used says why."""

    def __init__(self, placing: Placing) -> None:
        """Offer the CPU.

        Args:
            placing: Knows the devices of this computer, once it is asked.
        """
        super().__init__()
        self._placing = placing
        # Why a device cannot be used is a sentence, which the form has no room for: the list has.
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(_SHOWN)
        self.setAccessibleName("Device that the values are loaded on")
        set_tooltip(self, "Where “Load the values” makes the model, loads them, and runs it.")
        self._fill()
        placing.changed.connect(self._fill)

    @property
    def device(self) -> str:
        """What is chosen, as PyTorch names it."""
        name: str | None = self.currentData()
        return name or HOST

    def showPopup(self) -> None:  # noqa: N802 - Qt's name
        """Open, and look for devices where nobody has yet."""
        if self._placing.devices is None:
            self._placing.look()
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + _MARGINS)
        super().showPopup()

    def _fill(self) -> None:
        chosen = self.device
        self.clear()
        self.addItem(HOST, HOST)
        model = self.model()
        assert isinstance(model, QStandardItemModel)  # noqa: S101 - as a QComboBox makes it
        devices = self._placing.devices
        for device in devices or ():
            if device.name == HOST:
                continue
            why_not = f" – {device.why_not}" if device.why_not else ""
            self.addItem(f"{caption(visible(device.name))}{why_not}", device.name)
            item = model.item(self.count() - 1)
            item.setEnabled(not device.why_not)
            item.setData(tooltip(device.why_not or device.what), Qt.ItemDataRole.ToolTipRole)
        if devices is None:
            self.addItem("looking for devices…" if self._placing.looking else _ASK, None)
            model.item(self.count() - 1).setEnabled(False)
        found = self.findData(chosen, flags=Qt.MatchFlag.MatchExactly)
        self.setCurrentIndex(max(0, found))
