"""Test-load asks on which device the values are loaded, and says why one cannot be chosen."""

import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItemModel
from pytestqt.qtbot import QtBot

from explorer.ui.load_test.device_choice import DeviceChoice
from explorer.ui.main_window import MainWindow
from tests.devices.stand_in import StandIn
from tests.ui.conftest import TIMEOUT_MS


def choice_of(qtbot: QtBot, window: MainWindow) -> DeviceChoice:
    """The choice, opened once and closed again."""
    (choice,) = window.load_test.form.findChildren(DeviceChoice)
    assert [choice.itemText(place) for place in range(choice.count())] == ["cpu", "other devices…"]
    assert window.load_test.form.device == "cpu"
    choice.showPopup()
    choice.hidePopup()
    qtbot.waitUntil(lambda: not window.placing.looking, timeout=TIMEOUT_MS)
    return choice


def test_devices_are_looked_for_when_it_is_opened_and_one_is_chosen(qtbot: QtBot, window: MainWindow) -> None:
    window.placing.torch_devices = StandIn()
    choice = choice_of(qtbot, window)
    assert [choice.itemText(place) for place in range(choice.count())] == ["cpu", "cuda:0", "cuda:1"]
    choice.setCurrentIndex(2)
    assert window.load_test.form.device == "cuda:1"
    window.placing.look()
    qtbot.waitUntil(lambda: not window.placing.looking, timeout=TIMEOUT_MS)
    assert window.load_test.form.device == "cuda:1"


def test_without_cuda_it_says_why(qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.version, "cuda", None)
    monkeypatch.setattr(torch.version, "hip", None)
    choice = choice_of(qtbot, window)
    text = choice.itemText(1)
    assert text.startswith("cuda – This PyTorch (")
    assert text.endswith("was built without CUDA.")
    model = choice.model()
    assert isinstance(model, QStandardItemModel)
    assert not model.item(1).isEnabled()
    assert "was built without CUDA." in model.item(1).data(Qt.ItemDataRole.ToolTipRole)
    assert window.load_test.form.device == "cpu"
