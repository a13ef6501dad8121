"""After a fine-tune: what was trained is told before running statistics, and what is listed is what is told of."""

import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from explorer.ui import theme
from explorer.ui.compare.model import Column
from explorer.ui.compare.panel import ComparePanel
from explorer.ui.main_window import MainWindow
from explorer.ui.plots import confirmation
from tests.ui.conftest import TIMEOUT_MS, activate

BLOCKS = 6

Open = Callable[[Path], None]


def network(moved: float) -> dict[str, torch.Tensor]:
    """A stem that is frozen, blocks of convolutions and batch norms that are not, and a head.

    Args:
        moved: How far its weights went, of what they were; biases and running statistics go further.
    """
    torch.manual_seed(0)
    made = {"stem.0.weight": torch.randn(4, 3, 3, 3), "stem.1.weight": torch.randn(4, 4, 3, 3)}
    for at in range(BLOCKS):
        made |= {
            f"blocks.{at}.conv.weight": torch.randn(4, 4, 3, 3) * (1 + moved * (at + 1) / BLOCKS),
            f"blocks.{at}.bn.weight": torch.ones(4) * (1 + moved / 30),
            f"blocks.{at}.bn.bias": torch.full((4,), 1e-3) * (1 + 4 * moved),
            f"blocks.{at}.bn.running_mean": torch.ones(4) * (1 + 6 * moved),
            f"blocks.{at}.bn.running_var": torch.ones(4) * (1 + 3 * moved),
            f"blocks.{at}.bn.num_batches_tracked": torch.tensor(100 + int(900 * moved)),
        }
    return made | {"head.weight": torch.randn(10, 4) * (1 + moved / 2)}


@pytest.fixture
def panel(window: MainWindow, open_file: Open, tmp_path: Path, qtbot: QtBot) -> ComparePanel:
    torch.save(network(0), tmp_path / "base.pt")
    torch.save(network(0.375), tmp_path / "tuned.pt")
    open_file(tmp_path / "base.pt")
    window.full_views.show_compare()
    window.compare.compare_with(tmp_path / "tuned.pt")
    settle(window, qtbot)
    return window.compare


def settle(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.full_views.busy and not window.compare.busy, timeout=TIMEOUT_MS)
    qtbot.waitUntil(lambda: not window.compare.exports.busy, timeout=TIMEOUT_MS)


def narrow(window: MainWindow, words: str, qtbot: QtBot) -> None:
    window.filter.setText(words)
    window.filter.returnPressed.emit()
    settle(window, qtbot)


def exported(panel: ComparePanel, path: Path, qtbot: QtBot) -> str:
    exports = panel.exports
    exports.entries.export[path.suffix[1:]].trigger()
    dialog = exports.findChildren(QFileDialog)[-1]
    dialog.fileSelected.emit(str(path))
    dialog.close()
    qtbot.waitUntil(lambda: not exports.busy, timeout=TIMEOUT_MS)
    return path.read_text(encoding="utf-8")


def test_the_sentence_names_the_weight_that_moved_furthest(panel: ComparePanel) -> None:
    assert panel.sentence.text().endswith(
        "largest relative change of weights 0.375 in blocks.5.conv.weight, of biases 1.5 in blocks.0.bn.bias, "
        "of running statistics 2.25 in blocks.0.bn.running_mean."
    )


def test_running_statistics_do_not_pale_what_was_trained_in_the_map(panel: ComparePanel) -> None:
    plot, grid = panel.moved.plot, panel.model.arranged.moved
    assert grid is not None
    assert panel.moved.title.text() == (
        "Where it moved (relative L2: weights from 0.0125, faint, to 0.375, full, which some running statistics "
        "exceed; hatched: bit-identical)"
    )
    at = {(grid.kinds[row], grid.layers[column]): (row, column) for row, column in grid.cells}
    picture, full = plot.grab().toImage(), QColor(theme.current(plot).b_fill)

    def colour(kind: str, layer: str) -> QColor:
        return picture.pixelColor(plot.room_of(at[kind, layer]).center().toPoint())

    assert colour("convolution", "blocks.5") == full
    assert colour("running statistics", "blocks.5") == full
    norm = colour("norm", "blocks.5")
    assert norm != full
    assert norm.blue() > colour("linear", "head").blue(), "less far than the head, whatever its bias near 0 did"
    readout = panel.moved.readout
    for kind, told, leads_to in (
        ("norm", "0.0125, of biases 1.5", "weight"),
        ("running statistics", "2.25", "running_mean"),
    ):
        cell = plot.room_of(at[kind, "blocks.5"]).center().toPoint()
        QTest.mouseClick(plot, Qt.MouseButton.LeftButton, pos=cell)
        assert readout.text() == f"{kind} in blocks.5: {told} · 2 tensors, 0 identical"
        assert panel.selected_key == f"blocks.5.bn.{leads_to}"


