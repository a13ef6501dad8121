"""The menu of a file of a run, as the mouse and the menu key open it."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QAction, QContextMenuEvent, QDesktopServices, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu
from pytestqt.qtbot import QtBot

from explorer.ui.main_window import MainWindow
from explorer.ui.run.panel import RunPanel
from tests.ui.conftest import TIMEOUT_MS, activate, plain_text

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")

MOUSE, KEYBOARD = QContextMenuEvent.Reason.Mouse, QContextMenuEvent.Reason.Keyboard


def clipboard() -> str:
    return QGuiApplication.clipboard().text()


@pytest.fixture
def panel(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> RunPanel:
    """The view of a run of three files, of which the last cannot be read."""
    paths = [tmp_path / f"step_{at}.pt" for at in range(3)]
    for at, path in enumerate(paths):
        torch.save({"net.weight": torch.full((4,), float(at))}, path)
    paths[2].write_bytes(b"no checkpoint")
    window.full_views.compare_run(paths)
    qtbot.waitUntil(lambda: not window.full_views.busy, timeout=TIMEOUT_MS)
    return window.full_views.run


@pytest.fixture
def offered(panel: RunPanel) -> Callable[..., dict[str, QAction]]:
    """Ask for the menu at a place of the list; what it offers, by its words."""

    def shown(place: QPoint, reason: QContextMenuEvent.Reason = MOUSE) -> dict[str, QAction]:
        listed = panel.files.list
        for old in listed.findChildren(QMenu):
            old.close()
        where = listed.viewport() if reason == MOUSE else listed
        QApplication.sendEvent(where, QContextMenuEvent(reason, place, where.mapToGlobal(place)))
        (menu,) = [each for each in listed.findChildren(QMenu) if each.isVisible()]
        return {plain_text(entry): entry for entry in menu.actions() if not entry.isSeparator()}

    return shown


def middle(panel: RunPanel, row: int) -> QPoint:
    return panel.files.list.visualItemRect(panel.files.list.item(row)).center()


def opened(window: MainWindow) -> Path | None:
    checkpoint = window.session.checkpoint
    return None if checkpoint is None else checkpoint.path


def test_a_file_offers_its_name_and_where_it_is(
    qtbot: QtBot,
    window: MainWindow,
    panel: RunPanel,
    offered: Callable[..., dict[str, QAction]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = panel.files.paths[2]
    entries = offered(middle(panel, 2))
    assert panel.files.list.currentRow() == 2, "it is about the chosen file"
    assert list(entries) == [
        *("Copy name", "Copy path", "Open", "Open in a new window", "Show in folder"),
        *("Move up", "Move down", "Remove", "Add…", "Undo"),
    ]
    entries["Copy path"].trigger()
    assert clipboard() == str(path)
    entries["Copy name"].trigger()
    assert clipboard() == "step_2.pt"
    assert entries["Copy name"].shortcuts() == QKeySequence.keyBindings(QKeySequence.StandardKey.Copy)
    QGuiApplication.clipboard().clear()
    activate(qtbot, window)
    for menu in panel.files.list.findChildren(QMenu):
        menu.close()
    panel.files.list.setFocus()
    window.copy()
    assert clipboard() == "step_2.pt", "and so does its key, without the word for what is wrong"
    shown: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", shown.append)
    entries = offered(middle(panel, 2))
    entries["Show in folder"].trigger()
    assert shown == [QUrl.fromLocalFile(str(path.parent))]


def test_a_file_of_a_run_is_opened_here_or_in_a_window_of_its_own(
    qtbot: QtBot, window: MainWindow, panel: RunPanel, offered: Callable[..., dict[str, QAction]]
) -> None:
    offered(middle(panel, 1))["Open in a new window"].trigger()
    (other,) = [each for each in QApplication.topLevelWidgets() if isinstance(each, MainWindow) and each is not window]
    qtbot.waitUntil(lambda: opened(other) == panel.files.paths[1], timeout=TIMEOUT_MS)
    assert opened(window) is None
    assert window.full_views.shows_run, "the run stays where it is"
    other.close()
    offered(middle(panel, 0))["Open"].trigger()
    qtbot.waitUntil(lambda: opened(window) == panel.files.paths[0], timeout=TIMEOUT_MS)
    assert window.full_views.has_run


def test_a_file_is_moved_left_out_and_brought_back(
    qtbot: QtBot, window: MainWindow, panel: RunPanel, offered: Callable[..., dict[str, QAction]]
) -> None:
    def names() -> list[str]:
        qtbot.waitUntil(lambda: not window.full_views.busy, timeout=TIMEOUT_MS)
        return [path.name for path in panel.files.paths]

    def allowed(entries: dict[str, QAction]) -> list[str]:
        return [text for text in ("Move up", "Move down", "Remove", "Undo") if entries[text].isEnabled()]

    entries = offered(middle(panel, 0))
    assert allowed(entries) == ["Move down", "Remove"]
    entries["Move down"].trigger()
    assert names() == ["step_1.pt", "step_0.pt", "step_2.pt"]
    # The menu key, at the file that was moved.
    at = panel.files.list.inputMethodQuery(Qt.InputMethodQuery.ImCursorRectangle).center()
    entries = offered(at, KEYBOARD)
    assert allowed(entries) == ["Move up", "Move down", "Remove", "Undo"]
    entries["Remove"].trigger()
    assert names() == ["step_1.pt", "step_2.pt"]
    entries = offered(QPoint(5, panel.files.list.viewport().height() - 5))
    assert list(entries) == ["Add…", "Undo"], "below the files"
    entries["Undo"].trigger()
    assert names() == ["step_1.pt", "step_0.pt", "step_2.pt"]
    offered(middle(panel, 0))["Add…"].trigger()
    assert [dialog for dialog in panel.findChildren(QFileDialog) if dialog.isVisible()]
