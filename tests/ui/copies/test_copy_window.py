"""Saving a copy from the window: the whole file, and with the keys that a test-load found."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from explorer.keys.key_mapping import Rule
from explorer.ui.copies.saving import KeyChanges, Wish
from explorer.ui.copies.window import CopyWindow
from explorer.ui.main_window import MainWindow
from tests.checkpoint.writing.saving import tags_of
from tests.ui.conftest import TIMEOUT_MS, action, activate, click

Open = Callable[[Path], None]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    weights = {"module.fc.weight": torch.arange(6.0).reshape(2, 3), "module.old": torch.ones(2)}
    optimizer = {"state": {0: {"step": torch.tensor(1.0)}}}
    torch.save({"model": weights, "epoch": 3, "optimizer": optimizer}, tmp_path / "source.pth")
    return tmp_path / "source.pth"


def written(qtbot: QtBot, asking: CopyWindow, out: Path) -> str:
    asking.write(out)
    qtbot.waitUntil(lambda: not asking.busy, timeout=TIMEOUT_MS)
    return asking.said.text()


def test_a_copy_for_another_device_is_saved_and_opened(
    qtbot: QtBot, window: MainWindow, open_file: Open, source: Path, tmp_path: Path
) -> None:
    save = action(window, "File", "Save a copy…")
    assert not save.isEnabled()
    open_file(source)
    save.trigger()
    (asking,) = window.findChildren(CopyWindow)
    assert not asking.rename.isVisible()
    assert asking.device.choice.currentText() == "as saved (cpu)"
    asking.device.choose("cuda:x")
    assert not asking.save.isEnabled()
    assert "cuda:x" in asking.said.text()
    asking.device.choose("cuda:1")
    asking.break_sharing.setChecked(True)
    assert asking.wish == Wish(device="cuda:1", break_sharing=True)
    click(asking, "Save as…")
    (dialog,) = asking.findChildren(QFileDialog)
    dialog.selectFile(str(tmp_path / "copy.pth"))
    dialog.accept()
    qtbot.waitUntil(lambda: not asking.busy and asking.open_copy.isVisible(), timeout=TIMEOUT_MS)
    assert "equal to the source to the bit" in asking.said.text()
    loaded = torch.load(tmp_path / "copy.pth", map_location="cpu", weights_only=True)
    assert loaded["epoch"] == 3
    click(asking, "Open the copy")
    qtbot.waitUntil(lambda: not window.opening.busy, timeout=TIMEOUT_MS)
    assert window.session.checkpoint is not None
    assert window.session.checkpoint.path == tmp_path / "copy.pth"
    assert {tensor.kind.saved_device for tensor in window.session.checkpoint.tensors} == {"cuda:1"}


def test_what_is_equal_may_still_not_be_finite(
    qtbot: QtBot, window: MainWindow, open_file: Open, tmp_path: Path
) -> None:
    broken, other = torch.ones(9), torch.ones(9)
    broken[2], broken[3], other[4] = torch.nan, torch.inf, -torch.inf
    state = {"model": {"a": broken, "b": torch.ones(9)}, "ema": {"c": other}}
    torch.save(state, tmp_path / "broken.pt")
    open_file(tmp_path / "broken.pt")
    qtbot.waitUntil(lambda: len(window.problems.not_finite) == 2, timeout=TIMEOUT_MS)
    action(window, "File", "Save a copy…").trigger()
    (asking,) = window.findChildren(CopyWindow)
    assert "2 tensors hold NaN or Inf, as in the source." in written(qtbot, asking, tmp_path / "whole.pt")
    asking.holds.setCurrentIndex(asking.holds.findData("ema"))
    assert "1 tensor holds NaN or Inf, as in the source." in written(qtbot, asking, tmp_path / "ema.pt")


def test_the_device_menu_proposes_the_device(
    qtbot: QtBot, window: MainWindow, open_file: Open, source: Path, tmp_path: Path
) -> None:
    assert not action(window, "Device", "Save a copy for").isEnabled()
    open_file(source)
    assert action(window, "Device", "Save a copy for").isEnabled()
    action(window, "Device", "Save a copy for", "cuda:0…").trigger()
    (asking,) = window.findChildren(CopyWindow)
    assert asking.device.choice.currentText() == "cuda:0"
    written(qtbot, asking, tmp_path / "there.pth")
    assert tags_of(tmp_path / "there.pth") == {"cuda:0"}


def test_keys_are_renamed_and_left_out_as_a_test_found(
    qtbot: QtBot, window: MainWindow, open_file: Open, source: Path, tmp_path: Path
) -> None:
    open_file(source)
    assert window.session.entry is not None
    keys = KeyChanges(window.session.entry, (Rule.parse(r"^module\.="),), frozenset({"module.old"}))
    window.save_copy_as(Wish(keys=keys))
    (asking,) = window.findChildren(CopyWindow)
    assert asking.rename.isChecked()
    assert asking.leave_out.text() == "without the 1 key that does not load"
    assert asking.leave_out.isChecked()
    said = written(qtbot, asking, tmp_path / "whole.pth")
    assert "Left out: module.old." in said
    whole = torch.load(tmp_path / "whole.pth", weights_only=True)
    assert (list(whole["model"]), whole["epoch"]) == (["fc.weight"], 3)
    asking.holds.setCurrentIndex(1)
    said = written(qtbot, asking, tmp_path / "only.pth")
    assert "1 renamed, 2 left out" in said
    assert "Left out: module.old." in said
    assert "What stands beside the entry is not in the copy: epoch, optimizer (1 tensor)." in said
    assert list(torch.load(tmp_path / "only.pth", weights_only=True)) == ["fc.weight"]
    assert "renamed by 1 rule: ^module" in asking.rename.text(), "the rule is named"
    assert "exists already" in written(qtbot, asking, source)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["only.pth", "source.pth", "whole.pth"]


def test_keys_that_match_are_counted_and_left_out(
    qtbot: QtBot, window: MainWindow, open_file: Open, source: Path, tmp_path: Path
) -> None:
    open_file(source)
    window.save_copy()
    (asking,) = window.findChildren(CopyWindow)
    typed, count = asking.without.field, asking.without.count
    for pattern, said in ((r"(old", "is no regular expression"), (r"(.?.?.?.?.?.?)*$(?<!d|t)", "takes too long")):
        typed.setText(pattern)
        qtbot.waitUntil(lambda: not asking.without.busy, timeout=TIMEOUT_MS)
        assert said in asking.said.text()
        assert not asking.save.isEnabled()
        assert not count.isVisible()
    typed.setText("old$")
    qtbot.waitUntil(count.isVisible, timeout=TIMEOUT_MS)
    assert (count.text(), asking.said.text(), asking.save.isEnabled()) == ("1 of 2 tensors", "", True)
    assert "Left out: module.old." in written(qtbot, asking, tmp_path / "whole.pth")
    whole = torch.load(tmp_path / "whole.pth", weights_only=True)
    assert (list(whole["model"]), whole["epoch"]) == (["module.fc.weight"], 3)
    asking.holds.setCurrentIndex(1)
    typed.setText("fc")
    written(qtbot, asking, tmp_path / "only.pth")
    assert list(torch.load(tmp_path / "only.pth", weights_only=True)) == ["module.old"]


def test_keys_are_left_out_by_the_names_that_the_copy_has(
    qtbot: QtBot, window: MainWindow, open_file: Open, source: Path, tmp_path: Path
) -> None:
    open_file(source)
    assert window.session.entry is not None
    window.save_copy_as(Wish(entry="model", keys=KeyChanges(window.session.entry, (Rule.parse(r"^module\.="),))))
    (asking,) = window.findChildren(CopyWindow)

    def typed(pattern: str) -> tuple[str, bool]:
        asking.without.field.setText(pattern)
        qtbot.waitUntil(lambda: not asking.without.busy and asking.without.count.isVisible(), timeout=TIMEOUT_MS)
        return asking.without.count.text(), asking.save.isEnabled()

    assert typed("^nothing") == ("none of 2 tensors", False)
    assert asking.said.text() == "^nothing is found in no key, and leaves nothing out."
    assert typed(r"^module\.fc") == ("none of 2 tensors", False)
    assert "no key of the copy, whose keys are renamed; in 1 as the file calls them." in asking.said.text()
    assert typed("^old") == ("1 of 2 tensors", True)
    assert asking.said.text() == ""
    assert "Left out: module.old." in written(qtbot, asking, tmp_path / "renamed.pth")
    assert list(torch.load(tmp_path / "renamed.pth", weights_only=True)) == ["fc.weight"]
    asking.rename.setChecked(False)
    qtbot.waitUntil(lambda: not asking.without.busy, timeout=TIMEOUT_MS)
    assert asking.said.text() == "^old is found in no key of the copy; in 1 once they are renamed."
    assert typed(r"^module\.old") == ("1 of 2 tensors", True)


def test_the_state_dict_of_a_pickled_module_is_taken_out(
    qtbot: QtBot, window: MainWindow, open_file: Open, source: Path, tmp_path: Path
) -> None:
    open_file(source)
    window.save_copy()
    (asking,) = window.findChildren(CopyWindow)
    # The top of a plain file is the whole of it.
    assert asking.holds.findText("only its state_dict, unwrapped") == -1
    assert asking.holds.findText("only model, unwrapped") == 1
    asking.close()
    torch.save(torch.nn.Sequential(torch.nn.Linear(2, 3)), tmp_path / "module.pth")
    open_file(tmp_path / "module.pth")
    window.save_copy_as(Wish(compact=True))
    asking = window.findChildren(CopyWindow)[-1]
    said = written(qtbot, asking, tmp_path / "copy.pth")
    assert said.endswith('; choose one of its state_dicts under "Holds".')
    assert asking.holds.itemText(1) == "only its state_dict, unwrapped"
    asking.holds.setCurrentIndex(1)
    written(qtbot, asking, tmp_path / "copy.pth")
    assert list(torch.load(tmp_path / "copy.pth", weights_only=True)) == ["0.weight", "0.bias"]


def test_rules_that_collide_are_refused(
    qtbot: QtBot, window: MainWindow, open_file: Open, source: Path, tmp_path: Path
) -> None:
    open_file(source)
    assert window.session.entry is not None
    window.save_copy_as(Wish(keys=KeyChanges(window.session.entry, (Rule.parse(".*=same"),))))
    (asking,) = window.findChildren(CopyWindow)
    assert "Two keys would be called same" in written(qtbot, asking, tmp_path / "never.pth")
    assert not (tmp_path / "never.pth").exists()


def test_escape_stops_it_and_leaves_nothing(qtbot: QtBot, window: MainWindow, open_file: Open, tmp_path: Path) -> None:
    header = json.dumps({"a": {"dtype": "F32", "shape": [1_000_000_000], "data_offsets": [0, 4_000_000_000]}}).encode()
    with (tmp_path / "large.safetensors").open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        # A hole: it is read in seconds and takes no room.
        file.truncate(8 + len(header) + 4_000_000_000)
    open_file(tmp_path / "large.safetensors")
    window.save_copy()
    (asking,) = window.findChildren(CopyWindow)
    activate(qtbot, asking)
    asking.write(tmp_path / "copy.pth")
    assert not asking.save.isEnabled()
    qtbot.waitUntil(lambda: len(list(tmp_path.iterdir())) == 2, timeout=TIMEOUT_MS)
    QTest.keyClick(asking, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: [path.name for path in tmp_path.iterdir()] == ["large.safetensors"], timeout=TIMEOUT_MS)
