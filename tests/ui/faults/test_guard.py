"""The whole program, in a process of its own: its errors are told, and its crashes are remembered."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

from explorer.ui.faults.log import LOG_NAME, state_folder

ROOT = Path(__file__).resolve().parents[3]

PROGRAM = """
import faulthandler, sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from explorer.app import main
from explorer.ui.main_window import MainWindow

app = QApplication([])

def window():
    return next((made for made in app.topLevelWidgets() if isinstance(made, MainWindow) and made.isVisible()), None)

def each_moment(act):
    timer = QTimer(app, interval=20)
    timer.timeout.connect(act)
    timer.start()
    return timer

def fail():
    if window():
        failing.stop()
        raise RuntimeError("<b>not</b> as it should be")

def crash():
    if window() and faulthandler.is_enabled():
        faulthandler._sigsegv()

def tell():
    if window() and window().messages.sentence:
        print(window().messages.sentence)
        print(window().messages.details.toPlainText())
        app.closeAllWindows()

"""


def run(what: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM + textwrap.dedent(what) + "\nsys.exit(main(sys.argv[1:]))", *words],
        cwd=ROOT,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_an_error_is_told_in_the_window_in_the_terminal_and_in_the_log() -> None:
    done = run("failing = each_moment(fail); telling = each_moment(tell)")
    assert done.returncode == 0
    sentence, *details = done.stdout.splitlines()
    assert sentence.startswith(
        "Checkpoint Explorer made an error: RuntimeError: <b>not</b> as it should be. It goes on,"
    )
    assert any(line.startswith("Python ") for line in details)
    assert "RuntimeError: <b>not</b> as it should be" in details
    assert "RuntimeError: <b>not</b> as it should be" in done.stderr.splitlines()
    assert "RuntimeError: <b>not</b> as it should be" in (state_folder() / LOG_NAME).read_text(encoding="utf-8")
    assert [path.name for path in state_folder().iterdir()] == [LOG_NAME]


def test_an_interrupt_from_the_terminal_ends_the_program() -> None:
    done = run(
        """
        def interrupt():
            if window():
                interrupting.stop()
                raise KeyboardInterrupt
        interrupting = each_moment(interrupt)
        """
    )
    assert done.returncode == 0
    assert done.stderr.splitlines()[-1] == "KeyboardInterrupt"


def test_a_crash_is_offered_at_the_next_start_and_only_then() -> None:
    crashed = run("crashing = each_moment(crash)")
    assert crashed.returncode < 0
    after = run("telling = each_moment(tell)", "--example")
    assert after.returncode == 0
    sentence, *details = after.stdout.splitlines()
    assert sentence == "Checkpoint Explorer ended unexpectedly last time."
    assert details[0].startswith("Ended 20")
    assert any("Segmentation fault" in line for line in details)
    (kept,) = state_folder().glob("report-*.txt")
    log = (state_folder() / LOG_NAME).read_text(encoding="utf-8")
    assert "Opening digits.pth" in log
    assert "Ended unexpectedly before" in log
    quiet = run("QTimer.singleShot(1500, app.closeAllWindows)\ntelling = each_moment(tell)")
    assert (quiet.returncode, quiet.stdout) == (0, "")
    assert list(state_folder().glob("report-*.txt")) == [kept]
    assert list(state_folder().glob("crash-*.txt")) == []
