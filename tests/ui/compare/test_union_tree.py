"""The tree of both files and the rules that pair their keys, as their user meets them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from explorer.ui import theme
from explorer.ui.compare.model import Column
from explorer.ui.compare.panel import ComparePanel
from explorer.ui.load_test.rules_model import FIND, REPLACE
from explorer.ui.main_window import MainWindow
from tests.ui.conftest import click

TIMEOUT_MS = 30_000
RECURSIVELY = Qt.MatchFlag.MatchRecursive | Qt.MatchFlag.MatchExactly

Open = Callable[[Path], None]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A training checkpoint with two state_dicts, and one whose keys are named otherwise."""
    a = {
        "embed.weight": torch.ones(8, 4),
        **{f"layers.{at}.{name}.weight": torch.ones(4, 4) for at in range(3) for name in ("attn.q", "attn.k", "mlp")},
        "steps": torch.tensor(5),
    }
    b = {key.replace("layers", "blocks"): value.clone() for key, value in a.items()}
    b["blocks.1.attn.k.weight"][0, 0] = 3
    b["blocks.2.mlp.weight"] *= 1.75
    b["blocks.2.attn.q.weight"][1] = torch.nan
    b["steps"] += 95
    torch.save({"model": a, "ema": {key: value * 2 for key, value in a.items()}}, tmp_path / "a.pt")
    torch.save(b, tmp_path / "b.pt")
    return tmp_path / "a.pt", tmp_path / "b.pt"


@pytest.fixture
def panel(window: MainWindow, open_file: Open, files: tuple[Path, Path]) -> Iterator[ComparePanel]:
    open_file(files[0])
    window.pages.setCurrentWidget(window.compare)
    yield window.compare
    window.filter.clear()


def drawn(panel: ComparePanel) -> list[tuple[str, str]]:
    """The rows that are open: names with a space for each layer they are in, and states."""

    def below(parent: QModelIndex, depth: int) -> Iterator[tuple[str, str]]:
        for row in range(model.rowCount(parent)):
            index = model.index(row, 0, parent)
            yield f"{' ' * depth}{index.data()}", index.siblingAtColumn(1).data()
            if panel.rows.tree.isExpanded(index):
                yield from below(index, depth + 1)

    model = panel.rows.union
    return list(below(QModelIndex(), 0))


def current(panel: ComparePanel) -> str:
    return str(panel.rows.tree.currentIndex().data())


def cells(panel: ComparePanel) -> list[str]:
    index = panel.rows.tree.currentIndex()
    return [str(index.siblingAtColumn(column).data()) for column in range(6)]


def both_names(panel: ComparePanel) -> str:
    """What is written in the first cell of the current row, with room for all of it."""
    index, option = panel.rows.tree.currentIndex(), QStyleOptionViewItem()
    option.rect.setWidth(2_000)
    delegate = panel.rows.tree.itemDelegateForIndex(index)
    assert isinstance(delegate, QStyledItemDelegate)
    delegate.initStyleOption(option, index)
    return option.text


