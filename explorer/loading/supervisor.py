"""Starts the trial in the user's interpreter, and ends everything that it has started once it is over.

A program of its own, run by our interpreter: on Linux it is the adoptive parent of whatever a model file starts, also
of what leaves its group and session. It ends the trial when it is told to (SIGTERM) and when the application is gone.

A model file that sends a signal to its own group, or to its parent, does not reach it: between them stands a process
that does nothing but wait, in a session with the trial.
"""

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
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
    begin = _nothing
    if sys.platform == "linux":
        control = ctypes.CDLL(None).prctl
        control(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        begin = partial(control, _SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        # Where memory runs out, the application is not what the system is to end.
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    told: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: told.append(number))
    between = os.fork()
    if not between:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.setsid()
        begin()
        os._exit(_run(command, begin) & 0xFF)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: _kill(between))
    if told:
        _kill(between)
    _let_go_of_answers()
    status = _wait_for(between, woken)
    _kill(between)
    if status is None:
        status = os.waitpid(between, 0)[1]
    _end_descendants()
    return os.waitstatus_to_exitcode(status)


def _nothing() -> None:
    """Elsewhere there is nothing to ask the system for."""


def _run(command: list[str], begin: Callable[[], object]) -> int:
    """Run the trial and wait for it, in the process between."""
    try:
        trial = subprocess.Popen(  # noqa: S603 - the user's own choice of interpreter; no shell
            command,
            preexec_fn=begin,  # noqa: PLW1509 - there are no threads here
        )
    except OSError as error:
        sys.stderr.write(f"{error.strerror}\n")
        return NOT_STARTED
    _let_go_of_answers()
    return trial.wait()


def _let_go_of_answers() -> None:
    """Whoever reads the answers is to see their end."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)


def _kill(between: int) -> None:
    """End the trial and what is in its group still; what is stopped ends too."""
    # It may not lead a group yet.
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(between, signal.SIGKILL)


def _wait_for(between: int, woken: int) -> int | None:
    """Wait until the process between has ended; its status, where the system tells the end only with that."""
    waiting = select.poll()
    waiting.register(woken, select.POLLIN)
    waiting.register(0, 0)  # nothing is read there; it hangs up when the application is gone
    while True:
        # While it has not been asked, nobody else gets its number, by which its group is ended.
        if hasattr(os, "waitid"):
            if os.waitid(os.P_PID, between, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
                return None
        else:  # on macOS before Python 3.13
            ended, status = os.waitpid(between, os.WNOHANG)
            if ended:
                return status
        for ready, _events in waiting.poll():
            if ready == woken:
                os.read(woken, 4096)
            else:
                waiting.unregister(0)
                _kill(between)


def _end_descendants() -> None:
    """Kill all children until there is none: the children of one that ends become ours."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with contextlib.suppress(ChildProcessError):
        while True:
            for child in _children().get(os.getpid(), ()):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(child, signal.SIGKILL)
            os.wait()


def descendants(process: int) -> list[int]:
    """The children of a process, and theirs, as far as the system tells."""
    children = _children()
    found = list(children.get(process, ()))
    for child in found:
        found += children.get(child, ())
    return found


def _children() -> dict[int, list[int]]:
    """Of each process its children."""
    found: dict[int, list[int]] = {}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            facts = (process / "stat").read_text(errors="replace")
            # The name stands in brackets and may hold anything.
            found.setdefault(int(facts.rpartition(")")[2].split()[1]), []).append(int(process.name))
    return found


if __name__ == "__main__":
    os._exit(main(sys.argv[1:]) & 0xFF)
