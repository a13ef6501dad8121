"""What keys do in menus, in the problems, while a copy is written, and once a file is open."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QTabBar
from pytestqt.qtbot import QtBot

from explorer.ui import theme
from explorer.ui.copies.window import CopyWindow
from explorer.ui.layers.columns import Column
from explorer.ui.main_window import MainWindow
from tests.ui.accessibility.states import Stage, in_state
from tests.ui.conftest import EXAMPLE, TIMEOUT_MS, activate, save
from tests.ui.run.test_run_panel import choose
from tests.ui.test_keys_in_views import focused, open_menu, press

Open = Callable[[Path], None]


@pytest.fixture
def slow_to_write(tmp_path: Path) -> Path:
    """A file whose copy takes seconds: a hole, which takes no room."""
    header = json.dumps({"a": {"dtype": "F32", "shape": [1_000_000_000], "data_offsets": [0, 4_000_000_000]}}).encode()
    path = tmp_path / "large.safetensors"
    with path.open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        file.truncate(8 + len(header) + 4_000_000_000)
    return path


@pytest.mark.parametrize("key", ["Return", "Esc"])
def test_a_copy_being_written_is_cancelled_and_that_is_said(
    key: str, qtbot: QtBot, window: MainWindow, open_file: Open, slow_to_write: Path
) -> None:
    open_file(slow_to_write)
    activate(qtbot, window)
    press("Ctrl+Shift+S")
    (asking,) = window.findChildren(CopyWindow)
    activate(qtbot, asking)
    assert focused() is asking.save
    press("Return")
    (dialog,) = asking.findChildren(QFileDialog)
    activate(qtbot, dialog)
    press("Return")
    activate(qtbot, asking)
    qtbot.waitUntil(lambda: asking.busy and asking.progress.cancel.hasFocus(), timeout=TIMEOUT_MS)
    press(key)
    qtbot.waitUntil(lambda: not asking.busy, timeout=TIMEOUT_MS)
    assert asking.isVisible()
    assert asking.said.text() == "Cancelled: no copy was made, and nothing of it was left behind."
    assert focused() is asking.save
    qtbot.waitUntil(lambda: list(slow_to_write.parent.iterdir()) == [slow_to_write], timeout=TIMEOUT_MS)
    press("Esc")
    assert not window.findChildren(CopyWindow) or not asking.isVisible()


def test_a_window_that_closes_waits_for_no_copy(
    qtbot: QtBot, window: MainWindow, open_file: Open, slow_to_write: Path
) -> None:
    open_file(slow_to_write)
    window.save_copy()
    (asking,) = window.findChildren(CopyWindow)
    asking.write(slow_to_write.parent / "copy.pth")
    window.close()
    assert not asking.isVisible()
    qtbot.waitUntil(lambda: list(slow_to_write.parent.iterdir()) == [slow_to_write], timeout=TIMEOUT_MS)


def test_space_ticks_columns_and_leaves_their_menu_open(qtbot: QtBot, window: MainWindow, open_file: Open) -> None:
    open_file(EXAMPLE)
    activate(qtbot, window)
    columns = window.layers.columns
    before = columns.shown
    menu = open_menu(qtbot, "Alt+V", "C")
    while menu.activeAction() is None or menu.activeAction().text().replace("&", "") != "Min":
        press("Down")
    press("Space")
    assert menu.isVisible()
    assert columns.shown == before | {Column.MIN}
    press("Down", "Space")
    assert columns.shown == before | {Column.MIN, Column.MAX}
    press("Space")
    assert columns.shown == before | {Column.MIN}
    press("Esc")
    assert not menu.isVisible()


def test_return_on_a_problem_keeps_the_keyboard_in_the_list(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    stage = Stage(qtbot, window, tmp_path)
    weight = torch.full((9,), torch.nan)
    window.open_file(save(tmp_path / "bad.pt", **{f"layer{at}.weight": weight for at in range(3)}))
    stage.settle()
    activate(qtbot, window)
    window.problems.show()
    table = window.problems.panel.table
    table.setFocus()
    passed = []
    for _ in range(2):
        press("Down", "Return")
        stage.settle()
        assert focused() is table
        assert window.session.tensor is not None
        passed.append(window.session.tensor.key)
    assert window.looks.values.isVisible()
    assert len(set(passed)) == 2


def test_without_a_problem_f8_says_so_and_opens_nothing(
    qtbot: QtBot, window: MainWindow, open_file: Open, tmp_path: Path
) -> None:
    open_file(save(tmp_path / "good.pt", weight=torch.linspace(-1, 1, 50)))
    activate(qtbot, window)
    qtbot.waitUntil(lambda: window.problems.panel.complete, timeout=TIMEOUT_MS)
    press("F8")
    assert window.status.currentMessage() == "No problems in all values of 1 tensor."
    assert not window.problems.dock.isVisible()


def test_the_message_takes_the_keyboard_when_it_is_asked_for(
    qtbot: QtBot, window: MainWindow, open_file: Open, tmp_path: Path
) -> None:
    open_file(save(tmp_path / "odd.pt", weight=torch.ones(2), code=torch.nn.Linear(1, 1)))
    activate(qtbot, window)
    assert window.messages.isVisible()
    open_menu(qtbot, "Alt+V")
    press("M")
    assert window.messages.isAncestorOf(focused())
    press("Space")
    assert window.messages.details.isVisible()
    press("Esc")
    assert not window.messages.details.isVisible()


def test_a_file_that_the_tool_bar_was_used_for_begins_in_the_tree(
    qtbot: QtBot, window: MainWindow, open_file: Open, tmp_path: Path
) -> None:
    open_file(EXAMPLE)
    activate(qtbot, window)
    tree = window.layers.tree
    for button in (window.tool_bar.test_button, window.tool_bar.move_button, window.tool_bar.open_button):
        button.setFocus()
        open_file(save(tmp_path / f"{button.text()}.pt", a=torch.ones(2), b=torch.ones(3)))
        assert focused() is tree
        assert tree.currentIndex().isValid(), "a row shows that the keyboard is there"
    press("Down", "Down")
    assert window.session.tensor is not None


@pytest.fixture
def light(qapp: QApplication) -> None:
    theme.apply(qapp, "light")


@pytest.mark.usefixtures("light")
def test_a_tab_shows_that_it_has_the_keyboard_again(qtbot: QtBot, window: MainWindow, open_file: Open) -> None:
    def look() -> bytes:
        # What is on the screen, where nothing draws itself anew because it is asked for.
        QApplication.processEvents()
        at = tabs.mapTo(window, tabs.rect().topLeft())
        shown = window.screen().grabWindow(window.winId(), at.x(), at.y(), tabs.width(), tabs.height()).toImage()
        return bytes(shown.constBits())

    open_file(EXAMPLE)
    activate(qtbot, window)
    tabs = window.overview.views
    assert isinstance(tabs, QTabBar)
    qtbot.waitUntil(lambda: not window.overview.busy, timeout=TIMEOUT_MS)
    without = look()
    tabs.setFocus(Qt.FocusReason.TabFocusReason)
    with_keyboard = look()
    assert with_keyboard != without
    open_menu(qtbot, "Alt+F")
    press("S")
    (asking,) = window.findChildren(CopyWindow)
    activate(qtbot, asking)
    press("Esc")
    activate(qtbot, window)
    assert focused() is tabs
    assert look() == with_keyboard


def test_a_cell_of_a_run_stays_the_one_that_is_looked_at(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    with in_state("run", qtbot, window, tmp_path):
        activate(qtbot, window)
        panel = window.full_views.run
        panel.table.setFocus()
        press("Home", "Down", "Right", "Right")
        at = panel.table.currentIndex()
        name = panel.model.headerData(at.row(), Qt.Orientation.Vertical)
        for against in ("before", "first"):
            choose(panel, "against", against)
            qtbot.waitUntil(lambda: not window.full_views.busy, timeout=TIMEOUT_MS)
            at = panel.table.currentIndex()
            assert (panel.model.headerData(at.row(), Qt.Orientation.Vertical), at.column()) == (name, 2)
            assert panel.tools.pair.isEnabled()


def test_what_another_python_said_is_gone_when_one_is_chosen(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    with in_state("load-test", qtbot, window, tmp_path):
        panel = window.load_test
        good, wrong = panel.testing.interpreter, tmp_path / "activate"
        wrong.write_text("# no interpreter")
        for path in (wrong, good):
            activate(qtbot, window)
            panel.form.choose_python.setFocus()
            press("Return")
            (dialog,) = [each for each in panel.findChildren(QFileDialog) if each.isVisible()]
            dialog.fileSelected.emit(str(path))
            dialog.close()
            assert "runs, to tell what it offers" in panel.page.message.text()
            assert not panel.page.words.isVisible()
            qtbot.waitUntil(lambda: not panel.busy, timeout=4 * TIMEOUT_MS)
            if path is wrong:
                assert panel.page.message.text().endswith("activate could not be run: Permission denied.")
                assert not panel.page.words.isVisible(), "it says no more"
