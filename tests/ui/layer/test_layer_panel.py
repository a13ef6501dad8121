"""The panel about a layer, in the real window."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from explorer.analysis.layer_figures import Child
from explorer.ui.layer.table import ChildrenModel
from explorer.ui.main_window import MainWindow
from explorer.ui.settings import Settings
from tests.ui.conftest import TIMEOUT_MS, save

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


def rows(window: MainWindow) -> list[list[str]]:
    model = window.layer_panel.children_model
    return [
        [model.index(row, column).data() for column in range(model.columnCount())] for row in range(model.rowCount())
    ]


def show(qtbot: QtBot, window: MainWindow, key: str) -> None:
    assert window.layers.select_key(key)
    qtbot.waitUntil(lambda: not window.layer_panel.busy, timeout=TIMEOUT_MS)


def show_file(qtbot: QtBot, window: MainWindow) -> None:
    """Select the first row, and press Histogram."""
    assert window.layers.select_key("a.pt")
    bar = window.overview.views
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(1).center())
    qtbot.waitUntil(lambda: not window.layer_panel.busy, timeout=TIMEOUT_MS)


def test_a_layer_shows_all_its_values_together(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    torch.manual_seed(0)
    weight, bias, other = torch.randn(400, 30), torch.full((7,), 0.5), torch.randn(11) * 1e3
    open_file(save(tmp_path / "a.pt", **{"net.fc.weight": weight, "net.fc.bias": bias, "net.g.w": other}))
    show(qtbot, window, "net.fc")
    both = np.concatenate([weight.numpy().ravel(), bias.numpy()]).astype(np.float64)
    grid = window.layer_panel.grid
    assert grid.text_of("mean") == f"{both.mean():.4g}"
    assert grid.text_of("std") == f"{both.std():.4g}"
    assert "12,007 finite values, all counted" in window.layer_panel.said.text()
    assert [row[:3] for row in rows(window)] == [["weight", "1", "12.0 k"], ["bias", "1", "7"]]
    assert rows(window)[1][3:5] == ["0.5", "0.5"]


def test_the_file_shows_its_layers(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    open_file(save(tmp_path / "a.pt", **{"a.w": torch.ones(3), "a.b": torch.zeros(2), "c": torch.ones(1)}))
    show_file(qtbot, window)
    assert [row[:2] for row in rows(window)] == [["a", "2"], ["c", "1"]]
    assert window.details.currentWidget() is window.layer_panel
    assert window.layers.select_key("c")
    assert window.details.currentWidget() is window.tensor_panel


def test_a_filter_changes_what_the_selected_layer_holds(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    tensors = {
        "net.a.weight": torch.ones(3),
        "net.a.bias": torch.zeros(2),
        "net.b.bias": torch.ones(2),
        "c": torch.ones(1),
    }
    open_file(save(tmp_path / "a.pt", **tensors))
    show(qtbot, window, "net")
    assert window.layer_panel.facts.text().startswith("3 tensors")

    def shows(facts: str) -> None:
        qtbot.waitUntil(lambda: window.layer_panel.facts.text().startswith(facts), timeout=TIMEOUT_MS)
        assert window.layers.tree.selectionModel().selectedRows()[0].data() == "net"

    window.filter.setText("bias")
    shows("2 tensors")
    window.filter.clear()
    shows("3 tensors")
    window.filter.setText("c")
    qtbot.waitUntil(lambda: window.session.selected is None, timeout=TIMEOUT_MS)
    assert window.details.currentWidget() is window.overview


def test_the_table_leads_into_the_layer(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    open_file(save(tmp_path / "a.pt", **{"net.a.w": torch.ones(3), "net.a.b": torch.ones(3), "net.c": torch.ones(1)}))
    show(qtbot, window, "net")
    table, tree = window.layer_panel.table, window.layers.tree
    table.setCurrentIndex(table.model().index(0, 0))
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert window.layer_panel.name.text() == "net.a"
    assert tree.currentIndex().data() == "a"
    qtbot.waitUntil(lambda: not window.layer_panel.busy, timeout=TIMEOUT_MS)
    place = table.visualRect(table.model().index(1, 0)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert window.details.currentWidget() is window.tensor_panel
    assert window.tensor_panel.key.text() == "net.a.b"
    assert tree.currentIndex().data() == "b"


def test_a_narrow_table_keeps_its_figures(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    open_file(save(tmp_path / "a.pt", **{"net.a": torch.full((3,), -1.234e-5), "net.b": torch.ones(3)}))
    show(qtbot, window, "net")
    table = window.layer_panel.table
    window.resize(1024, 700)
    qtbot.waitUntil(lambda: table.isColumnHidden(1), timeout=TIMEOUT_MS)
    assert not table.horizontalScrollBar().isVisible()
    for column in range(3, 7):
        assert table.columnWidth(column) > table.fontMetrics().horizontalAdvance("-1.234e-05") + 10
    window.resize(1600, 900)
    qtbot.waitUntil(lambda: not table.isColumnHidden(1), timeout=TIMEOUT_MS)


def test_what_cannot_be_read_is_said(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    open_file(save(tmp_path / "a.pt", w=torch.ones(3), m=torch.empty(2, device="meta")))
    show_file(qtbot, window)
    assert "1 tensor cannot be read and is left out." in window.layer_panel.said.text()
    assert rows(window)[1][3] == "–"


def test_a_layer_without_a_finite_value_says_so(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    open_file(save(tmp_path / "a.pt", **{"a.w": torch.full((3,), torch.nan), "a.b": torch.empty(0)}))
    show_file(qtbot, window)
    assert "No finite value to draw." in window.layer_panel.said.text()


def test_the_line_between_plot_and_table_is_remembered(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    path = save(tmp_path / "a.pt", **{"a.w": torch.ones(3), "a.b": torch.zeros(2)})
    open_file(path)
    show(qtbot, window, "a")
    before = window.layer_panel.halves.sizes()
    line = window.layer_panel.halves.handle(1)
    middle = line.rect().center()
    QTest.mousePress(line, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(line, middle - QPoint(0, 60))
    QTest.mouseRelease(line, Qt.MouseButton.LeftButton, pos=middle - QPoint(0, 60))
    chosen = window.layer_panel.halves.sizes()
    assert chosen[1] > before[1]
    size = window.size()
    window.close()
    later = MainWindow(Settings())
    later.show()
    later.resize(size)
    later.open_file(path)
    qtbot.waitUntil(lambda: not later.opening.busy, timeout=TIMEOUT_MS)
    show(qtbot, later, "a")
    assert later.layer_panel.halves.sizes() == pytest.approx(chosen, abs=2)
    later.close()
    later.deleteLater()


def test_the_table_is_a_proper_model(qtmodeltester: ModelTester) -> None:
    model = ChildrenModel()
    model.show_children([Child("a\n<b>x</b>", 2, 30, None), Child("", 1, 3, None)])
    qtmodeltester.check(model, force_py=True)  # type: ignore[no-untyped-call]  # pytest-qt types it not
    assert "\n" not in model.index(0, 0).data()
    assert model.index(1, 0).data() == "(unnamed)"
    assert model.rowCount(model.index(0, 0)) == model.rowCount(QModelIndex()) - 2
