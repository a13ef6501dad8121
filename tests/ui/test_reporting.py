"""File > Export > Report: what the page says, also of names that are no text for browsers; it is whole or not there."""

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
import torch
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from explorer import formatting
from explorer.ui.main_window import MainWindow
from tests.ui.conftest import PARTS, TIMEOUT_MS, action, click

EVIL = '<script>alert(1)</script>"><img src=x onerror=alert(1)>\u202e'
VOID = {"meta", "br"}
MODEL = {
    "stem.0.weight": torch.randn(8, 4, generator=torch.Generator().manual_seed(1)),
    "stem.0.bias": torch.zeros(8),
    f"stem.{EVIL}.weight": torch.full((8, 4), float("nan")),
    "head.weight": torch.randn(16, 8, generator=torch.Generator().manual_seed(2)).to(torch.bfloat16),
}


class Page(HTMLParser):
    """What a browser makes of a page: its text, its tags, and whether they are closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.said: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _value in attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _value in attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def export(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    action(window, "File", "Export", "Report…").trigger()
    (dialog,) = [each for each in window.findChildren(QFileDialog) if each.isVisible()]
    dialog.setDirectory(str(path.parent))
    dialog.selectFile(path.name)
    dialog.accept()
    qtbot.waitUntil(lambda: not window.reporting.busy, timeout=TIMEOUT_MS)


def test_a_report_says_what_is_in_the_file_and_runs_nothing(
    qtbot: QtBot,
    window: MainWindow,
    open_file: Callable[[Path], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert not action(window, "File", "Export", "Report…").isEnabled()
    file, out = tmp_path / "net<b>.pt", tmp_path / "net report.html"
    torch.save({"model": MODEL, "note": EVIL, "epoch": 3}, file)
    open_file(file)
    export(qtbot, window, out)
    page = Page(out.read_text("utf-8"))
    text = " ".join("".join(page.said).split())
    assert page.open == []
    assert not page.tags & {"script", "img", "iframe", "link", "a", "object", "base", "form"}
    assert not {name for name in page.attributes if name.startswith("on") or name in ("src", "href")}
    assert "<script>alert(1)</script>" in text
    assert "\u202e" not in text
    assert "This file holds data only" in text
    assert "1 problem in all values of 4 tensors." in text
    assert "▲" in text or "●" in text
    assert "nothing was sampled" in text
    assert {"svg", "rect", "path"} <= page.tags
    for key in ("stem.0.weight", "head.weight"):
        values = MODEL[key].double()
        for number in (values.min(), values.max(), values.std(correction=0)):
            assert formatting.figure(float(number)) in text
    # Once more: nothing that exists is replaced, which the dialog says and offers another name.
    before = out.read_bytes()
    export(qtbot, window, out)
    (dialog,) = [each for each in window.findChildren(QFileDialog) if each.isVisible()]
    assert any("net report.html exists already" in each.text() for each in dialog.findChildren(QLabel))
    assert dialog.selectedFiles() == [str(tmp_path / "net report 2.html")]
    dialog.accept()
    qtbot.waitUntil((tmp_path / "net report 2.html").exists, timeout=TIMEOUT_MS)
    qtbot.waitUntil(lambda: not window.reporting.busy, timeout=TIMEOUT_MS)
    assert window.messages.sentence.startswith("Saved as net report 2.html in ")
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))

    def offers() -> list[QPushButton]:
        return [each for each in window.messages.findChildren(QPushButton) if each.text() == "Open the report"]

    # That of the first report goes with its message.
    qtbot.waitUntil(lambda: [each.isVisible() for each in offers()] == [True], timeout=TIMEOUT_MS)
    click(window, "Open the report")
    assert opened == [str(tmp_path / "net report 2.html")]
    assert out.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net report 2.html", "net report.html", "net<b>.pt"]
    # Or it is proposed from the start.
    action(window, "File", "Export", "Report…").trigger()
    (dialog,) = [each for each in window.findChildren(QFileDialog) if each.isVisible()]
    assert Path(dialog.selectedFiles()[0]).parent == tmp_path
    dialog.reject()


def test_a_report_that_is_cancelled_leaves_nothing(
    qtbot: QtBot, window: MainWindow, open_file: Callable[[Path], None], large: Path, tmp_path: Path
) -> None:
    open_file(large)
    window.measurements.cancel()
    checkpoint = window.session.checkpoint
    assert checkpoint is not None
    assert len(checkpoint.tensors) == PARTS
    out = tmp_path / "out"
    out.mkdir()
    window.reporting.save(checkpoint, out / "report.html")
    qtbot.waitUntil(lambda: window.reporting.progress.isVisible() and bool(list(out.iterdir())), timeout=TIMEOUT_MS)
    window.escape()
    assert not window.reporting.busy
    qtbot.waitUntil(lambda: list(out.iterdir()) == [], timeout=TIMEOUT_MS)
