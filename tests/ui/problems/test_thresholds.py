"""The thresholds of problems in the preferences."""

from dataclasses import asdict

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from explorer.analysis.judge.thresholds import DEFAULT
from explorer.ui.problems.thresholds_window import ThresholdsWindow
from explorer.ui.settings import Settings


def test_thresholds_are_changed_kept_and_set_back(qtbot: QtBot) -> None:
    settings = Settings()
    window = ThresholdsWindow(None, settings)  # type: ignore[arg-type] # alone on the screen
    qtbot.addWidget(window)
    window.show()
    assert list(window.fields) == list(asdict(DEFAULT))
    field = window.fields["dead_ratio"]
    assert (field.text(), window.usual.isEnabled()) == ("1e-05", False)
    field.selectAll()
    QTest.keyClicks(field, "1e-3")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert settings.thresholds.dead_ratio == 1e-3
    settings.save()
    assert Settings().thresholds.dead_ratio == 1e-3
    # Not a share: it is not taken.
    field.selectAll()
    QTest.keyClicks(field, "-7")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert settings.thresholds.dead_ratio == 1e-3
    QTest.mouseClick(window.usual, Qt.MouseButton.LeftButton)
    assert settings.thresholds == DEFAULT
    assert field.text() == "1e-05"
