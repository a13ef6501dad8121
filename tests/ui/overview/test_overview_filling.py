"""The overview of a file of which not everything is measured yet."""

import json
from pathlib import Path
from time import monotonic

import pytest
from pytestqt.qtbot import QtBot

from explorer.ui.main_window import MainWindow
from tests.ui.conftest import EXAMPLE, PARTS, TIMEOUT_MS, click
from tests.ui.overview.conftest import Open, columns

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")
HUGE = 8_200_000_000


def test_it_is_filled_as_tensors_are_measured(qtbot: QtBot, window: MainWindow, open_file: Open, large: Path) -> None:
    began = monotonic()
    open_file(large)
    said: list[str] = []

    def done() -> bool:
        text = window.overview.view.health.text()
        if text and text != (said[-1] if said else ""):
            said.append(text)
        return text == "every value is finite"

    qtbot.waitUntil(done, timeout=TIMEOUT_MS)
    took = monotonic() - began
    *meanwhile, _last = said
    assert meanwhile
    counts = [int(text.split()[1]) for text in meanwhile]
    assert all(text.endswith(f" of {PARTS} tensors") for text in meanwhile)
    assert counts == sorted(counts)
    assert len(said) <= 3 + 4 * took
    assert not window.overview.view.compute_all.isVisible()


@pytest.fixture
def huge(tmp_path: Path) -> Path:
    """A file too large to be measured without being asked for, which takes no room on the disk."""
    header = {
        f"w{number:03}": {"dtype": "F32", "shape": [2], "data_offsets": [8 * number, 8 * number + 8]}
        for number in range(200)
    }
    header["z"] = {"dtype": "F32", "shape": [HUGE // 4], "data_offsets": [1600, 1600 + HUGE]}
    text = json.dumps(header).encode()
    path = tmp_path / "huge.safetensors"
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        file.truncate(8 + len(text) + 1600 + HUGE)
    return path


def test_a_file_too_large_to_be_measured_by_itself_offers_it(
    qtbot: QtBot, window: MainWindow, huge: Path, show: Open
) -> None:
    show(huge)
    view = window.overview.view
    qtbot.waitUntil(view.compute_all.isVisible, timeout=TIMEOUT_MS)
    assert view.health.text().startswith("measured ")
    assert view.health.text().endswith(" of 201 tensors")
    # What is on the screen in the tree is measured, and drawn.
    assert int(view.health.text().split()[1]) > 0
    click(window.overview, "Compute all")
    assert not view.compute_all.isVisible()
    assert window.measurements.measuring_all
    window.escape()
    qtbot.waitUntil(view.compute_all.isVisible, timeout=TIMEOUT_MS)


def test_escape_stops_it_and_it_can_be_drawn_again(qtbot: QtBot, window: MainWindow, slow_file: Path) -> None:
    window.open_file(slow_file)
    panel = window.overview
    qtbot.waitUntil(lambda: panel._job.runs, timeout=TIMEOUT_MS)
    window.escape()
    assert panel.body.page.message.text() == "Cancelled."
    assert panel.body.page.message.isVisible()
    assert not panel.busy
    click(window, "Draw")
    qtbot.waitUntil(panel.view.isVisible, timeout=TIMEOUT_MS)
    assert panel.view.plot.together > 1
    assert "each column: " in panel.view.notes.text()
    assert panel.view.compute_all.isVisible()


def test_another_file_takes_its_place_at_any_time(
    qtbot: QtBot, window: MainWindow, slow_file: Path, show: Open
) -> None:
    window.open_file(slow_file)
    qtbot.waitUntil(lambda: window.overview._job is not None, timeout=TIMEOUT_MS)
    show(EXAMPLE)
    assert window.overview.head.name.text() == "digits.pth"
    assert "stem.conv.weight" in columns(window)
