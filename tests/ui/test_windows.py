"""Several windows of one program."""

from pathlib import Path

import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from explorer.ui.files.dropping import DROPPED_LIMIT
from explorer.ui.help.about_window import AboutWindow
from explorer.ui.main_window import MainWindow
from tests.ui.conftest import TIMEOUT_MS, action, click, drop, files, save


def windows() -> list[MainWindow]:
    return [shown for shown in QApplication.topLevelWidgets() if isinstance(shown, MainWindow) and shown.isVisible()]


def other_than(window: MainWindow) -> MainWindow:
    (other,) = [shown for shown in windows() if shown is not window]
    return other


def settled(window: MainWindow) -> bool:
    return window.session.checkpoint is not None and not window.opening.busy


def test_a_new_window_is_empty_and_works_on_its_own(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    window.open_file(save(tmp_path / "first.pt"))
    qtbot.waitUntil(lambda: settled(window), timeout=TIMEOUT_MS)
    action(window, "File", "New window").trigger()
    other = other_than(window)
    assert other.welcome.isVisible()
    other.open_file(save(tmp_path / "second.pt", a=torch.ones(1), b=torch.ones(1)))
    qtbot.waitUntil(lambda: settled(other), timeout=TIMEOUT_MS)
    assert other.layers.count.text() == "2 tensors"
    assert window.layers.count.text() == "1 tensor"
    assert window.settings.recent == [tmp_path / "second.pt", tmp_path / "first.pt"]
    action(other, "File", "Close window").trigger()
    qtbot.waitUntil(lambda: windows() == [window])
    assert window.windowTitle().startswith("first.pt")


def test_the_other_window_stays_when_the_first_is_closed(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    other = window.new_window()
    window.close()
    qtbot.waitUntil(lambda: windows() == [other])
    other.open_file(save(tmp_path / "later.pt"))
    qtbot.waitUntil(lambda: settled(other), timeout=TIMEOUT_MS)
    other.close()


def test_quit_closes_every_window(window: MainWindow) -> None:
    window.new_window().new_window()
    assert len(windows()) == 3
    action(window, "File", "Quit").trigger()
    assert windows() == []


def test_closing_a_window_closes_what_stands_beside_it(qtbot: QtBot, window: MainWindow) -> None:
    other = window.new_window()
    action(other, "Help", "About Checkpoint Explorer").trigger()
    other.close()
    qtbot.waitUntil(lambda: not [shown for shown in QApplication.topLevelWidgets() if isinstance(shown, AboutWindow)])
    assert windows() == [window]


def test_two_files_dropped_together_are_offered_to_be_compared(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    paths = [save(tmp_path / name, a=torch.arange(number + 2.0)) for number, name in enumerate(("x.pt", "<b>y.pt"))]
    assert drop(window, files(*paths))
    qtbot.waitUntil(lambda: bool(window.messages.sentence), timeout=TIMEOUT_MS)
    assert windows() == [window]
    assert window.messages.sentence == "x.pt is open. <b>y.pt came with it."
    click(window, "Compare them")
    qtbot.waitUntil(lambda: not window.compare.busy, timeout=TIMEOUT_MS)
    assert window.compare.sentence.text() == "1 of 1 tensor changed: 1 in shape."
    assert not window.messages.sentence
    # The same from the dialog, and the other answer.
    window.choose_file()
    dialog = window.findChildren(QFileDialog)[-1]
    (typed,) = dialog.findChildren(QLineEdit)
    typed.setText(" ".join(f'"{path}"' for path in paths))
    QTest.keyClick(typed, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(window.messages.sentence), timeout=TIMEOUT_MS)
    click(window, "Open it in a new window")
    (other,) = set(windows()) - {window}
    qtbot.waitUntil(lambda: settled(other) and settled(window), timeout=TIMEOUT_MS)
    assert other.windowTitle().startswith("<b>y.pt")
    other.close()


@pytest.mark.parametrize("number", [3, pytest.param(DROPPED_LIMIT + 1, marks=pytest.mark.thorough)])
def test_files_dropped_together_open_in_windows_of_their_own(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, number: int
) -> None:
    paths = [save(tmp_path / f"{place}.pt") for place in range(number)]
    assert drop(window, files(*paths))
    qtbot.waitUntil(lambda: bool(window.messages.sentence), timeout=TIMEOUT_MS)
    assert windows() == [window]
    assert window.messages.sentence == f"0.pt is open. {number - 1} files came with it."
    click(window, "Open them in new windows")
    opened = windows()
    qtbot.waitUntil(lambda: all(settled(each) for each in opened), timeout=TIMEOUT_MS)
    names = sorted(each.windowTitle().partition(" ")[0] for each in opened)
    assert names == [path.name for path in paths[:DROPPED_LIMIT]]
    assert window.windowTitle().startswith("0.pt")
    said = window.statusBar().currentMessage()
    assert (str(number) in said) == (number > DROPPED_LIMIT)
    for each in opened:
        each.close()
