"""What the menus do: copy, find, the theme, and the windows of Help."""

import getpass
import os
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import PySide6
import pytest
import torch
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QMenu, QTableView, QToolButton, QTreeView
from pytestqt.qtbot import QtBot

from explorer import __version__
from explorer.ui import theme
from explorer.ui.help.about_window import AboutWindow
from explorer.ui.help.licences import LICENCES
from explorer.ui.help.list_window import ListWindow
from explorer.ui.help.shortcuts_window import ShortcutsWindow
from explorer.ui.help.window import HelpWindow
from explorer.ui.main_window import MainWindow
from explorer.ui.plots.export_actions import menu_of
from explorer.ui.tables.taking import taking_of
from explorer.ui.tensor_views import VIEWS
from tests.ui.conftest import TIMEOUT_MS, action, activate, click, plain_text

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


def shown_help(qtbot: QtBot, window: MainWindow, text: str) -> HelpWindow:
    action(window, "Help", text).trigger()
    (shown,) = window.findChildren(HelpWindow)
    activate(qtbot, shown)
    return shown


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


def test_the_shortcuts_are_those_of_the_menus(qtbot: QtBot, window: MainWindow) -> None:
    shown = shown_help(qtbot, window, "Keyboard shortcuts")
    assert isinstance(shown, ShortcutsWindow)
    listed = {text: key for rows in shown.rows().values() for text, key in rows}
    for entry in menu_actions(window):
        assert listed[plain_text(entry)] == entry.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    assert list(shown.rows())[-1] == "Without a key"
    assert {title for title, rows in shown.rows().items() if any(not key for _text, key in rows)} == {"Without a key"}
    assert all(not key for _text, key in shown.rows()["Without a key"])
    assert listed["Open…"] == "Ctrl+O"
    assert listed["Open or close a layer"] == "Return"
    assert listed["Read the next or the previous bin"] == "Right, Left"
    assert listed["Zoom in or out"] == "+, -"
    assert listed["Show all bins again"] == "Home, 0"
    click(shown, "Copy")
    assert "File\tOpen…\tCtrl+O" in clipboard().splitlines()


def test_the_field_of_the_shortcuts_scrolls_them_by_pages(qtbot: QtBot, window: MainWindow) -> None:
    shown = shown_help(qtbot, window, "Keyboard shortcuts")
    assert isinstance(shown, ShortcutsWindow)
    bar = shown.list.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    QTest.keyClick(shown.filter, Qt.Key.Key_PageDown)
    assert bar.value() > 0
    QTest.keyClick(shown.filter, Qt.Key.Key_PageUp)
    assert bar.value() == 0


def test_every_key_of_every_action_is_listed(qtbot: QtBot, window: MainWindow, example: dict[str, Any]) -> None:
    assert example
    window.load_test.editor.show()
    window.compare.show()
    shown = shown_help(qtbot, window, "Keyboard shortcuts")
    assert isinstance(shown, ShortcutsWindow)
    keys = {key for rows in shown.rows().values() for _text, cell in rows for key in cell.split(", ")}
    actions = [each for each in window.findChildren(QAction) if not each.shortcut().isEmpty() and each.text()]
    assert len(actions) > 20
    named = QKeySequence.SequenceFormat.NativeText
    assert {each.text(): each.shortcut() for each in actions if each.shortcut().toString(named) not in keys} == {}
    QTest.keyClicks(shown.filter, "ctrl+shift")
    assert 0 < sum(map(len, shown.rows().values())) < len(keys)


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


def test_about_tells_versions_devices_and_licences(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = shown_help(qtbot, window, "About Checkpoint Explorer")
    assert isinstance(shown, AboutWindow)
    qtbot.waitUntil(lambda: "memory of this computer" in shown.devices.text(), timeout=TIMEOUT_MS)
    said = "\n".join(words.text() for words in shown.findChildren(QLabel))
    for words in (__version__, "MIT", PySide6.__version__, "Qt", "pyqtgraph", sys.modules["torch"].__version__, "LGPL"):
        assert words in said
    click(shown, "Copy for a bug report")
    assert clipboard() == shown.as_text()
    assert clipboard().startswith(f"Checkpoint Explorer {__version__}\n")
    assert "memory of this computer" in clipboard()
    monkeypatch.delitem(sys.modules, "torch")
    assert "not loaded yet" in shown.as_text()
    assert "torch" not in sys.modules


def test_a_bug_report_names_no_file(qtbot: QtBot, window: MainWindow, example: dict[str, Any]) -> None:
    assert example
    shown = shown_help(qtbot, window, "About Checkpoint Explorer")
    qtbot.waitUntil(lambda: window.placing.devices is not None, timeout=TIMEOUT_MS)
    said = shown.as_text()
    checkpoint = window.session.checkpoint
    assert checkpoint is not None
    for name in (checkpoint.path.name, str(Path.home()), getpass.getuser(), sys.prefix, os.sep + "home"):
        assert name not in said


def test_every_dependency_has_its_licence() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]
    names = {re.split(r"[^A-Za-z0-9_-]", each)[0] for each in project["dependencies"]}
    assert names | {project["name"], "python"} == {package for package, _terms in LICENCES.values() if package}
    assert LICENCES["Checkpoint Explorer"][1].startswith(project["license"])


