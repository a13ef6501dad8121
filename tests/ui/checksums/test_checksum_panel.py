"""File > Verify checksums: what comes out is seen in the tree, in the table below, and beside the tensor."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester, QTest
from pytestqt.qtbot import QtBot

from explorer.ui.checksums.model import ChecksumModel
from explorer.ui.layers.columns import Column
from explorer.ui.main_window import MainWindow
from explorer.ui.settings import Settings
from tests.ui.conftest import TIMEOUT_MS, action, click

Open = Callable[[Path], None]
TENSORS = {"net.a": torch.arange(50.0), "net.b": torch.arange(70.0), "head": torch.arange(3.0)}


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """A file in which one bit of net.b is another than was saved."""
    path = tmp_path / "bad.pt"
    torch.save({"model": TENSORS, "ema": {"net.a": torch.ones(2)}}, path)
    data = bytearray(path.read_bytes())
    data[data.index(TENSORS["net.b"].numpy().tobytes()) + 9] ^= 1
    path.write_bytes(data)
    return path


def verify(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: not window.file_check.busy, timeout=TIMEOUT_MS)
    with qtbot.waitSignal(window.file_check.ended, timeout=TIMEOUT_MS):
        action(window, "File", "Verify checksums").trigger()
    qtbot.waitUntil(lambda: window.file_check.checksums is not None)


def mark(window: MainWindow, key: str) -> str | None:
    model = window.layers.model
    index = model.index_of_key(key)
    if not index.isValid():
        index = model.index_of_layer(key)
    text: str | None = model.index(index.row(), Column.DISTRIBUTION, index.parent()).data()
    return text


def cells(model: ChecksumModel) -> list[list[str]]:
    return [
        [model.index(row, column).data() for column in range(model.columnCount())] for row in range(model.rowCount())
    ]


def test_a_wrong_checksum_is_marked_listed_and_led_to(
    qtbot: QtBot, window: MainWindow, open_file: Open, damaged: Path
) -> None:
    open_file(damaged)
    assert not window.checksum_dock.isVisible()
    assert mark(window, "net.b") is None
    QAbstractItemModelTester(window.checksums.model, QAbstractItemModelTester.FailureReportingMode.Fatal, window)
    verify(qtbot, window)
    assert window.checksum_dock.isVisible()
    assert window.checksums.sentence.text().startswith("1 of 4 tensors has a wrong checksum")
    rows = cells(window.checksums.model)
    assert rows[0] == ["net.b", "model", "280 B", "wrong"]
    assert [row[3] for row in rows[1:]] == ["right"] * 3
    assert mark(window, "net.b") == "wrong CRC"
    assert mark(window, "net") == "≠ 1"
    assert mark(window, "net.a") is None
    # A row leads to its tensor, also from another entry.
    window.session.show_entry("ema")
    QTest.mouseClick(
        window.checksums.table.viewport(),
        Qt.MouseButton.LeftButton,
        pos=window.checksums.table.visualRect(window.checksums.model.index(0, 0)).center(),
    )
    assert window.session.tensor is not None
    assert window.session.tensor.key == "net.b"
    assert window.session.entry is not None
    assert window.session.entry.path == "model"
    assert "Wrong checksum" in window.histogram.lines.storage.checksum.text()
    assert window.histogram.lines.storage.isVisible()
    click(window.checksums, "Copy")
    assert QGuiApplication.clipboard().text().splitlines()[1:] == ["net.b\twrong"]


def test_the_next_file_has_no_marks_of_the_last(
    qtbot: QtBot, window: MainWindow, open_file: Open, damaged: Path, tmp_path: Path
) -> None:
    open_file(damaged)
    verify(qtbot, window)
    torch.save(TENSORS, tmp_path / "sound.pt")
    open_file(tmp_path / "sound.pt")
    assert mark(window, "net.b") is None
    assert window.checksums.model.rowCount() == 0
    verify(qtbot, window)
    assert window.checksums.sentence.text() == "The checksums of all tensors are right."
    assert mark(window, "net.b") is None


def test_where_there_are_no_checksums_the_action_says_so(
    qtbot: QtBot, window: MainWindow, open_file: Open, tmp_path: Path
) -> None:
    verify_action = action(window, "File", "Verify checksums")
    assert not verify_action.isEnabled()
    assert "Open a checkpoint first." in verify_action.toolTip()
    torch.save(TENSORS, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    open_file(tmp_path / "old.pt")
    qtbot.waitUntil(lambda: "before 1.6 has no checksums" in verify_action.toolTip())
    assert not verify_action.isEnabled()
    window.checksum_dock.show()
    assert window.checksums.sentence.text() == "PyTorch's format before 1.6 has no checksums to verify."
    assert not window.checksums.again.isEnabled()


def test_escape_cancels_it(qtbot: QtBot, window: MainWindow, open_file: Open, large: Path) -> None:
    open_file(large)
    qtbot.waitUntil(lambda: not window.file_check.busy, timeout=TIMEOUT_MS)
    check = window.file_check
    with qtbot.waitSignal(check.began):
        check.verify()
    with qtbot.waitSignal(check.ended):
        window.escape()
    assert not check.busy
    assert check.checksums is None
    assert window.status.verifying.isHidden()
    assert window.checksums.sentence.text() == "Verifying was cancelled."
    check.verify()
    qtbot.waitUntil(lambda: not check.busy, timeout=TIMEOUT_MS)
    before = window.checksums.sentence.text()
    assert "cancelled" not in before
    with qtbot.waitSignal(check.began):
        check.verify()
    with qtbot.waitSignal(check.ended):
        window.escape()
    assert window.checksums.sentence.text() == f"Verifying was cancelled. Before that: {before}"


def test_a_file_that_changed_says_why_it_was_not_verified(
    qtbot: QtBot, window: MainWindow, open_file: Open, damaged: Path
) -> None:
    open_file(damaged)
    qtbot.waitUntil(lambda: not window.file_check.busy, timeout=TIMEOUT_MS)
    with qtbot.waitSignal(window.file_check.failed, timeout=TIMEOUT_MS) as failed:
        damaged.write_bytes(damaged.read_bytes()[:-100])
        window.file_check.verify()
    assert "changed since it was opened" in failed.args[0]


def test_the_dock_is_remembered(qtbot: QtBot, window: MainWindow, open_file: Open, damaged: Path) -> None:
    open_file(damaged)
    verify(qtbot, window)
    window.close()
    again = MainWindow(Settings())
    again.show()
    assert again.checksum_dock.isVisible()
    again.close()
    again.deleteLater()
