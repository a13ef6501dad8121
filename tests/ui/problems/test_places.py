"""A training that went to NaN: from each problem to its place, in the real window."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from explorer.ui.channels.panel import ChannelsPanel
from explorer.ui.layers.columns import Column
from explorer.ui.main_window import MainWindow
from explorer.ui.problems.model import DETAIL, PROBLEM, TENSOR
from explorer.ui.tables.look import shown_columns
from explorer.ui.tables.taking import taking_of
from tests.ui.conftest import TIMEOUT_MS, activate, plain_text

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")  # the offscreen platform, about windows

CONV, VARIANCE, HEAD, STATE = "layer2.conv.weight", "layer2.norm.running_var", "head.weight", "state.0.exp_avg_sq"
WORDS = [
    [CONV, "144 of 9,216 values are NaN; the first at [33, 0, 0, 0], the whole of channel 33 of dimension 0."],
    [VARIANCE, "1 of 64 values is NaN; at [17]."],
    [HEAD, "10 of 640 values are +Inf; the first at [0, 5], the whole of column 5."],
    [STATE, f"Of {CONV}: 3 of 9,216 values are NaN; the first at [4, 2, 1, 0], all in channel 4 of dimension 0."],
]


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    net = {
        CONV: torch.randn(64, 16, 3, 3) / 12,
        "layer2.norm.weight": torch.ones(64),
        "layer2.norm.bias": torch.zeros(64),
        "layer2.norm.running_mean": torch.randn(64) / 10,
        VARIANCE: torch.rand(64) + 0.5,
        "layer2.norm.num_batches_tracked": torch.tensor(3000),
        HEAD: torch.randn(10, 64) / 8,
    }
    learned = [each for key, each in net.items() if "running" not in key and "tracked" not in key]
    states: list[dict[str, Any]] = [
        {"step": torch.tensor(3.0), "exp_avg": torch.randn_like(each) / 1e4, "exp_avg_sq": torch.rand_like(each) / 1e8}
        for each in learned
    ]
    net[CONV][33] = torch.nan
    net[VARIANCE][17] = torch.nan
    net[HEAD][:, 5] = torch.inf
    states[0]["exp_avg_sq"][4, 2, 1] = torch.nan
    optimizer = {"state": dict(enumerate(states)), "param_groups": [{"params": list(range(len(states)))}]}
    torch.save({"model": net, "optimizer": optimizer, "loss": float("nan"), "best": 0.3}, tmp_path / "broken.pth")
    return tmp_path / "broken.pth"


@pytest.fixture
def problems(qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], broken: Path) -> MainWindow:
    """The window, with all problems of the file found and their panel shown."""
    open_file(broken)
    finding, measurements = window.problems.finding, window.measurements
    qtbot.waitUntil(lambda: measurements.complete and not measurements.busy and not finding.busy, timeout=TIMEOUT_MS)
    window.problems.show()
    return window


def settle(qtbot: QtBot, window: MainWindow) -> None:
    window.looks.values.table.grab()
    busy = (window.looks, window.histogram, window.optimizer)
    qtbot.waitUntil(lambda: not any(one.busy for one in busy), timeout=TIMEOUT_MS)


def row_place(window: MainWindow, row: int) -> QPoint:
    table = window.problems.panel.table
    return table.visualRect(table.model().index(row, PROBLEM)).center()


def press(qtbot: QtBot, window: MainWindow, row: int) -> None:
    QTest.mouseClick(window.problems.panel.table.viewport(), Qt.MouseButton.LeftButton, pos=row_place(window, row))
    settle(qtbot, window)


def highlighted(window: MainWindow) -> list[int]:
    return [index.row() for index in window.problems.panel.table.selectionModel().selectedRows()]


def test_problems_stand_in_the_files_order_and_name_what_they_are_about(qtbot: QtBot, problems: MainWindow) -> None:
    model = problems.problems.panel.model
    rows = [[model.index(row, column).data() for column in (TENSOR, DETAIL)] for row in range(model.rowCount())]
    assert rows == WORDS
    assert problems.problems.panel.said == "4 problems in all values of 19 tensors. In Contents, loss is NaN."
    entries = problems.layers.entries
    assert [entries.itemText(place) for place in range(2)] == [
        *("● 3 · model – 7 tensors", "● 1 · optimizer – 12 tensors")
    ]
    # The same when the figures come from the disk, in whatever order.
    problems.measurements.close()
    qtbot.wait(0)
    again = problems.new_window()
    qtbot.waitExposed(again)
    assert problems.session.checkpoint is not None
    again.open_file(problems.session.checkpoint.path)
    qtbot.waitUntil(lambda: not again.opening.busy and again.problems.panel.model.count == 4, timeout=TIMEOUT_MS)
    model = again.problems.panel.model
    assert [model.index(row, TENSOR).data() for row in range(4)] == [key for key, _ in WORDS]
    again.close()


def test_the_highlighted_problem_is_that_of_the_selected_tensor(qtbot: QtBot, problems: MainWindow) -> None:
    activate(qtbot, problems)
    problems.layers.select_key(HEAD)
    assert highlighted(problems) == [2]
    QTest.keyClick(problems, Qt.Key.Key_F8)
    assert problems.session.tensor is not None
    assert (problems.session.tensor.key, highlighted(problems)) == (STATE, [3])
    problems.select_tensor(0)
    assert highlighted(problems) == [0]
    # From a tensor without a problem it goes on with the next in the file.
    problems.layers.select_key("layer2.norm.weight")
    assert highlighted(problems) == []
    QTest.keyClick(problems, Qt.Key.Key_F8)
    assert (problems.session.tensor.key, highlighted(problems)) == (VARIANCE, [1])
    problems.layers.select_file()
    assert highlighted(problems) == []


def test_every_view_goes_to_the_place_of_a_problem(qtbot: QtBot, problems: MainWindow) -> None:
    looks, values = problems.histogram.looks, problems.looks.values
    press(qtbot, problems, 0)
    looks.views.choose("values")
    settle(qtbot, problems)
    assert values.said.text().startswith("[33, 0, 0, 0] = NaN")
    assert values.index.text() == "33, 0, 0, 0"
    looks.views.choose("heatmap")
    settle(qtbot, problems)
    readout = problems.looks.heatmap.view.readout
    qtbot.waitUntil(lambda: "= NaN" in readout.text(), timeout=TIMEOUT_MS)
    # A row without a finite value has no norm; 0 would read as a dead one.
    assert readout.text().startswith("[33, 0, 0, 0] = NaN · row norm – · column norm ")
    looks.views.choose("channels")
    settle(qtbot, problems)
    channels = problems.looks.channels.made
    assert isinstance(channels, ChannelsPanel)
    assert (channels.axis.currentData(), channels.view.channel) == (0, 33)
    channels.order.setCurrentIndex(channels.order.findText("Order: NaN, Inf"))
    channels.order.activated.emit(channels.order.currentIndex())
    assert channels.view.plot._at == 0
    assert "by NaN, Inf, the most first" in channels.view.notes.text()
    channels.order.setCurrentIndex(0)
    channels.order.activated.emit(0)
    # The next problem is in a column.
    press(qtbot, problems, 2)
    assert (channels.axis.currentText(), channels.view.channel) == ("columns · 64", 5)
    # A second click on the same problem comes back to its place.
    looks.views.choose("values")
    settle(qtbot, problems)
    values.go_to((9, 60))
    press(qtbot, problems, 2)
    assert values.said.text().startswith("[0, 5] = +Inf")


def test_a_double_click_and_the_menu_of_a_problem_show_its_place(qtbot: QtBot, problems: MainWindow) -> None:
    table = problems.problems.panel.table
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=row_place(problems, 1))
    QTest.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=row_place(problems, 1))
    settle(qtbot, problems)
    assert problems.looks.values.isVisible()
    assert problems.looks.values.said.text().startswith("[17] = NaN")
    table.customContextMenuRequested.emit(row_place(problems, 2))
    (menu,) = [each for each in problems.problems.panel.findChildren(QMenu) if each.isVisible()]
    actions = {action.text().replace("&", ""): action for action in menu.actions()}
    assert [text for text in actions if text] == [
        *("Show as", "Copy name"),
        *("Copy rows", "Copy table", "Export as CSV…", "Sort by"),
    ]
    places = actions["Show as"].menu()
    assert isinstance(places, QMenu)
    assert [plain_text(place) for place in places.actions()] == ["Values", "Heat map", "Channels"]
    places.actions()[2].trigger()
    menu.close()
    settle(qtbot, problems)
    channels = problems.looks.channels.made
    assert isinstance(channels, ChannelsPanel)
    assert (channels.isVisible(), channels.view.channel) == (True, 5)


def test_a_problem_that_was_clicked_is_copied_as_its_row(qtbot: QtBot, problems: MainWindow) -> None:
    activate(qtbot, problems)
    table = problems.problems.panel.table
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=row_place(problems, 1))
    assert table.hasFocus()
    QTest.keySequence(table, QKeySequence(QKeySequence.StandardKey.Copy))
    copied = QGuiApplication.clipboard().text()
    assert len(copied.split("\t")) == len(shown_columns(table))
    taking = taking_of(table)
    assert taking is not None
    taking.copy.trigger()
    assert QGuiApplication.clipboard().text() == copied


def test_who_comes_back_to_a_view_finds_the_place_again(qtbot: QtBot, problems: MainWindow) -> None:
    looks, values, plot = problems.histogram.looks, problems.looks.values, problems.looks.heatmap.view.plot
    problems.layers.select_key(CONV)
    looks.views.choose("values")
    settle(qtbot, problems)
    values.go_to((33, 7, 1, 2))
    settle(qtbot, problems)
    # The same value, in a table of other axes.
    values.planes.tiles.click()
    settle(qtbot, problems)
    assert values.said.text().startswith("[33, 7, 1, 2] = NaN")
    current = values.table.currentIndex()
    assert (current.row(), current.column()) == (33 * 3 + 1, 7 * 3 + 2)
    # Rows are told as the heat map tells them: by the filter, and the row in it.
    assert values.model.headerData(current.row(), Qt.Orientation.Vertical) == "33, 1"
    looks.views.choose("heatmap")
    settle(qtbot, problems)
    plot.look_at(100, 20)
    settle(qtbot, problems)
    seen = plot.place
    looks.views.choose("values")
    settle(qtbot, problems)
    assert values.said.text().startswith("[33, 7, 1, 2] = NaN")
    assert values.planes.tiles.isChecked()
    looks.views.choose("heatmap")
    settle(qtbot, problems)
    assert plot.place == seen


def test_the_optimizers_part_is_told_at_the_parameter_and_in_its_own_tree(qtbot: QtBot, problems: MainWindow) -> None:
    problems.layers.select_key(CONV)
    settle(qtbot, problems)
    line = problems.optimizer.line
    assert line.said.text().startswith("exp_avg_sq: 3 NaN or Inf, mean ")
    assert line.said.property("tone") == "bad"
    assert next(action.text() for action in line.menu.actions()) == "Show exp_avg_sq – ● 3 NaN or Inf"
    below = problems.histogram.looks.views.mapTo(problems, QPoint()).y()
    # The tabs stay where they are: a click is about to meet them.
    problems.layers.select_key(VARIANCE)
    assert not line.isVisible()
    assert problems.histogram.looks.views.mapTo(problems, QPoint()).y() == below
    assert problems.session.checkpoint is not None
    problems.session.show_entry(problems.session.checkpoint.entries[1].path)
    model = problems.layers.model
    layer = model.index_of_layer("state.0")
    assert layer.data() == f"0 · {CONV}"
    # What is wrong is red, with every digit.
    problems.layers.select_key(STATE)
    settle(qtbot, problems)
    grid = problems.histogram.grid
    assert grid.text_of("NaN · +Inf · −Inf") == "3 · 0 · 0"
    assert model.index(layer.row(), Column.DISTRIBUTION, layer.parent()).data() == "● 1"
