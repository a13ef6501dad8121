"""Edit > Preferences in the real window: what it shows, what it changes, and who follows."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from explorer.loading.model_file import read_source
from explorer.ui import theme
from explorer.ui.help.shortcuts_window import ShortcutsWindow
from explorer.ui.load_test.choices import LoadTestChoices
from explorer.ui.main_window import MainWindow
from explorer.ui.preferences import PreferencesWindow
from explorer.ui.settings import MEASURED_NBYTES, Settings
from tests.ui.conftest import EXAMPLE, TIMEOUT_MS, action, activate, plain_text, save


@pytest.fixture
def own_look(qapp: QApplication) -> QApplication:
    """The program's look, which the test may change."""
    return qapp


def shown(qtbot: QtBot, window: MainWindow) -> PreferencesWindow:
    """Open the preferences by the menu, and wait until they have counted what is on the disk."""
    action(window, "Edit", "Preferences…").trigger()
    (preferences,) = window.findChildren(PreferencesWindow)
    activate(qtbot, preferences)
    qtbot.waitUntil(lambda: preferences.usage.text() != "Counting…", timeout=TIMEOUT_MS)
    return preferences


def tick(box: QCheckBox) -> None:
    QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))


def click(button: QPushButton) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def written(number: QWidget, text: str) -> None:
    """Write a number in the place of another, and say so with Enter."""
    number.setFocus()
    QTest.keySequence(number, QKeySequence(QKeySequence.StandardKey.SelectAll))
    QTest.keyClicks(number, text)
    QTest.keyClick(number, Qt.Key.Key_Return)


def test_the_key_opens_them_once_beside_the_window_and_escape_closes_them(qtbot: QtBot, window: MainWindow) -> None:
    activate(qtbot, window)
    entry = action(window, "Edit", "Preferences…")
    assert entry.menuRole() == QAction.MenuRole.PreferencesRole
    QTest.keySequence(window, entry.shortcut())
    (preferences,) = window.findChildren(PreferencesWindow)
    assert not preferences.isModal()
    assert preferences.accessibleName() == "Preferences"
    assert shown(qtbot, window) is preferences
    QTest.keyClick(preferences, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.findChildren(PreferencesWindow))
    click(shown(qtbot, window).close_button)
    qtbot.waitUntil(lambda: not window.findChildren(PreferencesWindow))


def test_help_lists_the_key(qtbot: QtBot, window: MainWindow) -> None:
    key = action(window, "Edit", "Preferences…").shortcut()
    assert not key.isEmpty()
    action(window, "Help", "Keyboard shortcuts").trigger()
    (shortcuts,) = window.findChildren(ShortcutsWindow)
    activate(qtbot, shortcuts)
    listed = f"Edit\tPreferences…\t{key.toString(QKeySequence.SequenceFormat.NativeText)}"
    assert listed in shortcuts.as_text().splitlines()
    QTest.keyClick(shortcuts, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.findChildren(ShortcutsWindow))


def test_the_theme_is_the_menus(own_look: QApplication, qtbot: QtBot, window: MainWindow) -> None:
    preferences = shown(qtbot, window)
    assert preferences.theme.currentText() == "System"
    preferences.theme.setFocus()
    QTest.keyClicks(preferences.theme, "D")
    assert window.settings.theme == "dark"
    qtbot.waitUntil(lambda: not window.theme_change.waiting)
    assert own_look.palette().color(QPalette.ColorRole.Base).name() == theme.DARK.panel
    group = action(window, "View", "Theme", "Dark").actionGroup()
    assert [plain_text(entry) for entry in group.actions() if entry.isChecked()] == ["Dark"]
    action(window, "View", "Theme", "Light").trigger()
    assert preferences.theme.currentText() == "Light"
    qtbot.waitUntil(lambda: not window.theme_change.waiting)


def test_what_is_measured_is_changed_at_once(qtbot: QtBot, window: MainWindow) -> None:
    preferences = shown(qtbot, window)
    assert preferences.limit.value() == MEASURED_NBYTES / 1e9
    assert "8.0" in preferences.limit.text().replace(",", ".")
    written(preferences.limit, "2.5")
    assert window.settings.measured_nbytes == 2_500_000_000
    assert preferences.isVisible()
    QTest.keyClick(preferences.limit, Qt.Key.Key_Up)
    assert window.settings.measured_nbytes == 3_500_000_000
    written(preferences.limit, "0")
    assert window.settings.measured_nbytes == 0
    assert preferences.limit.text() == "never"
    tick(preferences.shares)
    tick(preferences.keeps)
    kept = Settings()
    window.settings.save()
    assert (kept.measured_nbytes, kept.measures_shares, kept.keeps_figures) == (0, True, False)
    tick(preferences.shares)
    tick(preferences.keeps)
    assert (window.settings.measures_shares, window.settings.keeps_figures) == (False, True)


def test_opening_them_changes_nothing(qtbot: QtBot, window: MainWindow) -> None:
    window.settings.measured_nbytes = 1_234_567_890
    told: list[None] = []
    window.settings.changed.connect(lambda: told.append(None))
    assert shown(qtbot, window).limit.value() == pytest.approx(1.2)
    assert told == []
    assert window.settings.measured_nbytes == 1_234_567_890


