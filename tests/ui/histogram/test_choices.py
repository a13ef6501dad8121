"""Axes, densities, freezing and pinning: what the user chooses about the plot, and what it says of itself."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from explorer.ui.settings import HistogramChoices, Settings
from tests.checkpoint.made_up import made_up
from tests.ui.histogram.conftest import NORMAL, Bench, Values

# What the offscreen platform says about windows and menus.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", "grabbing the keyboard")

Settle = Callable[[], None]
POSITIVE = np.geomspace(1e-4, 10, 1000).astype(np.float32)
SMALL = np.linspace(0, 1, 50, dtype=np.float32)


def edges(bench: Bench) -> list[float]:
    shown = bench.panel.view.shown
    assert shown is not None
    return [float(edge) for edge in shown.histogram.edges]


def counts(bench: Bench) -> list[int]:
    shown = bench.panel.view.shown
    assert shown is not None
    return [int(count) for count in shown.histogram.counts]


def pinned_counts(bench: Bench) -> list[int]:
    pinned = bench.panel.view.pinned_drawing
    assert pinned is not None
    return [int(count) for count in pinned.histogram.counts]


def show(bench: Bench, settle: Settle, key: str, values: Values) -> None:
    bench.select(key, values)
    settle()


def test_bins_are_equal_on_a_log_axis(bench: Bench, settle: Settle) -> None:
    show(bench, settle, "w", POSITIVE)
    bench.panel.bar.full.click()
    settle()
    bench.panel.plot_actions.axes["log"].trigger()
    settle()
    steps = np.diff(np.log10(edges(bench)))
    assert steps == pytest.approx(np.full(120, steps[0]))
    assert counts(bench) == np.histogram(POSITIVE.astype(np.float64), edges(bench))[0].tolist()
    assert bench.notes() == "x is logarithmic"
    assert bench.panel.bar.axes.text() == "x: log ▾"


def test_a_log_axis_is_refused_to_values_that_are_not_above_0(bench: Bench, settle: Settle) -> None:
    actions = bench.panel.plot_actions
    show(bench, settle, "w", NORMAL)
    assert not actions.axes["log"].isEnabled()
    assert "values above 0 only" in actions.axes["log"].toolTip()
    show(bench, settle, "variance", POSITIVE)
    assert actions.axes["log"].isEnabled()
    assert "values above 0" not in actions.axes["log"].toolTip()
    actions.axes["log"].trigger()
    settle()
    show(bench, settle, "w", NORMAL)
    assert bench.notes() == "x is linear: a log axis has room for values above 0 only"
    # The choice stays, for those that it fits.
    show(bench, settle, "variance", POSITIVE)
    assert bench.notes() == "x is logarithmic"


def test_a_symmetric_axis_says_where_it_is_linear(bench: Bench, settle: Settle) -> None:
    show(bench, settle, "w", NORMAL)
    bench.panel.plot_actions.axes["symlog"].trigger()
    settle()
    assert bench.notes() == "x is linear from -0.001 to 0.001, logarithmic beyond"
    assert counts(bench) == np.histogram(NORMAL.astype(np.float64), edges(bench))[0].tolist()


def test_values_too_close_together_for_an_axis_are_drawn_on_a_linear_one(bench: Bench, settle: Settle) -> None:
    close = np.array([5.0, np.nextafter(5.0, 6.0)])
    bench.panel.plot_actions.axes["log"].trigger()
    bench.select("w", close)
    settle()
    assert bench.notes() == "x is linear: the values are too close together for another axis"
    assert sum(counts(bench)) == 2


def test_densities_are_drawn_without_counting_again(bench: Bench, settle: Settle) -> None:
    show(bench, settle, "w", NORMAL)
    walks = len(bench.walks)
    bench.panel.plot_actions.density.trigger()
    bench.panel.bar.log.click()
    axis = bench.panel.view.height_axis
    assert axis is not None
    assert (axis.densities, axis.log) == (True, True)
    assert not bench.panel.busy
    assert len(bench.walks) == walks
    assert "density" in bench.panel.view.plot.describe(60)


def test_bins_without_a_density_are_drawn_as_counts(bench: Bench, settle: Settle) -> None:
    bench.panel.bar.full.click()
    bench.panel.plot_actions.density.trigger()
    show(bench, settle, "w", np.array([1e-322, 2e-322]))
    assert bench.notes() == "y is counts: the bins are too narrow or too wide for densities"


@pytest.mark.parametrize("frozen", [False, True])
def test_pinning_or_freezing_counts_also_while_bins_are_counted(
    qtbot: QtBot, bench: Bench, settle: Settle, *, frozen: bool
) -> None:
    show(bench, settle, "w", np.linspace(0, 1, 200_000, dtype=np.float32))
    before = edges(bench)
    walks = len(bench.walks)
    bench.gate.clear()
    bench.panel.bar.bins.setValue(33)
    qtbot.waitUntil(lambda: len(bench.walks) == walks + 1)
    if frozen:
        bench.panel.plot_actions.freeze.trigger()
    else:
        bench.panel.bar.pin.click()
    bench.gate.set()
    settle()
    if frozen:
        assert edges(bench) == before
    else:
        assert len(pinned_counts(bench)) == 33
        assert bench.panel.view.pinned.isVisible()


def test_frozen_axes_stay_while_walking_through_tensors(bench: Bench, settle: Settle) -> None:
    show(bench, settle, "first", SMALL)
    bench.panel.bar.full.click()
    settle()
    before, height = edges(bench), bench.panel.view.height_axis
    bench.panel.plot_actions.freeze.trigger()
    show(bench, settle, "second", np.array([-1] * 3 + [0.5] * 90 + [7, 8], np.float32))
    assert edges(bench) == before
    assert bench.panel.view.height_axis == height
    assert sum(counts(bench)) == 90
    assert bench.readout() == "95 finite values · 120 bins · 3 values below 0 · 2 values above 1"
    assert bench.notes() == "the highest bar, 90, ends beyond the frozen axis"
    for control in (bench.panel.bar.full, bench.panel.bar.bins, bench.panel.plot_actions.density):
        assert not control.isEnabled()
    bench.panel.plot_actions.freeze.trigger()
    settle()
    assert (edges(bench)[0], edges(bench)[-1]) == (-1, 8)
    assert bench.panel.view.height_axis != height
    assert bench.notes() == ""
    assert bench.panel.bar.full.isEnabled()


def test_the_pinned_tensor_is_counted_on_the_edges_of_the_next(bench: Bench, settle: Settle) -> None:
    first, second = SMALL, np.linspace(-2, 0.5, 77, dtype=np.float32)
    show(bench, settle, "fi\u202erst", first)
    bench.panel.bar.full.click()
    settle()
    assert not bench.panel.view.pinned.isVisible()
    bench.panel.bar.pin.click()
    assert bench.panel.view.pinned.text() == "fi‹U+202E›rst"
    assert bench.panel.view.pinned.isVisible()
    show(bench, settle, "second", second)
    assert (edges(bench)[0], edges(bench)[-1]) == (-2, 1)
    for shown, values in ((counts(bench), second), (pinned_counts(bench), first)):
        assert shown == np.histogram(values.astype(np.float64), edges(bench))[0].tolist()
    bench.panel.bar.bins.setValue(30)
    settle()
    assert sum(pinned_counts(bench)) == 50
    assert len(pinned_counts(bench)) == 30
    bench.panel.view.unpin.click()
    settle()
    assert bench.panel.view.pinned_drawing is None
    assert not bench.panel.view.pinned.isVisible()
    assert (edges(bench)[0], edges(bench)[-1]) == (-2, 0.5)


def test_a_pinned_tensor_on_the_same_edges_is_not_read_again(bench: Bench, settle: Settle) -> None:
    show(bench, settle, "first", SMALL)
    bench.panel.bar.pin.click()
    bench.panel.plot_actions.freeze.trigger()
    walks = bench.walks.count("first")
    show(bench, settle, "second", SMALL / 2)
    assert bench.walks.count("first") == walks
    assert sum(pinned_counts(bench)) == 50


def test_the_pinned_tensor_may_refuse_a_log_axis(bench: Bench, settle: Settle) -> None:
    show(bench, settle, "w", NORMAL)
    bench.panel.bar.pin.click()
    show(bench, settle, "variance", POSITIVE)
    log = bench.panel.plot_actions.axes["log"]
    assert not log.isEnabled()
    assert "the pinned tensor has others" in log.statusTip()


def test_another_file_takes_the_pinned_tensor_away(bench: Bench, settle: Settle) -> None:
    show(bench, settle, "w", NORMAL)
    bench.panel.bar.pin.click()
    bench.session.show_checkpoint(made_up())
    show(bench, settle, "w", NORMAL)
    assert bench.panel.view.pinned_drawing is None
    assert not bench.panel.view.pinned.isVisible()


def test_without_a_plot_there_is_nothing_to_pin_or_take_along(bench: Bench, settle: Settle) -> None:
    actions = bench.panel.plot_actions
    taking = [actions.pin, actions.copy_picture, actions.copy_numbers, *actions.export.values()]
    for action in (*taking, actions.freeze, actions.unpin):
        assert not action.isEnabled()
        assert action.statusTip().endswith(".")
    show(bench, settle, "w", NORMAL)
    assert all(action.isEnabled() for action in (*taking, actions.freeze))
    show(bench, settle, "w", np.full(3, np.nan, np.float32))
    assert not any(action.isEnabled() for action in taking)


def test_the_choices_are_remembered(qtbot: QtBot, bench: Bench, settle: Settle, tmp_path: Path) -> None:
    show(bench, settle, "w", POSITIVE)
    bar, actions = bench.panel.bar, bench.panel.plot_actions
    bar.full.click()
    bar.log.click()
    bar.bins.setValue(64)
    actions.axes["symlog"].trigger()
    actions.density.trigger()
    settle()
    bench.settings.save()
    chosen = HistogramChoices(robust=False, bins=64, axis="symlog", density=True, log=True)
    assert Settings(tmp_path / "settings.ini").histogram == chosen
    again = Bench(Settings(tmp_path / "settings.ini"))
    qtbot.addWidget(again.panel)
    assert again.panel.bar.choices == chosen
    assert again.panel.bar.axes.text() == "x: sym. log ▾"
    assert again.jobs.close()


def test_the_plot_has_a_menu_of_all_that_can_be_done(qtbot: QtBot, bench: Bench, settle: Settle) -> None:
    show(bench, settle, "w", NORMAL)
    view = bench.panel.view
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(50, 50), view.mapToGlobal(QPoint(50, 50)))
    QApplication.sendEvent(view, event)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    texts = [action.text().replace("&", "") for action in menu.actions() if not action.isSeparator()]
    for text in (
        "Linear x",
        "Density",
        "Freeze axes",
        "Pin as outline",
        "Copy picture",
        "Copy numbers",
        "Export as SVG…",
    ):
        assert text in texts
    menu.close()
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is None)
