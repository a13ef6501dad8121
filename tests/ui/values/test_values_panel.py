"""The exact values of a tensor: read as they are looked at, found by index, and taken along."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from explorer.formatting import figure
from explorer.ui import theme
from explorer.ui.main_window import MainWindow
from explorer.ui.values import model as model_module
from explorer.ui.values.index_text import index_in, plane_to_read
from explorer.ui.values.model import PAGE
from tests.ui.conftest import TIMEOUT_MS, action, activate

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")  # the offscreen platform, about windows

LONG = PAGE[0] + 500


@pytest.fixture
def tensors(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> dict[str, torch.Tensor]:
    """Open a file, and have the values of its first tensor shown; its tensors."""
    weight = torch.from_numpy(np.random.default_rng(3).standard_normal((3, 200, 400), dtype=np.float32))
    weight[1, 150, 300] = float("nan")
    saved = {
        "weight": weight,
        "long": torch.arange(LONG, dtype=torch.int32),
        "half": torch.tensor([0.1, -2.5]).to(torch.bfloat16),
    }
    torch.save(saved, tmp_path / "w.pt")
    window.measurements.hold()
    open_file(tmp_path / "w.pt")
    show(qtbot, window, "weight")
    return saved


def show(qtbot: QtBot, window: MainWindow, key: str) -> None:
    window.layers.select_key(key)
    window.histogram.looks.views.choose("values")
    settle(qtbot, window)


def settle(qtbot: QtBot, window: MainWindow) -> None:
    window.looks.values.table.grab()
    qtbot.waitUntil(lambda: not window.looks.busy, timeout=TIMEOUT_MS)


def shown(window: MainWindow, row: int, column: int) -> str:
    text: str = window.looks.values.model.index(row, column).data()
    return text


def go_to(qtbot: QtBot, window: MainWindow, index: str) -> None:
    field = window.looks.values.index
    field.setText(index)
    QTest.keyClick(field, Qt.Key.Key_Return)
    settle(qtbot, window)


def test_values_are_read_as_they_are_looked_at(
    qtbot: QtBot, qtmodeltester: ModelTester, window: MainWindow, tensors: dict[str, torch.Tensor]
) -> None:
    panel, weight = window.looks.values, tensors["weight"]
    assert panel.table.isVisible()
    assert panel.said.text() == "200 × 400 values"
    assert np.float32(shown(window, 2, 3)) == weight[0, 2, 3].item()
    assert len(panel.model._blocks) < 20  # of 100
    assert shown(window, 150, 300) == "…"
    go_to(qtbot, window, "[1, -50, 300]")
    assert panel.planes.spins[0].value() == 1
    assert shown(window, 150, 300) == "NaN"
    assert panel.said.text() == "[1, 150, 300] = NaN · bits 0x7fc00000"
    panel.table.go_to(151, 300)
    settle(qtbot, window)
    said = panel.said.text().split(" · ")
    assert np.float32(said[0].removeprefix("[1, 151, 300] = ")) == weight[1, 151, 300].item()
    assert float(said[1].removeprefix("exactly ")) == weight[1, 151, 300].item()
    panel.bits.click()
    settle(qtbot, window)
    assert shown(window, 151, 300) == weight[1, 151, 300].numpy().tobytes()[::-1].hex()
    go_to(qtbot, window, "3, 0, 0")
    assert panel.said.text() == "Axis 0 goes from 0 to 2."
    panel.bits.click()
    show(qtbot, window, "half")
    assert [shown(window, 0, 0), shown(window, 1, 0)] == ["0.100097656", "-2.5"]
    assert panel.said.text().endswith("exact numbers; those of more than 12 characters as float32 writes them")
    qtmodeltester.check(panel.model, force_py=True)  # type: ignore[no-untyped-call]  # pytest-qt types it not


def test_a_very_long_tensor_has_pages(qtbot: QtBot, window: MainWindow, tensors: dict[str, torch.Tensor]) -> None:
    del tensors
    panel = window.looks.values
    show(qtbot, window, "long")
    assert panel.model.rowCount() == PAGE[0]
    assert panel.said.text().endswith("rows 0 to 999,999 on this page")
    assert not panel.before.isEnabled()
    panel.after.click()
    settle(qtbot, window)
    assert panel.model.rowCount() == 500
    assert not panel.after.isEnabled()
    assert shown(window, 3, 0) == str(PAGE[0] + 3)
    go_to(qtbot, window, "77")
    assert panel.table.currentIndex().row() == 77
    assert shown(window, 77, 0) == "77"
    panel.table.selectAll()
    panel.plot_actions.copy_numbers.trigger()
    settle(qtbot, window)
    assert QGuiApplication.clipboard().text().splitlines()[-1] == "999999"


def test_the_keyboard_goes_on_where_a_page_ends(
    qtbot: QtBot, window: MainWindow, tensors: dict[str, torch.Tensor]
) -> None:
    del tensors
    table = window.looks.values.table
    show(qtbot, window, "long")
    activate(qtbot, window)
    table.setFocus()

    def press(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> str:
        QTest.keyClick(table, key, modifier)
        settle(qtbot, window)
        return shown(window, table.currentIndex().row(), 0)

    control = Qt.KeyboardModifier.ControlModifier
    assert press(Qt.Key.Key_End, control) == str(LONG - 1)
    assert press(Qt.Key.Key_Down) == str(LONG - 1), "there is no more"
    go_to(qtbot, window, str(PAGE[0]))
    table.setFocus()
    assert press(Qt.Key.Key_Up) == str(PAGE[0] - 1)
    assert press(Qt.Key.Key_Down) == str(PAGE[0])
    assert press(Qt.Key.Key_Home, control) == "0"
    assert press(Qt.Key.Key_Up) == "0"


def test_values_are_copied_and_saved(
    qtbot: QtBot, window: MainWindow, tensors: dict[str, torch.Tensor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel, weight = window.looks.values, tensors["weight"]
    activate(qtbot, window)
    panel.plot_actions.copy_numbers.trigger()
    settle(qtbot, window)
    copied = [line.split("\t") for line in QGuiApplication.clipboard().text().splitlines()]
    assert (len(copied), len(copied[0])) == (200, 400), "all where none is selected"
    panel.table.setFocus()
    selection = panel.table.selectionModel()
    model, select = panel.model, QItemSelectionModel.SelectionFlag.Select
    for row, column in ((5, 7), (5, 8), (6, 7), (6, 8)):
        selection.select(model.index(row, column), select)
    assert window.copyable() == "4 values"
    QTest.keyClick(panel.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    settle(qtbot, window)
    lines = [line.split("\t") for line in QGuiApplication.clipboard().text().split("\n")]
    assert np.array_equal(np.array(lines, np.float32), weight[0, 5:7, 7:9].numpy())
    QGuiApplication.clipboard().clear()
    action(window, "Edit", "Copy").trigger()
    settle(qtbot, window)
    assert QGuiApplication.clipboard().text().count("\t") == 2
    selection.clearSelection()
    monkeypatch.setattr(QFileDialog, "open", lambda dialog: dialog.fileSelected.emit(str(tmp_path / "x.csv")))
    window.details.plot_actions.export["csv"].trigger()
    settle(qtbot, window)
    head, *rows = (tmp_path / "x.csv").read_text().splitlines()
    assert head.startswith(",0,1,2")
    assert len(rows) == 200
    assert [np.float32(text) for text in rows[9].split(",")[1:4]] == weight[0, 9, :3].tolist()
    assert not window.details.plot_actions.copy_picture.isEnabled()


def test_only_so_many_blocks_are_kept(
    qtbot: QtBot, window: MainWindow, tensors: dict[str, torch.Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_module, "KEPT", 6)
    for row in (0, 60, 120, 199):
        go_to(qtbot, window, f"0, {row}, 399")
        assert np.float32(shown(window, row, 399)) == tensors["weight"][0, row, 399].item()
    assert len(window.looks.values.model._blocks) <= 6


def test_an_index_is_read_as_it_is_written() -> None:
    assert index_in("[1, 2]", (3, 4)) == index_in("1 -2", (3, 4)) == (1, 2)
    assert index_in("", ()) == ()
    # The first number alone leads to the first value there.
    assert index_in("2", (3, 4, 5)) == (2, 0, 0)
    assert index_in("1 2 3", (3, 4)) == index_in("", (3, 4)) == "Write up to 2 numbers, one for each axis."
    assert index_in("1, 2", (9,)) == "Write one number."
    assert index_in("a", (3,)) == "‘a’ is no index."
    assert index_in("4", (3,)) == "Axis 0 goes from 0 to 2."
    assert plane_to_read((5,)).height == 5
    # A table of a single value would say nothing of a convolution of 1 × 1.
    assert (plane_to_read((16, 32, 1, 1)).height, plane_to_read((16, 32, 1, 1)).width) == (16, 32)
    assert plane_to_read(()).height == plane_to_read(()).width == 1


def test_values_that_are_not_finite_are_found_and_coloured(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    weight = torch.randn(3, 40, 50)
    weight[0, 3, 7] = weight[2, 39, 49] = torch.nan
    weight[1, 0, 0] = -torch.inf
    numbers = torch.tensor([0, 0, complex(1, float("inf")), 0], dtype=torch.complex64)
    torch.save({"weight": weight, "complex": numbers, "tiny": torch.full((3,), 4e-45)}, tmp_path / "odd.pt")
    open_file(tmp_path / "odd.pt")
    show(qtbot, window, "weight")
    panel = window.looks.values
    for word, index in (("nan", "0, 3, 7"), ("NaN", "2, 39, 49"), ("nan", "0, 3, 7"), ("inf", "1, 0, 0")):
        go_to(qtbot, window, word)
        assert panel.said.text().startswith(f"[{index}] = ")
        # Enter goes on to the next.
        assert panel.index.text() == word
    bad = panel.model.index(0, 0).data(Qt.ItemDataRole.ForegroundRole)
    assert bad == QColor(theme.current(panel).bad)
    assert panel.model.index(1, 1).data(Qt.ItemDataRole.ForegroundRole) is None
    go_to(qtbot, window, "+Inf")
    assert panel.said.text() == "The tensor holds no +Inf."
    show(qtbot, window, "complex")
    go_to(qtbot, window, "inf")
    assert panel.said.text().startswith("[2] = 1")
    # One number is spelled as statistics spell it, and has room for all of its figures.
    show(qtbot, window, "tiny")
    assert panel.planes.isHidden()
    assert panel.said.text() == "3 values"
    assert shown(window, 0, 0) == figure(float(torch.tensor(4e-45)))
    room = panel.table.columnWidth(0)
    assert room > panel.table.fontMetrics().horizontalAdvance("-0.00011153534")
