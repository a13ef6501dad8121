"""Keeps a trial warm as long as its next model will be as the first, and starts another where it will not."""

from pathlib import Path
from typing import Any

from explorer.loading.trial_process import TIMEOUT_S, TrialProcess
from explorer.progress import Report


class WarmTrial:
    """Trials of one interpreter, one at a time. Used on one thread, but for `stop`.

    A fresh one is started where a model has left something behind that cannot be put back, where a file of the user's
    that it has imported says something else now, and where the last one has ended.
    """

    def __init__(self, interpreter: Path) -> None:
        """Start one, which imports torch.

        Args:
            interpreter: A Python with the packages that the model needs.

        Raises:
            TrialError: It could not be started.
        """
        self.interpreter = interpreter
        self._process = TrialProcess(interpreter)
        self._said: TrialProcess = self._process
        self._path: str | None = None
        self._kept: object = None

    @property
    def output(self) -> str:
        """What the model file printed, in the trial that was asked last."""
        return self._said.output

    def keep_for(self, arguments: object) -> None:
        """Take a fresh trial for other arguments than last time: they find the file as it is when it is imported."""
        if self._kept not in (None, arguments) and self._path is not None:
            self._renew()
        self._kept = arguments

    def ask(
        self, request: dict[str, Any], report: Report, seconds: float = TIMEOUT_S, *, since: float | None = None
    ) -> dict[str, Any]:
        """Ask, and wait for the answer; as `TrialProcess.ask`."""
        if self._path not in (None, request["path"]) or self._process.ended or self._process.outdated:
            self._renew()
        self._path, self._said = request["path"], self._process
        try:
            return self._process.ask(request, report, seconds, since=since)
        finally:
            # It imports torch while the answer is looked at.
            if not self._process.as_new and not self._process.ended:
                self._renew()

    def stop(self) -> None:
        """End the trial and whatever it has started; an `ask` on another thread then raises TrialError."""
        self._process.stop()

    def close(self) -> None:
        """End the trial and whatever it has started."""
        self._process.close()

    def _renew(self) -> None:
        before, self._process = self._process, TrialProcess(self.interpreter)
        self._path = None
        before.close()