def test_a_report_draws_what_was_trained_and_names_the_rest(panel: ComparePanel, tmp_path: Path, qtbot: QtBot) -> None:
    page = exported(panel, tmp_path / "page.html", qtbot)
    drawn = page.partition("<h2>What moved furthest</h2>")[2].partition("</section>")[0]
    names = [row.partition("<")[0] for row in drawn.split('<td class="k">')[1:]]
    weights = {key for key in network(0) if key.endswith("weight") and not key.startswith("stem")}
    assert len(names) == 12
    assert set(names) <= weights
    assert names[0] == "blocks.5.conv.weight"
    assert "12 running statistics moved as well, by relative L2 change, the furthest of them: " in drawn
    assert "blocks.0.bn.running_mean 2.25" in drawn
    assert "6 biases moved as well" in drawn
    table = page.partition("tensors not identical</h2>")[2]
    assert all(f">{key}<" in table for key in network(0) if not key.startswith("stem")), "nothing is hidden"
    assert "covers" not in page
    grid = page.partition("<h2>Which layers moved</h2>")[2].partition("</section>")[0]
    assert "The full colour is the largest change of weights; that of some running statistics is larger." in grid
    assert 'fill-opacity="1.00"' in grid.partition("blocks.5 · convolution")[0].rpartition("<rect")[2]


