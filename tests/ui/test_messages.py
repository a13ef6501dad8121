"""The bar keeps what is said about the open file."""

import os
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from explorer.ui.copies.window import CopyWindow
from explorer.ui.faults.crash_hooks import Fault
from explorer.ui.main_window import MainWindow
from explorer.ui.messages import MessageBar
from tests.ui.conftest import action, activate, click, save
from tests.ui.contents.test_contents import checkpoint

CODE = ("a.A", "b.B", "c.C", "d.D", "e.E", "os.\u202esystem")


@pytest.fixture
def bar(qtbot: QtBot) -> MessageBar:
    made = MessageBar()
    qtbot.addWidget(made)
    return made


def named(sentence: str, verdict: str = "references-code") -> object:
    made = checkpoint(code=CODE)
    return type(made)(**(vars(made) | {"message": sentence, "verdict": verdict}))


def test_every_name_of_code_is_among_the_details(bar: MessageBar) -> None:
    bar.show_checkpoint(named("This file names code."))  # type: ignore[arg-type]  # it is a Checkpoint
    click(bar, "Details")
    assert bar.details.isVisible()
    lines = bar.details.toPlainText().splitlines()
    assert lines == ["6 names of code. None was imported or run.", *CODE[:-1], "os.‹U+202E›system"]
    click(bar, "Copy")
    copied = QGuiApplication.clipboard().text().splitlines()
    assert (copied[0], copied[-1]) == ("File: weights.pt", "os.‹U+202E›system")
    click(bar, "Copied")


def test_the_note_comes_back_when_a_later_error_is_closed(bar: MessageBar) -> None:
    bar.show_checkpoint(named("This file names code."))  # type: ignore[arg-type]  # it is a Checkpoint
    bar.show_error("One was not opened.")
    bar.show_error("Another was not opened.")
    click(bar, "Close")
    assert bar.sentence == "This file names code."
    click(bar, "Close")
    assert bar.sentence == ""
    bar.show_error("A third was not opened.")
    click(bar, "Close")
    assert bar.sentence == ""


@pytest.mark.parametrize("verdict", ["malformed", "limit", "unreadable", "unsupported"])
def test_what_cannot_be_shown_is_an_error(bar: MessageBar, verdict: str) -> None:
    bar.show_checkpoint(named("The file is cut.", verdict))  # type: ignore[arg-type]  # it is a Checkpoint
    assert bar._text.property("tone") == "bad"
    bar.show_checkpoint(named("This file names code."))  # type: ignore[arg-type]  # it is a Checkpoint
    assert bar._text.property("tone") == ""


