"""What changed, in the window: a sentence, a table that sorts and filters, both histograms, and what goes wrong."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from explorer.ui.compare.panel import ComparePanel
from explorer.ui.main_window import MainWindow
from tests.ui.conftest import action, click

TIMEOUT_MS = 30_000

Open = Callable[[Path], None]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Two checkpoints with a tensor in most states."""
    same = torch.arange(12.0).reshape(3, 4)
    a = {"same": same, "near": same, "far": same, "gone": same, "grown": same, "wrong": same}
    b = {f"module.{key}": value.clone() for key, value in a.items() if key != "gone"}
    b["module.near"] += 1e-6
    b["module.far"][2, 3] = 15
    b["module.grown"] = torch.ones(4, 4)
    b["module.wrong"][0, 0] = torch.nan
    b["module.new"] = torch.ones(2)
    torch.save(a, tmp_path / "a.pt")
    torch.save({"model": b, "ema": {"other": same}}, tmp_path / "b.pt")
    return tmp_path / "a.pt", tmp_path / "b.pt"


def rows(panel: ComparePanel) -> dict[str, str]:
    """States by names, as they are shown."""
    model = panel.model
    return {str(model.index(row, 0).data()): str(model.index(row, 1).data()) for row in range(model.rowCount())}


def shown(panel: ComparePanel) -> str:
    return str(panel.table.currentIndex().siblingAtColumn(0).data())


def test_what_changed_is_seen(
    window: MainWindow, open_file: Open, files: tuple[Path, Path], qtbot: QtBot, qtmodeltester: ModelTester
) -> None:
    panel = window.compare

    def wait() -> None:
        qtbot.waitUntil(lambda: not panel.busy, timeout=TIMEOUT_MS)

    open_file(files[0])
    window.pages.setCurrentWidget(panel)
    panel.compare_with(files[1])
    wait()
    assert panel.sentence.text() == "No tensor of A has a counterpart in B: 6 are only in A and 6 are only in B."
    assert "5 tensors would have a counterpart with ^module\\. → (nothing)" in panel.offered.said.text()
    panel.offered.apply.click()
    wait()
    qtmodeltester.check(panel.model)  # type: ignore[no-untyped-call] # pytest-qt has no types here
    assert rows(panel) == {
        "near": "differs",
        "far": "differs",
        "gone": "only A",
        "grown": "shape",
        "wrong": "not finite",
        "new": "only B",
        "same": "identical",
    }
    assert panel.sentence.text().startswith(
        "4 of 5 tensors changed: 2 in value, 1 in NaN or infinity, 1 in shape; 1 is"
    )
    assert shown(panel) == "near"
    panel.table.sortByColumn(2, Qt.SortOrder.DescendingOrder)
    wait()
    assert list(rows(panel))[:2] == ["grown", "far"]
    assert shown(panel) == "near", "sorting selects nothing else"
    panel.table.selectRow(0)
    QTest.keyClick(panel.table, Qt.Key.Key_F7)
    wait()
    assert shown(panel) == "far"
    assert "largest difference 4 at [2, 3]: 11 → 15" in panel.pair.facts.text()
    assert panel.pair.plot is not None
    assert panel.pair.plot.describe(0).endswith("B: 1 value · 8.3 %")
    assert panel.pair.apart is not None
    assert panel.pair.apart.isVisible()
    assert panel.pair.apart.describe(0) == "[0, 0.03333) · 11 values · 91.6 %", "B − A: only the last is 4 apart"
    click(window, "Show the largest difference in A")
    assert window.looks.values.index.text() == "2, 3"
    qtbot.waitUntil(lambda: not window.looks.busy, timeout=TIMEOUT_MS)
    at = window.looks.values.table.currentIndex()
    assert (at.row(), at.column(), at.data()) == (2, 3, "11")
    window.full_views.show_compare()
    QTest.keyClick(panel.table, Qt.Key.Key_F7, Qt.KeyboardModifier.ShiftModifier)
    assert shown(panel) == "grown"
    take_elsewhere(panel, files[0].parent, wait)
    panel.atol.setText("1e-4")
    panel.atol.editingFinished.emit()
    wait()
    assert rows(panel)["near"] == "close"
    panel.states.setCurrentIndex(panel.states.findData("only_b"))
    panel.states.activated.emit(panel.states.currentIndex())
    wait()
    assert rows(panel) == {"new": "only B"}
    panel.entries.setCurrentIndex(panel.entries.findData("ema"))
    panel.entries.activated.emit(panel.entries.currentIndex())
    wait()
    assert panel.sentence.text() == "No tensor of A has a counterpart in B: 6 are only in A and 1 is only in B."
    panel.swap.click()
    qtbot.waitUntil(lambda: not window.opening.busy and not panel.busy, timeout=TIMEOUT_MS)
    assert window.session.entry is not None
    assert (window.windowTitle().split()[0], window.session.entry.path, panel.pair.b.text()) == ("b.pt", "ema", "a.pt")
    assert panel.sentence.text() == "No tensor of A has a counterpart in B: 1 is only in A and 6 are only in B."
    torch.save({"other": torch.arange(12.0).reshape(3, 4)}, files[0])
    for side in "BA":
        action(window, "Compare", f"Reload {side}").trigger()
        qtbot.waitUntil(lambda: not window.opening.busy and not panel.busy, timeout=TIMEOUT_MS)
        assert panel.sentence.text() == "The 1 tensor is bit-identical."
    window.escape()
    assert window.pages.currentWidget() is window.splitter