def test_a_filter_holds_for_layers_the_map_and_the_report(
    panel: ComparePanel, window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    narrow(window, "-running -num_batches", qtbot)
    few = f"{3 * BLOCKS + 3} of {6 * BLOCKS + 3} tensors: filter ‘-running -num_batches’"
    union = panel.rows.union
    (layer,) = union.match(union.index(0, 0), Qt.ItemDataRole.DisplayRole, "0", 1, Qt.MatchFlag.MatchRecursive)
    (norm,) = union.match(layer, Qt.ItemDataRole.DisplayRole, "bn", 1, Qt.MatchFlag.MatchRecursive)
    told = [norm.siblingAtColumn(column).data() for column in (Column.STATE, Column.RELATIVE)]
    assert told == ["2 differ", "1.5"], "a layer tells of the rows that are below it"
    panel.rows.tree.setCurrentIndex(norm)
    assert panel.selected_key == "blocks.0.bn.bias", "and leads to one of them"
    assert panel.moved.title.text().startswith(f"Where it moved, {few} (relative L2: from ")
    assert panel.model.arranged.moved is not None
    kinds = panel.model.arranged.moved.kinds
    assert "running statistics" not in {kinds[row] for row, _ in panel.model.arranged.moved.cells}
    page = exported(panel, tmp_path / "some.html", qtbot)
    assert f"This report covers {few}." in page
    assert "running_" not in page.partition("covers")[2]
    assert panel.exports.confirmation.text() == f"Saved as some.html: {few}."
    exported(panel, tmp_path / "all.json", qtbot)
    assert panel.exports.confirmation.text() == "Saved as all.json: all tensors, whatever is listed."
    assert f"Listed are {few}" in exported(panel, tmp_path / "some.md", qtbot).replace("\\", "")
    panel.states.setCurrentIndex(panel.states.findData("identical"))
    panel.states.activated.emit(panel.states.currentIndex())
    settle(window, qtbot)
    assert "state ‘identical’" in panel.moved.title.text()
    narrow(window, "nothing", qtbot)
    assert "Nothing fits filter ‘nothing’, state ‘identical’: this report covers all tensors." in exported(
        panel, tmp_path / "none.html", qtbot
    )
    narrow(window, "", qtbot)


def test_what_leads_to_a_saved_file_stays_until_it_is_closed(
    panel: ComparePanel, window: MainWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, rows = panel.exports.confirmation, panel.rows
    said._timer.setInterval(1)

    def room() -> QRect:
        return QRect(rows.mapTo(window, QPoint()), rows.size())

    before = room()
    exported(panel, tmp_path / "page.html", qtbot)
    assert said.isVisible()
    assert not QRect(said.mapTo(window, QPoint()), said.size()).intersects(room()), "it covers no row"
    assert not said._timer.isActive()
    panel.rows.tree.sortByColumn(Column.RELATIVE, Qt.SortOrder.DescendingOrder)
    settle(window, qtbot)
    assert (said.isVisible(), room()) == (True, before)
    said.closing.click()
    assert (said.isVisible(), room()) == (False, before)
    opened: list[Path] = []
    monkeypatch.setattr("explorer.ui.compare.exporting.show_file", opened.append)
    exported(panel, tmp_path / "again.html", qtbot)
    panel.exports.open_report.click()
    assert opened == [tmp_path / "again.html"]
    qtbot.waitUntil(lambda: not said.isVisible(), timeout=TIMEOUT_MS)
    assert confirmation.SAID_MS > 1000, "words alone can be read before they go"


def test_a_sorted_tree_shows_its_top(panel: ComparePanel, window: MainWindow, qtbot: QtBot) -> None:
    for view in (panel.rows.tree, panel.rows.table):
        panel.rows.switch.setCurrentIndex(int(view is panel.rows.table))
        settle(window, qtbot)
        bar = view.verticalScrollBar()
        assert panel.rows.select(len(panel.model.arranged.places) - 1)
        qtbot.waitUntil(lambda: bar.value() > 0)  # noqa: B023
        kept = panel.selected_key
        view.sortByColumn(Column.RELATIVE, Qt.SortOrder.AscendingOrder)
        settle(window, qtbot)
        view.sortByColumn(Column.NAME, Qt.SortOrder.AscendingOrder)
        settle(window, qtbot)
        qtbot.wait(50)
        assert (bar.value(), panel.selected_key) == (0, kept)
    activate(qtbot, window)
    table, bar = panel.rows.table, panel.rows.table.verticalScrollBar()
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_End)
    QTest.keyClick(table, Qt.Key.Key_Up)
    table.sortByColumn(Column.NAME, Qt.SortOrder.DescendingOrder)
    settle(window, qtbot)
    table.sortByColumn(Column.NAME, Qt.SortOrder.AscendingOrder)
    settle(window, qtbot)
    qtbot.waitUntil(lambda: bar.value() > 0, timeout=TIMEOUT_MS)
    assert table.viewport().rect().contains(table.visualRect(table.currentIndex())), "who walks goes on from there"


def test_a_cosine_written_as_what_is_missing_says_so(
    window: MainWindow, open_file: Open, tmp_path: Path, qtbot: QtBot
) -> None:
    a = {"x.near": torch.tensor([1.0, 0.0]), "x.far": torch.tensor([1.0, 0.0])}
    torch.save(a, tmp_path / "a.pt")
    torch.save({"x.near": torch.tensor([1.0, 0.01]), "x.far": torch.tensor([1.0, 1.0])}, tmp_path / "b.pt")
    open_file(tmp_path / "a.pt")
    window.full_views.show_compare()
    panel = window.compare
    panel.compare_with(tmp_path / "b.pt")
    settle(window, qtbot)
    for model in (panel.rows.model, panel.rows.union):
        at = model.match(
            model.index(0, 0),
            Qt.ItemDataRole.DisplayRole,
            "near",
            1,
            Qt.MatchFlag.MatchRecursive | Qt.MatchFlag.MatchEndsWith,
        )
        cell = at[0].siblingAtColumn(Column.COSINE)
        assert cell.data() == "1 − 5e-05"
        tip = str(cell.data(Qt.ItemDataRole.ToolTipRole))
        assert "1 − 5e-05 is a number so near to 1, the same direction" in tip
        far = model.match(
            model.index(0, 0),
            Qt.ItemDataRole.DisplayRole,
            "far",
            1,
            Qt.MatchFlag.MatchRecursive | Qt.MatchFlag.MatchEndsWith,
        )
        assert "so near" not in str(far[0].siblingAtColumn(Column.COSINE).data(Qt.ItemDataRole.ToolTipRole))


def test_layers_in_the_map_are_named_so_that_no_two_are_the_same(
    panel: ComparePanel, window: MainWindow, tmp_path: Path, qtbot: QtBot
) -> None:
    def names() -> list[str]:
        path = tmp_path / f"{window.width()}.svg"
        panel.moved._actions.export["svg"].trigger()
        dialog = panel.moved.findChildren(QFileDialog)[-1]
        dialog.fileSelected.emit(str(path))
        dialog.close()
        qtbot.waitUntil(path.exists, timeout=TIMEOUT_MS)
        texts = [text.text or "" for text in ET.parse(path).iter() if text.tag.endswith("text")]  # noqa: S314
        return texts[texts.index("counter") + 1 :]

    layers = ["stem.0", "stem.1", *(f"blocks.{at}" for at in range(BLOCKS)), "head"]
    assert names() == layers
    panel.splitter.setSizes([10, 1000])
    window.resize(900, 800)
    qtbot.waitUntil(lambda: panel.moved.plot.width() < 500)
    assert names()[0] == "stem.0"
