"""What the panel says and draws about the selected tensor."""

import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from explorer.checkpoint.errors import CheckpointError
from explorer.ui.histogram.facts import NOT_FINITE, exact_facts
from tests.ui.histogram.conftest import NORMAL, Bench, tensor_of

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")  # the offscreen platform, about windows


def test_without_a_selection_it_says_what_to_do(bench: Bench) -> None:
    assert bench.message() == "Select a tensor or a layer to see its values."
    assert not bench.panel.busy
    assert not bench.panel.head.name.isVisible()
    assert not bench.panel.grid.isVisible()


def test_a_tensor_is_described_drawn_and_measured(qtbot: QtBot, bench: Bench) -> None:
    values = np.array([-1, 0, 0, 1, np.nan, np.inf, 2, 3], np.float32)
    with qtbot.waitSignals([bench.panel.measured, bench.panel.ready], timeout=30_000):
        bench.select("conv\u202e.weight", values, (2, 4))
    assert bench.panel.head.name.text() == "conv‹U+202E›.weight"
    assert bench.panel.head.facts.text() == "float32 · 2×4 · 8 values · 32 B · saved on cuda:0"
    grid = bench.panel.grid
    assert [grid.text_of(name) for name in ("min", "max", "zeros")] == ["-1", "3", "25.0 %"]
    assert grid.text_of("mean") == "0.8333"
    assert grid.text_of(NOT_FINITE) == "1 · 1 · 0"
    assert bench.readout() == "6 finite values · 1 NaN · 1 +Inf · 120 bins"
    assert bench.message() == ""


def test_exact_facts_keep_every_digit() -> None:
    said = exact_facts(tensor_of("w", (1, 2, 3, 1, 2, 3, 1, 2, 3, 500)))
    assert said == "float32 · 1×2×3×1×2×3×1×2×3×500 · 108,000 values · 432,000 bytes · saved on cuda:0"


def test_what_lies_outside_the_robust_range_is_counted(bench: Bench, settle: Callable[[], None]) -> None:
    values = np.concatenate((NORMAL, np.full(3, -50, np.float32), np.full(4, 90, np.float32)))
    bench.select("w", values)
    settle()
    parts = bench.readout().split(" · ")
    assert parts[:2] == ["100,007 finite values", "120 bins"]
    assert "values below -0." in parts[2]
    assert "values above 0." in parts[3]
    bench.panel.bar.full.click()
    assert bench.panel.busy
    settle()
    assert bench.readout() == "100,007 finite values · 120 bins"


def test_where_the_robust_range_collapses_all_is_shown(bench: Bench, settle: Callable[[], None]) -> None:
    values = np.zeros(10_000, np.float32)
    values[:3] = [-1, 2, 3]
    bench.select("w", values)
    settle()
    assert bench.readout() == "10,000 finite values · 120 bins"


def test_another_number_of_bins_counts_again_without_measuring(bench: Bench, settle: Callable[[], None]) -> None:
    bench.select("w", np.append(NORMAL, NORMAL))
    settle()
    assert bench.walks == ["w", "w"]
    bench.panel.bar.bins.setValue(40)
    settle()
    assert bench.walks == ["w", "w", "w"]
    assert "40 bins" in bench.readout()


def test_of_few_values_all_are_known_and_need_not_be_read_again(bench: Bench, settle: Callable[[], None]) -> None:
    bench.select("w", NORMAL)
    settle()
    assert bench.walks == ["w", "w"]
    shown = bench.panel.grid.text_of("median")
    assert float(shown) == pytest.approx(np.quantile(NORMAL, 0.5, method="inverted_cdf"), rel=1e-3)
    bench.panel.bar.bins.setValue(40)
    settle()
    assert bench.walks == ["w", "w"]
    assert "40 bins" in bench.readout()


def test_expanded_values_count_as_often_as_they_stand(bench: Bench, settle: Callable[[], None]) -> None:
    bench.multiplicity = 10
    bench.select("w", np.arange(5.0, dtype=np.float32), (10, 5))
    settle()
    assert bench.readout() == "50 finite values · 120 bins"


def test_only_the_last_of_quick_selections_is_shown(qtbot: QtBot, bench: Bench, settle: Callable[[], None]) -> None:
    measured: list[object] = []
    bench.panel.measured.connect(lambda found: measured.extend(one.max for one in found.values()))
    bench.gate.clear()
    bench.select("first", np.full(8, 1, np.float32))
    qtbot.waitUntil(lambda: bench.walks == ["first"])
    bench.select("second", np.full(8, 2, np.float32))
    bench.select("third", np.full(8, 3, np.float32))
    bench.gate.set()
    settle()
    assert measured == [3]
    assert bench.opened == ["first", "third"]
    assert bench.panel.head.name.text() == "third"
    assert bench.panel.grid.text_of("max") == "3"


def test_long_work_can_be_cancelled_and_begun_again(qtbot: QtBot, bench: Bench, settle: Callable[[], None]) -> None:
    bench.gate.clear()
    bench.select("w", NORMAL)
    assert not bench.panel.body.progress.isVisible()
    qtbot.waitUntil(bench.panel.body.progress.isVisible)
    bench.panel.body.progress.cancel.click()
    assert not bench.panel.busy
    assert bench.message() == "Cancelled."
    assert not bench.panel.body.progress.isVisible()
    bench.gate.set()
    bench.panel.body.page.button.click()
    settle()
    assert bench.message() == ""
    assert "100,000 finite values" in bench.readout()


def test_cancelling_all_jobs_is_told(bench: Bench) -> None:
    bench.gate.clear()
    bench.select("w", NORMAL)
    bench.jobs.cancel_all()
    assert bench.message() == "Cancelled."


def test_values_that_cannot_be_read_are_explained_without_work(bench: Bench) -> None:
    bench.session.select(tensor_of("w", (3,), problem="Its values lie in another file."))
    assert bench.message() == "Its values lie in another file."
    assert not bench.panel.busy
    assert bench.opened == []


def test_an_empty_tensor_says_so(bench: Bench) -> None:
    bench.session.select(tensor_of("w", (0, 3)))
    assert bench.message() == "It has no elements."
    assert bench.opened == []


def test_without_a_finite_value_there_are_counts_but_no_drawing(bench: Bench, settle: Callable[[], None]) -> None:
    bench.select("w", np.array([np.nan, np.nan, -np.inf], np.float32))
    settle()
    assert bench.message() == "No finite value to draw."
    assert bench.panel.grid.text_of(NOT_FINITE) == "2 · 0 · 1"
    assert bench.panel.grid.text_of("min") == "–"


def test_a_failure_is_said_in_the_panel(bench: Bench, settle: Callable[[], None]) -> None:
    bench.error = CheckpointError("weights.pt has changed", "it is shorter than before", "open it again")
    bench.select("w", NORMAL)
    settle()
    assert bench.message() == "weights.pt has changed: it is shorter than before; open it again."


def test_every_control_has_a_name_and_takes_the_keyboard(bench: Bench, settle: Callable[[], None]) -> None:
    bench.select("w", NORMAL)
    settle()
    view = bench.panel.view
    for control in (*bench.panel.bar.controls(), view.unpin, view.plot):
        assert control.accessibleName()
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_the_window_stands_before_what_only_some_need() -> None:
    late = {"numpy", "pyqtgraph", "torch", "explorer.ui.compare.panel", "explorer.ui.load_test.panel"}
    program = f"import sys, explorer.ui.main_window; print({late} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert said.stdout == "set()\n"