def test_the_preferences_of_two_windows_say_the_same(qtbot: QtBot, window: MainWindow) -> None:
    other = window.new_window()
    one, two = shown(qtbot, window), shown(qtbot, other)
    tick(one.shares)
    written(one.limit, "5")
    assert (two.shares.isChecked(), two.limit.value()) == (True, 5.0)
    tick(two.keeps)
    assert not one.keeps.isChecked()
    other.close()
    qtbot.waitUntil(lambda: not other.isVisible())
    tick(one.keeps)
    assert window.settings.keeps_figures


def test_the_figures_on_disk_are_counted_and_cleared(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None]
) -> None:
    preferences = shown(qtbot, window)
    folder = window.settings.cache_folder
    assert preferences.folder.text() == str(folder)
    assert preferences.usage.text() == "Nothing is kept."
    assert not preferences.clear.isEnabled()
    open_file(EXAMPLE)
    qtbot.waitUntil(lambda: any(folder.glob("*.npz")), timeout=TIMEOUT_MS)
    (folder / "notes.txt").write_text("mine")
    activate(qtbot, window)
    activate(qtbot, preferences)
    qtbot.waitUntil(preferences.clear.isEnabled, timeout=TIMEOUT_MS)
    assert preferences.usage.text().endswith(" kB in 1 file")
    usage = preferences.usage.text()
    click(preferences.clear)
    qtbot.waitUntil(lambda: preferences.usage.text() == f"{usage} was deleted.", timeout=TIMEOUT_MS)
    assert [file.name for file in folder.iterdir()] == ["notes.txt"]
    assert not preferences.clear.isEnabled()
    # What is shown stays.
    assert window.measurements.complete


def test_what_cannot_be_deleted_is_said(qtbot: QtBot, window: MainWindow) -> None:
    folder = window.settings.cache_folder
    (folder / "stubborn.statistics.npz").mkdir(parents=True)
    (folder / "other.statistics.npz").write_bytes(bytes(2000))
    preferences = shown(qtbot, window)
    click(preferences.clear)
    qtbot.waitUntil(lambda: "deleted" in preferences.usage.text(), timeout=TIMEOUT_MS)
    assert preferences.usage.text().startswith("2.00 kB in 1 file was deleted. ")
    assert preferences.usage.text().endswith(" in 1 file could not be.")


def test_recent_files_are_forgotten_in_every_window(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path
) -> None:
    other = window.new_window()
    preferences = shown(qtbot, window)
    assert not preferences.forget.isEnabled()
    open_file(save(tmp_path / "a.pt"))
    assert preferences.recent.text() == "1 file"

    def offered() -> list[str]:
        return [button.text() for button in other.welcome.findChildren(QPushButton) if button.text() == "a.pt"]

    assert offered() == ["a.pt"]
    click(preferences.forget)
    qtbot.waitUntil(lambda: offered() == [])
    assert window.settings.recent == []
    assert preferences.recent.text() == "None"
    assert not preferences.forget.isEnabled()
    assert not action(window, "File", "Open recent", "No recent files").isEnabled()
    other.close()
    qtbot.waitUntil(lambda: not other.isVisible())


def test_model_files_are_asked_for_again(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text("1\n")
    choices = LoadTestChoices(window.settings)
    choices.let_run(read_source(file))
    preferences = shown(qtbot, window)
    assert preferences.trusted.text() == "1 file"
    click(preferences.ask_again)
    assert preferences.trusted.text() == "None"
    assert not preferences.ask_again.isEnabled()
    assert not choices.may_run(read_source(file))


def test_they_are_used_without_a_mouse(qtbot: QtBot, window: MainWindow) -> None:
    window.settings.add_recent(EXAMPLE)
    (window.settings.cache_folder / "x").mkdir(parents=True)
    (window.settings.cache_folder / "old.statistics.npz").write_bytes(bytes(10))
    preferences = shown(qtbot, window)
    passed = []
    for _ in range(9):
        focused = QApplication.focusWidget()
        assert focused is not None
        assert focused.accessibleName() or (isinstance(focused, QPushButton | QCheckBox) and focused.text())
        passed.append(focused)
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    controls: list[QWidget] = [preferences.theme, preferences.limit, preferences.shares, preferences.thresholds]
    controls += [preferences.keeps, preferences.folder, preferences.clear, preferences.forget, preferences.close_button]
    assert passed == controls
    preferences.folder.setFocus()
    QTest.keySequence(preferences.folder, QKeySequence(QKeySequence.StandardKey.SelectAll))
    QTest.keySequence(preferences.folder, QKeySequence(QKeySequence.StandardKey.Copy))
    assert QGuiApplication.clipboard().text() == str(window.settings.cache_folder)
    for focus in (preferences.limit, preferences.shares):
        QTest.keyClick(focus, Qt.Key.Key_Return)
    assert preferences.isVisible()


def test_closing_the_window_closes_them_while_they_work(window: MainWindow) -> None:
    action(window, "Edit", "Preferences…").trigger()
    (preferences,) = window.findChildren(PreferencesWindow)
    gone: list[int] = []
    preferences.finished.connect(gone.append)
    window.close()
    assert len(gone) == 1
