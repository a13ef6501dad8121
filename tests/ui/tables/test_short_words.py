"""In a narrow window words that have no room are shorter ones, not cut ones."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

import torch
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QStyleOptionHeader, QStyleOptionViewItem
from pytestqt.qtbot import QtBot

from explorer.ui import theme
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
    for width, title in ((140, "Distribution"), (64, "Bars")):
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


def test_that_something_is_not_finite_is_said_first_in_whatever_room_there_is(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    a = {f"net.{place}.w": torch.full((4,), float(place)) for place in range(6)}
    b = {**a, **{f"net.{place}.w": torch.zeros(4) for place in (1, 2, 3)}, "net.4.w": torch.full((4,), float("nan"))}
    open_file(save(tmp_path / "a.pt", **a))
    window.full_views.bring_compare()
    window.compare.compare_with(save(tmp_path / "b.pt", **b))
    tree = window.compare.rows.tree
    qtbot.waitUntil(lambda: not window.compare.busy and window.compare.rows.union.rowCount() > 0, timeout=TIMEOUT_MS)
    index = window.compare.rows.union.index(0, PairColumn.STATE, QModelIndex())
    assert index.data() == "1 not finite · 3 differ"
    assert index.data(Qt.ItemDataRole.ForegroundRole).color() == QColor(theme.current(window).bad)
    said = set()
    for width in range(90, 220):
        tree.header().resizeSection(PairColumn.STATE, width)
        drawn = QStyleOptionViewItem()
        drawn.rect = tree.visualRect(index)
        cast("_StateDelegate", tree.itemDelegateForColumn(PairColumn.STATE)).initStyleOption(drawn, index)
        assert drawn.fontMetrics.horizontalAdvance(drawn.text) < drawn.rect.width()
        said.add(drawn.text)
    assert said == {"1 not finite · 3 differ", "1 not finite +3", "1 not finite…", "not finite…"}


def test_states_are_sorted_from_the_worst(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    open_file(save(tmp_path / "a.pt", moved=torch.ones(2), broken=torch.ones(2), same=torch.ones(2)))
    window.full_views.bring_compare()
    b = {"moved": torch.zeros(2), "broken": torch.tensor([1.0, float("inf")]), "same": torch.ones(2)}
    window.compare.compare_with(save(tmp_path / "b.pt", **b))
    rows = window.compare.rows
    qtbot.waitUntil(lambda: not window.compare.busy and rows.union.rowCount() > 0, timeout=TIMEOUT_MS)
    rows.tree.sortByColumn(PairColumn.STATE, Qt.SortOrder.AscendingOrder)
    qtbot.waitUntil(lambda: not window.compare.busy, timeout=TIMEOUT_MS)
    top = rows.union.index(0, 0)
    named = [rows.union.index(row, 0, top).data() for row in range(rows.union.rowCount(top))]
    assert named == ["broken", "moved", "same"]
