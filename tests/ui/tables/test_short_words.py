"""In a narrow window words that have no room are shorter ones, not cut ones."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

import torch
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QStyleOptionHeader, QStyleOptionViewItem
from pytestqt.qtbot import QtBot

from explorer.ui.compare.model import Column as PairColumn
from explorer.ui.layers.columns import Column
from explorer.ui.main_window import MainWindow
from tests.ui.conftest import TIMEOUT_MS, save

if TYPE_CHECKING:
    from explorer.ui.compare.row_views import _StateDelegate
    from explorer.ui.tables.header import Header


def title_of(window: MainWindow) -> str:
    """What stands over the small histograms."""
    option = QStyleOptionHeader()
    cast("Header", window.layers.tree.header()).initStyleOptionForIndex(option, Column.DISTRIBUTION)
    return option.text


def test_titles_and_states_are_said_in_short_where_they_have_no_room(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    a = {f"net.{place}.w": torch.full((4,), float(place)) for place in range(6)}
    b = {**a, "net.0.w": torch.ones(4), "net.1.w": torch.ones(5), "net.6.w": torch.ones(1)}
    open_file(save(tmp_path / "a.pt", **a))
    window.resize(1024, 700)
    # Whether by its user or for want of room.
    for width, title in ((140, "Distribution"), (64, "Values")):
        window.layers.tree.header().resizeSection(Column.DISTRIBUTION, width)
        assert title_of(window) == title
    model = window.layers.model
    about = model.headerData(Column.DISTRIBUTION, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
    assert "Distribution: A small histogram" in str(about)
    window.full_views.bring_compare()
    window.compare.compare_with(save(tmp_path / "b.pt", **b))
    qtbot.waitUntil(lambda: not window.compare.busy and window.compare.rows.union.rowCount() > 0, timeout=TIMEOUT_MS)
    tree = window.compare.rows.tree
    states = cast("_StateDelegate", tree.itemDelegateForColumn(PairColumn.STATE))
    index = window.compare.rows.union.index(0, PairColumn.STATE, QModelIndex())
    drawn = QStyleOptionViewItem()
    drawn.rect = tree.visualRect(index)
    states.initStyleOption(drawn, index)
    assert (index.data(), drawn.text) == ("1 differs · 1 shape · 1 only B", "1 differs +2")
