"""The rows of a comparison, as there is room for them: no figure is ever cut, and the mean difference can be had."""

from collections.abc import Callable
from pathlib import Path

import torch
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtWidgets import QMenu, QScrollBar
from pytestqt.qtbot import QtBot

from explorer.ui.compare.model import Column, ComparisonModel, figure_text
from explorer.ui.compare.row_views import give_room, list_of_pairs, room_of, tree_of_pairs
from explorer.ui.compare.tree_model import UnionModel
from explorer.ui.main_window import MainWindow
from explorer.ui.tables.taking import taking_of
from tests.ui.conftest import TIMEOUT_MS, action


@given(st.floats(-1, 1), st.floats(0, 1e-4))
def test_a_cosine_says_how_near_to_1_it_is(value: float, apart: float) -> None:
    for cosine in (value, 1 - apart, apart - 1):
        text = figure_text(cosine, Column.COSINE)
        assert len(text) <= len("−1 + 8.8e-88")
        assert (text == "1") == (cosine == 1)
        assert (text == "-1") == (cosine == -1)


def test_figures_are_never_cut(qtbot: QtBot) -> None:
    columns = Column.MAX, Column.MEAN, Column.RELATIVE
    numbers = [digits * 10.0**power for digits in (8.888, 1) for power in range(-300, 300, 7)]
    texts = {column: [figure_text(number, column) for number in (*numbers, float("inf"))] for column in columns}
    texts[Column.CHANGED] = [figure_text(share, Column.CHANGED) for share in (0, 1e-9, 0.88, 0.998888, 1)]
    texts[Column.COSINE] = [figure_text(cosine, Column.COSINE) for cosine in (-0.8888, 0.99988, 1 - 8.8e-8, 8.8e-8 - 1)]
    for view in (list_of_pairs(ComparisonModel()), tree_of_pairs(UnionModel())):
        qtbot.addWidget(view)
        for width in (500, 737, 900):
            give_room(view, room_of(width))
            for column, shown in texts.items():
                room = (
                    view.columnWidth(column)
                    - 2 * view.style().pixelMetric(view.style().PixelMetric.PM_FocusFrameHMargin)
                    - 2
                )
                assert max(map(view.fontMetrics().horizontalAdvance, shown)) <= room, column


def test_the_mean_difference_is_a_column(
    window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path, qtbot: QtBot
) -> None:
    torch.save({"l.a": torch.zeros(4), "l.b": torch.zeros(12)}, tmp_path / "a.pt")
    torch.save({"l.a": torch.ones(4), "l.b": torch.zeros(12)}, tmp_path / "b.pt")
    open_file(tmp_path / "a.pt")
    rows = window.compare.rows
    window.pages.setCurrentWidget(window.compare)
    window.compare.compare_with(tmp_path / "b.pt")
    qtbot.waitUntil(lambda: not window.compare.busy, timeout=TIMEOUT_MS)
    window.resize(1280, 800)
    assert not rows.tree.isColumnHidden(Column.COSINE)
    window.resize(1024, 700)
    assert rows.tree.isColumnHidden(Column.COSINE), "names come before it"
    longest = rows.tree.fontMetrics().horizontalAdvance("num_batches_tracked") + 4 * rows.tree.indentation()
    qtbot.waitUntil(lambda: rows.tree.columnWidth(Column.NAME) >= longest, timeout=TIMEOUT_MS)
    window.resize(1000, 800)
    assert rows.tree.isColumnHidden(Column.MEAN)
    taking = taking_of(rows.tree)
    assert taking is not None
    menu = taking.menu()
    offered = next(each for each in menu.findChildren(QMenu) if each.title() == "Col&umns")
    next(each for each in offered.actions() if each.text() == "mean |Δ|").trigger()
    menu.deleteLater()
    for view in (rows.tree, rows.table):
        assert not view.isColumnHidden(Column.MEAN)
    assert rows.tree.header().visualIndex(Column.MEAN) == rows.tree.header().visualIndex(Column.MAX) + 1
    root = rows.union.index(0, 0)
    assert root.siblingAtColumn(Column.MEAN).data() == "0.25"
    assert root.siblingAtColumn(Column.MAX).data() == "1"


def test_the_selected_pair_is_in_view(
    window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path, qtbot: QtBot
) -> None:
    a = {f"block.{at}.{name}": torch.zeros(2) for at in range(12) for name in ("weight", "bias")}
    torch.save(a, tmp_path / "a.pt")
    torch.save({key: value + 1 for key, value in a.items()}, tmp_path / "b.pt")
    window.measurements.hold()
    open_file(tmp_path / "a.pt")
    window.pages.setCurrentWidget(window.compare)
    panel, tree = window.compare, window.compare.rows.tree

    def in_view() -> bool:
        ready = not panel.busy and not window.opening.busy and panel.selected_key == "block.11.bias"
        return ready and tree.viewport().rect().contains(tree.visualRect(tree.currentIndex()))

    panel.compare_with(tmp_path / "b.pt", "block.11.bias")
    qtbot.waitUntil(in_view, timeout=TIMEOUT_MS)
    assert panel.moved.isVisible(), "it takes its room after the rows"
    for text in ("Reload A", "Swap A and B"):
        action(window, "Compare", text).trigger()
        qtbot.waitUntil(lambda: window.opening.busy or panel.busy, timeout=TIMEOUT_MS)
        qtbot.waitUntil(in_view, timeout=TIMEOUT_MS)
    tree.verticalScrollBar().triggerAction(QScrollBar.SliderAction.SliderToMinimum)
    window.resize(window.width(), window.height() + 8)
    qtbot.wait(20)
    assert tree.verticalScrollBar().value() == 0, "the user scrolled away"
