"""The editor of rules as its user drives it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from explorer.checkpoint.reader import open_checkpoint
from explorer.keys.key_mapping import Rule
from explorer.keys.renaming import Change, Renamed
from explorer.ui.load_test.rules_editor import RulesEditor
from explorer.ui.load_test.rules_model import FIND, REPLACE, SAID, ChangesModel, RulesModel
from tests.ui.conftest import click

PLENTY_MS = 30_000


@pytest.fixture
def editor(qtbot: QtBot, tmp_path: Path) -> Iterator[RulesEditor]:
    """Of the keys blocks.0.attn, blocks.1.attn and head."""
    torch.save(
        {"blocks.0.attn": torch.ones(1), "blocks.1.attn": torch.ones(1), "head": torch.ones(2)}, tmp_path / "w.pt"
    )
    checkpoint = open_checkpoint(tmp_path / "w.pt")
    made = RulesEditor()
    qtbot.addWidget(made)
    made.show()
    assert checkpoint.chosen is not None
    made.begin(checkpoint, checkpoint.chosen, None)
    yield made
    made.close_preview()


def settle(qtbot: QtBot, editor: RulesEditor) -> None:
    qtbot.waitUntil(lambda: not editor.preview.busy, timeout=PLENTY_MS)


def write(editor: RulesEditor, row: int, find: str, replace: str) -> None:
    editor.rules.setData(editor.rules.index(row, FIND), find)
    editor.rules.setData(editor.rules.index(row, REPLACE), replace)


def changes(editor: RulesEditor) -> list[tuple[str, str, str]]:
    model = editor.changes
    rows = range(model.rowCount())
    return [(model.index(r, 0).data(), model.index(r, 1).data(), model.index(r, 2).data()) for r in rows]


def test_rules_are_written_tried_taken_back_and_applied(qtbot: QtBot, editor: RulesEditor) -> None:
    click(editor, "Add")
    (cell,) = editor.table.findChildren(QLineEdit)
    QTest.keyClicks(cell, "blocks.")
    settle(qtbot, editor)
    QTest.keyClicks(cell, "{n}")  # an answer takes nothing away from what is being typed
    QTest.keyClick(cell, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: editor.rules.rules == (("blocks.{n}", ""),))
    editor.rules.setData(editor.rules.index(0, REPLACE), "layers")
    settle(qtbot, editor)
    assert editor.said.text() == "Two keys would be called layers.attn: blocks.0.attn and blocks.1.attn."
    assert not editor.apply.isEnabled()
    assert "Two keys" in editor.apply.toolTip()
    write(editor, 0, "blocks.{n}", "layers.{n}")
    click(editor, "Add")
    settle(qtbot, editor)
    assert editor.said.text() == "2 of 3 keys get another name.", "what is not written yet is not wrong"
    assert editor.apply.isEnabled()
    write(editor, 1, "(", "")
    settle(qtbot, editor)
    assert editor.said.text().startswith("Rule 2: The rule (= makes no sense: missing ), unterminated subpattern")
    assert editor.rules.index(1, SAID).data() == "wrong"
    assert "makes no sense" in editor.rules.index(1, FIND).data(Qt.ItemDataRole.ToolTipRole)
    write(editor, 1, "^head$", "")
    settle(qtbot, editor)
    assert editor.said.text() == "2 of 3 keys get another name. 1 is left out."
    assert changes(editor)[1] == ("head", "(left out)", "1")
    write(editor, 1, "^head", "top")
    settle(qtbot, editor)
    assert editor.said.text() == "3 of 3 keys get another name."
    assert changes(editor) == [("blocks.{0–1}.attn", "layers.{0–1}.attn", "2"), ("head", "top", "1")]
    assert [editor.rules.index(row, SAID).data() for row in range(2)] == ["2", "1"]
    editor.table.setCurrentIndex(editor.rules.index(1, FIND))
    click(editor, "Move up")
    assert [rule[0] for rule in editor.rules.rules] == ["^head", "blocks.{n}"]
    click(editor, "Remove")
    assert [rule[0] for rule in editor.rules.rules] == ["blocks.{n}"]
    click(editor, "Undo")
    QTest.keyClick(editor.table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert [rule[0] for rule in editor.rules.rules] == ["blocks.{n}", "^head"]
    click(editor, "Redo")
    assert [rule[0] for rule in editor.rules.rules] == ["^head", "blocks.{n}"]
    settle(qtbot, editor)
    with qtbot.waitSignal(editor.apply_asked) as applied:
        click(editor, "Apply and re-test")
    pattern = r"(?<![^.])blocks\.(?P<n>\d+)(?![^.])"
    assert applied.args == [(Rule("^head", "top"), Rule(pattern, r"layers.\g<n>"))]


def test_they_are_sound_models(qtmodeltester: ModelTester) -> None:
    rules, found = RulesModel(), ChangesModel()
    rules.change([("a", "b"), ("(", "")], "write")
    changed = (Change("a", "b", 1),)
    rules.show_renamed(Renamed(("", "It makes no sense."), (1, 0), "", changed, 1, 2, None))
    found.show_changes(changed)
    for model in (rules, found):
        qtmodeltester.check(model, force_py=True)  # type: ignore[no-untyped-call]  # pytest-qt types it not
