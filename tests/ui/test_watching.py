"""A file that changes while it is open."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from pytestqt.qtbot import QtBot

from explorer.ui.main_window import MainWindow
from tests.ui.conftest import TIMEOUT_MS, click, save

Change = Callable[[Path], object]


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def overwrite(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"more")


def replace(path: Path) -> None:
    other = save(path.with_name("other"), b=torch.ones(3))
    other.replace(path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (cut, "became shorter"),
        (overwrite, "was written to by another program"),
        (replace, "was replaced by another file"),
        (Path.unlink, "is not there any more"),
        (lambda path: path.rename(path.with_name("new")), "is not there any more"),
    ],
    ids=["cut", "overwritten", "replaced", "deleted", "renamed"],
)
def test_a_change_is_said(
    qtbot: QtBot,
    window: MainWindow,
    open_file: Callable[[Path], None],
    tmp_path: Path,
    change: Change,
    said: str,
) -> None:
    path = save(tmp_path / "model.pt", a=torch.ones(1000))
    open_file(path)
    assert window.messages.sentence == ""
    change(path)
    qtbot.waitUntil(lambda: window.messages.sentence != "", timeout=TIMEOUT_MS)
    assert window.messages.sentence.startswith(f"model.pt {said}")
    assert window.layers.count.text() == "1 tensor"


def test_the_file_is_opened_again(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    path = save(tmp_path / "model.pt", a=torch.ones(2))
    open_file(path)
    for number in (3, 4):
        save(path.with_name("other"), **{f"b{place}": torch.ones(2) for place in range(number)}).replace(path)
        qtbot.waitUntil(lambda: "was replaced" in window.messages.sentence, timeout=TIMEOUT_MS)
        click(window, "Reload")
        qtbot.waitUntil(lambda said=f"{number} tensors": window.layers.count.text() == said, timeout=TIMEOUT_MS)  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        assert window.messages.sentence == ""


def test_a_change_that_nobody_told_is_seen_when_the_user_comes_back(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    path = save(tmp_path / "model.pt", a=torch.ones(2))
    open_file(path)
    qtbot.waitUntil(lambda: window.watching._watcher.files() != [], timeout=TIMEOUT_MS)
    window.watching._watcher.removePaths(window.watching._watcher.files())
    path.unlink()
    window.watching.check()
    qtbot.waitUntil(lambda: "is not there any more" in window.messages.sentence, timeout=TIMEOUT_MS)


def test_the_last_file_is_not_watched_any_more(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    first, second = save(tmp_path / "first.pt"), save(tmp_path / "second.pt")
    open_file(first)
    open_file(second)
    first.unlink()
    second.unlink()
    qtbot.waitUntil(lambda: window.messages.sentence != "", timeout=TIMEOUT_MS)
    assert window.messages.sentence.startswith("second.pt is not there any more")
