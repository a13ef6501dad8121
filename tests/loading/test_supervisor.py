"""The supervisor alone: it hands over the status of what it ran, and ends all of it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from explorer.loading import supervisor
from tests.loading.conftest import wait_until_none

PROGRAM = [sys.executable, "-I", "-S", str(Path(supervisor.__file__))]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it is the parent of all only on Linux")


def run(*command: str, program: list[str] = PROGRAM) -> subprocess.CompletedProcess[bytes]:
    """Run it as long as it takes: it is not told that the application is gone."""
    ours, theirs = os.pipe()
    try:
        return subprocess.run([*program, *command], stdin=ours, capture_output=True, check=False, timeout=60)
    finally:
        os.close(ours)
        os.close(theirs)


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (["/bin/sh", "-c", "exit 5"], 5),
        (["/bin/sh", "-c", "kill -9 $$"], 256 - 9),
        (["/no/such/program"], supervisor.NOT_STARTED),
        ([os.devnull], supervisor.NOT_STARTED),
    ],
)
def test_it_ends_as_what_it_ran(command: list[str], status: int) -> None:
    assert run(*command).returncode == status


@pytest.mark.parametrize(("command", "status"), [("exit 5", 5), ("kill -9 $$", 256 - 9)])
def test_it_needs_no_waitid(command: str, status: int) -> None:
    """macOS has none before Python 3.13."""
    lacking = "import os, runpy, sys; del os.waitid; sys.argv.pop(0); runpy.run_path(sys.argv[0], run_name='__main__')"
    program = [sys.executable, "-I", "-S", "-c", lacking, PROGRAM[-1]]
    assert run("/bin/sh", "-c", command, program=program).returncode == status


@pytest.mark.parametrize("end", [subprocess.Popen.terminate, subprocess.Popen.kill], ids=["told", "killed"])
def test_all_of_it_ends_with_it(
    end: Callable[[subprocess.Popen[bytes]], None], marked: Callable[[], dict[int, str]]
) -> None:
    command = ["/bin/sh", "-c", "echo begun; exec sleep 600"]
    with subprocess.Popen([*PROGRAM, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        end(process)
        process.wait(30)
    assert wait_until_none(marked) == {}


def test_all_of_it_ends_with_the_application(marked: Callable[[], dict[int, str]]) -> None:
    command = ["/bin/sh", "-c", "setsid sleep 600 & trap '' HUP TERM; echo begun; sleep 600"]
    with subprocess.Popen([*PROGRAM, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(30) == 256 - 9
    assert wait_until_none(marked) == {}


@pytest.mark.parametrize("hit", ["kill -9 0", "kill -9 $PPID", "kill -STOP 0"])
def test_a_trial_that_hits_its_own_group_or_parent_does_not_escape(
    hit: str, marked: Callable[[], dict[int, str]]
) -> None:
    command = ["/bin/sh", "-c", f"setsid sleep 600 & echo begun; {hit}; sleep 600"]
    with subprocess.Popen([*PROGRAM, *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        if "STOP" in hit:
            process.terminate()
        assert process.wait(30) == 256 - 9
    assert wait_until_none(marked) == {}


def test_its_children_are_the_first_to_go_where_memory_ends() -> None:
    assert run("/bin/cat", "/proc/self/oom_score_adj").stdout == b"1000\n"
