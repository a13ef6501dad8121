"""Names that are not UTF-8, from a drop to the window."""

import os
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData
from pytestqt.qtbot import QtBot

from explorer.ui.files.urls import path_of
from explorer.ui.main_window import MainWindow
from tests.ui.conftest import TIMEOUT_MS, drop, save


@pytest.mark.skipif(os.name == "nt", reason="names are Unicode there")
def test_a_file_whose_name_is_not_utf8_is_dropped_and_opened(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"100% \xff\xfe.pt")
    save(tmp_path / "plain.pt").rename(path)
    dropped = QMimeData()
    dropped.setData("text/uri-list", path.as_uri().encode() + b"\r\n")
    assert drop(window, dropped)
    qtbot.waitUntil(lambda: not window.opening.busy, timeout=TIMEOUT_MS)
    assert window.session.checkpoint is not None
    assert window.session.checkpoint.path == path
    assert window.settings.recent == [path]


@pytest.mark.parametrize(
    "url", ["", "a.pt", "file:a.pt", "file://elsewhere/a.pt", "file:///a%00", "https:///a", "file://["]
)
def test_what_is_no_file_of_this_machine_is_none(url: str) -> None:
    assert path_of(url) is None
