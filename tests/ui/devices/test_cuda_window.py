"""The window moves to a real CUDA device: what is seen there is what the file has."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from explorer.ui.layers.columns import Column
from explorer.ui.main_window import MainWindow
from tests.ui.conftest import TIMEOUT_MS, action, click
from tests.ui.devices.test_devices import Open, cell, cells, choose, wait_for_it

pytestmark = pytest.mark.cuda


def shown_counts(qtbot: QtBot, window: MainWindow, key: str) -> Any:
    assert window.layers.select_key(key)
    qtbot.waitUntil(lambda: not window.histogram.busy and not window.measurements.busy, timeout=TIMEOUT_MS)
    shown = window.histogram.view.shown
    assert shown is not None
    assert shown.histogram.exact
    return shown.histogram.counts


def test_a_layer_moves_is_measured_there_and_goes_back(
    qtbot: QtBot, window: MainWindow, example: dict[str, Any]
) -> None:
    key = "stem.conv.weight"
    in_file = shown_counts(qtbot, window, key)
    assert window.layers.select_key("stem")
    choose(qtbot, window, "Move to", "cuda:0")
    tensors = [value for name, value in example["model"].items() if name.startswith("stem.")]
    nbytes = sum(value.nbytes for value in tensors)
    assert window.devices.sentence.text().startswith(f"Move {len(tensors)} tensors to cuda:0? {nbytes} B are needed; ")
    before = torch.cuda.memory_allocated(0)
    click(window.devices, "Move")
    wait_for_it(qtbot, window)
    assert f"all {nbytes} B are those of the file" in window.devices.sentence.text()
    assert torch.cuda.memory_allocated(0) > before
    row = cells(window.devices.model)[1]
    assert (row[0], row[3], row[4]) == ("cuda:0", f"{nbytes} B", torch.cuda.get_device_name(0))
    assert (cell(window, key, Column.IS_ON), cell(window, key, Column.SAVED_ON)) == ("cuda:0", "cpu")
    np.testing.assert_array_equal(shown_counts(qtbot, window, key), in_file)
    assert window.histogram.head.facts.text().endswith("saved on cpu, here: cuda:0")
    click(window.devices, "Undo")
    wait_for_it(qtbot, window)
    assert cell(window, key, Column.IS_ON) == "file"
    assert torch.cuda.memory_allocated(0) == before


def test_a_move_that_is_cancelled_or_finds_no_room_leaves_nothing(
    qtbot: QtBot, window: MainWindow, open_file: Open, tmp_path: Path
) -> None:
    torch.save({f"layers.{number}.weight": torch.ones(4_000_000) for number in range(24)}, tmp_path / "a.pt")
    open_file(tmp_path / "a.pt")
    sentence = window.devices.sentence
    choose(qtbot, window, "Move the whole file to", "cuda:0")
    before = torch.cuda.memory_allocated(0)
    with qtbot.waitSignal(window.placing.progressed, timeout=TIMEOUT_MS):
        click(window.devices, "Move")
    window.escape()
    assert sentence.text() == "Cancelled: everything is where it was."
    qtbot.waitUntil(lambda: not window.placing.at_work, timeout=TIMEOUT_MS)
    assert torch.cuda.memory_allocated(0) == before
    free, _total = torch.cuda.mem_get_info(0)
    filler = [torch.empty(free - (64 << 20), dtype=torch.uint8, device="cuda:0")]
    choose(qtbot, window, "Move the whole file to", "cuda:0")
    assert sentence.text().startswith("cuda:0 is out of memory: 384 MB are needed, and ")
    assert not window.devices.move_now.isEnabled()
    filler.clear()
    torch.cuda.empty_cache()
    choose(qtbot, window, "Move the whole file to", "cuda:0")
    click(window.devices, "Move")
    wait_for_it(qtbot, window)
    assert "all 384 MB are those of the file" in sentence.text()
    window.layers.sort_by(Column.IS_ON, Qt.SortOrder.DescendingOrder)
    assert action(window, "Device", "Undo the move").isEnabled()
