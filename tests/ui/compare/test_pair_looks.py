"""A pair as heat maps and as a scatter: what is drawn, moved together, read out, marked and taken along."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QGuiApplication, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from explorer.ui import theme
from explorer.ui.compare.map_panel import MapPanel
from explorer.ui.compare.panel import ComparePanel
from explorer.ui.compare.scatter_panel import ScatterPanel
from explorer.ui.heatmap import colors
from explorer.ui.heatmap.work import Drawn
from explorer.ui.main_window import MainWindow
from explorer.ui.plots.export_actions import ExportActions
from tests.ui.accessibility.states import in_state
from tests.ui.conftest import TIMEOUT_MS, activate

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")  # the offscreen platform, about windows

Open = Callable[[Path], None]

RANDOM = np.random.default_rng(4)
A = torch.from_numpy(RANDOM.standard_normal((600, 500), dtype=np.float32))
B = A + torch.from_numpy(RANDOM.standard_normal((600, 500), dtype=np.float32)) / 16
B[7, 9], B[300, 20], B[450, 400] = float("nan"), float("inf"), 40.0
FILTERS = torch.from_numpy(RANDOM.standard_normal((6, 4, 3, 3), dtype=np.float32))


class Compared(NamedTuple):
    """A comparison in the window."""

    window: MainWindow
    panel: ComparePanel
    qtbot: QtBot
    folder: Path

    def settle(self) -> None:
        self.qtbot.waitUntil(lambda: not self.panel.busy, timeout=TIMEOUT_MS)

    def select(self, key: str) -> None:
        model = self.panel.model
        rows = {str(model.index(row, 0).data()): row for row in range(model.rowCount())}
        self.panel.table.selectRow(rows[key])
        self.settle()

    def look(self, caption: str) -> QWidget:
        looks = self.panel.pair.looks
        looks.setCurrentIndex([looks.tabText(at) for at in range(looks.count())].index(caption))
        self.settle()
        return self.panel.pair.look


@pytest.fixture
def compared(window: MainWindow, open_file: Open, tmp_path: Path, qtbot: QtBot) -> Compared:
    both = FILTERS.clone(), FILTERS.clone()
    both[1][4, 2, 1, 2] += 9
    a = {"w": A, "layer.conv": both[0], "layer.cast": A[:9], "layer.count": torch.arange(12), "layer.grown": A[:50, :9]}
    b = {"w": B, "layer.conv": both[1], "layer.cast": A[:9].bfloat16(), "layer.count": torch.arange(12.0) + 1}
    b |= {"layer.grown": B[:49, :9].clone(), "layer.same": A[:9]}
    a |= {"layer.gone": A[:2], "layer.same": A[:9]}
    torch.save(a, tmp_path / "a.pt")
    torch.save(b, tmp_path / "b.pt")
    window.measurements.hold()
    open_file(tmp_path / "a.pt")
    window.pages.setCurrentWidget(window.compare)
    made = Compared(window, window.compare, qtbot, tmp_path)
    made.panel.compare_with(tmp_path / "b.pt", "w")
    made.settle()
    return made


def pixel(widget: QWidget, at: QPointF) -> QColor:
    return widget.grab().toImage().pixelColor(at.toPoint())


def near(widget: QWidget, at: QPointF) -> list[QColor]:
    """Colours around a place: cells are about as large as pixels."""
    image = widget.grab().toImage()
    x, y = int(at.x()), int(at.y())
    return [image.pixelColor(x + right, y + below) for right in range(-2, 3) for below in range(-2, 3)]


def color_at(drawn: Drawn, row: int, column: int) -> int:
    """The colour of the cell that has a place, in the light theme."""
    down, across = (row - drawn.found.rows[0]), (column - drawn.found.columns[0])
    code = int(drawn.codes[down // drawn.found.step[0], across // drawn.found.step[1]])
    return colors.table_of(theme.LIGHT)[code]


def turn_wheel(plot: QWidget, at: QPointF, steps: int) -> None:
    none, phase = Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
    turned = QWheelEvent(at, at, QPoint(), QPoint(0, 120 * steps), Qt.MouseButton.NoButton, none, phase, False)
    QApplication.sendEvent(plot, turned)


def taken_along(compared: Compared, actions: ExportActions, monkeypatch: pytest.MonkeyPatch) -> str:
    """Copy the picture, save it both ways and the numbers; these."""
    actions.copy_picture.trigger()
    assert not QGuiApplication.clipboard().image().isNull()
    for suffix in ("png", "svg", "csv"):
        path = compared.folder / f"x.{suffix}"
        path.unlink(missing_ok=True)
        monkeypatch.setattr(QFileDialog, "open", lambda dialog: dialog.fileSelected.emit(str(path)))  # noqa: B023
        actions.export[suffix].trigger()
        compared.qtbot.waitUntil(path.exists, timeout=TIMEOUT_MS)
        assert path.stat().st_size > 500
    actions.copy_numbers.trigger()
    table = (compared.folder / "x.csv").read_text()
    compared.qtbot.waitUntil(lambda: QGuiApplication.clipboard().text().replace("\t", ",") == table, timeout=TIMEOUT_MS)
    return table


def test_both_are_drawn_side_by_side_and_behind_a_curtain(compared: Compared, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not compared.panel.pair.findChildren(MapPanel), "nobody looked at it yet"
    panel = compared.look("Heat maps")
    assert isinstance(panel, MapPanel)
    view, plot = panel.view, panel.view.plot
    (whole,) = plot.pictures
    assert whole.a.limit == whole.b.limit > 2 * whole.apart.limit
    assert f"each cell is the mean of {whole.found.step[0]} × {whole.found.step[1]} · colours end at ±" in (
        view.readout.text()
    )
    assert view.notes.text() == "B: 1 NaN, 1 +Inf cells · B − A: 1 NaN, 1 +Inf cells"
    heat, first = colors.of(theme.current(plot)), plot.scenes[0]
    nan, inf = QPointF(first.x_of(9.5), first.y_of(7.5)), QPointF(first.x_of(20.5), first.y_of(300.5))
    for at, scene in enumerate(plot.scenes):
        moved = scene.room.topLeft() - first.room.topLeft()
        seen = [QColor(color) in near(plot, place + moved) for place, color in ((nan, heat.nan), (inf, heat.posinf))]
        assert seen == [at > 0] * 2, "only B has them, and so the difference"
    last = plot.scenes[2]
    QTest.mouseMove(plot, QPointF(last.x_of(200.5), last.y_of(100.5)).toPoint())
    row, column = view._at or (-1, -1)
    values = A[row, column].item(), B[row, column].item()
    compared.qtbot.waitUntil(lambda: "B − A " in view.readout.text().partition(" · cell")[0], timeout=TIMEOUT_MS)
    index, *words = view.readout.text().split(" · ")
    assert index == f"[{row}, {column}]"
    assert [np.float32(word.split()[-1]) for word in words[:2]] == [np.float32(value) for value in values]
    assert float(words[2].split()[-1]) == pytest.approx(values[1] - values[0], rel=1e-8)
    assert words[3].startswith("cell: A ")

    turn_wheel(plot, QPointF(plot.scenes[1].x_of(450.5), plot.scenes[1].y_of(300.5)), 9)
    assert len({(scene.rows, scene.columns) for scene in plot.scenes}) == 1
    compared.settle()
    part = plot.pictures[-1]
    assert part.found.exact
    rows, columns = slice(*part.found.rows), slice(*part.found.columns)
    for each, wanted in ((part.a, A), (part.b, B), (part.apart, B.double() - A.double())):
        np.testing.assert_array_equal(each.found.cells, wanted[rows, columns].numpy())
    panel.plot_actions.reset.trigger()
    assert not plot.zoomed
    compared.settle()

    activate(compared.qtbot, compared.window)
    QTest.keyClick(plot, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    compared.qtbot.waitUntil(lambda: plot.mark == (450, 400), timeout=TIMEOUT_MS)
    compared.settle()
    assert sum(plot.shown[0]) / 2 == pytest.approx(450.5)
    assert sum(plot.shown[1]) / 2 == pytest.approx(400.5)
    compared.qtbot.waitUntil(lambda: view.readout.text().startswith("[450, 400] · A "), timeout=TIMEOUT_MS)
    compared.qtbot.waitUntil(lambda: " · B 40 · B − A " in view.readout.text(), timeout=TIMEOUT_MS)

    panel.curtain.click()
    compared.settle()
    room = plot.scenes[0].room
    assert (len(plot.scenes), plot.curtain) == (1, 0.5)
    middle = QPointF(plot.scenes[0].x_of(400.2), plot.scenes[0].y_of(450.2))
    in_a, in_b = (color_at(each, 450, 400) for each in (plot.pictures[-1].a, plot.pictures[-1].b))
    assert in_a != in_b
    line = room.center().toPoint()
    for share, color in ((0.75, in_a), (0.25, in_b)):
        QTest.mousePress(plot, Qt.MouseButton.LeftButton, pos=line)
        line = QPointF(room.left() + share * room.width(), line.y()).toPoint()
        QTest.mouseMove(plot, line)
        QTest.mouseRelease(plot, Qt.MouseButton.LeftButton, pos=line)
        assert plot.curtain == pytest.approx(share, abs=0.01)
        assert pixel(plot, middle).rgb() == color
    before = plot.curtain or 0.0
    QTest.keyClick(plot, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert plot.curtain == pytest.approx(before + 0.02)
    assert panel.slider.value() == round((before + 0.02) * 1000)
    panel.slider.setValue(900)
    assert plot.curtain == 0.9

    QGuiApplication.clipboard().clear()
    plot.setFocus()
    QTest.keyClick(plot, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert QGuiApplication.clipboard().image().width() == 2 * plot.width(), "and not the plot that is not seen"
    lines = taken_along(compared, panel.plot_actions, monkeypatch).splitlines()
    assert lines[0] == "row,column,A,B,B − A"
    assert len(lines) == 1 + plot.pictures[-1].found.cells.size
    os.utime(compared.folder / "b.pt", ns=(0, 0))
    panel.by["magnitude"].click()
    compared.settle()
    assert "changed since it was opened" in panel.body.page.message.text()


def test_figures_below_colours_do_not_run_into_each_other(qapp: QApplication) -> None:
    from explorer.ui.compare.map_plot import figures_below  # noqa: PLC0415 - as the window does

    metrics = QFontMetrics(QFont(qapp.font()))
    wide = metrics.horizontalAdvance("-0.074520.07452")
    texts = [[text for _side, text in figures_below(0.07452, room, metrics)] for room in (3 * wide, wide + 20, wide)]
    assert texts == [["-0.07452", "0", "0.07452"], ["-0.07452", "0.07452"], ["±0.07452"]]


def test_what_differs_in_kind_is_drawn_as_far_as_it_can_be(compared: Compared) -> None:
    panel = compared.look("Heat maps")
    assert isinstance(panel, MapPanel)
    plot, notes = panel.view.plot, panel.view.notes
    compared.select("layer.conv")
    assert panel.planes.isVisible()
    assert plot.pictures[-1].found.cells.shape == (18, 12)
    panel.planes.tiles.click()
    compared.settle()
    assert not plot.pictures[-1].apart.found.cells.any()
    panel.worst.click()
    compared.settle()
    assert [panel.planes.spins[axis].value() for axis in (2, 3)] == [1, 2], "the slice that has it"
    assert plot.mark == (4, 2)
    assert plot.pictures[-1].apart.found.cells[4, 2] == pytest.approx(9, rel=1e-5)
    compared.select("layer.cast")
    assert notes.text() == "float32 and bfloat16: the difference is of the values as stored"
    cast = A[:9].bfloat16().double() - A[:9].double()
    found = plot.pictures[-1].apart.found
    assert found.cells[0, 0] == pytest.approx(cast[0, : found.step[1]].mean().item(), rel=1e-6)
    compared.select("layer.count")
    assert notes.text() == "int64 was converted to float32 first"
    assert (plot.pictures[-1].apart.found.cells == 1).all()
    compared.select("layer.grown")
    assert notes.text().startswith("only what both have: 49×9 of 50×9 and 49×9")
    compared.select("layer.same")
    assert not panel.worst.isEnabled()
    assert not plot.pictures[-1].apart.found.cells.any()
    compared.select("layer.gone")
    assert panel.body.page.message.text() == "It has no counterpart in the other checkpoint."
    assert compared.look("Scatter").body.page.message.text() == panel.body.page.message.text()  # type: ignore[attr-defined]


def test_all_pairs_are_counted_and_taken_along(compared: Compared, monkeypatch: pytest.MonkeyPatch) -> None:
    histograms = compared.panel.pair.histograms
    table = taken_along(compared, histograms.both.plot_actions, monkeypatch).splitlines()
    assert table[0] == "low,high,count A,count B"
    assert sum(int(line.split(",")[2]) for line in table[1:]) == A.numel()
    assert sum(int(line.split(",")[3]) for line in table[1:]) == A.numel() - 2
    table = taken_along(compared, histograms.apart.plot_actions, monkeypatch).splitlines()
    assert table[0] == "low,high,count"
    assert sum(int(line.split(",")[2]) for line in table[1:]) == A.numel() - 2
    panel = compared.look("Scatter")
    assert isinstance(panel, ScatterPanel)
    view, plot = panel.view, panel.view.plot
    finite = torch.isfinite(B)
    a, b = A[finite].double().numpy(), B[finite].double().numpy()
    density = plot.pictures[0].density
    assert density is not None
    counts, *_edges = np.histogram2d(b, a, bins=[density.edges_b, density.edges_a])
    np.testing.assert_array_equal(density.counts, counts)
    assert (density.edges_a[0], density.edges_b[-1]) == (min(a.min(), b.min()), 40)
    assert view.readout.text().startswith(f"299,998 pairs in {counts.shape[1]} × {counts.shape[0]} cells, counted")
    assert view.notes.text() == "2 pairs with NaN or infinity not drawn"
    panel.ranges["robust"].click()
    compared.settle()
    density = plot.pictures[0].density
    assert density is not None
    low, high = density.edges_a[[0, -1]]
    assert -3.2 < low < -2.3
    outside = int(((a < low) | (a > high) | (b < low) | (b > high)).sum())
    assert outside
    assert (
        view.notes.text() == f"{outside:,} pairs outside of the robust range · 2 pairs with NaN or infinity not drawn"
    )
    scene = plot.scene
    assert scene is not None
    most = np.unravel_index(density.counts.argmax(), density.counts.shape)
    high_cells, wide_cells = density.counts.shape
    across = scene.room.left() + (most[1] + 0.5) / wide_cells * scene.room.width()
    down = scene.room.bottom() - (most[0] + 0.5) / high_cells * scene.room.height()
    QTest.mouseMove(plot, QPointF(across, down).toPoint())
    assert view.readout.text().endswith(f" · {density.counts.max():,} pairs")
    dark = pixel(plot, QPointF(across + 1, down)).lightness()
    assert dark < pixel(plot, scene.room.topLeft() + QPointF(9, 9)).lightness(), "where most are it is darkest"
    room = plot.size()
    turn_wheel(plot, QPointF(across, down), 6)
    compared.settle()
    part = plot.pictures[-1].density
    assert part is not None
    assert part.edges_a[1] - part.edges_a[0] < (high - low) / wide_cells
    counts, *_edges = np.histogram2d(b, a, bins=[part.edges_b, part.edges_a])
    np.testing.assert_array_equal(part.counts, counts)
    assert "pairs outside of these cells" in view.notes.text()
    panel.body.progress.show()
    compared.window.grab()
    assert plot.size() == room, "neither what is said nor progress changes the room for which pairs are counted"
    panel.body.progress.hide()
    lines = taken_along(compared, panel.plot_actions, monkeypatch).splitlines()
    assert lines[0] == "A from,A to,B from,B to,pairs"
    assert sum(int(line.rsplit(",", 1)[1]) for line in lines[1:]) == part.inside
    compared.select("layer.same")
    density = plot.pictures[-1].density
    assert density is not None
    assert density.inside + density.outside == 4500
    assert not (density.counts - np.diag(np.diag(density.counts))).any(), "nothing changed: all is on y = x"
    compared.look("Histograms")
    assert not histograms.apart.isVisible()


def test_words_below_heat_maps_are_whole_or_give_way_when_there_is_more_to_say(compared: Compared) -> None:
    compared.select("w")
    look = compared.look("Heat maps")
    assert isinstance(look, MapPanel)
    view = look.view
    least = view.minimumSizeHint().height()
    view.setFixedHeight(least)
    words = (view.readout, view.notes)
    compared.qtbot.waitUntil(lambda: all(each.isVisible() for each in words) and view.height() == least)
    view.notes.setText("There is more to be said of it than fits into a line. " * 6)

    def whole() -> bool:
        return all(each.height() >= each.sizeHint().height() for each in words if each.isVisible())

    compared.qtbot.waitUntil(whole, timeout=TIMEOUT_MS)
    assert view.readout.isVisible()
    assert not view.notes.isVisible()


def test_a_pair_has_room_for_the_words_about_it_and_for_its_maps(
    qapp: QApplication, qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    theme.apply(qapp, "light")
    window.resize(960, 540)
    with in_state("comparison curtain", qtbot, window, tmp_path):
        pair = window.compare.pair
        facts, look = pair.facts, pair.look
        assert isinstance(look, MapPanel)

        def whole() -> bool:
            told = facts.height() >= facts.heightForWidth(facts.width())
            return told and look.view.height() >= look.view.minimumSizeHint().height()

        qtbot.waitUntil(whole, timeout=TIMEOUT_MS)
