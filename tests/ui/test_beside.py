"""A tensor is pinned, and stays in view beside those that are selected next."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from explorer.ui.beside import WIDE
from explorer.ui.histogram.panel import HistogramPanel
from explorer.ui.main_window import MainWindow
from tests.ui.conftest import TIMEOUT_MS, action, save

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")  # the offscreen platform, about windows

FIRST, SECOND = "stages.0.conv1.weight", "stages.0.conv2.weight"


def settle(qtbot: QtBot, window: MainWindow) -> None:
    panels = [window.histogram, window.beside.pinned or window.histogram]
    qtbot.waitUntil(lambda: not any(panel.busy for panel in panels), timeout=TIMEOUT_MS)


def drawn(panel: HistogramPanel) -> str:
    """The key of the tensor whose histogram a panel draws."""
    shown = panel.view.shown
    return "" if shown is None else shown.subject.name


def test_a_pinned_tensor_stays_in_view(
    qtbot: QtBot, window: MainWindow, example: dict[str, Any], open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    assert {FIRST, SECOND} <= set(example["model"])
    window.layers.select_key("stages")
    pin = action(window, "View", "Pin tensor")
    assert not pin.isEnabled()
    assert pin.statusTip() == "Select a tensor first."
    window.layers.select_key(FIRST)
    settle(qtbot, window)
    assert window.beside.count() == 1  # made when it is first wanted
    window.beside.button.click()
    settle(qtbot, window)
    pinned = window.beside.pinned
    assert pinned is not None
    window.layers.select_key(SECOND)
    settle(qtbot, window)
    assert (pinned.head.name.text(), window.histogram.head.name.text()) == (FIRST, SECOND)
    assert (drawn(pinned), drawn(window.histogram)) == (FIRST, SECOND)
    assert pinned.isVisible()
    assert not pinned.looks.views.isVisible()

    # Both are looked at in the same way, and each keeps what is zoomed into.
    views = window.histogram.looks.views
    for view in ("heatmap", "values", "channels", "spectrum"):
        views.choose(view)
        settle(qtbot, window)
        assert pinned.looks.shown is not None
        assert pinned.looks.shown is not window.histogram.looks.shown
        assert pinned.looks.shown.isVisible()
    window.layers.select_key("stages")
    settle(qtbot, window)
    assert pinned.isVisible()
    views.choose("histogram")
    settle(qtbot, window)
    assert drawn(pinned) == FIRST

    window.splitter.setSizes([504, 4 * WIDE])
    window.resize(2 * WIDE, 800)
    qtbot.waitUntil(lambda: window.beside.orientation() == Qt.Orientation.Horizontal, timeout=TIMEOUT_MS)
    assert pinned.geometry().right() < window.details.geometry().left()
    window.resize(1280, 800)
    qtbot.waitUntil(lambda: window.beside.orientation() == Qt.Orientation.Vertical, timeout=TIMEOUT_MS)
    assert pinned.geometry().top() > window.details.geometry().bottom()

    unpin = action(window, "View", "Unpin tensor")
    assert unpin.statusTip() == f"Take {FIRST} away again."
    unpin.trigger()
    assert not pinned.isVisible()
    window.layers.select_key(SECOND)
    unpin.trigger()
    settle(qtbot, window)
    assert drawn(pinned) == SECOND
    # What is from another file does not stay.
    open_file(save(tmp_path / "other.pt"))
    assert not pinned.isVisible()
    assert not unpin.isChecked()
