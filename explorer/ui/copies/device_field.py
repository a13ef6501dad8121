"""The field for the device that a copy is for: the usual ones in a list, any other in a line."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QWidget

from explorer import formatting
from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.writing.options import device_problem
from explorer.ui.copies.saving import DEVICES
from explorer.ui.text import caption, set_tooltip

_OTHER: Final = ""
"""Stands for the device that is in the line."""


class DeviceField(QWidget):
    """Asks for it.

    Signals:
        changed: Another device is wished for.
    """

    changed = Signal()

    def __init__(self, checkpoint: Checkpoint, parent: QWidget | None = None) -> None:
        """Ask.

        Args:
            checkpoint: What is copied.
            parent: Owner.
        """
        super().__init__(parent)
        self.choice = QComboBox()
        self.choice.setAccessibleName("Device")
        saved = formatting.devices(checkpoint.saved_devices)
        self.choice.addItem(caption(f"as saved ({saved})" if saved else "as saved"), None)
        for name in DEVICES:
            self.choice.addItem(name, name)
        self.choice.addItem("another…", _OTHER)
        set_tooltip(self.choice, "Where torch.load puts the tensors of the copy. Where they are now does not matter.")
        self.line = QLineEdit()
        self.line.setAccessibleName("Name of the device")
        self.line.setPlaceholderText("such as cuda:2")
        self.line.hide()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.choice, 1)
        layout.addWidget(self.line, 1)
        self.choice.currentIndexChanged.connect(self._follow)
        self.choice.activated.connect(self._go_to_line)
        self.line.textChanged.connect(self.changed)

    @property
    def device(self) -> str | None:
        """What is wished for, as it is written; None for as saved."""
        chosen: str | None = self.choice.currentData()
        return self.line.text().strip() if chosen == _OTHER else chosen

    @property
    def problem(self) -> str:
        """Why that cannot be had, as a sentence; "" where it can."""
        device = self.device
        if device == "":
            return "Type the name of the device, such as cuda:2."
        problem = None if device is None else device_problem(device)
        return "" if problem is None else f"{problem}."

    def choose(self, device: str | None) -> None:
        """Wish for a device.

        Args:
            device: Its name; None for as saved, "" for one that is typed next.
        """
        place = self.choice.findData(device)
        self.choice.setCurrentIndex(place if place >= 0 else self.choice.findData(_OTHER))
        if place < 0:
            self.line.setText(device or "")
        self._go_to_line()

    def _follow(self) -> None:
        self.line.setVisible(self.choice.currentData() == _OTHER)
        self.changed.emit()

    def _go_to_line(self) -> None:
        if self.choice.currentData() == _OTHER:
            self.line.setFocus(Qt.FocusReason.TabFocusReason)
