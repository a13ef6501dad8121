"""Runs the trial in a process of its own: starts it, asks it, reads what it says and prints, and ends it."""

import contextlib
import hashlib
import json
import os
import queue
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, Final, Literal

from explorer.formatting import exact
from explorer.loading.answers import MakesNoSenseError, checked, is_frame
from explorer.loading.supervisor import NOT_STARTED, descendants
from explorer.progress import Report

Stage = Literal["import", "construct", "load", "timeout", "crash"]

TIMEOUT_S: Final = 120.0
"""For a trial, the import of torch in it."""
MOST_OUTPUT: Final = 64_000
"""Bytes that are kept of the beginning of what a model file prints, and as many of the end."""

_HERE: Final = Path(__file__).resolve().parent
_NONCE_BYTES: Final = 16
_LARGEST_ANSWER: Final = 256 << 20
_POLL_S: Final = 0.05
_END_S: Final = 2.0
_KEEPS_ALL: Final = sys.platform in ("linux", "darwin")
_KILL: Final[int] = getattr(signal, "SIGKILL", signal.SIGTERM)
"""Windows has no other signal, and no /proc by which there would be somebody to send it to."""
_MARK: Final = "CHECKPOINT_EXPLORER_TRIAL"
_MOST_ROUNDS: Final = 20
_NO_FRAME: Final = (b"", b"")
"""What came is none of ours."""


class TrialError(Exception):
    """The model could not be tested.

    Attributes:
        stage: In which it failed; ``timeout`` and ``crash`` where it did not say so itself.
        message: What went wrong, as a sentence.
        traceback: Python's, or "".
        package: A package that is not installed for that interpreter, or None.
    """

    def __init__(self, stage: Stage, message: str, *, traceback: str = "", package: str | None = None) -> None:
        self.stage: Stage = stage
        self.message = message
        self.traceback = traceback
        self.package = package
        super().__init__(message)


