"""The overview of a file in the real window: when it is shown, what it says, and what a click does."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from explorer import formatting
from explorer.ui.main_window import MainWindow
from explorer.ui.overview.words import BANDS
from tests.ui.conftest import EXAMPLE, TIMEOUT_MS, activate, plain_text, save
from tests.ui.overview.conftest import PACKED, Open, columns
from tests.ui.overview.test_overview_plot import at

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


def place(window: MainWindow, row: int) -> QPoint:
    return at(window.overview.view.plot, row)


def point(qtbot: QtBot, window: MainWindow, row: int) -> None:
    """Move the mouse over a column."""
    before = window.overview.view.readout.text()
    QTest.mouseMove(window.overview.view.plot, place(window, row))
    qtbot.waitUntil(lambda: window.overview.view.readout.text() != before)


def click_on(window: MainWindow, row: int) -> None:
    QTest.mouseClick(window.overview.view.plot, Qt.MouseButton.LeftButton, pos=place(window, row))


def click_on_top_row(window: MainWindow) -> None:
    tree = window.layers.tree
    tree.scrollToTop()
    first = tree.visualRect(tree.model().index(0, 0)).center()
    QTest.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=first)


def test_an_opened_file_is_shown_at_a_glance(window: MainWindow, show: Open) -> None:
    show(EXAMPLE)
    saved = torch.load(EXAMPLE, weights_only=True)["model"]
    floating = [key for key, tensor in saved.items() if tensor.is_floating_point()]
    panel = window.overview
    assert window.details.currentWidget() is panel
    assert window.session.selected is None
    assert not window.layers.tree.selectionModel().hasSelection()
    assert panel.head.name.text() == "digits.pth"
    assert panel.head.facts.text().startswith(f"model · {len(saved)} tensors · ")
    size = formatting.nbytes(EXAMPLE.stat().st_size)
    assert panel.head.facts.text().endswith(f" · zip of {size} · data only · saved on cpu")
    assert f"{sum(tensor.nbytes for tensor in saved.values()):,} bytes" in panel.head._exact.toolTip()
    assert columns(window) == floating
    assert panel.view.health.text() == "every value is finite"
    assert f"{len(saved) - len(floating)} tensors of integers or counters are left out" in panel.view.notes.text()
    assert not panel.view.compute_all.isVisible()


def test_the_keyboard_stays_in_the_tree(qtbot: QtBot, window: MainWindow, show: Open) -> None:
    activate(qtbot, window)
    show(EXAMPLE)
    assert QApplication.focusWidget() is window.layers.tree
    show(EXAMPLE)
    assert QApplication.focusWidget() is window.layers.tree


def test_a_column_is_read_out(qtbot: QtBot, window: MainWindow, show: Open) -> None:
    show(EXAMPLE)
    saved = torch.load(EXAMPLE, weights_only=True)["model"]
    legend = window.overview.view.readout.text()
    assert "median" in legend
    row = columns(window).index("stages.1.conv1.weight")
    point(qtbot, window, row)
    tensor = saved["stages.1.conv1.weight"]
    readout, grid = window.overview.view.readout.text(), window.overview.view.grid
    assert readout == "stages.1.conv1.weight · float32 · " + "×".join(map(str, tensor.shape))
    values = tensor.double().numpy()
    true = [values.min(), *np.quantile(values, (0.05, 0.25, 0.5, 0.75, 0.95)), values.max()]
    for caption, value in zip(BANDS, true, strict=True):
        assert float(grid.text_of(caption)) == pytest.approx(value, rel=0.01, abs=1e-4)
    QTest.mouseMove(window.overview.view.plot, QPoint(1, 1))
    qtbot.waitUntil(lambda: window.overview.view.readout.text() == legend)
    assert grid.text_of("median") == "–"


def test_a_click_selects_the_tensor_in_the_tree(qtbot: QtBot, window: MainWindow, show: Open) -> None:
    activate(qtbot, window)
    show(EXAMPLE)
    key = columns(window)[-1]
    click_on(window, len(columns(window)) - 1)
    assert window.session.tensor is not None
    assert window.session.tensor.key == key
    assert window.details.currentWidget() is window.histogram
    tree = window.layers.tree
    row = tree.visualRect(tree.currentIndex())
    assert window.layers.model.tensor_number(tree.currentIndex()) == window.session.tensor.number
    assert tree.viewport().rect().contains(row.center())
    assert QApplication.focusWidget() is tree
    qtbot.waitUntil(lambda: not window.histogram.busy, timeout=TIMEOUT_MS)


def test_the_first_row_brings_it_back_as_it_was(qtbot: QtBot, window: MainWindow, show: Open) -> None:
    show(EXAMPLE)
    plot = window.overview.view.plot
    plot.setFocus()
    QTest.keyClick(plot, Qt.Key.Key_Plus)
    near = plot._shown_range()
    window.layers.select_key("stem.conv.weight")
    qtbot.waitUntil(lambda: not window.histogram.busy, timeout=TIMEOUT_MS)
    click_on_top_row(window)
    assert window.details.currentWidget() is window.overview
    qtbot.waitUntil(lambda: not window.overview.busy, timeout=TIMEOUT_MS)
    assert plot.isVisible()
    assert plot._shown_range() == near


def test_what_deserves_a_look_is_said(qtbot: QtBot, window: MainWindow, show: Open, tmp_path: Path) -> None:
    broken = torch.ones(4)
    broken[1], broken[2] = torch.nan, torch.inf
    tensors = {"a": torch.ones(3), "b": broken, "c": torch.full((2,), -torch.inf), "d": PACKED}
    show(save(tmp_path / "a.pt", **tensors))
    view = window.overview.view
    assert view.health.text() == "▼ 2 tensors have NaN or Inf · ✕ 1 tensor cannot be read"
    assert view.health.property("tone") == "bad"
    said = []
    for row in (1, 2, 3):
        point(qtbot, window, row)
        said.append(view.readout.text())
    assert said[0] == "b · float32 · 4 · 1 NaN · 1 +Inf"
    assert said[1] == "c · float32 · 2 · 2 −Inf · no finite value"
    assert said[2].startswith("d · float4_e2m1fn_x2 · 2 · ")
    assert view.grid.text_of("median") == "–"


def test_the_head_says_how_much_of_the_file_the_filter_leaves(
    qtbot: QtBot, window: MainWindow, show: Open, tmp_path: Path
) -> None:
    show(save(tmp_path / "a.pt", a=torch.ones(3), b=torch.ones(5)))
    facts = window.overview.head.facts
    for words, said in (
        ("a", "1 of 2 tensors · 3 parameters · 12 B · zip of "),
        ("zzz", "0 of 2 tensors fit the filter · zip of "),
        ("", "2 tensors · 8 parameters · 32 B · zip of "),
    ):
        window.filter.setText(words)
        qtbot.waitUntil(lambda said=said: facts.text().startswith(said), timeout=TIMEOUT_MS)  # type: ignore[misc]  # a default of a lambda


def test_words_give_way_to_the_plot(qtbot: QtBot, window: MainWindow, show: Open) -> None:
    show(EXAMPLE)
    view = window.overview.view
    assert view.grid.isVisible()
    assert view.notes.isVisible()
    window.resize(1024, 700)
    window.problems.show()
    window.resizeDocks([window.problems.dock], [240], Qt.Orientation.Vertical)
    qtbot.waitUntil(lambda: view.notes.isVisible() and not view.grid.isVisible(), timeout=TIMEOUT_MS)
    view.setMaximumHeight(200)
    qtbot.waitUntil(lambda: not view.notes.isVisible() and not view.grid.isVisible(), timeout=TIMEOUT_MS)
    assert view.plot.height() > view.height() / 2
    view.setMaximumHeight(2000)
    window.problems.dock.hide()
    window.resize(1280, 800)
    qtbot.waitUntil(lambda: view.grid.isVisible() and view.notes.isVisible(), timeout=TIMEOUT_MS)


def test_another_entry_is_shown(qtbot: QtBot, window: MainWindow, show: Open) -> None:
    show(EXAMPLE)
    window.session.show_entry("optimizer")
    qtbot.waitUntil(lambda: not window.overview.busy, timeout=TIMEOUT_MS)
    assert window.overview.head.facts.text().startswith("optimizer · ")
    entry = window.session.entry
    checkpoint = window.session.checkpoint
    assert entry is not None
    assert checkpoint is not None
    shown = {checkpoint.tensors.key(number) for number in entry.numbers}
    assert set(columns(window)) <= shown
    assert window.overview.view.health.text() == "every value is finite"


def test_integers_are_shown_when_they_are_asked_for(qtbot: QtBot, window: MainWindow, show: Open) -> None:
    show(EXAMPLE)
    without = len(columns(window))
    QTest.mouseClick(window.overview.integers, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.overview.busy, timeout=TIMEOUT_MS)
    assert len(columns(window)) == without + 6
    assert "left out" not in window.overview.view.notes.text()
    QTest.mouseClick(window.overview.integers, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.overview.busy, timeout=TIMEOUT_MS)
    assert len(columns(window)) == without


def test_a_file_without_integers_offers_none(window: MainWindow, show: Open, tmp_path: Path) -> None:
    show(save(tmp_path / "a.pt"))
    assert not window.overview.integers.isEnabled()


def test_a_file_without_tensors_says_so(window: MainWindow, show: Open, tmp_path: Path) -> None:
    show(EXAMPLE)
    show(save(tmp_path / "numbers.pt", epoch=3))
    panel = window.overview
    assert window.details.currentWidget() is panel
    assert panel.head.name.text() == "numbers.pt"
    assert panel.body.page.message.isVisible()
    assert panel.body.page.message.text() == "This file has no tensors."
    assert not panel.view.isVisible()
    assert not panel.plot_actions.copy_picture.isEnabled()


def test_the_histogram_of_the_file_is_one_key_away(qtbot: QtBot, window: MainWindow, show: Open) -> None:
    activate(qtbot, window)
    show(EXAMPLE)
    window.overview.views.setFocus()
    QTest.keyClick(window.overview.views, Qt.Key.Key_Right)
    assert window.details.currentWidget() is window.histogram
    assert QApplication.focusWidget() is window.histogram.bar.views
    assert window.histogram.head.name.text() == "digits.pth"
    qtbot.waitUntil(lambda: not window.histogram.busy, timeout=TIMEOUT_MS)
    assert "finite values · 120 bins" in window.histogram.view.readout.text()
    # It stays chosen for the file, and a layer has no such choice.
    window.layers.select_key("stem")
    qtbot.waitUntil(lambda: not window.histogram.busy, timeout=TIMEOUT_MS)
    assert not window.histogram.bar.views.isVisible()
    click_on_top_row(window)
    assert window.details.currentWidget() is window.histogram
    assert window.histogram.bar.views.isVisible()
    window.histogram.bar.views.setFocus()
    QTest.keyClick(window.histogram.bar.views, Qt.Key.Key_Left)
    assert window.details.currentWidget() is window.overview
    assert QApplication.focusWidget() is window.overview.views


def test_the_next_file_begins_with_its_overview(qtbot: QtBot, window: MainWindow, show: Open) -> None:
    show(EXAMPLE)
    window.details.show_file_as("histogram")
    show(EXAMPLE)
    assert window.details.currentWidget() is window.overview
    qtbot.waitUntil(lambda: not window.statistics_jobs.busy, timeout=TIMEOUT_MS)


def test_the_first_row_of_a_filter_shows_what_it_finds(qtbot: QtBot, window: MainWindow, show: Open) -> None:
    show(EXAMPLE)
    window.filter.begin()
    QTest.keyClicks(window.filter, "conv")
    qtbot.waitUntil(lambda: " of " in window.layers.count.text())
    click_on_top_row(window)
    qtbot.waitUntil(lambda: not window.overview.busy, timeout=TIMEOUT_MS)
    assert columns(window)
    assert all("conv" in key for key in columns(window))


def test_a_tensor_that_the_filter_hides_is_shown_all_the_same(qtbot: QtBot, window: MainWindow, show: Open) -> None:
    activate(qtbot, window)
    show(EXAMPLE)
    QTest.keyClicks(window.filter, "bias")
    qtbot.waitUntil(lambda: " of " in window.layers.count.text())
    assert window.session.checkpoint is not None
    number = window.session.checkpoint.tensors.keys.index("stem.conv.weight")
    window.select_tensor(number)
    assert window.session.tensor is not None
    assert window.histogram.head.name.text() == "stem.conv.weight"
    qtbot.waitUntil(lambda: not window.histogram.busy, timeout=TIMEOUT_MS)


def test_hostile_names_are_characters(qtbot: QtBot, window: MainWindow, show: Open, tmp_path: Path) -> None:
    bait = "<img src=x>\u202e"
    show(
        save(tmp_path / "<b>a.pt", **{f"{bait}.one": torch.ones(2), f"{bait}.two": torch.ones(2), "z.w": torch.ones(1)})
    )
    assert window.overview.head.name.text() == "<b>a.pt"
    point(qtbot, window, 0)
    assert window.overview.view.readout.text().startswith("<img src=x>‹U+202E›.one · ")
    for label in window.overview.findChildren(QLabel):
        assert bait[:4] not in label.text() or label.textFormat() == Qt.TextFormat.PlainText


def test_the_keyboard_reaches_everything(qtbot: QtBot, window: MainWindow, show: Open) -> None:
    activate(qtbot, window)
    show(EXAMPLE)
    panel = window.overview
    passed: list[QWidget] = [window.layers.tree]
    for _ in range(6):
        QTest.keyClick(passed[-1], Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        assert focused is not None
        passed.append(focused)
    assert passed[1:] == [
        panel.file_line.copy,
        panel.views,
        panel.choices,
        panel.integers,
        panel.export,
        panel.view.plot,
    ]
    for widget in passed:
        assert widget.accessibleName() or isinstance(widget, QPushButton)
    QTest.keyClick(panel.view.plot, Qt.Key.Key_Right)
    QTest.keyClick(panel.view.plot, Qt.Key.Key_Right)
    assert columns(window)[1] in panel.view.plot.accessibleDescription()
    assert "median " in panel.view.plot.accessibleDescription()
    QTest.keyClick(panel.view.plot, Qt.Key.Key_Return)
    assert window.session.tensor is not None
    assert window.session.tensor.key == columns(window)[1]
    assert QApplication.focusWidget() is window.layers.tree
    qtbot.waitUntil(lambda: not window.histogram.busy, timeout=TIMEOUT_MS)


def test_one_figure_of_one_kind_of_layers_is_drawn(qtbot: QtBot, window: MainWindow, show: Open) -> None:
    show(EXAMPLE)
    every, plot, choices = columns(window), window.overview.view.plot, window.overview.choices
    entries = {plain_text(entry): entry for entry in choices.menu().actions()}
    assert entries["Quantiles"].isChecked()
    saved = torch.load(EXAMPLE, weights_only=True)["model"]
    figures: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
        "Std": lambda values: values.std(correction=0),
        "Max |x|": lambda values: values.abs().max(),
    }
    for text, of in figures.items():
        entries[text].trigger()
        assert plot.scene is not None
        # Every bar begins at 0 and ends at the figure.
        heights = [-bar.top() for bar in plot.scene.ends]
        wanted = [float(of(saved[key].double())) for key in every]
        assert np.argsort(heights).tolist() == np.argsort(wanted).tolist()
        assert len(heights) == len(every)
    entries["convolution"].trigger()
    qtbot.waitUntil(lambda: not window.overview.busy and window.overview._overview is not None)
    assert columns(window) == [key for key in every if saved[key].ndim == 4]
    assert choices.text() == "Max |x| · convolution ▾"
    assert "bar: largest magnitude" in window.overview.view.readout.text()
    entries["feed-forward"].trigger()
    qtbot.waitUntil(lambda: not window.overview.busy)
    assert "‘feed-forward’" in window.overview.body.page.message.text()
    entries["All kinds of layers"].trigger()
    entries["Quantiles"].trigger()
    qtbot.waitUntil(lambda: not window.overview.busy and window.overview._overview is not None)
    assert columns(window) == every
