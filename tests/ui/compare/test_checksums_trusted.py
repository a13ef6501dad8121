"""Large files whose checksums are the same: said to be identical by these, and read when the user wants it."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from pytestqt.qtbot import QtBot

from explorer.ui.compare import comparing
from explorer.ui.main_window import MainWindow
from tests.ui.conftest import TIMEOUT_MS


def test_equal_checksums_are_trusted_until_they_are_verified(
    window: MainWindow, open_file: Callable[[Path], None], tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = tmp_path / "a.pt", tmp_path / "b.pt"
    same = {"v": torch.arange(4.0), "w": torch.full((8,), 3.25)}
    torch.save(same, a)
    # Somebody changed a value through a mapped file: the checksum is still the old one.
    written = bytearray(a.read_bytes())
    values = bytes(same["w"].numpy().tobytes())
    assert written.count(values) == 1
    written[written.index(values)] ^= 1
    b.write_bytes(written)
    window.measurements.hold()
    open_file(a)
    panel = window.compare
    window.pages.setCurrentWidget(panel)

    def compare() -> str:
        panel.compare_with(b)
        settle()
        return panel.sentence.text()

    def settle() -> None:
        qtbot.waitUntil(lambda: not panel.busy, timeout=TIMEOUT_MS)

    assert compare().startswith("1 of 2 tensors changed"), "what is read in no time is read"
    assert not panel.verify.isVisible()
    torch.save({**same, "w": torch.zeros(8)}, tmp_path / "c.pt")
    monkeypatch.setattr(comparing, "TRUSTED_FROM", 0)
    assert compare() == "All 2 tensors are identical by checksum, without being read."
    assert panel.pair.facts.text().startswith("Identical by checksum, without being read")
    top = panel.rows.mapTo(window, panel.rows.rect().topLeft())
    panel.verify.click()
    assert not panel.verify.isEnabled()
    settle()
    assert panel.sentence.text().startswith("1 of 2 tensors changed")
    assert not panel.verify.isEnabled(), "nothing is left to be read"
    assert panel.rows.mapTo(window, panel.rows.rect().topLeft()) == top, "nothing jumps"
    panel.compare_with(tmp_path / "c.pt")
    settle()
    assert panel.sentence.text().startswith("1 of 2 tensors changed")
    assert "1 is identical by checksum" in panel.sentence.text()
    assert panel.verify.isEnabled()
