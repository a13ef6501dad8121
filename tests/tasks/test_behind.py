"""Work behind the window: in its order, whatever the one before raised, and before the program ends."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from explorer.tasks.behind import Behind


def test_it_is_done_in_order_on_another_thread_that_ends_with_it() -> None:
    done: list[tuple[int, threading.Thread]] = []
    behind = Behind("writing")
    for number in range(20):
        behind.do(lambda number=number: done.append((number, threading.current_thread())))  # type: ignore[misc]  # bound now
    assert behind.wait(30)
    assert [number for number, _ in done] == list(range(20))
    assert all(thread is not threading.main_thread() for _, thread in done)
    for _, thread in done:
        thread.join(30)
        assert not thread.is_alive()


def test_waiting_says_whether_it_is_done() -> None:
    let, behind = threading.Event(), Behind("writing")
    assert behind.wait(0)
    behind.do(lambda: assert_set(let))
    assert not behind.wait(0)
    let.set()
    assert behind.wait(30)


def assert_set(event: threading.Event) -> None:
    assert event.wait(30)


def test_an_error_is_printed_and_the_rest_is_done(capfd: pytest.CaptureFixture[str]) -> None:
    done: list[str] = []
    behind = Behind("writing")
    behind.do(lambda: done.append(str(1 // 0)))
    behind.do(lambda: done.append("next"))
    assert behind.wait(30)
    assert done == ["next"]
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_a_program_ends_after_what_it_handed_over(tmp_path: Path) -> None:
    program = (
        "import sys,time;from pathlib import Path;from explorer.tasks.behind import Behind;"
        "Behind('writing').do(lambda: (time.sleep(0.3), Path(sys.argv[1]).write_text('kept')))"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "file")], check=True, cwd=Path(__file__).parents[2])
    assert (tmp_path / "file").read_text() == "kept"
