"""Test-load of damaged and of hostile files, and all of a model file before it is agreed to."""

import os
from collections.abc import Callable
from pathlib import Path

import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot

from explorer.ui.main_window import MainWindow
from tests.ui.conftest import click
from tests.ui.load_test.test_panel import MODEL, choose, said, shown_keys, wait


class Attack:
    """Would run something, were it unpickled by PyTorch."""

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, ("echo owned",)


def test_a_damaged_file_never_loads_and_all_of_a_model_file_is_shown(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    model, file = tmp_path / "net.py", tmp_path / "cut.pth"
    far = "#" * 300 + "the end of a long line"
    model.write_text(f"{MODEL}{far}\n" + "# a line\n" * 60 + "# the last line\n")
    net = torch.nn.ModuleDict({"first": torch.nn.Linear(4, 5), "head": torch.nn.Linear(5, 3)})
    torch.save({"state_dict": net.state_dict(), "config": {"width": 5}}, file)
    data = file.read_bytes()
    file.write_bytes(data[: data.index(b"data/2") + 80])
    panel = window.load_test
    open_file(file)
    choose(window, model)
    wait(qtbot, panel.question.isVisible)
    (text,) = panel.question.findChildren(QPlainTextEdit)
    assert text.toPlainText().endswith("# the last line")
    assert "the end of a long line" in text.toPlainText()
    assert max(map(len, text.toPlainText().split("\n"))) < 210, "nothing stands far to the right"
    assert text.verticalScrollBar().maximum() > 0
    assert f"{len(model.read_text().splitlines())} lines, all shown below" in said(window)
    click(window, "Run")
    wait(qtbot, lambda: panel.form.chosen is not None)
    QTest.mouseClick(panel.form.run, Qt.MouseButton.LeftButton)
    wait(qtbot, lambda: panel.report.isVisible() and not panel.testing.busy)
    sentence = panel.report.sentence
    assert sentence.text().startswith("Fails, since not all of the file can be read: 2 of 4 tensors are whole and fit")
    assert sentence.property("tone") == "bad"
    assert shown_keys(window)[:3] == ["Cannot be read: the file is damaged", "head.weight", "head.bias"]
    assert "Loads" not in shown_keys(window)
    assert "The file is cut at byte" in panel.report.facts.text()
    assert not panel.report.copy_python.isEnabled()
    # Nor is code handed out that would run what a file names.
    torch.save({"state_dict": net.state_dict(), "extra": Attack()}, tmp_path / "forum.pth")
    open_file(tmp_path / "forum.pth")
    QTest.mouseClick(panel.form.run, Qt.MouseButton.LeftButton)
    wait(qtbot, lambda: "4 of 4" in sentence.text() and not panel.testing.busy)
    assert not panel.report.copy_python.isEnabled()
    assert "would run the code that it names" in panel.report.copy_python.toolTip()