class TrialProcess:
    """One trial, which is asked about one model file. Used on one thread, but for `stop`."""

    def __init__(self, interpreter: Path) -> None:
        """Start it.

        Args:
            interpreter: A Python with the packages that the model needs.

        Raises:
            TrialError: It could not be started.
        """
        self.interpreter = interpreter
        self._nonce = b""
        self._mark = secrets.token_hex(16)
        self._sources: dict[Path, str] = {}
        self.as_new = True
        """The next model will be as the first that is made since the file was imported."""
        self._answers: queue.SimpleQueue[tuple[bytes, bytes] | None] = queue.SimpleQueue()
        self._stage = "start"
        self._stopped = False
        self._printed = _Printed()
        command = [str(interpreter), "-I", "-u", str(_HERE / "trial" / "__main__.py")]
        if _KEEPS_ALL:
            command = [sys.executable, "-I", "-S", str(_HERE / "supervisor.py"), *command]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the user's own choice of interpreter; no shell
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
                # Windows would open a terminal for a Python that is no pythonw.
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                env={**os.environ, _MARK: self._mark},
            )
        except OSError as error:
            raise TrialError("crash", f"{interpreter} could not be run: {error.strerror}.") from None
        self._sending: threading.Thread | None = None
        self._threads = [
            _thread("answers of the trial", self._read_answers, self._process.stdout),
            _thread("output of the trial", self._printed.read, self._process.stderr),
        ]
        for thread in self._threads:
            thread.start()

    @property
    def ended(self) -> bool:
        """It cannot be asked any more; also where it was told to end, and does so a moment later."""
        return self._stopped or self._process.poll() is not None

    @property
    def outdated(self) -> bool:
        """A file of the user's that it has imported says something else now, or is gone."""
        try:
            return any(hashlib.sha256(path.read_bytes()).hexdigest() != was for path, was in self._sources.items())
        except OSError:
            return True

    @property
    def output(self) -> str:
        """What the model file printed, its middle left out where it is long."""
        return self._printed.text()

    def ask(
        self, request: dict[str, Any], report: Report, seconds: float = TIMEOUT_S, *, since: float | None = None
    ) -> dict[str, Any]:
        """Ask, and wait for the answer.

        Args:
            request: As the trial takes it.
            report: Called again and again with the stage; ends the trial where it raises.
            seconds: To wait at most.
            since: When that time began, by the monotonic clock; None for now.

        Raises:
            TrialError: No answer came in time, the process ended, or the model file raised. It may be asked again only
                where the file was imported: what half of an import leaves behind would spoil the next.
            Cancelled: By `report`.
        """
        try:
            return self._ask(request, report, seconds, time.monotonic() if since is None else since)
        except TrialError as error:
            if error.stage not in ("construct", "load"):
                self.close()
            raise
        except BaseException:
            self.close()
            raise

    def _ask(self, request: dict[str, Any], report: Report, seconds: float, begin: float) -> dict[str, Any]:
        self._nonce = secrets.token_bytes(_NONCE_BYTES)
        self._stage = "start"
        self._send(request)
        while True:
            report(0, 0, self._stage)
            try:
                frame = self._answers.get(timeout=_POLL_S)
            except queue.Empty:
                if time.monotonic() - begin > seconds:
                    raise self._timeout(seconds) from None
                continue
            if frame is None:
                raise self._crash()
            message = self._genuine(*frame)
            if "stage" in message:
                self._stage = str(message["stage"])
                continue
            self._sources = {Path(path): digest for path, digest in message["sources"]}
            self.as_new = message["as_new"]
            if "error" in message:
                raise self._failure(message["error"])
            try:
                return checked(request["do"], message["done"])
            except MakesNoSenseError as error:
                raise TrialError(error.stage, str(error)) from None

    def _send(self, request: dict[str, Any]) -> None:
        data = json.dumps(request).encode("ascii")
        frame = len(data).to_bytes(4, "big") + self._nonce + data
        # It is read once torch is imported; until then no more goes into a pipe than it holds.
        self._sending = _thread("request to the trial", self._write, frame)
        self._sending.start()

    def _write(self, frame: bytes) -> None:
        stream = self._process.stdin
        assert stream is not None  # noqa: S101 - made with a pipe
        with contextlib.suppress(BrokenPipeError):  # the end of the answers tells it
            stream.write(frame)
            stream.flush()

    def _genuine(self, nonce: bytes, data: bytes) -> dict[str, Any]:
        with contextlib.suppress(ValueError):
            message = json.loads(data) if nonce == self._nonce else None
            if isinstance(message, dict) and is_frame(message):
                return message
        raise TrialError("crash", "The model file answered in the place of the test.")

    def _failure(self, error: dict[str, Any]) -> TrialError:
        message, package = str(error["message"]), error["package"]
        if package is not None:
            message = f"{package} is not installed for {self.interpreter}."
        # What is wrong with values is wrong with loading, for whom it was loading that failed.
        stage: Stage = "load" if error["stage"] in ("values", "forward") else error["stage"]
        return TrialError(stage, message, traceback=str(error["traceback"]), package=package)

    def _timeout(self, seconds: float) -> TrialError:
        doing = {"start": "Python was starting and importing torch", "import": "the file was being imported"}
        doing |= {"construct": "the model was being made", "load": "load_state_dict was running"}
        doing |= {"values": "the values were being loaded", "forward": "the forward pass was running"}
        what = doing.get(self._stage, self._stage)
        return TrialError("timeout", f"It was stopped after {seconds:g} s, while {what}.")

    def _crash(self) -> TrialError:
        # Its answers end a moment before the supervisor tells how it ended, and would say that it was killed.
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_S)
        self.close()
        status = self._process.returncode
        how = f"with exit status {status}"
        if status == NOT_STARTED and _KEEPS_ALL and self._stage == "start":
            return TrialError("crash", f"{self.interpreter} could not be run: {self.output.strip()}.")
        if _KEEPS_ALL and not 0 <= status <= 128:
            with contextlib.suppress(ValueError):
                how = f"by {signal.Signals(-status % 256).name}"
        if self._stage == "start":
            return TrialError("crash", f"{self.interpreter} ended {how} before it imported the file.")
        return TrialError("crash", f"The process ended {how} during {self._stage}.")

    def _read_answers(self, stream: IO[bytes]) -> None:
        for frame in _frames(stream):
            self._answers.put(frame)
        self._answers.put(None)

    def stop(self) -> None:
        """End the process and whatever it has started; an `ask` on another thread then raises TrialError."""
        self._stopped = True
        # The supervisor ends the rest; what does not listen goes with its session.
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()

    def close(self) -> None:
        """End the process, whatever it has started, and the threads that read from it."""
        self.stop()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._kill()
        process = self._process
        if process.returncode < 0:
            # Whoever ended the supervisor has taken from it what it would have ended.
            self._end_marked()
        streams = zip((self._sending, *self._threads), (process.stdin, process.stdout, process.stderr), strict=True)
        for thread, stream in streams:
            if thread is not None:
                thread.join(_END_S)
            # One that still waits has what outlived its supervisor at the other end, and closing would wait too.
            if stream is not None and not (thread is not None and thread.is_alive()):
                with contextlib.suppress(BrokenPipeError):
                    stream.close()

    def _end_marked(self) -> None:
        """End what has come from the trial, as far as its environment says so, until there is none."""
        words = f"{_MARK}={self._mark}".encode()
        for _ in range(_MOST_ROUNDS):
            found = [each for each in Path("/proc").glob("[0-9]*") if words in _environment(each)]
            for each in found:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(int(each.name), _KILL)
            if not found:
                break

    def _kill(self) -> None:
        # Once the supervisor is gone, nobody tells any more what came from it.
        for process in descendants(self._process.pid):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process, _KILL)
        self._process.kill()
        self._process.wait()


def _environment(process: Path) -> list[bytes]:
    with contextlib.suppress(OSError):
        return (process / "environ").read_bytes().split(b"\0")
    return []


def _thread(name: str, work: Callable[..., None], argument: object) -> threading.Thread:
    return threading.Thread(target=work, args=[argument], name=name, daemon=True)


def _frames(stream: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
    while len(head := stream.read(4 + _NONCE_BYTES)) == 4 + _NONCE_BYTES:
        size = int.from_bytes(head[:4], "big")
        if size > _LARGEST_ANSWER:
            yield _NO_FRAME
            return
        data = stream.read(size)
        if len(data) < size:
            return
        yield head[4:], data


class _Printed:
    """The beginning and the end of what a process prints."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._head, self._tail = bytearray(), bytearray()
        self._left_out = 0

    def read(self, stream: IO[bytes]) -> None:
        while data := os.read(stream.fileno(), 1 << 16):
            with self._lock:
                room = MOST_OUTPUT - len(self._head)
                self._head += data[:room]
                self._tail += data[max(0, room) :]
                too_many = len(self._tail) - MOST_OUTPUT
                if too_many > 0:
                    del self._tail[:too_many]
                    self._left_out += too_many

    def text(self) -> str:
        with self._lock:
            parts = [bytes(self._head)]
            if self._left_out:
                parts.append(f"\n… {exact(self._left_out)} bytes left out …\n".encode())
            return b"".join([*parts, self._tail]).decode("utf-8", "replace")
