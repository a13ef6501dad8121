"""What the menus do: copy, find, export, and the theme."""

from typing import Any

import pytest
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu
from pytestqt.qtbot import QtBot

from explorer.ui import theme
from explorer.ui.main_window import MainWindow
from tests.ui.conftest import TIMEOUT_MS, action, activate, plain_text

KEYS = ["stem.conv.weight", "stem.norm.bias"]


@pytest.fixture
def own_look(qapp: QApplication) -> QApplication:
    """The program's look, which the test may change."""
    return qapp


def clipboard() -> str:
    return QGuiApplication.clipboard().text()


def menu_actions(window: MainWindow) -> list[QAction]:
    menus = [entry.menu() for entry in window.menuBar().actions()]
    return [entry for menu in menus if isinstance(menu, QMenu) for entry in menu.actions() if not entry.isSeparator()]


def select(window: MainWindow, keys: list[str]) -> None:
    selection = window.layers.tree.selectionModel()
    for key in keys:
        index = window.layers.model.index_of_key(key)
        selection.select(index, selection.SelectionFlag.Select | selection.SelectionFlag.Rows)


def test_copy_takes_the_selected_keys_from_top_to_bottom(
    qtbot: QtBot, window: MainWindow, example: dict[str, Any]
) -> None:
    assert set(KEYS) <= set(example["model"])
    select(window, KEYS[::-1])
    action(window, "Edit", "Copy").trigger()
    assert clipboard().splitlines() == KEYS
    QGuiApplication.clipboard().clear()
    activate(qtbot, window)
    window.layers.tree.setFocus()
    QTest.keySequence(window.layers.tree, QKeySequence(QKeySequence.StandardKey.Copy))
    assert clipboard().splitlines() == KEYS


def test_copy_prefers_the_words_that_are_marked_in_the_focused_field(
    qtbot: QtBot, window: MainWindow, example: dict[str, Any]
) -> None:
    assert set(KEYS) <= set(example["model"])
    activate(qtbot, window)
    select(window, KEYS)
    window.filter.begin()
    QTest.keyClicks(window.filter, "stem")
    window.filter.setSelection(0, 2)
    action(window, "Edit", "Copy").trigger()
    assert clipboard() == "st"


def test_a_row_of_the_contents_is_copied_with_tabs(qtbot: QtBot, window: MainWindow, example: dict[str, Any]) -> None:
    assert "epoch" in example
    activate(qtbot, window)
    window.tabs.setCurrentWidget(window.contents)
    tree = window.contents.tree
    tree.setFocus()
    tree.keyboardSearch("epoch")
    action(window, "Edit", "Copy").trigger()
    assert clipboard() == f"epoch\tint\t{example['epoch']}"


def test_what_cannot_be_done_says_why(window: MainWindow) -> None:
    disabled = {
        plain_text(entry): entry
        for entry in [action(window, "Edit", text) for text in ("Copy", "Find")]
        if not entry.isEnabled()
    }
    assert disabled.keys() == {"Copy", "Find"}
    for entry in (*disabled.values(), action(window, "File", "Open recent", "No recent files")):
        assert not entry.isEnabled()
        assert entry.statusTip().endswith(".")
        assert entry.statusTip() in entry.toolTip()
    for entry in window.menuBar().actions():
        menu = entry.menu()
        assert isinstance(menu, QMenu)
        assert menu.toolTipsVisible()
    QGuiApplication.clipboard().setText("as before")
    window.copy()
    assert clipboard() == "as before"
    assert window.statusBar().currentMessage().startswith("Nothing is selected")


def test_what_can_be_done_is_enabled(window: MainWindow, example: dict[str, Any]) -> None:
    assert set(KEYS) <= set(example["model"])
    select(window, KEYS[:1])
    for text in ("Copy", "Find"):
        entry = action(window, "Edit", text)
        assert entry.isEnabled()
        assert entry.statusTip() == ""


