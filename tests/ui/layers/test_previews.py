"""What the status bar says while the rows' histograms are measured, and how that is stopped."""

from pathlib import Path
from time import monotonic

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from explorer.ui.layers.model import Column, Role
from explorer.ui.main_window import MainWindow
from tests.ui.conftest import EXAMPLE, TIMEOUT_MS, activate

PARTS = 60
ELEMENTS = 4_000_000


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint whose values take a second or more to measure."""
    path = tmp_path_factory.mktemp("large") / "large.pt"
    values = torch.from_numpy(np.random.default_rng(0).standard_normal(ELEMENTS, dtype=np.float32))
    # Views of one storage: large to measure, small on the disk. Each begins at another place, so none is like another.
    torch.save({f"part{number:02}": values[number:] for number in range(PARTS)}, path)
    return path


def filled(window: MainWindow) -> int:
    """How many rows have a histogram."""
    model = window.layers.model
    top = model.index(0, 0)
    rows = [model.index(row, Column.DISTRIBUTION, top) for row in range(model.rowCount(top))]
    return sum(row.data(Role.PREVIEW) is not None for row in rows)


def begin(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    window.open_file(path)
    qtbot.waitUntil(window.previews_busy.isVisible, timeout=TIMEOUT_MS)


def assert_stopped(qtbot: QtBot, window: MainWindow) -> None:
    assert not window.previews.busy
    assert not window.previews_busy.isVisible()
    qtbot.waitUntil(lambda: not window.statistics_jobs.busy, timeout=TIMEOUT_MS)
    assert filled(window) < PARTS


def test_the_share_is_told_ten_times_a_second_until_all_rows_are_filled(
    qtbot: QtBot, window: MainWindow, large: Path
) -> None:
    said: list[str] = []
    shares: list[float] = []
    window.previews.progressed.connect(shares.append)
    began = monotonic()
    begin(qtbot, window, large)

    def done() -> bool:
        if window.previews_busy.isVisible():
            said.append(window.previews_busy.text.text())
        return not window.previews.busy

    qtbot.waitUntil(done, timeout=TIMEOUT_MS)
    took = monotonic() - began
    assert filled(window) == PARTS
    assert not window.previews_busy.isVisible()
    assert shares == sorted(shares)
    assert len(shares) <= 1 + took * 10
    assert {text.split()[0] for text in said} == {"histograms"}
    assert all(text.endswith(" %") and text.split()[1].isdecimal() for text in said)


def test_cancel_stops_and_keeps_what_is_filled(qtbot: QtBot, window: MainWindow, large: Path) -> None:
    begin(qtbot, window, large)
    qtbot.waitUntil(lambda: filled(window) > 0, timeout=TIMEOUT_MS)
    QTest.mouseClick(window.previews_busy.cancel, Qt.MouseButton.LeftButton)
    assert filled(window) > 0
    assert_stopped(qtbot, window)


def test_escape_stops(qtbot: QtBot, window: MainWindow, large: Path) -> None:
    activate(qtbot, window)
    begin(qtbot, window, large)
    QTest.keyClick(window.layers.tree, Qt.Key.Key_Escape)
    assert_stopped(qtbot, window)


def test_another_file_stops_the_last_ones_rows(qtbot: QtBot, window: MainWindow, large: Path) -> None:
    begin(qtbot, window, large)
    window.open_file(EXAMPLE)
    qtbot.waitUntil(lambda: not window.opening.busy and not window.previews.busy, timeout=TIMEOUT_MS)
    assert window.windowTitle().startswith("digits.pth")
    assert not window.previews_busy.isVisible()


def test_a_small_file_shows_no_progress(qtbot: QtBot, window: MainWindow) -> None:
    window.open_file(EXAMPLE)
    shown = []

    def done() -> bool:
        shown.append(window.previews_busy.isVisible())
        return window.session.checkpoint is not None and not window.previews.busy

    qtbot.waitUntil(done, timeout=TIMEOUT_MS)
    assert not window.previews_busy.isVisible()
