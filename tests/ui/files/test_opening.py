"""Ways to open a file, what is shown meanwhile, and how it is given up."""

from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest
import torch
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLineEdit, QMenu, QPushButton
from pytestqt.qtbot import QtBot

from explorer.ui.main_window import MainWindow
from explorer.ui.running.work_row import SLOW_MS, WorkRow
from tests.ui.conftest import EXAMPLE, SLOW_TENSORS, TIMEOUT_MS, action, activate, click, drop, save

OpenFile = Callable[[Path], None]

popup = pytest.mark.qt_log_ignore("grabbing the keyboard", extend=True)
"""The offscreen platform cannot, for the list of names that Qt proposes."""


def asked(qtbot: QtBot, window: MainWindow) -> QFileDialog:
    """The file dialog, once it stands."""

    def shown() -> list[QFileDialog]:
        return [dialog for dialog in window.findChildren(QFileDialog) if dialog.isVisible()]

    qtbot.waitUntil(lambda: len(shown()) == 1)
    return shown()[0]


def type_path(qtbot: QtBot, dialog: QFileDialog, path: Path) -> None:
    activate(qtbot, dialog)
    (field,) = dialog.findChildren(QLineEdit, "fileNameEdit")
    qtbot.waitUntil(field.hasFocus)
    QTest.keyClicks(field, str(path))
    assert field.text() == str(path)
    QTest.keyClick(field, Qt.Key.Key_Return)


def recent_names(window: MainWindow) -> list[str]:
    menu = action(window, "File", "Open recent").menu()
    assert isinstance(menu, QMenu)
    menu.aboutToShow.emit()
    return [entry.text() for entry in menu.actions()]


