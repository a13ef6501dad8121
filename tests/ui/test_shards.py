"""Sharded checkpoints in the window: dropped, chosen from the menu, incomplete, and changed while they are open."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from explorer.ui.main_window import MainWindow
from tests.checkpoint.sharded_files import grid, model, save_chunks, save_shards, shard_name
from tests.ui.conftest import TIMEOUT_MS, action, activate, click, drop, files


def settled(window: MainWindow, name: str) -> bool:
    return window.windowTitle().startswith(name) and not window.opening.busy


def assert_shows(qtbot: QtBot, window: MainWindow, key: str, values: torch.Tensor) -> None:
    """Select a tensor; its histogram and figures are those of these values."""
    numbers = values.to(torch.float64)
    assert window.layers.select_key(key)
    qtbot.waitUntil(lambda: not window.histogram.busy, timeout=TIMEOUT_MS)
    shown = window.histogram.view.shown
    assert shown is not None
    statistics = shown.statistics
    assert (statistics.min, statistics.max) == (numbers.min().item(), numbers.max().item())
    assert statistics.mean == pytest.approx(numbers.mean().item(), rel=1e-12)
    counts, _ = np.histogram(numbers.numpy(), shown.histogram.edges)
    assert shown.histogram.counts.tolist() == counts.tolist()


def test_a_dropped_folder_is_one_tree(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    state = model()
    folder = save_shards(tmp_path / "my model", state).parent
    assert drop(window, files(folder))
    qtbot.waitUntil(lambda: settled(window, "my model"), timeout=TIMEOUT_MS)
    assert window.messages.sentence == ""
    assert window.layers.count.text() == "5 tensors"
    assert " of tensors in 3 shards of " in window.status.summary.text()
    assert window.settings.recent == [folder]
    key = list(state)[1]  # of the second shard
    assert_shows(qtbot, window, key, state[key])


@pytest.mark.qt_log_ignore("grabbing the keyboard", extend=True)
def test_a_folder_is_chosen_from_the_menu(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    state = {"net.w": torch.arange(40.0).reshape(8, 5), "net.b": torch.ones(3)}
    folder = save_chunks(tmp_path / "step_100", state, {"net.w": grid((8, 5), [[3], [2]])})
    action(window, "File", "Open folder…").trigger()
    (dialog,) = window.findChildren(QFileDialog)
    activate(qtbot, dialog)
    (field,) = dialog.findChildren(QLineEdit, "fileNameEdit")
    qtbot.waitUntil(field.hasFocus)
    QTest.keyClicks(field, str(folder))
    QTest.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: settled(window, "step_100"), timeout=TIMEOUT_MS)
    qtbot.waitUntil(lambda: not window.findChildren(QFileDialog))
    assert_shows(qtbot, window, "net.w", state["net.w"])


def test_a_missing_shard_is_named_and_its_tensors_are_marked(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    state = model()
    path = save_shards(tmp_path / "model", state)
    lost = path.parent / shard_name(1, 3)
    lost.unlink()
    open_file(path)
    assert f"1 of 3 shards is missing: '{lost.name}'; fetch it" in window.messages.sentence
    assert window.layers.count.text() == "5 tensors"
    assert window.layers.select_key("layers.2.weight")
    qtbot.waitUntil(lambda: not window.histogram.busy, timeout=TIMEOUT_MS)
    assert window.histogram.head.facts.text() == "Only its name is known."
    assert_shows(qtbot, window, "layers.3.weight", state["layers.3.weight"])


def test_a_folder_that_is_no_checkpoint_is_told_in_one_sentence(
    window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    (tmp_path / "weights.pt").write_bytes(b"")
    open_file(tmp_path)
    assert window.messages.sentence == (
        f"{tmp_path.name} was not opened. This is a folder: it holds no sharded checkpoint; "
        "open a file inside it: 'weights.pt'."
    )
    assert window.session.checkpoint is None


def test_a_shard_that_changes_is_told_and_read_again(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    path = save_shards(tmp_path / "model", model())
    open_file(path.parent)
    shard = path.parent / shard_name(2, 3)
    changed = torch.full((4, 6), 0.5)
    torch.save({"layers.1.weight": changed}, shard)
    qtbot.waitUntil(lambda: window.messages.sentence.startswith(shard.name), timeout=TIMEOUT_MS)
    assert "was written to by another program" in window.messages.sentence
    click(window, "Reload")
    qtbot.waitUntil(lambda: settled(window, "model") and window.messages.sentence == "", timeout=TIMEOUT_MS)
    assert_shows(qtbot, window, "layers.1.weight", changed)


def test_a_missing_shard_is_read_once_it_is_there(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = save_shards(tmp_path / "model", model())
    lost = path.parent / shard_name(1, 3)
    kept = lost.rename(tmp_path / "kept")
    window.open_file(path.parent)
    qtbot.waitUntil(lambda: settled(window, "model"), timeout=TIMEOUT_MS)
    summary = window.status.summary.text()
    assert " 3 of 5 tensors " in summary
    assert " of tensors in 2 of 3 shards of " in summary
    facts = window.overview.head.facts
    assert facts.text().startswith("3 of 5 tensors · ")
    assert "Of 2 tensors no size is known: they are not in these figures." in window.status.exact.toolTip()
    assert facts.text().count("2 of 3 files, ") == 1
    assert "there is no code in them" in window.overview.file_line.sentence.text()
    assert "the other 2 cannot." in window.messages.sentence
    kept.rename(lost)
    qtbot.waitUntil(lambda: "is there now" in window.messages.sentence, timeout=TIMEOUT_MS)
    action(window, "File", "Reload").trigger()
    qtbot.waitUntil(lambda: window.messages.sentence == "" and not window.opening.busy, timeout=TIMEOUT_MS)
    assert " of tensors in 3 shards of " in window.status.summary.text()


def test_a_checkpoint_without_a_shard_is_compared(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    state = model()
    path = save_shards(tmp_path / "model", state)
    (path.parent / shard_name(1, 3)).unlink()
    torch.save(state, tmp_path / "whole.pth")
    window.open_file(path.parent)
    qtbot.waitUntil(lambda: settled(window, "model"), timeout=TIMEOUT_MS)
    panel = window.compare
    window.pages.setCurrentWidget(panel)
    panel.compare_with(tmp_path / "whole.pth")
    qtbot.waitUntil(lambda: not panel.busy, timeout=TIMEOUT_MS)
    assert panel.sentence.text().endswith("2 tensors could not be compared.")
    assert "made an error" not in window.messages.sentence
