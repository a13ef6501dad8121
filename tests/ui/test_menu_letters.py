"""Every entry of every menu has a letter of its own, which leads to it by the keyboard."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtWidgets import QApplication, QMenu, QTableView, QToolButton, QTreeView
from pytestqt.qtbot import QtBot

from explorer.ui.main_window import MainWindow
from explorer.ui.plots.export_actions import menu_of
from explorer.ui.tables.taking import taking_of
from explorer.ui.tensor_views import VIEWS
from tests.ui.conftest import TIMEOUT_MS, plain_text


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
