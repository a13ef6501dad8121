"""A tensor as a picture: what is drawn, read out, zoomed into and taken along."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from explorer.analysis.draw.heatmap import CODES
from explorer.ui import theme
from explorer.ui.heatmap import colors, panel
from explorer.ui.heatmap.fitting import part_around, still_fine, will_do
from explorer.ui.main_window import MainWindow
from tests.ui.conftest import TIMEOUT_MS, activate

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")  # the offscreen platform, about windows

ROWS, COLUMNS = 1500, 2000


@pytest.fixture
def drawn(qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path) -> torch.Tensor:
    """Open a file, and have the heat map of its first tensor drawn; that tensor."""
    weight = torch.from_numpy(np.random.default_rng(3).standard_normal((ROWS, COLUMNS), dtype=np.float32))
    weight[7, 9], weight[1200, 1900], weight[1300, 5] = float("nan"), float("inf"), float("-inf")
    tensors = {"weight": weight, "layer.conv": torch.ones(4, 3, 3, 5), "layer.empty": torch.zeros(0, 2)}
    torch.save(tensors, tmp_path / "w.pt")
    window.measurements.hold()
    open_file(tmp_path / "w.pt")
    window.layers.select_key("weight")
    window.histogram.looks.views.choose("heatmap")
    settle(qtbot, window)
    return weight


def settle(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: not window.looks.busy, timeout=TIMEOUT_MS)


def hover(window: MainWindow, row: float, column: float) -> None:
    plot = window.looks.heatmap.view.plot
    assert plot.scene is not None
    QTest.mouseMove(plot, QPointF(plot.scene.x_of(column), plot.scene.y_of(row)).toPoint())


def wheel(window: MainWindow, row: float, column: float, steps: int) -> None:
    plot = window.looks.heatmap.view.plot
    assert plot.scene is not None
    at = QPointF(plot.scene.x_of(column), plot.scene.y_of(row))
    none, phase = Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
    turned = QWheelEvent(at, at, QPoint(), QPoint(0, 120 * steps), Qt.MouseButton.NoButton, none, phase, False)
    QApplication.sendEvent(plot, turned)


@pytest.mark.usefixtures("drawn")
def test_words_give_way_before_the_picture_lies_under_them(qtbot: QtBot, window: MainWindow) -> None:
    view = window.looks.heatmap.view
    least, read = view.plot.minimumHeight(), view.readout.sizeHint().height()
    shown = []
    for height in (least + 200, least + read + 5, least + 5):
        view.setFixedHeight(height)
        QApplication.processEvents()
        settle(qtbot, window)
        lowest = max((words.y() for words in (view.readout, view.notes) if words.isVisible()), default=height)
        assert view.plot.minimumHeight() <= view.plot.height() <= lowest
        shown.append((view.readout.isVisible(), view.notes.isVisible()))
    assert shown == [(True, True), (True, False), (False, False)]


def test_a_tensor_is_drawn_read_out_and_zoomed_into(qtbot: QtBot, window: MainWindow, drawn: torch.Tensor) -> None:
    view = window.looks.heatmap.view
    assert view.isVisible()
    assert not window.histogram.bar.isVisible()
    (whole,) = view.plot.pictures
    down, across = whole.found.step
    assert view.readout.text().startswith(
        f"1,500 × 2,000 values · each cell is the mean of {down} × {across} · colours"
    )
    cells = f"1 of {whole.found.cells.size:,} cells holds"
    assert view.notes.text() == f"{cells} NaN · {cells} +Inf · {cells} −Inf"
    # One odd value shows, whatever the others of its cell are.
    scene, image, heat = view.plot.scene, view.plot.grab().toImage(), colors.of(theme.current(view.plot))
    assert scene is not None
    for (row, column), color in (((7, 9), heat.nan), ((1200, 1900), heat.posinf), ((1300, 5), heat.neginf)):
        x, y = int(scene.x_of(column)), int(scene.y_of(row))
        near = [image.pixelColor(x + right, y + below) for right in range(-2, 3) for below in range(-2, 3)]
        assert QColor(color) in near

    hover(window, 100.5, 200.5)
    row, column = view._at or (-1, -1)
    assert abs(row - 100) <= down
    qtbot.waitUntil(lambda: f"[{row}, {column}] = " in view.readout.text(), timeout=TIMEOUT_MS)
    assert np.float32(view.readout.text().split(" ")[3]) == drawn[row, column].item()
    assert "row norm" in view.readout.text()

    wheel(window, 7, 9, 15)
    assert view.plot.pictures == [whole]  # stretched, until the finer one is there
    settle(qtbot, window)
    part = view.plot.pictures[-1]
    assert part.found.exact
    # What was read of the place under the mouse stays.
    assert f"[{row}, {column}] = " in view.readout.text()
    assert np.isnan(part.found.cells[7 - part.found.rows[0], 9 - part.found.columns[0]])
    inside = part.found.rows[0] + 3, part.found.columns[0] + 2
    assert part.found.cells[3, 2] == drawn[inside].item()
    # That work begins or ends does not change the picture's room, for which it would be drawn anew.
    room = view.plot.size()
    window.looks.heatmap.body.progress.show()
    window.grab()
    assert view.plot.size() == room
    window.looks.heatmap.body.progress.hide()
    before = view.plot.shown
    window.looks.heatmap.plot_actions.reset.trigger()
    assert view.plot.shown != before
    settle(qtbot, window)
    assert view.plot.pictures == [whole]


def test_the_keyboard_chooses_the_view_and_reads_cells(qtbot: QtBot, window: MainWindow, drawn: torch.Tensor) -> None:
    activate(qtbot, window)
    views, plot = window.histogram.looks.views, window.looks.heatmap.view.plot
    views.setFocus()
    QTest.keyClick(views, Qt.Key.Key_Left)
    assert window.histogram.bar.isVisible()
    assert not window.looks.heatmap.isVisible()
    assert window.histogram.busy
    QTest.keyClick(views, Qt.Key.Key_Right)
    settle(qtbot, window)
    plot.setFocus()
    plot.go_to(3, 4)
    QTest.keyClick(plot, Qt.Key.Key_Down)
    row = 3 + plot.pictures[-1].found.step[0]
    qtbot.waitUntil(lambda: f"[{row}, 4] = " in plot.accessibleDescription(), timeout=TIMEOUT_MS)
    assert np.float32(plot.accessibleDescription().split(" ")[3]) == drawn[row, 4].item()
    QTest.keyClick(plot, Qt.Key.Key_Plus)
    assert plot.zoomed
    QTest.keyClick(plot, Qt.Key.Key_Home)
    assert not plot.zoomed


def test_the_view_stays_from_one_tensor_to_the_next(qtbot: QtBot, window: MainWindow, drawn: torch.Tensor) -> None:
    del drawn
    heatmap = window.looks.heatmap
    window.layers.select_key("layer.conv")
    settle(qtbot, window)
    assert heatmap.planes.isVisible()
    assert heatmap.planes.tiles.isChecked()
    assert heatmap.view.plot.pictures[-1].found.cells.shape == (12, 15)
    heatmap.planes.tiles.click()
    settle(qtbot, window)
    assert heatmap.view.plot.pictures[-1].found.cells.shape == (4, 3)
    assert list(heatmap.planes.spins) == [2, 3]
    heatmap.planes.spins[3].setValue(4)
    settle(qtbot, window)
    assert heatmap.view.plot.pictures[-1].subject.plane.index(1, 2) == (1, 2, 0, 4)
    window.layers.select_key("layer.empty")
    assert heatmap.body.page.message.text() == "It has no elements."
    window.layers.select_key("layer")
    assert not window.histogram.looks.views.isVisible()
    assert window.histogram.bar.isVisible()
    window.layers.select_key("weight")
    assert heatmap.isVisible()
    heatmap.by["magnitude"].click()
    settle(qtbot, window)
    assert "the value of the largest magnitude of" in heatmap.view.readout.text()


def test_a_very_large_tensor_has_a_first_picture_and_then_the_whole_one(
    qtbot: QtBot, window: MainWindow, drawn: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    del drawn
    monkeypatch.setattr(panel, "FAST", 1000)
    view = window.looks.heatmap.view
    window.looks.heatmap.by["magnitude"].click()
    settle(qtbot, window)
    assert view.plot.pictures[0].found.row_norms is not None
    assert not view.plot.pictures[0].found.sampled
    assert view.notes.text().endswith(" cells holds −Inf")


def test_what_is_drawn_is_taken_along(
    qtbot: QtBot, window: MainWindow, drawn: torch.Tensor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del drawn
    view, actions = window.looks.heatmap.view, window.looks.heatmap.plot_actions
    assert window.details.plot_actions is actions
    actions.copy_picture.trigger()
    image = QGuiApplication.clipboard().image()
    assert image.width() == 2 * view.plot.width()
    actions.copy_numbers.trigger()
    settle(qtbot, window)
    lines = QGuiApplication.clipboard().text().splitlines()
    found = view.plot.pictures[0].found
    assert len(lines) == 1 + found.cells.shape[0]
    assert lines[0].split("\t")[:2] == ["row \\ column", "0"]
    assert [float(cell) for cell in lines[2].split("\t")] == pytest.approx(
        [found.step[0], *found.cells[1].tolist()], nan_ok=True
    )
    for suffix in ("png", "svg", "csv"):
        monkeypatch.setattr(QFileDialog, "open", lambda dialog: dialog.fileSelected.emit(str(tmp_path / f"x.{suffix}")))  # noqa: B023
        actions.export[suffix].trigger()
        settle(qtbot, window)
        assert (tmp_path / f"x.{suffix}").stat().st_size > 1000


def test_colours_diverge_from_the_panels_own() -> None:
    assert colors.SHOWN_CODES == CODES
    for look in (theme.LIGHT, theme.DARK):
        table = [QColor(rgb) for rgb in colors.table_of(look)]
        assert table[CODES // 2] == QColor(look.panel)
        assert table[0].blue() > table[0].red()
        assert table[CODES - 1].red() > table[CODES - 1].blue()
        assert len({table[code].rgb() for code in (0, CODES // 2, CODES - 1, 253, 254, 255)}) == 6


def test_a_small_move_needs_no_reading() -> None:
    rows = part_around((100, 200), 1000, 3)
    assert rows == (48, 252)
    assert will_do(rows, 3, (60, 160), 3)
    assert not will_do(rows, 3, (40, 140), 3)
    assert not will_do(rows, 3, (100, 110), 1)
    assert part_around((0, 10), 12, 1) == (0, 12)
    assert [still_fine(10, finest) for finest in (5, 8, 10, 11)] == [False, True, True, False]


def test_it_can_be_cancelled_and_says_why_it_cannot_be_drawn(
    qtbot: QtBot, window: MainWindow, drawn: torch.Tensor, tmp_path: Path
) -> None:
    del drawn
    heatmap = window.looks.heatmap
    heatmap.by["magnitude"].click()
    assert window.looks.busy
    window.escape()
    assert not heatmap.busy
    assert heatmap.body.page.message.text() == "Cancelled."
    heatmap.body.page.button.click()
    settle(qtbot, window)
    assert heatmap.view.isVisible()
    os.utime(tmp_path / "w.pt", ns=(0, 0))
    heatmap.by["mean"].click()
    settle(qtbot, window)
    assert "changed since it was opened" in heatmap.body.page.message.text()
    window.histogram.looks.views.choose("values")
    window.grab()
    settle(qtbot, window)
    assert "changed since it was opened" in window.looks.values.page.message.text()
