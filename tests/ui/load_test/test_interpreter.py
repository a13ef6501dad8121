"""Another interpreter: what the last one said is of it alone, and is said once."""

import sys
from collections.abc import Callable
from pathlib import Path

import torch
from PySide6.QtWidgets import QFileDialog, QPlainTextEdit
from pytestqt.qtbot import QtBot

from explorer.ui.main_window import MainWindow
from tests.ui.conftest import click
from tests.ui.load_test.test_panel import MODEL, choose, said, wait


def use(window: MainWindow, interpreter: Path) -> None:
    """Choose it in the dialog that the button beside Python opens."""
    window.load_test.form.choose_python.click()
    (dialog,) = window.load_test.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(interpreter))
    dialog.close()
    dialog.deleteLater()


def test_why_one_could_not_be_run_is_said_once_and_goes_with_it(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    model, file, script = tmp_path / "net.py", tmp_path / "net.pth", tmp_path / "activate"
    model.write_text(MODEL)
    script.write_text("# not to be run\n")
    torch.save({"first.weight": torch.ones(4, 4)}, file)
    panel = window.load_test
    open_file(file)
    choose(window, model)
    wait(qtbot, panel.question.isVisible)
    click(window, "Run")
    wait(qtbot, lambda: panel.form.chosen is not None and not panel.busy)
    use(window, script)
    wait(qtbot, lambda: "could not be run" in said(window))
    wait(qtbot, lambda: not panel.busy)
    (words,) = panel.page.findChildren(QPlainTextEdit)
    assert said(window).count("Permission denied") == 1
    assert "Permission denied" not in words.toPlainText()
    use(window, Path(sys.executable))
    assert panel.busy
    assert "could not be run" not in said(window)
    assert "runs, to tell what it offers" in said(window)
    wait(qtbot, lambda: panel.form.chosen is not None and not panel.busy)
    assert "could not be run" not in said(window)
