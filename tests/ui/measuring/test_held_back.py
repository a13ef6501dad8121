"""Files of which only what is looked at is measured: what the window says, and how the rest is asked for."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from explorer.ui.files import shares
from explorer.ui.main_window import MainWindow
from tests.ui.conftest import TIMEOUT_MS, action, kept, save

LAYERS = 400
WHAT = "statistics of what is looked at"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A checkpoint of so many tensors that most are out of sight."""
    return save(tmp_path / "many.pt", **{f"layer{number}": torch.full((3,), float(number)) for number in range(LAYERS)})


@pytest.fixture
def on_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the system say that the test's folder lies on a file server."""
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"1 0 0:9 / {os.path.realpath(tmp_path)} rw - nfs4 server:/home rw\n")
    monkeypatch.setattr(shares, "MOUNTS", mounts)


@pytest.fixture
def settled(qtbot: QtBot, window: MainWindow) -> Callable[[], None]:
    def wait() -> None:
        qtbot.waitUntil(lambda: not window.opening.busy and not window.measurements.busy, timeout=TIMEOUT_MS)

    return wait


def known(window: MainWindow) -> int:
    return len(window.measurements.known())


def said(window: MainWindow) -> tuple[str, str]:
    """What the status bar says of what is held back, and why; nothing where it says nothing."""
    status = window.status
    return (status.what.text(), status.what.toolTip()) if status.held_back.isVisible() else ("", "")


