"""A checkpoint of DataParallel with another head: made to load, copied without what does not, and verified."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import QPoint
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from explorer.ui.copies.window import CopyWindow
from explorer.ui.load_test.asked_test import AskedTest
from explorer.ui.main_window import MainWindow
from tests.ui.conftest import TIMEOUT_MS, action, click

TORCH_MS = 120_000
"""A child imports torch, beside everything else that the machine does."""
MODEL = """
import torch

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first = torch.nn.Linear(4, 5)
        self.head = torch.nn.Linear(5, 10)
"""


@pytest.fixture
def tested(qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path) -> MainWindow:
    """Tested, strictly, with the keys as they are."""
    (tmp_path / "net.py").write_text(MODEL)
    net = torch.nn.ModuleDict({"first": torch.nn.Linear(4, 5), "head": torch.nn.Linear(5, 100)})
    state = {f"module.{key}": value for key, value in net.state_dict().items()}
    torch.save({"state_dict": state, "epoch": 3}, tmp_path / "parallel.pth")
    open_file(tmp_path / "parallel.pth")
    panel = window.load_test
    window.pages.setCurrentWidget(panel)
    panel.begin(AskedTest(tmp_path / "net.py", "Net", None, strict=True, rules=()), trusted=True)
    wait(qtbot, lambda: "Nothing loads" in panel.report.sentence.text() and not panel.busy)
    return window


def wait(qtbot: QtBot, ready: Callable[[], bool]) -> None:
    qtbot.waitUntil(ready, timeout=TORCH_MS)


def cards(window: MainWindow) -> str:
    return "\n".join(label.text() for label in window.load_test.proposals.findChildren(QLabel))


@pytest.mark.timeout(300)
def test_it_is_left_out_and_what_loads_is_saved(qtbot: QtBot, tested: MainWindow, tmp_path: Path) -> None:
    panel = tested.load_test
    report = panel.report
    place = report.save.mapTo(tested, QPoint())
    panel.proposals.buttons[0].click()
    # At once, though it takes seconds until there is another report.
    assert report.outdated.isVisible()
    assert "Nothing loads" in report.sentence.text()
    # As it comes where the test takes longer; to be drawn has it laid out.
    panel.progress.show()
    assert not tested.grab().isNull()
    assert report.save.mapTo(tested, QPoint()) == place, "it does not jump away from the mouse"
    wait(qtbot, lambda: "2 of 4 tensors load" in report.sentence.text() and not panel.busy)
    assert not report.outdated.isVisible()
    assert report.sentence.text().endswith("strict: fails.")
    click(tested, "Copy as Python")
    why = "The test was copied as Python, which raises as the test did: 2 tensors are of another shape."
    assert tested.status.currentMessage() == why
    assert "# This raises, as it did in the test:\n# Error(s) in loading" in QGuiApplication.clipboard().text()
    assert "Without the 2 tensors of another shape the rest loads." in cards(tested)
    assert "Loads 2 of 4 tensors, 29.4 % of parameters, with strict off; the others keep" in cards(tested)
    qtbot.waitUntil(panel.proposals.buttons[0].isVisible)
    click(panel.proposals, "Apply and re-test")
    wait(qtbot, lambda: report.sentence.text().endswith("strict off: loads.") and not panel.busy)
    assert report.sentence.text().startswith("2 of 4 tensors load")
    assert not panel.form.strict.isChecked()
    kept = "2 tensors (head.weight, head.bias) of the model keep the values that they begin with."
    assert report.causes.text().endswith(kept)
    titles = [report.model.index(row, 0).data() for row in range(report.model.rowCount())]
    assert "Left out: a rule leaves nothing of the key" in titles
    click(tested, "Copy as JSON")
    answer = json.loads(QGuiApplication.clipboard().text())
    assert (answer["loads"], answer["missing"]) == (True, ["head.weight", "head.bias"])
    click(tested, "Copy as Python")
    assert tested.status.currentMessage() == "The test was copied as Python."
    program = QGuiApplication.clipboard().text()
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    missing = "_IncompatibleKeys(missing_keys=['head.weight', 'head.bias'], unexpected_keys=[])\n"
    assert done.stdout == missing, done.stderr
    _saved(qtbot, tested, tmp_path)


def _saved(qtbot: QtBot, window: MainWindow, folder: Path) -> None:
    """One click leads to the copy, which is of the tested entry, named as the model names it; the menu to all of it."""
    action(window, "File", "Save a copy…").trigger()
    (asking,) = window.findChildren(CopyWindow)
    assert (asking.holds.currentText(), asking.leave_out.isChecked()) == ("the whole file", False)
    assert asking.leave_out.isVisible()
    asking.close()
    qtbot.waitUntil(lambda: not window.findChildren(CopyWindow), timeout=TIMEOUT_MS)
    click(window, "Save what loads…")
    (asking,) = window.findChildren(CopyWindow)
    assert asking.holds.currentText() == "only state_dict, unwrapped"
    assert asking.rename.text() == r"renamed by 1 rule: ^module\. → (nothing)"
    assert asking.leave_out.text() == "without the 2 keys that do not load"
    asking.write(folder / "copy.pth")
    qtbot.waitUntil(lambda: not asking.busy, timeout=TIMEOUT_MS)
    assert "equal to the source to the bit" in asking.said.text()
    assert "Left out: module.head.weight, module.head.bias." in asking.said.text()
    copy = torch.load(folder / "copy.pth", weights_only=True)
    assert list(copy) == ["first.weight", "first.bias"]


@pytest.mark.timeout(300)
def test_what_is_of_another_shape_is_not_in_a_copy_of_what_loads(
    qtbot: QtBot, tested: MainWindow, tmp_path: Path
) -> None:
    panel = tested.load_test
    panel.proposals.buttons[0].click()
    wait(qtbot, lambda: "2 of 4 tensors load" in panel.report.sentence.text() and not panel.busy)
    _saved(qtbot, tested, tmp_path)
