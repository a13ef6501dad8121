"""The spectrum of a tensor: computed when it is asked for, said how, judged, cancelled, and taken along."""

import csv
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPointF
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from explorer.analysis.draw import singular_values
from explorer.analysis.draw import spectrum as engine
from explorer.checkpoint.values.region_values import read_plane
from explorer.formatting import figure
from explorer.ui.main_window import MainWindow
from explorer.ui.spectrum import words
from explorer.ui.spectrum.panel import SpectrumPanel
from tests.ui.conftest import TIMEOUT_MS, action

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")  # the offscreen platform, about windows


@pytest.fixture
def tensors(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> dict[str, torch.Tensor]:
    """Open a file, and have the spectrum of its first tensor offered; its tensors."""
    random = torch.Generator().manual_seed(8)
    collapsed = torch.randn(64, 1, generator=random) @ torch.randn(1, 96, generator=random)
    nan = torch.randn(8, 8, generator=random)
    nan[1, 2] = float("nan")
    saved = {
        "conv.weight": torch.randn(40, 6, 3, 3, generator=random) * 0.02,
        "fc.weight": collapsed,
        "embed.tokens.weight": collapsed.clone(),
        "nan": nan,
        "bias": torch.ones(6),
        "row": torch.ones(1, 6),
    }
    torch.save(saved, tmp_path / "w.pt")
    open_file(tmp_path / "w.pt")
    show(qtbot, window, "conv.weight")
    return saved


def show(qtbot: QtBot, window: MainWindow, key: str) -> None:
    window.layers.select_key(key)
    window.histogram.looks.views.choose("spectrum")
    settle(qtbot, window)


def settle(qtbot: QtBot, window: MainWindow) -> None:
    busy = window.looks, window.measurements, window.problems.finding
    qtbot.waitUntil(lambda: not any(each.busy for each in busy), timeout=TIMEOUT_MS)


def panel(window: MainWindow) -> SpectrumPanel:
    made = window.looks.spectrum.made
    assert isinstance(made, SpectrumPanel)
    return made


def test_a_spectrum_is_computed_on_request_and_judged(
    qtbot: QtBot, window: MainWindow, tensors: dict[str, torch.Tensor]
) -> None:
    page, view = panel(window).body.page, panel(window).view
    assert (words.EXACT_SIDE, words.LARGEST) == (engine.EXACT_SIDE, singular_values.LARGEST)
    assert page.isVisible()
    assert page.message.text() == (
        "Of the matrix 40 × 54 (dimension 0 by the others): all 40 singular values, in float64."
    )
    page.button.click()
    settle(qtbot, window)
    true = np.linalg.svd(tensors["conv.weight"].double().numpy().reshape(40, -1), compute_uv=False)
    assert view.isVisible()
    assert view.readout.text() == "40 × 54 (dimension 0 by the others) · all 40 singular values, in float64"
    assert view.grid.text_of("largest") == figure(float(true[0]))
    assert view.grid.text_of("condition") == figure(float(true[0] / true[-1]))
    shares = true / true.sum()
    assert view.grid.text_of("effective rank") == figure(float(np.exp(-(shares * np.log(shares)).sum())))
    assert "Roy and M. Vetterli, 2007" in view.grid._values["effective rank"].accessibleDescription()
    assert view.grid.text_of("stable rank") == figure(float((true**2).sum() / true[0] ** 2))
    assert view.grid.text_of("rank") == "40"
    assert view.notes.text().startswith("edge of a random matrix of this size with std 0.0")

    view.plot.setFocus()
    scene = view.plot.scene
    assert scene is not None
    QTest.mouseMove(view.plot, QPointF(view.plot.x_of(3.5), scene.room.center().y()).toPoint())
    assert view.readout.text().startswith(f"singular value 3 of 40: {float(true[3]):.6f}"[:-3])
    assert len(scene.values) == 40
    panel(window).log.click()
    panel(window).forms["histogram"].click()
    scene = view.plot.scene
    assert scene is not None
    assert len(scene.bars) == np.count_nonzero(np.histogram(true, 60, (0, float(true[0])))[0])
    assert scene.edge is not None or view.grid.text_of("above edge") == "0"

    # It stays; and a healthy one is no problem.
    show(qtbot, window, "bias")
    assert page.message.text() == "Singular values are those of a matrix, and this is a tensor of one dimension."
    show(qtbot, window, "row")
    assert page.message.text().startswith("A matrix of one row or one column has one singular value")
    show(qtbot, window, "conv.weight")
    assert view.isVisible()
    assert [str(one.kind) for one in window.problems.panel.model.rows] == ["nan"]
    for key in ("fc.weight", "embed.tokens.weight"):
        show(qtbot, window, key)
        page.button.click()
        settle(qtbot, window)
    # What is known to have none is not offered.
    show(qtbot, window, "nan")
    assert page.message.text() == words.NOT_FINITE
    assert not page.button.isVisible()
    assert not panel(window).log.isEnabled()
    found = [(one.number, str(one.kind)) for one in window.problems.panel.model.rows if str(one.kind) != "nan"]
    assert found == [(1, "near_singular"), (1, "rank_collapsed")]


def test_of_a_large_matrix_it_says_that_it_is_approximate(
    qtbot: QtBot, window: MainWindow, tensors: dict[str, torch.Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (engine, words):
        monkeypatch.setattr(module, "EXACT_SIDE", 30)
    for module in (singular_values, words):
        monkeypatch.setattr(module, "LARGEST", 9)
    del tensors
    show(qtbot, window, "row")
    show(qtbot, window, "conv.weight")
    panel(window).body.page.button.click()
    settle(qtbot, window)
    view = panel(window).view
    assert "the 9 largest of 40 singular values, approximately" in view.readout.text()
    assert view.grid.text_of("effective rank") == "–"
    assert view.grid._values["condition"].accessibleDescription().startswith("It takes all singular values")
    assert view.grid.text_of("rank") == "≥ 9"


def test_it_is_cancelled_at_once_and_taken_along(
    qtbot: QtBot,
    window: MainWindow,
    tensors: dict[str, torch.Tensor],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go_on = threading.Event()

    def slow(*what: object) -> object:
        go_on.wait(30)
        return read_plane(*what)  # type: ignore[arg-type]

    monkeypatch.setattr(engine, "read_plane", slow)
    page, actions = panel(window).body.page, panel(window).plot_actions
    page.button.click()
    assert page.message.text() == "Computing singular values…"
    assert panel(window).busy
    qtbot.waitUntil(panel(window).body.progress.isVisible, timeout=TIMEOUT_MS)
    panel(window).body.progress.cancel.click()
    assert not panel(window).busy
    assert page.message.text() == "Cancelled."
    # Another view does not wait for what has not stopped yet.
    window.histogram.looks.views.choose("channels")
    qtbot.waitUntil(lambda: not window.looks.busy, timeout=TIMEOUT_MS)
    window.histogram.looks.views.choose("spectrum")
    go_on.set()
    page.button.click()
    settle(qtbot, window)
    assert panel(window).view.isVisible()
    for suffix in ("png", "svg", "csv"):
        monkeypatch.setattr(QFileDialog, "open", lambda dialog: dialog.fileSelected.emit(str(tmp_path / f"x.{suffix}")))  # noqa: B023
        actions.export[suffix].trigger()
        assert (tmp_path / f"x.{suffix}").stat().st_size > 500
    lines = list(csv.DictReader((tmp_path / "x.csv").read_text().splitlines()))
    true = np.linalg.svd(tensors["conv.weight"].double().numpy().reshape(40, -1), compute_uv=False)
    assert [float(line["singular value"]) for line in lines] == pytest.approx(true.tolist())
    action(window, "Edit", "Copy picture").trigger()
    assert not QGuiApplication.clipboard().image().isNull()
