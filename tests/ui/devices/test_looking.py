"""Looking for devices: how far it is, and giving the wait for it up."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from explorer.devices.errors import DeviceError
from explorer.devices.torch_devices import Device
from explorer.ui.main_window import MainWindow
from explorer.ui.running.work_row import WorkRow
from tests.devices.stand_in import StandIn
from tests.ui.conftest import EXAMPLE, TIMEOUT_MS, action, activate, click


class SlowDevices(StandIn):
    """Devices of which is heard only once `go` is set, as where PyTorch has to be imported first."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        self.fault_of_look = ""

    def offered(self) -> list[Device]:
        self.go.wait(TIMEOUT_MS / 1000)
        if self.fault_of_look:
            raise DeviceError(self.fault_of_look)
        return super().offered()


@pytest.fixture
def slow(window: MainWindow) -> Iterator[SlowDevices]:
    window.placing.torch_devices = made = SlowDevices()
    yield made
    made.go.set()


def rows(window: MainWindow) -> list[WorkRow]:
    """Those that tell of the look: in the panel and in the status bar."""
    return [row for row in window.findChildren(WorkRow) if row.cancel.accessibleName() == "Cancel the look for devices"]


def look(qtbot: QtBot, window: MainWindow) -> None:
    """Show the panel about devices, which looks for them, until it says that this takes long."""
    action(window, "Device", "Devices").trigger()
    qtbot.waitUntil(lambda: all(row.isVisible() for row in rows(window)), timeout=TIMEOUT_MS)


def begin_nowhere(_path: Path) -> None:
    """Have no file open."""


@pytest.mark.parametrize("opened", [True, False], ids=["with a file", "without a file"])
@pytest.mark.parametrize("way", ["Cancel", "Escape"])
def test_the_wait_is_given_up_and_it_can_be_looked_again(
    way: str, opened: bool, qtbot: QtBot, window: MainWindow, slow: SlowDevices, open_file: Callable[[Path], None]
) -> None:
    (open_file if opened else begin_nowhere)(EXAMPLE)
    panel = window.devices
    activate(qtbot, window)
    look(qtbot, window)
    assert len(rows(window)) == 2
    assert {row.text.text().split(" · ")[0].rstrip("…") for row in rows(window)} == {"Looking for devices"}
    if way == "Escape":
        panel.looking.cancel.setFocus()
        QTest.keyClick(panel.looking.cancel, Qt.Key.Key_Escape)
    else:
        click(panel, "Cancel")
    assert window.devices_dock.isVisible(), "no more was given up"
    assert not any(row.isVisible() for row in rows(window))
    said = panel.sentence if opened else panel.page.message
    assert said.isVisible()
    assert said.text() == "The look for devices was given up: which there are is not known."
    # What PyTorch says now is not what anybody asked for.
    slow.go.set()
    qtbot.waitUntil(lambda: not window.placing.at_work, timeout=TIMEOUT_MS)
    assert window.placing.devices is None
    assert said.text().startswith("The look for devices was given up")
    click(panel, "Look for devices")
    qtbot.waitUntil(lambda: panel.model.rowCount() == 3, timeout=TIMEOUT_MS)
    assert "given up" not in panel.sentence.text()


def test_a_move_that_waits_for_the_look_is_given_up_with_it(
    qtbot: QtBot, window: MainWindow, slow: SlowDevices, open_file: Callable[[Path], None]
) -> None:
    open_file(EXAMPLE)
    action(window, "Device", "Move to", "cpu").trigger()
    waits = window.placing.busy
    window.escape()
    assert (waits, window.placing.busy, window.placing.looking) == (True, False, False)
    assert window.devices.sentence.text().startswith("The look for devices was given up")
    slow.go.set()
    qtbot.waitUntil(lambda: not window.placing.at_work, timeout=TIMEOUT_MS)
    assert window.placing.plan is None


def test_why_it_failed_is_said_until_somebody_looks_again(
    qtbot: QtBot, window: MainWindow, slow: SlowDevices, open_file: Callable[[Path], None]
) -> None:
    open_file(EXAMPLE)
    slow.fault_of_look = "The driver is too old."
    slow.go.set()
    action(window, "Device", "Devices").trigger()
    sentence = window.devices.sentence
    qtbot.waitUntil(lambda: "The driver is too old." in sentence.text(), timeout=TIMEOUT_MS)
    assert sentence.text().startswith("PyTorch's devices are not known.")
    slow.fault_of_look = ""
    click(window.devices, "Look for devices")
    qtbot.waitUntil(lambda: window.placing.devices is not None, timeout=TIMEOUT_MS)
    assert sentence.text().startswith("Saved on cpu.")