def take_elsewhere(panel: ComparePanel, folder: Path, wait: Callable[[], None]) -> None:
    """Copy and save what is listed, and all of it."""
    exports, board = panel.exports, QApplication.clipboard()

    def save(kind: str, name: str) -> Path:
        exports.entries.export[kind].trigger()
        dialog = exports.findChildren(QFileDialog)[-1]
        dialog.fileSelected.emit(str(folder / name))
        dialog.close()
        wait()
        return folder / name

    exports.entries.copy_command.trigger()
    words = f"checkpoint-explorer compare {folder / 'a.pt'} {folder / 'b.pt'}"
    assert board.text() == f"{words} '--map=^module\\.='"
    exports.entries.copy_table.trigger()
    wait()
    lines = [line.split("\t") for line in board.text().splitlines()]
    assert [line[0] or line[1] for line in lines[1:]][:2] == ["grown", "far"], "in the order that is shown"
    far = dict(zip(lines[0], lines[2], strict=True))
    hidden = [panel.rows.tree.isColumnHidden(column) for column in range(panel.model.columnCount())]
    assert len(far) == hidden.count(False), "what is shown"
    assert far["State"] == "differs"
    assert float(far["rel. L2"]) == pytest.approx(4 / 506**0.5, rel=1e-15), "with every digit"
    saved = [line.split(",") for line in save("csv", "table.csv").read_text().splitlines()]
    assert dict(zip(saved[0], saved[2], strict=True))["worst_index"] == "[2 3]", "all of it is exported"
    assert json.loads(save("json", "all.json").read_text())["counts"]["only_b"] == 1
    rows = panel.rows.geometry()
    assert "| far | differs | 4 |" in save("md", "table.md").read_text()
    assert exports.confirmation.isVisible()
    QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
    assert panel.rows.geometry() == rows, "nothing moves when it is said"
    assert exports.confirmation.geometry().bottom() == exports.rect().bottom()
    assert not exports.open_report.isVisibleTo(exports)
    page = save("html", "page.html").read_text()
    assert page.count("differs</td>") == 2
    assert exports.confirmation.text().startswith("Saved as page.html")
    assert exports.confirmation.folder.isVisibleTo(exports)
    assert exports.open_report.isVisibleTo(exports)
    assert save("html", "page.html").read_text() == page
    assert exports.confirmation.text().startswith("'page.html' exists already: only new files are written")


def test_what_cannot_be_compared_is_said(
    window: MainWindow, open_file: Open, files: tuple[Path, Path], qtbot: QtBot
) -> None:
    entries = {text: action(window, "Compare", text) for text in ("Compare with…", "Next difference", "Export as CSV…")}
    assert {entry.statusTip() for entry in entries.values()} == {
        "Open a checkpoint first.",
        "Compare with another checkpoint first.",
    }
    open_file(files[0])
    assert [entry.isEnabled() for entry in entries.values()] == [True, False, False]
    assert window.full_views.comparing is None, "most windows need none"
    window.tool_bar.compare_button.click()
    panel = window.compare
    (dialog,) = panel.findChildren(QFileDialog)
    dialog.close()
    assert window.pages.currentWidget() is not panel, "without a second file there is nothing to see"
    window.pages.setCurrentWidget(panel)
    assert not panel.two_entries.isVisible(), "it has one"
    panel.compare_with(files[0].with_name("none.pt"))
    qtbot.waitUntil(lambda: not panel.busy, timeout=TIMEOUT_MS)
    assert panel.sentence.text().startswith("none.pt was not opened.")
    panel.compare_with(files[0])
    qtbot.waitUntil(lambda: not panel.busy, timeout=TIMEOUT_MS)
    assert panel.sentence.text() == "All 6 tensors are bit-identical."
    assert all(entry.isEnabled() for entry in entries.values())


def entries_of(window: MainWindow, text: str) -> list[QAction]:
    menu = action(window, text).menu()
    assert isinstance(menu, QMenu)
    return [entry for entry in menu.actions() if entry.text()]


