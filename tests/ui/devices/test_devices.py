"""Device > Move to: what it takes is said first, then it is done or not at all, and seen everywhere."""

import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from explorer.devices.torch_devices import TorchDevices
from explorer.ui.copies.saving import Wish
from explorer.ui.copies.window import CopyWindow
from explorer.ui.devices.model import DeviceModel
from explorer.ui.layers.columns import Column
from explorer.ui.main_window import MainWindow
from tests.devices.stand_in import StandIn
from tests.ui.conftest import EXAMPLE, TIMEOUT_MS, action, click, plain_text

Open = Callable[[Path], None]


@pytest.fixture
def stand_in(window: MainWindow) -> StandIn:
    """Two devices that a window moves to."""
    window.placing.torch_devices = made = StandIn()
    return made


def cell(window: MainWindow, key: str, column: Column) -> str:
    model = window.layers.model
    index = model.index_of_key(key)
    text: str = model.index(index.row(), column, index.parent()).data()
    return text


def cells(model: DeviceModel) -> list[list[str]]:
    return [
        [model.index(row, column).data() for column in range(model.columnCount())] for row in range(model.rowCount())
    ]


def choose(qtbot: QtBot, window: MainWindow, menu: str, device: str) -> None:
    """Choose a device in a menu, once it is known which there are, and wait for what is said of it."""
    action(window, "Device", menu).menu()
    entries = action(window, "Device", menu).menu()
    assert isinstance(entries, QMenu)
    entries.aboutToShow.emit()
    qtbot.waitUntil(lambda: not window.placing.looking, timeout=TIMEOUT_MS)
    entries.aboutToShow.emit()
    (found,) = [entry for entry in entries.actions() if plain_text(entry).split(" – ")[0] == device]
    found.trigger()
    qtbot.waitUntil(lambda: window.placing.plan is not None, timeout=TIMEOUT_MS)


def wait_for_it(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: not window.placing.busy and not window.placing.looking, timeout=TIMEOUT_MS)


def test_a_layer_moves_is_measured_there_and_goes_back(
    qtbot: QtBot, window: MainWindow, example: dict[str, Any], stand_in: StandIn
) -> None:
    assert window.layers.select_key("stem")
    qtbot.waitUntil(lambda: not window.histogram.busy and not window.measurements.busy, timeout=TIMEOUT_MS)
    QAbstractItemModelTester(window.devices.model, QAbstractItemModelTester.FailureReportingMode.Fatal, window)
    choose(qtbot, window, "Move to", "cuda:0")
    tensors = [value for key, value in example["model"].items() if key.startswith("stem.")]
    nbytes = sum(value.nbytes for value in tensors)
    assert window.devices_dock.isVisible()
    said = window.devices.sentence.text()
    needs = f"Move {len(tensors)} tensors to cuda:0? {nbytes} B are needed; 1.00 MB are free there."
    assert said == f"{needs} Only memory changes: the file stays as it is."
    assert stand_in.used("cuda:0") == 0
    click(window.devices, "Move")
    wait_for_it(qtbot, window)
    assert window.devices.sentence.text().startswith(f"{len(tensors)} tensors are on cuda:0: {nbytes} B in ")
    assert f"all {nbytes} B are those of the file" in window.devices.sentence.text()
    assert cells(window.devices.model)[1] == ["cuda:0", "1.00 MB", "999 kB", f"{nbytes} B", "stand-in"]
    assert cell(window, "stem.conv.weight", Column.IS_ON) == "cuda:0"
    assert cell(window, "stem.conv.weight", Column.SAVED_ON) == "cpu"
    assert cell(window, list(example["model"])[-1], Column.IS_ON) == "file"
    window.layers.sort_by(Column.IS_ON, Qt.SortOrder.DescendingOrder)
    # Its histogram is counted there.
    assert window.layers.select_key("stem.conv.weight")
    qtbot.waitUntil(lambda: not window.histogram.busy, timeout=TIMEOUT_MS)
    assert window.histogram.head.facts.text().endswith("saved on cpu, here: cuda:0")
    shown = window.histogram.view.shown
    assert shown is not None
    assert (shown.histogram.total, shown.histogram.exact) == (144, True)
    click(window.devices, "Undo")
    wait_for_it(qtbot, window)
    assert cell(window, "stem.conv.weight", Column.IS_ON) == "file"
    assert window.histogram.head.facts.text().endswith("saved on cpu")
    assert stand_in.used("cuda:0") == 0
    # The undoing can be undone, by its name; the whole file goes back at once.
    assert not window.devices.copy.isVisible()
    click(window.devices, "Redo")
    wait_for_it(qtbot, window)
    assert stand_in.used("cuda:0") == nbytes
    action(window, "Device", "Undo the move").trigger()
    wait_for_it(qtbot, window)
    action(window, "Device", "Redo the move").trigger()
    wait_for_it(qtbot, window)
    assert action(window, "Device", "Undo the move").isEnabled()
    assert stand_in.used("cuda:0") == nbytes
    back = action(window, "Device", "Move the whole file to", "Back into the file")
    assert back.text() == "Back into the file", "a letter that is marked is not shown as it is written"
    back.trigger()
    wait_for_it(qtbot, window)
    assert window.devices.sentence.text() == (
        f"{len(tensors)} tensors are in the file again; nothing of them is in memory."
    )
    assert stand_in.used("cuda:0") == 0


