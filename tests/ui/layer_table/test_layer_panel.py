"""The panel about a layer, in the real window."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLineEdit
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from explorer.analysis.layer_figures import Child
from explorer.ui.layer_table.table import ChildrenModel
from explorer.ui.main_window import MainWindow
from explorer.ui.settings import Settings
from tests.ui.conftest import TIMEOUT_MS, action, save

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


def rows(window: MainWindow) -> list[list[str]]:
    model = window.histogram.children_table.model
    return [
        [model.index(row, column).data() for column in range(model.columnCount())] for row in range(model.rowCount())
    ]


def show(qtbot: QtBot, window: MainWindow, key: str) -> None:
    assert window.layers.select_key(key)
    qtbot.waitUntil(lambda: not window.histogram.busy, timeout=TIMEOUT_MS)


def show_file(qtbot: QtBot, window: MainWindow) -> None:
    """Select the first row, and press Histogram."""
    assert window.layers.select_key("a.pt")
    bar = window.overview.views
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(1).center())
    qtbot.waitUntil(lambda: not window.histogram.busy, timeout=TIMEOUT_MS)


def test_a_layer_shows_all_its_values_together(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    torch.manual_seed(0)
    weight, bias, other = torch.randn(400, 30), torch.full((7,), 0.5), torch.randn(11) * 1e3
    open_file(save(tmp_path / "a.pt", **{"net.fc.weight": weight, "net.fc.bias": bias, "net.g.w": other}))
    show(qtbot, window, "net.fc")
    both = np.concatenate([weight.numpy().ravel(), bias.numpy()]).astype(np.float64)
    grid = window.histogram.grid
    assert grid.text_of("mean") == f"{both.mean():.4g}"
    assert grid.text_of("std") == f"{both.std():.4g}"
    assert "12,007 finite values · 120 bins" in window.histogram.view.readout.text()
    assert [row[:3] for row in rows(window)] == [["weight", "1", "12.0 k"], ["bias", "1", "7"]]
    assert rows(window)[1][3:5] == ["0.5", "0.5"]


def test_the_file_shows_its_layers(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    open_file(save(tmp_path / "a.pt", **{"a.w": torch.ones(3), "a.b": torch.zeros(2), "c": torch.ones(1)}))
    show_file(qtbot, window)
    assert [row[:2] for row in rows(window)] == [["a", "2"], ["c", "1"]]
    assert window.details.currentWidget() is window.histogram
    assert window.layers.select_key("c")
    assert window.details.currentWidget() is window.histogram


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
    assert window.histogram.head.facts.text().startswith("3 tensors")

    def shows(facts: str) -> None:
        qtbot.waitUntil(lambda: window.histogram.head.facts.text().startswith(facts), timeout=TIMEOUT_MS)
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
    table, tree = window.histogram.children_table.table, window.layers.tree
    table.setCurrentIndex(table.model().index(0, 0))
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert window.histogram.head.name.text() == "net.a"
    assert tree.currentIndex().data() == "a"
    qtbot.waitUntil(lambda: not window.histogram.busy, timeout=TIMEOUT_MS)
    place = table.visualRect(table.model().index(1, 0)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert window.details.currentWidget() is window.histogram
    assert window.histogram.head.name.text() == "net.a.b"
    assert tree.currentIndex().data() == "b"


def test_a_narrow_table_keeps_its_figures(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    open_file(save(tmp_path / "a.pt", **{"net.a": torch.full((3,), -1.234e-5), "net.b": torch.ones(3)}))
    show(qtbot, window, "net")
    table = window.histogram.children_table.table
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
    assert "1 tensor cannot be read and is left out." in window.histogram.view.readout.text()
    assert rows(window)[1][3] == "–"


def test_a_layer_without_a_finite_value_says_so(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    open_file(save(tmp_path / "a.pt", **{"a.w": torch.full((3,), torch.nan), "a.b": torch.empty(0)}))
    show_file(qtbot, window)
    assert "No finite value to draw." in window.histogram.body.page.message.text()


def test_the_line_between_plot_and_table_is_remembered(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    path = save(tmp_path / "a.pt", **{"a.w": torch.ones(3), "a.b": torch.zeros(2)})
    open_file(path)
    show(qtbot, window, "a")
    before = window.histogram.halves.sizes()
    line = window.histogram.halves.handle(1)
    middle = line.rect().center()
    QTest.mousePress(line, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(line, middle - QPoint(0, 60))
    QTest.mouseRelease(line, Qt.MouseButton.LeftButton, pos=middle - QPoint(0, 60))
    chosen = window.histogram.halves.sizes()
    assert chosen[1] > before[1]
    size = window.size()
    window.close()
    later = MainWindow(Settings())
    later.show()
    later.resize(size)
    later.open_file(path)
    qtbot.waitUntil(lambda: not later.opening.busy, timeout=TIMEOUT_MS)
    show(qtbot, later, "a")
    assert later.histogram.halves.sizes() == pytest.approx(chosen, abs=2)
    later.close()
    later.deleteLater()


def test_the_table_is_a_proper_model(qtmodeltester: ModelTester) -> None:
    model = ChildrenModel()
    model.show_children([Child("a\n<b>x</b>", 2, 30, None), Child("", 1, 3, None)])
    qtmodeltester.check(model, force_py=True)  # type: ignore[no-untyped-call]  # pytest-qt types it not
    assert "\n" not in model.index(0, 0).data()
    assert model.index(1, 0).data() == "(unnamed)"
    assert model.rowCount(model.index(0, 0)) == model.rowCount(QModelIndex()) - 2


def test_a_mostly_zero_layer_is_drawn_whole_and_says_so(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    one, other = torch.zeros(10_000), torch.zeros(10_000)
    one[:40], other[:30] = torch.linspace(-17.5, 5, 40), torch.linspace(-3, 11.4, 30)
    open_file(save(tmp_path / "a.pt", **{"sp.a": one, "sp.b": other, "c": torch.ones(1)}))
    show(qtbot, window, "sp")
    shown = window.histogram.view.shown
    assert shown is not None
    assert shown.bins.low == -17.5
    assert shown.bins.high == pytest.approx(11.4)
    assert window.histogram.view.notes.text() == "full range: the middle 99 % of the values are equal"


def test_a_layers_histogram_has_every_choice_and_can_be_pinned(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    torch.manual_seed(0)
    weights = torch.randn(3000), torch.randn(3000) * 2
    open_file(save(tmp_path / "a.pt", **{"net.a": weights[0], "net.b": weights[1], "c": torch.rand(50) + 1}))
    show(qtbot, window, "net")
    panel = window.histogram
    assert "values below" in panel.view.readout.text()
    for step in (panel.bar.full.click, lambda: panel.bar.bins.setValue(64), panel.plot_actions.axes["symlog"].trigger):
        step()
        qtbot.waitUntil(lambda: not panel.busy, timeout=TIMEOUT_MS)
    shown = panel.view.shown
    assert shown is not None
    both = torch.cat(weights).double().numpy()
    assert shown.histogram.counts.tolist() == np.histogram(both, shown.histogram.edges)[0].tolist()
    assert shown.histogram.counts.size == 64
    assert not panel.plot_actions.axes["log"].isEnabled()
    assert "this layer has others" in panel.plot_actions.axes["log"].statusTip()
    panel.bar.pin.click()
    show(qtbot, window, "c")
    pinned = panel.view.pinned_drawing
    assert pinned is not None
    assert pinned.histogram.total == 6000
    assert panel.view.pinned.text() == "net"


def test_a_failed_count_keeps_the_estimate_and_its_label(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    torch.manual_seed(0)
    path = save(tmp_path / "a.pt", **{"net.a": torch.randn(300_000), "net.b": torch.randn(300_000)})
    open_file(path)
    qtbot.waitUntil(lambda: window.measurements.complete and not window.measurements.busy, timeout=TIMEOUT_MS)
    save(path, other=torch.ones(3))
    show(qtbot, window, "net")
    assert window.histogram.view.readout.text().startswith("estimated from the statistics")
    assert "changed since it was opened" in window.histogram.view.notes.text()
    assert window.histogram.view.notes.property("tone") == "bad"
    assert not window.histogram.plot_actions.copy_numbers.isEnabled()


def test_the_table_is_copied_and_saved(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    open_file(save(tmp_path / "a.pt", **{"net.a": torch.tensor([1.0, 2.0]), "net.b": torch.zeros(3)}))
    show(qtbot, window, "net")
    table = window.histogram.children_table
    table.copy.trigger()
    qtbot.waitUntil(lambda: table.said.text() == "The table was copied.", timeout=TIMEOUT_MS)
    lines = [line.split("\t") for line in QGuiApplication.clipboard().text().splitlines()]
    assert lines[0][:3] == ["name", "tensors", "parameters"]
    assert lines[1] == ["a", "1", "2", "2", "1.0", "2.0", "1.5", "0.5", "0", "0", "0", "0"]
    assert lines[2][0] == "b"
    table.export.trigger()
    (dialog,) = table.findChildren(QFileDialog)
    (field,) = dialog.findChildren(QLineEdit, "fileNameEdit")
    field.setText(str(tmp_path / "table.csv"))
    dialog.accept()
    qtbot.waitUntil(lambda: table.said.text().startswith("Saved as table.csv"), timeout=TIMEOUT_MS)
    assert (tmp_path / "table.csv").read_text("utf-8").splitlines()[2].startswith("b,1,3,3,0.0")


def test_shares_of_zeros_have_room(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    mostly = torch.zeros(10_000)
    mostly[:40] = 1
    open_file(save(tmp_path / "a.pt", **{"net.a": mostly, "net.b": torch.ones(1)}))
    window.resize(1600, 900)
    show(qtbot, window, "net")
    table = window.histogram.children_table.table
    assert rows(window)[0][7] == "99.60 %"
    assert table.columnWidth(7) > table.fontMetrics().horizontalAdvance("99.60 %") + 10


def test_a_folded_layer_is_stood_for_by_the_one_above_until_it_is_back(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    tensors = {f"net.{part}.{leaf}": torch.ones(2) for part in "ab" for leaf in ("weight", "bias")}
    open_file(save(tmp_path / "a.pt", **tensors, c=torch.ones(1)))
    show(qtbot, window, "net.a")
    window.filter.setText("weight")
    qtbot.waitUntil(lambda: window.histogram.head.name.text() == "net", timeout=TIMEOUT_MS)
    assert window.layers.tree.currentIndex().data() == "net"
    window.filter.clear()
    qtbot.waitUntil(lambda: window.histogram.head.name.text() == "net.a", timeout=TIMEOUT_MS)


def test_the_edit_menu_copies_the_plot_that_is_shown(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    open_file(save(tmp_path / "a.pt", **{"net.a": torch.rand(9), "net.b": torch.rand(9)}))
    qtbot.waitUntil(lambda: not window.overview.busy, timeout=TIMEOUT_MS)
    assert action(window, "Edit", "Copy picture") is window.overview.plot_actions.copy_picture
    assert action(window, "Edit", "Copy picture").isEnabled()
    show(qtbot, window, "net")
    assert action(window, "Edit", "Copy picture") is window.histogram.plot_actions.copy_picture
    assert action(window, "View", "Show the whole range") is window.histogram.plot_actions.reset


def test_families_are_folded_and_the_odd_one_is_seen_at_once(
    qtbot: QtBot,
    qtmodeltester: ModelTester,
    window: MainWindow,
    open_file: Callable[[Path], None],
    tmp_path: Path,
) -> None:
    torch.manual_seed(0)
    tensors = {f"net.{block}.{name}": torch.randn(64) for block in range(12) for name in ("a.weight", "b.weight")}
    for block, factor in ((5, 40), (2, 30), (6, 20), (9, 10)):
        tensors[f"net.{block}.b.weight"] *= factor
    open_file(save(tmp_path / "a.pt", **tensors))
    show(qtbot, window, "net")
    children = window.histogram.children_table
    QTest.mouseClick(children.fold, Qt.MouseButton.LeftButton)
    families = children.families
    qtbot.waitUntil(lambda: not families.busy, timeout=TIMEOUT_MS)
    model, tree = families.model, families.tree
    assert tree.isVisible()
    assert [model.index(row, 0).data() for row in range(model.rowCount())] == ["{0–11}.b.weight", "{0–11}.a.weight"]
    first = model.index(0, 0)
    std = float(tensors["net.5.b.weight"].std(correction=0))
    assert model.index(0, 2).data().startswith("◆ 5: ")
    assert model.index(0, 2).data().endswith(" · 2, 6, 1 more")
    tip = model.index(0, 2).data(Qt.ItemDataRole.ToolTipRole)
    assert re.findall(r"net\.(\d+)\.b\.weight: ", tip) == ["5", "2", "6"]
    assert "1 more is far from the others." in tip
    assert model.index(0, 6).data().endswith(f" … {std:.4g}")
    assert children.said.text() == "1 of 2 families has an odd one out; it comes first."
    qtmodeltester.check(model, force_py=True)  # type: ignore[no-untyped-call]  # pytest-qt types it not
    children.copy.trigger()
    qtbot.waitUntil(lambda: children.said.text() == "The table was copied.", timeout=TIMEOUT_MS)
    assert "net.5.b.weight\t" in QGuiApplication.clipboard().text()
    tree.expand(first)
    odd = model.index(5, 0, first)
    assert (odd.data(), model.index(5, 2, first).data()[:4]) == ("5.b.weight", "◆ 5:")
    assert [model.index(row, 2, first).data()[:4] for row in (4, 9)] == ["", "◆ 9:"]
    tree.setCurrentIndex(odd)
    QTest.keyClick(tree, Qt.Key.Key_Return)
    assert window.session.tensor is not None
    assert window.session.tensor.key == "net.5.b.weight"
    show(qtbot, window, "net")
    assert children.fold.isChecked()
    QTest.mouseClick(children.fold, Qt.MouseButton.LeftButton)
    assert children.table.isVisible()
    assert len(rows(window)) == 12


def test_counters_say_nothing_of_a_layers_values(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    weight = torch.rand(8) + 0.5
    file = {"net.norm.weight": weight, "net.norm.num_batches_tracked": torch.tensor(3000), "net.fc": torch.randn(4, 2)}
    open_file(save(tmp_path / "a.pt", **file))
    show(qtbot, window, "net.norm")
    grid = window.histogram.grid
    assert grid.text_of("max") == f"{float(weight.max()):.4g}"
    assert "8 finite values" in window.histogram.view.readout.text()
    assert window.histogram.view.readout.text().endswith(" · 1 counter is left out.")
    # In the table a counter has its figures, and the layer with it has those of the others.
    assert [row[0] for row in rows(window)] == ["weight", "num_batches_tracked"]
    show(qtbot, window, "net")
    assert grid.text_of("max") == f"{float(max(weight.max(), file['net.fc'].max())):.4g}"
    assert not any("3000" in cell or "3,000" in cell for row in rows(window) for cell in row)
