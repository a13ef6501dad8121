"""The plot as a picture, as shapes and as numbers, on the clipboard and in files."""

import csv
import io
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from explorer.analysis.draw.histogram import Histogram
from explorer.ui import theme
from explorer.ui.histogram.table import table
from tests.ui.histogram.conftest import Bench

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")  # the offscreen platform, about windows

Settle = Callable[[], None]
VALUES = np.linspace(0, 1, 50, dtype=np.float32)


@pytest.fixture
def shown(qapp: QApplication, bench: Bench, settle: Settle) -> Bench:
    """A tensor over another that is pinned."""
    theme.apply(qapp, "light")
    bench.panel.bar.full.click()
    bench.select("first & <b>", VALUES)
    settle()
    bench.panel.bar.pin.click()
    bench.select("layer/1.weight", VALUES * 2 - 1)
    settle()
    return bench


def dialog_of(bench: Bench, suffix: str) -> QFileDialog:
    bench.panel.plot_actions.export[suffix].trigger()
    (dialog,) = bench.panel.findChildren(QFileDialog)
    return dialog


def save(qtbot: QtBot, bench: Bench, path: Path) -> None:
    choose(qtbot, bench, dialog_of(bench, path.suffix[1:]), path)


def choose(qtbot: QtBot, bench: Bench, dialog: QFileDialog, path: Path) -> None:
    """Write a path into the dialog and press its button."""
    (field,) = dialog.findChildren(QLineEdit, "fileNameEdit")
    field.setText(str(path))
    dialog.accept()
    qtbot.waitUntil(lambda: not bench.panel.findChildren(QFileDialog))


def colors_in(image: QImage) -> set[str]:
    return {image.pixelColor(x, y).name() for x in range(0, image.width(), 3) for y in range(image.height())}


def test_the_numbers_are_copied_as_a_table(shown: Bench) -> None:
    shown.panel.plot_actions.copy_numbers.trigger()
    rows = [line.split("\t") for line in QGuiApplication.clipboard().text().splitlines()]
    assert rows[0] == ["low", "high", "count", "count pinned"]
    assert len(rows) == 121
    assert [float(rows[1][0]), float(rows[-1][1])] == [-1, 1]
    assert [sum(int(row[column]) for row in rows[1:]) for column in (2, 3)] == [50, 50]
    assert shown.panel.view.confirmation.text() == "The numbers were copied."


def test_numbers_keep_all_digits_and_what_is_outside() -> None:
    edges = np.array([0.1, 0.2, 0.30000000000000004])
    histogram = Histogram(edges, np.array([3, 4]), 5, 0, exact=False)
    rows = list(csv.reader(io.StringIO(table(histogram, None, ","))))
    assert rows == [
        ["low", "high", "count (estimated)"],
        ["-inf", "0.1", "5"],
        ["0.1", "0.2", "3"],
        ["0.2", "0.30000000000000004", "4"],
    ]
    other = Histogram(edges, np.array([0, 0]), 0, 9, exact=True)
    assert table(histogram, other, "\t").splitlines()[-1] == "0.30000000000000004\tinf\t0\t9"


def test_the_picture_is_copied_with_its_names(shown: Bench) -> None:
    shown.panel.plot_actions.copy_picture.trigger()
    image = QGuiApplication.clipboard().image()
    assert image.width() >= 2 * shown.panel.view.plot.width()
    assert {theme.LIGHT.bars, theme.LIGHT.b_fill, theme.LIGHT.text, theme.LIGHT.b_text} <= colors_in(image)


def test_a_png_is_the_picture(qtbot: QtBot, shown: Bench, tmp_path: Path) -> None:
    path = tmp_path / "plot.png"
    save(qtbot, shown, path)
    assert {theme.LIGHT.bars, theme.LIGHT.b_fill} <= colors_in(QImage(str(path)))
    said = shown.panel.view.confirmation
    assert said.text() == f"Saved as plot.png in {tmp_path}."
    assert said.folder.isVisible()
    assert shown.settings.last_folder == tmp_path
    assert [entry.name for entry in tmp_path.iterdir() if entry.suffix != ".ini"] == ["plot.png"]


def test_an_svg_has_shapes_and_the_names_as_they_are(qtbot: QtBot, shown: Bench, tmp_path: Path) -> None:
    path = tmp_path / "plot.svg"
    save(qtbot, shown, path)
    root = ET.parse(path).getroot()  # noqa: S314 - the program wrote it
    texts = [element.text for element in root.iter() if element.tag.endswith("text")]
    assert "layer/1.weight" in texts
    assert "Pinned: first & <b>" in texts
    assert {"0", "-1", "1"} <= set(texts)
    assert sum(element.tag.endswith(("rect", "path", "polyline")) for element in root.iter()) > 50


def test_a_csv_holds_the_numbers(qtbot: QtBot, shown: Bench, tmp_path: Path) -> None:
    path = tmp_path / "numbers.csv"
    save(qtbot, shown, path)
    rows = list(csv.reader(path.read_text("utf-8").splitlines()))
    assert rows[0] == ["low", "high", "count", "count pinned"]
    assert sum(int(row[2]) for row in rows[1:]) == 50


def test_the_dialog_proposes_a_name_that_every_system_can_have(shown: Bench) -> None:
    dialog = dialog_of(shown, "svg")
    assert [Path(name).name for name in dialog.selectedFiles()] == ["layer_1.weight histogram.svg"]
    assert dialog.windowTitle() == "Export the histogram as SVG"
    dialog.reject()


def test_what_is_saved_is_what_was_shown(qtbot: QtBot, shown: Bench, settle: Settle, tmp_path: Path) -> None:
    dialog = dialog_of(shown, "csv")
    shown.select("other", np.full(7, 3, np.float32))
    settle()
    path = tmp_path / "kept.csv"
    choose(qtbot, shown, dialog, path)
    rows = list(csv.reader(path.read_text("utf-8").splitlines()))
    assert sum(int(row[2]) for row in rows[1:]) == 50


def test_a_failure_is_said_below_the_plot(shown: Bench, tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "plot.png"
    shown.panel.view.save(path, b"")
    said = shown.panel.view.confirmation
    assert said.text().startswith("plot.png could not be written: No such file or directory; choose another folder")
    assert said.words.property("tone") == "bad"
    assert not said.folder.isVisible()
    shown.panel.plot_actions.copy_numbers.trigger()
    assert said.words.property("tone") != "bad"
