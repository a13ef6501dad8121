"""The overview's figures and picture are copied and saved."""

import csv
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtGui import QGuiApplication, QImage, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from explorer.ui import theme
from explorer.ui.main_window import MainWindow
from tests.ui.conftest import EXAMPLE, TIMEOUT_MS, action, activate, save
from tests.ui.overview.conftest import PACKED, Open

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


def choose(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    """Export into a file, by the menus."""
    action(window, "File", "Export", "Overview", f"Export as {path.suffix[1:].upper()}…").trigger()
    (dialog,) = window.findChildren(QFileDialog)
    (field,) = dialog.findChildren(QLineEdit, "fileNameEdit")
    field.setText(str(path))
    dialog.accept()
    said = f"Saved as {path.name} in {path.parent}."
    qtbot.waitUntil(lambda: window.overview.view.confirmation.text().startswith(said), timeout=TIMEOUT_MS)
    qtbot.waitUntil(lambda: not window.findChildren(QFileDialog))


def test_the_numbers_are_saved_and_copied(qtbot: QtBot, window: MainWindow, show: Open, tmp_path: Path) -> None:
    half = torch.tensor([0.5, 1.5, torch.nan], dtype=torch.float16)
    tensors = {"a": torch.linspace(-1, 1, 101), "n": torch.tensor(3), "h": half, "m": PACKED}
    show(save(tmp_path / "a.pt", **tensors))
    choose(qtbot, window, tmp_path / "numbers.csv")
    rows = list(csv.DictReader((tmp_path / "numbers.csv").read_text("utf-8").splitlines()))
    assert [row["tensor"] for row in rows] == ["a", "h", "m"]
    assert [float(rows[0][name]) for name in ("min", "median", "max")] == pytest.approx([-1, 0, 1], abs=0.01)
    assert [row["quantiles"] for row in rows] == ["estimated", "exact", "cannot be read"]
    assert [row["not finite"] for row in rows] == ["0", "1", ""]
    assert (rows[1]["5 %"], rows[1]["95 %"], rows[2]["min"]) == ("0.5", "1.5", "")
    window.overview.plot_actions.copy_numbers.trigger()
    said = window.overview.view.confirmation.text
    qtbot.waitUntil(lambda: said() == "The numbers were copied.", timeout=TIMEOUT_MS)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert [line.split("\t")[0] for line in lines] == ["tensor", "a", "h", "m"]


def test_the_picture_is_saved_and_copied(
    qtbot: QtBot, qapp: QApplication, window: MainWindow, show: Open, tmp_path: Path
) -> None:
    theme.apply(qapp, "light")
    show(EXAMPLE)
    choose(qtbot, window, tmp_path / "plot.png")
    QGuiApplication.clipboard().clear()
    window.overview.plot_actions.copy_picture.trigger()
    for picture in (QImage(str(tmp_path / "plot.png")), QGuiApplication.clipboard().image()):
        pixels = np.frombuffer(picture.convertToFormat(QImage.Format.Format_RGB32).constBits(), np.uint32)
        colors = {f"#{color & 0xFFFFFF:06x}" for color in np.unique(pixels).tolist()}
        assert {theme.LIGHT.bars, theme.LIGHT.text} <= colors
    choose(qtbot, window, tmp_path / "plot.svg")
    root = ET.parse(tmp_path / "plot.svg").getroot()  # noqa: S314 - the program wrote it
    texts = {element.text for element in root.iter() if element.tag.endswith("text")}
    assert {"digits.pth", "stem", "head", "0"} <= texts


def test_the_key_for_pictures_takes_what_is_shown(qtbot: QtBot, window: MainWindow, show: Open) -> None:
    activate(qtbot, window)
    show(EXAMPLE)
    said = "The picture was copied."
    QTest.keySequence(window, QKeySequence("Ctrl+Shift+C"))
    assert window.overview.view.confirmation.text() == said
    window.layers.select_key("stem.conv.weight")
    qtbot.waitUntil(lambda: not window.histogram.busy, timeout=TIMEOUT_MS)
    QTest.keySequence(window, QKeySequence("Ctrl+Shift+C"))
    assert window.histogram.view.confirmation.text() == said


def test_a_failure_to_save_is_said(qtbot: QtBot, window: MainWindow, show: Open, tmp_path: Path) -> None:
    show(EXAMPLE)
    action(window, "File", "Export", "Overview", "Export as CSV…").trigger()
    (dialog,) = window.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "nowhere" / "a.csv"))
    said = window.overview.view.confirmation
    qtbot.waitUntil(lambda: "could not be written" in said.text(), timeout=TIMEOUT_MS)
    assert said.words.property("tone") == "bad"
    dialog.reject()
