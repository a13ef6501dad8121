"""Answers requests, all for one model file, until there is none."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import types
from pathlib import Path
from typing import Any

from .channel import Channel, Teller
from .own_files import OwnFiles
from .telling import Refused, said, told

# Before any folder of the user's is looked in: a cuda.py there would be taken for a part of it.
try:
    import torch  # noqa: F401 - this is where it is missed
except ImportError as error:
    torch_is_missing: ImportError | None = error
else:
    torch_is_missing = None
    from .importing import import_file
    from .left_behind import LeftBehind
    from .loading import load_values, needed_bytes, try_load
    from .making import Making
    from .offers import offers


def main() -> None:
    """Answer until the application says no more."""
    channel = Channel()
    faulthandler.enable()
    trial = _Trial()
    while True:
        request = channel.ask()
        if request is None:
            os._exit(0)  # no thread or exit handler of the model file's keeps it
        tell = Teller(channel)
        try:
            answer = {"done": trial.answer(request, tell)}
        except Refused as error:
            # Its sentence says all; where it was raised is no news to people.
            answer = {"error": {"stage": tell.stage, **told(error), "traceback": ""}}
        except BaseException as error:  # noqa: BLE001 - a model file may raise SystemExit, and is answered for all the same
            answer = {"error": {"stage": tell.stage, **told(error, trial.lacking)}}
        # What the exception held is free by now.
        beside = {"sources": trial.own.sources(), "as_new": trial.as_new()}
        try:
            channel.answer({**answer, **beside})
        except Exception as error:  # noqa: BLE001 - lists of the model file's hold anything, or hold themselves
            refused = Refused(f"What the model returns cannot be written down: {said(error)}")
            channel.answer({"error": {"stage": tell.stage, **told(refused)}, **beside})


class _Trial:
    """What this process knows of the model file.

    Attributes:
        lacking: As `import_file` returns it.
    """

    def __init__(self) -> None:
        self.own = OwnFiles()
        self._module: types.ModuleType | None = None
        self.lacking = ""
        self._making: Making | None = None
        self._left: LeftBehind | None = None

    def answer(self, request: dict[str, Any], tell: Teller) -> dict[str, Any]:
        """Do what is asked for."""
        tell("import")
        for places in (request, request.get("small"), request.get("real")):
            self.own.leave([path for path, *_ in (places or {}).get("files", ())])
        if torch_is_missing is not None:
            raise torch_is_missing
        if self._module is None:
            self.own.watch()
            self._module, self.lacking = import_file(Path(request["path"]), self.own)
        if request["do"] == "offers":
            return {"offers": offers(self._module)}
        if self._making is None:
            with contextlib.suppress(BaseException):  # what is looked at is theirs, and may raise anything
                self._left = LeftBehind(self.own)
            self._making = Making(self._module)
        do = {"load": try_load, "values": load_values, "bytes": needed_bytes}[request["do"]]
        return {**do(self._making, request, tell), "lacking": self.lacking}

    def as_new(self) -> bool:
        """Whether the next model is as the first: nothing is left of the last, or all of it could be put back."""
        if self._making is None:
            return True
        with contextlib.suppress(BaseException):  # as above
            # A registry of theirs may hold the model until it is as it was.
            unchanged = self._left is not None and self._left.put_back()
            return self._making.all_gone() and unchanged and not self.own.has_large
        return False
