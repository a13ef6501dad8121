"""What a crashed process leaves is found once, by whoever starts next, and that of a living one is let be."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.ui.faults.crash_report import KEPT, kept_reports, take_reports

ROOT = Path(__file__).resolve().parents[3]
LIVE = """
import sys
from pathlib import Path
from explorer.ui.faults.crash_report import CrashFile
made = CrashFile(Path(sys.argv[1]))
print("ready", flush=True)
if sys.stdin.readline() == "crash\\n":
    import faulthandler
    faulthandler._sigsegv()
made.close()
"""


@pytest.fixture
def live(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that waits for a word: ``crash``, or anything else to end as it should."""
    with subprocess.Popen(
        [sys.executable, "-c", LIVE, str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process


def left(folder: Path, name: str, text: str, age_s: float = 0) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    when = path.stat().st_mtime - age_s
    os.utime(path, (when, when))
    return path


def test_a_crash_is_found_once_and_kept(tmp_path: Path, live: subprocess.Popen[str]) -> None:
    live.communicate("crash\n")
    assert live.returncode != 0
    (report,) = take_reports(tmp_path)
    assert "Segmentation fault" in report.text
    assert "<module>" in report.text
    assert take_reports(tmp_path) == []
    assert list(kept_reports(tmp_path)) == [report]


def test_the_file_of_a_living_process_is_let_be(tmp_path: Path, live: subprocess.Popen[str]) -> None:
    (path,) = tmp_path.iterdir()
    os.utime(path, (1, 1))
    assert take_reports(tmp_path) == []
    assert path.exists()
    live.communicate("end\n")
    assert live.returncode == 0
    assert list(tmp_path.iterdir()) == [], "a process that ends as it should leaves nothing"


def test_what_a_killed_process_leaves_is_cleared_away(tmp_path: Path, live: subprocess.Popen[str]) -> None:
    live.kill()
    live.wait()
    (path,) = tmp_path.iterdir()
    assert take_reports(tmp_path) == []
    assert path.exists(), "it might be one that its process has not locked yet"
    os.utime(path, (1, 1))
    assert take_reports(tmp_path) == []
    assert not path.exists()


def test_the_last_reports_are_kept(tmp_path: Path) -> None:
    for number in range(KEPT + 2):
        left(tmp_path, f"crash-{number}-1.txt", f"crash {number}", age_s=100 - number)
    assert [report.text for report in take_reports(tmp_path)] == [f"crash {number}" for number in range(KEPT + 2)]
    assert [report.text for report in kept_reports(tmp_path)] == ["crash 4", "crash 3", "crash 2"]
    assert "Ended " in str(next(kept_reports(tmp_path)))


def test_a_folder_that_is_not_there_has_no_reports(tmp_path: Path) -> None:
    assert take_reports(tmp_path / "missing") == []
    assert list(kept_reports(tmp_path / "missing")) == []


def test_a_file_in_the_place_of_the_folder_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    done = subprocess.run(
        [sys.executable, "-c", LIVE, str(tmp_path / "taken")],
        cwd=ROOT,
        input="end\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
