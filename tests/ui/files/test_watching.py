"""A file that changes while it is open."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from pytestqt.qtbot import QtBot

from explorer.ui.main_window import MainWindow
from tests.ui.conftest import PARTS, TIMEOUT_MS, click, save

Change = Callable[[Path], object]


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def overwrite(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"more")


def replace(path: Path) -> None:
    other = save(path.with_name("other"), b=torch.ones(3))
    other.replace(path)


def write_over(path: Path) -> None:
    """As ``cp other path`` does: the same file, of the same size, of other bytes."""
    with path.open("r+b") as file:
        file.write(os.urandom(path.stat().st_size))


CHANGES = pytest.mark.parametrize(
    ("change", "said"),
    [
        (cut, "became shorter"),
        (overwrite, "was written to by another program"),
        (write_over, "was written to by another program"),
        (replace, "was replaced by another file"),
        (Path.unlink, "is not there any more"),
        (lambda path: path.rename(path.with_name("new")), "is not there any more"),
    ],
    ids=["cut", "longer", "overwritten", "replaced", "deleted", "renamed"],
)


@CHANGES
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


@CHANGES
def test_a_change_while_everything_is_measured(
    qtbot: QtBot,
    window: MainWindow,
    open_file: Callable[[Path], None],
    tmp_path: Path,
    large: Path,
    change: Change,
    said: str,
) -> None:
    path = Path(shutil.copy(large, tmp_path / "model.pt"))
    open_file(path)
    qtbot.waitUntil(lambda: bool(window.measurements.known()), timeout=TIMEOUT_MS)
    known = set(window.measurements.known())
    change(path)
    qtbot.waitUntil(lambda: window.messages.sentence.startswith(f"model.pt {said}"), timeout=TIMEOUT_MS)
    qtbot.waitUntil(lambda: not window.measurements.busy, timeout=TIMEOUT_MS)
    assert window.layers.count.text() == f"{PARTS} tensors"
    assert known <= set(window.measurements.known()), "what was measured before stays"
    # Of a file that is only elsewhere now, its values can be read no more.
    for key in ("part00", f"part{PARTS - 1}"):
        assert window.layers.select_anywhere(key)
        qtbot.waitUntil(lambda: not window.histogram.busy, timeout=TIMEOUT_MS)
    assert window.histogram.body.page.message.isVisible()
    assert window.histogram.body.page.message.text() != ""
    assert window.messages.sentence.startswith(f"model.pt {said}")


@CHANGES
def test_a_tensor_of_a_changed_file_is_selected_before_anybody_noticed(
    qtbot: QtBot,
    window: MainWindow,
    open_file: Callable[[Path], None],
    tmp_path: Path,
    change: Change,
    said: str,
) -> None:
    window.settings.measured_nbytes = 0
    path = save(tmp_path / "model.pt", a=torch.ones(1000), b=torch.ones(1000))
    open_file(path)
    change(path)
    assert window.layers.select_anywhere("b")
    qtbot.waitUntil(lambda: not window.histogram.busy, timeout=TIMEOUT_MS)
    assert window.histogram.body.page.message.isVisible()
    qtbot.waitUntil(lambda: window.messages.sentence.startswith(f"model.pt {said}"), timeout=TIMEOUT_MS)
    assert window.session.tensor is not None
    assert window.layers.count.text() == "2 tensors"
