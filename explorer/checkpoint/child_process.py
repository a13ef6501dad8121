"""Starts and ends the processes in which strangers' files are parsed, and says how one ended."""

import contextlib
import subprocess
import sys
from pathlib import Path
from typing import Final

from explorer.checkpoint.errors import CheckpointError

_PROGRAM: Final = "import sys;sys.path.append({root!r});from {module} import main;main()"


def start_process(module: str) -> "subprocess.Popen[bytes]":
    """Run ``main`` of a module in a new interpreter that imports nothing from the user's folders or packages."""
    program = _PROGRAM.format(root=str(Path(__file__).resolve().parents[2]), module=module)
    return subprocess.Popen(  # noqa: S603 - our own interpreter and program; no shell
        [sys.executable, "-I", "-S", "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def end_process(process: "subprocess.Popen[bytes]") -> None:
    """Kill a process, and clear away what is left of it."""
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(BrokenPipeError):  # what was not yet written is for a process that is gone
                stream.close()


def why_ended(process: "subprocess.Popen[bytes]") -> CheckpointError:
    """Say why a process ended before its answer did."""
    status = process.wait()
    if sys.platform != "win32":
        import signal  # noqa: PLC0415 - the names below exist on POSIX only

        if -status in (signal.SIGXCPU, signal.SIGKILL):
            why = "reading it took more time or memory than any honest file needs"
            return CheckpointError("The file could not be read", why, verdict="limit")
    return CheckpointError("The file could not be read", f"it crashed its reader (status {status})")
