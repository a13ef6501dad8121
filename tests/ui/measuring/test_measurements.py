"""Measuring everything behind the window: what the status bar says meanwhile, and how it is stopped."""

from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from explorer.ui.layers.cells import Role
from explorer.ui.layers.columns import Column
from explorer.ui.main_window import MainWindow
from tests.ui.conftest import EXAMPLE, PARTS, TIMEOUT_MS, activate, kept, save

if TYPE_CHECKING:
    from explorer.ui.measuring.pace import Measuring


def filled(window: MainWindow) -> int:
    """How many rows have a histogram."""
    model = window.layers.model
    top = model.index(0, 0)
    rows = [model.index(row, Column.DISTRIBUTION, top) for row in range(model.rowCount(top))]
    return sum(row.data(Role.PREVIEW) is not None for row in rows)


def begin(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    window.open_file(path)
    qtbot.waitUntil(window.status.measuring.isVisible, timeout=TIMEOUT_MS)


def assert_stopped(qtbot: QtBot, window: MainWindow) -> None:
    assert not window.measurements.busy
    assert not window.status.measuring.isVisible()
    qtbot.waitUntil(lambda: not window.statistics_jobs.busy, timeout=TIMEOUT_MS)
    assert filled(window) < PARTS


def test_the_share_is_told_until_everything_is_measured(qtbot: QtBot, window: MainWindow, large: Path) -> None:
    said: list[str] = []
    told: list[Measuring] = []
    window.measurements.progressed.connect(told.append)
    began = monotonic()
    begin(qtbot, window, large)

    def done() -> bool:
        if window.status.measuring.isVisible():
            said.append(window.status.measuring.text.text())
        return not window.measurements.busy

    qtbot.waitUntil(done, timeout=TIMEOUT_MS)
    took = monotonic() - began
    assert filled(window) == PARTS
    assert window.measurements.complete
    assert not window.status.measuring.isVisible()
    shares = [measuring.done for measuring in told]
    assert shares == sorted(shares)
    assert len(shares) <= 2 + took * 30
    assert any(" left" in text and "/s" in text for text in said)


def test_figures_are_remembered_for_the_next_time(qtbot: QtBot, window: MainWindow, large: Path) -> None:
    begin(qtbot, window, large)
    qtbot.waitUntil(lambda: window.measurements.complete, timeout=TIMEOUT_MS)
    first = [window.measurements.of(number) for number in range(PARTS)]
    folder = window.settings.cache_folder
    qtbot.waitUntil(lambda: folder.is_dir() and any(folder.iterdir()), timeout=TIMEOUT_MS)
    told: list[Measuring] = []
    window.measurements.progressed.connect(told.append)
    window.open_file(large)
    qtbot.waitUntil(lambda: not window.opening.busy and window.measurements.complete, timeout=TIMEOUT_MS)
    again = [window.measurements.of(number) for number in range(PARTS)]
    assert told == []
    assert [(s.mean, s.std, s.min) for s in again if s] == [(s.mean, s.std, s.min) for s in first if s]


def test_cancel_stops_and_keeps_what_is_filled(qtbot: QtBot, window: MainWindow, large: Path) -> None:
    begin(qtbot, window, large)
    qtbot.waitUntil(lambda: filled(window) > 0, timeout=TIMEOUT_MS)
    QTest.mouseClick(window.status.measuring.cancel, Qt.MouseButton.LeftButton)
    assert filled(window) > 0
    assert_stopped(qtbot, window)


def test_escape_stops(qtbot: QtBot, window: MainWindow, large: Path) -> None:
    activate(qtbot, window)
    begin(qtbot, window, large)
    QTest.keyClick(window.layers.tree, Qt.Key.Key_Escape)
    assert_stopped(qtbot, window)


def test_escape_in_an_empty_filter_leaves_it_before_it_stops(qtbot: QtBot, window: MainWindow, large: Path) -> None:
    activate(qtbot, window)
    begin(qtbot, window, large)
    window.filter.begin()
    QTest.keyClicks(window.filter, "a")
    for _ in range(2):
        assert window.filter.hasFocus()
        QTest.keyClick(window.filter, Qt.Key.Key_Escape)
        assert window.filter.text() == ""
    assert window.layers.tree.hasFocus()
    assert window.measurements.busy
    QTest.keyClick(window.layers.tree, Qt.Key.Key_Escape)
    assert_stopped(qtbot, window)


def test_another_file_stops_the_last_ones_rows(qtbot: QtBot, window: MainWindow, large: Path) -> None:
    begin(qtbot, window, large)
    window.open_file(EXAMPLE)
    qtbot.waitUntil(lambda: not window.opening.busy and not window.measurements.busy, timeout=TIMEOUT_MS)
    assert window.windowTitle().startswith("digits.pth")
    assert not window.status.measuring.isVisible()


def test_a_file_without_tensors_stops_the_last_ones_rows(
    qtbot: QtBot, window: MainWindow, large: Path, tmp_path: Path
) -> None:
    begin(qtbot, window, large)
    window.open_file(save(tmp_path / "settings.pt", rate=0.1))
    qtbot.waitUntil(lambda: not window.opening.busy and not window.measurements.busy, timeout=TIMEOUT_MS)
    assert window.windowTitle().startswith("settings.pt")
    assert not window.status.measuring.isVisible()


def test_a_small_file_shows_no_progress(qtbot: QtBot, window: MainWindow) -> None:
    window.open_file(EXAMPLE)
    shown = []

    def done() -> bool:
        shown.append(window.status.measuring.isVisible())
        return window.session.checkpoint is not None and not window.measurements.busy

    qtbot.waitUntil(done, timeout=TIMEOUT_MS)
    assert not window.status.measuring.isVisible()


def test_what_was_measured_until_cancel_is_kept(qtbot: QtBot, window: MainWindow, large: Path) -> None:
    begin(qtbot, window, large)
    qtbot.waitUntil(lambda: filled(window) >= 3, timeout=TIMEOUT_MS)
    window.measurements.cancel()
    measured = set(window.measurements.known())
    assert len(measured) < PARTS
    qtbot.waitUntil(lambda: kept(window, large) == measured, timeout=TIMEOUT_MS)
    # Beside it comes what is measured later.
    window.layers.select_key(f"part{PARTS - 1:02}")
    qtbot.waitUntil(lambda: window.measurements.of(PARTS - 1) is not None, timeout=TIMEOUT_MS)
    window.open_file(EXAMPLE)
    qtbot.waitUntil(lambda: kept(window, large) == {*measured, PARTS - 1}, timeout=TIMEOUT_MS)


def test_what_was_measured_until_another_file_came_is_shown_at_the_next_open(
    qtbot: QtBot, window: MainWindow, large: Path
) -> None:
    begin(qtbot, window, large)
    qtbot.waitUntil(lambda: filled(window) >= 3, timeout=TIMEOUT_MS)
    window.open_file(EXAMPLE)
    qtbot.waitUntil(lambda: not window.opening.busy, timeout=TIMEOUT_MS)
    heard: list[list[int]] = []
    window.measurements.measured.connect(heard.append)
    window.open_file(large)
    qtbot.waitUntil(lambda: any(len(numbers) >= 3 for numbers in heard), timeout=TIMEOUT_MS)
    window.measurements.cancel()
    assert len(kept(window, large)) >= 3


def test_what_was_measured_until_the_window_closed_is_kept(qtbot: QtBot, window: MainWindow, large: Path) -> None:
    other = window.new_window()
    begin(qtbot, other, large)
    qtbot.waitUntil(lambda: filled(other) >= 3, timeout=TIMEOUT_MS)
    measured = set(other.measurements.known())
    other.close()
    qtbot.waitUntil(lambda: kept(window, large) >= measured, timeout=TIMEOUT_MS)


def test_the_share_counts_the_work_for_each_tensor(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    values = torch.zeros(6_000_000)
    shared = {f"view{number}": values[number:] for number in range(8)}
    expanded = {f"wide{number}": values[number : number + 1].expand(4_000, 4_000) for number in range(8)}
    place = torch.zeros(2, 1, dtype=torch.long)
    rows = {"sparse": torch.sparse_coo_tensor(place, torch.ones(1), (10_000, 10_000), check_invariants=True)}
    told: list[Measuring] = []
    window.measurements.progressed.connect(told.append)
    window.open_file(save(tmp_path / "shared.pt", **expanded, **rows, **shared))
    qtbot.waitUntil(lambda: window.measurements.complete and not window.measurements.busy, timeout=TIMEOUT_MS)
    walked = sum(value.numel() * 4 for value in shared.values()) + 8 * 4 + 4
    assert {measuring.total for measuring in told} == {walked}
    assert [measuring.done for measuring in told] == sorted(measuring.done for measuring in told)
    assert told[-1].done == walked


def test_the_worker_speaks_less_than_thirty_times_a_second(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    zeros = torch.zeros(4_000_000)
    path = save(tmp_path / "zeros.pt", **{f"zeros{number}": zeros[number:] for number in range(200)})
    heard: list[float] = []
    measurements = window.measurements

    def hear(*_: object) -> None:
        heard.append(monotonic())

    for signal in (measurements.jobs._reported, measurements.jobs._ended):
        signal.connect(hear, Qt.ConnectionType.QueuedConnection)
    measurements.measured.connect(hear)
    window.overview.hide()
    window.open_file(path)
    qtbot.waitUntil(lambda: measurements.complete and not measurements.busy, timeout=TIMEOUT_MS)
    for signal in (measurements.jobs._reported, measurements.jobs._ended):
        signal.disconnect(hear)
    assert max(sum(first <= moment < first + 1 for moment in heard) for first in heard) <= 30


def test_the_plot_is_made_before_anything_is_measured(qtbot: QtBot, window: MainWindow, large: Path) -> None:
    happened: list[str] = []
    view = window.histogram.view
    window.measurements.began.connect(lambda: happened.append("too early" if view._plot is None else "in time"))
    window.warm()
    begin(qtbot, window, large)
    assert happened == ["in time"]


def test_nothing_waits_for_a_large_tensor_and_it_is_measured_once(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    # Windows of one storage that overlap: large to measure, small on the disk.
    values = torch.linspace(-1, 1, 8_000_000)
    small = {f"small{number:03}": torch.full((2,), float(number)) for number in range(100)}
    window.open_file(save(tmp_path / "a.pt", large=values.as_strided((24, 7_000_000), (1, 1)), **small))
    measurements, tree = window.measurements, window.layers.tree
    qtbot.waitUntil(lambda: measurements.busy and measurements._order._taken[:1] == [0], timeout=TIMEOUT_MS)
    tree.scrollToBottom()
    qtbot.waitUntil(lambda: measurements.of(100) is not None, timeout=TIMEOUT_MS)
    assert measurements.of(0) is None
    assert window.layers.select_key("large")
    qtbot.waitUntil(lambda: len(measurements.known()) == 100, timeout=TIMEOUT_MS)
    assert window.histogram.busy
    assert not measurements.busy, "the panel measures it"
    qtbot.waitUntil(lambda: not window.histogram.busy, timeout=TIMEOUT_MS)
    assert measurements.complete
