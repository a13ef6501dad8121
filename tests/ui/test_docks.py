"""The panels at the lower edge, and what the window does by itself: the keyboard, dialogs, what cannot be done yet."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton, QTreeView
from pytestqt.qtbot import QtBot

from explorer.ui.main_window import MainWindow
from explorer.ui.problems.panel import HEIGHT
from tests.ui.conftest import TIMEOUT_MS, action, activate, click, save

Open = Callable[[Path], None]


def test_the_details_of_a_message_take_no_room_from_a_panel(
    qtbot: QtBot, window: MainWindow, open_file: Open, tmp_path: Path
) -> None:
    torch.save({f"a{place}": torch.ones(50) for place in range(30)}, tmp_path / "cut.pt")
    data = (tmp_path / "cut.pt").read_bytes()
    (tmp_path / "cut.pt").write_bytes(data[: data.index(b"data/10") + 8])
    open_file(tmp_path / "cut.pt")
    window.problems.show()
    qtbot.waitUntil(lambda: window.problems.dock.height() >= HEIGHT, timeout=TIMEOUT_MS)
    height = window.problems.dock.height()
    for shown in (True, False):
        click(window.messages, "Details")
        qtbot.waitUntil(lambda shown=shown: window.messages.details.isVisible() == shown, timeout=TIMEOUT_MS)  # type: ignore[misc]  # a default of a lambda
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        assert window.problems.dock.height() == height


def test_panels_that_are_shown_together_are_tabs(window: MainWindow, example: dict[str, Any]) -> None:
    assert example
    docks = [window.problems.dock, window.checksum_dock, window.devices_dock]
    for text in ("Problems", "Checksums", "Devices"):
        action(window, "View", text).trigger()
        QApplication.processEvents()
    assert not any(dock.isHidden() for dock in docks)
    assert set(window.tabifiedDockWidgets(docks[0])) == set(docks[1:])
    assert not window.devices.visibleRegion().isEmpty()
    assert window.devices.width() > 0.9 * window.width()
    # The entry of one that is behind brings it to the front; that of the one in front hides it.
    action(window, "View", "Problems").trigger()
    QApplication.processEvents()
    assert not window.problems.panel.visibleRegion().isEmpty()
    action(window, "View", "Problems").trigger()
    assert window.problems.dock.isHidden()


def test_the_letter_of_problems_stays_when_they_are_counted(
    qtbot: QtBot, window: MainWindow, example: dict[str, Any]
) -> None:
    assert example
    qtbot.waitUntil(lambda: window.problems.panel.model.count > 0, timeout=TIMEOUT_MS)
    assert window.problems.dock.windowTitle().startswith("Problems ")
    assert window.problems.dock.toggleViewAction().text() == "&Problems"


def test_the_keyboard_stays_near_a_button_that_goes_away(
    qtbot: QtBot, window: MainWindow, example: dict[str, Any]
) -> None:
    assert example
    activate(qtbot, window)
    assert window.layers.select_key("stages.0.conv1.weight")
    window.histogram.looks.views.choose("spectrum")
    (button,) = [
        each for each in window.findChildren(QPushButton) if each.text() == "Compute spectrum" and each.isVisible()
    ]
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not button.isVisible(), timeout=TIMEOUT_MS)
    focused = QApplication.focusWidget()
    assert focused is not None
    assert window.histogram.isAncestorOf(focused)
    qtbot.waitUntil(lambda: not window.looks.busy, timeout=TIMEOUT_MS)


def test_problems_stand_as_their_tensors_do_in_the_file(
    qtbot: QtBot, window: MainWindow, example: dict[str, Any]
) -> None:
    assert example
    qtbot.waitUntil(lambda: not window.problems.finding.busy and not window.measurements.busy, timeout=TIMEOUT_MS)
    model = window.problems.panel.model
    found = model.rows
    assert len(found) > 1
    model.begin(window.session.checkpoint)
    for problem in reversed(found):
        model.add([problem])
    assert [problem.number for problem in model.rows] == sorted(problem.number for problem in found)


def test_a_healthy_file_is_said_to_have_no_problems(
    qtbot: QtBot, window: MainWindow, open_file: Open, tmp_path: Path
) -> None:
    open_file(save(tmp_path / "healthy.pt"))
    qtbot.waitUntil(window.problems.button.isVisible, timeout=TIMEOUT_MS)
    assert window.problems.button.text() == "No problems"


def test_the_list_of_files_shows_sizes_and_dates_whole(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    save(tmp_path / "a_checkpoint_of_a_longer_name.pth")
    window.settings.last_folder = tmp_path
    window.choose_file()
    (dialog,) = window.findChildren(QFileDialog)
    assert dialog.directory().absolutePath() == str(tmp_path)
    assert dialog.testOption(QFileDialog.Option.HideNameFilterDetails)
    table = dialog.findChild(QTreeView, "treeView")
    assert isinstance(table, QTreeView)
    qtbot.waitUntil(lambda: table.model().rowCount(table.rootIndex()) > 0, timeout=TIMEOUT_MS)
    columns = (1, 2, 3)
    qtbot.waitUntil(
        lambda: all(table.columnWidth(column) >= table.sizeHintForColumn(column) for column in columns),
        timeout=TIMEOUT_MS,
    )
    dialog.reject()


def test_the_welcome_says_what_is_being_opened(qtbot: QtBot, window: MainWindow, slow_file: Path) -> None:
    window.open_file(slow_file)
    assert window.welcome.heading.text() == "Opening slow.pt…"
    assert not window.welcome.buttons.isVisible()
    window.opening.cancel()
    qtbot.waitUntil(lambda: not window.opening.busy, timeout=TIMEOUT_MS)
    assert window.welcome.heading.text() == "Drop a checkpoint here"
    assert window.welcome.buttons.isVisible()


def test_nothing_that_needs_a_file_can_be_chosen_without_one(window: MainWindow) -> None:
    ways = (("Go", "Next problem"), ("View", "Compute all statistics"), ("View", "Sort by"), ("File", "Export"))
    for way in ways:
        assert not action(window, *way).isEnabled()


def test_recent_files_of_one_name_are_told_apart_by_their_folders(window: MainWindow, tmp_path: Path) -> None:
    for folder in ("first", "second"):
        (tmp_path / folder).mkdir()
        window.settings.add_recent(save(tmp_path / folder / "model.pt"))
    offered = {button.text() for button in window.welcome.recent.findChildren(QPushButton)}
    told = {text for text in offered if text.startswith("model.pt  –  ")}
    assert len(told) == 2
