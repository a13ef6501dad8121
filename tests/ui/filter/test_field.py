"""The filter in the real window: real files, real keys, figures that are being measured."""

from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QLineEdit, QListView
from pytestqt.qtbot import QtBot

from explorer.ui import theme
from explorer.ui.filter.error import FilterError
from explorer.ui.filter.saved import saved_filters
from explorer.ui.layers.filtering import REFRESH_MS
from explorer.ui.main_window import MainWindow
from explorer.ui.message_page import MessagePage
from tests.ui.conftest import PARTS, TIMEOUT_MS, action, activate, click, save

NAN, INF = float("nan"), float("inf")
TENSORS = {
    "conv.weight": torch.tensor([[1.0, -3.0], [0.0, 0.0]]),
    "conv.bias": torch.tensor([0.5, 0.5], dtype=torch.bfloat16),
    "norm.weight": torch.tensor([NAN, INF, -INF, 20.0]),
    "norm.steps": torch.tensor(7),
    "wide name": torch.zeros(512, 3, 3),
}


FOUND = {
    "WEIGHT": ["conv.weight", "norm.weight"],
    "weight conv": ["conv.weight"],
    '"wide name"': ["wide name"],
    "-weight -wide": ["conv.bias", "norm.steps"],
    "dtype:bf16": ["conv.bias"],
    "dtype:int !conv": ["norm.steps"],
    "shape:*x3x3": ["wide name"],
    "shape:scalar": ["norm.steps"],
    "params>1k": ["wide name"],
    "numel=4": ["conv.weight", "norm.weight"],
    "bytes>=18.4kB": ["wide name"],
    "device:cpu bytes<10": ["conv.bias", "norm.steps"],
    "nan>0": ["norm.weight"],
    "inf=2": ["norm.weight"],
    "nan>10%": ["norm.weight"],
    "inf>=50 %": ["norm.weight"],
    "nan<25%": ["conv.weight", "conv.bias", "norm.steps", "wide name"],
    "-nan>0 -wide": ["conv.weight", "conv.bias", "norm.steps"],
    "zeros>=50%": ["conv.weight", "wide name"],
    "zeros=100%": ["wide name"],
    "min<-1": ["conv.weight"],
    "max>=7": ["norm.weight", "norm.steps"],
    "mean=0.5": ["conv.bias"],
    "std<1e-6": ["conv.bias", "norm.weight", "norm.steps", "wide name"],
    "l2>10": ["norm.weight"],
}
"""Of `TENSORS`, by what is written."""


@pytest.fixture
def known(qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path) -> MainWindow:
    """A window with `TENSORS`, all measured."""
    open_file(save(tmp_path / "known.pt", **TENSORS))
    qtbot.waitUntil(lambda: window.measurements.complete, timeout=TIMEOUT_MS)
    activate(qtbot, window)
    return window


def write(window: MainWindow, text: str) -> None:
    """Write into the empty filter and press Enter."""
    window.filter.clear()
    window.filter.setFocus()
    QTest.keyClicks(window.filter, text)
    window.filter.close_completion()
    QTest.keyClick(window.filter, Qt.Key.Key_Return)


def clear_where_none_fits(qtbot: QtBot, window: MainWindow, page: MessagePage, rows: QAbstractItemView) -> None:
    """Press the button of the page in the place of rows of which none fits: they have the keyboard then."""
    assert (page.isVisible(), rows.isVisible()) == (True, False)
    assert page.button.text() == "Clear the filter"
    activate(qtbot, window)
    QApplication.processEvents()  # the list of terms that was closed gives the keyboard back to the filter
    page.button.setFocus()
    QTest.keyClick(page.button, Qt.Key.Key_Space)
    assert window.filter.text() == ""
    qtbot.waitUntil(rows.isVisible, timeout=TIMEOUT_MS)
    assert not page.isVisible()
    qtbot.waitUntil(rows.hasFocus, timeout=TIMEOUT_MS)


def shown_keys(window: MainWindow) -> list[str]:
    model = window.layers.model
    root = model.layer(model.index(0, 0)) if window.layers.tree.isVisible() else None
    return [] if root is None else [root.table.key(number) for number in root.numbers]


def popup(window: MainWindow) -> QListView:
    found = window.filter.completer().popup()
    assert isinstance(found, QListView)
    return found


def test_every_term_finds_what_the_file_holds(known: MainWindow) -> None:
    for text, keys in FOUND.items():
        write(known, text)
        assert sorted(shown_keys(known)) == sorted(keys), text
        assert known.layers.count.text() == f"{len(keys)} of 5 tensors", text
        top = known.layers.model.layer(known.layers.model.index(0, 0))
        assert top is not None
        assert top.sums.tensors == len(keys), text


