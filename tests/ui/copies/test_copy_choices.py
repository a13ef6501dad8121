"""What the window that saves a copy proposes, says beforehand, and offers afterwards."""

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from explorer.ui.copies.proposing import file_name
from explorer.ui.copies.saving import Wish
from explorer.ui.copies.window import CopyWindow
from explorer.ui.main_window import MainWindow
from tests.checkpoint.writing.saving import save, tags_of
from tests.ui.conftest import TIMEOUT_MS, action, activate, click
from tests.ui.copies.test_copy_window import Open, written


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file of another computer's device, with something beside its state_dict."""
    return save(tmp_path / "net.pth", {"model": {"a": torch.ones(2), "b": torch.arange(3.0)}, "step": 7}, "cuda:3")


def ask(window: MainWindow) -> CopyWindow:
    action(window, "File", "Save a copy…").trigger()
    return window.findChildren(CopyWindow)[-1]


def test_another_device_is_typed_before_anything_is_saved(
    qtbot: QtBot, window: MainWindow, open_file: Open, source: Path, tmp_path: Path
) -> None:
    open_file(source)
    action(window, "Device", "Save a copy for", "Another device…").trigger()
    (asking,) = window.findChildren(CopyWindow)
    activate(qtbot, asking)
    line = asking.device.line
    assert line.hasFocus()
    assert line.text() == ""
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert not asking.findChildren(QFileDialog), "no device was named"
    assert asking.said.text() == "Type the name of the device, such as cuda:2."
    QTest.keyClicks(line, "cuda:5")
    assert (asking.wish, asking.said.text()) == (Wish(device="cuda:5"), "")
    said = written(qtbot, asking, tmp_path / "there.pth")
    assert f"there.pth in {tmp_path}, " in said
    assert "2 tensors written, saved on cuda:5 instead of cuda:3;" in said
    assert tags_of(tmp_path / "there.pth") == {"cuda:5"}
    # The list is one wherever it is clicked, and has no line beside it for a usual device.
    asking.device.choose("cpu")
    assert not line.isVisible()
    assert not asking.device.choice.isEditable()


def test_a_copy_as_saved_says_where_that_was(
    qtbot: QtBot, window: MainWindow, open_file: Open, source: Path, tmp_path: Path
) -> None:
    open_file(source)
    asking = ask(window)
    assert asking.device.choice.currentText() == "as saved (cuda:3)"
    assert "2 tensors written, saved on cuda:3 as the source is;" in written(qtbot, asking, tmp_path / "same.pth")
    assert asking.said.property("tone") == "good"


def test_the_letters_of_the_titles_lead_to_the_fields(
    qtbot: QtBot, window: MainWindow, open_file: Open, source: Path
) -> None:
    open_file(source)
    asking = ask(window)
    activate(qtbot, asking)
    for letter, field in (
        (Qt.Key.Key_L, asking.without.field),
        (Qt.Key.Key_D, asking.device.choice),
        (Qt.Key.Key_F, asking.dtype),
        (Qt.Key.Key_R, asking.format),
        (Qt.Key.Key_H, asking.holds),
    ):
        QTest.keyClick(asking, letter, Qt.KeyboardModifier.AltModifier)
        assert field.hasFocus(), letter


def test_what_safetensors_leave_out_is_said_before_and_once(
    qtbot: QtBot, window: MainWindow, open_file: Open, source: Path, tmp_path: Path
) -> None:
    open_file(source)
    asking = ask(window)
    assert asking.said.text() == ""
    asking.format.setCurrentIndex(1)
    asking.device.choose("cuda:0")
    loses = "A safetensors file will hold the tensors of model alone, without step."
    qtbot.waitUntil(lambda: loses in asking.said.text(), timeout=TIMEOUT_MS)
    assert "says nothing of devices" in asking.said.text()
    assert asking.said.property("tone") == "caution"
    click(asking, "Save as…")
    (dialog,) = asking.findChildren(QFileDialog)
    assert dialog.selectedFiles() == [str(tmp_path / "net-cuda0.safetensors")]
    dialog.accept()
    qtbot.waitUntil(lambda: not asking.busy and asking.open_copy.isVisible(), timeout=TIMEOUT_MS)
    assert asking.said.text().count("step") == 1
    assert "'model' was written, without step." in asking.said.text()
    assert asking.said.property("tone") == "caution", "something is not there"
    asking.holds.setCurrentIndex(1)
    assert "step" not in asking.said.text(), "that is what was chosen"


