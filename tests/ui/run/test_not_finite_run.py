"""A run of which a weight is lost: said before all else, marked wherever its file is, and one key away."""

from pathlib import Path

import pytest
import torch
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from explorer.ui import theme
from explorer.ui.main_window import MainWindow
from explorer.ui.run.panel import RunPanel
from tests.ui.conftest import TIMEOUT_MS, activate, click
from tests.ui.run.pointing import drawing_of, position_of


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    """Five epochs; from the fourth on the weight of a layer is NaN, whose bias went least far of all."""
    made = [tmp_path / f"epoch{at}.pt" for at in range(1, 6)]
    for at, path in enumerate(made):
        saved = {f"body.{place}.weight": torch.full((9,), 1 + at * (place + 1) / 10) for place in range(3)}
        saved["body.1.bias"] = torch.full((3,), 1 + at / 1000)
        if at >= 3:
            saved["body.1.weight"] = torch.full((9,), torch.nan)
        torch.save(saved, path)
    return made


@pytest.fixture
def panel(window: MainWindow, paths: list[Path], qtbot: QtBot) -> RunPanel:
    window.open_file(paths[0])
    wait(window, qtbot)
    window.full_views.compare_run(paths)
    wait(window, qtbot)
    return window.full_views.run


def wait(window: MainWindow, qtbot: QtBot) -> None:
    measured, finding = window.measurements, window.problems.finding
    qtbot.waitUntil(
        lambda: not (window.opening.busy or window.full_views.busy or measured.busy or finding.busy), timeout=TIMEOUT_MS
    )


def test_what_is_not_finite_is_the_first_thing_said(panel: RunPanel, window: MainWindow) -> None:
    headline, bad = panel.headline, QColor(theme.current(window).bad)
    assert headline.not_finite.isVisible()
    assert headline.not_finite.text() == "Not finite from epoch4.pt on: body.1.weight."
    assert headline.not_finite.property("tone") == "bad"
    assert headline.not_finite.mapTo(panel, QPoint()).y() < headline.sentence.mapTo(panel, QPoint()).y()
    listed = [panel.files.list.item(row) for row in range(5)]
    assert [item.text() for item in listed] == ["1", "2", "3", "4 – not finite", "5 – not finite"]
    assert listed[3].foreground().color() == bad
    index = panel.model.index(1, 3)
    assert index.data() == "not finite"
    assert index.data(Qt.ItemDataRole.ForegroundRole).color() == bad
    tip = index.data(Qt.ItemDataRole.ToolTipRole)
    assert "Not finite: body.1.weight" in tip
    assert "of what is finite" in tip
    panel.table.sortByColumn(3, Qt.SortOrder.DescendingOrder)
    panel.table.selectRow(1)
    panel.table.setFocus()
    assert window.copyable().startswith("body.1\t0.0\t0.2")
    assert window.copyable().endswith("\tnot finite\tnot finite")


def test_the_plot_marks_it_and_says_what_the_mark_is(panel: RunPanel) -> None:
    plot = panel.view.plot
    assert plot is not None
    assert plot.lines[0].name == "body.1"
    assert panel.view.readout.text().endswith(" ✕: NaN or infinity in that file.")
    picture = drawing_of(plot).grab().toImage()
    bad = QColor(theme.current(plot).bad)
    points = [position_of(plot, at, 0.0).toPoint() for at in range(5)]

    def crossed(at: int) -> bool:
        """Something of that colour is in the upper part above a file."""
        x = points[at].x()
        return any(picture.pixelColor(x, y) == bad for y in range(points[at].y() // 3))

    assert [crossed(at) for at in range(5)] == [False, False, False, True, True]


def test_a_cell_leads_to_the_tensor_that_is_not_finite(panel: RunPanel, window: MainWindow, qtbot: QtBot) -> None:
    activate(qtbot, window)
    panel.table.setFocus()
    panel.table.setCurrentIndex(panel.model.index(1, 3))
    QTest.keyClick(panel.table, Qt.Key.Key_Return)
    wait(window, qtbot)
    assert window.compare.selected_key == "body.1.weight"


def test_problems_say_of_which_file_they_are_beside_a_run(panel: RunPanel, window: MainWindow, qtbot: QtBot) -> None:
    problems = window.problems
    assert problems.button.text() == "epoch1.pt: No problems"
    assert problems.panel.said == "epoch1.pt: No problems in all values of 4 tensors."
    problems.step(1)
    assert window.status.currentMessage() == problems.panel.said
    panel.table.setCurrentIndex(panel.model.index(1, 2))
    click(panel, "Compare the pair")
    wait(window, qtbot)
    assert problems.button.text() == "A, epoch1.pt: No problems"
    click(window.compare, "‹ Layers")
    QApplication.processEvents()
    assert problems.button.text() == "No problems"
    assert problems.panel.said == "No problems in all values of 4 tensors."
