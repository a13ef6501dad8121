"""Of a large tensor something is drawn at once, which says what it is made from."""

from collections.abc import Callable

import numpy as np
from pytestqt.qtbot import QtBot

from explorer import formatting
from explorer.ui.histogram.drawing import PREVIEW_ELEMENTS
from tests.ui.histogram.conftest import Bench

LARGE = np.random.default_rng(1).normal(0, 0.1, 2 * PREVIEW_ELEMENTS).astype(np.float32)
SAMPLE = LARGE[::100]


def test_a_sample_is_drawn_first_and_says_so(qtbot: QtBot, bench: Bench, settle: Callable[[], None]) -> None:
    bench.gate.clear()
    bench.select("w", LARGE)
    qtbot.waitUntil(bench.panel.view.isVisible)
    assert bench.readout() == "estimated from 5,243 of 524 k values · 120 bins"
    assert bench.panel.busy
    assert bench.panel.grid.text_of("max") == formatting.NOTHING
    shown = bench.panel.view.shown
    assert shown is not None
    low, high = shown.histogram.edges[[0, -1]]
    assert shown.histogram.counts.sum() == np.count_nonzero(np.clip(SAMPLE, low, high) == SAMPLE)
    bench.gate.set()
    settle()
    assert bench.readout().startswith("524,288 finite values · 120 bins")
    assert bench.panel.grid.text_of("max") == formatting.figure(float(LARGE.max()))


def test_what_is_only_estimated_is_not_taken_elsewhere(qtbot: QtBot, bench: Bench, settle: Callable[[], None]) -> None:
    actions = bench.panel.plot_actions
    bench.gate.clear()
    bench.select("w", LARGE)
    qtbot.waitUntil(bench.panel.view.isVisible)
    assert not any(action.isEnabled() for action in (actions.pin, actions.copy_numbers, *actions.export.values()))
    bench.gate.set()
    settle()
    assert all(action.isEnabled() for action in (actions.pin, actions.copy_numbers, *actions.export.values()))


def test_other_bins_are_estimated_from_the_statistics_first(
    qtbot: QtBot, bench: Bench, settle: Callable[[], None]
) -> None:
    bench.select("w", LARGE)
    settle()
    bench.gate.clear()
    bench.panel.bar.bins.setValue(50)
    qtbot.waitUntil(lambda: bench.readout() == "estimated from the statistics · 50 bins")
    shown = bench.panel.view.shown
    assert shown is not None
    assert shown.histogram.total == LARGE.size
    bench.gate.set()
    settle()
    assert "50 bins" in bench.readout()
    assert "estimated" not in bench.readout()


def test_on_another_axis_the_estimate_is_from_a_sample(qtbot: QtBot, bench: Bench, settle: Callable[[], None]) -> None:
    bench.select("pinned", LARGE * 3)
    settle()
    bench.panel.plot_actions.pin.trigger()
    bench.panel.plot_actions.axes["symlog"].trigger()
    settle()
    bench.gate.clear()
    bench.select("w", LARGE)
    qtbot.waitUntil(lambda: bench.panel.view.shown is not None and bench.panel.view.shown.subject.name == "w")
    shown, pinned = bench.panel.view.shown, bench.panel.view.pinned_drawing
    assert shown is not None
    assert pinned is not None
    assert shown.bins == pinned.bins
    assert "estimated from 5,243 of" in bench.readout()
    bench.gate.set()
    settle()
    pinned = bench.panel.view.pinned_drawing
    assert pinned is not None
    assert pinned.histogram.exact
    assert pinned.histogram.total == LARGE.size


def test_a_tensor_that_is_read_at_once_has_no_preview(bench: Bench, settle: Callable[[], None]) -> None:
    said: list[str] = []
    bench.panel.ready.connect(lambda: said.append(bench.readout()))
    bench.select("w", LARGE[: PREVIEW_ELEMENTS // 2])
    settle()
    assert len(said) == 1
    assert "estimated" not in said[0]


def test_a_sample_without_a_finite_value_draws_nothing(qtbot: QtBot, bench: Bench, settle: Callable[[], None]) -> None:
    bench.gate.clear()
    values = np.full(2 * PREVIEW_ELEMENTS, np.nan, np.float32)
    values[1] = 3
    bench.select("w", values)
    qtbot.waitUntil(lambda: bench.walks == ["w"])
    assert not bench.panel.view.isVisible()
    bench.gate.set()
    settle()
    assert bench.readout() == f"1 finite value · {values.size - 1:,} NaN · 120 bins"


def test_another_selection_gives_the_preview_up(qtbot: QtBot, bench: Bench, settle: Callable[[], None]) -> None:
    bench.gate.clear()
    bench.select("first", LARGE)
    qtbot.waitUntil(bench.panel.view.isVisible)
    bench.select("second", LARGE[:10])
    assert not bench.panel.view.isVisible()
    bench.gate.set()
    settle()
    assert bench.readout() == "10 finite values · 120 bins"


def test_cancelling_keeps_the_estimate_and_offers_to_count(
    qtbot: QtBot, bench: Bench, settle: Callable[[], None]
) -> None:
    bench.gate.clear()
    bench.select("w", LARGE)
    qtbot.waitUntil(bench.panel.view.isVisible)
    qtbot.waitUntil(bench.panel.body.progress.isVisible)
    bench.panel.body.progress.cancel.click()
    assert bench.panel.view.isVisible()
    assert "estimated from" in bench.readout()
    assert bench.notes().startswith("Cancelled.")
    assert bench.panel.view.again.isVisible()
    bench.gate.set()
    bench.panel.view.again.click()
    settle()
    assert "finite values" in bench.readout()
    assert not bench.panel.view.again.isVisible()
    assert bench.notes() == ""
