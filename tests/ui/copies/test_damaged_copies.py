"""Saving what is whole of a damaged file, and a copy of a file that names code."""

import os
from collections.abc import Callable
from pathlib import Path

import torch
from pytestqt.qtbot import QtBot

from explorer.checkpoint.reader import open_checkpoint
from explorer.ui.copies.window import CopyWindow
from explorer.ui.main_window import MainWindow
from tests.ui.conftest import TIMEOUT_MS, action, click
from tests.ui.copies.test_copy_window import Open, written


class Attack:
    """Would run something, were it unpickled by PyTorch."""

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, ("echo owned",)


def ask(window: MainWindow) -> CopyWindow:
    action(window, "File", "Save a copy…").trigger()
    asking = window.findChildren(CopyWindow)[-1]
    assert isinstance(asking, CopyWindow)
    return asking


def test_what_is_whole_of_a_cut_file_is_saved(
    qtbot: QtBot, window: MainWindow, open_file: Open, tmp_path: Path
) -> None:
    path = tmp_path / "cut.pth"
    state = {"a": torch.ones(4), "b": torch.arange(3.0), "c": torch.ones(5)}
    more = {f"something_else_that_is_long_{at}": at for at in range(30)}
    torch.save({"state_dict": state, "epoch": 3, **more}, path)
    data = path.read_bytes()
    path.write_bytes(data[: data.index(b"data/2") + 80])
    open_file(path)
    click(window, "Save what can be read…")
    (asking,) = window.findChildren(CopyWindow)
    assert [asking.holds.itemText(at) for at in range(asking.holds.count())] == ["what is whole of state_dict"]
    assert "the copy will hold what is whole, 2 of 3 tensors" in asking.said.text(), "it is said beforehand"
    text = written(qtbot, asking, tmp_path / "whole.pth")
    assert "2 tensors written, 1 left out" in text
    assert "1 tensor is not in the copy, for want of whole values: 'c'." in text
    assert "Left out" not in text, "it is told once"
    assert "What stands beside the entry is not in the copy: epoch" in text
    assert asking.said.property("tone") == "caution"
    # So many words are scrolled, and no field is lower for them.
    qtbot.waitUntil(lambda: asking.outcome.verticalScrollBar().maximum() > 0, timeout=TIMEOUT_MS)
    fields = (asking.holds, asking.without, asking.device, asking.dtype, asking.format)
    assert all(field.height() >= field.minimumSizeHint().height() for field in fields)
    assert asking.outcome.geometry().bottom() < asking.save.y()
    loaded = torch.load(tmp_path / "whole.pth", weights_only=True)
    assert {key: value.tolist() for key, value in loaded.items()} == {"a": [1.0] * 4, "b": [0.0, 1.0, 2.0]}


def test_a_wrong_checksum_costs_one_tensor_and_not_the_others(
    qtbot: QtBot, window: MainWindow, open_file: Open, tmp_path: Path
) -> None:
    path = tmp_path / "flipped.pth"
    torch.save({"a": torch.full((64,), 3.0), "b": torch.full((64,), 5.0)}, path)
    data = bytearray(path.read_bytes())
    data[data.index(torch.full((64,), 5.0).numpy().tobytes()) + 9] ^= 1
    path.write_bytes(data)
    open_file(path)
    asking = ask(window)
    assert asking.holds.currentText() == "the whole file"
    text = written(qtbot, asking, tmp_path / "all.pth")
    assert 'save what is whole, now under "Holds".' in text
    assert not (tmp_path / "all.pth").exists()
    assert asking.holds.currentText() == "what is whole of its state_dict"
    text = written(qtbot, asking, tmp_path / "whole.pth")
    assert "1 tensor written, 1 left out" in text
    assert "'b'" in text
    assert list(torch.load(tmp_path / "whole.pth", weights_only=True)) == ["a"]


def test_a_copy_that_keeps_the_code_of_its_source_says_so(
    qtbot: QtBot, window: MainWindow, open_file: Open, tmp_path: Path
) -> None:
    torch.save({"state_dict": {"a": torch.ones(4)}, "extra": Attack()}, tmp_path / "forum.pth")
    open_file(tmp_path / "forum.pth")
    asking = ask(window)
    assert "The whole file keeps the code that it names" in asking.said.text()
    text = written(qtbot, asking, tmp_path / "whole.pth")
    assert "The copy names the same code as the source" in text
    assert asking.said.property("tone") == "caution"
    asking.holds.setCurrentIndex(1)
    assert asking.said.text() == ""
    text = written(qtbot, asking, tmp_path / "clean.pth")
    assert "only tensors were written" in text
    assert asking.said.property("tone") == "good"
    assert not open_checkpoint(tmp_path / "clean.pth").code


def test_code_among_the_tensors_is_left_out_too(
    qtbot: QtBot, window: MainWindow, open_file: Open, tmp_path: Path
) -> None:
    torch.save({"a": torch.ones(4), "extra": Attack()}, tmp_path / "flat.pth")
    open_file(tmp_path / "flat.pth")
    click(window, "Save a copy without it…")
    (asking,) = window.findChildren(CopyWindow)
    assert asking.holds.currentText() == "only its state_dict, unwrapped"
    text = written(qtbot, asking, tmp_path / "clean.pth")
    assert "only tensors were written" in text
    assert list(torch.load(tmp_path / "clean.pth", weights_only=True)) == ["a"]