def open_and_look(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    """Open a file and wait until the rows on the screen, and no more, have their figures."""
    window.open_file(path)
    qtbot.waitUntil(lambda: not window.opening.busy, timeout=TIMEOUT_MS)
    qtbot.waitUntil(lambda: known(window) > 5 and not window.measurements.busy, timeout=TIMEOUT_MS)
    assert known(window) < LAYERS


def test_of_a_large_file_only_what_is_looked_at_is_measured(
    qtbot: QtBot, window: MainWindow, path: Path, settled: Callable[[], None]
) -> None:
    window.settings.measured_nbytes = 1_000
    open_and_look(qtbot, window, path)
    what, why = said(window)
    assert what == WHAT
    assert "1.00 kB" in why
    assert window.measurements.of(LAYERS - 1) is None
    window.layers.tree.scrollToBottom()
    qtbot.waitUntil(lambda: window.measurements.of(LAYERS - 1) is not None, timeout=TIMEOUT_MS)
    settled()
    assert known(window) < LAYERS
    QTest.mouseClick(window.status.compute_all, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.measurements.complete, timeout=TIMEOUT_MS)
    settled()
    assert said(window) == ("", "")


def test_the_menu_computes_all_as_well(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    window.settings.measured_nbytes = 0
    open_and_look(qtbot, window, path)
    assert "preferences" in said(window)[1]
    action(window, "View", "Compute all statistics").trigger()
    qtbot.waitUntil(lambda: window.measurements.complete, timeout=TIMEOUT_MS)
    assert said(window) == ("", "")


@pytest.mark.usefixtures("on_share")
def test_on_a_share_only_what_is_looked_at_is_measured(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    open_and_look(qtbot, window, path)
    assert said(window)[0] == WHAT
    assert "network share" in said(window)[1]
    window.settings.measures_shares = True
    qtbot.waitUntil(lambda: window.measurements.complete, timeout=TIMEOUT_MS)
    assert said(window) == ("", "")


def test_a_small_file_on_a_disk_is_measured_without_a_word(
    window: MainWindow, path: Path, settled: Callable[[], None]
) -> None:
    heard: list[tuple[str, str]] = []
    window.measurements.measured.connect(lambda _numbers: heard.append(said(window)))
    window.open_file(path)
    settled()
    assert window.measurements.complete
    assert set(heard) == {("", "")}


def test_every_window_follows_the_preferences(
    qtbot: QtBot, window: MainWindow, path: Path, tmp_path: Path, settled: Callable[[], None]
) -> None:
    window.settings.measured_nbytes = 1_000
    other = window.new_window()
    other_path = tmp_path / "other.pt"
    path.rename(other_path)
    open_and_look(qtbot, window, other_path)
    open_and_look(qtbot, other, other_path)
    before = said(window)[1]
    window.settings.measured_nbytes = 2_000
    assert said(window)[1] == said(other)[1] != before
    window.settings.measured_nbytes = 10**9
    for each in (window, other):
        qtbot.waitUntil(lambda each=each: each.measurements.complete, timeout=TIMEOUT_MS)  # type: ignore[misc]  # bound now
        assert said(each) == ("", "")
    settled()
    other.close()


def test_what_was_asked_for_goes_on_whatever_the_preferences_say(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    window.settings.measured_nbytes = 0
    open_and_look(qtbot, window, path)
    window.measurements.compute_all()
    window.settings.measured_nbytes = 1
    qtbot.waitUntil(lambda: window.measurements.complete, timeout=TIMEOUT_MS)


def test_what_was_cancelled_can_be_gone_on_with(
    qtbot: QtBot, window: MainWindow, path: Path, settled: Callable[[], None]
) -> None:
    window.open_file(path)
    qtbot.waitUntil(lambda: not window.opening.busy, timeout=TIMEOUT_MS)
    window.measurements.cancel()
    assert said(window)[0] == "statistics stopped"
    assert "cancelled" in said(window)[1]
    QTest.mouseClick(window.status.compute_all, Qt.MouseButton.LeftButton)
    assert said(window) == ("", "")
    qtbot.waitUntil(lambda: window.measurements.complete, timeout=TIMEOUT_MS)
    settled()


def test_a_file_that_changed_is_said_to_have_stopped_it(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    window.settings.measured_nbytes = 0
    open_and_look(qtbot, window, path)
    path.write_bytes(b"something else")
    window.measurements.compute_all()
    qtbot.waitUntil(lambda: said(window)[0] == "statistics stopped", timeout=TIMEOUT_MS)
    assert "changed" in said(window)[1]


def test_the_next_file_begins_anew(
    qtbot: QtBot, window: MainWindow, path: Path, tmp_path: Path, settled: Callable[[], None]
) -> None:
    window.settings.measured_nbytes = path.stat().st_size - 1
    window.settings.keeps_figures = False
    open_and_look(qtbot, window, path)
    window.measurements.compute_all()
    window.open_file(save(tmp_path / "small.pt"))
    settled()
    assert window.windowTitle().startswith("small.pt")
    assert said(window) == ("", "")
    open_and_look(qtbot, window, path)
    assert said(window)[0] == WHAT


def test_nothing_is_kept_where_that_is_switched_off(
    qtbot: QtBot, window: MainWindow, path: Path, settled: Callable[[], None]
) -> None:
    folder = window.settings.cache_folder
    window.settings.keeps_figures = False
    window.open_file(path)
    qtbot.waitUntil(lambda: window.measurements.complete, timeout=TIMEOUT_MS)
    settled()
    assert not folder.exists()
    # What is known already is kept from now on, and no longer read once it is not wanted.
    window.settings.keeps_figures = True
    qtbot.waitUntil(lambda: any(folder.glob("*.npz")), timeout=TIMEOUT_MS)
    window.settings.keeps_figures = False
    window.settings.measured_nbytes = 0
    open_and_look(qtbot, window, path)


def test_after_cancel_what_comes_into_view_next_is_measured(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, settled: Callable[[], None]
) -> None:
    window.settings.measured_nbytes = 0
    values = torch.zeros(30_000_000)
    path = save(tmp_path / "slow.pt", **{f"part{number:03}": values[number:] for number in range(200)})
    window.open_file(path)
    qtbot.waitUntil(lambda: known(window) > 0, timeout=TIMEOUT_MS)
    assert window.measurements.busy
    window.escape()
    settled()
    what, why = said(window)
    assert what == "statistics of these rows cancelled"
    assert "next is measured" in why
    before = known(window)
    window.layers.tree.viewport().update()
    settled()
    assert known(window) == before
    window.layers.tree.scrollToBottom()
    qtbot.waitUntil(lambda: window.measurements.of(199) is not None, timeout=TIMEOUT_MS)
    assert said(window)[0] == WHAT
    window.measurements.cancel()
    settled()


def test_what_was_asked_for_and_cancelled_is_what_is_looked_at_again(
    qtbot: QtBot, window: MainWindow, path: Path, settled: Callable[[], None]
) -> None:
    window.settings.measured_nbytes = 0
    open_and_look(qtbot, window, path)
    window.measurements.compute_all()
    window.measurements.cancel()
    assert said(window)[0] == WHAT
    window.layers.tree.scrollToBottom()
    qtbot.waitUntil(lambda: window.measurements.of(LAYERS - 1) is not None, timeout=TIMEOUT_MS)
    settled()
    assert known(window) < LAYERS


def test_what_was_looked_at_is_kept_for_the_next_time(
    qtbot: QtBot, window: MainWindow, path: Path, settled: Callable[[], None]
) -> None:
    window.settings.measured_nbytes = 0
    open_and_look(qtbot, window, path)
    looked_at = set(window.measurements.known())
    window.open_file(save(path.with_name("other.pt")))
    settled()
    qtbot.waitUntil(lambda: kept(window, path) == looked_at, timeout=TIMEOUT_MS)
