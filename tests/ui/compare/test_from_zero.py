"""What moved from all 0 has an endless relative change: its layer, the map and the report show it as no small one."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from explorer.analysis.compare.moved_layers import MovedLayer, words_of
from explorer.analysis.report.comparison_map import map_of_layers
from explorer.progress import no_report
from explorer.ui import theme
from explorer.ui.compare.model import Column
from explorer.ui.compare.tree_model import UnionModel
from explorer.ui.main_window import MainWindow
from tests.ui.conftest import TIMEOUT_MS


def figures(model: UnionModel) -> dict[str, tuple[str, str]]:
    """The relative change of each row by its name, and its tool tip."""
    found, waiting = {}, [model.index(0, 0)]
    while waiting:
        row = waiting.pop()
        cell = row.siblingAtColumn(Column.RELATIVE)
        found[row.data()] = cell.data(), cell.data(3) or ""
        waiting += [model.index(at, 0, row) for at in range(model.rowCount(row))]
    return found


def test_what_moved_from_all_0_is_seen_in_its_layer_and_strong_in_the_map(
    window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path, qtbot: QtBot
) -> None:
    a = {
        "body.0.conv.weight": torch.ones(2, 2, 3, 3),
        "body.1.norm.weight": torch.ones(4),
        "body.1.norm.bias": torch.zeros(4),
        "body.2.norm.weight": torch.ones(4),
        "body.2.norm.bias": torch.ones(4),
    }
    b = {key: tensor * 1.5 for key, tensor in a.items()}
    b["body.1.norm.weight"], b["body.1.norm.bias"] = torch.full((4,), 1.001), torch.ones(4)
    torch.save(a, tmp_path / "a.pt")
    torch.save(b, tmp_path / "b.pt")
    open_file(tmp_path / "a.pt")
    panel = window.compare
    panel.compare_with(tmp_path / "b.pt", None)
    qtbot.waitUntil(lambda: not window.full_views.busy and not panel.busy, timeout=TIMEOUT_MS)
    assert panel.sides.isVisibleTo(panel)
    assert panel.sides.text() == "From A, a.pt, to B, b.pt. Swap A and B turns it round."
    shown = figures(panel.rows.union)
    assert shown["1.norm"][0] == "0.001 *"
    assert "Without 1 tensor that was all 0 in A, and changed: +Inf." in shown["1.norm"][1]
    assert shown["2.norm"][0] == "0.5"
    plot = panel.moved.plot
    assert panel.model.compared is not None
    assert panel.moved.title.text().endswith("dashed: +Inf, as some were all 0 in A)")
    picture = plot.grab().toImage()
    full = QColor(theme.current(plot).b_fill)
    cell = plot.room_of((1, 1))
    assert picture.pixelColor(cell.center().toPoint()) == full
    panel.moved.chosen.emit(panel.model.compared.moved.cells[1, 1].place)
    picture = plot.grab().toImage()
    across = [
        picture.pixelColor(x, round(cell.top() + 4)) for x in range(round(cell.left()) + 8, round(cell.right()) - 8)
    ]
    assert len(set(map(QColor.name, across))) > 1, "its dashes are seen within the frame of the cell that is selected"
    assert panel.moved.readout.text() == (
        "norm in body.1: +Inf (1 from all 0), of the others 0.001 · 2 tensors, 0 identical"
    )
    page = map_of_layers(panel.model.compared.comparison, no_report)
    assert page.count('class="zero"') == 1
    assert "body.1 · norm: 2 tensors, 0 identical; +Inf (1 from all 0), of the others 0.001" in page


@pytest.mark.parametrize(
    ("identical", "from_zero", "change", "words"),
    [
        (2, 0, None, "identical"),
        (0, 0, 0.25, "0.25"),
        (0, 0, 0.0, "0 among finite values"),
        (0, 0, None, "no figures"),
        (0, 2, None, "+Inf (2 from all 0)"),
        (0, 1, 0.0, "+Inf (1 from all 0), of the others 0 among finite values"),
    ],
)
def test_words_say_how_far_a_layer_moved(identical: int, from_zero: int, change: float | None, words: str) -> None:
    assert words_of(MovedLayer("layer", 2, identical, from_zero, (change, None, None, None), 0)) == words
