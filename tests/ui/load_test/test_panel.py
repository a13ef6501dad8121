"""Test-load as its user drives it: a real model file, a real child process, real clicks."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from explorer.keys.key_mapping import Rule
from explorer.loading.model_file import read_source
from explorer.ui.copies.window import CopyWindow
from explorer.ui.layers.cells import Role
from explorer.ui.load_test.asked_test import AskedTest
from explorer.ui.load_test.choices import LoadTestChoices
from explorer.ui.load_test.report_model import Role as ReportRole
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

    def forward(self, x):
        return {"logits": self.head(self.first(x)), "bad": x.new_full((3,), float("nan"))}
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


def tab_order(begin: QWidget, steps: int) -> list[str]:
    """What Tab goes to from here."""
    begin.setFocus()
    names: list[str] = []
    for _ in range(steps):
        QTest.keyClick(begin.window().focusWidget(), Qt.Key.Key_Tab)
        reached = begin.window().focusWidget()
        names.append(reached.accessibleName() or (reached.text() if isinstance(reached, QAbstractButton) else ""))
    return names


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
    assert window.focusWidget() is panel.form.choose, "the button has gone"
    wait(qtbot, lambda: panel.form.chosen is not None)
    assert window.focusWidget() is panel.form.offer
    assert panel.form.expression.text() == "Net(width=5)", "the checkpoint's own config says 5"
    QTest.mouseClick(panel.form.run, Qt.MouseButton.LeftButton)
    wait(qtbot, lambda: panel.report.isVisible() and not panel.testing.busy)
    assert "Nothing loads" in panel.report.sentence.text()
    assert "strict: fails" in panel.report.sentence.text()
    assert shown_keys(window)[:2] == ["Missing: stays as initialised", "first.weight"]
    assert "module.head.bias" in shown_keys(window)
    wait(qtbot, lambda: "All 4 keys start with ‘module.’." in said(window))
    assert tab_order(panel.form.offer, 12) == [
        *("width", "classes", "Expression that makes the model", "Choose…", "Strict", "Edit rules…", "Test-load"),
        *("Apply and re-test", "Edit rules…"),
        *("Device that the values are loaded on", "Inputs of the forward pass", "Load the values"),
    ]
    click(window, "Apply and re-test")
    wait(qtbot, lambda: "4 of 4" in panel.report.sentence.text() and not panel.testing.busy)
    assert panel.report.sentence.text() == "4 of 4 tensors load, 100 % of parameters; strict: loads."
    assert "1 rule\n^module\\. → (nothing)" in said(window), "which rules made it load"
    panel.form.run.click()
    wait(qtbot, lambda: "4 of 4" in panel.report.sentence.text() and not panel.testing.busy)
    assert "1 rule\n^module\\. → (nothing)" in said(window), "they stand when it is tested again"
    assert "module.head.bias" in "".join(shown_keys(window)), "what the checkpoint calls it stands beside the key"
    _outdated(qtbot, window)
    panel.form.rules.edit.click()
    assert panel.editor.isVisible()
    assert panel.editor.rules.rules == ((r"^module\.", ""),), "the editor has the rules that were applied"
    click(window, "Back to the report")
    action(window, "File", "Save a copy…").trigger()
    (asking,) = window.findChildren(CopyWindow)
    assert asking.rename.text() == r"renamed by 1 rule: ^module\. → (nothing)", "as the report's own button proposes"
    asking.close()
    click(window, "Copy as Python")
    assert "model.load_state_dict(state_dict, strict=True)" in QGuiApplication.clipboard().text()
    _load_the_values(qtbot, window)
    click(window, "Copy report")
    report = QGuiApplication.clipboard().text()
    assert report.startswith(f"Checkpoint: {wrapped}\nEntry: state_dict\nModel: Net(width=5) of {model}\nStrict: yes\n")
    assert "Rule: ^module\\. → (nothing)\n\n4 of 4 tensors load" in report
    assert window.status.currentMessage() == "The report was copied."
    assert "    output['bad']: 3 float32, 3 NaN\n" in QGuiApplication.clipboard().text()
    click(window, "Copy as JSON")
    answer = json.loads(QGuiApplication.clipboard().text())
    assert (answer["file"], answer["entry"], answer["loaded"]) == (str(wrapped), "state_dict", 4)
    assert answer["forward"]["outputs"][0]["shape"] == [2, 3]
    _selected_in_both(window)
    # A key of the report leads to its tensor in the tree, and Escape back from the view.
    panel.report.key_chosen.emit("head.weight")
    assert window.session.tensor is not None
    assert window.session.tensor.key == "module.head.weight"
    assert window.layers.tree.isVisible()
    action(window, "Model", "Test-load…").trigger()
    # What was agreed to is taken back in the preferences.
    LoadTestChoices(window.settings).forget_trust()
    panel.form.run.click()
    assert panel.question.isVisible(), "it asks again before anything of it runs"
    assert not panel.busy
    activate(qtbot, window)
    QTest.keyClick(panel.question.refuse, Qt.Key.Key_Escape)
    assert "It was not run." in said(window), "Escape does not agree, and stays here"
    assert not panel.form.run.isEnabled()
    click(window, "Look at it again…")
    assert panel.question.isVisible()
    click(window, "Don't run")
    activate(qtbot, window)
    QTest.keyClick(window.load_test.form.choose, Qt.Key.Key_Escape)
    assert window.layers.tree.isVisible()


def _outdated(qtbot: QtBot, window: MainWindow) -> None:
    """A report says so while it is of something else than the form."""
    panel = window.load_test
    remark = "What follows is of the last test: the form was changed since."
    assert remark not in said(window)
    panel.form.arguments.fields["width"].setText("6")
    assert remark in said(window)
    panel.form.arguments.fields["width"].setText("5")
    assert remark not in said(window)
    panel.form.strict.click()
    assert remark in said(window)
    panel.form.strict.click()
    click(window, "Use none")
    assert remark in said(window)
    panel.form.rules.edit.click()
    assert panel.editor.rules.rules == ()
    click(panel.editor, "Undo")
    assert not panel.proposals.isVisible(), "one button applies, not two"
    activate(qtbot, window)
    QTest.keyClick(panel.editor.table, Qt.Key.Key_Escape)
    assert panel.report.isVisible(), "Escape leads from the editor to the report"
    panel.form.rules.edit.click()
    wait(qtbot, panel.editor.apply.isEnabled)
    click(panel.editor, "Apply and re-test")
    assert panel.testing.busy
    assert not panel.report.outdated.isVisibleTo(panel.report), "the last test was with the same rules"
    wait(qtbot, lambda: panel.report.isVisible() and not panel.testing.busy)
    assert remark not in said(window)
    assert panel.isAncestorOf(QApplication.focusWidget() or window), "the focus stays in the view"


def _load_the_values(qtbot: QtBot, window: MainWindow) -> None:
    """The second step: first with an input that does not fit, then with one that does."""
    panel = window.load_test
    panel.form.inputs.setText("2,x4")
    assert "'2,x4' is no shape" in said(window)
    assert not panel.form.values.isEnabled()
    panel.form.inputs.setText("2,5")
    click(window, "Load the values")
    wait(qtbot, lambda: panel.report.forward.isVisible() and not panel.busy)
    assert "(172 B) were loaded in" in panel.report.values.text()
    assert panel.report.forward.text().startswith("The forward pass of 2×5 float32 fails: RuntimeError: mat1 and")
    assert "in forward" in panel.report.words.toPlainText(), "the traceback"
    panel.form.inputs.setText("2,4")
    panel.form.inputs.setFocus()
    QTest.keyClick(panel.form.inputs, Qt.Key.Key_Return)
    wait(qtbot, lambda: "gave 2 outputs" in panel.report.forward.text() and not panel.busy)
    assert "    output['logits']: 2×3 float32, all finite" in panel.report.forward.text()
    assert "4 of 4" in panel.report.sentence.text(), "with the rules of the test before it"


def _selected_in_both(window: MainWindow) -> None:
    """What is selected in the report is in the tree, and the other way round."""
    report, layers = window.load_test.report, window.layers
    loads = report.model.index(0, 0)
    report.tree.setCurrentIndex(report.model.index(2, 0, loads))
    assert layers.tree.currentIndex().data(Role.KEY) == "module.head.weight"
    assert window.load_test.isVisible(), "selecting leaves the view as it is"
    layers.select_key("module.first.bias")
    assert report.tree.currentIndex().data(ReportRole.KEY) == "first.bias"


def mark(window: MainWindow, key: str) -> str | None:
    """What a test has made of a tensor or layer, as its row in the tree says it."""
    index = window.layers.model.index_of_key(key)
    index = index if index.isValid() else window.layers.model.index_of_layer(key)
    found = index.data(Qt.ItemDataRole.AccessibleDescriptionRole)
    return None if found is None else str(found)


def test_what_was_agreed_to_is_remembered_until_the_file_changes(
    qtbot: QtBot, open_file: Callable[[Path], None], window: MainWindow, wrapped: Path, tmp_path: Path
) -> None:
    file, canary = tmp_path / "broken.py", tmp_path / "canary"
    file.write_text("import a_package_that_nobody_has\n")
    panel = window.load_test
    open_file(wrapped)
    choose(window, file)
    wait(qtbot, panel.question.isVisible)
    click(window, "Run")
    wait(qtbot, lambda: "is not installed" in said(window))
    assert f"a_package_that_nobody_has is not installed for {sys.executable}." in said(window)
    assert "ModuleNotFoundError" in panel.page.words.toPlainText()
    assert panel.page.remedy.text() == "Choose a Python that has it; or install it, and read the file again."
    click(panel.page, "Copy")
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith("a_package_that_nobody_has is not installed")
    assert "ModuleNotFoundError" in copied
    assert window.status.currentMessage() == "The message was copied."
    click(panel.page, "Read broken.py again")
    wait(qtbot, lambda: panel.page.remedy.isVisible() and not panel.busy)
    assert window.focusWidget() is panel.page.button, "an unchanged file was agreed to, and it can be read once more"
    _mend_and_read_again(qtbot, window, file, canary)
    file.write_text("import a_package_that_nobody_has\n")
    LoadTestChoices(window.settings).let_run(read_source(file))
    again = MainWindow(Settings())
    try:
        again.load_test.testing.source_read.connect(lambda _source: None)
        again.load_test.open_model(file)
        wait(qtbot, lambda: "is not installed" in again.load_test.page.message.text())
        file.write_text("import another_package_that_nobody_has\n")
        again.load_test.open_model(file)
        wait(qtbot, lambda: again.load_test.body.currentWidget() is again.load_test.question)
    finally:
        again.close()
        again.deleteLater()


def _mend_and_read_again(qtbot: QtBot, window: MainWindow, file: Path, canary: Path) -> None:
    """What was mended runs once it is agreed to; what is changed after a test can be read from where that is said."""
    panel = window.load_test
    marks = f"open({str(canary)!r}, 'w').close()\n"
    file.write_text(f"{marks}{MODEL}class Later(Net): pass\n")
    click(panel.page, "Read broken.py again")
    wait(qtbot, panel.question.isVisible)
    assert not panel.form.run.isEnabled()
    assert not canary.exists(), "nothing of the changed file runs before it is agreed to"
    click(window, "Run")
    wait(qtbot, panel.form.run.isEnabled)
    assert canary.exists()
    panel.form.choose_offer("Net", "Net(5, classes=3)")
    panel.form.strict.setChecked(False)
    panel._use_rules((Rule(r"^module\.", ""),))
    canary.unlink()
    file.write_text(f"{marks}{MODEL}class Later(Net): pass  # mended\n")
    panel.form.run.click()
    wait(qtbot, lambda: "broken.py has changed since it was read." in said(window))
    assert "Read it again." in said(window)
    click(panel.page, "Read broken.py again")
    wait(qtbot, panel.question.isVisible)
    assert not canary.exists()
    click(window, "Run")
    wait(qtbot, panel.form.run.isEnabled)
    assert panel.form.chosen is not None
    assert (panel.form.chosen.name, panel.form.call) == ("Net", "Net(5, classes=3)"), "as it was written"
    assert not panel.form.strict.isChecked()
    assert "1 rule\n" in said(window)


def test_a_test_that_the_command_line_asks_for_runs(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], wrapped: Path, model: Path
) -> None:
    window.resize(1024, 700)
    panel = window.load_test
    open_file(wrapped)
    window.pages.setCurrentWidget(panel)
    asked = AskedTest(model, "Net", "Net(5, classes=4)", strict=False, rules=(Rule(r"^module\.", ""),))
    panel.begin(asked, trusted=True)
    wait(qtbot, lambda: panel.body.currentWidget() is panel.report and not panel.busy)
    assert panel.report.sentence.text().startswith("2 of 4 tensors load")
    assert panel.report.sentence.text().endswith("; strict off: fails.")
    assert shown_keys(window)[:3] == ["Shape differs: cannot load", "head.weight", "head.bias"]
    tree, group = panel.report.tree, panel.report.model.index(0, 0)
    assert tree.visualRect(group).width() > tree.columnWidth(0), "a title is not cut where a column is narrow"
    tree.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    assert tree.isFirstColumnSpanned(0, QModelIndex())
    assert "cannot load" in group.data(Qt.ItemDataRole.ToolTipRole)
    assert mark(window, "module.head.weight") == "Test-load: the model has another shape here."
    assert mark(window, "module.first.weight") == "Test-load: it loads."
    counted = "Test-load: 2 of 4 tensors in it load; 2 of another shape than the model's."
    assert mark(window, "module") == counted
    tip = window.layers.model.index_of_layer("module").data(Qt.ItemDataRole.ToolTipRole)
    assert "2 of 4 tensors in it load" in tip
    proposed = [label.text() for label in panel.proposals.findChildren(QLabel)]
    assert "With classes=3 in place of 4 the checkpoint's shapes fit." in proposed
    assert "Net(5, classes=3)" in proposed
    apply = panel.proposals.buttons[0]
    qtbot.waitUntil(lambda: apply.visibleRegion().boundingRect() == apply.rect())
    assert panel.proposals.geometry().bottom() < panel.form.values.geometry().top()
    assert not window.layers.grab().isNull()
    panel.report.clear.click()
    assert mark(window, "module") is None
    assert mark(window, "module.first.weight") is None
    assert LoadTestChoices(window.settings).trusted == [], "said once is not said for ever"
    panel.begin(asked._replace(name="Other"), trusted=True)
    wait(qtbot, lambda: panel.page.message.text() == "The file has no Other that could be tested.")


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
    assert panel.page.message.text() == "It was stopped."
    assert panel.page.button.text() == "Read endless.py again"
    assert panel.isVisible(), "the view stays; a second Escape leaves it"