def test_rules_pair_what_a_tree_then_shows(
    window: MainWindow, panel: ComparePanel, files: tuple[Path, Path], qtbot: QtBot, qtmodeltester: ModelTester
) -> None:
    def wait() -> None:
        qtbot.waitUntil(lambda: not panel.busy, timeout=TIMEOUT_MS)

    panel.compare_with(files[1])
    wait()
    assert (
        "11 tensors would have a counterpart with ^blocks\\. → layers., 9 more than now." in panel.offered.said.text()
    )
    assert len(panel.model.arranged.places) == 20, "nothing is paired silently"
    click(panel, "Edit rules…")
    editor = panel.body.editor
    assert editor is not None
    qtbot.waitUntil(lambda: not editor.preview.busy, timeout=TIMEOUT_MS)
    assert editor.said.text() == "9 of 11 keys get another name. 11 then have a name and shape of A's."
    editor.rules.setData(editor.rules.index(0, FIND), r"^blocks\.\d+\.")
    qtbot.waitUntil(lambda: not editor.preview.busy, timeout=TIMEOUT_MS)
    assert editor.said.text().startswith("Two keys would be called layers.attn.q.weight")
    assert not editor.apply.isEnabled(), "a collision is refused"
    editor.rules.setData(editor.rules.index(0, REPLACE), "x")
    click(editor, "Undo")
    click(editor, "Undo")
    qtbot.waitUntil(lambda: not editor.preview.busy, timeout=TIMEOUT_MS)
    click(editor, "Apply and compare")
    wait()
    qtmodeltester.check(panel.rows.union)  # type: ignore[no-untyped-call] # pytest-qt has no types here
    assert drawn(panel) == [
        ("A a.pt | B b.pt", "1 not finite · 3 differ"),
        (" embed.weight", "identical"),
        (" layers", "1 not finite · 2 differ"),
        ("  0", "identical"),
        ("  1", "1 differs"),
        ("   attn", "1 differs"),
        ("    q.weight", "identical"),
        ("    k.weight", "differs"),
        ("   mlp.weight", "identical"),
        ("  2", "1 not finite · 1 differs"),
        ("   attn", "1 not finite"),
        ("    q.weight", "not finite"),
        ("    k.weight", "identical"),
        ("   mlp.weight", "differs"),
        (" steps", "differs · int"),
    ]
    assert (current(panel), both_names(panel)) == ("k.weight", "k.weight  ←  blocks.1.attn.k.weight")
    tree = panel.rows.tree
    tree.setCurrentIndex(panel.rows.union.index(0, 0))
    # Of 8·4 + 9·16 elements 21 changed, those with NaN among them; and the counter is none of them.
    assert cells(panel) == ["A a.pt | B b.pt", "1 not finite · 3 differ", "2", "0.75", "0.9186", "11.9 %"]
    assert "Without 1 tensor of whole numbers." in str(
        tree.currentIndex().siblingAtColumn(3).data(Qt.ItemDataRole.ToolTipRole)
    )
    (steps,) = panel.rows.union.match(tree.currentIndex(), Qt.ItemDataRole.DisplayRole, "steps", -1, RECURSIVELY)
    (largest, moved) = (steps.siblingAtColumn(Column.MAX), panel.rows.union.index_of(0).siblingAtColumn(Column.MAX))
    assert largest.data() == "95", "more than the layer around it says"
    assert "the figures of a layer leave them out" in str(largest.data(Qt.ItemDataRole.ToolTipRole))
    assert "the figures of a layer leave them out" in str(steps.siblingAtColumn(1).data(Qt.ItemDataRole.ToolTipRole))
    assert largest.data(Qt.ItemDataRole.ForegroundRole).color() == QColor(theme.current(panel).muted)
    assert moved.data(Qt.ItemDataRole.ForegroundRole) is None
    assert "100 % of the values changed" in panel.pair.facts.text(), "its tensor that moved furthest"
    tree.collapseAll()
    for key in ("k.weight", "q.weight", "mlp.weight", "steps"):
        panel.rows.step(1)
        assert current(panel) == key, "what it is in is opened"
    assert [row for row, _ in drawn(panel)].count("    k.weight") == 2
    tree.setCurrentIndex(panel.rows.union.index(1, 0, panel.rows.union.index(0, 0)))
    panel.rows.step(-1)
    assert current(panel) == "steps", "nothing before it differs, and the last comes before the first"
    tree.sortByColumn(3, Qt.SortOrder.DescendingOrder)
    wait()
    assert [row for row, _ in drawn(panel)][:3] == ["A a.pt | B b.pt", " steps", " layers"]
    tree.sortByColumn(-1, Qt.SortOrder.DescendingOrder)
    wait()
    union = panel.rows.union
    tree.expand(union.index(0, 0, union.index(1, 0, union.index(0, 0))))
    tree.collapse(union.index(2, 0, union.index(1, 0, union.index(0, 0))))
    opened = drawn(panel)
    panel.atol.setText("0.75")
    panel.atol.editingFinished.emit()
    wait()
    assert [row for row, _ in drawn(panel)] == [row for row, _ in opened], "judged again, layers stay as they were"
    assert ("  2", "1 not finite · 1 close") in drawn(panel)
    tree.sortByColumn(3, Qt.SortOrder.DescendingOrder)
    window.filter.setText("mlp shape:4x4")
    window.filter.returnPressed.emit()
    wait()
    assert [row for row, _ in drawn(panel)] == [
        *("A a.pt | B b.pt", " layers", "  2", "   mlp.weight", "  0", "  1", "   mlp.weight")
    ], "layers are sorted by what is listed of them"
    assert panel.rows.said.text() == "3 of 11 tensors are listed."
    panel.moved.plot.chosen.emit(0)
    wait()
    assert (current(panel), window.filter.text()) == ("embed.weight", ""), (
        "what is asked for is also led to where it was not listed"
    )
    assert sorted(row for row, _ in drawn(panel)) == sorted(row for row, _ in opened), "the filter's layers are closed"
    panel.rows.switch.setCurrentIndex(1)
    wait()
    assert panel.rows.table.isVisible()
    assert panel.selected_key == "embed.weight"
    assert window.settings.kept("compare/rows") == "list"
    click(panel, "Compare without the rules")
    wait()
    assert len(panel.model.arranged.places) == 20