def test_a_comparison_is_gone_back_to_until_another_file_is_opened(
    window: MainWindow, open_file: Open, files: tuple[Path, Path], qtbot: QtBot, tmp_path: Path
) -> None:
    open_file(files[0])
    panel = window.compare
    panel.compare_with(files[1])
    qtbot.waitUntil(lambda: not panel.busy, timeout=TIMEOUT_MS)
    button = window.tool_bar.compare_button
    assert button.text() == "Comparison"
    button.click()
    assert window.pages.currentWidget() is panel
    assert not panel.findChildren(QFileDialog)
    assert button.text() == "Compare with…"
    keys = [entry.text().partition("&")[2][:1].lower() for entry in entries_of(window, "Compare")]
    assert len(set(keys)) == len(keys), "each key means one entry"
    assert "Copy numbers" not in [entry.text().replace("&", "") for entry in entries_of(window, "Edit")], (
        "nothing hidden is copied"
    )
    button.click()
    (dialog,) = panel.findChildren(QFileDialog)
    dialog.close()
    assert window.pages.currentWidget() is panel
    panel.comparing.compare()
    panel.comparing.cancel()
    qtbot.waitUntil(lambda: not panel.busy, timeout=TIMEOUT_MS)
    assert panel.sentence.text() == "Cancelled."
    click(panel, "Compare again")
    qtbot.waitUntil(lambda: not panel.busy, timeout=TIMEOUT_MS)
    assert panel.sentence.text().startswith("No tensor of A has a counterpart in B")
    assert not panel.again.isVisible()
    torch.save({"w": torch.ones(2)}, tmp_path / "other.pt")
    open_file(tmp_path / "other.pt")
    assert window.pages.currentWidget() is window.splitter, "what was opened is seen"
    assert not panel.has_other
    assert panel.page.message.text() == "Choose a second checkpoint, B, to see what changed from this one, A."
    assert button.text() == "Compare with…"
    assert not panel.busy
    panel.compare_with(files[1])
    qtbot.waitUntil(lambda: not panel.busy, timeout=TIMEOUT_MS)
    window.full_views.bring_compare()
    panel.swap.click()
    open_file(files[0])
    assert window.pages.currentWidget() is window.splitter, "also where both were about to be swapped"
    assert not panel.has_other


def test_where_nothing_is_chosen_to_compare_with_what_was_shown_before_is_shown_again(
    window: MainWindow, open_file: Open, files: tuple[Path, Path]
) -> None:
    open_file(files[0])
    window.pages.setCurrentWidget(window.load_test)
    assert window.load_test.entry.text() == "a.pt"
    window.load_test.form.choose.setFocus()
    action(window, "Compare", "Compare with…").trigger()
    (dialog,) = window.compare.findChildren(QFileDialog)
    assert dialog.windowTitle() == "Choose B, to compare with a.pt"
    dialog.reject()
    assert window.full_views.tests
    assert window.focusWidget() is window.load_test.form.choose
    open_file(files[1])
    assert window.load_test.entry.text() == "b.pt · entry model"
    assert window.pages.currentWidget() is window.splitter, "no model goes on with it"
    window.full_views.show_run()
    run = window.full_views.run
    titles = []
    for button in (None, run.choose, run.choose_folder):
        if button is not None:
            button.setFocus()
            button.click()
        dialog = run.findChildren(QFileDialog)[-1]
        titles.append(dialog.windowTitle())
        dialog.reject()
        assert window.focusWidget() is (button or run.choose)
    files_of_run = "Choose the files of a run (several may be chosen)"
    assert titles == [files_of_run, files_of_run, "Choose the folder of a run"]


def test_the_map_leads_to_what_moved_furthest(
    window: MainWindow, open_file: Open, tmp_path: Path, qtbot: QtBot
) -> None:
    a = {f"block.{at}.{name}": torch.ones(3) for at in range(4) for name in ("weight", "bias")}
    b = a | {"block.1.weight": torch.full((3,), 1.5), "block.1.bias": torch.ones(3) * 3, "block.3.bias": torch.ones(2)}
    torch.save(a, tmp_path / "a.pt")
    torch.save(b, tmp_path / "b.pt")
    open_file(tmp_path / "a.pt")
    panel = window.compare
    window.pages.setCurrentWidget(panel)
    panel.compare_with(tmp_path / "b.pt")
    qtbot.waitUntil(lambda: not panel.busy, timeout=TIMEOUT_MS)
    cells = panel.moved.plot
    assert cells.isVisible()
    assert panel.moved.readout.text() == "norm in block.1: 2 · 2 tensors, 0 identical", "the layer of what is selected"
    QTest.mouseMove(cells, cells.room_of((0, 2)).center().toPoint())
    qtbot.waitUntil(lambda: panel.moved.readout.text() == "norm in block.2: identical · 2 tensors, 2 identical")
    QTest.mouseClick(cells, Qt.MouseButton.LeftButton, pos=cells.room_of((0, 1)).center().toPoint())
    assert shown(panel) == "block.1.bias"
    QTest.keyClick(cells, Qt.Key.Key_Left)
    assert shown(panel) == "block.0.weight"
    panel.states.setCurrentIndex(panel.states.findData("identical"))
    panel.states.activated.emit(panel.states.currentIndex())
    qtbot.waitUntil(lambda: not panel.busy, timeout=TIMEOUT_MS)
    QTest.mouseClick(cells, Qt.MouseButton.LeftButton, pos=cells.room_of((0, 3)).center().toPoint())
    qtbot.waitUntil(lambda: not panel.busy, timeout=TIMEOUT_MS)
    assert (shown(panel), panel.moved.readout.text()) == (
        "block.3.bias",
        "norm in block.3: no figures · 2 tensors, 1 identical",
    )
    assert len(rows(panel)) == 8, "its state was not listed, and now all are"
