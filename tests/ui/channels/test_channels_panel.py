"""The channels of a tensor: what is drawn, selected, read out, looked up elsewhere and taken along."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from explorer.analysis.draw.channels import FIGURES
from explorer.formatting import figure
from explorer.ui import theme
from explorer.ui.channels import panel as panel_module
from explorer.ui.channels.panel import ChannelsPanel
from explorer.ui.channels.words import GRID
from explorer.ui.main_window import MainWindow
from tests.ui.conftest import TIMEOUT_MS, action, activate

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")  # the offscreen platform, about windows

MANY = 4000


@pytest.fixture
def tensors(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> dict[str, torch.Tensor]:
    """Open a file, and have the rows of its first tensor drawn; its tensors."""
    random = torch.Generator().manual_seed(7)
    weight = torch.randn(64, 48, generator=random) * 0.05
    weight[7] = 0
    weight[11, 30] = 400.0
    weight[40, 3] = float("nan")
    many = torch.randn(MANY, 8, generator=random)
    many[1234, 5] = -9.0
    saved = {
        "weight": weight,
        "layer.conv": torch.randn(6, 5, 3, 3, generator=random),
        "layer.bias": torch.ones(6),
        "layer.count": torch.tensor(3),
        "many": many,
    }
    torch.save(saved, tmp_path / "w.pt")
    window.measurements.hold()
    open_file(tmp_path / "w.pt")
    window.layers.select_key("weight")
    window.histogram.looks.views.choose("channels")
    settle(qtbot, window)
    return saved


def settle(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: not window.looks.busy, timeout=TIMEOUT_MS)


def panel(window: MainWindow) -> ChannelsPanel:
    made = window.looks.channels.made
    assert isinstance(made, ChannelsPanel)
    return made


def at(window: MainWindow, place: float) -> QPoint:
    plot = panel(window).view.plot
    assert plot.scene is not None
    return QPointF(plot.x_of(place + 0.5), plot.scene.upper.center().y()).toPoint()


def click(window: MainWindow, place: float) -> None:
    plot = panel(window).view.plot
    QTest.mouseClick(plot, Qt.MouseButton.LeftButton, pos=at(window, place))
    # What is under the mouse is read out first.
    QApplication.sendEvent(plot, QEvent(QEvent.Type.Leave))


def test_a_channel_is_selected_read_out_and_looked_up(
    qtbot: QtBot, window: MainWindow, tensors: dict[str, torch.Tensor]
) -> None:
    activate(qtbot, window)
    view, weight = panel(window).view, tensors["weight"].double().numpy()
    assert view.isVisible()
    assert GRID == FIGURES
    scene = view.plot.scene
    assert scene is not None
    assert (len(scene.dead), len(scene.outliers), len(scene.not_finite)) == (1, 1, 1)
    assert "✕ Row 7 is dead: norm 0, while half of the others have" in view.notes.text()
    assert "◆ 1 value far outside, the farthest 400" in view.notes.text()
    assert "▼ 1 row with values that are not finite" in view.notes.text()
    assert not view.shows["heatmap"].isEnabled()

    window.histogram.looks.views.setFocus()
    passed = []
    for _ in range(4):
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        passed.append(window.focusWidget())
    assert passed == [panel(window).axis, panel(window).order, panel(window).export, view.plot]

    click(window, 12)
    assert view.readout.text() == "selected: row 12 · 48 values"
    for caption, number in (("min", weight[12].min()), ("median", np.median(weight[12])), ("std", weight[12].std())):
        assert view.grid.text_of(caption) == figure(number)
    assert view.grid.text_of("95 %") == figure(np.quantile(weight[12], 0.95))
    image = view.plot.grab().toImage()
    top = int(scene.upper.top()) + 1
    near = [image.pixelColor(at(window, 12).x() + x, top + y) for x in range(-12, 13) for y in range(-2, 3)]
    assert QColor(theme.current(view.plot).accent) in near

    view.plot.setFocus()
    QTest.keyClick(view.plot, Qt.Key.Key_Left)
    assert view.readout.text() == "selected: row 11 · 48 values · extreme outlier"
    assert view.plot.accessibleDescription().endswith(f"norm {view.grid.text_of('norm')}")
    QTest.mouseMove(view.plot, at(window, 40))
    assert view.readout.text() == "row 40 · 48 values · 1 NaN · not finite"
    assert view.grid.text_of("max") == figure(np.nanmax(weight[40]))

    # By another order, and of the other dimension.
    panel(window).order.setCurrentText("Order: norm")
    panel(window).order.activated.emit(1)
    assert view.channel == 11
    assert view.plot.pointed_at is not None
    QTest.keyClick(view.plot, Qt.Key.Key_Left)
    assert view.channel == 11  # the first
    assert "by norm, the largest first" in view.notes.text()
    view.shows["heatmap"].click()
    settle(qtbot, window)
    heatmap = window.looks.heatmap
    assert heatmap.isVisible()
    assert heatmap.view.plot.shown[0][0] <= 11 < heatmap.view.plot.shown[0][1] < 64
    qtbot.waitUntil(lambda: heatmap.view.readout.text().startswith("[11, 0] = "), timeout=TIMEOUT_MS)
    window.histogram.looks.views.choose("channels")
    assert view.readout.text().startswith("selected: row 11 · ")  # still
    panel(window).axis.setCurrentIndex(1)
    panel(window).axis.activated.emit(1)
    settle(qtbot, window)
    assert panel(window).axis.currentText() == "columns · 48"
    click(window, 0)
    assert view.readout.text() == "selected: column 30 · 64 values · extreme outlier"
    view.shows["values"].click()
    settle(qtbot, window)
    qtbot.waitUntil(lambda: window.looks.values.said.text().startswith("[0, 30] = "), timeout=TIMEOUT_MS)
    window.histogram.looks.views.choose("channels")
    assert panel(window).axis.currentText() == "columns · 48"
    assert view.readout.text().startswith("selected: column 30 · ")


def test_many_channels_share_columns_until_they_are_zoomed_into(
    qtbot: QtBot, window: MainWindow, tensors: dict[str, torch.Tensor]
) -> None:
    window.layers.select_key("many")
    settle(qtbot, window)
    view, plot = panel(window).view, panel(window).view.plot
    assert plot.scene is not None
    together = plot.together
    assert together > 1
    assert f"a column stands for up to {together} rows" in view.notes.text()
    assert len(plot.scene.inner) <= plot.width()
    # A column is hardly wider than a pixel: at its middle nothing is rounded into the next.
    column = plot.span_at(1234)
    assert column is not None
    middle = (column.first + column.end - 1) / 2
    QTest.mouseMove(plot, at(window, middle))
    assert f"{together} rows share this column, " in view.readout.text()
    assert "from -9 to " in view.readout.text()
    # The one that reaches farthest is what one sees.
    click(window, middle)
    assert view.channel == 1234
    assert view.grid.text_of("min") == "-9"
    QTest.keyClick(plot, Qt.Key.Key_Right)
    assert view.channel == 1235
    for _ in range(20):
        QTest.keyClick(plot, Qt.Key.Key_Plus)
    assert plot.together == 1
    assert plot.span_at(1235) == (1235, 1236)
    assert len(plot.scene.inner) < 10
    QTest.keyClick(plot, Qt.Key.Key_Home)
    assert not plot.zoomed
    del tensors


def test_what_has_no_channels_says_so_and_the_rest_is_taken_along(
    qtbot: QtBot,
    window: MainWindow,
    tensors: dict[str, torch.Tensor],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = panel(window).body.page
    for key, sentence in (("layer.bias", "A tensor of one dimension has no channels"), ("layer.count", "A scalar has")):
        window.layers.select_key(key)
        settle(qtbot, window)
        assert page.isVisible()
        assert page.message.text().startswith(sentence)
        assert not panel(window).plot_actions.export["csv"].isEnabled()
        assert not panel(window).axis.isVisible()
        # A click leads to its values.
        assert page.button.text() == "Show in Values"
        page.button.click()
        settle(qtbot, window)
        assert window.looks.values.isVisible()
        window.histogram.looks.views.choose("channels")
    window.layers.select_key("layer.conv")
    settle(qtbot, window)
    axis = panel(window).axis
    assert [axis.itemText(place) for place in range(4)] == [
        *("dimension 0 · 6", "dimension 1 · 5", "dimension 2 · 3", "dimension 3 · 3")
    ]
    axis.setCurrentIndex(1)
    axis.activated.emit(1)
    settle(qtbot, window)
    for suffix in ("csv", "svg", "png"):
        path = tmp_path / f"channels.{suffix}"
        monkeypatch.setattr(QFileDialog, "open", lambda dialog: dialog.fileSelected.emit(str(path)))  # noqa: B023
        panel(window).plot_actions.export[suffix].trigger()
        settle(qtbot, window)
        assert path.stat().st_size > 500
    lines = list(csv.DictReader((tmp_path / "channels.csv").read_text().splitlines()))
    conv = tensors["layer.conv"].double().numpy()
    assert [float(line["norm"]) for line in lines] == pytest.approx(np.sqrt((conv**2).sum(axis=(0, 2, 3))).tolist())
    assert "layer.conv" in (tmp_path / "channels.svg").read_text()
    action(window, "Edit", "Copy numbers").trigger()
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().text().startswith("channel\tmin\t"), timeout=TIMEOUT_MS)
    monkeypatch.setattr(panel_module, "MOST", 4)
    axis.activated.emit(1)
    assert page.message.text().startswith("These are 5 channels, and at most 4 are shown")