@pytest.mark.parametrize("text", ["What the marks mean", "Keyboard shortcuts", "About Checkpoint Explorer"])
def test_help_stands_once_beside_the_window_and_escape_closes_it(qtbot: QtBot, window: MainWindow, text: str) -> None:
    shown = shown_help(qtbot, window, text)
    assert not shown.isModal()
    assert shown.accessibleName() == text
    assert shown_help(qtbot, window, text) is shown
    QTest.keyClick(shown, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.findChildren(HelpWindow))
    again = shown_help(qtbot, window, text)
    click(again, "Close")
    qtbot.waitUntil(lambda: not window.findChildren(HelpWindow))


@pytest.mark.parametrize("text", ["What the marks mean", "Keyboard shortcuts"])
def test_escape_clears_the_filter_of_help_before_it_closes_it(qtbot: QtBot, window: MainWindow, text: str) -> None:
    shown = shown_help(qtbot, window, text)
    assert isinstance(shown, ListWindow)
    every = shown.rows()
    QTest.keyClicks(shown.filter, "filter")
    assert shown.rows() != every
    QTest.keyClick(shown.filter, Qt.Key.Key_Escape)
    assert (shown.isVisible(), shown.filter.text(), shown.rows()) == (True, "", every)
    QTest.keyClick(shown.filter, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.findChildren(HelpWindow))


def below(menu: QMenu, way: str) -> Iterator[tuple[str, QMenu]]:
    """A menu and those in it, as they are when they are opened, with the way to each."""
    menu.aboutToShow.emit()
    yield way, menu
    for entry in menu.actions():
        inner = entry.menu()
        if isinstance(inner, QMenu):
            yield from below(inner, f"{way} > {plain_text(entry)}")


def letters_amiss(menus: Iterator[tuple[str, QMenu]]) -> list[str]:
    """Entries without a letter, and letters that several entries of a menu have."""
    amiss = []
    for way, menu in menus:
        taken: dict[str, str] = {}
        for entry in menu.actions():
            found = re.search("&([^&])", entry.text().replace("&&", ""))
            if entry.isSeparator() or not entry.isVisible() or (found is None and way.endswith(OF_DATA)):
                continue
            letter = "" if found is None else found[1].lower()
            if not letter or letter in taken:
                amiss.append(f"{way} > {entry.text()}: {taken.get(letter, 'none')}")
            taken[letter] = entry.text()
    return amiss


OF_DATA = ("Open recent", "Move to", "Move the whole file to", "Save a copy for", "Sort by", "Columns", "Quantiles ▾")
"""Menus that list files, devices, columns, or kinds of layers: these have no letters."""


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A checkpoint with a problem."""
    stem = {"stem.weight": torch.tensor([[1.0, torch.nan], [2.0, 3.0]]), "stem.bias": torch.ones(2)}
    torch.save({**stem, "head.weight": torch.ones(3), "head.bias": torch.ones(3)}, tmp_path / "a")
    return tmp_path / "a"


def bar(window: MainWindow) -> Iterator[tuple[str, QMenu]]:
    """All menus of the menu bar."""
    for entry in window.menuBar().actions():
        menu = entry.menu()
        assert isinstance(menu, QMenu)
        yield from below(menu, plain_text(entry))


def of_rows(window: MainWindow) -> Iterator[tuple[str, QMenu]]:
    """The menus of rows of the tree and of all tables."""
    model, tree = window.layers.model, window.layers.tree
    for row in (model.index(0, 0), model.index_of_layer("stem"), model.index_of_key("stem.weight")):
        tree.menu_asked.emit(row, QPoint())
        (menu,) = (each for each in tree.findChildren(QMenu) if each.isVisible())
        yield from below(menu, f"row {row.data()}")
        menu.close()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    for view in (*window.findChildren(QTableView), *window.findChildren(QTreeView)):
        taking = taking_of(view)
        assert taking is not None
        menu = taking.menu(view.model().index(0, 0))
        yield from below(menu, f"table {view.accessibleName()}")
        menu.deleteLater()


def of_plots(window: MainWindow) -> Iterator[tuple[str, QMenu]]:
    """The menus of buttons and plots."""
    for button in window.details.findChildren(QToolButton):
        menu = button.menu() if button.text() else None
        if menu is not None and not button.text().startswith("Optimizer"):
            yield from below(menu, f"button {button.text()}")
    looks = window.looks
    for part in (window.histogram, window.overview, looks.heatmap, looks.channels, looks.spectrum):
        yield f"plot of {part}", menu_of(part.plot_actions.everything(), window)


def test_every_entry_has_a_letter_of_its_own(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], broken: Path
) -> None:
    amiss = letters_amiss(bar(window))
    open_file(broken)
    qtbot.waitUntil(lambda: window.problems.panel.complete, timeout=TIMEOUT_MS)
    amiss += letters_amiss(bar(window))
    window.layers.select_key("stem.weight")
    for view in VIEWS:
        window.histogram.looks.views.choose(view)
        amiss += letters_amiss(bar(window))
    window.full_views.compare.compare_with(broken)
    window.full_views.bring_compare()
    qtbot.waitUntil(lambda: not window.full_views.busy, timeout=TIMEOUT_MS)
    amiss += letters_amiss(bar(window))
    window.show_layers()
    amiss += letters_amiss(of_rows(window))
    amiss += letters_amiss(of_plots(window))
    assert sorted(set(amiss)) == []
