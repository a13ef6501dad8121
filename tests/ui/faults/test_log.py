"""What the program writes down, and how it is shown."""

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot

from explorer.ui.faults.log import LOG_NAME, Log, state_folder
from explorer.ui.faults.log_file import MAX_NBYTES, OLDER
from explorer.ui.faults.log_window import LogWindow, read_log
from explorer.ui.main_window import MainWindow
from tests.ui.conftest import TIMEOUT_MS, action, click

ROOT = Path(__file__).resolve().parents[3]
WRITER = """
import logging, sys
from pathlib import Path
from explorer.ui.faults.log import Log
log = Log(Path(sys.argv[1]))
log.begin()
for number in range(500):
    logging.getLogger("explorer.writer").info("record %s", number)
log.close()
"""

logger = logging.getLogger("explorer.tests")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def log(folder: Path) -> Iterator[Log]:
    made = Log(folder)
    made.begin()
    yield made
    made.close()


def lines(folder: Path) -> list[str]:
    return (folder / LOG_NAME).read_text(encoding="utf-8").splitlines()


def test_nothing_is_touched_before_the_first_record(folder: Path, log: Log) -> None:  # noqa: ARG001 - it is begun
    assert not folder.exists()
    logger.debug("what nobody needs")
    assert not folder.exists()
    logger.info("a record")
    assert len(lines(folder)) == 1
    assert lines(folder)[0].endswith("INFO: a record")


def test_no_name_pretends_to_be_a_record(folder: Path, log: Log) -> None:
    name = "a\n2026-01-01 ERROR: forged\x1b[31m\u202e\ud800"
    # Not by way of the logger: what pytest keeps of that must have no half of a character in it.
    log.handle(logger.makeRecord(logger.name, logging.ERROR, __file__, 1, "Opening %s", (name,), None))
    first, second = lines(folder)
    assert first.endswith("Opening a")
    assert second == "    2026-01-01 ERROR: forged‹U+001B›[31m‹U+202E›‹U+D800›"


@pytest.mark.usefixtures("log")
def test_it_does_not_grow_without_end(folder: Path) -> None:
    for _ in range((OLDER + 3) * MAX_NBYTES // 10_000):
        logger.info("x" * 10_000)
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == [LOG_NAME, *(f"{LOG_NAME}.{number}" for number in range(1, OLDER + 1))]
    assert all(file.stat().st_size <= MAX_NBYTES for file in files)


def test_where_it_cannot_be_written_nothing_happens(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "taken").touch()
    log = Log(tmp_path / "taken")
    log.begin()
    logger.error("lost")
    log.close()
    folder = tmp_path / "state"
    (folder / LOG_NAME).mkdir(parents=True)
    log = Log(folder)
    log.begin()
    logger.error("lost as well")
    log.close()
    assert capfd.readouterr().err == ""


def test_several_processes_write_whole_records(folder: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(folder)], cwd=ROOT) for _ in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    for writer in writers:
        ours = [line for line in lines(folder) if f"[{writer.pid}]" in line]
        assert [line.rpartition(" ")[2] for line in ours] == [str(number) for number in range(500)]


def test_the_window_shows_its_end_and_the_crashes(qtbot: QtBot, window: MainWindow) -> None:
    folder = state_folder()
    folder.mkdir(parents=True)
    (folder / "report-1-1.txt").write_text("Fatal Python error: Segmentation fault", encoding="utf-8")
    (folder / LOG_NAME).write_text("<b>first</b>\n" + 30_000 * "a record\n" + "the last one\n", encoding="utf-8")
    action(window, "Help", "Show the log").trigger()
    (shown,) = window.findChildren(LogWindow)
    text = shown.findChild(QPlainTextEdit)
    assert text is not None
    qtbot.waitUntil(lambda: text.toPlainText().endswith("the last one"), timeout=TIMEOUT_MS)
    assert text.toPlainText().startswith("Crash. Ended ")
    assert "Segmentation fault" in text.toPlainText()
    assert "… the last 200,000 of 270,026 bytes" in text.toPlainText()
    assert str(folder) in shown.place.text()
    click(shown, "Copy")
    assert QGuiApplication.clipboard().text() == text.toPlainText()
    action(window, "Help", "Show the log").trigger()
    assert len(window.findChildren(LogWindow)) == 1
    click(shown, "Close")


def test_before_anything_is_written_the_window_says_so(folder: Path) -> None:
    assert read_log(folder) == "Nothing was written down yet."


def test_the_folder_is_opened(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    # The desktop's own file manager would come.
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    action(window, "Help", "Show the log").trigger()
    (shown,) = window.findChildren(LogWindow)
    click(shown, "Open the folder")
    assert opened == [str(state_folder())]
    shown.close()
