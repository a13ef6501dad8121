"""Opens files in the reader process under an audit hook, and tells what the process did, needed and answered.

The hook is armed once the reader's own modules are loaded. From then on everything that Python reports of the process
trips it, but for what reading a file takes: a pickle that got anything imported, compiled, run, connected to or
written would be seen, whatever way it took.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from explorer.checkpoint import child_process, reader
from explorer.checkpoint.document import Checkpoint
from explorer.checkpoint.errors import CheckpointError
from explorer.progress import no_report

ROOT: Final = Path(__file__).parents[2]
KILL_AFTER_S: Final = 60.0

_ARM: Final = """
import os, sys
sys.path.append({root!r})
from explorer.checkpoint.reader_process import main
import io

# Python prints a complaint of its own where a pickle ends inside a bytearray (SystemError, "exported buffers").
HARMLESS = {{"array.__new__", "builtins.id", "os.fork", "resource.setrlimit", "sys.excepthook"}}
READING = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
tripped = []

def watch(event, arguments):
    # A descriptor in place of a path opens nothing new.
    if event in HARMLESS or (event == "open" and (type(arguments[0]) is int or not arguments[2] & ~READING)):
        return
    tripped.append(event)
    if len(tripped) <= 20:
        os.write(2, ("tripped " + event + " " + ascii(arguments)[:200] + "\\n").encode())

leave_at_once = os._exit

def leave(code):
    # What wait4 tells begins with the memory of the process that started this one.
    with open("/proc/self/status") as status:
        peak = next(line for line in status if line.startswith("VmHWM"))
    os.write(2, peak.encode())
    leave_at_once(code)
"""

_ONCE: Final = (
    _ARM
    + """
os._exit = leave
sys.addaudithook(watch)
main()
"""
)

_FORKING: Final = (
    _ARM
    + """
sys.addaudithook(watch)
while line := sys.stdin.readline():
    child = os.fork()
    if child == 0:
        sys.stdin = io.StringIO(line)
        main()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if status:
        code = os.waitstatus_to_exitcode(status)
        os._exit(code) if code > 0 else os.kill(os.getpid(), -code)
"""
)


@dataclass
class Opened:
    """What came of opening a file.

    Attributes:
        checkpoint: The answer; None where there was an error instead.
        error: The refusal.
        seconds: From the request to the end of the answer.
        cpu_seconds: Processor time of the process; 0 where it is no process of its own.
        events: What tripped the hook, one line each.
        peak_nbytes: Most resident memory of the process; 0 where it was killed, or is no process of its own.
        left: Files that appeared in the folder in which the process ran, and processes that it left.
    """

    checkpoint: Checkpoint | None = None
    error: CheckpointError | None = None
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    events: list[str] = field(default_factory=list)
    peak_nbytes: int = 0
    left: list[str] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        """What the file was told to be."""
        if self.checkpoint is not None:
            return self.checkpoint.verdict
        return "" if self.error is None else self.error.verdict

    @property
    def code(self) -> tuple[str, ...]:
        """Names of code that were reported."""
        if self.checkpoint is not None:
            return self.checkpoint.code
        return () if self.error is None else self.error.code


def open_audited(path: Path, folder: Path) -> Opened:
    """Open a file in a reader process of its own.

    Args:
        path: The file.
        folder: Where the process runs: empty, and to stay so.
    """
    told = Opened()
    process = _start(_ONCE, folder, subprocess.PIPE)
    begin = time.perf_counter()
    ended = False
    with _killing_late(process):
        try:
            told.checkpoint = reader._converse(process, path.absolute(), no_report)
        except CheckpointError as error:
            told.error = error
        except reader._Ended:
            ended = True
        told.seconds = time.perf_counter() - begin
        assert process.stdin is not None
        assert process.stderr is not None
        lines = process.stderr.read().decode().splitlines()
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    told.cpu_seconds = used.ru_utime + used.ru_stime
    told.events = _events(lines)
    told.peak_nbytes = sum(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM:"))
    if ended:
        told.error = child_process.why_ended(process)
    told.left = [f"file {left.name}" for left in folder.iterdir()] + _processes_left(process.pid)
    child_process.end_process(process)
    process.stderr.close()
    return told


class ForkingReader:
    """Opens one file after the other, each in a reader process that is a fork of a loaded one: in milliseconds."""

    def __init__(self, folder: Path) -> None:
        """Start the first process.

        Args:
            folder: Where the processes run: empty, and to stay so.
        """
        self._folder = folder
        self._events = (folder.parent / f"{folder.name}.events").open("w+b")
        self._process = _start(_FORKING, folder, self._events.fileno())

    def open(self, path: Path) -> Opened:
        """Open a file."""
        told = Opened()
        begin = time.perf_counter()
        with _killing_late(self._process):
            try:
                told.checkpoint = reader._converse(self._process, path.absolute(), no_report)
            except CheckpointError as error:
                told.error = error
            except reader._Ended:
                told.error = child_process.why_ended(self._process)
        told.seconds = time.perf_counter() - begin
        if self._process.returncode is not None:
            child_process.end_process(self._process)
            self._process = _start(_FORKING, self._folder, self._events.fileno())
        self._events.seek(0)
        lines = self._events.read().decode().splitlines()
        told.events = _events(lines)
        if lines:
            self._events.truncate(0)
            self._events.seek(0)
        told.left = [f"file {left.name}" for left in self._folder.iterdir()]
        return told

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        child_process.end_process(self._process)
        self._events.close()


def _events(lines: list[str]) -> list[str]:
    return [line.removeprefix("tripped ") for line in lines if line.startswith("tripped ")]


def _start(program: str, folder: Path, errors: int) -> subprocess.Popen[bytes]:
    """Start a reader process as the program does, but for the hook."""
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", program.format(root=str(ROOT))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        cwd=folder,
        start_new_session=True,
    )


class _killing_late:  # noqa: N801 - used as a function
    """Kills a process that does not answer: nothing that waits for it waits for ever."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._timer = threading.Timer(KILL_AFTER_S, os.killpg, (process.pid, signal.SIGKILL))

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._timer.cancel()
        self._timer.join()


def _processes_left(group: int) -> list[str]:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return []
    os.killpg(group, signal.SIGKILL)
    return ["a process"]
