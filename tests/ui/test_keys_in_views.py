"""Where the keyboard is in views that take the whole window, and after dialogs: driven by keys alone."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import torch
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from explorer.ui.copies.window import CopyWindow
from explorer.ui.main_window import MainWindow
from explorer.ui.settings import Settings
from tests.ui.accessibility.states import in_state
from tests.ui.conftest import EXAMPLE, TIMEOUT_MS, activate, save

Open = Callable[[Path], None]


def focused() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def press(*keys: str) -> None:
    """Press keys in what has the keyboard, or in the menu that is open."""
    for key in keys:
        QTest.keySequence(QApplication.activePopupWidget() or focused(), QKeySequence(key))


def _other_than(before: QWidget | None) -> bool:
    return QApplication.activePopupWidget() is not before


def open_menu(qtbot: QtBot, *keys: str) -> QMenu:
    """Open a menu by its letters; it is the last one that opened."""
    for key in keys:
        before = QApplication.activePopupWidget()
        press(key)
        qtbot.waitUntil(partial(_other_than, before))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


@pytest.mark.parametrize("name", ["comparison tree", "comparison list"])
def test_the_filter_leads_to_the_comparison_and_escape_first_to_its_list(
    name: str, qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    with in_state(name, qtbot, window, tmp_path):
        activate(qtbot, window)
        rows = window.compare.rows
        shown = rows.tree if rows.form == "tree" else rows.table
        assert focused() is shown
        for key in ("Return", "Down"):
            press("Ctrl+F")
            assert focused() is window.filter, "at the first time"
            QTest.keyClicks(focused(), "head")
            press(key)
            assert focused() is shown
        qtbot.waitUntil(lambda: not window.full_views.busy and rows.said.isVisible(), timeout=TIMEOUT_MS)
        assert 1 < rows.model.rowCount() < len(torch.load(EXAMPLE, weights_only=True)["model"])
        press("Home")
        begin = shown.currentIndex()
        press("Down")
        assert shown.currentIndex() != begin
        press("Ctrl+F", "Esc")
        assert (window.filter.text(), window.full_views.shown) == ("", window.compare)
        press("Esc")
        assert focused() is shown
        assert window.pages.currentWidget() is window.compare
        qtbot.waitUntil(lambda: not window.full_views.busy, timeout=TIMEOUT_MS)
        press("Esc")
        assert window.pages.currentWidget() is window.splitter
        assert focused() is window.layers.tree


def list_in(window: MainWindow, name: str) -> QWidget:
    """What is gone through in a state of the window."""
    if name == "contents":
        return window.contents.tree
    return window.full_views.run.table if name == "run" else window.load_test.report.tree


@pytest.mark.parametrize("name", ["contents", "run", "load-test"])
def test_escape_leads_from_the_filter_to_the_list_that_is_shown(
    name: str, qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    with in_state(name, qtbot, window, tmp_path):
        activate(qtbot, window)
        page = window.pages.currentWidget()
        press("Ctrl+F")
        QTest.keyClicks(focused(), "a")
        press("Esc")
        assert (window.filter.text(), window.filter.hasFocus()) == ("", True)
        press("Esc")
        qtbot.waitUntil(list_in(window, name).hasFocus, timeout=TIMEOUT_MS)
        assert window.pages.currentWidget() is page


def test_another_file_takes_no_selection_of_the_compared_one_along(
    qtbot: QtBot, window: MainWindow, open_file: Open, tmp_path: Path
) -> None:
    with in_state("comparison tree", qtbot, window, tmp_path):
        assert window.compare.rows.current_tensor
        open_file(save(tmp_path / "small.pt", only=torch.ones(2)))
        assert window.full_views.shown is None
        assert window.session.selected is None


def test_the_filters_return_leads_into_what_it_filters(
    qtbot: QtBot, window: MainWindow, open_file: Open, tmp_path: Path
) -> None:
    with in_state("load-test", qtbot, window, tmp_path):
        activate(qtbot, window)
        press("Ctrl+F")
        assert focused() is window.filter
        QTest.keyClicks(focused(), "weight")
        press("Return")
        assert focused() is window.load_test.report.tree
        window.show_layers()
        open_file(EXAMPLE)
        window.tabs.setCurrentWidget(window.contents)
        press("Ctrl+F")
        QTest.keyClicks(focused(), "epoch")
        press("Return")
        assert focused() is window.contents.tree


def test_in_test_load_the_keyboard_goes_on_where_it_was(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    with in_state("load-test", qtbot, window, tmp_path):
        activate(qtbot, window)
        form, tested = window.load_test.form, window.load_test.answer.tested
        form.strict.setFocus()
        press("Ctrl+T")
        assert focused() is form.strict
        window.show_layers()
        press("Ctrl+T")
        assert focused() is form.run, "all is filled in"
        assert not window.findChildren(QFileDialog)
        form.offer.setFocus()
        press("Return")
        qtbot.waitUntil(lambda: not window.load_test.busy, timeout=4 * TIMEOUT_MS)
        assert window.load_test.answer.tested not in (None, tested)


def test_after_a_copy_is_opened_the_keyboard_is_in_test_load(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    with in_state("load-test", qtbot, window, tmp_path):
        activate(qtbot, window)
        (proposed,) = [each for each in window.load_test.proposals.findChildren(QPushButton) if "Apply" in each.text()]
        proposed.click()
        qtbot.waitUntil(window.load_test.report.save.isEnabled, timeout=4 * TIMEOUT_MS)
        window.load_test.report.save.setFocus()
        press("Return")
        (asking,) = window.findChildren(CopyWindow)
        activate(qtbot, asking)
        asking.write(tmp_path / "copy.pth")
        qtbot.waitUntil(asking.open_copy.isVisible, timeout=TIMEOUT_MS)
        asking.open_copy.setFocus()
        press("Return")
        activate(qtbot, window)
        qtbot.waitUntil(lambda: not window.opening.busy, timeout=TIMEOUT_MS)
        assert window.session.checkpoint is not None
        assert window.session.checkpoint.path == tmp_path / "copy.pth"
        qtbot.waitUntil(window.load_test.form.run.hasFocus, timeout=TIMEOUT_MS)


def test_no_place_for_the_keyboard_is_out_of_sight(qtbot: QtBot, window: MainWindow) -> None:
    window.checksum_dock.bring(180)
    window.problems.show()
    window.checksum_dock.close()
    window.problems.dock.close()
    window.close()
    again = MainWindow(Settings())
    qtbot.addWidget(again)
    again.show()
    activate(qtbot, again)
    again.open_file(EXAMPLE)
    qtbot.waitUntil(lambda: again.problems.panel.complete, timeout=TIMEOUT_MS)
    again.tool_bar.open_button.setFocus()
    press("Shift+Tab")
    assert focused() is again.problems.button
    again.checksum_dock.bring(180)
    again.problems.show()
    qtbot.waitUntil(lambda: again.checksum_dock.widget().visibleRegion().isEmpty())
    press("Shift+Tab")
    assert again.problems.panel.isAncestorOf(focused())
    again.close()


def test_after_a_menu_that_was_closed_a_dialog_gives_the_keyboard_back(
    qtbot: QtBot, window: MainWindow, open_file: Open
) -> None:
    open_file(EXAMPLE)
    activate(qtbot, window)
    tree = window.layers.tree
    assert focused() is tree
    assert open_menu(qtbot, "F10").title() == "&File"
    press("Esc")
    press("Esc")
    assert focused() is tree
    open_menu(qtbot, "Alt+F")
    press("Esc")
    open_menu(qtbot, "Alt+D", "P")
    press("Return")
    (asking,) = window.findChildren(CopyWindow)
    activate(qtbot, asking)
    press("Esc")
    activate(qtbot, window)
    assert focused() is tree
    open_menu(qtbot, "Alt+F")
    press("Esc")
    open_menu(qtbot, "Alt+F")
    press("O")
    (dialog,) = window.findChildren(QFileDialog)
    activate(qtbot, dialog)
    press("Esc")
    activate(qtbot, window)
    assert focused() is tree
    press("Down")
    assert window.session.selected is not None


def test_escape_leads_from_a_pair_back_to_its_run(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    def wait() -> None:
        qtbot.waitUntil(lambda: not window.opening.busy and not window.full_views.busy, timeout=TIMEOUT_MS)

    with in_state("run", qtbot, window, tmp_path):
        activate(qtbot, window)
        table = window.full_views.run.table
        table.setFocus()
        press("Home", "Right", "Return")
        wait()
        assert window.full_views.shown is window.compare
        assert focused() is window.compare.rows.tree
        press("Esc")
        assert window.full_views.shows_run
        assert focused() is table
        assert window.full_views.run.tools.pair.isEnabled(), "the cell is still the one that was looked at"
        press("Ctrl+D")
        assert window.full_views.shown is window.compare
        menu = open_menu(qtbot, "Alt+C")
        assert "Back to the &run" in [entry.text() for entry in menu.actions()]
        press("R")
        assert window.full_views.shows_run
        press("Esc")
        assert window.full_views.shown is None
