"""What is selected in the layers, in Compare and in a run is the same tensor."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from explorer.ui.main_window import MainWindow
from tests.ui.conftest import TIMEOUT_MS, action, click

KEYS = [f"layer{place}.weight" for place in range(4)]


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    """Three steps of a run, of which the first layer stays as it was."""
    made = [tmp_path / f"step_{step}.pt" for step in (1, 2, 3)]
    for at, path in enumerate(made):
        torch.save({key: torch.full((3,), 1.0 + at * place) for place, key in enumerate(KEYS)}, path)
    return made


@pytest.fixture
def settle(qtbot: QtBot, window: MainWindow) -> Callable[[], None]:
    def settled() -> None:
        qtbot.waitUntil(lambda: not window.opening.busy and not window.full_views.busy, timeout=TIMEOUT_MS)

    return settled


def selected(window: MainWindow) -> str | None:
    return None if window.session.tensor is None else window.session.tensor.key


def test_the_layers_and_the_comparison_have_one_selection(
    window: MainWindow, open_file: Callable[[Path], None], paths: list[Path], settle: Callable[[], None]
) -> None:
    open_file(paths[0])
    assert window.layers.select_key(KEYS[2])
    panel = window.compare
    window.full_views.bring_compare()
    panel.compare_with(paths[1])
    settle()
    assert panel.selected_key == KEYS[2], "what was selected before anything was compared"
    panel.rows.table.selectRow(next(row for row in range(4) if panel.model.index(row, 0).data() == KEYS[3]))
    click(panel, "‹ Layers")
    assert selected(window) == KEYS[3]
    assert window.layers.tree.currentIndex() == window.layers.model.index_of_key(KEYS[3])
    assert window.layers.select_key(KEYS[1])
    action(window, "Compare", "Back to the comparison").trigger()
    assert panel.selected_key == KEYS[1]
    window.escape()
    assert selected(window) == KEYS[1]


def test_nothing_jumps_where_the_other_view_does_not_list_it(
    window: MainWindow, open_file: Callable[[Path], None], paths: list[Path], settle: Callable[[], None]
) -> None:
    open_file(paths[0])
    panel = window.compare
    window.full_views.bring_compare()
    panel.compare_with(paths[1])
    settle()
    panel.tools.state_chosen.emit("differs")
    settle()
    window.show_layers()
    assert selected(window) == KEYS[1], "nobody had selected anything"
    assert window.layers.select_key(KEYS[0])
    window.full_views.show_compare()
    assert panel.selected_key == KEYS[1], "what is identical is not listed"
    window.show_layers()
    assert selected(window) == KEYS[0]


def test_a_run_of_tensors_has_the_same_selection(
    window: MainWindow, open_file: Callable[[Path], None], paths: list[Path], settle: Callable[[], None]
) -> None:
    open_file(paths[0])
    window.full_views.compare_run(paths)
    settle()
    panel = window.full_views.run
    level = panel.tools.level
    level.setCurrentIndex(level.findData("tensors"))
    level.activated.emit(level.currentIndex())
    settle()
    names = [panel.model.headerData(row, Qt.Orientation.Vertical) for row in range(4)]
    panel.table.selectRow(names.index(KEYS[2]))
    click(panel, "‹ Layers")
    assert selected(window) == KEYS[2]
    assert window.layers.select_key(KEYS[3])
    window.full_views.show_run()
    assert [index.row() for index in panel.table.selectionModel().selectedRows()] == [names.index(KEYS[3])]
