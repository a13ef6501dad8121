"""A second file is chosen, waited for, given up and gone through, by keys alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
import torch
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from explorer.ui.compare.panel import ComparePanel
from explorer.ui.main_window import MainWindow
from tests.ui.conftest import TIMEOUT_MS, activate, save
from tests.ui.files.test_opening import asked, popup, type_path
from tests.ui.test_keys_in_views import focused, press

Open = Callable[[Path], None]

_MANY: Final = 6_000
"""Tensors that take a second or more to compare."""


def choose(qtbot: QtBot, window: MainWindow, path: Path, *keys: str) -> None:
    """Press what asks for B, and answer."""
    press(*keys)
    type_path(qtbot, asked(qtbot, window), path)
    activate(qtbot, window)


def done(qtbot: QtBot, panel: ComparePanel) -> None:
    qtbot.waitUntil(lambda: not panel.busy, timeout=TIMEOUT_MS)


def passed(window: MainWindow) -> list[QWidget]:
    """What Tab leads to, until it is back where it began."""
    found = [focused()]
    press("Tab")
    while focused() is not found[0]:
        found.append(focused())
        press("Tab")
        assert len(found) < 100
    assert all(window.isAncestorOf(each) and each.isVisible() for each in found)
    return found


def names(widgets: list[QWidget]) -> set[str]:
    return {each.text() for each in widgets if isinstance(each, QPushButton)}


@popup
def test_a_file_that_is_being_opened_is_given_up_and_opened_again(
    qtbot: QtBot, window: MainWindow, open_file: Open, slow_file: Path, tmp_path: Path
) -> None:
    open_file(save(tmp_path / "a.pt"))
    activate(qtbot, window)
    choose(qtbot, window, slow_file, "Ctrl+D")
    panel = window.compare
    assert panel.sentence.text() == "Opening slow.pt…"
    assert focused() is panel.sentence
    qtbot.waitUntil(panel.progress.isVisible)
    assert focused() is panel.sentence, "Space does not cancel what has just appeared"
    assert names(passed(window)) >= {"‹ Layers", "Cancel", "Compare with…"}
    press("Ctrl+F")
    assert focused() is window.filter
    press("Esc")
    assert focused() is panel.sentence
    press("Esc")
    done(qtbot, panel)
    assert panel.sentence.text() == "Cancelled."
    assert not panel.progress.isVisible()
    assert focused() is panel.again
    assert names(passed(window)) >= {"‹ Layers", "Compare again"}
    press("Space")
    assert panel.sentence.text() == "Opening slow.pt…"
    assert not panel.again.isVisible()
    assert focused() is panel.sentence
    qtbot.waitUntil(panel.progress.isVisible)
    panel.progress.cancel.setFocus()
    press("Space")
    done(qtbot, panel)
    assert focused() is panel.again, "also where Cancel was pressed, which is gone"


@popup
def test_escape_leads_back_from_what_was_cancelled(
    qtbot: QtBot, window: MainWindow, open_file: Open, slow_file: Path, tmp_path: Path
) -> None:
    open_file(save(tmp_path / "a.pt"))
    activate(qtbot, window)
    choose(qtbot, window, slow_file, "Ctrl+D")
    press("Esc")
    done(qtbot, window.compare)
    assert window.full_views.shown is window.compare
    press("Esc")
    assert window.pages.currentWidget() is window.splitter
    assert focused() is window.layers.tree
    choose(qtbot, window, save(tmp_path / "b.pt"), "Ctrl+D")
    done(qtbot, window.compare)
    assert window.compare.sentence.text() == "The 1 tensor is bit-identical."
    assert focused() is window.compare.rows.tree
    shown = window.compare.sides.text()
    choose(qtbot, window, slow_file, "Ctrl+D")
    assert focused() is window.compare.rows.tree, "there is something to go through meanwhile"
    press("Esc")
    done(qtbot, window.compare)
    assert window.compare.sentence.text() == "Cancelled. The 1 tensor is bit-identical."
    assert (window.compare.sides.isVisible(), window.compare.sides.text()) == (True, shown)
    assert not window.compare.again.isVisible(), "what was compared before is still seen"
    assert focused() is window.compare.rows.tree


@popup
def test_another_file_that_is_opened_meanwhile_is_not_said_to_be_cancelled(
    qtbot: QtBot, window: MainWindow, open_file: Open, slow_file: Path, tmp_path: Path
) -> None:
    open_file(save(tmp_path / "a.pt"))
    activate(qtbot, window)
    choose(qtbot, window, slow_file, "Ctrl+D")
    open_file(save(tmp_path / "other.pt"))
    done(qtbot, window.compare)
    window.full_views.bring_compare()
    assert window.compare.page.message.text() == "Choose a second checkpoint, B, to see what changed from this one, A."
    assert not window.compare.again.isVisible()
    assert focused() is window.compare.page.button


@popup
def test_a_comparison_is_given_up_and_made_again(
    qtbot: QtBot, window: MainWindow, open_file: Open, tmp_path: Path
) -> None:
    values = torch.arange(float(_MANY + 2))
    path = save(tmp_path / "many.pt", **{f"layers.{at}.weight": values[at : at + 2] for at in range(_MANY)})
    open_file(path)
    activate(qtbot, window)
    choose(qtbot, window, path, "Ctrl+D")
    panel = window.compare
    qtbot.waitUntil(lambda: panel.sentence.text() == "Comparing…", timeout=TIMEOUT_MS)
    assert focused() is panel.sentence
    press("Esc")
    assert panel.sentence.text() == "Cancelled."
    assert focused() is panel.again
    press("Space")
    assert panel.sentence.text() == "Comparing…"
    press("Shift+Tab")
    elsewhere = focused()
    assert names([elsewhere]) == {"Compare with…"}
    done(qtbot, panel)
    assert panel.sentence.text() == f"All {_MANY:,} tensors are bit-identical."
    assert focused() is elsewhere, "its user has put it there"
    panel.rows.focus()
    panel.comparing.compare()
    press("Esc")
    assert focused() is panel.again, "there are no rows any more"


@popup
def test_what_fails_can_be_tried_again(qtbot: QtBot, window: MainWindow, open_file: Open, tmp_path: Path) -> None:
    open_file(save(tmp_path / "a.pt"))
    activate(qtbot, window)
    path = tmp_path / "b.pt"
    path.write_text("not yet written")
    choose(qtbot, window, path, "Ctrl+D")
    panel = window.compare
    done(qtbot, panel)
    assert panel.sentence.text().startswith("b.pt was not opened.")
    assert focused() is panel.again
    save(path)
    press("Space")
    done(qtbot, panel)
    assert panel.sentence.text() == "The 1 tensor is bit-identical."
    assert focused() is panel.rows.tree


@pytest.fixture
def compared(qtbot: QtBot, window: MainWindow, open_file: Open, tmp_path: Path) -> ComparePanel:
    """A comparison that is shown, of two layers with a difference each."""
    a = {f"block.{at}.weight": torch.full((3,), 2.0) for at in range(4)}
    b = a | {"block.1.weight": torch.full((3,), 3.0), "block.3.weight": torch.full((3,), 3.0)}
    open_file(save(tmp_path / "a.pt", **a))
    window.full_views.bring_compare()
    window.compare.compare_with(save(tmp_path / "b.pt", **b))
    done(qtbot, window.compare)
    activate(qtbot, window)
    return window.compare


@pytest.mark.parametrize("form", [0, 1])
def test_the_next_difference_after_the_last_is_the_first(
    form: int, qtbot: QtBot, window: MainWindow, compared: ComparePanel
) -> None:
    said = window.status.currentMessage
    compared.rows.switch.setCurrentIndex(form)
    done(qtbot, compared)
    compared.rows.focus()
    assert compared.selected_key == "block.1.weight"
    press("F7")
    assert (compared.selected_key, said()) == ("block.3.weight", "")
    press("F7")
    assert (compared.selected_key, said()) == ("block.1.weight", "After the last difference: this is the first.")
    press("Shift+F7")
    assert (compared.selected_key, said()) == ("block.3.weight", "After the first difference: this is the last.")
    press("Shift+F7")
    assert (compared.selected_key, said()) == ("block.1.weight", "")


def list_only(qtbot: QtBot, panel: ComparePanel, key: str) -> None:
    press("Ctrl+F", "Ctrl+A")
    QTest.keyClicks(focused(), key)
    model = panel.rows.model
    qtbot.waitUntil(
        lambda: [model.index(row, 0).data() for row in range(model.rowCount())] == [key], timeout=TIMEOUT_MS
    )
    done(qtbot, panel)


def test_where_no_difference_is_listed_it_is_said(qtbot: QtBot, window: MainWindow, compared: ComparePanel) -> None:
    list_only(qtbot, compared, "block.0.weight")
    press("F7")
    assert window.status.currentMessage() == "None of 2 differences is listed."
    list_only(qtbot, compared, "block.3.weight")
    press("F7")
    assert compared.selected_key == "block.3.weight"
    press("F7")
    assert window.status.currentMessage() == "This is the only difference that is listed."


def test_where_there_is_no_difference_it_is_said(
    qtbot: QtBot, window: MainWindow, compared: ComparePanel, tmp_path: Path
) -> None:
    compared.compare_with(tmp_path / "a.pt")
    done(qtbot, compared)
    press("F7")
    assert window.status.currentMessage() == "No differences in 4 tensors."


def test_the_map_says_one_change_once_and_which_keys_choose(compared: ComparePanel) -> None:
    assert "(relative L2: 0.5, full; hatched: bit-identical)" in compared.moved.title.text()
    compared.moved.plot.mark(None)
    compared.moved.plot.pointed.emit(None)
    assert compared.moved.readout.text() == (
        "Click on a cell, or press ←, →, ↑ or ↓, to see its tensor that moved furthest."
    )
    compared.moved.plot.setFocus()
    press("Right")
    assert QApplication.focusWidget() is compared.moved.plot
    assert compared.selected_key == "block.0.weight"
