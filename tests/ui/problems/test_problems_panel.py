"""Problems: found behind the window, listed, counted in the tree, and gone through with F8."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester, QTest
from pytestqt.qtbot import QtBot

from explorer.ui.layers.columns import Column
from explorer.ui.main_window import MainWindow
from explorer.ui.problems.model import DETAIL, TENSOR, ProblemModel
from tests.ui.conftest import TIMEOUT_MS, activate, click

Open = Callable[[Path], None]


class Ours:
    """A class that PyTorch knows nothing of."""


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    net = {f"net.{place}.weight": torch.randn(20, 20) for place in range(4)}
    net["net.1.weight"][3, 5] = torch.nan
    net["net.2.weight"] *= 1000
    ema = {"net.<b>0.weight": torch.randn(300, 200)}
    ema["net.<b>0.weight"][7] = 0
    torch.save({"model": net, "ema": ema}, tmp_path / "bad.pt")
    return tmp_path / "bad.pt"


def look(qtbot: QtBot, window: MainWindow) -> None:
    """Wait until everything was looked at."""
    finding, measurements = window.problems.finding, window.measurements
    qtbot.waitUntil(lambda: measurements.complete and not measurements.busy and not finding.busy, timeout=TIMEOUT_MS)


def cells(model: ProblemModel) -> list[list[str]]:
    return [
        [model.index(row, column).data() for column in range(model.columnCount())] for row in range(model.rowCount())
    ]


def mark(window: MainWindow, key: str) -> object:
    model = window.layers.model
    index = model.index_of_key(key) if key.endswith("weight") else model.index_of_layer(key)
    return model.index(index.row(), Column.DISTRIBUTION, index.parent()).data()


def shown_keys(window: MainWindow) -> list[str]:
    """Keys of the tensors in the tree, those of closed layers too."""
    model = window.layers.model
    root = model.layer(model.index(0, 0)) if window.layers.tree.isVisible() else None
    return [] if root is None else [root.table.key(number) for number in root.numbers]


ROWS = [
    ["● NaN", "net.1.weight", "model", "1 of 400 values is NaN; at [3, 5]."],
    [
        *("▲ magnitude", "net.2.weight", "model"),
        "Root mean square 1009 over 20 inputs: 953.6 times the median of 4 such tensors.",
    ],
    ["▲ dead rows", "net.<b>0.weight", "ema", "Row 7 is dead: norm 0, while half of the others have 14.11 or more."],
]


def test_what_was_found_is_read_whole(
    qtbot: QtBot, window: MainWindow, open_file: Open, damaged: Path, tmp_path: Path
) -> None:
    panel, table = window.problems.panel, window.problems.panel.table
    window.resize(1024, 700)
    open_file(damaged)
    look(qtbot, window)
    window.problems.show()
    longest = max((row[DETAIL] for row in ROWS), key=len)
    needed = table.fontMetrics().horizontalAdvance(longest) + 16
    qtbot.waitUntil(lambda: table.columnWidth(DETAIL) >= needed, timeout=TIMEOUT_MS)
    table.selectRow(1)
    assert window.status.currentMessage() == ""
    torch.save(
        {"net." + "a_long_name_of_a_layer." * 8 + "weight": torch.tensor([[1, float("nan")]])}, tmp_path / "l.pt"
    )
    open_file(tmp_path / "l.pt")
    look(qtbot, window)
    table.setColumnWidth(TENSOR, 900)
    table.selectRow(0)
    said = panel.model.index(0, DETAIL).data()
    assert window.status.currentMessage() == said, "the status bar has room for what is cut"


def test_what_is_found_is_listed_counted_marked_and_gone_through(
    qtbot: QtBot, window: MainWindow, open_file: Open, damaged: Path, tmp_path: Path
) -> None:
    problems = window.problems
    model = problems.panel.model
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, window)
    open_file(damaged)
    look(qtbot, window)
    assert cells(model) == ROWS
    assert (problems.button.isVisible(), problems.button.property("tone")) == (True, "bad"), "as the worst of them is"
    assert not problems.dock.isVisible()
    click(window, "3 problems")
    assert (problems.dock.windowTitle(), problems.dock.isVisible()) == ("Problems 3", True)
    assert problems.panel.said == "3 problems in all values of 5 tensors."
    # In the tree, up to the root.
    assert [mark(window, key) for key in ("net.1.weight", "net.2.weight", "net")] == ["● NaN", "▲ size", "● 2"]
    assert window.layers.model.index(0, Column.DISTRIBUTION).data() == "● 2"
    # Sorted, a row is the same problem.
    problems.panel.table.sortByColumn(TENSOR, Qt.SortOrder.DescendingOrder)
    assert [row[TENSOR] for row in cells(model)] == ["net.<b>0.weight", "net.2.weight", "net.1.weight"]
    problems.panel.table.sortByColumn(DETAIL, Qt.SortOrder.AscendingOrder)
    # F8 goes from one to the next, into another entry too, and round.
    activate(qtbot, window)
    shown = [row[TENSOR] for row in cells(model)]
    passed = []
    for modifier in (*[Qt.KeyboardModifier.NoModifier] * 4, Qt.KeyboardModifier.ShiftModifier):
        QTest.keyClick(window, Qt.Key.Key_F8, modifier)
        assert window.session.tensor is not None
        passed.append(window.session.tensor.key)
    assert passed == [*shown, shown[0], shown[2]]
    click(problems.panel, "Copy")
    assert QGuiApplication.clipboard().text().splitlines()[0] == problems.panel.said
    assert len(QGuiApplication.clipboard().text().splitlines()) == 4
    # The next file has no marks of the last, and says how much was looked at.
    torch.save({"net.1.weight": torch.randn(20, 20), "meta": torch.empty(2, device="meta")}, tmp_path / "good.pt")
    open_file(tmp_path / "good.pt")
    look(qtbot, window)
    said = "No problems in all values of 1 tensor. 1 other tensor has no values that can be read."
    assert (model.rowCount(), problems.panel.said) == (0, said)
    assert mark(window, "net.1.weight") is None
    assert problems.dock.windowTitle() == "Problems"
    assert problems.button.text() == "No problems"
    QTest.keyClick(window, Qt.Key.Key_F8)
    assert window.status.currentMessage() == said


def test_of_what_cannot_be_read_nothing_is_promised_and_f8_goes_through_it(
    qtbot: QtBot, window: MainWindow, open_file: Open, tmp_path: Path
) -> None:
    net = {f"net.{place}.{name}": torch.randn(9) for place in range(3) for name in ("weight", "bias")}
    net["net.2.steps"] = torch.ones(9, dtype=torch.int64)
    torch.save(net, tmp_path / "cut.pt")
    data = (tmp_path / "cut.pt").read_bytes()
    (tmp_path / "cut.pt").write_bytes(data[: data.index(b"data/4") + 8])
    open_file(tmp_path / "cut.pt")
    look(qtbot, window)
    qtbot.waitUntil(lambda: not window.overview.busy, timeout=TIMEOUT_MS)
    panel = window.problems.panel
    assert panel.said == (
        "No problems in what can be read: all values of 4 tensors. 3 other tensors have no values that can be read."
    )
    assert window.problems.button.text() == "No problems in what can be read"
    # The overview counts what it has no column for, as the tree does.
    health = window.overview.view.health
    assert window.layers.model.index(0, Column.DISTRIBUTION).data() == "✕ 3"
    assert (health.text(), health.property("tone")) == ("✕ 3 tensors cannot be read", "bad")
    activate(qtbot, window)
    passed = []
    for modifier in (*[Qt.KeyboardModifier.NoModifier] * 4, Qt.KeyboardModifier.ShiftModifier):
        QTest.keyClick(window, Qt.Key.Key_F8, modifier)
        assert window.session.tensor is not None
        passed.append(window.session.tensor.key)
    lost = ["net.2.weight", "net.2.bias", "net.2.steps"]
    assert passed == [*lost, lost[0], lost[2]]
    # What counts them leads to them.
    for button in (panel.page.button, window.overview.view.lost):
        window.filter.clear()
        qtbot.waitUntil(lambda: len(shown_keys(window)) == 7, timeout=TIMEOUT_MS)
        assert not button.isHidden()
        button.click()
        qtbot.waitUntil(lambda: shown_keys(window) == lost, timeout=TIMEOUT_MS)
        assert window.filter.text() == "problem:unreadable"
    # They are told apart from problems.
    window.filter.setText("problem:any")
    qtbot.waitUntil(lambda: shown_keys(window) == [], timeout=TIMEOUT_MS)


def test_figures_that_were_kept_are_judged_too_and_other_thresholds_are_followed(
    qtbot: QtBot, window: MainWindow, open_file: Open, damaged: Path
) -> None:
    open_file(damaged)
    look(qtbot, window)
    first = sorted(map(str, cells(window.problems.panel.model)))
    # The second time nothing is measured, for the figures come from the disk.
    window.measurements.close()
    qtbot.wait(0)
    again = window.new_window()
    qtbot.waitExposed(again)
    again.open_file(damaged)
    qtbot.waitUntil(lambda: not again.opening.busy, timeout=TIMEOUT_MS)
    look(qtbot, again)
    assert sorted(map(str, cells(again.problems.panel.model))) == first
    again.settings.thresholds = replace(again.settings.thresholds, magnitude_ratio=1e6, gain=1e6)
    look(qtbot, again)
    assert again.problems.panel.said == "2 problems in all values of 5 tensors."
    again.close()


def test_notes_stand_in_one_row_and_are_counted_as_no_problems(
    qtbot: QtBot, window: MainWindow, open_file: Open, tmp_path: Path
) -> None:
    net = {f"net.{place}.running_var": torch.ones(16) for place in range(3)}
    for variance in net.values():
        variance[4] = 0
    torch.save(net, tmp_path / "quiet.pt")
    open_file(tmp_path / "quiet.pt")
    look(qtbot, window)
    problems = window.problems
    ((word, tensor, _entry, detail),) = cells(problems.panel.model)
    assert (word, tensor) == ("○ variance near 0", "net.0.running_var")
    assert detail.startswith("3 norms have channels with a variance near 0. The first: 1 of 16 variances is below")
    assert problems.panel.said == "No problems and 1 note in all values of 3 tensors."
    assert (problems.button.text(), problems.dock.windowTitle()) == ("No problems", "Problems")
    # In the tree each of them has its mark, and no layer counts them.
    model = window.layers.model
    index = model.index_of_key("net.2.running_var")
    assert model.index(index.row(), Column.DISTRIBUTION, index.parent()).data() == "○ var"
    assert mark(window, "net") is None
    # The row is theirs, whichever of them is selected.
    window.layers.select_key("net.2.running_var")
    assert problems.panel.table.currentIndex().row() == 0


def test_a_file_that_names_code_is_without_problems_in_its_values_alone(
    qtbot: QtBot, window: MainWindow, open_file: Open, tmp_path: Path
) -> None:
    torch.save({"a": torch.randn(9), "made by": Ours()}, tmp_path / "ours.pt")
    open_file(tmp_path / "ours.pt")
    look(qtbot, window)
    assert window.problems.button.text() == "No problems in its values"
    assert window.problems.panel.said == "No problems in all values of 1 tensor."