def drawn(qtbot: QtBot, window: MainWindow, key: str) -> Any:
    """The histogram of a tensor or layer, over all its values."""
    assert window.layers.select_key(key)
    qtbot.waitUntil(lambda: not window.histogram.busy and not window.measurements.busy, timeout=TIMEOUT_MS)
    shown = window.histogram.view.shown
    assert shown is not None
    assert shown.histogram.exact
    return shown.histogram


def test_layers_and_comparisons_are_made_of_what_is_on_the_device(
    qtbot: QtBot, window: MainWindow, example: dict[str, Any], stand_in: StandIn
) -> None:
    assert example
    layer, tensor = drawn(qtbot, window, "stem"), drawn(qtbot, window, "stem.conv.weight")
    choose(qtbot, window, "Move the whole file to", "cuda:0")
    click(window.devices, "Move")
    wait_for_it(qtbot, window)
    assert stand_in.used("cuda:0") > 0
    for key, before in (("stem", layer), ("stem.conv.weight", tensor)):
        there = drawn(qtbot, window, key)
        np.testing.assert_array_equal(there.counts, before.counts)
        assert (there.below, there.above) == (before.below, before.above)
    # Were they read from the file, nobody would notice that another value came there.
    checkpoint, placement = window.session.checkpoint, window.session.placement
    assert checkpoint is not None
    assert placement is not None
    # Both where each was saved and where it is are shown in a wide window, beside whole names.
    tree = window.layers.tree
    for width in (1600, 1700):
        window.resize(width, 900)
        qtbot.waitUntil(lambda: not tree.isColumnHidden(Column.SAVED_ON), timeout=TIMEOUT_MS)
        assert not tree.isColumnHidden(Column.IS_ON)
    assert window.session.entry is not None
    keys = {checkpoint.tensors.key(number): number for number in window.session.entry.numbers}
    number = keys["stem.conv.weight"]
    placement.tensor(number)[0, 0, 0, 0] = 1e6
    assert drawn(qtbot, window, "stem").above == layer.above + 1
    assert drawn(qtbot, window, "stem.conv.weight").above == tensor.above + 1
    window.compare.comparing.open(EXAMPLE)
    qtbot.waitUntil(lambda: not window.compare.comparing.busy, timeout=TIMEOUT_MS)
    last = window.compare.comparing._last
    assert last is not None
    assert last.comparison.counts["differs"] == 1
    assert last.comparison.counts["identical"] == len(last.comparison.differences) - 1


def test_what_cannot_be_done_is_a_sentence_and_changes_nothing(
    qtbot: QtBot, window: MainWindow, example: dict[str, Any], stand_in: StandIn
) -> None:
    assert example
    sentence = window.devices.sentence
    stand_in.total = 1_000
    choose(qtbot, window, "Move the whole file to", "cuda:1")
    assert "cuda:1 is out of memory" in sentence.text()
    assert "and 1.00 kB are free" in sentence.text()
    assert not window.devices.move_now.isEnabled()
    window.escape()
    assert window.placing.plan is None
    assert sentence.text().startswith("Saved on cpu. Nothing of it is in memory")
    # Room that is gone when it is wanted, and a user who has changed his mind in the middle.
    stand_in.total = 10_000_000
    began, go = threading.Event(), threading.Event()

    def fault(_device: str) -> None:
        began.set()
        go.wait(10)
        raise torch.OutOfMemoryError("CUDA out of memory.")

    stand_in.fault = fault
    for cancelled in (True, False):
        choose(qtbot, window, "Move the whole file to", "cuda:1")
        click(window.devices, "Move")
        qtbot.waitUntil(began.is_set)
        assert not action(window, "Device", "Undo the move").isEnabled()
        if cancelled:
            window.escape()
            assert sentence.text() == "Cancelled: everything is where it was."
        go.set()
        wait_for_it(qtbot, window)
        began.clear()
    assert sentence.text().startswith("cuda:1 is out of memory: ")
    assert window.session.placement is not None
    assert window.session.placement.nbytes() == {}
    assert stand_in.used("cuda:1") == 0