def test_a_name_that_exists_is_refused_where_it_is_typed(
    qtbot: QtBot, window: MainWindow, open_file: Open, source: Path, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    open_file(source)
    asking = ask(window)
    asking.device.choose("cpu")
    for name in ("net-cpu.pth", "net-cpu 2.pth"):
        click(asking, "Save as…")
        dialog = asking.findChildren(QFileDialog)[-1]
        assert dialog.selectedFiles() == [str(tmp_path / name)], "a name that is free, which says what is another"
        activate(qtbot, dialog)
        line = dialog.findChild(QLineEdit, "fileNameEdit")
        assert isinstance(line, QLineEdit)
        line.setFocus()
        line.selectAll()
        QTest.keyClicks(line, "net.pth")
        before = source.read_bytes()
        QTest.keyClick(line, Qt.Key.Key_Return)
        assert dialog.isVisible(), "there is no question, and the dialog stays"
        assert any("net.pth exists already" in each.text() for each in dialog.findChildren(QLabel))
        assert (line.text(), line.selectedText()) == ("net 2.pth", "net 2.pth")
        QTest.keyClicks(line, name)
        QTest.keyClick(line, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: not asking.busy and asking.open_copy.isVisible(), timeout=TIMEOUT_MS)
        assert source.read_bytes() == before
    # The next one is asked for where the last one was saved.
    written(qtbot, asking, tmp_path / "elsewhere" / "copy.pth")
    click(asking, "Save as…")
    dialog = asking.findChildren(QFileDialog)[-1]
    assert dialog.selectedFiles() == [str(tmp_path / "elsewhere" / "net-cpu.pth")]
    dialog.reject()


def test_the_folder_is_shown_and_offers_are_about_the_copy_that_is_told(
    qtbot: QtBot,
    window: MainWindow,
    open_file: Open,
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    open_file(source)
    asking = ask(window)
    written(qtbot, asking, tmp_path / "copy.pth")
    click(asking, "Show in folder")
    assert opened == [str(tmp_path)]
    asking.dtype.setCurrentIndex(1)
    assert asking.said.text() == ""
    assert not asking.open_copy.isVisible()
    assert not asking.show_folder.isVisible()
    written(qtbot, asking, tmp_path / "copy.pth")
    assert "exists already" in asking.said.text()
    assert not asking.open_copy.isVisible()


@pytest.mark.parametrize(
    ("source", "wish", "proposed"),
    [
        ("petnet_cuda3.pth", Wish(device="cpu"), "petnet_cuda3-cpu.pth"),
        ("petnet.pth.tar", Wish(), "petnet-copy.pth"),
        ("petnet", Wish(entry="model/state~1dict", device="cuda:1"), "petnet-model.statedict-cuda1.pth"),
        ("folder.v2.tar", Wish(dtype="bfloat16"), "folder.v2-bfloat16.pth"),
    ],
)
def test_a_name_says_what_is_another(source: str, wish: Wish, proposed: str) -> None:
    assert file_name(Path(source), wish, ".pth") == proposed


@given(st.text(min_size=1), st.text() | st.none())
def test_any_entry_gives_a_name_that_every_system_takes(entry: str, dtype: str | None) -> None:
    name = file_name(Path("net.pth"), Wish(entry=entry, dtype=dtype), ".pth")
    assert name.startswith("net")
    assert name.endswith(".pth")
    assert not set(name) & set('<>:"/\\|?*\0')
    assert len(name) < 120
