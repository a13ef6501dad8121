"""Where the bytes of a file are, on the screen; and how a tensor lies in its storage."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QTreeWidgetItem
from pytestqt.qtbot import QtBot

from explorer.checkpoint.tree import Layer
from explorer.ui.main_window import MainWindow
from tests.ui.conftest import TIMEOUT_MS, action, click

Open = Callable[[Path], None]


@pytest.fixture
def shared(qtbot: QtBot, window: MainWindow, open_file: Open, tmp_path: Path) -> Path:
    """A file with a slice that was saved whole, and weights that are tied."""
    large, weight = torch.zeros(10_000), torch.zeros(100, 10)
    model = {"queue": large[1024:2048], "one": large[5], "head.w": weight, "head.flip": weight.t(), "tied": weight}
    path = tmp_path / "shared.pt"
    torch.save({"model": model, "optimizer": {"state": {0: {"exp": torch.ones(300), "also": weight}}}}, path)
    open_file(path)
    qtbot.waitUntil(lambda: not window.file_check.busy, timeout=TIMEOUT_MS)
    return path


def groups(window: MainWindow) -> dict[str, QTreeWidgetItem]:
    tree = window.space.tree
    items = [tree.topLevelItem(place) for place in range(tree.topLevelItemCount())]
    return {item.text(0): item for item in items if item is not None and not item.isHidden()}


def children(group: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    found = [group.child(place) for place in range(group.childCount())]
    return [item for item in found if item is not None]


def rows(group: QTreeWidgetItem) -> dict[str, str]:
    return {item.text(0): item.text(1) for item in children(group)}


def test_why_the_file_is_so_big_is_on_the_screen(window: MainWindow, shared: Path) -> None:
    assert window.layers.select_key("queue")
    action(window, "File", "Why is this file so big?").trigger()
    assert window.details.currentWidget() is window.space
    space = window.file_check.space
    assert space is not None
    assert space.total == shared.stat().st_size
    answer = window.space.answer.text()
    assert "2 sets of tensors: model 8.10 kB" in answer
    assert "35.9 kB" in answer
    assert "parts of storages that no tensor uses" in answer
    found = groups(window)
    assert rows(found["Tensors"]) == {"model": "8.10 kB", "optimizer": "1.20 kB"}
    assert rows(found["Parts of storages that no tensor uses"]) == {"model: queue": "35.9 kB"}
    assert "Pickles" in rows(found["Everything else"])
    click(window.space, "Copy")
    copied = dict(line.split("\t") for line in QGuiApplication.clipboard().text().splitlines()[1:])
    parts = ("Tensors", "Parts of storages that no tensor uses", "Everything else")
    assert sum(int(copied[part]) for part in parts) == int(copied["File"]) == shared.stat().st_size


def test_rows_lead_to_tensors_and_layers(window: MainWindow, shared: Path) -> None:
    assert shared.exists()
    window.show_space()
    found = groups(window)
    window.space.tree.itemClicked.emit(found["Largest layers"].child(0), 0)
    selected = window.session.selected
    assert isinstance(selected, Layer)
    assert selected.prefix == "head"
    assert window.details.currentWidget() is window.histogram
    window.show_space()
    (row,) = (item for item in children(groups(window)["Largest tensors"]) if "exp" in item.text(0))
    window.space.tree.itemClicked.emit(row, 0)
    assert window.session.tensor is not None
    assert window.session.tensor.key.endswith("exp")
    assert window.details.currentWidget() is window.histogram


def test_a_tensor_says_which_part_it_uses_and_with_whom_it_shares(window: MainWindow, shared: Path) -> None:
    assert shared.exists()
    line = window.histogram.lines.storage
    assert window.layers.select_key("queue")
    assert line.part.text() == "Uses 4.10 kB of a storage of 40.0 kB (elements 1,024 to 2,047)"
    assert line.shared.text() == "Shared with one"
    assert window.layers.select_key("one")
    assert line.part.text() == "Uses 4 B of a storage of 40.0 kB (element 5)"
    assert window.layers.select_key("head.w")
    assert not line.part.isVisible()
    assert line.shared.text() == "Shared with 3 others"
    assert line.shared.toolTip().index("head.flip") < line.shared.toolTip().index("tied")
    assert "optimizer: state.0.also" in line.shared.toolTip()
    menu = line.shared.menu()
    assert isinstance(menu, QMenu)
    menu.actions()[-1].trigger()
    assert window.session.tensor is not None
    assert window.session.tensor.entry == "optimizer"
    assert window.session.tensor.key == "state.0.also"
    window.session.show_entry("optimizer")
    assert window.layers.select_key("state.0.exp")
    assert not line.isVisible()


def test_the_status_bar_names_both_sizes(window: MainWindow, shared: Path) -> None:
    text = window.status.summary.text()
    assert f"9.30 kB of tensors in a zip file of {shared.stat().st_size / 1000:.1f} kB" in text


def test_a_file_without_tensors_is_all_rest(qtbot: QtBot, window: MainWindow, open_file: Open, tmp_path: Path) -> None:
    torch.save({"epoch": 3, "notes": "<b>x</b>" * 100}, tmp_path / "none.pt")
    open_file(tmp_path / "none.pt")
    qtbot.waitUntil(lambda: not window.file_check.busy, timeout=TIMEOUT_MS)
    window.show_space()
    assert window.details.currentWidget() is window.space
    assert "are no values" in window.space.answer.text()
    assert set(groups(window)) == {"Everything else"}