def test_two_entries_of_one_file_are_compared_and_mapped(window: MainWindow, panel: ComparePanel, qtbot: QtBot) -> None:
    def wait() -> None:
        qtbot.waitUntil(lambda: not panel.busy, timeout=TIMEOUT_MS)

    click(panel, "Compare two entries of this file")
    wait()
    chosen = panel.tools.entries_a.currentText(), panel.tools.entries.currentText()
    assert (chosen, panel.sentence.text().split(";")[0]) == (
        ("model", "ema"),
        "11 of 11 tensors changed: 11 in value (1 of them whole numbers)",
    )
    window.settings.keep("compare/rows", "tree")
    plot = panel.moved.plot
    assert panel.moved.title.text() == ("Where it moved (relative L2: 1, full; hatched: bit-identical)")
    colour = plot.grab().toImage().pixelColor(plot.room_of((1, 1)).center().toPoint())
    assert colour == QColor(theme.current(plot).b_fill)
    QTest.mouseClick(plot, Qt.MouseButton.LeftButton, pos=plot.room_of((1, 2)).center().toPoint())
    assert panel.selected_key == "layers.1.attn.q.weight"
    assert panel.moved.readout.text() == "attention in layers.1: 1 · 2 tensors, 0 identical"
    QTest.keyClick(plot, Qt.Key.Key_Down)
    assert panel.selected_key == "layers.1.mlp.weight"
    before = plot.room_of((1, 2)).width()
    middle = plot.room_of((1, 2)).center()
    wheel = QWheelEvent(
        middle,
        plot.mapToGlobal(middle),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QGuiApplication.sendEvent(plot, wheel)
    assert plot.room_of((1, 2)).width() > before
    panel.moved.reset()
    assert plot.room_of((1, 2)).width() == before
    panel.moved.copy_numbers()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0] == "layer\tkind\ttensors\tidentical\trelative_l2\tfrom_zero\trelative_l2_of\tlargest"
    assert lines[1] == "embed\tembedding\t1\t0\t1.0\t0\tweights\t1.0"
    panel.moved.copy_picture()
    assert QGuiApplication.clipboard().image().width() == 2 * (plot.width() + 2 * plot.inset)
    box = panel.tools.entries_a
    box.setCurrentIndex(box.findData("ema"))
    box.activated.emit(box.currentIndex())
    wait()
    assert window.session.entry is not None
    assert (window.session.entry.path, panel.sentence.text()) == ("ema", "All 11 tensors are bit-identical.")


def test_proposals_that_only_order_tells_say_so(
    window: MainWindow, open_file: Open, tmp_path: Path, qtbot: QtBot
) -> None:
    torch.save({f"one.{name}": torch.ones(3) for name in ("red", "green")}, tmp_path / "a.pt")
    torch.save({f"one.{name}": torch.ones(3) for name in ("apple", "pear")}, tmp_path / "b.pt")
    open_file(tmp_path / "a.pt")
    panel = window.compare
    window.pages.setCurrentWidget(panel)
    panel.compare_with(tmp_path / "b.pt")
    qtbot.waitUntil(lambda: not panel.busy, timeout=TIMEOUT_MS)
    assert panel.offered.ambiguous.isVisible()
    assert panel.offered.ambiguous.text().startswith("Ambiguous: 2 tensors may be one another by their shapes")


def test_long_names_lose_their_middle_in_both_views(panel: ComparePanel) -> None:
    for view in (panel.rows.tree, panel.rows.table):
        assert view.textElideMode() == Qt.TextElideMode.ElideMiddle