def test_export_names_what_is_shown_and_says_why_the_rest_cannot_be_saved(
    qtbot: QtBot, window: MainWindow, example: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set(KEYS) <= set(example["model"])
    asked: list[str] = []
    monkeypatch.setattr(QFileDialog, "open", lambda dialog: asked.append(dialog.windowTitle()))

    def why_not() -> dict[str, str]:
        """Of each view: why it cannot be saved. Where it can, each entry asks where to."""
        said = {}
        for view in ("Overview", "Histogram", "Heat map", "Channels", "Spectrum"):
            entry = action(window, "File", "Export", view)
            said[view] = entry.statusTip()
            assert entry.isEnabled() == (not said[view])
            assert said[view] in entry.toolTip()
            for suffix in ("PNG", "SVG", "CSV"):
                of_view = action(window, "File", "Export", view, f"Export as {suffix}…")
                assert of_view.isEnabled() == entry.isEnabled()
                if of_view.isEnabled():
                    asked.clear()
                    of_view.trigger()
                    qtbot.waitUntil(lambda: len(asked) == 1, timeout=TIMEOUT_MS)
        return said

    shows = {
        "Overview": "Show this view first: select the file, and Overview.",
        "Histogram": "Show this view first: select a layer, or a tensor and Histogram.",
        **{
            view: f"Show this view first: select a tensor, and {view}." for view in ("Heat map", "Channels", "Spectrum")
        },
    }
    qtbot.waitUntil(lambda: not window.overview.busy, timeout=TIMEOUT_MS)
    assert why_not() == {**shows, "Overview": ""}, "with the row of the file selected"
    assert action(window, "File", "Export", "Report…").isEnabled()
    window.layers.select_key(KEYS[0])
    looks = window.histogram.looks
    looks.views.choose("heatmap")
    qtbot.waitUntil(lambda: action(window, "File", "Export", "Heat map").isEnabled(), timeout=TIMEOUT_MS)
    only_shown = {**shows, "Overview": ""}
    assert why_not() | {"Histogram": ""} == only_shown | {"Histogram": "", "Heat map": ""}
    looks.views.choose("spectrum")
    assert why_not()["Spectrum"].startswith("Nothing is drawn there: ")
    copied = action(window, "Edit", "Copy picture")
    assert not copied.isEnabled()
    assert copied.statusTip() == why_not()["Spectrum"], "what can be copied is what can be saved"
    assert copied.statusTip() in copied.toolTip()
    window.looks.compute_spectrum()
    qtbot.waitUntil(lambda: not window.looks.busy, timeout=TIMEOUT_MS)
    assert why_not()["Spectrum"] == ""
    looks.views.choose("channels")
    qtbot.waitUntil(lambda: not window.looks.busy, timeout=TIMEOUT_MS)
    window.layers.select_key(KEYS[1])
    said = why_not()
    assert said["Channels"].startswith("Nothing is drawn there: ")
    assert action(window, "Edit", "Copy picture").statusTip() == said["Channels"]
    assert said | {"Channels": ""} == only_shown | {"Channels": ""}, "what was drawn of another tensor is not saved"


def test_the_theme_is_chosen_in_every_window_and_remembered(
    own_look: QApplication, window: MainWindow, qtbot: QtBot
) -> None:
    other = window.new_window()
    base = {}
    for text in ("Light", "Dark", "System"):
        action(window, "View", "Theme", text).trigger()
        qtbot.waitUntil(lambda: not window.theme_change.waiting)
        base[text] = own_look.palette().color(QPalette.ColorRole.Base).name()
        assert window.palette().color(QPalette.ColorRole.Base).name() == base[text]
        assert window.settings.theme == text.lower()
        for each in (window, other):
            assert [
                plain_text(entry)
                for entry in action(each, "View", "Theme", text).actionGroup().actions()
                if entry.isChecked()
            ] == [text]
    assert (base["Light"], base["Dark"]) == (theme.LIGHT.panel, theme.DARK.panel)
    assert base["System"] in base["Light"] + base["Dark"]
    other.close()
    qtbot.waitUntil(lambda: not other.isVisible())


def test_no_key_stands_for_two_actions(window: MainWindow) -> None:
    keys = [key.toString() for entry in menu_actions(window) for key in entry.shortcuts()]
    assert sorted(set(keys)) == sorted(keys)
    for text in (
        "Open…",
        "New window",
        "Close window",
        "Quit",
        "Copy",
        "Find",
        "Keyboard shortcuts",
        "What the marks mean",
    ):
        assert [entry.shortcut().isEmpty() for entry in menu_actions(window) if plain_text(entry) == text] == [False]