def test_a_file_without_a_message_takes_the_last_away(
    window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    window.messages.show_changed("It changed.")
    open_file(save(tmp_path / "plain.pt", a=torch.ones(1)))
    assert window.messages.sentence == ""


def test_what_is_said_about_the_program_outlasts_the_file(
    window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    window.messages.show_crash(["Ended then\n\nFatal Python error"])
    click(window.messages, "Show report")
    open_file(save(tmp_path / "plain.pt", a=torch.ones(1)))
    assert window.messages.sentence == "Checkpoint Explorer ended unexpectedly last time."
    assert window.messages.details.isVisible(), "who reads it goes on reading"
    window.messages.show_changed("It changed.")
    click(window.messages, "Close")
    click(window.messages, "Show report")
    assert window.messages.details.toPlainText().startswith("Ended then\n\nFatal Python error\n\nCheckpoint Explorer ")
    click(window.messages, "Dismiss")
    assert window.messages.sentence == ""


def test_the_programs_errors_are_one_message_that_counts(bar: MessageBar) -> None:
    bar.show_fault(Fault(0, "KeyError: '<b>'", "first traceback", 1))
    assert bar.sentence.startswith("Checkpoint Explorer made an error: KeyError: '<b>'. It goes on")
    click(bar, "Details")
    bar.show_fault(Fault(0, "KeyError: '<b>'", "first traceback", 61))
    assert "(61 times)" in bar.sentence
    assert bar.details.isVisible()
    bar.show_fault(Fault(1, "Qt: no", "second", 1))
    assert bar.sentence.startswith("Checkpoint Explorer made 2 different errors, the last: Qt: no.")
    assert "first traceback" in bar.details.toPlainText()
    assert "second" in bar.details.toPlainText()
    click(bar, "Copy")
    copied = QGuiApplication.clipboard().text()
    assert "(61 times)" in copied
    assert "Python " in copied
    click(bar, "Close")
    assert bar.sentence == ""


def test_an_error_that_was_closed_does_not_come_again(bar: MessageBar) -> None:
    bar.show_fault(Fault(0, "KeyError", "", 1))
    click(bar, "Close")
    bar.show_fault(Fault(0, "KeyError", "", 2))
    assert bar.sentence == ""
    bar.show_fault(Fault(1, "OSError", "", 1))
    assert bar.sentence.startswith("Checkpoint Explorer made an error: OSError.")


def test_a_request_that_failed_does_not_hide_the_programs_errors(bar: MessageBar) -> None:
    bar.show_fault(Fault(0, "KeyError", "", 1))
    bar.show_error("One was not opened.")
    bar.show_error("Another was not opened.")
    bar.show_fault(Fault(1, "OSError", "", 1))
    assert "2 different errors" in bar.sentence
    click(bar, "Close")
    assert bar.sentence == "Another was not opened."
    click(bar, "Close")
    assert bar.sentence == ""


def test_a_cut_file_keeps_its_banner_and_lists_what_is_lost(
    window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    saved = {"net.a": torch.arange(100.0), "net.b": torch.arange(100.0) + 1, "c": torch.arange(9.0) + 500}
    torch.save(saved, tmp_path / "a.pt")
    data = (tmp_path / "a.pt").read_bytes()
    (tmp_path / "cut.pt").write_bytes(data[: data.index(saved["net.b"].numpy().tobytes()) + 40])
    open_file(tmp_path / "cut.pt")
    assert "1 of 3 tensors can still be read; the other 2 cannot." in window.messages.sentence
    click(window.messages, "Details")
    lines = window.messages.details.toPlainText().splitlines()
    assert lines[0] == "2 tensors cannot be read."
    assert lines[1].startswith("net.b: The file is cut at byte ")
    assert lines[2].startswith("c: The file is cut at byte ")
    model = window.layers.model
    marks = {
        index.siblingAtColumn(0).data(): index.siblingAtColumn(1).data()
        for index in map(model.index_of_key, saved)
        if index.isValid()
    }
    assert marks == {"a": None, "b": "unreadable", "c": "unreadable"}
    root = model.index(0, 1)
    assert root.data() == "✕ 2"
    assert "2 tensors in it cannot be read." in root.data(Qt.ItemDataRole.ToolTipRole)
    assert model.index_of_layer("net").siblingAtColumn(1).data() == "✕ 1"


class Attack:
    """Would run something, were it unpickled by PyTorch."""

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, ("echo owned > /tmp/owned",)


def test_a_file_that_would_run_a_command_says_which_and_what_to_do(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    torch.save({"state_dict": {"a": torch.ones(4)}, "extra": Attack()}, tmp_path / "forum.pth")
    open_file(tmp_path / "forum.pth")
    bar = window.messages
    assert "which runs commands of the system" in bar.sentence.replace("os.system runs", "os.system, which runs")
    assert "torch.load with weights_only=False would run it" in bar.sentence
    assert bar._text.property("tone") == "bad"
    click(bar, "Details")
    assert "system('echo owned > /tmp/owned')" in bar.details.toPlainText()
    click(bar, "Save a copy without it…")
    (asking,) = window.findChildren(CopyWindow)
    assert asking.wish.entry == "state_dict"
    assert bar.sentence, "it stays"
    # Escape closes what is read, and what is closed can be called back.
    activate(qtbot, window)
    bar.details.setFocus()
    action(window, "Edit", "Clear the filter, or cancel").trigger()
    assert not bar.details.isVisible()
    sentence = bar.sentence
    click(bar, "Close")
    assert bar.sentence == ""
    action(window, "View", "Message about the file").trigger()
    assert bar.sentence == sentence
    details = next(each for each in bar.findChildren(QPushButton) if each.text() == "Details")
    assert details.hasFocus(), "what can be done about it is at hand"
    window.layers.tree.setFocus()
    action(window, "View", "Message about the file").trigger()
    assert details.hasFocus(), "also while it was there already"
    # Other views have the room to themselves.
    click(bar, "Details")
    window.pages.setCurrentWidget(window.compare)
    assert not bar.details.isVisible()
    open_file(save(tmp_path / "plain.pt"))
    assert not action(window, "View", "Message about the file").isEnabled()


def test_code_that_only_holds_values_alarms_nobody(
    window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    torch.save({"state_dict": {"a": torch.ones(4)}, "args": Namespace(lr=1)}, tmp_path / "args.pth")
    open_file(tmp_path / "args.pth")
    assert window.messages.sentence == "This file names code: argparse.Namespace. It was not run."
    assert not window.messages._text.property("tone")


def test_a_part_of_several_says_so(window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path) -> None:
    open_file(save(tmp_path / "pytorch_model-00002-of-00003.bin"))
    assert "By its name it is part 2 of 3 of a checkpoint" in window.messages.sentence


def test_a_refused_file_says_what_is_known_of_it(
    window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    (tmp_path / "notes.pth").write_text("What to do tomorrow: nothing, größtenteils.\n" * 40, encoding="utf-8")
    open_file(tmp_path / "notes.pth")
    assert window.messages.sentence == "notes.pth was not opened. This is not a checkpoint: it is plain text."
    click(window.messages, "Details")
    lines = window.messages.details.toPlainText().splitlines()
    assert lines == [f"File: {tmp_path / 'notes.pth'}", "Size: 1,840 bytes"]
