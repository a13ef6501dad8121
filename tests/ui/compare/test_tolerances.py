"""What is close, as it is written into two fields: nothing is read as another number, and nothing is judged unseen."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from explorer.ui.compare.tolerances import tolerance_of
from explorer.ui.main_window import MainWindow
from tests.ui.conftest import TIMEOUT_MS, action, activate


@given(st.floats(0, allow_infinity=False))
def test_a_number_is_taken_as_it_is_written(number: float) -> None:
    assert tolerance_of(f" {number!r} ") == number
    assert tolerance_of(f"{number:.17e}".upper()) == number


@pytest.mark.parametrize(
    "written", ["0,5", "-1", "1e999", "1e-999", "1e-", ".", "nan", "inf", "1_0", "0x1", "١", "1 2"]
)
def test_what_is_no_tolerance_is_no_other_one(written: str) -> None:
    assert tolerance_of(written) is None


def test_fields_say_what_is_judged_by(
    window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path, qtbot: QtBot
) -> None:
    a, b = tmp_path / "a.pt", tmp_path / "b.pt"
    torch.save({"w": torch.ones(3), "v": torch.ones(3)}, a)
    torch.save({"w": torch.ones(3) * 1.25, "v": torch.ones(3)}, b)
    open_file(a)
    panel = window.compare
    window.pages.setCurrentWidget(panel)
    activate(qtbot, window)

    def wait() -> None:
        qtbot.waitUntil(lambda: not panel.busy and not window.opening.busy, timeout=TIMEOUT_MS)

    def write(field: QLineEdit, text: str, end: Qt.Key = Qt.Key.Key_Return) -> tuple[str, str]:
        field.setFocus()
        field.clear()
        QTest.keyClicks(field, text)
        QTest.keyClick(field, end)
        wait()
        return str(panel.model.index(0, 1).data()), panel.tolerances.said.text()

    panel.compare_with(b)
    wait()
    how = "Write a number from 0 on, with a point: 0.5, for example, or 1e-3."
    assert write(panel.rtol, "1e-", Qt.Key.Key_Tab) == ("differs", f"‘1e-’ is no tolerance, so rtol stays 0. {how}")
    assert write(panel.atol, "0.3") == ("close", f"‘1e-’ is no tolerance, so rtol stays 0. {how}")
    assert write(panel.rtol, "0") == ("close", "")
    assert write(panel.atol, "0,1") == ("close", f"‘0,1’ is no tolerance, so atol stays 0.3. {how}")
    assert panel.atol.text() == "0,1", "what was typed stays, to be mended"
    assert panel.tolerances.said.isVisible()
    assert write(panel.atol, "") == ("differs", "")
    assert not panel.tolerances.said.isVisible()
    # What could not be opened leaves what was compared, and says so.
    panel.compare_with(tmp_path / "none.pt")
    wait()
    assert panel.sentence.text().endswith("What is listed is still what was compared before: A a.pt | B b.pt.")
    assert panel.model.rowCount() == 2
    # What could not be compared leaves nothing under a tolerance that it was not judged by.
    b.unlink()
    action(window, "Compare", "Reload A").trigger()
    wait()
    assert panel.sentence.text().startswith("The files were not compared.")
    assert panel.model.rowCount() == 0
    assert write(panel.rtol, "0.5") == ("None", "")
    assert panel.model.rowCount() == 0