def test_a_wrong_term_is_said_below_the_field_and_leaves_what_is_shown(known: MainWindow) -> None:
    field = known.filter
    write(known, "conv")
    assert not field.actions()[0].isVisible()
    field.setText("conv std>abc")
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_Return)
    said = "‘abc’ is no number for std: write std<1e-6, for example."
    assert sorted(shown_keys(known)) == ["conv.bias", "conv.weight"]
    assert known.layers.count.text() == "2 of 5 tensors"
    assert field.accessibleDescription() == f"{said} That is at letter 10."
    assert field.actions()[0].isVisible()
    field.setFocus()
    (below,) = known.findChildren(FilterError)
    assert below.isVisible()
    assert below.sentence.text() == said
    assert below.sentence.height() >= below.sentence.heightForWidth(below.sentence.width())
    bad = theme.LIGHT.bad
    theme.apply(QApplication.instance(), "light")  # type: ignore[arg-type]  # it is one
    picture = field.grab().toImage()
    assert sum(picture.pixelColor(x, 0).name() == bad for x in range(picture.width())) > picture.width() // 2
    # The wave is below the word, and nowhere else.
    below_words = range(field.cursorRect().bottom() - 1, picture.height() - 1)
    red = [x for x in range(30, 200) if any(_is_red(picture.pixelColor(x, y)) for y in below_words)]
    width_of = field.fontMetrics().horizontalAdvance
    assert red
    assert abs((red[-1] - red[0]) - width_of("abc")) < 6
    QTest.keyClick(field, Qt.Key.Key_Tab)
    assert not below.isVisible()
    write(known, "conv std>0.1")
    assert shown_keys(known) == ["conv.weight"]
    assert not field.actions()[0].isVisible()
    assert "nan>0" in field.accessibleDescription()
    assert "dtype:bf16" in field.toolTip()
    write(known, "changed>0")
    assert "compared with another" in field.accessibleDescription()
    write(known, "<b>zzz>1")
    message = known.layers.message
    assert message.text() == "No tensor's name contains ‘<b>zzz>1’."
    assert message.textFormat() == Qt.TextFormat.PlainText


def _is_red(color: QColor) -> bool:
    return color.red() > color.green() + 60 and color.red() > color.blue() + 60


def test_a_filter_is_saved_under_a_name_and_used_again(qtbot: QtBot, known: MainWindow) -> None:
    write(known, "nan>0 or inf>0")
    action(known, "Edit", "Saved filters", "Save this filter…").trigger()
    naming = known.filter.saved.naming
    QTest.keyClick(naming.name, Qt.Key.Key_Escape)
    assert not naming.isVisible()
    assert known.filter.text() == "nan>0 or inf>0"
    action(known, "Edit", "Saved filters", "Save this filter…").trigger()
    assert naming.isVisible()
    naming.name.setText(" <b>broken</b> & odd ")
    QTest.keyClick(naming.name, Qt.Key.Key_Return)
    assert not naming.isVisible()
    write(known, "conv")
    action(known, "Edit", "Saved filters", "<b>broken</b>  odd").trigger()
    assert known.filter.text() == "nan>0 or inf>0"
    assert shown_keys(known) == ["norm.weight"]
    other = MainWindow(known.settings)
    qtbot.addWidget(other)
    other.close()
    assert saved_filters(known.settings) == {"<b>broken</b> & odd": "nan>0 or inf>0"}
    action(known, "Edit", "Saved filters", "Remove ‘<b>broken</b>  odd’").trigger()
    assert saved_filters(known.settings) == {}
    known.settings.keep("filter/saved", "[[[")
    assert saved_filters(known.settings) == {}
    write(known, "(")
    assert not action(known, "Edit", "Saved filters", "Save this filter…").isEnabled()


def test_problems_are_filtered_too(qtbot: QtBot, known: MainWindow) -> None:
    panel = known.problems.panel
    qtbot.waitUntil(lambda: not known.problems.finding.busy and panel.model.count > 1, timeout=TIMEOUT_MS)
    every = panel.model.rowCount()
    write(known, "conv or shape:scalar")
    assert panel.model.rowCount() == 0
    assert panel.page.message.text().endswith(f" None of {panel.model.count} problems fits the filter.")
    known.problems.show()
    clear_where_none_fits(qtbot, known, panel.page, panel.table)
    assert panel.model.rowCount() == every
    write(known, "not conv nan>0")
    listed = panel.model.rowCount()
    assert {panel.model.row(row).number for row in range(listed)} == {2}
    assert panel.said.endswith(f" {listed} {'fits' if listed == 1 else 'fit'} the filter.")
    known.filter.clear()
    write(known, "")
    assert panel.model.rowCount() == every


