"""Help > About: which program this is, what it runs on, and on whose work."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from explorer.formatting import nbytes, plain
from explorer.ui.help.licences import LICENCES
from explorer.ui.help.window import HelpWindow
from explorer.ui.side_window import brought_forward
from explorer.ui.text import Label, label, set_tooltip
from explorer.ui.versions import versions

if TYPE_CHECKING:
    from explorer.devices.torch_devices import Device
    from explorer.ui.devices.placing import Placing
    from explorer.ui.main_window import MainWindow

_LOOKING = "PyTorch is asked which devices there are…"
_UNKNOWN = "Which devices there are is not known: Device > Devices looks for them."


class AboutWindow(HelpWindow):
    """Versions, devices and licences; Copy takes what a report of an error needs."""

    def __init__(self, window: QWidget, placing: "Placing") -> None:
        """Make it, and ask for devices where nobody has yet.

        Args:
            window: The main window.
            placing: Knows the devices.
        """
        super().__init__("About Checkpoint Explorer", window, scrolls=True)
        self._placing = placing
        program, *below = versions()
        self.body.addWidget(label(program, title=True))
        self.body.addWidget(label("See what is inside a PyTorch checkpoint, without running anything it holds."))
        self.body.addWidget(label("Free software under the MIT licence.", muted=True))
        self._add("Versions", [*below, *_screen()])
        self.devices = self._add("Devices", [])
        width = max(map(len, LICENCES))
        self._add("Licences", [f"{name:<{width}} {terms}" for name, (_package, terms) in LICENCES.items()])
        self.body.addStretch(1)
        self.copy_button.setText("Copy for a bug report")
        set_tooltip(self.copy_button, "Copy versions and devices as text; no names of files are among them")
        placing.changed.connect(self._show_devices)
        if placing.devices is None:
            placing.look()
        self._show_devices()

    def as_text(self) -> str:
        """The versions and devices, for a report of an error."""
        return "\n".join([*versions(), *_screen(), "Devices", *self.devices.text().splitlines()])

    def _add(self, title: str, lines: list[str]) -> Label:
        heading = label(title, muted=True, small=True)
        heading.setContentsMargins(0, 8, 0, 0)
        words = label("\n".join(lines), fixed=True, selectable=True)
        words.setAccessibleName(title)
        self.body.addWidget(heading)
        self.body.addWidget(words)
        return words

    @Slot()
    def _show_devices(self) -> None:
        devices = self._placing.devices
        unknown = _LOOKING if self._placing.looking else _UNKNOWN
        said = [unknown] if devices is None else [_about(device) for device in devices]
        self.devices.setText("\n".join(said))
        self.fit()


def show_about(window: "MainWindow") -> None:
    """Show it; a window of it that stands already comes to the front."""
    if not brought_forward(window, AboutWindow):
        AboutWindow(window, window.placing).show()


def _about(device: "Device") -> str:
    """``cuda:0     NVIDIA H100, 85.0 GB, 42.1 GB free``."""
    room = "" if device.room.total is None else f", {nbytes(device.room.total)}"
    free = "" if device.room.free is None else f", {nbytes(device.room.free)} free"
    return f"{device.name:<10} {plain(device.why_not or f'{device.what}{room}{free}', 200)}"


def _screen() -> list[str]:
    """How the windows are shown, which drawing depends on."""
    screen = QGuiApplication.primaryScreen()
    size = screen.size()
    scale = screen.devicePixelRatio()
    return [f"{'Screen':<10} {QGuiApplication.platformName()}, {size.width()}×{size.height()}, scale {scale:g}"]
