"""What a row of a comparison offers."""

from collections.abc import Callable
from pathlib import Path

import torch
from PySide6.QtCore import QModelIndex
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from explorer.ui.main_window import MainWindow
from explorer.ui.tables.look import View
from explorer.ui.tables.taking import taking_of
from tests.ui.conftest import TIMEOUT_MS, plain_text


def offered(view: View, index: QModelIndex) -> dict[str, QAction]:
    taking = taking_of(view)
    assert taking is not None
    return {plain_text(entry): entry for entry in taking.menu(index).actions() if not entry.isSeparator()}


def test_a_pair_is_named_filtered_for_and_looked_at(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    for step in (1.0, 2.0):
        state = {f"{layer}.{name}": torch.full((3, 4), step) for layer in "ab" for name in ("weight", "bias")}
        torch.save(state, tmp_path / f"{step}.pt")
    open_file(tmp_path / "1.0.pt")
    panel, rows = window.compare, window.compare.rows
    window.full_views.bring_compare()
    panel.compare_with(tmp_path / "2.0.pt")
    qtbot.waitUntil(lambda: not panel.busy, timeout=TIMEOUT_MS)
    place = next(place for place in range(4) if rows.model.pair(place)[0].key == "b.weight")  # type: ignore[index] # all four are there
    for view, index in (
        (rows.table, rows.model.index(place, 2)),
        (rows.tree, rows.union.index_of(rows.model.arranged.places[place])),
    ):
        entries = offered(view, index)
        assert list(entries)[:4] == ["Copy name", "Filter for this name", "Show as", "Copy rows"]
        entries["Copy name"].trigger()
        assert QGuiApplication.clipboard().text() == "b.weight"
    views = entries["Show as"].menu()
    assert isinstance(views, QMenu)
    assert [plain_text(each) for each in views.actions()] == ["Histograms", "Heat maps", "Scatter"]
    views.actions()[1].trigger()
    assert (panel.selected_key, panel.pair.looks.currentIndex()) == ("b.weight", 1)
    layer = offered(rows.tree, rows.tree.currentIndex().parent())
    assert list(layer)[:3] == ["Copy name", "Filter for this name", "Copy rows"]
    assert next(iter(offered(rows.tree, rows.union.index(0, 0)))) == "Copy rows"
    layer["Filter for this name"].trigger()
    window.filter.returnPressed.emit()
    qtbot.waitUntil(lambda: not panel.busy and len(rows.model.arranged.places) == 2, timeout=TIMEOUT_MS)
