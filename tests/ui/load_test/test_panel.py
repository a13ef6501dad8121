"""Test-load as its user drives it: a real model file, a real child process, real clicks."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from explorer.keys.key_mapping import Rule
from explorer.ui.load_test.choices import LoadTestChoices
from explorer.ui.load_test.panel import AskedTest
from explorer.ui.main_window import MainWindow
from explorer.ui.settings import Settings
from tests.ui.conftest import action, activate, click

TORCH_MS = 120_000
"""A child imports torch, beside everything else that the machine does."""
MODEL = """
import torch

class Net(torch.nn.Module):
    def __init__(self, width: int, classes: int = 3):
        super().__init__()
        self.first = torch.nn.Linear(4, width)
        self.head = torch.nn.Linear(width, classes)
"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    file = tmp_path / "net.py"
    file.write_text(MODEL)
    return file


@pytest.fixture
def wrapped(tmp_path: Path) -> Path:
    """As DataParallel saves it, with the arguments that made it."""
    net = torch.nn.ModuleDict({"first": torch.nn.Linear(4, 5), "head": torch.nn.Linear(5, 3)})
    file = tmp_path / "wrapped.pth"
    state = {f"module.{key}": value for key, value in net.state_dict().items()}
    torch.save({"state_dict": state, "config": {"width": 5}}, file)
    return file


def said(window: MainWindow) -> str:
    """All words of the view that can be seen."""
    return "\n".join(label.text() for label in window.load_test.findChildren(QLabel) if label.isVisible())


def shown_keys(window: MainWindow) -> list[str]:
    """The report's rows: groups, and what is directly in them."""
    model, rows = window.load_test.report.model, []
    for row in range(model.rowCount()):
        group = model.index(row, 0)
        rows.append(str(group.data()))
        rows += [str(model.index(inner, 0, group).data()) for inner in range(model.rowCount(group))]
    return rows


def choose(window: MainWindow, file: Path) -> None:
    """Model > Test-load…, and a file in the dialog that it opens."""
    action(window, "Model", "Test-load…").trigger()
    (dialog,) = window.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(file))
    dialog.close()


def wait(qtbot: QtBot, ready: Callable[[], bool]) -> None:
    qtbot.waitUntil(ready, timeout=TORCH_MS)


def test_nothing_runs_before_it_is_agreed_to(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], wrapped: Path, tmp_path: Path
) -> None:
    file = tmp_path / "evil.py"
    canary = tmp_path / "canary"
    file.write_text(f"open({str(canary)!r}, 'w').close()\n")
    open_file(wrapped)
    choose(window, file)
    wait(qtbot, window.load_test.question.isVisible)
    assert str(file) in said(window)
    assert "as you, with your files and network" in said(window)
    # Return, pressed without a thought, does not agree.
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Space)
    wait(qtbot, lambda: not window.load_test.question.isVisible())
    assert "It was not run." in said(window)
    assert not canary.exists()
    assert not window.load_test.form.run.isEnabled()


