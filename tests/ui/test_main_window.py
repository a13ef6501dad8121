"""The window as its user drives it: real files, the real reader process, real keys."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from explorer import formatting
from explorer.ui.main_window import MainWindow
from explorer.ui.settings import Settings
from tests.ui.conftest import EXAMPLE, TIMEOUT_MS, click, drop, files, save

MAGENTA = 0xFFFF00FF


class Evil:
    """Makes a folder when it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.canary),)


def shown_names(window: MainWindow) -> list[str]:
    """Every row of the tree, from the top."""
    model, names = window.layers.model, []
    waiting = [model.index(0, 0)] if model.rowCount() else []
    while waiting:
        index = waiting.pop(0)
        names.append(str(index.data()))
        waiting[:0] = [model.index(row, 0, index) for row in range(model.rowCount(index))]
    return names


def test_nothing_is_open_at_first(window: MainWindow) -> None:
    assert window.welcome.isVisible()
    assert not window.filter.isEnabled()
    assert window.messages.sentence == ""
    assert window.windowTitle() == "Checkpoint Explorer"


def test_the_example_fills_the_tree(qtbot: QtBot, window: MainWindow) -> None:
    click(window, "Open the example")
    qtbot.waitUntil(lambda: window.session.checkpoint is not None, timeout=TIMEOUT_MS)
    model = torch.load(EXAMPLE, weights_only=True)["model"]
    assert window.layers.tree.isVisible()
    assert window.layers.count.text() == f"{len(model)} tensors"
    assert {"digits.pth", "stem", "classifier"} <= set(shown_names(window))
    assert window.windowTitle().startswith("digits.pth")
    assert "zip" in window.status.summary.text()
    assert window.filter.isEnabled()
    assert window.messages.sentence == ""


@pytest.mark.parametrize("key", ["stem.conv.weight", "stages.0.norm1.bias", "stem.norm.num_batches_tracked"])
def test_a_selected_tensor_shows_numpys_statistics(
    key: str, qtbot: QtBot, window: MainWindow, example: dict[str, Any]
) -> None:
    values = example["model"][key].to(torch.float64).numpy()
    with qtbot.waitSignal(window.histogram.measured, timeout=TIMEOUT_MS) as measured:
        assert window.layers.select_key(key)
    assert window.histogram.head.name.text() == key
    (statistics,) = measured.args[0].values()
    assert (statistics.min, statistics.max) == (values.min(), values.max())
    assert statistics.mean == pytest.approx(values.mean(), rel=1e-12)
    assert statistics.std == pytest.approx(values.std(), rel=1e-12)
    text_of = window.histogram.grid.text_of
    assert float(text_of("min")) == pytest.approx(values.min(), rel=1e-3)
    assert float(text_of("max")) == pytest.approx(values.max(), rel=1e-3)
    assert float(text_of("std")) == pytest.approx(values.std(), rel=1e-3)
    assert text_of("zeros") == formatting.percent(int(np.count_nonzero(values == 0)), values.size)


def test_no_key_no_selection(window: MainWindow, example: dict[str, Any]) -> None:
    assert not window.layers.select_key("no.such.key")
    assert window.session.tensor is None
    assert "no.such.key" not in example["model"]


def test_the_filter_shows_what_it_finds_and_escape_clears_it(
    qtbot: QtBot, window: MainWindow, example: dict[str, Any]
) -> None:
    keys = list(example["model"])
    found = [key for key in keys if "bias" in key]
    window.filter.begin()
    QTest.keyClicks(window.filter, "BIAS")
    qtbot.waitUntil(lambda: window.layers.count.text() == f"{len(found)} of {len(keys)} tensors")
    assert "weight" not in shown_names(window)
    assert sum("bias" in name for name in shown_names(window)) == len(found)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    QTest.keyClick(window.filter, Qt.Key.Key_Escape)
    assert window.filter.text() == ""
    qtbot.waitUntil(lambda: window.layers.count.text() == f"{len(keys)} tensors")
    assert "weight" in shown_names(window)


def test_a_filter_that_finds_nothing_says_so(qtbot: QtBot, window: MainWindow, example: dict[str, Any]) -> None:
    QTest.keyClicks(window.filter, "<b>zzz")
    qtbot.waitUntil(lambda: window.layers.count.text() == f"0 of {len(example['model'])} tensors")
    assert window.layers.message.isVisible()
    assert window.layers.message.text() == "No tensor's name contains ‘<b>zzz’."


