"""Starts the trial in the user's interpreter, and ends everything that it has started once it is over.

A program of its own, run by our interpreter: on Linux it is the adoptive parent of whatever a model file starts, also
of what leaves its group and session. It ends the trial when it is told to (SIGTERM) and when the application is gone.
"""

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Final

NOT_STARTED: Final = 127
"""Exit status where the interpreter could not be run."""

# linux/prctl.h
_SET_PDEATHSIG: Final = 1
_SET_CHILD_SUBREAPER: Final = 36


def main(command: list[str]) -> int:
    """Run a command on this process's streams.

    Args:
        command: Program and arguments.

    Returns:
        Its exit status, or minus the signal that ended it.
    """
    begin = None
    if sys.platform == "linux":
        control = ctypes.CDLL(None).prctl
        control(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        begin = partial(control, _SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        # Where memory runs out, the application is not what the system is to end.
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    told: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: told.append(number))
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    try:
        trial = subprocess.Popen(  # noqa: S603 - the user's own choice of interpreter; no shell
            command,
            preexec_fn=begin,  # noqa: PLW1509 - there are no threads here
        )
    except OSError as error:
        sys.stderr.write(f"{error.strerror}\n")
        return NOT_STARTED
    signal.signal(signal.SIGTERM, lambda *_: trial.kill())
    if told:
        trial.kill()
    # Whoever reads the answers is to see their end.
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    _wait_for(trial, woken)
    _end_descendants()
    return trial.returncode


def _wait_for(trial: "subprocess.Popen[bytes]", woken: int) -> None:
    waiting = select.poll()
    waiting.register(woken, select.POLLIN)
    waiting.register(0, 0)  # nothing is read there; it hangs up when the application is gone
    while trial.poll() is None:
        for ready, _events in waiting.poll():
            if ready == woken:
                os.read(woken, 4096)
            else:
                waiting.unregister(0)
                trial.kill()


def _end_descendants() -> None:
    """Kill all children until there is none: the children of one that ends become ours."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with contextlib.suppress(ChildProcessError):
        while True:
            for child in _children():
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(child, signal.SIGKILL)
            os.wait()


def _children() -> list[int]:
    own = str(os.getpid())
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            facts = (process / "stat").read_text(errors="replace")
            # The name stands in brackets and may hold anything.
            if facts.rpartition(")")[2].split()[1] == own:
                found.append(int(process.name))
    return found


if __name__ == "__main__":
    os._exit(main(sys.argv[1:]) & 0xFF)
