"""How each table of the program comes to be shown, with something in it."""

from collections.abc import Callable
from pathlib import Path

from pytestqt.qtbot import QtBot

from explorer.keys.families import fold
from explorer.keys.key_mapping import Rule
from explorer.ui.help.meanings_window import MeaningsWindow, show_meanings
from explorer.ui.help.shortcuts_window import ShortcutsWindow, show_shortcuts
from explorer.ui.load_test.report_model import Group
from explorer.ui.main_window import MainWindow
from explorer.ui.tables.look import View
from tests.ui.conftest import TIMEOUT_MS

Prepare = Callable[[QtBot, MainWindow, Path], View]


def settle(qtbot: QtBot, window: MainWindow) -> None:
    def busy() -> bool:
        found_out = (window.measurements, window.problems.finding, window.file_check, window.histogram, window.looks)
        return any(part.busy for part in (*found_out, window.opening, window.tables, window.full_views))

    qtbot.waitUntil(lambda: not busy(), timeout=TIMEOUT_MS)


def layers(_qtbot: QtBot, window: MainWindow, _folder: Path) -> View:
    return window.layers.tree


def contents(_qtbot: QtBot, window: MainWindow, _folder: Path) -> View:
    window.tabs.setCurrentWidget(window.contents)
    return window.contents.tree


def problems(_qtbot: QtBot, window: MainWindow, _folder: Path) -> View:
    window.problems.show()
    return window.problems.panel.table


MEANT = 150
"""Pixels that a dock with a table has at least."""


def devices(qtbot: QtBot, window: MainWindow, _folder: Path) -> View:
    window.placing.look()
    qtbot.waitUntil(lambda: not window.placing.looking, timeout=TIMEOUT_MS)
    if window.devices_dock.isHidden():
        window.devices_dock.toggleViewAction().trigger()
        qtbot.waitUntil(lambda: window.devices_dock.height() > MEANT, timeout=TIMEOUT_MS)
    return window.devices.table


def checksums(qtbot: QtBot, window: MainWindow, _folder: Path) -> View:
    window.file_check.verify()
    qtbot.waitUntil(lambda: window.file_check.checksums is not None, timeout=TIMEOUT_MS)
    return window.checksums.table


def space(_qtbot: QtBot, window: MainWindow, _folder: Path) -> View:
    window.show_space()
    return window.space.tree


def children(qtbot: QtBot, window: MainWindow, _folder: Path) -> View:
    assert window.layers.select_key("net")
    settle(qtbot, window)
    return window.histogram.children_table.table


def families(qtbot: QtBot, window: MainWindow, folder: Path) -> View:
    children(qtbot, window, folder)
    window.histogram.children_table.fold.click()
    tree = window.histogram.children_table.families
    qtbot.waitUntil(lambda: not tree.busy, timeout=TIMEOUT_MS)
    return tree.tree


def values(qtbot: QtBot, window: MainWindow, _folder: Path) -> View:
    assert window.layers.select_key("net.0.weight")
    window.histogram.looks.views.choose("values")
    settle(qtbot, window)
    return window.looks.values.table


def run(qtbot: QtBot, window: MainWindow, folder: Path) -> View:
    window.full_views.compare_run([folder / name for name in ("a.pt", "b.pt", "c.pt")])
    settle(qtbot, window)
    return window.full_views.run.table


def pairs(qtbot: QtBot, window: MainWindow, folder: Path) -> View:
    window.pages.setCurrentWidget(window.compare)
    window.compare.compare_with(folder / "b.pt")
    settle(qtbot, window)
    return window.compare.rows.tree


def pairs_listed(qtbot: QtBot, window: MainWindow, folder: Path) -> View:
    pairs(qtbot, window, folder)
    window.compare.rows.switch.setCurrentIndex(1)
    settle(qtbot, window)
    return window.compare.rows.table


def report(_qtbot: QtBot, window: MainWindow, _folder: Path) -> View:
    sides = {f"{name}.{place}": ("4", f"{place}×2") for name in ("z", "m", "a") for place in range(3)}
    panel = window.load_test
    window.pages.setCurrentWidget(panel)
    panel.body.setCurrentWidget(panel.report)
    groups = [Group("Loads", False, fold(sides), sides), Group("Missing", True, fold(["x", "y"]), {})]
    panel.report.model.show_groups(groups)
    return panel.report.tree


def rules(qtbot: QtBot, window: MainWindow, _folder: Path) -> View:
    panel, checkpoint = window.load_test, window.session.checkpoint
    assert checkpoint is not None
    assert checkpoint.chosen is not None
    window.pages.setCurrentWidget(panel)
    panel.body.setCurrentWidget(panel.editor)
    panel.editor.take([Rule("net", "part"), Rule("weight", "w")])
    panel.editor.begin(checkpoint, checkpoint.chosen, None)
    qtbot.waitUntil(lambda: panel.editor.changes.rowCount() > 1, timeout=TIMEOUT_MS)
    return panel.editor.table


def changes(qtbot: QtBot, window: MainWindow, folder: Path) -> View:
    rules(qtbot, window, folder)
    return window.load_test.editor.before_after


def meanings(_qtbot: QtBot, window: MainWindow, _folder: Path) -> View:
    show_meanings(window)
    (shown,) = window.findChildren(MeaningsWindow)
    return shown.list


def shortcuts(_qtbot: QtBot, window: MainWindow, _folder: Path) -> View:
    show_shortcuts(window)
    (shown,) = window.findChildren(ShortcutsWindow)
    return shown.list


TABLES: dict[str, Prepare] = {
    made.__name__: made
    for made in (
        *(layers, contents, problems, devices, checksums, space, children, families, values, run, pairs, pairs_listed),
        *(report, rules, changes, meanings, shortcuts),
    )
}
