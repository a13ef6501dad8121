"""Runs commands, and tells how long they took and how much memory all of their processes had."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

PATIENCE_S: Final = 180
"""After so long a command is given up."""

_LOOK_S: Final = 0.01
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


class Run(NamedTuple):
    """A command that has ended.

    Attributes:
        seconds: By the clock.
        processor: Seconds of processors, of it and of those descendants that it waited for.
        peak: MiB that it and all of its descendants had in memory together, looked at every 10 ms; what several of
            them share counts in each.
        output: What it printed.
        complaint: What it printed as an error.
        status: Its exit status; None where it was given up.
    """

    seconds: float
    processor: float
    peak: float
    output: str
    complaint: str
    status: int | None


def run(command: Sequence[str | Path], patience: float = PATIENCE_S) -> Run:
    """Run a command to its end.

    Args:
        command: The program and its arguments.
        patience: Seconds after which it is ended.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as complaint:
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=complaint)
        peak, late = 0, False
        while True:
            peak = max(peak, sum(map(_resident, _family(process.pid))))
            ended, status, used = os.wait4(process.pid, os.WNOHANG)
            if ended:
                process.returncode = os.waitstatus_to_exitcode(status)
                break
            if time.perf_counter() - begin > patience and not late:
                late = True
                os.kill(process.pid, signal.SIGKILL)
            time.sleep(_LOOK_S)
        seconds = time.perf_counter() - begin
        texts = []
        for file in (output, complaint):
            file.seek(0)
            texts.append(file.read().decode("utf-8", "replace"))
    processor = used.ru_utime + used.ru_stime
    return Run(seconds, processor, peak / 2**20, texts[0], texts[1], None if late else process.returncode)


def evict(path: Path) -> None:
    """Have the system forget a file's pages, so that the next to read it waits for the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


def _family(root: int) -> list[int]:
    """A process and all of its descendants."""
    found, asked = [], [root]
    while asked:
        process = asked.pop()
        found.append(process)
        with suppress(OSError):
            for thread in Path(f"/proc/{process}/task").iterdir():
                children = (thread / "children").read_text("ascii")
                asked += map(int, children.split())
    return found


def _resident(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text("ascii").split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0
