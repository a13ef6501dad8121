"""A tensor is kept in view with those that are selected next."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from explorer.ui import theme
from explorer.ui.beside import WIDE
from explorer.ui.histogram.panel import HistogramPanel
from explorer.ui.main_window import MainWindow
from explorer.ui.plots.scrolled_plot import ScrolledPlot
from tests.ui.conftest import TIMEOUT_MS, action, save

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")  # the offscreen platform, about windows

FIRST, SECOND = "stages.0.conv1.weight", "stages.0.conv2.weight"


def settle(qtbot: QtBot, window: MainWindow) -> None:
    panels = [window.histogram, window.beside.kept or window.histogram]
    qtbot.waitUntil(lambda: not any(panel.busy for panel in panels), timeout=TIMEOUT_MS)


def drawn(panel: HistogramPanel) -> str:
    """The key of the tensor whose histogram a panel draws."""
    shown = panel.view.shown
    return "" if shown is None else shown.subject.name


def left_and_top(window: MainWindow, widget: QWidget) -> tuple[int, int]:
    corner = widget.mapTo(window, QPoint())
    return corner.x(), corner.y()


def test_a_tensor_is_kept_in_view(
    qtbot: QtBot, window: MainWindow, example: dict[str, Any], open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    assert {FIRST, SECOND} <= set(example["model"])
    window.layers.select_key("stages")
    keep = action(window, "View", "Keep in view")
    assert not keep.isEnabled()
    assert keep.statusTip() == "Select a tensor first."
    window.layers.select_key(FIRST)
    settle(qtbot, window)
    assert window.beside.count() == 1  # made when it is first wanted
    window.beside.button.click()
    settle(qtbot, window)
    kept = window.beside.kept
    assert kept is not None
    window.layers.select_key(SECOND)
    settle(qtbot, window)
    assert (kept.head.name.text(), window.histogram.head.name.text()) == (FIRST, SECOND)
    assert (drawn(kept), drawn(window.histogram)) == (FIRST, SECOND)
    assert kept.isVisible()
    assert not kept.looks.views.isVisible()

    # Both are looked at in the same way, and each keeps what is zoomed into.
    views = window.histogram.looks.views
    for view in ("heatmap", "values", "channels", "spectrum"):
        views.choose(view)
        settle(qtbot, window)
        assert kept.looks.shown is not None
        assert kept.looks.shown is not window.histogram.looks.shown
        assert kept.looks.shown.isVisible()
    window.layers.select_key("stages")
    settle(qtbot, window)
    assert kept.isVisible()
    views.choose("histogram")
    settle(qtbot, window)
    assert drawn(kept) == FIRST

    window.splitter.setSizes([504, 4 * WIDE])
    window.resize(2 * WIDE, 800)
    qtbot.waitUntil(lambda: window.beside.orientation() == Qt.Orientation.Horizontal, timeout=TIMEOUT_MS)
    assert left_and_top(window, kept)[0] < left_and_top(window, window.details)[0]
    window.resize(1280, 800)
    qtbot.waitUntil(lambda: window.beside.orientation() == Qt.Orientation.Vertical, timeout=TIMEOUT_MS)
    assert left_and_top(window, kept)[1] > left_and_top(window, window.details)[1] + window.details.height()

    close = action(window, "View", "Close what is kept in view")
    assert close.statusTip() == f"Close {FIRST}, which is kept in view."
    close.trigger()
    assert not kept.isVisible()
    window.layers.select_key(SECOND)
    close.trigger()
    settle(qtbot, window)
    assert drawn(kept) == SECOND
    # What is from another file does not stay.
    open_file(save(tmp_path / "other.pt"))
    assert not kept.isVisible()
    assert not close.isChecked()


def test_keeping_a_tensor_in_view_makes_no_window_larger(
    qtbot: QtBot, window: MainWindow, example: dict[str, Any]
) -> None:
    del example
    window.resize(1280, 740)
    window.problems.show()
    window.layers.select_key(FIRST)
    for view in ("histogram", "heatmap", "values", "channels"):
        window.histogram.looks.views.choose(view)
        settle(qtbot, window)
        window.beside.action.setChecked(True)
        settle(qtbot, window)
        assert (window.width(), window.height()) == (1280, 740)
        assert window.beside.height() >= window.details.height() + 120
        # One button keeps, and one closes.
        assert not window.beside.button.isVisible()
        close = window.beside.close_button
        assert close is not None
        close.click()
        assert window.beside.button.isVisible()


@pytest.fixture
def plain_theme(qapp: QApplication) -> None:
    theme.apply(qapp, "light")


@pytest.mark.usefixtures("plain_theme")
@pytest.mark.parametrize("size", [(1280, 800), (1024, 700)])
@pytest.mark.parametrize("keeps", [False, True])
def test_a_plot_has_its_height_with_a_dock_below(
    qtbot: QtBot, window: MainWindow, example: dict[str, Any], size: tuple[int, int], keeps: bool
) -> None:
    del example
    window.resize(*size)
    action(window, "View", "Problems").trigger()
    window.layers.select_key(FIRST)
    settle(qtbot, window)
    if keeps:
        window.beside.action.setChecked(True)
        window.layers.select_key(SECOND)
    settle(qtbot, window)
    assert (window.width(), window.height()) == size

    def seen(panel: HistogramPanel) -> int:
        room = panel.view.plot.rect()
        around: QWidget = panel.view.plot
        while around is not window:
            room.translate(around.pos())
            above = around.parentWidget()
            assert above is not None
            around, room = above, room & above.rect()
        return room.height()

    qtbot.waitUntil(lambda: seen(window.histogram) >= 120, timeout=TIMEOUT_MS)
    kept = window.beside.kept
    if keeps and size == (1280, 800):
        assert kept is not None
        qtbot.waitUntil(lambda: seen(kept) >= 120, timeout=TIMEOUT_MS)
    # What has no room is scrolled to.
    (area,) = window.histogram.findChildren(ScrolledPlot)
    area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
    assert not window.histogram.grid.visibleRegion().isEmpty()


def test_what_is_kept_has_its_choices_where_there_is_room(
    qtbot: QtBot, window: MainWindow, example: dict[str, Any]
) -> None:
    del example
    window.resize(1280, 800)
    window.layers.select_key(FIRST)
    window.beside.action.setChecked(True)
    settle(qtbot, window)
    kept = window.beside.kept
    assert kept is not None
    window.beside.setSizes([100, 600])
    qtbot.waitUntil(kept.bar.isVisible, timeout=TIMEOUT_MS)
    window.beside.setSizes([600, 100])
    qtbot.waitUntil(lambda: not kept.bar.isVisible(), timeout=TIMEOUT_MS)