def test_another_entry_is_shown(qtbot: QtBot, window: MainWindow, example: dict[str, Any]) -> None:
    assert window.layers.select_key("stem.conv.weight")
    texts = [window.layers.entries.itemText(place) for place in range(window.layers.entries.count())]
    assert texts[0].startswith("model")
    while not window.layers.entries.currentText().startswith("ema"):
        QTest.keyClick(window.layers.entries, Qt.Key.Key_Down)
    assert window.session.tensor is None
    assert window.layers.count.text() == f"{len(example['ema'])} tensors"
    with qtbot.waitSignal(window.histogram.measured, timeout=TIMEOUT_MS) as measured:
        assert window.layers.select_key("stem.conv.weight")
    (statistics,) = measured.args[0].values()
    assert statistics.max == example["ema"]["stem.conv.weight"].max().item()


def test_what_stands_beside_the_tensors_is_in_contents(window: MainWindow, example: dict[str, Any]) -> None:
    window.tabs.setCurrentWidget(window.contents)
    model = window.contents.model
    names = [model.index(row, 0).data() for row in range(model.rowCount())]
    assert set(example) - {"model", "ema", "optimizer"} <= set(names)


def test_a_dropped_file_is_opened(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = save(tmp_path / "dropped.pt", a=torch.ones(2), b=torch.zeros(3))
    assert drop(window, files(path))
    qtbot.waitUntil(lambda: window.layers.count.text() == "2 tensors", timeout=TIMEOUT_MS)
    assert window.windowTitle().startswith("dropped.pt")


def test_an_unreadable_file_is_said_and_what_was_open_stays(
    window: MainWindow, example: dict[str, Any], open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    picture = tmp_path / "picture.pt"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    window.layers.select_key("stem.conv.weight")
    open_file(picture)
    sentence = window.messages.sentence
    assert sentence.startswith("picture.pt was not opened. ")
    assert "PNG" in sentence
    assert sentence.endswith(".")
    assert window.messages.isVisible()
    assert window.windowTitle().startswith("digits.pth")
    assert window.histogram.head.name.text() == "stem.conv.weight"
    assert window.layers.count.text() == f"{len(example['model'])} tensors"
    assert window.settings.recent == [EXAMPLE]
    click(window, "Copy")
    assert QGuiApplication.clipboard().text().splitlines()[0] == sentence
    click(window, "Close")
    assert not window.messages.isVisible()


def test_the_next_file_takes_the_message_away(
    window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    open_file(tmp_path / "missing.pt")
    assert window.messages.sentence.startswith("missing.pt was not opened. ")
    assert window.welcome.isVisible()
    open_file(save(tmp_path / "there.pt"))
    assert window.messages.sentence == ""


def test_code_is_named_and_not_run(window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    open_file(save(tmp_path / "evil.pt", a=torch.ones(2), evil=Evil(canary)))
    assert "mkdir" in window.messages.sentence
    assert window.layers.count.text() == "1 tensor"
    assert not canary.exists()


def test_a_file_without_tensors_shows_its_contents(
    window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    open_file(save(tmp_path / "numbers.pt", epoch=3))
    assert window.tabs.currentWidget() is window.contents
    assert window.messages.sentence != ""


def test_recent_files_are_remembered(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    first, second = save(tmp_path / "first.pt"), save(tmp_path / "second.pt")
    open_file(first)
    open_file(second)
    window.close()
    later = MainWindow(Settings())
    later.show()
    assert later.settings.recent == [second, first]
    click(later, "first.pt")
    qtbot.waitUntil(lambda: later.windowTitle().startswith("first.pt"), timeout=TIMEOUT_MS)
    later.close()
    later.deleteLater()


def test_the_file_opened_last_wins(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    files = [save(tmp_path / f"{number}.pt") for number in range(4)]
    for path in files:
        window.open_file(path)
    qtbot.waitUntil(lambda: not window.opening.busy, timeout=TIMEOUT_MS)
    assert window.windowTitle().startswith("3.pt")
    assert window.settings.recent == [files[-1]]
    assert window.messages.sentence == ""


def test_escape_cancels_opening(qtbot: QtBot, window: MainWindow) -> None:
    window.open_file(EXAMPLE)
    window.escape()
    qtbot.waitUntil(lambda: not window.opening.busy, timeout=TIMEOUT_MS)
    assert window.session.checkpoint is None
    assert window.messages.sentence == ""
    assert not window.status.opening.isVisible()


def test_closing_while_a_file_is_opened(window: MainWindow) -> None:
    window.open_file(EXAMPLE)
    assert window.close()
    assert window.session.checkpoint is None


def test_closing_while_statistics_run(window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path) -> None:
    open_file(save(tmp_path / "large.pt", a=torch.zeros(8_000_000)))
    assert window.layers.select_key("a")
    assert window.histogram.busy
    assert window.close()
