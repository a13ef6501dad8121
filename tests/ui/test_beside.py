"""A tensor is kept in view with those that are selected next."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from explorer.ui.beside import WIDE
from explorer.ui.histogram.panel import HistogramPanel
from explorer.ui.main_window import MainWindow
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