def test_the_next_file_begins_without_a_filter(
    known: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    write(known, "foo>3")
    open_file(save(tmp_path / "next.pt", a=torch.ones(2)))
    assert known.layers.count.text() == "1 tensor"
    assert known.filter.text() == ""
    assert not known.filter.actions()[0].isVisible()
    assert known.layers.tree.isVisible()


def test_figures_arrive_while_everything_is_measured(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], large: Path
) -> None:
    resets: list[None] = []
    said: set[str] = set()
    open_file(large)
    write(window, "part max>0 shape:*")
    window.layers.model.modelReset.connect(lambda: resets.append(None))
    began = monotonic()

    def all_fit() -> bool:
        said.add(window.layers.count.text())
        assert not (window.layers.offer.isVisible() and window.measurements.busy)
        return window.layers.count.text() == f"{PARTS} of {PARTS} tensors"

    qtbot.waitUntil(all_fit, timeout=TIMEOUT_MS)
    assert len(resets) <= 2 + (monotonic() - began) * 1000 / REFRESH_MS
    assert any(text.endswith(" not measured yet") and not text.startswith("0 of") for text in said)
    assert len(shown_keys(window)) == PARTS


def test_what_was_cancelled_can_be_computed(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], large: Path
) -> None:
    open_file(large)
    write(window, "max>0")
    assert not window.layers.offer.isVisible()
    qtbot.waitUntil(window.status.measuring.isVisible, timeout=TIMEOUT_MS)
    QTest.mouseClick(window.status.measuring.cancel, Qt.MouseButton.LeftButton)
    assert window.layers.offer.isVisible()
    qtbot.waitUntil(lambda: not window.statistics_jobs.busy, timeout=TIMEOUT_MS)
    qtbot.wait(2 * REFRESH_MS)
    assert " not measured yet" in window.layers.count.text()
    # The offscreen platform takes the keyboard away with the list of terms.
    activate(qtbot, window)
    window.tabs.tabBar().setFocus()
    QTest.keyClick(window.tabs.tabBar(), Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is window.layers.compute_all
    QTest.keyClick(window.layers.compute_all, Qt.Key.Key_Space)
    assert not window.layers.offer.isVisible()
    qtbot.waitUntil(lambda: window.layers.count.text() == f"{PARTS} of {PARTS} tensors", timeout=TIMEOUT_MS)
    assert not window.layers.offer.isVisible()


def test_cancelling_before_anything_is_measured_offers_it(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    open_file(save(tmp_path / "known.pt", **TENSORS))
    write(window, "nan>0")
    window.measurements.cancel()
    assert window.layers.offer.isVisible()
    assert window.layers.message.text() == "No tensor that is measured fits ‘nan>0’."
    click(window.layers, "Compute all")
    qtbot.waitUntil(lambda: shown_keys(window) == ["norm.weight"], timeout=TIMEOUT_MS)
    assert window.layers.count.text() == "1 of 5 tensors"


def test_a_name_needs_no_figures(window: MainWindow, open_file: Callable[[Path], None], large: Path) -> None:
    open_file(large)
    write(window, "part01")
    window.measurements.cancel()
    assert window.layers.count.text() == f"1 of {PARTS} tensors"
    assert not window.layers.offer.isVisible()


def test_terms_are_completed_and_escape_closes_the_list_first(qtbot: QtBot, known: MainWindow) -> None:
    known.filter.setFocus()
    QTest.keyClicks(known.filter, "conv -na")
    assert not popup(known).isVisible()
    QTest.keyClicks(known.filter, "n")
    assert popup(known).isVisible()
    QTest.keyClick(popup(known), Qt.Key.Key_Escape)
    assert not popup(known).isVisible()
    assert known.filter.text() == "conv -nan"
    QTest.keyClick(known.filter, Qt.Key.Key_Escape)
    assert known.filter.text() == ""
    QTest.keyClicks(known.filter, "conv -nan")
    QTest.keyClick(popup(known), Qt.Key.Key_Down)
    QTest.keyClick(popup(known), Qt.Key.Key_Return)
    assert known.filter.text() == "conv -nan>0"
    qtbot.waitUntil(lambda: known.layers.count.text() == "2 of 5 tensors")


def test_names_are_written_without_a_list_in_the_way(known: MainWindow) -> None:
    known.filter.setFocus()
    for letter in "layer1.weight":
        QTest.keyClicks(known.filter, letter)
        assert not popup(known).isVisible()


def test_enter_looks_at_once_and_goes_into_the_tree(known: MainWindow) -> None:
    known.filter.setFocus()
    QTest.keyClicks(known.filter, "bias")
    QTest.keyClick(known.filter, Qt.Key.Key_Return)
    assert shown_keys(known) == ["conv.bias"]
    assert QApplication.focusWidget() is known.layers.tree


def test_the_field_says_what_may_be_written(window: MainWindow, example: dict[str, Any]) -> None:
    assert example
    assert isinstance(window.filter, QLineEdit)
    assert window.filter.placeholderText() == "Filter: name, dtype:bf16, nan>0   (Ctrl+F)"
    for term in ("dtype:", "shape:", "params", "zeros", "l2", "-word"):
        assert term in window.filter.accessibleDescription()
    window.resize(1024, 700)
    shown = window.filter.fontMetrics().horizontalAdvance(window.filter.placeholderText())
    assert shown < window.filter.width() - 16
