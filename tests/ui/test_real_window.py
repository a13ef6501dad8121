"""What is tried in a real window on a real display; `make test` starts one for this file alone."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from time import monotonic

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from explorer import formatting
from explorer.resources_path import resource
from explorer.ui.main_window import MainWindow
from tests.ui.conftest import TIMEOUT_MS, click

pytestmark = pytest.mark.xvfb


def test_a_tensor_is_reached_by_keyboard(qtbot: QtBot, window: MainWindow) -> None:
    click(window, "Open the example")
    qtbot.waitUntil(lambda: window.session.checkpoint is not None, timeout=TIMEOUT_MS)
    tree = window.layers.tree
    tree.setFocus()
    for _ in range(10):
        if window.session.tensor is None:
            QTest.keyClick(tree, Qt.Key.Key_Down)
            QTest.keyClick(tree, Qt.Key.Key_Right)
    first = window.histogram.head.name.text()
    assert first == "stem.conv.weight"
    qtbot.waitUntil(lambda: not window.histogram.busy, timeout=TIMEOUT_MS)
    assert window.histogram.grid.text_of("max") != formatting.NOTHING


def x_windows() -> list[tuple[str, str, str]]:
    """Ids of all windows, and the two words by which a desktop knows each."""
    asked = [str(shutil.which("xwininfo")), "-root", "-tree"]
    tree = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=30).stdout
    return re.findall(r'^ *(0x[0-9a-f]+) .*: \("([^"]*)" "([^"]*)"\)', tree, re.MULTILINE)


@pytest.mark.skipif(None in (shutil.which("xprop"), shutil.which("xwininfo")), reason="needs xprop and xwininfo")
def test_a_desktop_knows_the_window_by_its_entry_and_draws_its_icon(tmp_path: Path) -> None:
    entry = resource("checkpoint-explorer.desktop").read_text("utf-8")
    (wanted,) = re.findall(r"^StartupWMClass=(.+)$", entry, re.MULTILINE)
    before = {number for number, *_words in x_windows()}
    told = ""
    with subprocess.Popen([sys.executable, str(Path(__file__).parents[2] / "main.py")], cwd=tmp_path) as program:
        try:
            deadline = monotonic() + TIMEOUT_MS / 1000
            while "Icon (" not in told:
                assert program.poll() is None
                assert monotonic() < deadline, x_windows()
                for number, *words in x_windows():
                    if number not in before and wanted in words:
                        asked = ["xprop", "-id", number, "-notype", "_KDE_NET_WM_DESKTOP_FILE", "_NET_WM_ICON"]
                        told += subprocess.run(asked, capture_output=True, text=True, check=False, timeout=30).stdout
        finally:
            program.terminate()
    assert '_KDE_NET_WM_DESKTOP_FILE = "checkpoint-explorer"' in told