def open_slowly(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    """Begin to open a file, until the window says that it takes long."""
    began = monotonic()
    window.open_file(path)
    assert not window.status.opening.isVisible()
    qtbot.waitUntil(window.status.opening.isVisible)
    assert monotonic() - began >= 0.9 * SLOW_MS / 1000
    assert window.status.opening.text.text() == f"Opening {path.name}…"
    assert window.status.opening.cancel.isVisible()


def assert_given_up(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: not window.opening.busy, timeout=TIMEOUT_MS)
    assert window.session.checkpoint is None
    assert window.messages.sentence == ""
    assert not window.status.opening.isVisible()


@popup
def test_a_path_typed_into_the_dialog_is_opened(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = save(tmp_path / "typed.pt")
    action(window, "File", "Open…").trigger()
    type_path(qtbot, asked(qtbot, window), path)
    qtbot.waitUntil(lambda: window.windowTitle().startswith("typed.pt"), timeout=TIMEOUT_MS)
    qtbot.waitUntil(lambda: not window.findChildren(QFileDialog))
    click(window, "Open…")
    dialog = asked(qtbot, window)
    assert Path(dialog.directory().absolutePath()) == tmp_path
    dialog.reject()
    assert window.windowTitle().startswith("typed.pt")


def test_the_window_works_on_while_the_dialog_stands(
    qtbot: QtBot, window: MainWindow, open_file: OpenFile, tmp_path: Path
) -> None:
    window.choose_file()
    dialog = asked(qtbot, window)
    open_file(save(tmp_path / "meanwhile.pt"))
    assert window.windowTitle().startswith("meanwhile.pt")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.findChildren(QFileDialog))


@popup
def test_a_name_that_does_not_exist_is_told_in_the_window(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    window.choose_file()
    type_path(qtbot, asked(qtbot, window), tmp_path / "missing.pt")
    qtbot.waitUntil(lambda: window.messages.sentence != "", timeout=TIMEOUT_MS)
    assert window.messages.sentence.startswith("missing.pt was not opened. ")


def test_the_recent_menu_opens_files_the_newest_first(
    qtbot: QtBot, window: MainWindow, open_file: OpenFile, tmp_path: Path
) -> None:
    assert recent_names(window) == ["No recent files"]
    for name in ("first & last.pt", "second.pt"):
        open_file(save(tmp_path / name))
    assert recent_names(window) == ["second.pt", "first && last.pt"]
    action(window, "File", "Open recent", "first  last.pt").trigger()
    qtbot.waitUntil(lambda: window.windowTitle().startswith("first & last.pt"), timeout=TIMEOUT_MS)
    assert recent_names(window) == ["first && last.pt", "second.pt"]


def test_a_recent_file_that_vanished_is_said_and_forgotten(
    qtbot: QtBot, window: MainWindow, open_file: OpenFile, tmp_path: Path
) -> None:
    for name in ("gone.pt", "kept.pt"):
        open_file(save(tmp_path / name))
    (tmp_path / "gone.pt").unlink()
    action(window, "File", "Open recent", "gone.pt").trigger()
    qtbot.waitUntil(lambda: window.messages.sentence != "", timeout=TIMEOUT_MS)
    assert window.messages.sentence.startswith("gone.pt was not opened. The file does not exist")
    assert recent_names(window) == ["kept.pt"]


def test_the_empty_window_does_not_offer_a_file_that_vanished(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    def offered() -> set[str]:
        return {button.text() for button in window.welcome.findChildren(QPushButton) if button.isVisible()}

    window.settings.add_recent(tmp_path / "gone.pt")
    window.settings.add_recent(EXAMPLE)
    window.welcome.show_recent(window.settings.recent)
    qtbot.waitUntil(lambda: "gone.pt" in offered())
    click(window, "gone.pt")
    qtbot.waitUntil(lambda: window.messages.sentence != "", timeout=TIMEOUT_MS)
    qtbot.waitUntil(lambda: "gone.pt" not in offered())
    assert "digits.pth" in offered()


def test_a_damaged_recent_file_is_kept(window: MainWindow, open_file: OpenFile, tmp_path: Path) -> None:
    path = save(tmp_path / "damaged.pt")
    open_file(path)
    path.write_bytes(path.read_bytes()[:100])
    open_file(path)
    assert window.messages.sentence.startswith("damaged.pt was not opened. ")
    assert recent_names(window) == ["damaged.pt"]


def test_an_error_has_details_that_are_copied_with_it(window: MainWindow, open_file: OpenFile, tmp_path: Path) -> None:
    path = tmp_path / "words.pt"
    path.write_text("just some words of text")
    open_file(path)
    details = window.messages.details
    assert not details.isVisible()
    click(window, "Details")
    assert details.isVisible()
    assert str(path) in details.toPlainText()
    assert "Size: 23 bytes" in details.toPlainText()
    click(window, "Copy")
    assert QGuiApplication.clipboard().text() == f"{window.messages.sentence}\n\n{details.toPlainText()}"
    click(window, "Details")
    assert not details.isVisible()


def test_a_slow_file_shows_that_it_is_opened_and_then_opens(qtbot: QtBot, window: MainWindow, slow_file: Path) -> None:
    open_slowly(qtbot, window, slow_file)
    qtbot.waitUntil(lambda: not window.opening.busy, timeout=TIMEOUT_MS)
    assert window.layers.count.text() == f"{SLOW_TENSORS:,} tensors"
    assert not window.status.opening.isVisible()


def test_cancel_gives_a_slow_file_up(qtbot: QtBot, window: MainWindow, slow_file: Path) -> None:
    open_slowly(qtbot, window, slow_file)
    QTest.mouseClick(window.status.opening.cancel, Qt.MouseButton.LeftButton)
    assert_given_up(qtbot, window)
    assert window.welcome.isVisible()


def test_the_seconds_are_counted_while_a_file_is_opened(qtbot: QtBot) -> None:
    row = WorkRow("opening", "Opening", in_status=True)
    qtbot.addWidget(row)
    row.begin("Opening large.pt")
    assert row.text.text() == "Opening large.pt…"
    qtbot.waitUntil(lambda: row.text.text() == "Opening large.pt · 1.0 s")
    assert row.isVisible()
    row.end()


def test_a_file_that_needs_too_much_memory_is_said_and_the_next_opens(
    qtbot: QtBot, window: MainWindow, open_file: OpenFile, tmp_path: Path
) -> None:
    bomb = tmp_path / "bomb.pt"
    bomb.write_bytes(b"\x80\x02(" + b"]" * 20_000_000 + b"l.")
    window.open_file(bomb)
    qtbot.waitUntil(lambda: window.messages.sentence != "", timeout=TIMEOUT_MS)
    assert window.messages.sentence == (
        "bomb.pt was not opened. The file is too large to be read: reading it takes more than 1 GB of memory."
    )
    open_file(EXAMPLE)
    assert window.messages.sentence == ""
    assert window.layers.tree.isVisible()


def test_escape_gives_a_slow_file_up(qtbot: QtBot, window: MainWindow, slow_file: Path) -> None:
    activate(qtbot, window)
    open_slowly(qtbot, window, slow_file)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert_given_up(qtbot, window)


def test_escape_clears_the_focused_filter_before_it_gives_a_file_up(
    qtbot: QtBot, window: MainWindow, open_file: OpenFile, slow_file: Path
) -> None:
    open_file(EXAMPLE)
    activate(qtbot, window)
    window.filter.begin()
    QTest.keyClicks(window.filter, "bias")
    open_slowly(qtbot, window, slow_file)
    QTest.keyClick(window.filter, Qt.Key.Key_Escape)
    assert window.filter.text() == ""
    assert window.opening.busy
    QTest.keyClick(window.filter, Qt.Key.Key_Escape)
    assert window.layers.tree.hasFocus(), "whoever has an empty filter wants out of it"
    assert window.opening.busy
    QTest.keyClick(window.layers.tree, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.opening.busy, timeout=TIMEOUT_MS)
    assert window.windowTitle().startswith("digits.pth")


def test_escape_outside_the_filter_gives_a_file_up_and_keeps_the_filter(
    qtbot: QtBot, window: MainWindow, open_file: OpenFile, slow_file: Path
) -> None:
    open_file(EXAMPLE)
    activate(qtbot, window)
    QTest.keyClicks(window.filter, "bias")
    window.layers.tree.setFocus()
    open_slowly(qtbot, window, slow_file)
    QTest.keyClick(window.layers.tree, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.opening.busy, timeout=TIMEOUT_MS)
    assert window.windowTitle().startswith("digits.pth")
    assert window.filter.text() == "bias"


def text() -> QMimeData:
    data = QMimeData()
    data.setText("/some/file.pt")
    return data


def address() -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl("https://example.org/file.pt")])
    return data


@pytest.mark.parametrize("make", [text, address])
def test_what_is_no_file_is_not_taken(make: Callable[[], QMimeData], window: MainWindow) -> None:
    assert not drop(window, make())
    assert not window.opening.busy
    assert not window.filter.acceptDrops(), "a path that is dropped there would be looked for, not opened"


def test_a_tensor_can_be_asked_for_with_the_file(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = save(tmp_path / "model.pt", **{"a.w": torch.ones(2), "a.b": torch.ones(2)})
    window.open_file(path, "a.b")
    qtbot.waitUntil(lambda: window.session.tensor is not None, timeout=TIMEOUT_MS)
    assert window.histogram.head.name.text() == "a.b"
    window.open_file(path, "no.such.<b>key</b>")
    qtbot.waitUntil(lambda: window.messages.sentence != "", timeout=TIMEOUT_MS)
    assert window.messages.sentence == "No tensor or layer is called ‘no.such.<b>key</b>’."
    assert window.session.selected is None


def test_a_key_that_was_asked_for_is_not_for_the_next_file(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    window.open_file(tmp_path / "missing.pt", "some.key")
    qtbot.waitUntil(lambda: "missing.pt" in window.messages.sentence, timeout=TIMEOUT_MS)
    open_file(EXAMPLE)
    assert window.messages.sentence == ""


def test_after_a_file_without_tensors_the_next_shows_its_layers(
    window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    open_file(save(tmp_path / "settings.pt", rate=0.1))
    assert window.contents.isVisible()
    open_file(EXAMPLE)
    assert window.layers.tree.isVisible()