@pytest.fixture
def saved_elsewhere(tmp_path: Path) -> Path:
    """A file whose storages are tagged cuda:3."""
    torch.save({"a": torch.arange(5.0), "b": torch.ones(2)}, tmp_path / "cpu.pt")
    path = tmp_path / "cuda3.pt"
    with zipfile.ZipFile(tmp_path / "cpu.pt") as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            data = old.read(name).replace(b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:3")
            new.writestr(name, data)
    return path


@pytest.fixture
def no_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.version, "cuda", None)
    monkeypatch.setattr(torch.version, "hip", None)


@pytest.mark.usefixtures("no_cuda")
def test_a_file_of_cuda_3_comes_to_this_computer_where_cuda_says_why_not(
    qtbot: QtBot, window: MainWindow, open_file: Open, saved_elsewhere: Path
) -> None:
    assert not action(window, "Device", "Move to").isEnabled()
    assert isinstance(window.placing.torch_devices, TorchDevices)
    open_file(saved_elsewhere)
    assert window.devices.sentence.text().startswith("Saved on cuda:3. Nothing of it is in memory")
    assert window.overview.head.facts.text().endswith("zip of 1.18 kB · data only · saved on cuda:3")
    assert window.layers.select_key("a")
    assert window.histogram.head.facts.text().endswith("saved on cuda:3")
    choose(qtbot, window, "Move to", "cpu")
    menu = action(window, "Device", "Move to").menu()
    assert isinstance(menu, QMenu)
    menu.aboutToShow.emit()
    (cuda,) = [entry for entry in menu.actions() if entry.text().startswith("cuda – This PyTorch")]
    assert not cuda.isEnabled()
    assert cuda.text().endswith("was built without CUDA"), "the reason is there without waiting for a tool tip"
    assert "was built without CUDA." in cuda.toolTip()
    click(window.devices, "Move")
    wait_for_it(qtbot, window)
    assert window.histogram.head.facts.text().endswith("saved on cuda:3, here: cpu")
    assert [cell(window, key, Column.IS_ON) for key in "ab"] == ["cpu", "file"]
    # That changed nothing in the file: the copy is offered that does.
    assert "The file stays as it is." in window.devices.sentence.text()
    action(window, "File", "Save a copy…").trigger()
    asking = window.findChildren(CopyWindow)[-1]
    assert asking.device.choice.currentText() == "as saved (cuda:3)"
    asking.close()
    click(window.devices, "Save a copy for cpu…")
    asking = window.findChildren(CopyWindow)[-1]
    assert asking.wish == Wish(device="cpu")
    asking.write(saved_elsewhere.with_name("here.pt"))
    qtbot.waitUntil(lambda: not asking.busy, timeout=TIMEOUT_MS)
    assert "2 tensors written, saved on cpu instead of cuda:3;" in asking.said.text()
    assert {tensor.device.type for tensor in torch.load(saved_elsewhere.with_name("here.pt")).values()} == {"cpu"}
    asking.close()
    # Asked again, nothing has to be done.
    choose(qtbot, window, "Move to", "cpu")
    assert window.devices.sentence.text() == "It is on cpu already."
    click(window.devices, "Close")
    # The same menu opens where the tree is clicked; another file begins with nothing in memory.
    window.layers.tree.menu_asked.emit(window.layers.model.index(0, 0), QPoint(5, 5))
    (context,) = [menu for menu in window.layers.tree.findChildren(QMenu) if menu.isVisible()]
    entries = [entry for entry in context.actions() if not entry.isSeparator()]
    words = [plain_text(entry) for entry in entries]
    place = words.index("Move to")
    assert entries[place].menu() is action(window, "Device", "Move to").menu()
    assert words[place + 1 :] == [
        "Save a copy for",
        "Copy rows",
        "Copy table",
        "Export as CSV…",
        "Sort by",
        "Columns",
    ], "what all tables have"
    context.close()
    open_file(saved_elsewhere)
    assert cell(window, "a", Column.IS_ON) == "file"
    assert window.layers.model.index(0, 0, QModelIndex()).isValid()


def test_the_only_copy_stays_in_memory_where_the_file_is_gone(
    qtbot: QtBot, window: MainWindow, open_file: Open, saved_elsewhere: Path, stand_in: StandIn
) -> None:
    open_file(saved_elsewhere)
    choose(qtbot, window, "Move the whole file to", "cuda:0")
    click(window.devices, "Move")
    wait_for_it(qtbot, window)
    saved_elsewhere.unlink()
    action(window, "Device", "Move the whole file to", "Back into the file").trigger()
    wait_for_it(qtbot, window)
    assert window.devices.sentence.text() == (
        "The file cannot be read any more: no such file or directory. "
        "What is in memory stays there, as there is no other copy."
    )
    assert [cell(window, key, Column.IS_ON) for key in "ab"] == ["cuda:0", "cuda:0"]
    assert stand_in.used("cuda:0") == 28