def test_a_wrapped_checkpoint_is_made_to_load(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], wrapped: Path, model: Path
) -> None:
    panel = window.load_test
    open_file(wrapped)
    choose(window, model)
    wait(qtbot, panel.question.isVisible)
    click(window, "Run")
    wait(qtbot, lambda: panel.form.chosen is not None)
    assert panel.form.expression.text() == "Net(width=5)", "the checkpoint's own config says 5"
    QTest.mouseClick(panel.form.run, Qt.MouseButton.LeftButton)
    wait(qtbot, lambda: panel.report.isVisible() and not panel.testing.busy)
    assert "Nothing loads" in panel.report.sentence.text()
    assert "strict: fails" in panel.report.sentence.text()
    assert shown_keys(window)[:2] == ["Missing: stays as initialised", "first.weight"]
    assert "module.head.bias" in shown_keys(window)
    assert "All 4 keys start with module." in said(window)
    click(window, "Apply and re-test")
    wait(qtbot, lambda: "4 of 4" in panel.report.sentence.text() and not panel.testing.busy)
    assert panel.report.sentence.text() == "4 of 4 tensors load, 100 % of parameters; strict: loads."
    assert r"^module\.=" in said(window), "which rules made it load"
    click(window, "Copy as Python")
    done = subprocess.run(
        [sys.executable, "-c", QGuiApplication.clipboard().text()], capture_output=True, text=True, check=False
    )
    assert done.stdout == "<All keys matched successfully>\n", done.stderr
    click(window, "Copy report")
    assert QGuiApplication.clipboard().text().startswith("4 of 4 tensors load")
    # A key of the report leads to its tensor in the tree, and Escape back from the view.
    panel.report.key_chosen.emit("head.weight")
    assert window.session.tensor is not None
    assert window.session.tensor.key == "module.head.weight"
    assert window.layers.tree.isVisible()
    action(window, "Model", "Test-load…").trigger()
    activate(qtbot, window)
    QTest.keyClick(window.load_test.form.run, Qt.Key.Key_Escape)
    assert window.layers.tree.isVisible()


def test_what_was_agreed_to_is_remembered_until_the_file_changes(
    qtbot: QtBot, open_file: Callable[[Path], None], window: MainWindow, wrapped: Path, tmp_path: Path
) -> None:
    file = tmp_path / "broken.py"
    file.write_text("import a_package_that_nobody_has\n")
    panel = window.load_test
    open_file(wrapped)
    choose(window, file)
    wait(qtbot, panel.question.isVisible)
    click(window, "Run")
    wait(qtbot, lambda: "is not installed" in said(window))
    assert f"a_package_that_nobody_has is not installed for {sys.executable}." in said(window)
    assert "ModuleNotFoundError" in panel.words.toPlainText()
    again = MainWindow(Settings())
    try:
        again.load_test.testing.source_read.connect(lambda _source: None)
        again.load_test.open_model(file)
        wait(qtbot, lambda: "is not installed" in again.load_test.message.text())
        file.write_text("import another_package_that_nobody_has\n")
        again.load_test.open_model(file)
        wait(qtbot, lambda: again.load_test.body.currentWidget() is again.load_test.question)
    finally:
        again.close()
        again.deleteLater()


def test_a_test_that_the_command_line_asks_for_runs(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], wrapped: Path, model: Path
) -> None:
    panel = window.load_test
    open_file(wrapped)
    asked = AskedTest(model, "Net", "Net(5, classes=4)", strict=False, rules=(Rule(r"^module\.", ""),))
    panel.begin(asked, trusted=True)
    wait(qtbot, lambda: panel.body.currentWidget() is panel.report and not panel.busy)
    assert panel.report.sentence.text().startswith("2 of 4 tensors load")
    assert panel.report.sentence.text().endswith("; strict off: fails.")
    assert shown_keys(window)[:3] == ["Shape differs: cannot load", "head.weight", "head.bias"]
    assert LoadTestChoices(window.settings).trusted == [], "said once is not said for ever"
    panel.begin(asked._replace(name="Other"), trusted=True)
    wait(qtbot, lambda: panel.message.text() == "The file has no Other that could be tested.")


def test_an_endless_import_is_cancelled(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], wrapped: Path, tmp_path: Path
) -> None:
    file = tmp_path / "endless.py"
    begun = tmp_path / "begun"
    file.write_text(f"open({str(begun)!r}, 'w').close()\nwhile True: pass\n")
    panel = window.load_test
    open_file(wrapped)
    choose(window, file)
    wait(qtbot, panel.question.isVisible)
    click(window, "Run")
    wait(qtbot, begun.exists)
    assert panel.progress.isVisible()
    activate(qtbot, window)
    QTest.keyClick(window.load_test.form.run, Qt.Key.Key_Escape)
    wait(qtbot, lambda: not panel.testing.busy)
    assert not panel.progress.isVisible()
    assert panel.isVisible(), "the view stays; a second Escape leaves it"
